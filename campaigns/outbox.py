"""The way out: fill a campaign, claim a slice, pass the gate with it. How attempts end is told in settling.py.

Everything about who may be on the wire is decided here, inside transactions; nothing here talks to the provider.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from campaigns import outbox_sql as sql
from campaigns import settle_sql
from campaigns.models import Campaign
from campaigns.states import hold_campaign, move_campaign
from config.failpoints import failpoint
from publication import audit
from subscribers.recipients import recipients
from subscribers.segment_grammar import SegmentError


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
