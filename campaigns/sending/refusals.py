"""What a rejection, a 429 or a failed connection means for the slice and its campaign."""

import random
from datetime import timedelta
from typing import assert_never

from campaigns import hold_details
from campaigns.models import Campaign
from campaigns.sending import refusals_sql as sql
from campaigns.sending import settling_sql, throttle_sql
from campaigns.sending.settling_sql import EndedAttempt
from campaigns.states import hold_campaign
from publication import audit, clock
from transport.outcomes import Cause, Outcome

UNREACHABLE_LIMIT = 10
BUSY_SECONDS = 20.0
LONGEST_BUSY = timedelta(minutes=30)
# So many recipients rejected alone with the same answer, and nothing accepted between: the message is at fault. If each
# answer named the recipient, more are needed, because bad addresses may be next to each other.
ALIKE_LIMIT, ALIKE_LIMIT_NAMED = 5, 25


def settle_busy(ended: EndedAttempt, outcome: Outcome) -> None:
    """Plan the slice again after a random wait, as often as needed. Half an hour without any success holds the campaign."""
    # Full jitter, or all workers come back at once and are rejected again.
    wait = max(outcome.retry_after or 0.0, random.uniform(0.2, BUSY_SECONDS))  # noqa: S311 - jitter
    settling_sql.settle_slice(
        ended.slice_id, ended.attempt_id, "planned", reason="busy", proof="reject", seconds=min(wait, 300.0)
    )
    throttle_sql.halve()
    tries, since = sql.in_a_row(ended.campaign_id, ended.slice_id, outcome.kind.value)
    if since is None or clock.now() - since < LONGEST_BUSY or sql.any_accepted_since(ended.campaign_id, since):
        return
    detail = hold_details.text("busy", answer=outcome.detail, since=since, tries=tries)
    hold_campaign(audit.system(), ended.campaign_id, "provider", detail)


def settle_never_connected(ended: EndedAttempt, outcome: Outcome) -> None:
    """Plan the slice again after a growing wait; ten failed connections in a row hold the campaign."""
    tries, _ = sql.in_a_row(ended.campaign_id, ended.slice_id, outcome.kind.value)
    wait = random.uniform(0.1, min(30.0, 0.5 * 2 ** min(tries, 10)))  # noqa: S311 - jitter
    settling_sql.settle_slice(
        ended.slice_id, ended.attempt_id, "planned", reason="not connected", proof="never connected", seconds=wait
    )
    if tries >= UNREACHABLE_LIMIT:
        detail = hold_details.text("unreachable", tries=tries, problem=outcome.detail)
        hold_campaign(audit.system(), ended.campaign_id, "provider", detail)


def settle_refused(ended: EndedAttempt, outcome: Outcome) -> None:
    """Hold the campaign if it is at fault; otherwise split the slice until the rejected recipient is alone, who then fails."""
    hold = _hold_reason(outcome)
    if hold:
        settling_sql.settle_slice(ended.slice_id, ended.attempt_id, "planned", reason=f"HTTP {outcome.status}", proof="reject")
        detail = hold_details.text("rejected", status=outcome.status, answer=outcome.detail)
        hold_campaign(audit.system(), ended.campaign_id, hold, detail)
    elif ended.size > 1:
        if settling_sql.settle_slice(ended.slice_id, ended.attempt_id, "split", reason=f"HTTP {outcome.status}", proof="reject"):
            _cut(ended, outcome)
    else:
        _settle_alone(ended, outcome)


def _hold_reason(outcome: Outcome) -> str | None:
    """The reason to hold the whole campaign after this rejection; None where a single recipient may be at fault."""
    match outcome.cause:
        case Cause.QUOTA | Cause.CREDENTIALS | Cause.MESSAGE:
            return outcome.cause.value
        case Cause.OTHER | None:
            return "provider"
        case Cause.TOO_LARGE | Cause.RECIPIENT:
            return None
        case other:
            assert_never(other)


def _cut(ended: EndedAttempt, outcome: Outcome) -> None:
    """Put the recipient that the answer names into a slice of their own, to be tried alone. If it names nobody, halve."""
    index = outcome.recipient_index
    guilty = None if index is None else sql.member_at(ended.slice_id, index, ended.size)
    if guilty is None:
        settling_sql.split(ended.slice_id)
    else:
        sql.isolate(ended.slice_id, guilty)


def _settle_alone(ended: EndedAttempt, outcome: Outcome) -> None:
    """Fail one recipient who was rejected alone. If several get the same answer, the message is at fault and the rest waits."""
    answer = f"HTTP {outcome.status}: {outcome.detail}"[:300]
    # Lock the campaign, or several rejections at once would each count as the fifth.
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=ended.campaign_id)
    if (campaign.state, campaign.held_reason) == ("held", "message"):
        # It was under way when the campaign was held: it is no more at fault than the rest.
        settling_sql.settle_slice(ended.slice_id, ended.attempt_id, "planned", reason=f"HTTP {outcome.status}", proof="reject")
        return
    settling_sql.settle_slice(ended.slice_id, ended.attempt_id, "failed", reason=answer, proof="http")
    alike = sql.refused_alike(ended.campaign_id, outcome.status, outcome.detail[:500])
    others = (campaign.recipients or 1) - 1
    if others and alike >= min(ALIKE_LIMIT if outcome.recipient_index is None else ALIKE_LIMIT_NAMED, others):
        detail = hold_details.text("alike", count=alike, answer=answer)
        hold_campaign(audit.system(), ended.campaign_id, "message", detail)
