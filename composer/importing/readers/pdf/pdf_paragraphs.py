"""Joins the lines of a PDF into paragraphs by type, distance, indent and line ends, then across columns and pages."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from composer.importing.manuscript.document_parts import DocumentPart
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import clean_text, normal, typeset
from composer.importing.manuscript.line_patterns import (
    BULLETED,
    NUMBERED,
    begins_small,
    is_binding_end,
    is_closed,
    is_credit,
    is_sources,
    is_staff,
)
from composer.importing.manuscript.vocabulary import (
    BROKEN_WORD,
    FIRST_WORD,
    LAST_WORD,
    PREFIXES,
    Vocabulary,
    breaks_address,
    join_word,
    joined_question,
)
from composer.importing.readers.pdf.pdf_lines import PdfLine, PdfRun
from composer.issue.document import Inline, Inlines

SMALLER = 0.96  # of the size of the body text; captions are smaller
SAME_SIZE = 0.7  # points
WIDER = 1.28  # of the usual line distance; a larger distance separates paragraphs
SHORT_END = 0.12  # of the width of a column; a line that is shorter by more than this ends its paragraph
FULL_LINE = 1.5  # points
WORD = re.compile(r"(?<![^\W_])[^\W_]++$")
WIDE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
BROKEN = "a paragraph that continues in the next column or page"
ONE_OR_TWO = 'one paragraph, or two with a break at "{} {}"?'


@dataclass(slots=True)
class PdfParagraph:
    """The lines of one paragraph; `questions`: what an editor has to decide about it."""

    lines: list[PdfLine] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @property
    def size(self) -> float:
        return max(self.lines, key=lambda line: len(line.text)).size

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)

    @property
    def italic(self) -> bool:
        return all(line.italic for line in self.lines)

    @property
    def text(self) -> str:
        return " ".join(line.text.strip() for line in self.lines)


@dataclass(slots=True)
class Column:
    left: float
    right: float


class Typography:
    """What is usual in a document: line distance, column edges, and whether paragraphs are indented and justified."""

    def __init__(self, lines: Sequence[PdfLine]) -> None:
        self.columns: dict[int, Column] = {}
        runs: dict[int, list[PdfLine]] = defaultdict(list)
        for line in lines:
            runs[line.run].append(line)
        leading: dict[int, Counter[float]] = defaultdict(Counter)
        for number, run in runs.items():
            ends = sorted(line.x1 for line in run)
            # A line that spans two columns is in the run of one of them, so the longest lines do not show the column's edge.
            self.columns[number] = Column(min(line.x0 for line in run), ends[len(ends) * 9 // 10])
            for upper, lower in itertools.pairwise(run):
                if abs(upper.size - lower.size) < SAME_SIZE and upper.y > lower.y:
                    leading[round(lower.size)][round((upper.y - lower.y) * 2) / 2] += 1
        self.leading = {size: usual_distance(counts) for size, counts in leading.items()}
        self.widen(runs)
        self.indented = self.count_indents(runs)
        full = sum(abs(line.x1 - self.columns[line.run].right) < FULL_LINE for line in lines)
        self.justified = full * 2 > len(lines)

    def widen(self, runs: dict[int, list[PdfLine]]) -> None:
        """Gives a short run the right edge of the same column elsewhere, if that is farther right."""
        for number, column in self.columns.items():
            for other in self.columns.values():
                if abs(other.left - column.left) < 2 and other.right > column.right and len(runs[number]) < 4:
                    column.right = max(column.right, other.right)

    def count_indents(self, runs: dict[int, list[PdfLine]]) -> bool:
        """Whether the document indents paragraphs: at least four slightly indented lines between lines at the edge."""
        count = 0
        for number, run in runs.items():
            left = self.columns[number].left
            for above, line, below in zip(run, run[1:], run[2:], strict=False):
                inner = 0.6 * line.size < line.x0 - left < 4 * line.size
                count += inner and abs(above.x0 - left) < 2 and abs(below.x0 - left) < 2
        return count >= 4

    def distance(self, size: float) -> float:
        return self.leading.get(round(size), 1.25 * size)


def usual_distance(counts: Counter[float]) -> float:
    """Returns the smallest common distance, because paragraph spacing only adds to it."""
    total = counts.total()
    common = [distance for distance, count in counts.items() if count * 5 >= total]
    return min(common) if common else min(counts, default=0.0)


def parts_paragraphs(block: PdfParagraph, line: PdfLine, type_: Typography) -> bool:
    """Whether the line begins a new paragraph below the block, within one column."""
    last, first = block.lines[-1], block.lines[0]
    column = type_.columns[line.run]
    width = max(column.right - column.left, 1)
    if abs(line.size - last.size) > SAME_SIZE or (line.bold != last.bold and not goes_on(last, line)):
        return True
    if last.y - line.y > WIDER * type_.distance(line.size) or line.y > last.y:
        return True
    text, before = line.text.strip(), last.text.strip()
    bullet = BULLETED.match(text)
    if bullet or is_staff(text) or (is_sources(text) and (is_closed(before) or text[0] in "(（")):
        return True
    if NUMBERED.match(text) and (NUMBERED.match(first.text.strip()) or before.endswith(":") or is_closed(before)):
        return True
    inset = type_.indented and 0.6 * line.size < line.x0 - column.left < 4 * line.size
    if BULLETED.match(first.text.strip()) or NUMBERED.match(first.text.strip()):
        hanging = len(block.lines) > 1 and abs(line.x0 - last.x0) < 2
        outwards = line.x0 < last.x0 - 0.6 * line.size
        return outwards or (is_closed(before) and not begins_small(text) and not hanging and (inset or line.x0 < first.x0 + 2))
    if inset and (abs(last.x0 - column.left) < 0.3 * line.size or len(block.lines) == 1):
        return True
    if line.bold and last.bold:  # the lines of a heading, which ends where the type or the line distance changes
        return False
    short = column.right - last.x1 > SHORT_END * width and first_word_fits(last, line, column)
    return short and is_closed(before) and not begins_small(text)


def goes_on(last: PdfLine, line: PdfLine) -> bool:
    """Whether a sentence continues in another type."""
    return not is_closed(last.text.strip()) and begins_small(line.text.strip())


def first_word_fits(last: PdfLine, line: PdfLine, column: Column) -> bool:
    """Whether the first word of the line would have fitted into the line above, which then ended on purpose."""
    words = line.text.strip().split(" ")
    width = (line.x1 - line.x0) / max(len(line.text.strip()), 1) * len(words[0])
    return last.x1 + 0.3 * last.size + width < column.right - 1


def continues_over(block: PdfParagraph, following: PdfParagraph, type_: Typography) -> tuple[bool, bool]:
    """Returns (whether the paragraph continues in `following`, whether that is sure)."""
    if abs(block.size - following.size) > SAME_SIZE or block.bold != following.bold or block.italic != following.italic:
        return False, True
    text, after = block.text, following.text
    last = block.lines[-1]
    column = type_.columns[last.run]
    if any(shape(after) for shape in (BULLETED.match, NUMBERED.match, is_sources, is_staff, is_credit)):
        return False, True
    if is_sources(text):
        return not text.endswith((")", "）")) and not first_word_fits(last, following.lines[0], column), False
    open_end = not is_closed(text) or text[-1] in ":;："
    if text.endswith(("-", "\u00ad")) or (open_end and begins_small(after)) or (not is_closed(text) and is_binding_end(text)):
        return True, True
    if block.bold:
        return False, True
    if text.endswith((":", "：")):  # and no list follows
        return True, False
    first = following.lines[0]
    inset = first.x0 - type_.columns[first.run].left > 0.6 * first.size
    if type_.justified:
        return not inset and column.right - last.x1 < FULL_LINE, not is_closed(text) or not type_.indented
    no_room = not first_word_fits(last, first, column)
    return no_room and not inset, type_.indented


def is_small(block: PdfParagraph, usual: float) -> bool:
    return block.size < SMALLER * usual


def join_over(pieces: list[PdfParagraph | DocumentPart], type_: Typography, usual: float, log: ImportLog) -> None:
    """Joins a paragraph with its continuation after a picture, or in the next column or page."""
    for index, block in enumerate(pieces):  # the loop deletes only pieces after `index`
        while isinstance(block, PdfParagraph) and (continuation := rest_of(block, pieces, index + 1, usual)):
            at, rest = continuation
            joins, sure = continues_over(block, rest, type_)
            if not joins:
                break
            left, right = block.text.split(" ")[-1], rest.text.split(" ")[0]
            if not sure:
                block.questions.append(ONE_OR_TWO.format(clean_text(left), clean_text(right)))
            if not left.endswith(("-", "\u00ad")):
                log.change(block.lines[0].page, rest.lines[0].page, f"{left} | {right}", f"{left} {right}", BROKEN)
            block.lines += rest.lines
            block.questions += rest.questions
            del pieces[at]


def rest_of(
    block: PdfParagraph, pieces: list[PdfParagraph | DocumentPart], start: int, usual: float
) -> tuple[int, PdfParagraph] | None:
    """Returns the index and the paragraph that may continue this one: the next, skipping pictures and their captions."""
    if is_small(block, usual) or is_credit(block.text):
        return None
    over_picture = False
    for at, other in enumerate(pieces[start : start + 7], start):
        if isinstance(other, DocumentPart):
            over_picture = True
        elif not (over_picture and (is_small(other, usual) or is_credit(other.text))):
            return (at, other) if over_picture or other.lines[0].run != block.lines[0].run else None
    return None


def evidence(lines: Sequence[PdfLine]) -> list[str]:
    """Returns the texts of the lines without the halves of broken words, because these are not words."""
    texts = [clean_text(line.text).strip() for line in lines]
    for index, (above, below) in enumerate(itertools.pairwise(texts)):
        if above.endswith("-"):
            texts[index] = above.rpartition(" ")[0]
            texts[index + 1] = below.partition(" ")[2]
    return texts


class Joiner:
    """Converts the lines of paragraphs into inline content: joins words that a line end broke, and keeps their type."""

    def __init__(self, lines: Sequence[PdfLine], log: ImportLog) -> None:
        self.vocabulary, self.log = Vocabulary(evidence(lines)), log

    def content(self, block: PdfParagraph) -> Inlines:
        runs: list[PdfRun] = []
        for line in block.lines:
            rows = trimmed(line.runs)
            if runs and rows:
                self.join(runs, rows, block.lines[0].page, block.questions)
            else:
                runs += rows
        content: list[Inline] = []
        for (bold, italic, href), group in itertools.groupby(runs, key=lambda run: run[1:]):
            text = clean_text("".join(run.text for run in group))
            content += typeset(text, block.questions, bold=bold, italic=italic, href=href)
        return normal(content)

    def join(self, runs: list[PdfRun], rows: list[PdfRun], page: int, questions: list[str]) -> None:
        end, begin = runs[-1].text, rows[0].text
        if breaks_address("".join(run.text for run in runs[-8:]), "".join(row.text for row in rows)):
            runs += rows
            return
        last, first = LAST_WORD.search(end.replace("\u00ad", "-")[-80:]), FIRST_WORD.match(begin[:80])
        if last and first:
            whole, certain = join_word(last[1], first[0], self.vocabulary)
            if last[1].casefold() in PREFIXES and not self.vocabulary.knows(whole):
                certain = False
            if end.endswith("\u00ad"):
                whole, certain = last[1] + first[0], True
            self.log.change(page, page, f"{last[1]}- {first[0]}", whole, BROKEN_WORD)
            if not certain:
                questions.append(joined_question(last[1], first[0], whole))
            keep = end[: len(end) - len(last[0])]
            runs[-1] = runs[-1]._replace(text=keep + whole)
            rows = [rows[0]._replace(text=begin[first.end() :]), *rows[1:]]
        elif WIDE.match(end[-1:]) and WIDE.match(begin):
            left, right = WORD.search(end[-80:]), FIRST_WORD.match(begin[:80])
            if left and right:
                reason = "a line end between two characters that are written without a space"
                self.log.change(page, page, f"{left[0]} {right[0]}", left[0] + right[0], reason)
        else:
            runs[-1] = runs[-1]._replace(text=end + " ")
        runs += [row for row in rows if row.text]


def trimmed(runs: Sequence[PdfRun]) -> list[PdfRun]:
    clean = [run._replace(text=clean_text(run.text.replace("\u00ad", "\ue0ad")).replace("\ue0ad", "\u00ad")) for run in runs]
    while clean and not clean[0].text.strip():
        clean.pop(0)
    while clean and not clean[-1].text.strip():
        clean.pop()
    if clean:
        clean[0] = clean[0]._replace(text=clean[0].text.lstrip())
        clean[-1] = clean[-1]._replace(text=clean[-1].text.rstrip())
    return clean
