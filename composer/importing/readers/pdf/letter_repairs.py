"""Letters and pictures of a PDF, and repairs: letters drawn twice to look bold, raised letters, large first letters."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from composer.importing.readers.pdf.pdf_columns import Box


@dataclass(slots=True)
class Letter:
    """One letter; `y` is its baseline, in points from the bottom of the page."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    italic: bool
    upright: bool
    href: str = ""
    mirrored: bool = False  # or upside down


@dataclass(slots=True)
class DrawnPicture(Box):
    """A picture and its position; if `data` is empty, `fault` says why."""

    data: bytes = b""
    fault: str = ""


@dataclass(slots=True)
class DrawnPage:
    width: float
    height: float
    letters: list[Letter] = field(default_factory=list)
    pictures: list[DrawnPicture] = field(default_factory=list)
    strings: int = 0  # drawn texts, also those whose font does not say which letters they have
    doubles: int = 0  # letters that are drawn twice in one place
    turned: int = 0  # degrees
    unplaced: list[str] = field(default_factory=list)  # addresses of links on no letter
    shapes: int = 0  # curves, including letters that were converted to outlines
    remarks: list[tuple[str, str]] = field(default_factory=list)  # (kind, text or "") of each annotation


SAME_PLACE = 0.1  # of the type size; an l is 0.22 wide, so two of them are farther apart
THINNEST = 0.05  # of the type size
NEAREST = 0.6  # points; a smaller distance cannot be seen
RAISED_SIZE = (0.45, 0.8)  # of the type size: raised letters, as of ordinals; beside a large first letter all others are smaller
HIGHEST = 0.75  # of the type size
LONGEST_RAISED = 4  # letters
NEXT_TO = 0.35  # of the type size


def without_doubles(letters: Sequence[Letter]) -> tuple[list[Letter], int]:
    """Returns the letters without those that are drawn again in one place, which makes the first one bold, and their number."""
    kept: list[Letter] = []
    near: dict[tuple[str, int, int], list[Letter]] = defaultdict(list)
    for letter in letters:
        if letter.text.isspace() or letter.text == "\ufffd" or letter.x1 - letter.x0 < THINNEST * letter.size:
            kept.append(letter)  # letters of unknown widths are all in one place
            continue
        reach = max(SAME_PLACE * letter.size, NEAREST)
        column, row = int(letter.x0 // 4), int(letter.y // 4)
        keys = ((letter.text, column + x, row + y) for x in (-1, 0, 1) for y in (-1, 0, 1))
        twins = (other for key in keys for other in near.get(key, ()))
        twin = next((other for other in twins if abs(other.x0 - letter.x0) < reach and abs(other.y - letter.y) < reach), None)
        if twin is None:
            kept.append(letter)
            near[letter.text, column, row].append(letter)
        else:
            twin.bold = True
            twin.href = twin.href or letter.href
    return kept, len(letters) - len(kept)


def is_raised(letter: Letter, base: Letter) -> bool:
    """Whether the letter is a smaller one directly behind `base` and higher, as the `th` of `24th`."""
    return letter.upright and base.upright and is_raised_by(letter, base.size, base.x1, base.y)


def is_raised_by(letter: Letter, size: float, x1: float, y: float) -> bool:
    """Whether the letter is a raised one behind text of this size that ends at `x1` on the baseline `y`."""
    smallest, largest = RAISED_SIZE
    if not (smallest * size <= letter.size <= largest * size and 0 < letter.y - y <= HIGHEST * size):
        return False
    return -NEXT_TO * letter.size <= letter.x0 - x1 <= NEXT_TO * size


def with_raised_in_place(letters: list[Letter]) -> list[Letter]:
    """Moves short runs of raised letters that are drawn elsewhere behind the letter that they belong to."""
    runs = raised_runs(letters)
    if not runs:
        return letters
    ends: dict[int, list[int]] = defaultdict(list)  # x in steps of 8 points -> letters that end there
    moved = {at for start, end in runs for at in range(start, end)}
    for at, letter in enumerate(letters):
        if at not in moved and not letter.text.isspace():
            ends[int(letter.x1 // 8)].append(at)
    behind: dict[int, tuple[int, int]] = {}
    for start, end in runs:
        column = int(letters[start].x0 // 8)
        nearby = (at for step in (-1, 0, 1) for at in ends.get(column + step, ()))
        if bases := [at for at in nearby if is_raised(letters[start], letters[at])]:
            behind.setdefault(max(bases, key=lambda at: letters[at].x1), (start, end))
    placed = {at for start, end in behind.values() for at in range(start, end)}
    made: list[Letter] = []
    for at, letter in enumerate(letters):
        if at in placed:
            continue
        made.append(letter)
        if at in behind:
            made += letters[slice(*behind[at])]
    return made


def raised_runs(letters: list[Letter]) -> list[tuple[int, int]]:
    """Returns (start, end) of short runs of letters on one line whose neighbours in drawing order are elsewhere."""
    runs: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(letters) + 1):
        before = letters[at - 1]
        if at < len(letters) and abs(letters[at].y - before.y) < 0.1 and -1 < letters[at].x0 - before.x1 < before.size:
            continue
        alone = start == 0 or not is_raised(letters[start], letters[start - 1])
        if at - start <= LONGEST_RAISED and alone and "".join(letter.text for letter in letters[start:at]).isalnum():
            runs.append((start, at))
        start = at
    return runs
