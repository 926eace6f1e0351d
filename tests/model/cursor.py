"""A design that the protocol avoids: no state per slice, but a cursor from which a killed sender resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

PEOPLE = 2


class Run(NamedTuple):
    cursor: int = 0  # how many people are done, as committed
    taken: tuple[int, ...] = ()  # being sent by a sender
    sent: tuple[int, ...] = (0,) * PEOPLE  # how often the provider accepted each


INITIAL = Run()


def steps(order: str) -> Callable[[Run], Iterator[tuple[str, Run]]]:
    """Senders that move the cursor `before` or `after` sending, or to the `furthest` accepted while two send at once."""
    at_once = 2 if order == "furthest" else 1

    def step(run: Run) -> Iterator[tuple[str, Run]]:
        following = max((run.cursor, *(each + 1 for each in run.taken)))
        if len(run.taken) < at_once and following < PEOPLE:
            ahead = run._replace(taken=(*run.taken, following))
            if order == "before":
                yield f"person {following + 1} is taken, the cursor moves", ahead._replace(cursor=following + 1)
            else:
                yield f"person {following + 1} is taken", ahead
        for who in run.taken:
            sent = run._replace(sent=tuple(count + (person == who) for person, count in enumerate(run.sent)))
            rest = tuple(each for each in run.taken if each != who)
            if order == "before":
                yield f"person {who + 1} is sent", sent._replace(taken=rest)
            elif run.sent[who] <= 1 and sent.sent[who] <= 2:
                moved = max(run.cursor, who + 1)
                yield f"person {who + 1} is sent, the cursor moves", sent._replace(taken=rest, cursor=moved)
                yield f"person {who + 1} is sent, the sender is killed before the cursor moves", sent._replace(taken=rest)
            yield f"the sender of person {who + 1} is killed before it sends", run._replace(taken=rest)

    return step


def harm(run: Run) -> str | None:
    if max(run.sent) > 1:
        return "DUPLICATE: sent twice"
    if any(person < run.cursor and not count and person not in run.taken for person, count in enumerate(run.sent)):
        return "LOST: behind the cursor and never sent"
    return None
