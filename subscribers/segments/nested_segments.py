"""Writes out segments that a segment names: `segment = "vip"` becomes the conditions of `vip`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from subscribers.errors import nearest_hint
from subscribers.segments.grammar import (
    MOST_CLAUSES,
    MOST_VALUES,
    STORED,
    Clause,
    ClauseGroup,
    Negation,
    Node,
    SegmentError,
    clauses_of,
    joined,
    parse,
    printed,
)

_OPERATORS = ("=", "!=", "in", "not in")
MOST_LEVELS = 8  # of segments that name segments; without a limit, a long chain would be deeper than Python's stack


@dataclass
class SegmentWriter:
    """`texts`: the text of each segment by its short name. `names_segment`: whether a condition names segments. `is_bound`:
    whether a condition would refer to a subscription of the conditions around it.
    """

    texts: Mapping[str, str]
    names_segment: Callable[[Clause], bool]
    is_bound: Callable[[Clause], bool]
    conditions: int = 0
    values: int = 0

    def written_out(self, node: Node, within: tuple[str, ...] = ()) -> Node:
        """The tree without names of segments. `within`: the segments that are being written out. Raises SegmentError, also for a
        tree whose text `parse` would refuse, so that each segment that is stored can also be frozen in a campaign.
        """
        tree = self._of_segment(node, within)
        try:
            parse(printed(tree), STORED)
        except SegmentError:
            first = next(clause for clause in clauses_of(node) if self.names_segment(clause))
            problem = "with the segments that it names, the segment is too long or nested too deep"
            raise SegmentError("too_large", problem, first.column, "name fewer") from None
        return tree

    def _of_segment(self, node: Node, within: tuple[str, ...]) -> Node:
        match self._written_out(node, within):
            case Negation(part=Negation(part=tree)) if isinstance(node, Clause):
                return tree  # nothing is around it
            case tree:
                return tree

    def _written_out(self, node: Node, within: tuple[str, ...]) -> Node:
        match node:
            case Negation():
                return Negation(self._written_out(node.part, within), node.column)
            case ClauseGroup():
                return joined(node.all, [self._written_out(part, within) for part in node.parts])
        if not self.names_segment(node):
            self._count(node)
            return node
        if node.operator not in _OPERATORS:
            problem = f"segment cannot be compared with {node.operator}"
            raise SegmentError("operator", problem, node.column, "use " + " ".join(_OPERATORS))
        named = [self._segment(value, node.column_of(at), within) for at, value in enumerate(node.values)]
        either = joined(False, named)
        return Negation(either, node.column) if node.operator in {"!=", "not in"} else either

    def _segment(self, slug: object, column: int, within: tuple[str, ...]) -> Node:
        if not isinstance(slug, str):
            raise SegmentError("value", "segment is compared with the short name of a segment", column, 'such as segment = "vip"')
        if slug not in self.texts:
            raise SegmentError("segment", f"there is no segment “{slug[:40]}”", column, nearest_hint(slug, self.texts, 20))
        if slug in within:
            cycle = " → ".join((*within[within.index(slug) :], slug))
            raise SegmentError("cycle", f"the segment “{slug}” contains itself: {cycle}", column, "write out one of them")
        if len(within) > MOST_LEVELS:
            problem = f"segments name each other more than {MOST_LEVELS} deep"
            raise SegmentError("too_large", problem, column, "name fewer")
        try:
            tree = self._of_segment(parse(self.texts[slug]), (*within, slug))
        except SegmentError as error:
            if error.code in {"cycle", "too_large"}:
                raise SegmentError(error.code, error.message, column, error.hint) from None
            problem = f"the segment “{slug}” is not valid: {error.message}"
            raise SegmentError("nested", problem, column, "correct that segment") from None
        # Between two `not`, its conditions refer to no list of the text around it.
        return Negation(Negation(tree), column) if any(self.is_bound(clause) for clause in clauses_of(tree)) else tree

    def _count(self, clause: Clause) -> None:
        self.conditions += 1
        self.values += len(clause.values)
        if self.conditions > MOST_CLAUSES * STORED or self.values > MOST_VALUES * STORED:
            most = f"{MOST_CLAUSES * STORED} conditions or {MOST_VALUES * STORED} values"
            problem = f"with the segments that it names, the segment has more than {most}"
            raise SegmentError("too_large", problem, clause.column, "name fewer")
