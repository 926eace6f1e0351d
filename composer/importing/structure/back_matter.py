"""Takes the text after the last article for the head of the issue: staff, publisher and addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from composer.errors import FaultError
from composer.importing.manuscript.document_parts import Part
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import ADDRESS, EMAIL, URL, is_heading_like, is_sources, is_staff, read_staff
from composer.importing.manuscript.word_units import words_of_block
from composer.issue import links
from composer.issue.document import Figure, Paragraph

LAST_PARTS = 10  # in a document without sources, the staff is looked for in this many last parts


@dataclass(slots=True)
class BackMatter:
    """`about` is the footer text without addresses. `doubts` are remarks for the editor about the footer."""

    staff: list[tuple[str, str]] = field(default_factory=list)
    about: str = ""
    website: str = ""
    email: str = ""
    address: str = ""
    doubts: list[str] = field(default_factory=list)


def take_back_matter(parts: list[Part], log: ImportLog) -> tuple[BackMatter, list[Part]]:
    """Returns the back matter and the parts before it."""
    back = BackMatter()
    start = back_matter_begins(parts)
    about: list[str] = []
    for part in parts[start:]:
        back.doubts += [f"footer: {mark}" for mark in part.marks]
        text = " ".join(" ".join(words_of_block(part.block)).split())
        reason = "a heading above the footer"
        if isinstance(part.block, Figure):
            log.note(f"{part.block.src}: this picture was at the end, next to the footer; no article contains it")
            reason = "next to a picture at the end"
        if is_staff(part.text):
            back.staff += read_staff(part.text)
        elif part.level is None and not isinstance(part.block, Figure):
            about.append(take_addresses(text, part.place, back, log))
        elif text:
            log.leave_out(part.place, part.place, text, reason)
    back.about = " ".join(text for text in about if text)
    return back, parts[:start]


def back_matter_begins(parts: list[Part]) -> int:
    """Returns the index of the first part of the back matter: the first staff line after the last sources; else the plain text
    after them; else one of the last paragraphs, if it has an email address."""
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
    """Returns the index of the heading directly above the footer if there is one, because it belongs to the footer."""
    return index - 1 if index > 0 and parts[index - 1].level is not None else index


def take_addresses(text: str, place: int, back: BackMatter, log: ImportLog) -> str:
    """Moves the addresses in the text to their fields of `back` and returns the rest of the text."""
    if not back.email and (found := EMAIL.search(text)):
        back.email = found[0]
        text = text.replace(found[0], " ", 1)
    if found := URL.search(text):
        url = found[0].rstrip(".")
        whole = url if url.startswith("http") else f"http://{url}"
        if not back.website and is_usable(whole):
            back.website = whole
            if back.website != url:
                log.change(place, place, url, back.website, "a web address without http://")
            text = text.replace(url, " ", 1)
    if not back.address and (found := ADDRESS.search(text)):
        back.address = text[found.end() :].strip(" .;")
        log.change(place, place, found[0].strip(), "", "a label; the head has a field for it")
        text = text[: found.start()]
    return re.sub(r" ([.,;])", r"\1", " ".join(text.split())).strip(" ;,|·")


def is_usable(url: str) -> bool:
    """Whether the issue format accepts the address as a link."""
    try:
        links.normalise(url)
    except FaultError:
        return False
    return True
