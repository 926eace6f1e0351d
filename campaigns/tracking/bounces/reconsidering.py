"""Which suppressions today's table of causes would not make: what an older policy suppressed wrongly is lifted.

Only what events brought about is looked at; what staff decided and people said stays. The stored events are diagnosed anew.
Where none is stored any more, the answer that was kept with the suppression decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from campaigns.tracking.bounces import bounce_policy, mailbox_standing, provider_bounce_list, reconsidering_sql, setbacks
from campaigns.tracking.bounces import bounce_policy_sql as sql
from campaigns.tracking.bounces.bounce_classifier import EFFECTS, BounceCause, Effect, cause_of
from publication.models import Actor
from subscribers.consent import suppressions

AT_ONCE = 1000
Verdict = Literal["lift", "count", "keep", "unlist"]


@dataclass(frozen=True, slots=True)
class Case:
    """One address. `verdict`: lift the suppression; count (suppressed for its mailbox from now on); keep; or unlist, where
    it is not suppressed here but is on the provider's bounce list. `unlists`: it is to come off that list."""

    key: bytes
    address: str | None
    reason: str
    cause: str
    detail: str
    since: datetime | None
    verdict: Verdict
    unlists: bool


def reconsider(actor: Actor, causes: Sequence[str], since: datetime | None = None, *, dry_run: bool = False) -> list[Case]:
    """Lift what is suppressed for one of `causes` and would not be today; the people that it concerns.

    They are also to come off the provider's bounce list, which would drop every mail to them; the worker does that. With
    `dry_run` nothing is changed. Done in slices: interrupted, it goes on where it is called again.
    """
    wanted = {BounceCause(cause).value for cause in causes}
    if not dry_run:
        return [case for part in _slices(actor, wanted, since) for case in part]
    with transaction.atomic():
        found = [case for part in _slices(actor, wanted, since) for case in part]
        transaction.set_rollback(True)
    return found


def _slices(actor: Actor, wanted: set[str], since: datetime | None) -> Iterator[list[Case]]:
    diagnose_anew()
    after, seen = 0, set[bytes]()
    while rows := reconsidering_sql.list_suppressed(suppressions.AUTOMATIC, since, after, AT_ONCE):
        after = rows[-1].id
        with transaction.atomic():
            found = _judge([row for row in rows if _is_automatic(row)], wanted)
            _carry_out(actor, found)
        seen |= {case.key for case in found}
        yield found
    with transaction.atomic():
        listed = [
            Case(row.key, row.address, "", row.cause, "", row.at, "unlist", True)
            for row in reconsidering_sql.list_listed(sorted(wanted - _SUPPRESSING), since)
            if row.key not in seen
        ]
        _carry_out(actor, listed)
    yield listed


_SUPPRESSING = {cause.value for cause, effect in EFFECTS.items() if effect is Effect.SUPPRESS}


def diagnose_anew() -> None:
    """Bring the causes of all stored bounces and drops up to today's table, in slices; those from before there was one too."""
    after = 0
    while rows := sql.list_evidence(after, AT_ONCE):
        after = rows[-1][0]
        changed: list[sql.Diagnosed] = []
        drops: set[bytes] = set()
        for id_, kind, cause, text, key, campaign_id, subscriber_id in rows:
            detail = json.loads(text)
            diagnosis = bounce_policy.diagnose(kind, detail)
            today = diagnosis.cause.value if diagnosis else ""
            if kind == "dropped" and setbacks.drop_reason(detail) == setbacks.LISTED:
                today = cause or BounceCause.UNCLASSIFIED.value
            if key is not None:
                drops.add(bytes(key))
            if today and today != cause:
                changed.append(sql.Diagnosed(id_, today, bytes(key) if key is not None else None, campaign_id, subscriber_id))
        with transaction.atomic():
            sql.set_causes(changed)
            sql.explain_drops(sorted(drops), setbacks.LISTED, BounceCause.UNCLASSIFIED.value)


def _is_automatic(row: reconsidering_sql.Suppressed) -> bool:
    """Staff may suppress as `hard_bounce` or `invalid` too: that has no event, nor the words that an event leaves."""
    if row.evidence_at is not None or row.reason == "soft_bounces":
        return True
    return row.detail.startswith("hard: ") or row.detail.strip().lower() in {setbacks.LISTED, "invalid", "invalid address"}


def _judge(rows: Sequence[reconsidering_sql.Suppressed], wanted: set[str]) -> list[Case]:
    """Those of them whose bounces have a wanted cause, and what today's table makes of them."""
    keys = [row.key for row in rows]
    known = reconsidering_sql.causes_of(keys)
    standing = bounce_policy.standings(keys)
    limit, _ = bounce_policy.limits()
    cases = []
    for row in rows:
        causes = known.get(row.key) or _cause_in_detail(row)
        if not causes & wanted:
            continue
        count = standing.get(row.key, mailbox_standing.Standing(0)).count
        verdict: Verdict = "keep" if causes & _SUPPRESSING else "count" if count >= limit else "lift"
        if verdict == "count" and row.reason == "soft_bounces":
            verdict = "keep"
        shown = sorted(causes & wanted)[0]
        unlists = verdict == "lift" and row.address is not None
        cases.append(Case(row.key, row.address, row.reason, shown, row.detail, row.created_at, verdict, unlists))
    return cases


def _cause_in_detail(row: reconsidering_sql.Suppressed) -> set[str]:
    """From the answer that stands with the suppression: `hard: 5.1.1 550 no such user`."""
    if not row.detail.startswith("hard: "):
        return {BounceCause.INVALID_ADDRESS.value} if row.reason == "invalid" else {BounceCause.UNCLASSIFIED.value}
    text = row.detail.removeprefix("hard: ")
    return {cause_of(kind="bounced_hard", status="", text=text, classification="").cause.value}


def _carry_out(actor: Actor, cases: Sequence[Case]) -> None:
    unfounded = [case.key for case in cases if case.verdict in ("lift", "count")]
    suppressions.lift_unfounded(actor, unfounded, only=suppressions.AUTOMATIC)
    counted = [case.key for case in cases if case.verdict == "count"]
    suppressions.suppress_many(actor, bounce_policy.recount(counted))
    provider_bounce_list.plan(actor, [case.key for case in cases if case.unlists])
