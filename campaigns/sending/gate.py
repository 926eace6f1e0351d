"""The way out: fill a campaign, claim a slice, pass the gate with it. How attempts end is told in settling.py.

Everything about who may be on the wire is decided here, inside transactions; nothing here talks to the provider.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Expression, QuerySet, Value

from campaigns import audience_variants
from campaigns.models import Campaign
from campaigns.recovery import fencing
from campaigns.sending import filling_sql, high_water_mark, waves
from campaigns.sending import gate_sql as sql
from campaigns.states import hold_campaign, move_campaign
from config.failpoints import failpoint
from publication import audit
from subscribers.models import Subscriber
from subscribers.segments.grammar import SegmentError
from subscribers.segments.recipients import recipients


# ----------------------------------------------------------------------------------------------------------------- fill
def fill(campaign_id: int) -> int | None:
    """Make the campaign's deliveries and slices in one transaction; N, or None where another fill is at it or none can be."""
    with transaction.atomic():
        if sql.lock_campaign_to_fill(campaign_id) is None:
            return None
        failpoint("fill_locked")
        campaign = Campaign.objects.select_related("version").get(pk=campaign_id)
        try:
            people = recipients(list(campaign.lists.all()), campaign.segment_text or None)
            by_zone = waves.plan(campaign)
            variant = audience_variants.number_of(campaign.version, people)
        except SegmentError as error:
            # Its own campaign waits for staff; the pump goes on with the others.
            hold_campaign(audit.system(), campaign_id, "audience", str(error))
            return None
        count = _fill_deliveries(campaign, people, by_zone, variant)
        failpoint("fill_inserted")
        filling_sql.fill_slices(campaign_id)
        filling_sql.attach_deliveries(campaign_id)
        if by_zone:
            waves.shut_until_due(campaign_id)
        move_campaign(audit.system(), campaign_id, "sending" if count else "sent", sources=["filling"], recipients=count)
        failpoint("fill_before_commit")
    failpoint("fill_committed")
    return count


def _fill_deliveries(
    campaign: Campaign, people: QuerySet[Subscriber], by_zone: waves.Plan | None, variant: Expression | None
) -> int:
    """`by_zone` is None where all get it at once, `variant` where all get the same."""
    if by_zone is None and variant is None:
        return filling_sql.make_deliveries(campaign.pk, filling_sql.in_one_part(campaign.attempt_size, _rows(people)))
    told_apart = people.annotate(variant=variant or Value(0), wave=Value(0))
    audience = _rows(told_apart, "variant", "zone" if by_zone else "wave")
    if by_zone:
        audience = waves.with_wave(by_zone, audience)
    return filling_sql.make_deliveries(campaign.pk, filling_sql.in_parts(campaign.attempt_size, audience))


def _rows(people: QuerySet[Subscriber], *columns: str) -> filling_sql.Select:
    return people.values_list("id", "address_key", *columns).order_by().query.sql_with_params()


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
    """Leave to send: the attempt, whom the body is for (id, address, name, language), and until when (monotonic) its
    first byte may leave.
    """

    attempt_id: int
    people: list[tuple[int, str, str, str]]
    begin_until: float

    @property
    def members(self) -> frozenset[int]:
        return frozenset(person[0] for person in self.people)


def gate(
    claim: sql.Claim, list_ids: Sequence[int], worker: str, *, send_at: datetime | None = None, batch_id: str | None = None
) -> GatePass | None:
    """Lock the slice, read who is in it and may be written to at this moment, write the attempt, commit. None: not to be
    sent, and nothing is on record of it.

    When this returns a pass, the attempt is committed: whatever happens from now on is on record.
    """
    with transaction.atomic():
        as_scheduled = sql.lock_claimed(claim)
        if not as_scheduled:
            sql.release(claim)  # whoever looks finds them planned, and a resume need not wait for the lease
            if as_scheduled is False:
                hold_campaign(audit.system(), claim.campaign_id, "digest")
            return None
        members = sql.read_members(claim, list_ids)
        people = [member[:4] for member in members if member[4] is None]
        if len(people) < len(members):
            leaving = [(member[0], member[4]) for member in members if member[4] is not None]
            sql.skip(claim.campaign_id, leaving, uncertain=sql.had_no_answer(claim))
        if not people:
            sql.end_empty(claim)
            return None
        if send_at is not None and not fencing.may_commit(claim.campaign_id, send_at):
            sql.release(claim, seconds=fencing.WAIT_SECONDS)
            return None
        sql.open_attempt(claim, worker, len(people), send_at, batch_id)
        failpoint("gate_before_commit")
    begin_until = time.monotonic() + sql.BEGIN_SECONDS
    high_water_mark.passed(claim.attempt_id)
    failpoint("gate_committed")
    return GatePass(claim.attempt_id, people, begin_until)


def give_back(claim: sql.Claim, reason: str, detail: str) -> None:
    """Release a slice that cannot be made into a request, and hold its campaign: the next claim would find the same."""
    with transaction.atomic():
        sql.release(claim)
        hold_campaign(audit.system(), claim.campaign_id, reason, detail)


def hold(campaign_id: int, reason: str, detail: str) -> None:
    """The campaign's next request would fail like this one: it waits for staff."""
    hold_campaign(audit.system(), campaign_id, reason, detail)


def skip_unfit(campaign_id: int, people: Sequence[tuple[int, str]]) -> None:
    """planned -> skipped for whom no request can be written, after the attempt that found it was settled as never sent."""
    sql.skip(campaign_id, people)
