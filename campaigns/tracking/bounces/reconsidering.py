"""Finds suppressions that today's table of causes would not make, and lifts those that an older policy made wrongly.

Only suppressions caused by events are checked; decisions of staff and of people themselves stay. The stored events are
diagnosed again. If there are none any more, the answer stored with the suppression decides.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from campaigns.provider_lists import list_changes
from campaigns.tracking.bounces import bounce_policy, mailbox_standing, negative_events, reconsidering_sql
from campaigns.tracking.bounces import bounce_policy_sql as sql
from campaigns.tracking.bounces.bounce_classifier import EFFECTS, BounceCause, Effect, cause_of
from publication.models import Actor
from subscribers.consent import suppressions
from transport.provider_events import EventKind
from transport.provider_lists import ProviderList

AT_ONCE = 1000
Verdict = Literal["lift", "count", "keep", "unlist"]


@dataclass(frozen=True, slots=True)
class Case:
    """One address. `verdict`: lift the suppression; count (now suppressed for its mailbox bounces); keep; or unlist, if it
    is not suppressed here but is on the provider's bounce list. `unlists`: remove it from that list."""

    key: bytes
    address: str | None
    reason: str
    cause: str
    detail: str
    since: datetime | None
    verdict: Verdict
    unlists: bool


def reconsider(actor: Actor, causes: Sequence[str], since: datetime | None = None, *, dry_run: bool = False) -> list[Case]:
    """Lift suppressions for one of `causes` that would not be made today; returns the addresses concerned.

    They are also removed from the provider's bounce list, which would drop every mail to them; the worker does that. With
    `dry_run` nothing changes. Works in parts: after an interruption, call it again to continue.
    """
    distinct_causes = {BounceCause(cause).value for cause in causes}
    if not dry_run:
        return [case for part in _slices(actor, distinct_causes, since) for case in part]
    with transaction.atomic():
        cases = [case for part in _slices(actor, distinct_causes, since) for case in part]
        transaction.set_rollback(True)
    return cases


def _slices(actor: Actor, causes: set[str], since: datetime | None) -> Iterator[list[Case]]:
    diagnose_anew()
    after, seen = 0, set[bytes]()
    while rows := reconsidering_sql.list_suppressed(suppressions.AUTOMATIC, since, after, AT_ONCE):
        after = rows[-1].id
        with transaction.atomic():
            cases = _judge([row for row in rows if _is_automatic(row)], causes)
            _carry_out(actor, cases)
        seen |= {case.key for case in cases}
        yield cases
    with transaction.atomic():
        listed = [
            Case(row.key, row.address, "", row.cause, "", row.at, "unlist", True)
            for row in reconsidering_sql.list_listed(sorted(causes - _SUPPRESSING), since)
            if row.key not in seen
        ]
        _carry_out(actor, listed)
    yield listed


_SUPPRESSING = {cause.value for cause, effect in EFFECTS.items() if effect is Effect.SUPPRESS}


def diagnose_anew() -> None:
    """Update the causes of all stored bounces and drops to today's table, in parts; also of those that have no cause yet."""
    after = 0
    while rows := sql.list_evidence(after, AT_ONCE):
        after = rows[-1][0]
        changed: list[sql.Diagnosed] = []
        drops: set[bytes] = set()
        for id_, stored_kind, cause, text, key, campaign_id, subscriber_id in rows:
            kind, detail = EventKind(stored_kind), json.loads(text)
            diagnosis = bounce_policy.diagnose(kind, detail)
            today = diagnosis.cause.value if diagnosis else ""
            if kind == EventKind.DROPPED and negative_events.drop_reason(detail) == negative_events.LISTED:
                today = cause or BounceCause.UNCLASSIFIED.value
            if key is not None:
                drops.add(bytes(key))
            if today and today != cause:
                changed.append(sql.Diagnosed(id_, today, bytes(key) if key is not None else None, campaign_id, subscriber_id))
        with transaction.atomic():
            sql.set_causes(changed)
            sql.explain_drops(sorted(drops), negative_events.LISTED, BounceCause.UNCLASSIFIED.value)


def _is_automatic(row: reconsidering_sql.Suppressed) -> bool:
    """Whether an event caused it. Staff may use the reasons `hard_bounce` and `invalid` too, without an event or its text."""
    if row.evidence_at is not None or row.reason == "soft_bounces":
        return True
    return row.detail.startswith("hard: ") or row.detail.strip().lower() in {negative_events.LISTED, "invalid", "invalid address"}


def _judge(rows: Sequence[reconsidering_sql.Suppressed], chosen_causes: set[str]) -> list[Case]:
    """Select the people whose bounces have one of the chosen causes, with today's verdict."""
    keys = [row.key for row in rows]
    known = reconsidering_sql.causes_of(keys)
    standing = bounce_policy.standings(keys)
    limit, _ = bounce_policy.limits()
    cases = []
    for row in rows:
        causes = known.get(row.key) or _cause_in_detail(row)
        if not causes & chosen_causes:
            continue
        count = standing.get(row.key, mailbox_standing.MailboxStanding(0)).count
        verdict: Verdict = "keep" if causes & _SUPPRESSING else "count" if count >= limit else "lift"
        if verdict == "count" and row.reason == "soft_bounces":
            verdict = "keep"
        shown = sorted(causes & chosen_causes)[0]
        unlists = verdict == "lift" and row.address is not None
        cases.append(Case(row.key, row.address, row.reason, shown, row.detail, row.created_at, verdict, unlists))
    return cases


def _cause_in_detail(row: reconsidering_sql.Suppressed) -> set[str]:
    """The cause of the answer stored with the suppression: `hard: 5.1.1 550 no such user`."""
    if not row.detail.startswith("hard: "):
        return {BounceCause.INVALID_ADDRESS.value} if row.reason == "invalid" else {BounceCause.UNCLASSIFIED.value}
    text = row.detail.removeprefix("hard: ")
    return {cause_of(kind=EventKind.BOUNCED_HARD, status="", text=text, classification="").cause.value}


def _carry_out(actor: Actor, cases: Sequence[Case]) -> None:
    unfounded = [case.key for case in cases if case.verdict in ("lift", "count")]
    suppressions.lift_unfounded(actor, unfounded, only=suppressions.AUTOMATIC)
    counted = [case.key for case in cases if case.verdict == "count"]
    suppressions.suppress_many(actor, bounce_policy.recount(counted))
    list_changes.plan_removals(actor, [(ProviderList.BOUNCES, case.key, case.address or "") for case in cases if case.unlists])
