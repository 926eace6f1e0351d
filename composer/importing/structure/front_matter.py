"""What stands before a document's first article: masthead, tagline, number and date, highlights, a greeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from composer.importing.manuscript.document_parts import TITLE, Part, Role, text_of_block
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import GREETING, is_closed, is_heading_like
from composer.importing.manuscript.title_similarity import SURE, likeness
from composer.importing.readers.text.text_blocks import Block, Kind
from composer.importing.structure.head_fields import NAMED
from composer.importing.structure.heading_levels import ARTICLE, SUB_HEADING
from composer.importing.structure.masthead_lines import NUMBER, Front
from composer.issue.document import Block as Content
from composer.issue.document import ListBlock

SHORT_LINE = 90


@dataclass(slots=True)
class Beginning:
    """`front` as the head is made from it; `tagline`; `opening` is what readers see above the first section."""

    front: Front = field(default_factory=Front)
    tagline: str = ""
    opening: list[Content] = field(default_factory=list)


def take_beginning(parts: list[Part], log: ImportLog) -> tuple[Beginning, list[Part]]:
    """The beginning, and the parts from the first section or article on."""
    begun = Beginning()
    first = next((index for index, part in enumerate(parts) if part.level not in (None, TITLE)), 0)
    titles = [part.text for part in parts if part.level == ARTICLE]
    head, rest = parts[:first], list(parts[first:])
    for index, part in enumerate(head):
        if part.level == TITLE and begun.front.title is None:
            begun.front.title = Block(Kind.TEXT, " ".join(part.text.split()), part.place, part.place)
        else:
            place_front(head, index, begun, titles, log)
    if not begun.front.highlights:
        rest = take_listed(rest, begun, log)
    return begun, rest


def place_front(head: list[Part], index: int, begun: Beginning, titles: Sequence[str], log: ImportLog) -> None:
    """One part above the first heading: highlights, tagline, the line of number and date, or a part of the opening."""
    part = head[index]
    items = items_of(part)
    text = part.text.strip()
    if items and are_titles(items, titles) and not begun.front.highlights:
        take_highlights(part, items, begun, log)
    elif text and is_label(head, index, titles):
        log.leave_out(part.place, part.place, text, "above the highlights")
    elif text and not begun.tagline and (part.role is Role.SUBTITLE or is_tagline(head, index)):
        begun.tagline = text
        begun.opening += log.marks_for(part.place, () if part.role is Role.SUBTITLE else ("is this line the tagline?",))
    elif text and len(text) <= SHORT_LINE and (NUMBER.search(text) or NAMED.search(text)) and not is_closed(text):
        begun.front.other.append(Block(Kind.TEXT, text, part.place, part.place))
        log.leave_out(part.place, part.place, text, "number and date; the head has fields for them")
    else:
        marks = [*part.marks, *(["a greeting: a merge field may name the reader"] if GREETING.match(text) else [])]
        begun.opening += [*log.marks_for(part.place, marks), part.block]


def is_tagline(head: list[Part], index: int) -> bool:
    """A short line directly below the masthead that ends no sentence and is no number or date."""
    text = head[index].text
    short = is_heading_like(text) and len(text) <= SHORT_LINE and not GREETING.match(text)
    return short and index > 0 and head[index - 1].level == TITLE and not (NUMBER.search(text) or NAMED.search(text))


def is_label(head: list[Part], index: int, titles: Sequence[str]) -> bool:
    """The words above a list of highlights."""
    following = head[index + 1] if index + 1 < len(head) else None
    return following is not None and are_titles(items_of(following), titles) and is_heading_like(head[index].text.rstrip(" :"))


def items_of(part: Part) -> list[str]:
    if not isinstance(part.block, ListBlock):
        return []
    return [" ".join(" ".join(text_of_block(inner) for inner in item).split()) for item in part.block.items]


def are_titles(items: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether at least half of the items, and more than one, name articles."""
    known = sum(any(likeness(item, title) >= SURE for title in titles) for item in items)
    return known > 0 and 2 * known >= len(items) and (known > 1 or len(items) == 1)


def take_highlights(part: Part, items: list[str], begun: Beginning, log: ImportLog) -> None:
    for item in items:
        begun.front.highlights.append(Block(Kind.ITEM, item, part.place, part.place, bullet="-"))
        log.leave_out(part.place, part.place, item, "a highlight; the head names its article")


def take_listed(parts: list[Part], begun: Beginning, log: ImportLog) -> list[Part]:
    """A first heading below which nothing but a list of titles stands is the list of highlights."""
    if len(parts) < 3 or parts[0].level in (None, SUB_HEADING):
        return parts
    end = next((index for index in range(1, len(parts)) if parts[index].level is not None), len(parts))
    titles = [part.text for part in parts[end:] if part.level == ARTICLE]
    inside = parts[1:end]
    lists = [(part, items_of(part) or ([part.text] if part.text else [])) for part in inside]
    items = [item for _, found in lists for item in found]
    if not items or not all(found for _, found in lists) or not are_titles(items, titles) or not short_list(items):
        return parts
    log.leave_out(parts[0].place, parts[0].place, parts[0].text, "above the highlights")
    for part, found in lists:
        take_highlights(part, found, begun, log)
    return parts[end:]


def short_list(items: Sequence[str]) -> bool:
    return all(len(item) <= 220 for item in items)
