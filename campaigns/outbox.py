"""The way out: fill a campaign, pass the gate with a slice, settle an attempt, reap what died. docs/delivery.md §§2-3.

Everything about who may be on the wire is decided here, inside transactions; nothing here talks to the provider.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from campaigns import outbox_sql as sql
from campaigns import settle_sql, singles_sql
from campaigns.models import Campaign, DeliveryLog
from campaigns.states import MoveRefused, hold_campaign, move_campaign
from config.failpoints import failpoint
from publication import audit, clock, throttle_sql
from publication.installation import publication
from subscribers.recipients import recipients
from subscribers.segment_grammar import SegmentError
from transport.message import Outcome, OutcomeKind

ATTEMPT_LIMIT = 50
UNREACHABLE_LIMIT = 10
BUSY_SECONDS = 20.0
DEFAULT_SETTLE_HOURS = 26  # the provider repeats its webhook for 24 h


# ----------------------------------------------------------------------------------------------------------------- fill
def fill(campaign_id: int) -> int | None:
    """Make the campaign's deliveries and slices in one transaction; N, or None where another fill is at it or none can be."""
    with transaction.atomic():
        if sql.lock_campaign_to_fill(campaign_id) is None:
            return None
        failpoint("fill_locked")
        campaign = Campaign.objects.get(pk=campaign_id)
        try:
            people = recipients(list(campaign.lists.all()), campaign.segment_text or None)
        except SegmentError as error:
            # Its own campaign waits for staff; the pump goes on with the others.
            hold_campaign(audit.system(), campaign_id, "audience", str(error))
            return None
        audience = people.values_list("id", "address_key")
        audience_sql, parameters = audience.order_by().query.sql_with_params()
        count = sql.fill_deliveries(campaign_id, campaign.attempt_size, audience_sql, parameters)
        failpoint("fill_inserted")
        sql.fill_slices(campaign_id)
        move_campaign(audit.system(), campaign_id, "sending" if count else "sent", sources=["filling"], recipients=count)
        failpoint("fill_before_commit")
    failpoint("fill_committed")
    return count


def start_due() -> list[int]:
    """scheduled -> filling for every campaign whose time has come, each exactly once; their ids."""
    due = Campaign.objects.filter(state="scheduled", scheduled_at__lte=clock.now()).values_list("id", flat=True)
    started = []
    for campaign_id in due:
        with suppress(MoveRefused):  # another pump was faster, or staff took it back
            move_campaign(audit.system(), campaign_id, "filling", sources=["scheduled"])
            started.append(campaign_id)
    return started


# ---------------------------------------------------------------------------------------------------------------- claim
def claim(worker: str) -> sql.Claim | None:
    """Take the next slice that is due, committed; None where there is none."""
    with transaction.atomic():
        taken = sql.claim(worker)
        failpoint("claim_before_commit")
    failpoint("claim_committed")
    return taken


# ----------------------------------------------------------------------------------------------------------------- gate
@dataclass(frozen=True, slots=True)
class GatePass:
    """Leave to send: the attempt, whom the body may hold, and until when (monotonic) the first byte may leave."""

    attempt_id: int
    members: frozenset[int]
    begin_until: float


def gate(claim: sql.Claim, reading: sql.Reading, list_ids: Sequence[int], worker: str) -> GatePass | None:
    """Lock the slice, re-check consent, write the attempt, commit. None: not to be sent (nothing was written for it).

    When this returns a pass, the attempt is committed: whatever happens from now on is on record.
    """
    with transaction.atomic():
        if not sql.lock_claimed(claim):
            return None
        if sql.frozen_digest_differs(claim.campaign_id):
            sql.release(claim)
            hold_campaign(audit.system(), claim.campaign_id, "digest")
            return None
        leaving = sql.recheck(claim, list_ids)
        members = frozenset(person[0] for person in reading.people if person[0] not in leaving)
        reasons = dict(reading.skips) | {person: reason for person, reason in leaving.items() if reason}
        sql.skip(claim.campaign_id, list(reasons.items()))
        if not members:
            sql.end_empty(claim)
            return None
        sql.open_attempt(claim, reading.attempt_id, worker, len(members))
        failpoint("gate_before_commit")
    begin_until = time.monotonic() + sql.BEGIN_SECONDS
    failpoint("gate_committed")
    return GatePass(reading.attempt_id, members, begin_until)


def give_back(claim: sql.Claim, reason: str, detail: str) -> None:
    """Release a slice that cannot be made into a request, and hold its campaign: the next claim would find the same."""
    with transaction.atomic():
        sql.release(claim)
        hold_campaign(audit.system(), claim.campaign_id, reason, detail)


def bisect_unsent(claim: sql.Claim) -> None:
    """Cut a slice whose body would be too large, before anything was sent. A single recipient cannot be cut: failed."""
    with transaction.atomic():
        if settle_sql.end_too_large(claim, "split" if claim.count > 1 else "failed"):
            settle_sql.split(claim.slice_id)


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


def finish_done() -> list[int]:
    """sending -> sent where nobody is planned, claimed or in flight; their ids."""
    done = []
    for campaign_id in Campaign.objects.filter(state="sending", recipients__isnull=False).values_list("id", flat=True):
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
            if campaign.state == "sending" and sql.count_open(campaign_id) == 0:
                move_campaign(audit.system(), campaign_id, "sent", sources=["sending"])
                done.append(campaign_id)
    return done


def tend_ended() -> list[int]:
    """Whoever was freed after the campaign's end (a late answer, an operator's word) is sent to, or skipped where it was
    cancelled: a slice planned in a campaign that does not send would be a silent loss. The campaigns sending again.
    """
    again = []
    for campaign_id, state in sql.ended_with_planned():
        if state == "cancelled":
            sql.cancel_slices(campaign_id)
            continue
        with suppress(MoveRefused):  # another pump was faster
            move_campaign(audit.system(), campaign_id, "sending", sources=["sent"], finished_at=None)
            again.append(campaign_id)
    return again


def filling() -> list[int]:
    """Campaigns whose fill is to be made, or was killed."""
    return list(Campaign.objects.filter(state="filling").values_list("id", flat=True))
