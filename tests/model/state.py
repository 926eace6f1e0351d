"""One state of the model: slices, attempts, workers, and what staff and time did. Everything is an immutable value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

NOBODY = -1
SPENT = ((), ())  # the backup was used
QUARANTINED = ("lost", "listed")


class Slice(NamedTuple):
    members: int  # one bit per person
    state: str = "planned"
    current: int = NOBODY
    leased: bool = False  # only for a claim; an attempt's lease is its age
    parent: int = NOBODY


class Attempt(NamedTuple):
    slice: int
    body: int
    risk: int = 0  # earlier attempts that an operator decided to resend, whatever their outcome
    known: bool = True  # committed in the database
    age: int = 0
    end: str = ""  # as recorded: accepted, no, unknown; "" while open
    provider: str = ""  # "", got, accepted, busy, bad; strict: released
    told: bool = False  # an event of it was applied
    fence: str = ""  # strict: begun, confirmed
    cancelled: bool = False  # strict: the provider will never release it


class Worker(NamedTuple):
    at: str = "idle"  # idle, claimed, gated, begun, sent, heard
    ref: int = NOBODY  # the claimed slice, otherwise the attempt
    word: str = ""  # claimed: "stale" where the claim was freed; heard: the answer


class State(NamedTuple):
    slices: tuple[Slice, ...]
    attempts: tuple[Attempt, ...]
    workers: tuple[Worker, ...]
    campaign: str = "sending"
    left: int = 0  # people whose unsubscribing is committed
    skipped: int = 0  # people whose own state is skipped
    forsaken: int = 0  # attempts that an operator decided to resend, not proved accepted since
    breach: str = ""
    backup: tuple[tuple[Slice, ...], tuple[Attempt, ...]] | None = None
    past: str = ""  # after a restore: lost (in quarantine), listed (checked), lifted


Steps = Iterator[tuple[str, State]]
PROOFS = {"202": "http", "busy": "reject", "bad": "reject", "never": "never connected", "unclear": "ambiguity"}
TARGETS = {"202": ("accepted",), "busy": ("planned",), "never": ("planned",), "bad": ("split",)}
ENDS = {"202": "accepted", "busy": "no", "never": "no", "bad": "no", "unclear": "unknown"}


def swap(items: tuple, place: int, **changes: object) -> tuple:
    return (*items[:place], items[place]._replace(**changes), *items[place + 1 :])
