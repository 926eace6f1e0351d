"""Breadth-first search over every interleaving: all reachable states, and the shortest trace to a forbidden one."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

Step = tuple[str, Hashable]
Check = Callable[[Hashable], str | None]


@dataclass
class Found:
    """The result of a search: the number of states, and the failed check with its shortest trace."""

    states: int
    fault: str = ""
    trace: list[str] = field(default_factory=list)
    stuck: int = 0  # states from which no final state can be reached

    def told(self) -> str:
        if not self.fault:
            return f"{self.states} states, no fault"
        lines = [f"{self.fault}, after {len(self.trace)} steps ({self.states} states seen):"]
        return "\n".join(lines + [f"  {number:2}. {label}" for number, label in enumerate(self.trace, 1)])


def search(
    initial: Hashable,
    steps: Callable[[Hashable], Iterable[Step]],
    checks: Iterable[Check] = (),
    *,
    rest: Callable[[Hashable], bool] | None = None,
) -> Found:
    """Visit every state reachable from `initial`; stop at the first that a check rejects.

    With `rest`, also check for each state that some path leads to a final state, so that there are no dead ends.
    """
    gc.disable()  # there are many objects, but no reference cycles
    try:
        return _search(initial, steps, tuple(checks), rest)
    finally:
        gc.enable()


def _search(
    initial: Hashable,
    steps: Callable[[Hashable], Iterable[Step]],
    checks: tuple[Check, ...],
    rest: Callable[[Hashable], bool] | None,
) -> Found:
    number = {initial: 0}
    came: list[tuple[int, str]] = [(-1, "")]
    order = [initial]
    before: list[list[int]] = [[]]
    waiting = deque([initial])
    while waiting:
        state = waiting.popleft()
        here = number[state]
        for label, after in steps(state):
            place = number.get(after)
            if place is None:
                place = number[after] = len(order)
                order.append(after)
                came.append((here, label))
                before.append([])
                for check in checks:
                    if fault := check(after):
                        return Found(len(order), fault, _trace(came, place))
                waiting.append(after)
            if rest is not None:
                before[place].append(here)
    found = Found(len(order))
    if rest is not None:
        alive = _backwards([place for place, state in enumerate(order) if rest(state)], before)
        dead = [place for place in range(len(order)) if place not in alive]
        if dead:
            found.stuck, found.fault, found.trace = len(dead), "nothing leads to rest from here", _trace(came, dead[0])
    return found


def _trace(came: list[tuple[int, str]], place: int) -> list[str]:
    labels = []
    while place > 0:
        place, label = came[place]
        labels.append(label)
    return labels[::-1]


def _backwards(goals: list[int], before: list[list[int]]) -> set[int]:
    seen = set(goals)
    waiting = list(goals)
    while waiting:
        for place in before[waiting.pop()]:
            if place not in seen:
                seen.add(place)
                waiting.append(place)
    return seen
