"""Where a document's articles end: the staff, and what it says of its publisher; taken for the head of the issue."""

from __future__ import annotations

from composer.importing.manuscript.document_parts import Part
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import EMAIL, is_heading_like, is_sources, is_staff, read_staff
from composer.importing.readers.text.text_blocks import Block, Kind
from composer.importing.report.word_audit import words_of_block
from composer.importing.structure.masthead_lines import Back, read_addresses
from composer.issue.document import Figure, Paragraph

LAST_PARTS = 10  # the staff of a document without sources stands within its last parts


def take_ending(parts: list[Part], log: ImportLog) -> tuple[Back, list[Part], list[str]]:
    """The staff and the footer, the parts before them, and what is doubtful about the footer."""
    back = Back()
    start = ending_begins(parts)
    about: list[str] = []
    for part in parts[start:]:
        if is_staff(part.text):
            back.staff += read_staff(part.text)
        elif isinstance(part.block, Figure):
            log.note(f"{part.block.src}: this picture stood at the end, beside the footer; it is in no article")
            leave_words_out(part, log, "beside a picture at the end")
        elif part.level is not None:
            leave_words_out(part, log, "a heading above the footer")
        else:
            text = " ".join(" ".join(words_of_block(part.block)).split())
            about.append(read_addresses(Block(Kind.TEXT, text, part.place, part.place), back, log))
    back.about = " ".join(text for text in about if text)
    return back, parts[:start], [f"footer: {mark}" for part in parts[start:] for mark in part.marks]


def leave_words_out(part: Part, log: ImportLog, reason: str) -> None:
    text = " ".join(" ".join(words_of_block(part.block)).split())
    if text:
        log.leave_out(part.place, part.place, text, reason)


def ending_begins(parts: list[Part]) -> int:
    """The first staff line after the last sources; else the plain text after them; else the paragraph with a mail address."""
    sources = [index for index, part in enumerate(parts) if part.level is None and is_sources(part.text)]
    after = sources[-1] + 1 if sources else max(len(parts) - LAST_PARTS, 0)
    staff = [index for index in range(after, len(parts)) if parts[index].level is None and is_staff(parts[index].text)]
    if staff:
        return with_heading(parts, staff[0])
    tail = parts[after:]
    if sources and tail and all(is_prose(part) for part in tail):
        return after
    for index in range(max(len(parts) - 5, 0), len(parts)):
        part = parts[index]
        if part.level is None and EMAIL.search(part.text) and all(other.level is None for other in parts[index:]):
            return with_heading(parts, index)
    return len(parts)


def is_prose(part: Part) -> bool:
    return part.level is None and isinstance(part.block, Paragraph) and not is_heading_like(part.text)


def with_heading(parts: list[Part], index: int) -> int:
    """A heading directly above the footer belongs to it, unless it would leave an article without text."""
    return index - 1 if index > 0 and parts[index - 1].level is not None else index
