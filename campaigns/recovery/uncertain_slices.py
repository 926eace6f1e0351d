"""Lists uncertain recipients, and records staff's decision to resend or give up. By slice: all its members share one fate.

A slice without an attempt can be uncertain too: after a restore it may have been sent in the part that was lost.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.models import Attempt, Campaign, DeliveryLog, Slice
from campaigns.recovery import settle_policy
from campaigns.recovery import uncertain_slices_sql as sql
from campaigns.tracking import event_inbox_sql, webhook_health_sql
from config.failpoints import failpoint
from publication import audit, clock, policies
from publication.database.deadlock import retried
from publication.domain_errors import DomainError
from publication.models import Actor

Decision = Literal["resend", "abandon"]
LOCK_TRIES, LOCK_PAUSE = 30, 0.1


class UncertainError(DomainError):
    """The decision is not possible."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One uncertain slice: since when, how many people, what the provider answered, which events came since.

    `events` name its attempt and were applied; `waiting` name it and were not yet applied. `waits_for` is events,
    policy, release or operator; `until` is when that wait ends.
    """

    slice: int
    campaign: int
    name: str
    campaign_state: str
    state: str
    people: int
    since: datetime | None
    attempt: int | None
    gate_at: datetime | None
    worker: str
    http_status: int | None
    message_id: str
    detail: str
    send_at: datetime | None
    fenced_at: datetime | None
    events: int
    waiting: int
    waits_for: str
    until: datetime | None

    @property
    def shown_state(self) -> str:
        """The state for people: `held`, which needs a decision, also where only staff can end `unknown`."""
        return "held" if self.waits_for == "operator" else self.state


def awaiting_decision() -> QuerySet[Slice]:
    """Return the batches about which staff must decide, because no evidence can be awaited any more."""
    return Slice.objects.filter(Q(state="held") | Q(state="unknown", proof="restore"))


def uncertain(campaign_id: int | None = None, slice_ids: Sequence[int] | None = None) -> list[Uncertain]:
    """All uncertain slices of a campaign, or of every campaign; `slice_ids` limits the list to those."""
    rows = sql.list_uncertain(campaign_id, slice_ids)
    events = sql.count_events([(row["campaign"], row["attempt"]) for row in rows if row["attempt"]])
    policy = settle_policy.wait()
    hours = timedelta(hours=policies.number("settle_hours"))
    slices = []
    for row in rows:
        named, waiting = events.get(row["attempt"], (0, 0))
        waits_for, until = _waits_for(row, policy, hours)
        slices.append(
            Uncertain(
                slice=row["slice"], campaign=row["campaign"], name=row["name"], campaign_state=row["campaign_state"],
                state=row["state"], people=row["people"], since=row["ended_at"] or row["gate_at"], attempt=row["attempt"],
                gate_at=row["gate_at"], worker=row["worker"] or "", http_status=row["http_status"],
                message_id=row["message_id"] or "", detail=_detail(row), send_at=row["send_at"], fenced_at=row["fenced_at"],
                events=named, waiting=waiting, waits_for=waits_for, until=until,
            )
        )  # fmt: skip
    return slices


def _detail(row: dict[str, Any]) -> str:
    """The attempt's answer, with the slice's own reason where it adds something."""
    texts = [text for text in (row["detail"], row["reason"]) if text]
    return "; ".join(dict.fromkeys(texts))


def _waits_for(row: dict[str, Any], policy: timedelta | None, hours: timedelta) -> tuple[str, datetime | None]:
    if row["attempt"] is None or row["proof"] == "restore":
        return "operator", None
    due = max(moment for moment in (row["gate_at"], row["send_at"]) if moment)
    if row["fenced_at"]:
        return "release", row["send_at"]
    # The same conditions as in settle_policy_sql: staff decide about an attempt that ended otherwise or predates a quarantine.
    if policy is not None and row["outcome"] == "unknown" and not row["evidence_at"] and not row["before_quarantine"]:
        return "policy", due + policy
    if row["campaign_state"] == "cancelled":
        return "operator", None
    return ("events", row["gate_at"] + hours) if row["state"] == "unknown" else ("operator", None)


@dataclass(frozen=True, slots=True)
class Whole:
    """All records about one uncertain slice."""

    uncertain: Uncertain
    attempts: list[Attempt]
    log: list[DeliveryLog]
    people: list[tuple[int, str | None]]


def whole(slice_id: int) -> Whole:
    """One uncertain slice with its attempts, log and people. Raises UncertainError if it is not uncertain."""
    slices = uncertain(slice_ids=[slice_id])
    if not slices:
        raise _gone([slice_id])
    lines = DeliveryLog.objects.filter(campaign_id=slices[0].campaign, slice_id=slice_id).select_related("actor").order_by("id")
    return Whole(slices[0], list(Attempt.objects.filter(slice_id=slice_id).order_by("id")), list(lines), sql.members(slice_id))


def slice_of_attempt(attempt_id: int) -> int:
    """The slice of an attempt. Raises UncertainError if there is no such attempt."""
    slice_id = sql.slice_of_attempt(attempt_id)
    if slice_id is None:
        raise UncertainError("attempt", attempt=attempt_id)
    return slice_id


# ------------------------------------------------------------------------------------------------------------- decision
@dataclass(frozen=True, slots=True)
class Decided:
    """The slices, campaigns and number of people that a decision changed."""

    slices: list[int]
    campaigns: list[int]
    people: int


def decide(actor: Actor, slice_ids: Sequence[int], decision: Decision, reason: str, *, force: bool = False) -> Decided:
    """Resend to everybody in these slices, or give them up: all or none. Raises UncertainError.

    Refuses while events wait to be applied, because they may be the proof; `force` decides regardless. As in
    settle_policy, nobody applies events between the check and the commit.
    """
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise UncertainError("reason")
    distinct_ids = sorted(set(slice_ids))
    for _ in range(LOCK_TRIES):
        decided = retried(lambda: _decide_alone(actor, distinct_ids, decision, reason, force))
        if decided is not None:
            failpoint("decide_committed")
            return decided
        time.sleep(LOCK_PAUSE)
    raise UncertainError("busy")


@transaction.atomic
def _decide_alone(actor: Actor, slice_ids: list[int], decision: Decision, reason: str, force: bool) -> Decided | None:
    """Decide while nobody applies events; None if somebody does."""
    if not force and not event_inbox_sql.take_apply_lock():
        return None
    decided = _decide(actor, slice_ids, decision, reason, force)
    failpoint("decide_before_commit")
    return decided


def _decide(actor: Actor, slice_ids: list[int], decision: Decision, reason: str, force: bool) -> Decided:
    sql.lock(slice_ids)
    slices = uncertain(slice_ids=slice_ids)
    if missing := sorted(set(slice_ids) - {uncertain_slice.slice for uncertain_slice in slices}):
        raise _gone(missing)
    waiting = webhook_health_sql.count_waiting()
    if waiting and not force:
        raise UncertainError("events", count=waiting)
    if decision == "resend":
        _check_resend(slices, force)
    sql.decide(slice_ids, decision, reason)
    by_campaign: dict[int, list[Uncertain]] = defaultdict(list)
    for uncertain_slice in slices:
        by_campaign[uncertain_slice.campaign].append(uncertain_slice)
        DeliveryLog.objects.create(
            kind="decided", campaign_id=uncertain_slice.campaign, slice_id=uncertain_slice.slice,
            attempt_id=uncertain_slice.attempt, actor=actor,
            detail=audit.without_addresses(
                {"to": decision, "reason": reason, "people": uncertain_slice.people, "events_waiting": waiting}
            ),
        )  # fmt: skip
    for campaign in Campaign.objects.filter(pk__in=by_campaign):
        ours = by_campaign[campaign.pk]
        audit.record(
            actor, f"unknown_{decision}", campaign, slices=[uncertain_slice.slice for uncertain_slice in ours],
            people=sum(uncertain_slice.people for uncertain_slice in ours), reason=reason,
        )  # fmt: skip
    return Decided(slice_ids, sorted(by_campaign), sum(uncertain_slice.people for uncertain_slice in slices))


def _check_resend(slices: list[Uncertain], force: bool) -> None:
    cancelled = sorted({uncertain_slice.campaign for uncertain_slice in slices if uncertain_slice.campaign_state == "cancelled"})
    if cancelled:
        raise UncertainError("cancelled", campaign=cancelled[0])
    kept = [
        uncertain_slice
        for uncertain_slice in slices
        if uncertain_slice.send_at is not None and uncertain_slice.send_at > clock.now() and uncertain_slice.fenced_at is None
    ]
    if kept and not force:
        raise UncertainError("release", slice=kept[0].slice, at=kept[0].send_at)


def _gone(slice_ids: list[int]) -> UncertainError:
    states = sql.states_of(slice_ids)
    return UncertainError("gone", slices=[f"{number} ({states.get(number, 'not there')})" for number in slice_ids[:10]])
