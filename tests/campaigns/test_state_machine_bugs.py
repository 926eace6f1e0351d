"""The state machine can fail: it finds the harm that results when a rule is taken out of the product's code or SQL."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
from django.db import transaction

from campaigns.recovery import fencing_sql, settle_policy
from campaigns.sending import cancelling_sql, evidence, gate_sql, quarantine, settling, settling_sql, strict_mode
from campaigns.tracking import webhook_health, webhook_health_sql
from publication.database.statement_sql import changed, query
from tests.campaigns import test_state_machine
from tests.campaigns.test_state_machine import Sending
from transport.outcomes import OutcomeKind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]


def rewrite(patch: pytest.MonkeyPatch, module: ModuleType, run: str, old: str, new: str = "") -> None:
    """Replace a part of the SQL that `module` passes to its function `run`."""
    execute: Callable[..., object] = getattr(module, run)
    patch.setattr(module, run, lambda statement, *rest: execute(statement.replace(old, new), *rest))


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


def gate_is_not_committed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sending, "gate", transaction.atomic(Sending.gate))


def late_events_count_as_healthy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(webhook_health_sql, "slowest_event", lambda within: timedelta())


def missing_events_count_without_a_control(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settle_policy, "webhook_health", lambda within: webhook_health.Health("green", "taken for granted"))
    patch.setattr(settle_policy.sql, "controlled", lambda attempts, ripe: dict.fromkeys(attempts, 1))


def no_cancelling(patch: pytest.MonkeyPatch) -> None:
    def settle_slice(slice_id, attempt_id, target, *, reason, proof, seconds=0.0):
        return changed("UPDATE slice SET state = %s, reason = %s, proof = %s WHERE id = %s AND state = ANY(%s)",
                       [target, reason, proof, slice_id, list(settling_sql.SETTLE_MOVES[target][0])])  # fmt: skip

    patch.setattr(settling_sql, "settle_slice", settle_slice)


def late_202_of_an_older_attempt_proves_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(evidence, "prove", lambda attempt_ids, proof: 0)


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


def no_deadline_before_the_first_byte(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gate_sql, "BEGIN_SECONDS", float("inf"))


def consent_at_the_claim_only(patch: pytest.MonkeyPatch) -> None:
    read = gate_sql.read_members

    def everybody(claim, list_ids):
        return [(*member[:1], *(text or "" for text in member[1:4]), None) for member in read(claim, list_ids)]

    patch.setattr(gate_sql, "read_members", everybody)


def cancel_forgets_what_was_uncertain(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cancelling_sql, "uncertain_again", lambda campaign_id: 0)


def request_to_cancel_counts_as_cancelled(patch: pytest.MonkeyPatch) -> None:
    rewrite(
        patch, fencing_sql, "query", "a.outcome IN ('fenced', 'discarded') AND a.fenced_at IS NOT NULL", "a.outcome = 'fencing'"
    )


def late_202_counts_after_the_cancel_began(patch: pytest.MonkeyPatch) -> None:
    rewrite(patch, settling_sql, "first", "outcome = 'unknown' AND", "outcome IN ('unknown', 'fencing', 'fenced') AND")


def uncertain_attempt_is_not_cancelled(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fencing_sql, "begin_cancel", lambda cancel_until: [])


def cancel_counts_just_before_the_release(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_mode, "TOO_LATE", timedelta())


def nobody_notices_a_restore(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(quarantine, "check", lambda: True)


def late_rejection_frees_after_a_restore(patch: pytest.MonkeyPatch) -> None:
    condition = "NOT EXISTS (SELECT 1 FROM slice s WHERE s.id = slice_id AND s.proof = 'restore')"
    rewrite(patch, settling_sql, "first", condition, "true")


@dataclasses.dataclass(frozen=True)
class Harm:
    """The invariant that a bug breaks, and the shortest steps to the harm."""

    invariant: str
    steps: Callable[[Sending], object]
    strict: bool = False


UNHEARD = [("record", "accept, unheard")]
BUGS = {
    free_on_lease_expiry: Harm("I7", lambda it: (it.work([("send", "accept")], True), it.stand_still())),
    retry_what_had_no_answer: Harm("I7", lambda it: it.work(UNHEARD, True)),
    gate_is_not_committed: Harm("I2", lambda it: it.work([("gate", "accept")], True)),
    late_events_count_as_healthy: Harm(
        "I7", lambda it: (it.work([("record", "accept"), *UNHEARD], True), it.settle_by_policy("late"))
    ),
    missing_events_count_without_a_control: Harm("I7", lambda it: (it.work(UNHEARD, True), it.settle_by_policy("down"))),
    no_cancelling: Harm(
        "I8",
        lambda it: (
            it.work([("send", "busy")], True), it.stand_still(), it.operator(0, "resend"), it.work([("gate", "accept")], True),
            it.work_on([("record", "accept")]),
        ),
    ),
    late_202_of_an_older_attempt_proves_nobody: Harm(
        "I6",
        lambda it: (
            it.work([("send", "accept")], True), it.stand_still(), it.operator(0, "resend"), it.work([("gate", "accept")], True),
            it.work_on([("record", "accept")]),
        ),
    ),
    accepted_is_undone: Harm("I6", lambda it: (it.work([("send", "accept, unheard")], True), it.event_overtakes(0))),
    mark_before_send: Harm("I2", lambda it: it.work([("gate", "accept")], True)),
    no_deadline_before_the_first_byte: Harm(
        "I7",
        lambda it: (
            it.work([("gate", "accept"), ("record", "accept")], True), it.settle_by_policy("up"), it.work_on([("send", "accept")]),
        ),
    ),
    consent_at_the_claim_only: Harm(
        "I9",
        lambda it: (it.work([("claim", "accept")], True), it.leave(0, "unsubscribe"), it.work_on([("gate", "accept")])),
    ),
    cancel_forgets_what_was_uncertain: Harm(
        "I5", lambda it: (it.work(UNHEARD, True), it.operator(0, "resend"), it.staff(test_state_machine.launch.cancel))
    ),
    request_to_cancel_counts_as_cancelled: Harm(
        "I7",
        lambda it: (
            it.work(UNHEARD, True), it.take_back("not received"), it.minutes_pass(24), it.take_back("not received"),
        ),
        strict=True,
    ),
    late_202_counts_after_the_cancel_began: Harm(
        "I8",
        lambda it: (
            it.work([("send", "accept")], True), it.stand_still(), it.take_back("answer lost"), it.work_on([("record", "accept")]),
        ),
        strict=True,
    ),
    uncertain_attempt_is_not_cancelled: Harm("I13", lambda it: (it.work(UNHEARD, True), it.take_back("confirmed")), strict=True),
    cancel_counts_just_before_the_release: Harm(
        "I7",
        lambda it: (
            it.work(UNHEARD, True), it.minutes_pass(15), it.take_back("confirmed"), it.minutes_pass(9), it.take_back("confirmed"),
        ),
        strict=True,
    ),
    nobody_notices_a_restore: Harm("I7", lambda it: (it.back_up(), it.work([("record", "accept")], True), it.go_back())),
    late_rejection_frees_after_a_restore: Harm(
        "I7",
        lambda it: (
            it.work([("send", "busy")], True), it.back_up(), it.work_on([("record, unlearned", "busy")]),
            it.work([("record", "accept")], True), it.go_back(), it.work_on([("record", "busy")]),
        ),
    ),
}  # fmt: skip


@pytest.fixture
def machine(settings):
    settings.SENDGRID_WEBHOOK_KEYS = ["a key"]
    machine = Sending()
    yield machine
    machine.close()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_injected_bug_is_found(bug, machine, monkeypatch):
    harm = BUGS[bug]
    machine.fill(count=2 * test_state_machine.SIZE, guilty=set(), strict=harm.strict)
    bug(monkeypatch)
    with pytest.raises(AssertionError, match=harm.invariant):
        harm.steps(machine), machine.holds()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_same_steps_do_no_harm_without_the_bug(bug, machine):
    harm = BUGS[bug]
    machine.fill(count=2 * test_state_machine.SIZE, guilty=set(), strict=harm.strict)
    harm.steps(machine)
    machine.holds()
