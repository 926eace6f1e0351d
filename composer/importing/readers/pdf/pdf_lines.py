"""Joins the letters of each page into lines with their type and links, and separates page furniture such as page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.importing.manuscript.line_patterns import PAGE_NUMBER, is_sources
from composer.importing.readers.pdf.letter_repairs import DrawnPage, DrawnPicture, Letter, is_raised_by
from composer.importing.readers.pdf.pdf_columns import Box, find_edges, order

BLANK = 0.19  # of the type size; a wider gap is a space, in files that draw no spaces
GAP = 1.6  # of the type size; a wider gap separates two pieces of a line, such as columns
SHIFT = 0.36  # of the type size; letters that are higher or lower by less than this belong to the same line
LARGE_INITIAL = 1.8  # times the type size; a large first letter is as high as two lines or more
FEWEST_ROWS, MOST_ROWS = 3, 0.6  # of lines side by side that belong together: at least, and as a share of all
SHORT_ROW = 0.75  # of the width of its column; the lines of a text fill more
MARGIN = 0.14  # of the page height; running headers and footers are only in these margins


class PdfRun(NamedTuple):
    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""


@dataclass(slots=True)
class PdfLine(Box):
    """A line of text; `y` is its baseline."""

    y: float = 0.0
    size: float = 0.0
    runs: list[PdfRun] = field(default_factory=list)
    upright: bool = True
    sizes: Counter[float] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def bold(self) -> bool:
        return all(run.bold for run in self.runs if run.text.strip())

    @property
    def italic(self) -> bool:
        return all(run.italic for run in self.runs if run.text.strip())


@dataclass(slots=True)
class Layout:
    """`flow`: lines and pictures in reading order; `furniture`: page furniture, each line with the reason."""

    flow: list[PdfLine | DrawnPicture] = field(default_factory=list)
    furniture: list[tuple[PdfLine, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    side_by_side: set[int] = field(default_factory=set)  # runs whose lines belong to the lines of the next run
    initials: list[tuple[int, str, str]] = field(default_factory=list)  # large first letters: page, letter, the rest of the word


def lay_out(pages: list[DrawnPage]) -> Layout:
    layout = Layout()
    pieces = [pieces_of(page, number) for number, page in enumerate(pages, start=1)]
    pieces = [join_initials(lines, layout) for lines in pieces]
    standing = find_furniture(pieces, pages)
    edges = sorted({round(edge) for page in pieces for edge in find_edges(page)})
    run = 0
    for lines, pictures in zip(pieces, find_pictures(pages, layout.notes), strict=True):
        layout.furniture += [(line, standing[id(line)]) for line in lines if id(line) in standing]
        boxes: list[PdfLine | DrawnPicture] = [line for line in lines if id(line) not in standing]
        columns = order([*boxes, *pictures], edges)
        for index, column in enumerate(columns):
            run += 1
            if index + 1 < len(columns) and are_rows(column, columns[index + 1]):
                layout.side_by_side.add(run)
            for box in joined_pieces(column):
                box.run = run
                layout.flow.append(box)
    return layout


def pieces_of(page: DrawnPage, number: int) -> list[PdfLine]:
    """Returns pieces of lines in drawing order: letters that follow one another on one baseline."""
    lines: list[PdfLine] = []
    for letter in page.letters:
        last = lines[-1] if lines else None
        if last is None or not follows(last, letter):
            if not letter.text.strip():
                continue
            last = PdfLine(letter.x0, letter.x0, letter.y, letter.y, number, y=letter.y, size=letter.size, upright=letter.upright)
            lines.append(last)
        add_letter(last, letter)
    for line in lines:
        line.size = line.sizes.most_common(1)[0][0]
        line.y0, line.y1 = line.y - 0.2 * line.size, line.y + 0.8 * line.size
    return [line for line in lines if line.text.strip()]


def follows(line: PdfLine, letter: Letter) -> bool:
    """Whether the letter continues the line; it may be a little higher, lower, larger or smaller."""
    size = max(line.size, letter.size)
    if line.upright != letter.upright:
        return False
    if line.upright and is_raised_by(letter, line.size, line.x1, line.y):
        return True
    if not line.upright:
        return abs(letter.x0 - line.x0) < size or abs(letter.y - line.y) < size
    return abs(letter.y - line.y) <= SHIFT * size and -0.6 * size <= letter.x0 - line.x1 <= GAP * min(line.size, letter.size)


def add_letter(line: PdfLine, letter: Letter) -> None:
    gap = letter.x0 - line.x1
    text = " " if letter.text.isspace() else letter.text
    if line.runs and line.upright and gap > BLANK * letter.size and text != " " and not line.runs[-1].text.endswith(" "):
        extend(line, PdfRun(" ", letter.bold, letter.italic, ""))
    extend(line, PdfRun(text, letter.bold, letter.italic, letter.href))
    if text != " ":  # a space at the end of a line does not extend it
        line.x1 = max(line.x1, letter.x1)
    line.sizes[round(letter.size, 1)] += len(text.strip())
    if letter.size > line.size * 1.2:
        line.size, line.y = letter.size, letter.y


def extend(line: PdfLine, run: PdfRun) -> None:
    last = line.runs[-1] if line.runs else None
    if last and (run.text == " " or last[1:] == run[1:]):
        line.runs[-1] = last._replace(text=last.text + run.text)
    else:
        line.runs.append(run)


def join_initials(lines: list[PdfLine], layout: Layout) -> list[PdfLine]:
    """Returns the lines of a page with a large first letter joined to the line beside its top."""
    initials = [line for line in lines if is_initial(line.text.strip()) and line.upright]
    for initial in initials:
        beside = [line for line in lines if line is not initial and is_beside(line, initial)]
        if not beside:
            continue
        first = max(beside, key=lambda line: line.y)
        run, *others = first.runs
        rest, letter = run.text.lstrip(), initial.text.strip()
        first.runs = [run._replace(text=f"{letter}{rest}"), *others]
        layout.initials.append((initial.page, letter, first.text[1:].split(" ")[0]))
        lines = [line for line in lines if line is not initial]
    return lines


def is_initial(text: str) -> bool:
    return len(text) == 1 and text.isalpha() and not text.islower()


def is_beside(line: PdfLine, initial: PdfLine) -> bool:
    """Whether the line is beside the upper half of a large letter, as the first line of the paragraph that begins with it."""
    near = -0.3 * line.size <= line.x0 - initial.x1 <= 1.2 * line.size
    upper = initial.y + 0.3 * initial.size <= line.y <= initial.y + 0.95 * initial.size
    return near and upper and line.upright and initial.size >= LARGE_INITIAL * line.size


def are_rows(left: Sequence[PdfLine | DrawnPicture], right: Sequence[PdfLine | DrawnPicture]) -> bool:
    """Whether the lines of two columns belong together, as names and telephone numbers do: most have one beside them, and most of
    the left ones end long before the right column begins."""
    lines, others = ([box for box in column if isinstance(box, PdfLine)] for column in (left, right))
    heights: dict[int, list[PdfLine]] = defaultdict(list)
    for other in others:
        heights[round(other.y / 4)].append(other)
    rows: list[tuple[PdfLine, PdfLine]] = []
    for line in lines:
        level = round(line.y / 4)
        near = (other for step in (-1, 0, 1) for other in heights.get(level + step, ()))
        beside = next((o for o in near if o.x0 > line.x1 and abs(o.y - line.y) <= SHIFT * max(o.size, line.size)), None)
        if beside is not None:
            rows.append((line, beside))
    short = sum(line.x1 - line.x0 < SHORT_ROW * (beside.x0 - line.x0) for line, beside in rows)
    return len(rows) >= FEWEST_ROWS and len(rows) >= MOST_ROWS * min(len(lines), len(others)) and short >= MOST_ROWS * len(rows)


def joined_pieces(boxes: list[PdfLine | DrawnPicture]) -> list[PdfLine | DrawnPicture]:
    """Returns the boxes of one column, with pieces on the same baseline joined into one line."""
    joined: list[PdfLine | DrawnPicture] = []
    for box in boxes:
        last = joined[-1] if joined else None
        if (
            isinstance(box, PdfLine)
            and isinstance(last, PdfLine)
            and box.upright
            and last.upright
            and abs(box.y - last.y) <= SHIFT * max(box.size, last.size)
            and (box.x0 >= last.x1 - 1 or box.x1 <= last.x0 + 1)
        ):
            first, second = (last, box) if box.x0 >= last.x1 - 1 else (box, last)
            first.runs = [*first.runs, PdfRun(" "), *second.runs]
            first.x1, first.y0, first.y1 = max(first.x1, second.x1), min(first.y0, second.y0), max(first.y1, second.y1)
            joined[-1] = first
        else:
            joined.append(box)
    return joined


def find_furniture(pieces: list[list[PdfLine]], pages: list[DrawnPage]) -> dict[int, str]:
    """Returns id of line -> reason for page furniture: page numbers, headers and footers repeated at the same height, text along
    an edge."""
    reasons: dict[int, str] = {}
    places: dict[tuple[str, int], list[PdfLine]] = defaultdict(list)
    for number, lines in enumerate(pieces):
        height = pages[number].height
        for line in lines:
            if not line.upright:
                reasons[id(line)] = "text that runs in another direction than the page"
            elif (line.y < MARGIN * height or line.y > (1 - MARGIN) * height) and not is_sources(line.text.strip()):
                places[re.sub(r"\d+", "#", line.text.strip()), round(line.y / 4)].append(line)
                if PAGE_NUMBER.fullmatch(line.text.strip()) and is_outermost(line, lines):
                    reasons[id(line)] = "a page number"
    repeated: dict[int, PdfLine] = {}
    for (text, level), lines in places.items():
        near = [*lines, *places.get((text, level + 1), []), *places.get((text, level - 1), [])]
        if len({line.page for line in near}) > 1:
            repeated |= {id(line): line for line in lines if id(line) not in reasons}
    for lines in pieces:
        for line in [line for line in lines if id(line) in repeated]:
            others = [other for other in lines if id(other) not in reasons and id(other) not in repeated]
            if is_outermost(line, others):
                reasons[id(line)] = "a running header or footer of the page"
    return reasons


def is_outermost(line: PdfLine, lines: list[PdfLine]) -> bool:
    """Whether the line is at the top or the bottom: no other line is above it, or none is below it."""
    return all(other.y >= line.y - 2 for other in lines) or all(other.y <= line.y + 2 for other in lines)


def find_pictures(pages: list[DrawnPage], notes: list[str]) -> list[list[DrawnPicture]]:
    """Returns the pictures of each page that belong to the text: no ornaments, no backgrounds, none repeated on several pages."""
    repeated = Counter(data for page in pages for data in {ink.data for ink in page.pictures})
    pictures: list[list[DrawnPicture]] = []
    for number, page in enumerate(pages, start=1):
        pictures.append([])
        for ink in page.pictures:
            width, height = ink.x1 - ink.x0, ink.y1 - ink.y0
            if min(width, height) < 18 or (len(pages) > 2 and repeated[ink.data] > 2 and ink.data):
                notes.append(f"page {number}: a picture that is very small or repeated was taken as an ornament and left out")
            elif width * height > 0.8 * page.width * page.height and page.letters:
                notes.append(f"page {number}: a picture behind the whole page was taken as its background and left out")
            else:
                pictures[-1].append(ink)
    return pictures
