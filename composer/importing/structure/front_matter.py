"""Takes the text before the first article for the head of the issue: masthead, tagline, number and date, highlights, greeting."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from composer.importing.manuscript.chinese_lines import without_issue_number
from composer.importing.manuscript.chinese_numbering import read_typed_number
from composer.importing.manuscript.document_parts import ARTICLE, SUB_HEADING, TITLE, DocumentPart, Role, text_of_block
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import links_in
from composer.importing.manuscript.issue_dates import is_dating_line, names_issue
from composer.importing.manuscript.line_patterns import GREETING, LineKind, is_closed, is_heading_like, is_titled, kind_of_line
from composer.importing.manuscript.list_items import unroll_spelled
from composer.importing.manuscript.title_similarity import SURE, likeness
from composer.importing.structure.back_matter import contents_of
from composer.importing.structure.bare_links import links_below
from composer.issue.document import Block, Figure, ListBlock, Paragraph

SHORT_LINE = 90
LONGEST_TITLE = 220
# The highlights come directly after the masthead; a list further down belongs to an article.
FRONT_ROWS = 12
MAX_HIGHLIGHTS = 30
ABOVE = "above the highlights"
HIGHLIGHT = "a highlight; the head names its article"
NUMBER_AND_DATE = "number and date; the head has fields for them"


@dataclass(slots=True)
class FrontMatter:
    """The material for the head of the issue. `other`: lines that name a number or date. `opening`: the blocks above the first
    section."""

    title: str = ""
    tagline: str = ""
    highlights: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    opening: list[Block] = field(default_factory=list)
    linked_title: bool = False


def take_front_matter(parts: list[DocumentPart], log: ImportLog) -> tuple[FrontMatter, list[DocumentPart]]:
    front = FrontMatter()
    first = next((index for index, part in enumerate(parts) if part.level not in (None, TITLE)), 0)
    titles = [part.text for part in parts if part.level == ARTICLE]
    head, rest = parts[:first], list(parts[first:])
    for index, part in enumerate(head):
        if part.level == TITLE and not front.title:
            take_title(part, front, log)
        else:
            assign_front_part(head, index, front, titles, log)
    if not front.highlights:
        rest = take_listed(rest, front, log)
    return front, rest


def take_title(part: DocumentPart, front: FrontMatter, log: ImportLog) -> None:
    """Takes the masthead. A Chinese one may have the number of the issue behind the title."""
    text = " ".join(part.text.split())
    linked = links_below(part, log)
    front.opening += linked
    front.linked_title = bool(linked)
    front.title = without_issue_number(text)
    if number := text[len(front.title) :].strip():
        front.other.append(number)
        log.leave_out(part.position, part.position, number, NUMBER_AND_DATE)


def assign_front_part(head: list[DocumentPart], index: int, front: FrontMatter, titles: Sequence[str], log: ImportLog) -> None:
    """Assigns one part above the first heading: to the highlights, the tagline, number and date, or the opening."""
    part = head[index]
    text = part.text.strip()
    if is_dating_line(text):
        take_dating(part, front, log)
    elif part.role is Role.HIGHLIGHT or (not front.highlights and are_titles(items_of(part), titles)):
        take_highlights(part, front, log)
    elif text and is_label(head, index, titles):
        log.leave_out(part.position, part.position, text, ABOVE)
        log.leave_links(part.position, links_in(part.content), ABOVE)
    elif text and not front.tagline and (part.role is Role.SUBTITLE or is_tagline(head, index)):
        front.tagline = text
        log.leave_links(part.position, links_in(part.content), "the link of the tagline, which cannot contain links")
        front.opening += log.ask(part.position, () if part.role is Role.SUBTITLE else ("is this line the tagline?",))
    elif text and len(text) <= SHORT_LINE and names_issue(text) and not is_closed(text):
        take_dating(part, front, log)
    else:
        questions = [
            *part.questions,
            *(["a greeting: a merge field can address the reader by name"] if GREETING.match(text) else []),
        ]
        front.opening += [*log.ask(part.position, questions), *(paragraph.block for paragraph in unroll_spelled([part]))]


def take_dating(part: DocumentPart, front: FrontMatter, log: ImportLog) -> None:
    text = part.text.strip()
    front.other.append(text)
    log.leave_out(part.position, part.position, text, NUMBER_AND_DATE)
    log.leave_links(part.position, links_in(part.content), NUMBER_AND_DATE)


def is_tagline(head: list[DocumentPart], index: int) -> bool:
    """Whether this is a short line directly below the masthead that is neither a sentence nor a number or date."""
    text = head[index].text
    short = is_heading_like(text) and len(text) <= SHORT_LINE and not GREETING.match(text)
    return short and index > 0 and head[index - 1].level == TITLE and not names_issue(text)


def is_label(head: list[DocumentPart], index: int, titles: Sequence[str]) -> bool:
    if index + 1 == len(head) or not is_heading_like(head[index].text.rstrip(" :")):
        return False
    following = head[index + 1]
    return following.role is Role.HIGHLIGHT or are_titles(items_of(following), titles)


def items_of(part: DocumentPart) -> list[str]:
    if part.role is Role.HIGHLIGHT:
        return [part.text]
    if not isinstance(part.block, ListBlock):
        return []
    return [" ".join(" ".join(text_of_block(inner) for inner in item).split()) for item in part.block.items]


def are_titles(items: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether at least half of the items, and more than one, name articles."""
    known = sum(any(likeness(without_number(item), title) >= SURE for title in titles) for item in items)
    return known > 0 and 2 * known >= len(items) and (known > 1 or len(items) == 1)


def without_number(item: str) -> str:
    """Returns the item without a number such as `一、` that its text begins with."""
    typed = read_typed_number(item)
    return item[typed.length :] if typed else item


def take_highlights(part: DocumentPart, front: FrontMatter, log: ImportLog) -> None:
    items = items_of(part) or [part.text]
    for item, position in zip(items, part.item_places or [part.position] * len(items), strict=True):
        front.highlights.append(without_number(item).lstrip("©•·-–* "))  # text recognition may have left a second bullet
        log.leave_out(position, position, item, HIGHLIGHT)
    log.leave_links(part.position, (link for content in contents_of(part.block) for link in links_in(content)), HIGHLIGHT)


def take_listed(parts: list[DocumentPart], front: FrontMatter, log: ImportLog) -> list[DocumentPart]:
    """Takes the highlights from below the first heading, if there is nothing but a list of titles below it."""
    if len(parts) < 3 or parts[0].level in (None, SUB_HEADING):
        return parts
    end = next((index for index in range(1, len(parts)) if parts[index].level is not None), len(parts))
    titles = [part.text for part in parts[end:] if part.level == ARTICLE]
    inside = parts[1:end]
    items = [item for part in inside for item in items_of(part) or [part.text]]
    if not all(items) or not are_titles(items, titles) or any(len(item) > LONGEST_TITLE for item in items):
        return parts
    log.leave_out(parts[0].position, parts[0].position, parts[0].text, ABOVE)
    log.leave_links(parts[0].position, links_in(parts[0].content), ABOVE)
    for part in inside:
        take_highlights(part, front, log)
    return parts[end:]


# -- documents without marked headings ---------------------------------------------------------------------------------


@dataclass(slots=True)
class PartRow:
    """`text`: the text of a paragraph, of the items of a list, or of the caption of a picture."""

    part: DocumentPart
    kind: LineKind
    text: str
    heading_like: bool = False


def read_row(part: DocumentPart) -> PartRow:
    text = text_of_block(part.block)
    if isinstance(part.block, Figure):
        return PartRow(part, LineKind.FIGURE, text)
    if isinstance(part.block, ListBlock):
        return PartRow(part, LineKind.ITEM, text)
    if not isinstance(part.block, Paragraph) or GREETING.match(text):  # a greeting has the form of a heading
        return PartRow(part, LineKind.OTHER, text)
    kind = kind_of_line(text)
    return PartRow(part, kind, text, heading_like=kind is LineKind.TEXT and is_heading_like(text))


def mark_front_matter(rows: list[PartRow]) -> tuple[list[DocumentPart], list[str], list[PartRow]]:
    """Returns the parts above the first section with masthead and highlights marked, the highlights, and the other rows. Lines
    with number and date come first, so that all others are next to each other."""
    dating = [row for row in first_lines(rows) if is_dating_line(row.text)]
    is_dated = bool(dating) and rows[0] is not dating[0] and rows[0].heading_like
    rows = [row for row in rows if not any(row is other for other in dating)]
    dated = [replace(row.part, level=None) for row in dating]
    start, stop = find_highlights(rows)
    if not stop:
        front, rest = (rows[:1], rows[1:]) if is_dated or has_masthead(rows) else ([], rows)
        return [*dated, *(replace(row.part, level=TITLE) for row in front)], [], rest
    before, rest = rows[:start], rows[stop:]
    parts = [row.part for row in before]
    alone = len(before) == 1 and rest and likeness(before[0].text, rest[0].text) >= SURE
    if before and before[0].kind is LineKind.TEXT and not alone:
        parts[0] = replace(parts[0], level=TITLE)
    listed = [row.part for row in rows[start:stop]]
    marked = [part if isinstance(part.block, ListBlock) else replace(part, role=Role.HIGHLIGHT, level=None) for part in listed]
    return [*dated, *parts, *marked], [item for part in marked for item in items_of(part)], rest


def first_lines(rows: list[PartRow]) -> list[PartRow]:
    end = next(
        (at for at, row in enumerate(rows) if row.kind is LineKind.TEXT and not (row.heading_like or is_dating_line(row.text))),
        len(rows),
    )
    return rows[: min(end, FRONT_ROWS)]


def has_masthead(rows: list[PartRow]) -> bool:
    """Whether the first line is the masthead of a document without highlights: a section and a title, or two titles, follow."""
    heads = next((index for index, row in enumerate(rows[:4]) if not row.heading_like), len(rows[:4]))
    return heads >= 3 or (heads == 2 and not is_titled(rows[1].text))


def find_highlights(rows: list[PartRow]) -> tuple[int, int]:
    """Returns start and stop of the first list, or of short lines that are repeated further down as titles; (0, 0) if neither."""
    for index, row in enumerate(rows[:FRONT_ROWS]):
        if row.kind is LineKind.ITEM:
            stop = index
            while stop < len(rows) and rows[stop].kind is LineKind.ITEM and stop - index < MAX_HIGHLIGHTS:
                stop += 1
            return index, stop
        if not (row.heading_like or returns(rows, index)):
            break
    for index in range(min(len(rows), FRONT_ROWS)):
        stop = index
        while stop < len(rows) and stop - index < MAX_HIGHLIGHTS and returns(rows, stop):
            stop += 1
        if stop - index > 1:
            return index, stop
    return 0, 0


def returns(rows: list[PartRow], index: int) -> bool:
    """Whether a title-like line is repeated further down, as highlights are. Section names do not count: they are too short."""
    row = rows[index]
    if row.kind is not LineKind.TEXT or len(row.text) > LONGEST_TITLE or is_titled(row.text):
        return False
    if row.text.endswith("。"):  # Chinese titles have no full stop, and paragraphs about one subject share many characters
        return False
    later = (other for other in rows[index + 1 : index + 400] if other.kind is LineKind.TEXT and len(other.text) <= LONGEST_TITLE)
    return any(likeness(row.text, other.text) >= SURE for other in later)
