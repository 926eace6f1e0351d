"""The worlds to search: those in which the protocol must hold, and broken ones in which the search must find harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from campaigns.states import MOVES, Move
from tests.model import checks, cursor
from tests.model.protocol import Protocol
from tests.model.rules import Rules
from tests.model.search import Found, search
from tests.model.state import State

OPERATOR = frozenset({"operator"})
NOBODY_ELSE: frozenset[str] = frozenset()

# The protocol as it is: no check may fail in any of these.
SOUND: dict[str, dict[str, Any]] = {
    "default policy, two workers": {},
    "default policy, three attempts": {"workers": 1, "attempts": 3, "holds": False},
    "pause, cancel, leave": {"workers": 1, "staff": frozenset({"operator", "pause", "cancel", "leave"})},
    "late answers, three attempts": {"attempts": 3, "webhook": "down", "holds": False, "kills": False},
    "no webhook": {"webhook": "down"},
    "cut in two": {"people": 2, "workers": 1, "attempts": 3, "bad": True, "staff": NOBODY_ELSE},
    "too large, and refused": {
        "people": 2,
        "workers": 1,
        "bad": True,
        "large": True,
        "holds": False,
        "webhook": "down",
        "staff": frozenset({"leave"}),
    },
    "policy settle": {"policy": "resend"},
    "policy settle, receiver down": {"policy": "resend", "webhook": "down"},
    "strict": {"strict": True, "staff": frozenset({"cancel"})},
    "strict, the cancel too late": {"strict": True, "in_time": False, "staff": NOBODY_ELSE},
    "a backup restored": {"restore": True, "holds": False, "staff": NOBODY_ELSE},
}


def protocol(rules: Rules | None = None, **world: Any) -> Protocol:
    return Protocol(rules or Rules(), **world)


def look(made: Protocol, faults: tuple[Callable[[State], str | None], ...] = checks.SAFETY, *, rest: bool = False) -> Found:
    """Search the whole world, or up to its first fault."""
    return search(made.initial(), made.steps, faults, rest=made.rests if rest else None)


@dataclass(frozen=True)
class Broken:
    """One rule removed from the protocol, the world to search, and the harm that must result."""

    name: str
    harm: str
    world: dict[str, Any] = field(default_factory=dict)
    add: tuple[Move, ...] = ()
    remove: tuple[Move, ...] = ()
    check: Callable[[State], str | None] = checks.duplicate

    def look(self) -> Found:
        return look(protocol(Rules().but(add=self.add, remove=self.remove), **self.world), (self.check,))


def _row(source: str, target: str, when: str, proof: str, by: str) -> Move:
    return Move(source, target, when, (proof,), (by,))


GATE_ROW = next(move for move in MOVES if (move.source, move.target) == ("claimed", "in_flight"))
RESEND: dict[str, Any] = {"policy": "resend", "staff": NOBODY_ELSE}
STRICT: dict[str, Any] = {"strict": True, "staff": NOBODY_ELSE}

BROKEN: tuple[Broken, ...] = (
    Broken(
        "free on lease expiry", "DUPLICATE",
        add=(_row("in_flight", "planned", "the lease ran out, so it is free again", "ambiguity", "reaper"),),
    ),
    Broken(
        "retry a time-out or 5xx", "DUPLICATE",
        add=(_row("in_flight", "planned", "no good answer, so it is sent again", "ambiguity", "worker"),),
    ),
    Broken("gate not committed before sending", "DUPLICATE", {"without": "gate before sending", "staff": NOBODY_ELSE}),
    Broken(
        "settle time shorter than the webhook delay", "DUPLICATE",
        {**RESEND, "without": "settle time above the webhook delay"},
    ),
    Broken("absence of events counts though the receiver is down", "DUPLICATE",
           {**RESEND, "webhook": "down", "without": "positive control"}),
    Broken("no fencing by attempt id", "DUPLICATE", {"attempts": 3, "kills": False, "without": "fencing"}),
    Broken(
        "a late 202 of an older attempt proves nobody", "DUPLICATE",
        {"attempts": 3, "webhook": "down", "holds": False, "kills": False, "without": "proof by an older attempt's 202"},
    ),
    Broken(
        "accepted undone by a late 429", "DUPLICATE", {"attempts": 3},
        add=(_row("accepted", "planned", "429, so it is sent again", "reject", "worker"),),
    ),
    Broken(
        "mark before send", "LOST", {"staff": NOBODY_ELSE}, remove=(GATE_ROW,), check=checks.lost,
        add=(_row("claimed", "accepted", "counted as sent before it is", "attempt", "gate"),),
    ),
    Broken("no deadline before the first byte", "DUPLICATE", {**RESEND, "without": "deadline"}),
    Broken(
        "suppression checked at the claim only", "CONSENT", {"staff": frozenset({"leave"}), "without": "consent at the gate"},
        check=checks.consent,
    ),
    Broken(
        "a cancel forgets what was uncertain", "RECORDS",
        {"staff": frozenset({"operator", "cancel"}), "without": "uncertainty kept by a cancel"}, check=checks.records,
    ),
    Broken("strict: asked to cancel counts as cancelled", "DUPLICATE", {**STRICT, "without": "confirmation of the cancel"}),
    Broken(
        "strict: a late 202 counts after the fence began", "LOST",
        {**STRICT, "without": "refusal of answers once the fence began"}, check=checks.lost,
    ),
    Broken(
        "strict: the cancel does not land before the release", "UNKNOWN", {**STRICT, "in_time": False},
        check=checks.outlives_its_release,
    ),
    Broken("a backup restored and nobody notices", "DUPLICATE",
           {"restore": True, "workers": 1, "staff": NOBODY_ELSE, "without": "quarantine"}),
    Broken(
        "a late no frees after a restore", "DUPLICATE",
        {"restore": True, "attempts": 3, "staff": NOBODY_ELSE, "webhook": "down", "holds": False, "kills": False,
         "without": "refusal of a late no after a restore"},
    ),
)  # fmt: skip

CURSORS = {
    "resume after the furthest that was accepted": ("furthest", "LOST"),
    "cursor moved before sending": ("before", "LOST"),
    "cursor moved after sending": ("after", "DUPLICATE"),
}


def look_at_cursor(order: str) -> Found:
    return search(cursor.INITIAL, cursor.steps(order), (cursor.harm,))
