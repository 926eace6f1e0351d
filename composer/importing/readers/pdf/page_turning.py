"""Turns pages whose text is rotated or written from top to bottom, so that their lines run from left to right."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Rectangle = tuple[float, float, float, float]  # x0, y0, x1, y1
AT_AN_ANGLE = -1


@dataclass(frozen=True, slots=True)
class PageTurn:
    """How a page is turned. `degrees`: the direction in which most of its text runs, counterclockwise from left to right;
    `width`, `height`: the page before it is turned."""

    degrees: int
    width: float
    height: float

    @property
    def size(self) -> tuple[float, float]:
        return (self.height, self.width) if self.degrees in (90, 270) else (self.width, self.height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        match self.degrees:
            case 90:
                return y, self.width - x
            case 180:
                return self.width - x, self.height - y
            case 270:
                return self.height - y, x
            case _:
                return x, y

    def box(self, corners: Sequence[float]) -> Rectangle:
        (x0, y0), (x1, y1) = self.point(corners[0], corners[1]), self.point(corners[2], corners[3])
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def direction_of(matrix: Sequence[float], *, vertical: bool) -> int:
    """Returns the direction in degrees in which a letter with this matrix is followed by the next one, or AT_AN_ANGLE, also if it
    is mirrored. `vertical`: its font is written from top to bottom."""
    a, b, c, d = matrix[:4]
    if a * d - b * c < 0:
        return AT_AN_ANGLE
    if abs(b) < 0.2 * max(abs(a), 0.001):
        direction = 0 if a > 0 else 180
    elif abs(a) < 0.2 * abs(b):
        direction = 90 if b > 0 else 270
    else:
        return AT_AN_ANGLE
    return (direction + 270) % 360 if vertical else direction


def turn_for(directions: Iterable[int], width: float, height: float) -> PageTurn:
    """Returns the turn after which most of the letters run from left to right."""
    counts = Counter(directions)
    degrees, count = counts.most_common(1)[0] if counts else (0, 0)
    return PageTurn(degrees if degrees != AT_AN_ANGLE and 2 * count > counts.total() else 0, width, height)
