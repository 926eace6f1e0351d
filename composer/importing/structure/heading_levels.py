"""Decides which parts of a document are headings, and of which level: masthead, section, article or sub-heading."""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from composer.importing.manuscript.chinese_numbering import LONGEST_HEADING, read_typed_number
from composer.importing.manuscript.document_parts import ARTICLE, SECTION, SUB_HEADING, TITLE, DocumentPart, Role, text_of_block
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.issue_dates import LONGEST_LINE, is_dating_line
from composer.importing.manuscript.line_patterns import ends_with_source, is_credit, is_heading_like, is_sources, is_staff
from composer.importing.structure.unmarked_headings import find_headings
from composer.issue.document import Figure, Paragraph

LARGER = 1.12  # times the size of the body text; larger text is a heading
MASTHEAD = 1.5  # times the size of the body text; a first line of this size is the masthead
LONGEST_MASTHEAD = 60
FIRST_LINES = 12  # lines with number and date are among these
GUESSED = "the document marks no headings, so titles were found by their form: are sections and articles right?"
BY_LOOK = "the document marks no headings, so bold or large lines were taken as headings: are sections and articles right?"
UNCLEAR = "some headings of the highest level have text of their own: are sections and articles right?"


def settle_levels(parts: list[DocumentPart], log: ImportLog, *, wrapped: bool) -> tuple[list[DocumentPart], list[str]]:
    """Returns the parts with final levels (0 masthead, 1 section, 2 article, 3 sub-heading), and questions for the top of the
    issue."""
    questions: list[str] = []
    parts = settle_dating(parts)
    if not any(part.level is not None and part.level > TITLE for part in parts):
        by_look = headings_by_look(parts)
        if len({part.level for part in by_look} - {None, TITLE}) < 2:
            return find_headings(by_look, log, wrapped=wrapped), [GUESSED]
        parts = by_look
        questions.append(BY_LOOK)
    ranked = rank_levels(settle_subtitle(settle_masthead(mark_masthead(parts))), questions)
    return mark_numbered(ranked), questions


def settle_dating(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes ordinary lines of the first lines that say nothing but number or date, whatever the document marks them as."""
    text = next((at for at, part in enumerate(parts[:FIRST_LINES]) if len(part.text) > LONGEST_LINE), FIRST_LINES)
    return [
        replace(part, level=None, role=Role.BODY, bold=False) if at < text and is_dating_line(part.text) else part
        for at, part in enumerate(parts)
    ]


def headings_by_look(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes headings of short paragraphs that are bold or larger than the body text; larger ones get a higher level."""
    body = body_size(parts)
    looks = {index: (round(part.size), part.bold) for index, part in enumerate(parts) if stands_out(part, body)}
    ranks = sorted(set(looks.values()), reverse=True)
    return [replace(part, level=ranks.index(looks[index]) + 1) if index in looks else part for index, part in enumerate(parts)]


def body_size(parts: Iterable[DocumentPart]) -> float:
    """Returns the size that most letters of the document have; 0 if it gives no sizes."""
    counts: Counter[float] = Counter()
    for part in parts:
        counts[part.size] += len(text_of_block(part.block))
    return counts.most_common(1)[0][0] if counts else 0.0


def stands_out(part: DocumentPart, body: float) -> bool:
    text = part.text
    if part.level is not None or part.role is not Role.BODY or not text or is_credit(text) or is_sources(text) or is_staff(text):
        return False
    if is_dating_line(text) or ends_with_source(text):
        return False
    large = bool(body) and part.size > LARGER * body
    small = bool(body) and part.size * LARGER < body
    return (large or (part.bold and not small)) and (is_heading_like(text) or (large and len(text) <= 200))


def mark_masthead(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes the first line the masthead if it is much larger than the text, or above the number or the date, although the
    document does not mark it as a title."""
    if not parts or any(part.level == TITLE for part in parts):
        return parts
    skipped = (at for at, part in enumerate(parts) if not isinstance(part.block, Figure) and not is_dating_line(part.text))
    index = next(skipped, len(parts) - 1)
    first, following = parts[index], parts[index + 1 : index + 2]
    short = isinstance(first.block, Paragraph) and is_heading_like(first.text) and len(first.text) <= LONGEST_MASTHEAD
    numbered = bool(following) and is_dating_line(following[0].text)
    body = body_size(parts)
    largest = all(part.size < first.size for part in parts if part is not first)  # otherwise it is the title of an article
    large = first.level is None and bool(body) and first.size >= MASTHEAD * body and largest
    if not short or not (large or numbered):
        return parts
    return [*parts[:index], replace(first, level=TITLE), *parts[index + 1 :]]


def settle_masthead(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes a title that occurs once the masthead; without one, the first heading if no other heading has its level or above."""
    titles = sum(part.level == TITLE for part in parts)
    if titles > 1:  # the document uses the title style for each article, as a heading
        parts = [replace(part, level=part.level + 1) if part.level is not None else part for part in parts]
    elif titles == 1:
        return parts
    headings = [(index, part.level) for index, part in enumerate(parts) if part.level is not None]
    if len(headings) < 2:
        return parts
    (first, highest), *rest = headings
    if all(highest < level for _, level in rest):
        parts = [*parts[:first], replace(parts[first], level=TITLE), *parts[first + 1 :]]
    return parts


def settle_subtitle(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes the heading directly below the masthead the tagline, if no other has its level and a higher heading follows."""
    headings = [(index, part.level) for index, part in enumerate(parts) if part.level is not None]
    levels = Counter(level for _, level in headings)
    for (above, title), (index, level), (_, following) in zip(headings, headings[1:], headings[2:], strict=False):
        if title == TITLE and index == above + 1 and levels[level] == 1 and following < level:
            return [*parts[:index], replace(parts[index], level=None, role=Role.SUBTITLE), *parts[index + 1 :]]
    return parts


def rank_levels(parts: list[DocumentPart], questions: list[str]) -> list[DocumentPart]:
    """Makes the highest headings sections if other headings directly follow at least half of them, otherwise articles."""
    headings = [(index, part.level) for index, part in enumerate(parts) if part.level is not None and part.level > TITLE]
    levels = sorted({level for _, level in headings})
    if not levels:
        return parts
    tops = sum(level == levels[0] for _, level in headings)
    bare = sum(  # the highest headings that a lower heading directly follows
        level == levels[0] < lower and below == index + 1 for (index, level), (below, lower) in itertools.pairwise(headings)
    )
    first = SECTION if len(levels) > 1 and 2 * bare >= tops else ARTICLE
    if first is SECTION and 0 < bare < tops - 1:
        questions.append(UNCLEAR)
    roles = {level: min(first + rank, SUB_HEADING) for rank, level in enumerate(levels)}
    return [replace(part, level=roles[part.level]) if part.level in roles else part for part in parts]


def mark_numbered(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes sub-headings of short lines with the numbers of Chinese documents, `一、`, that count up in an article and have text
    below them."""
    made = list(parts)
    runs: dict[str, list[int]] = {}  # style of the number -> the lines of it, in the article
    for index, part in enumerate([*parts, DocumentPart(Paragraph(()), 0, level=ARTICLE)]):
        if part.level is not None and part.level <= ARTICLE:
            for run in runs.values():
                for heading in run if len(run) > 1 else ():
                    made[heading] = replace(parts[heading], level=SUB_HEADING)
            runs = {}
        elif part.level is None and (typed := read_typed_number(part.text)) and is_above_text(parts, index):
            run = runs.setdefault(typed.style, [])
            if typed.number == len(run) + 1:
                run.append(index)
    return made


def is_above_text(parts: list[DocumentPart], index: int) -> bool:
    """Whether the line has the form of a heading, and a longer paragraph, a list, table or picture is below it."""
    part, following = parts[index], parts[index + 1 : index + 2]
    if len(part.text) > LONGEST_HEADING or not is_heading_like(part.text) or not following or following[0].level is not None:
        return False
    return not isinstance(following[0].block, Paragraph) or len(following[0].text) > len(part.text)
