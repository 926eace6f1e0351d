"""The ten seeded bugs: each is a known kind of mistake of such systems, patched into a forked process of the product.

They show that the harness would detect them. The product's code contains none of this: the zygote applies a bug as a patch
in the child before the command begins. cells.py gives each bug circumstances in which it does harm.
"""

from collections.abc import Callable
from typing import Any

BUGS: dict[str, Callable[[], None]] = {}


def bug(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def register(patch: Callable[[], None]) -> Callable[[], None]:
        BUGS[name] = patch
        return patch

    return register


def apply(name: str) -> None:
    BUGS[name]()


@bug("free-on-lease-expiry")
def _free_on_lease_expiry() -> None:
    """Treat a dead worker's request as one that was never sent."""
    from campaigns.sending import settling_sql as settle_sql
    from publication.database.statement_sql import query

    def reap_attempts() -> list[Any]:
        query(
            "WITH lost AS (UPDATE slice SET state = 'planned', lease_until = NULL, proof = 'lease ran out' "
            "WHERE state = 'in_flight' AND lease_until < clock_timestamp() RETURNING current_attempt_id) "
            "UPDATE attempt SET ended_at = clock_timestamp(), outcome = 'lost' FROM lost WHERE id = current_attempt_id"
        )
        return []

    settle_sql.reap_attempts = reap_attempts


@bug("retry-ambiguous")
def _retry_ambiguous() -> None:
    """Treat a time-out or a 5xx as a rejection."""
    from dataclasses import replace

    from campaigns.sending import settling
    from transport.outcomes import OutcomeKind

    right = settling.settle

    def settle(attempt_id: int, outcome: Any, *more: Any, **options: Any) -> Any:
        if outcome.kind is OutcomeKind.UNKNOWN:
            outcome = replace(outcome, kind=OutcomeKind.NEVER_CONNECTED)
        return right(attempt_id, outcome, *more, **options)

    settling.settle = settle


@bug("gate-not-committed")
def _gate_not_committed() -> None:
    """Write the attempt, but commit its transaction only with the answer."""
    from django.db import transaction

    from worker import slice_sender

    slice_sender.send_slice = transaction.atomic(slice_sender.send_slice)


@bug("settle-too-early")
def _settle_too_early() -> None:
    """Treat missing events as proof before events can have come."""
    from campaigns.recovery import settle_policy
    from campaigns.tracking.webhook_health import Health

    settle_policy.webhook_health = lambda *_: Health("green", "taken for granted")
    settle_policy.sql.controlled = lambda attempts, *_: dict.fromkeys(attempts, 1)


@bug("no-fencing")
def _no_fencing() -> None:
    """Let a late answer move the slice, even if its attempt is not the current one."""
    from campaigns.sending import settling_sql as settle_sql
    from publication.database.statement_sql import changed

    def settle_slice(slice_id: int, attempt_id: int, target: str, *, reason: str | None, proof: str, seconds: float = 0.0) -> int:
        return changed(
            "UPDATE slice SET state = %s, reason = %s, proof = %s, lease_until = NULL, claim = NULL, not_before = NULL "
            "WHERE id = %s AND state = ANY(%s)",
            [target, reason, proof, slice_id, list(settle_sql.SETTLE_MOVES[target][0])],
        )

    settle_sql.settle_slice = settle_slice


@bug("suppression-at-claim")
def _suppression_at_claim() -> None:
    """Decide who may be mailed at the claim, and not again at the gate."""
    from campaigns.sending import claiming_sql
    from campaigns.sending import gate_sql as sql
    from publication.database.statement_sql import query

    take, look = claiming_sql.claim, sql.read_members
    known: dict[int, Any] = {}

    def claim(worker: str) -> Any:
        taken = take(worker)
        if taken is not None:
            lists = query("SELECT mailinglist_id FROM campaign_lists WHERE campaign_id = %s", [taken.campaign_id])
            known[taken.slice_id] = look(taken, [row[0] for row in lists])
        return taken

    claiming_sql.claim = claim
    sql.read_members = lambda taken, _lists: known[taken.slice_id]


@bug("event-twice")
def _event_twice() -> None:
    """Make the effect of an event an increment, and allow applying the event again."""
    from campaigns.tracking import events
    from campaigns.tracking.bounces import bounce_policy
    from publication.database.statement_sql import query

    def count_up(counts: dict[bytes, int]) -> None:
        query("UPDATE subscriber SET soft_bounces = soft_bounces + 1 WHERE address_key = ANY(%s)", [list(counts)])

    apply_once = events.apply

    def apply_twice(batch: Any) -> None:
        apply_once(batch)
        apply_once(batch)

    bounce_policy.note_soft_bounces = count_up
    events.apply = apply_twice


@bug("accepted-undone")
def _accepted_undone() -> None:
    """Let a late 429 free recipients whom an event has proved meanwhile."""
    from campaigns.sending import settling_sql as settle_sql

    sources, target = settle_sql.SETTLE_MOVES["planned"]
    settle_sql.SETTLE_MOVES["planned"] = ((*sources, "accepted"), target)


@bug("cursor-resume")
def _cursor_resume() -> None:
    """Continue after the furthest slice that was begun, and forget unfinished slices before it."""
    from campaigns.sending import claiming_sql
    from publication.database.statement_sql import query

    take = claiming_sql.claim

    def claim(worker: str) -> Any:
        query(
            "UPDATE slice s SET not_before = clock_timestamp() + interval '1 day' FROM "
            "(SELECT campaign_id, max(number) AS furthest FROM slice WHERE state <> 'planned' GROUP BY 1) AS f "
            "WHERE s.campaign_id = f.campaign_id AND s.number < f.furthest AND s.state = 'planned'"
        )
        return take(worker)

    claiming_sql.claim = claim


@bug("mark-before-send")
def _mark_before_send() -> None:
    """Mark the slice as sent, and only then send it."""
    from campaigns.sending import gate as sending_gate
    from campaigns.sending import settling
    from transport.outcomes import Outcome, OutcomeKind

    pass_gate = sending_gate.gate

    def gate(*given: Any, **options: Any) -> Any:
        passed = pass_gate(*given, **options)
        if passed is not None:
            settling.settle(passed.attempt_id, Outcome(OutcomeKind.ACCEPTED, 202))
        return passed

    sending_gate.gate = gate
