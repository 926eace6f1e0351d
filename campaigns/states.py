"""The tables of moves (docs/delivery.md §2) and the function that moves a campaign: compare-and-set, logged.

Slices and deliveries move by set-based statements in outbox_sql and inbox_sql; each of those names its move through
`move_of`, which refuses at import what this table does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from campaigns.models import Campaign, DeliveryLog
from publication import audit, clock
from publication.models import Actor

# ----------------------------------------------------------------------------------------------------------- deliveries
# (from, to) -> when, in words. A slice carries these states for all its members; a delivery has one of its own only
# where something is true of that person alone.
DELIVERY_MOVES: dict[tuple[str, str], str] = {
    ("planned", "claimed"): "a worker takes the slice; lease 30 s",
    ("claimed", "planned"): "the lease ran out, or the campaign may not send: never on the wire",
    ("planned", "skipped"): "left, suppressed, erased, address changed; or the campaign was cancelled",
    ("claimed", "skipped"): "left, suppressed, erased, address changed; or the campaign was cancelled",
    ("claimed", "in_flight"): "the gate: committed before the first byte leaves",
    ("claimed", "split"): "found too large before sending: two slices of half the range",
    ("claimed", "failed"): "found too large before sending, though it was alone",
    ("in_flight", "accepted"): "202 recorded, or a verified event naming an attempt of theirs",
    ("unknown", "accepted"): "the late 202 of the same attempt, or an event naming it",
    ("in_flight", "planned"): "a definite no (429, 401, 403), or proof that no byte left",
    ("unknown", "planned"): "a late definite no of the same attempt",
    ("in_flight", "split"): "400 or 413: two slices of half the range",
    ("unknown", "split"): "a late 400 or 413 of the same attempt",
    ("in_flight", "failed"): "refused when it was alone in the request",
    ("unknown", "failed"): "refused when it was alone in the request, the answer came late",
    ("planned", "failed"): "attempts used up",
    ("in_flight", "unknown"): "time-out, reset, 5xx, or the worker died",
    ("planned", "accepted"): "a verified event naming an attempt of theirs, or the late 202 of the same attempt",
    ("claimed", "accepted"): "a verified event naming an attempt of theirs",
    ("held", "accepted"): "a verified event naming an attempt of theirs",
    ("failed", "accepted"): "a verified event naming an attempt of theirs",
    ("abandoned", "accepted"): "a verified event naming an attempt of theirs",
    ("unknown", "held"): "settle time passed without evidence",
    ("held", "planned"): "an operator, or the policy `settle`",
    ("held", "abandoned"): "an operator, or the policy `settle`",
    ("accepted", "deferred"): "event",
    ("accepted", "delivered"): "event",
    ("accepted", "bounced"): "event",
    ("accepted", "dropped"): "event",
    ("accepted", "complained"): "event",
}

# The order within `accepted`: a later fact never erases one that ranks higher.
FACT_RANK = {"accepted": 0, "deferred": 1, "delivered": 2, "dropped": 3, "bounced": 4, "complained": 5}

OPEN_STATES = ("planned", "claimed", "in_flight")
UNCERTAIN_STATES = ("unknown", "held")
BALANCE_STATES = ("planned", "claimed", "in_flight", "accepted", "skipped", "failed", "unknown", "held", "abandoned")
FACTS_WITHIN_ACCEPTED = ("awaiting", "deferred", "delivered", "bounced", "dropped", "complained")


def move_of(sources: str | Iterable[str], target: str) -> tuple[tuple[str, ...], str]:
    """The move a statement makes, checked against the table: `move_of(("in_flight", "unknown"), "accepted")`."""
    origin = (sources,) if isinstance(sources, str) else tuple(sources)
    for source in origin:
        if (source, target) not in DELIVERY_MOVES:
            raise ValueError(f"no move {source} -> {target} in DELIVERY_MOVES")
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

HELD_REASONS = {
    "credentials": "the provider refuses the key (MAILROOM_SENDGRID_API_KEY); correct it, then resume",
    "quota": "the provider's quota is used up; raise it, then resume",
    "provider": "the provider answers in a way that no mail can be sent; see the detail, then resume",
    "message": "the provider refuses this message whatever the recipient; see the detail, then cancel or resume",
    "budget": "too many requests ended without an answer; a probe mail or `mailroom campaign resume` releases it",
    "audience": "the segment does not hold any more; see the detail, then cancel and schedule again",
    "digest": "the composed issue is not the one that was scheduled; cancel and schedule again",
    "quarantine": "the database may have gone back in time; `mailroom system lift-quarantine` when you know it has not",
}


@dataclass(frozen=True)
class MoveRefused(Exception):
    """The campaign is not in a state from which this is possible."""

    campaign_id: int
    state: str
    wanted: str

    def __str__(self) -> str:
        return f"campaign {self.campaign_id} is {self.state}; it cannot become {self.wanted}"


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
        campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
        if campaign.state not in allowed:
            raise MoveRefused(campaign_id, campaign.state, target)
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
