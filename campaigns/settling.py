"""How attempts end: the provider's answer recorded, what stays uncertain counted, what died reaped. docs/delivery.md.

Each step is a set-based move of settle_sql inside one transaction, fenced by the attempt's id.
"""

from __future__ import annotations

import random

from django.db import transaction

from campaigns import outbox_sql as sql
from campaigns import settle_sql, singles_sql
from campaigns.models import Campaign, DeliveryLog
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit, throttle_sql
from publication.installation import publication
from transport.message import Outcome, OutcomeKind

ATTEMPT_LIMIT = 50
UNREACHABLE_LIMIT = 10
BUSY_SECONDS = 20.0
DEFAULT_SETTLE_HOURS = 26  # the provider repeats its webhook for 24 h


# --------------------------------------------------------------------------------------------------------------- settle
def settle(attempt_id: int, outcome: Outcome) -> bool:
    """Record what the provider said of an attempt and move its slice; False where this attempt was settled before.

    Safe to call again with the same outcome: the caller repeats it until it lands.
    """
    failpoint("settle_before_commit")
    with transaction.atomic():
        # The slice before the attempt, as gate, reaper and events take them: the other order would meet them head-on.
        settle_sql.lock_slice_of(attempt_id)
        ended = settle_sql.end_attempt(attempt_id, outcome.kind.value, outcome.status, outcome.message_id or "", outcome.detail)
        if ended is None:
            return False
        slice_id, campaign_id, size = ended
        _settle_slice(attempt_id, slice_id, campaign_id, size, outcome)
    failpoint("settle_committed")
    return True


def _settle_slice(attempt_id: int, slice_id: int, campaign_id: int, size: int, outcome: Outcome) -> None:
    kind = outcome.kind
    if kind is OutcomeKind.ACCEPTED:
        settle_sql.settle_slice(slice_id, attempt_id, "accepted", reason=None, proof="http")
        throttle_sql.widen()
    elif kind is OutcomeKind.BUSY:
        # Full jitter, or the workers come back together and are turned away together.
        wait = max(outcome.retry_after or 0.0, random.uniform(0.2, BUSY_SECONDS))  # noqa: S311
        settle_sql.settle_slice(slice_id, attempt_id, "planned", reason="busy", proof="reject", seconds=min(wait, 300.0))
        throttle_sql.halve()
    elif kind is OutcomeKind.NEVER_CONNECTED:
        _settle_never_connected(attempt_id, slice_id, campaign_id, outcome)
    elif kind is OutcomeKind.UNKNOWN:
        moved = settle_sql.settle_slice(slice_id, attempt_id, "unknown", reason=outcome.detail[:200], proof="ambiguity")
        if moved:
            note_uncertain(campaign_id, slice_id, attempt_id)
    else:
        _settle_refused(attempt_id, slice_id, campaign_id, size, outcome)


def _settle_never_connected(attempt_id: int, slice_id: int, campaign_id: int, outcome: Outcome) -> None:
    tries = settle_sql.tries_in_a_row(slice_id, "never_connected")
    wait = random.uniform(0.1, min(30.0, 0.5 * 2**tries))  # noqa: S311
    settle_sql.settle_slice(slice_id, attempt_id, "planned", reason="not connected", proof="never connected", seconds=wait)
    if tries >= UNREACHABLE_LIMIT:
        hold_campaign(audit.system(), campaign_id, "provider", f"no connection in {tries} tries: {outcome.detail}")


def _settle_refused(attempt_id: int, slice_id: int, campaign_id: int, size: int, outcome: Outcome) -> None:
    hold = _hold_reason(outcome)
    if hold:
        settle_sql.settle_slice(slice_id, attempt_id, "planned", reason=f"HTTP {outcome.status}", proof="reject")
        hold_campaign(audit.system(), campaign_id, hold, f"HTTP {outcome.status}: {outcome.detail}")
    elif size > 1:
        if settle_sql.settle_slice(slice_id, attempt_id, "split", reason=f"HTTP {outcome.status}", proof="reject"):
            settle_sql.split(slice_id)
    else:
        settle_sql.settle_slice(
            slice_id, attempt_id, "failed", reason=f"HTTP {outcome.status}: {outcome.detail}"[:300], proof="http"
        )


def _hold_reason(outcome: Outcome) -> str | None:
    """Why the whole campaign cannot go on after this refusal; None where one recipient may be to blame."""
    if outcome.is_quota:
        return "quota"
    if outcome.is_credentials:
        return "credentials"
    if outcome.is_too_large:
        return None
    if outcome.status != 400:
        return "provider"
    fields = [fault.field for fault in outcome.errors if fault.field]
    if fields and not any(field.startswith("personalizations") for field in fields):
        return "message"
    return None


def note_uncertain(campaign_id: int, slice_id: int, attempt_id: int) -> None:
    """Log a step into `unknown`, and hold the campaign where its budget of uncertainty is spent."""
    DeliveryLog.objects.create(kind="unknown", campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id)
    campaign = Campaign.objects.get(pk=campaign_id)
    unknown = sql.count_new_unknown(campaign_id)
    budget = max(2 * campaign.attempt_size, (campaign.recipients or 0) // 200)
    if campaign.state == "sending" and unknown > budget:
        hold_campaign(
            audit.system(), campaign_id, "budget", f"{unknown} recipients uncertain since the last release, {budget} allowed"
        )


# ----------------------------------------------------------------------------------------------------------------- reap
def reap() -> int:
    """Free claims and end attempts whose workers are gone; hold what stayed unsettled. The rows moved."""
    moved = settle_sql.reap_claims() + singles_sql.reap()
    with transaction.atomic():
        lost = settle_sql.reap_attempts()
        failpoint("reap_before_commit")
        for slice_id, campaign_id, attempt_id in lost:
            note_uncertain(campaign_id, slice_id, attempt_id)
    policies = publication().policies
    held = settle_sql.hold_unsettled(3600.0 * float(policies.get("settle_hours", DEFAULT_SETTLE_HOURS)))
    for slice_id, campaign_id in held:
        DeliveryLog.objects.create(kind="held", campaign_id=campaign_id, slice_id=slice_id)
    return moved + len(lost) + len(held) + settle_sql.fail_exhausted(ATTEMPT_LIMIT)
