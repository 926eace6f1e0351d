"""A provider as a dict: which attempts reached it, what it did with each, and which states that allows.

It is the judge of tests/campaigns/test_state_machine.py: it knows what was accepted, which no worker and no row knows.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.sending.strict_mode import TOO_LATE
from subscribers import tokens
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN
from transport.outcomes import Cause, Outcome, OutcomeKind

BUSY = Outcome(OutcomeKind.BUSY, 429, retry_after=1.0)
NEVER = Outcome(OutcomeKind.NEVER_CONNECTED, detail="time-out")
KEY = Outcome(OutcomeKind.REFUSED, 401, cause=Cause.CREDENTIALS)
LARGE = Outcome(OutcomeKind.REFUSED, 413, cause=Cause.TOO_LARGE, detail="413")

EVENTS = {
    "processed": {}, "deferred": {"response": "later"}, "delivered": {}, "open": {}, "spamreport": {},
    "bounce": {"type": "bounce", "status": "5.1.1", "reason": "550 no such user"},
    "dropped": {"reason": "Bounced Address"},
}  # fmt: skip


@dataclass
class Request:
    """One attempt past its gate, as the provider and the judge see it."""

    attempt: int
    slice: int
    people: tuple[int, ...]
    digest: str
    risk: frozenset[int]  # earlier attempts that staff resent without knowing their outcome
    send_at: datetime | None = None  # strict mode: the provider keeps the mail until then
    batch_id: str | None = None
    accepted: bool = False
    discarded: bool = False  # strict mode: cancelled in time, so that nobody receives it

    @property
    def received(self) -> bool:
        """Whether the people have received it, or will."""
        return self.accepted and not self.discarded


@dataclass
class Ledger:
    """Everything that reached the provider from one campaign."""

    campaign: int
    guilty: frozenset[int]  # people whose address the provider rejects
    requests: dict[int, Request] = field(default_factory=dict)
    forsaken: set[int] = field(default_factory=set)
    ever_forsaken: set[int] = field(default_factory=set)

    def gate(self, request: Request) -> Request:
        assert request.attempt not in self.requests, "attempt ids are never reused"
        self.requests[request.attempt] = request
        return request

    def answer(self, request: Request, wish: str) -> Outcome:
        """The body arrives; `wish` decides what the provider does with it; returns the answer that the worker gets."""
        if wish in {"accept", "accept, unheard"}:
            for index, person in enumerate(request.people):
                if person in self.guilty:
                    named = Outcome(
                        OutcomeKind.REFUSED, 400, cause=Cause.RECIPIENT, recipient_index=index, detail=f"400 {person}"
                    )
                    return named if wish == "accept" else UNKNOWN
            request.accepted = True
            return ACCEPTED if wish == "accept" else UNKNOWN
        if wish == "too large":
            return LARGE if len(request.people) > 1 else BUSY
        return {"busy": BUSY, "key refused": KEY, "lost on the way": UNKNOWN}[wish]

    def cancel(self, batch_id: str, now: datetime) -> None:
        """The provider confirms every cancel, but within ten minutes of the release it sends the mail nevertheless."""
        for request in self.requests.values():
            if request.batch_id == batch_id and request.send_at - now >= TOO_LATE:
                request.discarded = True

    def record_acceptance(self, attempt: int) -> None:
        """The database recorded, by a 202 or an event, that this attempt was accepted: a resend takes no risk any more."""
        self.forsaken.discard(attempt)

    def accepted(self) -> set[int]:
        return {person for request in self.requests.values() if request.received for person in request.people}

    def released(self, now: datetime) -> list[Request]:
        """The requests about which the provider may send events."""
        return [
            request
            for request in self.requests.values()
            if request.received and (request.send_at is None or request.send_at <= now)
        ]

    def duplicates(self) -> list[tuple[int, int, int]]:
        """(person, attempt, attempt) accepted twice, although staff did not take that risk."""
        duplicates = []
        taken = [request for request in self.requests.values() if request.received]
        for late, second in enumerate(taken):
            for first in taken[:late]:
                early, after = sorted((first, second), key=lambda request: request.attempt)
                if early.attempt not in after.risk:
                    duplicates += [(person, early.attempt, after.attempt) for person in set(early.people) & set(after.people)]
        return duplicates

    def at_risk(self) -> set[int]:
        """People of attempts that staff resent before the outcome was known."""
        return {person for attempt in self.ever_forsaken for person in self.requests[attempt].people}

    def forsake(self, people: Iterable[int]) -> None:
        """Staff resend to these people: whatever was sent to one of them before may have been accepted."""
        chosen = set(people)
        attempts = {attempt for attempt, request in self.requests.items() if chosen & set(request.people)}
        self.forsaken |= attempts
        self.ever_forsaken |= attempts

    def event(self, attempt: int, person: int, name: str, seconds_ago: float = 0.0) -> dict[str, object]:
        return {
            "email": f"person{person}@people.example", "timestamp": int(time.time() - seconds_ago), "event": name,
            "sg_event_id": f"{name}-{person}-{attempt}-{seconds_ago:.0f}",
            "mr_d": tokens.TokenMaker("delivery").make(self.campaign, person),
            "mr_a": tokens.TokenMaker("attempt").make(self.campaign, attempt), **EVENTS[name],
        }  # fmt: skip


def payload(events: list[dict[str, object]]) -> bytes:
    return json.dumps(events).encode()
