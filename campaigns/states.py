"""The tables of state changes (docs/delivery.md), and the function that changes a campaign's state: compare-and-set, logged.

Slices and deliveries change by set-based statements in the `*_sql` modules. Each statement declares its change through
`move_of`, which raises at import if this table does not have it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from campaigns import campaign_mails
from campaigns.models import Campaign, DeliveryLog
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor

# ----------------------------------------------------------------------------------------------------------- deliveries
# Who may make a move. The worker is the process that made the attempt; the reaper is the upkeep worker if that process is gone.
MAKERS = ("fill", "worker", "gate", "reaper", "event", "operator", "policy", "cancel", "restore", "fence")
START = ""  # the source of a delivery's first state


@dataclass(frozen=True, slots=True)
class Move:
    """One possible state change: from, to, when, the proof recorded with it, and who makes it."""

    source: str
    target: str
    when: str
    proof: tuple[str, ...]
    by: tuple[str, ...]


def _moves(sources: tuple[str, ...], target: str, when: str, proof: str, by: str) -> list[Move]:
    """The same change from several states."""
    return [Move(source, target, when, (proof,), (by,)) for source in sources]


UNCERTAIN_STATES = ("unknown", "held")
# From these states a recipient becomes accepted as soon as an event proves an attempt.
PROVABLE = ("planned", "claimed", "in_flight", "unknown", "held", "failed", "abandoned")
_LATE = ("unknown", "held", "planned", "claimed", "abandoned")
_FACTS = ("deferred", "delivered", "bounced", "dropped", "complained")
_NO_EVENT = "the policy `settle`: no event came, although other events do"
_NOT_RESENT = "the campaign was cancelled before the resend: uncertain again"
_LOST = "restore or fail-over of the database: the mail may have been sent in the part that was lost"
# A slice carries these states for all its members; a delivery has its own state only where something is true of that
# person alone. A pair may occur several times, once for each cause. The diagram in docs/delivery.md is
# generated from this table, and no state changes except as it says.
MOVES: tuple[Move, ...] = (
    Move(START, "planned", "the fill creates the delivery", (), ("fill",)),
    # ---- before the request is sent
    Move("planned", "claimed", "a worker takes the slice; lease 30 s", (), ("worker",)),
    Move("claimed", "planned", "the campaign or the worker may not send now", ("never on the wire",), ("worker", "gate")),
    Move("claimed", "planned", "the lease of the claim ran out", ("never on the wire",), ("reaper",)),
    Move("claimed", "skipped", "unsubscribed, on pause, suppressed, erased or at a new address", ("reason",), ("gate",)),
    Move("claimed", "skipped", "staff went on without the domain of the address", ("reason",), ("gate",)),
    Move("planned", "skipped", "staff go on without the domain of the address", ("reason",), ("operator",)),
    *_moves(("planned", "claimed"), "skipped", "the campaign was cancelled", "reason", "cancel"),
    Move("planned", "failed", "attempts used up, each ended by a rejection", ("reject",), ("reaper",)),
    # ---- the request is under way
    Move("claimed", "in_flight", "the gate commits the attempt before the first byte is sent", ("attempt",), ("gate",)),
    Move("in_flight", "accepted", "202", ("http",), ("worker",)),
    Move("in_flight", "planned", "429, 401 or 403: rejected", ("reject",), ("worker",)),
    Move("in_flight", "planned", "no byte was sent: no connection, or the deadline passed", ("never connected",), ("worker",)),
    Move("in_flight", "split", "400, 413, or found too large before sending: split into two slices", ("reject",), ("worker",)),
    Move("in_flight", "failed", "rejected when it was alone in the request", ("http",), ("worker",)),
    Move("in_flight", "unknown", "time-out, broken connection or 5xx", ("ambiguity",), ("worker",)),
    Move("in_flight", "unknown", "the worker did not report within its lease", ("ambiguity",), ("reaper",)),
    # ---- a late answer to the same attempt, as long as there is no later attempt
    *_moves(_LATE, "accepted", "a late 202 to the same attempt", "http", "worker"),
    Move("unknown", "planned", "a late rejection of the same attempt", ("reject", "never connected"), ("worker",)),
    Move("unknown", "split", "a late 400 or 413 to the same attempt", ("reject",), ("worker",)),
    Move("unknown", "failed", "a late rejection when it was alone in the request", ("http",), ("worker",)),
    # ---- evidence: a request is accepted as a whole, so one event proves it for everyone in the attempt that it names
    *_moves(PROVABLE, "accepted", "a verified event names an attempt of this delivery", "event", "event"),
    *(Move("accepted", fact, "the provider reports it of this recipient", ("event",), ("event",)) for fact in _FACTS),
    # ---- uncertain, and how that ends
    Move("unknown", "held", "the settle time passed without evidence", ("ambiguity",), ("policy",)),
    Move("unknown", "planned", "the provider confirmed that it will never release the request", ("fence",), ("fence",)),
    *_moves(UNCERTAIN_STATES, "planned", _NO_EVENT, "policy settle", "policy"),
    *_moves(UNCERTAIN_STATES, "abandoned", "the same, and the campaign was cancelled", "policy settle", "policy"),
    *_moves(UNCERTAIN_STATES, "planned", "staff decide to resend, with a reason", "operator", "operator"),
    *_moves(UNCERTAIN_STATES, "abandoned", "staff decide not to resend, with a reason", "operator", "operator"),
    # ---- released for a resend that did not happen: uncertain again
    *_moves(("planned", "claimed"), "unknown", _NOT_RESENT, "ambiguity", "cancel"),
    Move("claimed", "abandoned", "no longer mailable when it would be resent: stays uncertain", ("ambiguity",), ("gate",)),
    # ---- taken back at the provider; the database restored
    Move("accepted", "dropped", "cancelled while the provider still kept it (batch id)", ("batch",), ("operator", "cancel")),
    *_moves(("planned", "claimed", "in_flight"), "unknown", _LOST, "restore", "restore"),
)


# (from, to) -> its causes.
DELIVERY_MOVES = {
    pair: tuple(move for move in MOVES if (move.source, move.target) == pair)
    for pair in dict.fromkeys((move.source, move.target) for move in MOVES)
}
# The moves that statements have declared so far. Once every *_sql module is imported, these are all of them (a test checks).
NAMED: set[tuple[str, str]] = set()

# The order of facts within `accepted`: a later fact never replaces one of higher rank.
FACT_RANK = {"accepted": 0, "deferred": 1, "delivered": 2, "dropped": 3, "bounced": 4, "complained": 5}

BALANCE_STATES = ("planned", "claimed", "in_flight", "accepted", "skipped", "failed", "unknown", "held", "abandoned")
FACTS_WITHIN_ACCEPTED = ("awaiting", "deferred", "delivered", "bounced", "dropped")
ACCEPTED_STATES = ("accepted", *_FACTS)  # of deliveries whose mail the provider took
DELIVERED_STATES = ("delivered", "complained")  # who complains has the mail
GOT_STATES = tuple(state for state in ACCEPTED_STATES if state not in ("bounced", "dropped"))  # as far as anybody knows


def move_of(sources: str | Iterable[str], target: str) -> tuple[tuple[str, ...], str]:
    """The move of a statement, checked against the table: `move_of(("in_flight", "unknown"), "accepted")`."""
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
    "held": ("scheduled", "filling", "sending", "paused", "draft", "cancelled"),
    "sent": ("sending",),
    "cancelled": (),
}

# Why the system puts a campaign on hold. The texts are in cli/texts and web/texts.
HELD_REASONS = (
    "credentials", "quota", "provider", "message", "budget", "audience", "unmeasured", "digest", "late", "rejections",
    "complaints", "bounces", "quarantine", "changes", "approvals",
)  # fmt: skip


class MoveRefusedError(DomainError):
    """The campaign is not in a state that allows this."""


def move_campaign(
    actor: Actor, campaign_id: int, target: str, *, sources: Iterable[str] | None = None, **fields: Any
) -> Campaign:
    """Change a campaign's state by compare-and-set, log it and return the campaign. Raises MoveRefusedError if the state forbids
    it.

    `sources` narrows the states that it may come from; `fields` are set in the same statement.
    """
    allowed = tuple(state for state, targets in CAMPAIGN_MOVES.items() if target in targets)
    if sources is not None:
        allowed = tuple(state for state in sources if state in allowed)
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign_id)
        if campaign.state not in allowed:
            raise MoveRefusedError("state", campaign=campaign_id, state=campaign.state, wanted=target)
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
            detail=audit.without_addresses(
                {"from": before, "to": target, "reason": campaign.held_reason, "detail": campaign.held_detail}
            ),
        )  # fmt: skip
        audit.record(actor, f"campaign_{target}", campaign, before=before, reason=campaign.held_reason)
        campaign_mails.plan(campaign, before)
    return campaign


def hold_campaign(actor: Actor, campaign_id: int, reason: str, detail: str = "") -> bool:
    """Put a campaign on hold; False where its state does not allow it, such as paused, ended or held already."""
    if reason not in HELD_REASONS:
        raise ValueError(f"unknown hold reason {reason!r}: add it to HELD_REASONS")
    try:
        move_campaign(actor, campaign_id, "held", held_reason=reason, held_detail=detail[:500])
    except MoveRefusedError:
        return False
    return True
