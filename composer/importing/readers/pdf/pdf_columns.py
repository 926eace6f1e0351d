"""Puts the lines and pictures of a page into reading order: down each column, and across boxes that span several columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

SAME_EDGE = 3.0  # points; left edges at most this far apart belong to one column
FEWEST_LINES = 4
SMALLEST_SHARE = 0.08  # of the lines of a page; fewer lines may share a left edge by chance
NARROWEST = 0.18  # of the width of the text; a narrower strip contains bullets or numbers and is not a column
DEEPEST = 3


@dataclass(slots=True)
class Box:
    """A rectangle on a page, in points from its bottom left corner; `run` is its column, counted over the whole document."""

    x0: float
    x1: float
    y0: float
    y1: float
    page: int = 0
    run: int = 0


Placed = TypeVar("Placed", bound=Box)


def find_edges(boxes: Sequence[Box]) -> list[float]:
    """Returns where columns may begin: left edges that several lines share, and that are inside the text of the page."""
    if not boxes:
        return []
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    edges: list[list[float]] = []
    for x in sorted(box.x0 for box in boxes):
        if edges and x - edges[-1][0] <= SAME_EDGE:
            edges[-1].append(x)
        else:
            edges.append([x])
    inside = left + NARROWEST * (right - left)
    fewest = max(FEWEST_LINES, SMALLEST_SHARE * len(boxes))
    return [edge[0] for edge in edges if len(edge) >= fewest and edge[0] > inside]


def order(boxes: Sequence[Placed], edges: Sequence[float], depth: int = 0) -> list[list[Placed]]:
    """Returns runs of boxes in reading order; each run is from one column or one strip across the page."""
    if not boxes:
        return []
    best: list[tuple[bool, list[Placed], list[Placed]]] = []
    best_score, best_edge = 0, 0.0
    for edge in edges if depth < DEEPEST else ():
        strips = cut_strips(boxes, edge)
        score = sum(min(len(first), len(second)) for columns, first, second in strips if columns)
        if score > best_score:
            best, best_score, best_edge = strips, score, edge
    if best_score < 1:
        return [downwards(boxes)]
    left, right = [edge for edge in edges if edge < best_edge - 40], [edge for edge in edges if edge > best_edge + 40]
    runs: list[list[Placed]] = []
    for columns, first, second in best:
        if columns:
            runs += [*order(first, left, depth + 1), *order(second, right, depth + 1)]
        else:
            runs += order(first, left + right, depth + 1)
    return runs


def cut_strips(boxes: Sequence[Placed], edge: float) -> list[tuple[bool, list[Placed], list[Placed]]]:
    """Cuts the page into strips from top to bottom: (True, left, right) where no box crosses the edge, else
    (False, boxes, [])."""
    strips: list[tuple[bool, list[Placed], list[Placed]]] = []
    left: list[Placed] = []
    right: list[Placed] = []

    def close() -> None:
        if left and right and wide_enough(left, right):
            strips.append((True, left.copy(), right.copy()))
        elif left or right:
            add_across(strips, [*left, *right])
        left.clear()
        right.clear()

    for box in downwards(boxes):
        if box.x0 >= edge - SAME_EDGE:
            right.append(box)
        elif box.x1 <= edge - 1:
            left.append(box)
        else:
            close()
            add_across(strips, [box])
    close()
    return strips


def wide_enough(left: Sequence[Box], right: Sequence[Box]) -> bool:
    start, end = min(box.x0 for box in left), max(box.x1 for box in right)
    return max(box.x1 for box in left) - start >= NARROWEST * (end - start)


def add_across(strips: list[tuple[bool, list[Placed], list[Placed]]], boxes: list[Placed]) -> None:
    if strips and not strips[-1][0]:
        strips[-1][1].extend(boxes)
    else:
        strips.append((False, boxes, []))


def downwards(boxes: Sequence[Placed]) -> list[Placed]:
    return sorted(boxes, key=lambda box: (-box.y1, box.x0))
