"""What stands before the first article and after the last: the masthead, the highlights, the staff and the footer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import ADDRESS, EMAIL, URL, is_heading_like, is_titled, read_staff
from composer.importing.manuscript.title_similarity import SURE, likeness
from composer.importing.readers.text.text_blocks import Block, Kind
from composer.issue import links

# The highlights are the first thing after the masthead; a list further down is a list of an article.
FRONT_BLOCKS = 12
MAX_HIGHLIGHTS = 30
NUMBER = re.compile(r"\b(?:issue|no|number|vol|volume)\.?\s*:?\s*(\d{1,4}(?:[-/]\d{1,3})?)\b", re.IGNORECASE)


@dataclass(slots=True)
class Front:
    """The masthead and the highlights; `other` are lines near them that mean neither."""

    title: Block | None = None
    highlights: list[Block] = field(default_factory=list)
    other: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Back:
    """The end of the text; `about` is what is left of it without addresses."""

    staff: list[tuple[str, str]] = field(default_factory=list)
    about: str = ""
    website: str = ""
    email: str = ""
    address: str = ""
    line: int = 0


def take_front(blocks: list[Block], log: ImportLog) -> tuple[Front, list[Block]]:
    """The front and the blocks that follow it."""
    front = Front()
    start, stop = find_highlights(blocks)
    if stop:
        front.highlights = blocks[start:stop]
        before, rest = blocks[:start], blocks[stop:]
        if before and before[0].kind is Kind.TEXT and len(before) > 1:
            front.title, before = before[0], before[1:]
        elif before and not (rest and likeness(before[0].text, rest[0].text) >= SURE):
            front.title, before = before[0], []
        front.other = before
        for block in before:
            log.leave_out(block.line_from, block.line_to, block.text, "above the highlights")
        for block in front.highlights:
            log.leave_out(
                block.line_from,
                block.line_to,
                f"{block.bullet} {block.text}".strip(),
                "a highlight; the head names its article",
            )
        return front, rest
    return take_masthead(blocks, front)


def take_masthead(blocks: list[Block], front: Front) -> tuple[Front, list[Block]]:
    """Without highlights: the first short line is the masthead when a section and a title, or two titles, follow it."""
    heads = 0
    for block in blocks[:4]:
        if block.kind is not Kind.TEXT or not is_heading_like(block.text):
            break
        heads += 1
    if heads < 3 and not (heads == 2 and not is_titled(blocks[1].text)):
        return front, blocks
    front.title = blocks[0]
    return front, blocks[1:]


def find_highlights(blocks: list[Block]) -> tuple[int, int]:
    """From and to of the first list, or of short lines that come again as titles; (0, 0) where there is neither."""
    for index, block in enumerate(blocks[:FRONT_BLOCKS]):
        if block.kind is Kind.ITEM:
            stop = index
            while stop < len(blocks) and blocks[stop].kind is Kind.ITEM and stop - index < MAX_HIGHLIGHTS:
                stop += 1
            return index, stop
        if block.kind is not Kind.TEXT or not (is_heading_like(block.text) or returns(blocks, index)):
            break
    for index in range(min(len(blocks), FRONT_BLOCKS)):
        stop = index
        while stop < len(blocks) and stop - index < MAX_HIGHLIGHTS and returns(blocks, stop):
            stop += 1
        if stop - index > 1:
            return index, stop
    return 0, 0


def returns(blocks: list[Block], index: int) -> bool:
    """Whether a title-like line comes again further down, as a highlight does; names of sections are too short."""
    block = blocks[index]
    if block.kind is not Kind.TEXT or len(block.text) > 220 or is_titled(block.text):
        return False
    later = (other for other in blocks[index + 1 : index + 400] if other.kind is Kind.TEXT and len(other.text) <= 220)
    return any(likeness(block.text, other.text) >= SURE for other in later)


def take_back(blocks: list[Block], log: ImportLog) -> tuple[Back, list[Block]]:
    """The back and the blocks before it."""
    back = Back()
    start = back_begins(blocks)
    about: list[str] = []
    for block in blocks[start:]:
        if block.kind is Kind.STAFF:
            back.staff += read_staff(block.text)
            continue
        back.line = back.line or block.line_from
        about.append(read_addresses(block, back, log))
    back.about = " ".join(part for part in about if part)
    return back, blocks[:start]


def back_begins(blocks: list[Block]) -> int:
    """The staff line nearest the end, or the texts with an internet or mail address after the last sources."""
    staff = [index for index, block in enumerate(blocks) if block.kind is Kind.STAFF]
    sources = [index for index, block in enumerate(blocks) if block.kind is Kind.SOURCES]
    after = sources[-1] + 1 if sources else len(blocks)
    late = [index for index in staff if index >= after]
    if late:
        return late[0]
    tail = blocks[after:]
    if tail and all(block.kind is Kind.TEXT and not is_heading_like(block.text) for block in tail):
        return after
    for index in range(len(blocks) - 1, max(len(blocks) - 5, 0), -1):
        if blocks[index].kind is Kind.TEXT and EMAIL.search(blocks[index].text):
            return index
    return len(blocks)


def read_addresses(block: Block, back: Back, log: ImportLog) -> str:
    """Fills the addresses from the text and returns what is left of it."""
    text = block.text
    if not back.email and (found := EMAIL.search(text)):
        back.email = found[0]
        text = text.replace(found[0], " ", 1)
    if found := URL.search(text):
        url = found[0].rstrip(".")
        if not back.website and is_usable(url):
            back.website = url if url.startswith("http") else f"http://{url}"
            if back.website != url:
                log.change(block.line_from, block.line_to, url, back.website, "an internet address made whole")
            text = text.replace(url, " ", 1)
    if not back.address and (found := ADDRESS.search(text)):
        back.address = text[found.end() :].strip(" .;")
        log.change(block.line_from, block.line_to, found[0].strip(), "", "a label; the head has a field for it")
        text = text[: found.start()]
    return re.sub(r"\s+([.,;])", r"\1", " ".join(text.split())).strip(" ;,|·")


def is_usable(url: str) -> bool:
    """Whether the issue format takes the address as a link."""
    try:
        links.normalise(url if url.startswith("http") else f"http://{url}")
    except links.LinkError:
        return False
    return True


def text_of(front: Front) -> str:
    """All words of the front, for what they say about number and date."""
    blocks = ([front.title] if front.title else []) + front.other
    return "\n".join(block.text for block in blocks)


def clean_highlight(block: Block) -> Block:
    """The highlight without a second bullet that recognition left."""
    return replace(block, text=block.text.lstrip("©•·-–* "))
