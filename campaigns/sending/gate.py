"""The gate: decides who in a claimed slice may be mailed now, and commits the attempt before anything is sent.

Runs inside transactions and never calls the provider. settling.py records how attempts end.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns.marks import campaign_marks, high_water_mark
from campaigns.sending import claiming_sql, strict_mode
from campaigns.sending import gate_sql as sql
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit


@dataclass(frozen=True, slots=True)
class GatePass:
    """Permission to send: the attempt, its recipients as (id, address, name, is measured), and the latest start of sending.

    `begin_until` is a `time.monotonic()` value.
    """

    attempt_id: int
    people: list[tuple[int, str, str, bool]]
    begin_until: float

    @property
    def members(self) -> frozenset[int]:
        return frozenset(person[0] for person in self.people)


def gate(
    claim: claiming_sql.Claim,
    list_ids: Sequence[int],
    worker: str,
    *,
    send_at: datetime | None = None,
    batch_id: str | None = None,
) -> GatePass | None:
    """Lock the slice, read which members may be mailed now, write the attempt and commit. None: do not send; nothing is on
    record.

    When this returns a pass, the attempt is committed: whatever happens from then on is on record.
    """
    with transaction.atomic():
        as_scheduled = sql.lock_claimed(claim)
        if not as_scheduled:
            claiming_sql.release(claim)  # at once, so that a resume need not wait for the lease
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
        if send_at is not None and not strict_mode.may_commit(claim.campaign_id, send_at):
            claiming_sql.release(claim, seconds=strict_mode.WAIT_SECONDS)
            return None
        ledger = campaign_marks.ledgers.of(claim.campaign_id, lambda: campaign_marks.mark_of(*sql.read_marked(claim.campaign_id)))
        sql.open_attempt(claim, worker, len(people), send_at, batch_id)
        failpoint("gate_before_commit")
    begin_until = time.monotonic() + sql.BEGIN_SECONDS
    high_water_mark.passed(claim.attempt_id)
    campaign_marks.ledgers.passed(ledger, claim.attempt_id, len(people))
    failpoint("gate_committed")
    return GatePass(claim.attempt_id, people, begin_until)


def give_back(claim: claiming_sql.Claim, reason: str, detail: str) -> None:
    """Release a slice for which no request can be built, and hold its campaign: the next claim would fail the same way."""
    with transaction.atomic():
        claiming_sql.release(claim)
        hold_campaign(audit.system(), claim.campaign_id, reason, detail)


def hold(campaign_id: int, reason: str, detail: str) -> None:
    """Hold the campaign for staff: its next request would fail the same way."""
    hold_campaign(audit.system(), campaign_id, reason, detail)
