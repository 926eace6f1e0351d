"""How attempts end: records the provider's answer, counts uncertain recipients, ends the attempts of dead workers.

Each step is a set-based state change of settling_sql inside one transaction, fenced by the attempt's id. See docs/delivery.md.
"""

from typing import assert_never

from django.db import transaction

from campaigns import hold_details
from campaigns.marks import campaign_marks
from campaigns.models import Campaign, DeliveryLog
from campaigns.sending import evidence, refusals, settling_sql, single_mails_sql
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit, policies
from transport.outcomes import Outcome, OutcomeKind

ATTEMPT_LIMIT = 50


# --------------------------------------------------------------------------------------------------------------- settle
def settle(attempt_id: int, outcome: Outcome) -> bool:
    """Record the provider's answer to an attempt and move its slice; False if this attempt was settled before.

    Safe to repeat with the same outcome: the caller repeats it until it is committed.
    """
    failpoint("settle_before_commit")
    if outcome.kind is OutcomeKind.ACCEPTED and settling_sql.settle_accepted(
        attempt_id, outcome.status, outcome.message_id or "", outcome.detail
    ):
        campaign_marks.ledgers.ended(attempt_id, rejected=False)
        failpoint("settle_committed")
        return True
    campaign_marks.ledgers.ended(attempt_id, rejected=outcome.kind not in (OutcomeKind.ACCEPTED, OutcomeKind.UNKNOWN))
    with transaction.atomic():
        # The slice before the attempt, as gate, reaper and events lock them: the other order would deadlock with them.
        settling_sql.lock_slice_of(attempt_id)
        ended = settling_sql.end_attempt(attempt_id, outcome.kind.value, outcome.status, outcome.message_id or "", outcome.detail)
        if ended is None:
            return False
        _settle_slice(ended, outcome)
    failpoint("settle_committed")
    return True


def _settle_slice(ended: settling_sql.EndedAttempt, outcome: Outcome) -> None:
    attempt_id, slice_id, campaign_id, _ = ended
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            if not settling_sql.settle_slice(slice_id, attempt_id, "accepted", reason=None, proof="http"):
                evidence.prove([attempt_id], "http")  # too late: the slice was split or is being sent again
        case OutcomeKind.BUSY:
            refusals.settle_busy(ended, outcome)
        case OutcomeKind.NEVER_CONNECTED:
            refusals.settle_never_connected(ended, outcome)
        case OutcomeKind.REFUSED:
            refusals.settle_refused(ended, outcome)
        case OutcomeKind.UNKNOWN:
            if settling_sql.settle_slice(slice_id, attempt_id, "unknown", reason=outcome.detail[:200], proof="ambiguity"):
                note_uncertain(campaign_id, slice_id, attempt_id)
        case other:
            assert_never(other)


def note_uncertain(campaign_id: int, slice_id: int, attempt_id: int) -> None:
    """Log a step into `unknown`, and hold the campaign if it has more new uncertain recipients than its budget allows."""
    DeliveryLog.objects.create(kind="unknown", campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id)
    campaign = Campaign.objects.get(pk=campaign_id)
    unknown = settling_sql.count_new_unknown(campaign_id)
    budget = max(2 * campaign.attempt_size, (campaign.recipients or 0) // 200)
    if campaign.state == "sending" and unknown > budget:
        detail = hold_details.text("budget", uncertain=unknown, allowed=budget)
        hold_campaign(audit.system(), campaign_id, "budget", detail)


# ----------------------------------------------------------------------------------------------------------------- reap
def reap() -> int:
    """Free claims and end attempts of dead workers; hold what stayed unknown too long. The number of slices moved."""
    moved = settling_sql.reap_claims() + single_mails_sql.reap()
    settling_sql.end_left()
    with transaction.atomic():
        lost = settling_sql.reap_attempts()
        failpoint("reap_before_commit")
        for slice_id, campaign_id, attempt_id in lost:
            note_uncertain(campaign_id, slice_id, attempt_id)
    held = settling_sql.hold_unsettled(3600.0 * policies.number("settle_hours"))
    for slice_id, campaign_id in held:
        DeliveryLog.objects.create(kind="held", campaign_id=campaign_id, slice_id=slice_id)
    return moved + len(lost) + len(held) + settling_sql.fail_exhausted(ATTEMPT_LIMIT)
