"""The tables of moves (docs/delivery.md §2) and the function that moves a campaign: compare-and-set, logged.

Slices and deliveries move by set-based statements in the `*_sql` modules; each of those names its move through `move_of`,
which refuses at import what this table does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction

from campaigns.models import Campaign, DeliveryLog
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor

# ----------------------------------------------------------------------------------------------------------- deliveries
# Who may make a move. A worker is the process that made the attempt; the reaper is the pump that finds it gone.
MAKERS = ("fill", "worker", "gate", "reaper", "event", "operator", "policy", "cancel", "restore", "fence")
START = ""  # the source of a delivery's first state


@dataclass(frozen=True, slots=True)
class Move:
    """One cause for one step: from, to, when in words, the proof recorded with it, and who makes it."""

    source: str
    target: str
    when: str
    proof: tuple[str, ...]
    by: tuple[str, ...]


def _event(source: str) -> Move:
    return Move(source, "accepted", "a verified event names an attempt of theirs", ("event",), ("event",))


def _fact(target: str) -> Move:
    return Move("accepted", target, "the provider tells so of this recipient", ("event",), ("event",))


def _lost(source: str) -> Move:
    when = "the database went back in time: it may have been sent in the part that was lost"
    return Move(source, "unknown", when, ("restore",), ("restore",))


# A slice carries these states for all its members; a delivery has one of its own only where something is true of that
# person alone. Pairs may stand here more than once, with a cause each. docs/delivery.md and the model in tests/model
# are made from this table; nothing moves that is not in it.
MOVES: tuple[Move, ...] = (
    Move(START, "planned", "the fill", (), ("fill",)),
    # ---- before the wire
    Move("planned", "claimed", "a worker takes the slice; lease 30 s", (), ("worker",)),
    Move("claimed", "planned", "the campaign or the worker may not send now", ("never on the wire",), ("worker", "gate")),
    Move("claimed", "planned", "the lease of the claim ran out", ("never on the wire",), ("reaper",)),
    Move("claimed", "skipped", "left, suppressed, erased or address changed by the gate", ("reason",), ("gate",)),
    Move("planned", "skipped", "the campaign was cancelled", ("reason",), ("cancel",)),
    Move("claimed", "skipped", "the campaign was cancelled", ("reason",), ("cancel",)),
    Move("planned", "failed", "attempts used up, each ended by a definite no", ("reject",), ("reaper",)),
    # ---- on the wire
    Move("claimed", "in_flight", "the gate: committed before the first byte leaves", ("attempt",), ("gate",)),
    Move("in_flight", "accepted", "202", ("http",), ("worker",)),
    Move("in_flight", "planned", "429, 401, 403: a definite no", ("reject",), ("worker",)),
    Move("in_flight", "planned", "no byte left: no connection, or the deadline came first", ("never connected",), ("worker",)),
    Move(
        "in_flight",
        "split",
        "400, 413, or found too large before sending: two slices of half the range",
        ("reject",),
        ("worker",),
    ),
    Move("in_flight", "failed", "refused when it was alone in the request", ("http",), ("worker",)),
    Move("in_flight", "unknown", "time-out, broken connection, 5xx", ("ambiguity",), ("worker",)),
    Move("in_flight", "unknown", "the worker did not report within its lease", ("ambiguity",), ("reaper",)),
    # ---- a late answer of the same attempt, as long as no later one exists
    Move("unknown", "accepted", "the late 202 of the same attempt", ("http",), ("worker",)),
    Move("held", "accepted", "the late 202 of the same attempt", ("http",), ("worker",)),
    Move("planned", "accepted", "the late 202 of the same attempt", ("http",), ("worker",)),
    Move("claimed", "accepted", "the late 202 of the same attempt", ("http",), ("worker",)),
    Move("abandoned", "accepted", "the late 202 of the same attempt", ("http",), ("worker",)),
    Move("unknown", "planned", "the late definite no of the same attempt", ("reject", "never connected"), ("worker",)),
    Move("unknown", "split", "the late 400 or 413 of the same attempt", ("reject",), ("worker",)),
    Move("unknown", "failed", "refused when it was alone in the request, the answer came late", ("http",), ("worker",)),
    # ---- evidence: a request is all or nothing, so one event proves everyone in the attempt that it names
    *(_event(source) for source in ("planned", "claimed", "in_flight", "unknown", "held", "failed", "abandoned")),
    *(_fact(target) for target in ("deferred", "delivered", "bounced", "dropped", "complained")),
    # ---- uncertain, and what ends it
    Move("unknown", "held", "the settle time passed without evidence", ("ambiguity",), ("policy",)),
    Move("unknown", "planned", "the provider confirmed that it will never release the request", ("fence",), ("fence",)),
    Move("unknown", "planned", "no evidence where there would be some: the policy `settle`", ("policy settle",), ("policy",)),
    Move("held", "planned", "no evidence where there would be some: the policy `settle`", ("policy settle",), ("policy",)),
    Move("unknown", "abandoned", "as before, and the campaign was cancelled", ("policy settle",), ("policy",)),
    Move("held", "abandoned", "as before, and the campaign was cancelled", ("policy settle",), ("policy",)),
    Move("unknown", "planned", "sent again, by name and with a reason", ("operator",), ("operator",)),
    Move("held", "planned", "sent again, by name and with a reason", ("operator",), ("operator",)),
    Move("unknown", "abandoned", "given up, by name and with a reason", ("operator",), ("operator",)),
    Move("held", "abandoned", "given up, by name and with a reason", ("operator",), ("operator",)),
    # ---- freed to be sent again, and then not: as uncertain as before
    Move("planned", "unknown", "cancelled before they were sent again: as uncertain as before", ("ambiguity",), ("cancel",)),
    Move("claimed", "unknown", "cancelled before they were sent again: as uncertain as before", ("ambiguity",), ("cancel",)),
    Move("claimed", "abandoned", "left before they were sent again: as uncertain as before", ("ambiguity",), ("gate",)),
    # ---- taken back, gone back
    Move("accepted", "dropped", "cancelled while the provider still held it (its batch id)", ("batch",), ("operator", "cancel")),
    *(_lost(source) for source in ("planned", "claimed", "in_flight")),
)


# (from, to) -> its causes.
DELIVERY_MOVES = {
    pair: tuple(move for move in MOVES if (move.source, move.target) == pair)
    for pair in dict.fromkeys((move.source, move.target) for move in MOVES)
}
# The pairs that statements have named so far; with every *_sql module imported, these are all (a test compares).
NAMED: set[tuple[str, str]] = set()

# The order within `accepted`: a later fact never erases one that ranks higher.
FACT_RANK = {"accepted": 0, "deferred": 1, "delivered": 2, "dropped": 3, "bounced": 4, "complained": 5}

UNCERTAIN_STATES = ("unknown", "held")
BALANCE_STATES = ("planned", "claimed", "in_flight", "accepted", "skipped", "failed", "unknown", "held", "abandoned")
FACTS_WITHIN_ACCEPTED = ("awaiting", "deferred", "delivered", "bounced", "dropped", "complained")


def move_of(sources: str | Iterable[str], target: str) -> tuple[tuple[str, ...], str]:
    """The move a statement makes, checked against the table: `move_of(("in_flight", "unknown"), "accepted")`."""
    origin = (sources,) if isinstance(sources, str) else tuple(sources)
    for source in origin:
        if (source, target) not in DELIVERY_MOVES:
            raise ValueError(f"no move {source} -> {target} in DELIVERY_MOVES")
        NAMED.add((source, target))
    return origin, target


# ------------------------------------------------------------------------------------------------------------ campaigns
CAMPAIGN_MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("scheduled",),
    "scheduled": ("filling", "draft", "held", "cancelled"),
    "filling": ("sending", "held", "cancelled", "sent"),
    "sending": ("paused", "held", "sent", "cancelled"),
    "paused": ("sending", "cancelled"),
    "held": ("scheduled", "filling", "sending", "paused", "cancelled"),
    "sent": ("sending",),
    "cancelled": (),
}

# Why the system holds a campaign. The texts are in cli/texts and web/texts.
HELD_REASONS = (
    "credentials", "quota", "provider", "message", "budget", "audience", "digest", "late", "rejections", "quarantine",
)  # fmt: skip


class MoveRefused(DomainError):
    """The campaign is not in a state from which this is possible."""

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {"state": ("campaign", "state", "wanted")}


def move_campaign(
    actor: Actor, campaign_id: int, target: str, *, sources: Iterable[str] | None = None, **fields: Any
) -> Campaign:
    """Move a campaign by compare-and-set, log it and return it; `MoveRefused` where it is elsewhere by now.

    `sources` narrows the states it may come from; `fields` are set in the same statement.
    """
    allowed = tuple(state for state, targets in CAMPAIGN_MOVES.items() if target in targets)
    if sources is not None:
        allowed = tuple(state for state in sources if state in allowed)
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign_id)
        if campaign.state not in allowed:
            raise MoveRefused("state", campaign=campaign_id, state=campaign.state, wanted=target)
        before = campaign.state
        campaign.state = target
        if target == "sending" and campaign.started_at is None:
            campaign.started_at = clock.now()
        if target in {"sent", "cancelled"}:
            campaign.finished_at = clock.now()
        if target != "held":
            campaign.held_reason = campaign.held_detail = ""
        for name, value in fields.items():
            setattr(campaign, name, value)
        campaign.save()
        DeliveryLog.objects.create(
            kind="campaign_moved", campaign_id=campaign_id, actor=actor,
            detail={"from": before, "to": target, "reason": campaign.held_reason, "detail": campaign.held_detail},
        )  # fmt: skip
        audit.record(actor, f"campaign_{target}", campaign, before=before, reason=campaign.held_reason)
    return campaign


def hold_campaign(actor: Actor, campaign_id: int, reason: str, detail: str = "") -> bool:
    """The system holds a campaign that may not go on; False where it already stands, ended or is held."""
    if reason not in HELD_REASONS:
        raise ValueError(f"{reason!r} is no reason in HELD_REASONS")
    try:
        move_campaign(actor, campaign_id, "held", held_reason=reason, held_detail=detail[:500])
    except MoveRefused:
        return False
    return True
