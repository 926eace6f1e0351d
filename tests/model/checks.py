"""Checks of every state of the model (the invariants of docs/delivery.md); each returns a sentence or None."""

from __future__ import annotations

from tests.model.state import NOBODY, Attempt, State

GOT = ("accepted", "released")


def duplicate(state: State) -> str | None:
    """The provider accepted two attempts with the same person, and no operator decided to resend the earlier one."""
    for late, second in enumerate(state.attempts):
        if second.provider not in GOT or second.cancelled:
            continue
        for early, first in enumerate(state.attempts[:late]):
            if first.provider in GOT and not first.cancelled and first.body & second.body and not second.risk >> early & 1:
                return "DUPLICATE: the provider accepted the same person twice"
    return None


def lost(state: State) -> str | None:
    """Recorded as accepted, but the provider never accepted it and nobody is about to send it: a silent loss."""
    sending = {worker.ref for worker in state.workers if worker.at in {"gated", "begun", "sent"}}
    for each in state.slices:
        if each.state != "accepted":
            continue
        took = 0
        for number, attempt in enumerate(state.attempts):
            coming = number in sending or attempt.provider == "got"
            if (attempt.provider in GOT or coming) and not attempt.cancelled:
                took |= attempt.body
        if each.members & ~took & ~state.skipped:
            return "LOST: recorded as accepted, and the provider never took it"
    return None


def consent(state: State) -> str | None:
    return f"CONSENT: {state.breach}" if state.breach else None


def attempt_of(state: State, attempt: Attempt, place: int) -> bool:
    """Whether that attempt contained people of this slice: it belongs to the slice or to its parent."""
    return attempt.slice in (place, state.slices[place].parent)


def records(state: State) -> str | None:
    """The rows of an attempt and of its slice agree, and every received event had its effect."""
    for place, each in enumerate(state.slices):
        if each.state == "in_flight" and state.attempts[each.current].end:
            return "RECORDS: in flight, though its attempt has ended"
        if each.current == NOBODY or state.past:
            continue
        end = state.attempts[each.current].end
        if end == "accepted" and each.state not in {"accepted", "dropped"}:
            return "RECORDS: a 202 was recorded and the slice is not accepted"
        doubt = any(one.end == "unknown" and attempt_of(state, one, place) for one in state.attempts)
        if end == "no" and each.state == "unknown" and not doubt:
            return "RECORDS: a rejection was recorded and nobody was freed"
    for number, attempt in enumerate(state.attempts):
        if attempt.told and attempt.known:
            for place, each in enumerate(state.slices):
                if attempt_of(state, attempt, place) and each.state not in {"accepted", "split", "skipped", "dropped"}:
                    return f"RECORDS: an event named attempt {number + 1} and proved nobody"
    return None


def conserved(state: State) -> str | None:
    """Everyone is in exactly one live slice."""
    seen = 0
    for each in state.slices:
        if each.state != "split":
            if seen & each.members:
                return "CONSERVATION: somebody is in two live slices"
            seen |= each.members
    return None if seen == state.slices[0].members else "CONSERVATION: somebody is in no live slice"


def outlives_its_release(state: State) -> str | None:
    """Strict mode: somebody stays uncertain after the release time of their attempt."""
    for each in state.slices:
        if each.state == "unknown":
            attempt = state.attempts[each.current]
            if attempt.age >= 2 and attempt.fence != "confirmed":
                return "UNKNOWN: uncertain, and too late to cancel"
    return None


def stopped(state: State) -> str | None:
    """A cancel leaves no claim, and after the restore check only an operator's decision lets anybody be mailed."""
    for each in state.slices:
        if state.campaign == "cancelled" and each.state == "claimed":
            return "CANCEL: claimed in a cancelled campaign"
        if state.past == "listed" and each.state in {"planned", "claimed", "in_flight"}:
            return "RESTORE: may be mailed, or a request is under way, after the restore check"
    return None


SAFETY = (duplicate, lost, consent, records, conserved, stopped)
