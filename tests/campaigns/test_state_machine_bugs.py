"""The state machine can fail: it finds the harm that each of these injected bugs does."""

from __future__ import annotations

import dataclasses

import pytest

from campaigns.sending import gate_sql, settling, settling_sql
from publication.database.statement_sql import changed, query
from tests.campaigns import test_state_machine
from transport.outcomes import OutcomeKind

pytestmark = pytest.mark.django_db(transaction=True)


def free_on_lease_expiry(patch: pytest.MonkeyPatch) -> None:
    def reap_attempts() -> list[tuple[int, int, int]]:
        changed("UPDATE attempt SET ended_at = clock_timestamp(), outcome = 'unknown' WHERE id IN (SELECT current_attempt_id "
                "FROM slice WHERE state = 'in_flight' AND lease_until < clock_timestamp())")  # fmt: skip
        changed("UPDATE slice SET state = 'planned', proof = 'never connected', lease_until = NULL "
                "WHERE state = 'in_flight' AND lease_until < clock_timestamp()")  # fmt: skip
        return []

    patch.setattr(settling_sql, "reap_attempts", reap_attempts)


def retry_what_had_no_answer(patch: pytest.MonkeyPatch) -> None:
    settle = settling.settle

    def as_if_busy(attempt_id, outcome):
        if outcome.kind is OutcomeKind.UNKNOWN:
            outcome = dataclasses.replace(outcome, kind=OutcomeKind.BUSY, status=429)
        return settle(attempt_id, outcome)

    patch.setattr(settling, "settle", as_if_busy)


def no_fencing(patch: pytest.MonkeyPatch) -> None:
    def settle_slice(slice_id, attempt_id, target, *, reason, proof, seconds=0.0):
        return changed("UPDATE slice SET state = %s, reason = %s, proof = %s WHERE id = %s AND state = ANY(%s)",
                       [target, reason, proof, slice_id, list(settling_sql.SETTLE_MOVES[target][0])])  # fmt: skip

    patch.setattr(settling_sql, "settle_slice", settle_slice)


def consent_at_the_claim_only(patch: pytest.MonkeyPatch) -> None:
    read = gate_sql.read_members

    def whoever(claim, list_ids):
        return [(*member[:1], *(text or "" for text in member[1:4]), None) for member in read(claim, list_ids)]

    patch.setattr(gate_sql, "read_members", whoever)


def accepted_is_undone(patch: pytest.MonkeyPatch) -> None:
    def settle_slice(slice_id, attempt_id, target, *, reason, proof, seconds=0.0):
        return changed("UPDATE slice SET state = %s, reason = %s, proof = %s WHERE id = %s AND current_attempt_id = %s",
                       [target, reason, proof, slice_id, attempt_id])  # fmt: skip

    patch.setattr(settling_sql, "settle_slice", settle_slice)


def mark_before_send(patch: pytest.MonkeyPatch) -> None:
    open_attempt = gate_sql.open_attempt

    def accepted_at_once(claim, *args):
        open_attempt(claim, *args)
        query("UPDATE slice SET state = 'accepted', proof = 'http' WHERE id = %s RETURNING id", [claim.slice_id])

    patch.setattr(gate_sql, "open_attempt", accepted_at_once)


# Each with its shortest sequence of harmful steps. The search has also found all six by itself.
BUGS = {
    free_on_lease_expiry: ("I7", lambda it: (it.work([("send", "accept")], True), it.stand_still())),
    retry_what_had_no_answer: ("I7", lambda it: it.work([("record", "accept, unheard")], True)),
    no_fencing: (
        "I8",
        lambda it: (
            it.work([("send", "busy")], True), it.stand_still(), it.operator(0, "resend"), it.work([("gate", "accept")], True),
            it.work_on([("record", "accept")]),
        ),
    ),
    consent_at_the_claim_only: (
        "I9",
        lambda it: (it.work([("claim", "accept")], True), it.leave(0, "unsubscribe"), it.work_on([("gate", "accept")])),
    ),
    accepted_is_undone: ("I6", lambda it: (it.work([("send", "accept, unheard")], True), it.event_overtakes(0))),
    mark_before_send: ("I2", lambda it: it.work([("gate", "accept")], True)),
}  # fmt: skip


@pytest.fixture
def machine(settings):
    settings.SENDGRID_API_KEY = "SG.test"
    machine = test_state_machine.Sending()
    machine.fill(count=2, guilty=set())
    yield machine
    machine.witness.close()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_injected_bug_is_found(bug, machine, monkeypatch):
    broken, way = BUGS[bug]
    bug(monkeypatch)
    with pytest.raises(AssertionError, match=broken):
        way(machine), machine.holds()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_same_steps_do_no_harm_without_the_bug(bug, machine):
    BUGS[bug][1](machine)
    machine.holds()
