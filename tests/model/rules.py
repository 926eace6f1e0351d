"""The table of state changes as the model queries it: which rows apply for a maker and a proof."""

from __future__ import annotations

from collections.abc import Iterable

from campaigns.states import MOVES, Move

# Facts about one recipient within `accepted`: they concern no slice, no request and no worker, and end nothing.
INDIVIDUAL_FACTS = ("deferred", "delivered", "bounced", "dropped", "complained")


def is_individual(move: Move) -> bool:
    return move.source == "accepted" and move.target in INDIVIDUAL_FACTS and move.by == ("event",)


class Rules:
    """A table of state changes. `used` collects the rows that a search used."""

    def __init__(self, moves: Iterable[Move] = MOVES) -> None:
        self.moves = tuple(moves)
        self.used: set[Move] = set()
        self._index: dict[tuple[str, str, str], list[Move]] = {}
        for move in self.moves:
            for maker in move.by:
                for proof in move.proof or ("",):
                    self._index.setdefault((move.source, maker, proof), []).append(move)

    def but(self, *, add: Iterable[Move] = (), remove: Iterable[Move] = ()) -> Rules:
        """Another table: this one with rows added or removed."""
        gone = set(remove)
        return Rules([move for move in self.moves if move not in gone] + list(add))

    def may(self, source: str, by: str, proof: str, targets: Iterable[str] | None = None) -> list[Move]:
        """The rows by which `by` may move from `source` with this proof; without a row the move does not happen."""
        found = self._index.get((source, by, proof), ())
        return [move for move in found if targets is None or move.target in targets]
