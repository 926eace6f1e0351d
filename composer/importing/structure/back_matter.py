"""Takes the text after the last article for the head of the issue: staff, publisher and addresses."""

import re
from dataclasses import dataclass, field

from composer.importing.manuscript.chinese_lines import FooterField, footer_fields, read_chinese_staff
from composer.importing.manuscript.document_parts import DocumentPart, words_of_block
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import SourceLink, is_usable, links_in
from composer.importing.manuscript.line_patterns import (
    ADDRESS,
    EMAIL,
    URL,
    is_closed,
    is_heading_like,
    is_sources,
    is_staff,
    read_staff,
)
from composer.issue.document import Block, Figure, Inlines, Paragraph, walk

SHORT_LINE, LONGEST_VALUE = 40, 60  # characters of Chinese imprints
LAST_PARTS = 10  # in a document without sources, the staff is looked for in this many last parts


IN_FOOTER = "a link of the footer, whose text cannot contain links"


@dataclass(slots=True)
class BackMatter:
    """`about` is the footer text without addresses. `questions`: those for the editor about the footer."""

    staff: list[tuple[str, str]] = field(default_factory=list)
    about: str = ""
    website: str = ""
    email: str = ""
    address: str = ""
    publisher: str = ""  # only of Chinese documents, which label it
    questions: list[str] = field(default_factory=list)


def take_back_matter(parts: list[DocumentPart], log: ImportLog) -> tuple[BackMatter, list[DocumentPart]]:
    back = BackMatter()
    start = back_matter_begins(parts)
    about: list[str] = []
    linked: list[tuple[int, SourceLink]] = []
    for part in parts[start:]:
        back.questions += [f"footer: {question}" for question in part.questions]
        linked += [(part.position, link) for content in contents_of(part.block) for link in links_in(content)]
        text = " ".join(" ".join(words_of_block(part.block)).split())
        reason = "a heading above the footer"
        if isinstance(part.block, Figure):
            log.note(f"{part.block.src}: this picture was at the end, next to the footer; no article contains it")
            reason = "next to a picture at the end"
        if is_staff(part.text):
            back.staff += read_staff(part.text)
        elif part.level is None and not isinstance(part.block, Figure):
            take = take_chinese_fields if footer_fields(text) else take_addresses
            about.append(take(text, part.position, back, log))
        elif text:
            log.leave_out(part.position, part.position, text, reason)
    back.about = " ".join(text for text in about if text)
    kept = {back.website.rstrip("/"), f"mailto:{back.email}"}
    for position, link in linked:
        if link.href.rstrip("/") not in kept:
            log.leave_links(position, [link], IN_FOOTER)
    return back, parts[:start]


def contents_of(block: Block) -> list[Inlines]:
    return [content for inner in walk((block,)) for content in inner.contents()]


def back_matter_begins(parts: list[DocumentPart]) -> int:
    """Returns the index of the first part of the back matter: the first staff line after the last sources; else the plain text
    after them; else one of the last paragraphs, if it has an email address."""
    sources = [index for index, part in enumerate(parts) if part.level is None and is_sources(part.text)]
    after = sources[-1] + 1 if sources else max(len(parts) - LAST_PARTS, 0)
    staff = [index for index in range(after, len(parts)) if parts[index].level is None and is_staff(parts[index].text)]
    staff = [index for index in staff if not read_chinese_staff(parts[index].text) or all(map(is_imprint, parts[index:]))]
    if staff:
        return with_heading(parts, staff[0])
    tail = parts[after:]
    if sources and tail and all(is_prose(part) for part in tail):
        return after
    if (imprint := chinese_imprint_begins(parts)) < len(parts):
        return with_heading(parts, imprint)
    for index in range(max(len(parts) - 5, 0), len(parts)):
        part = parts[index]
        if part.level is None and EMAIL.search(part.text) and all(other.level is None for other in parts[index:]):
            return with_heading(parts, index)
    return len(parts)


def is_imprint(part: DocumentPart) -> bool:
    """Whether the part may follow the staff of a Chinese document. The text of an article may follow a byline, `撰稿：周晓`."""
    if part.level is not None or not isinstance(part.block, Paragraph):
        return False
    text = part.text
    return (
        is_staff(text) or is_labelled(text) or EMAIL.search(text) is not None or (len(text) <= SHORT_LINE and not is_closed(text))
    )


def is_labelled(text: str) -> bool:
    """Whether the line consists of labelled values, as `主办：…　地址：…`."""
    fields = footer_fields(text)
    return bool(fields) and not is_closed(text) and all(len(field.value) <= LONGEST_VALUE for field in fields)


def chinese_imprint_begins(parts: list[DocumentPart]) -> int:
    """Returns the index of the first of the last lines that are labelled, if they name both a publisher and an address, as the
    imprint of a Chinese document does; else the number of parts."""
    start = len(parts)
    while start > 0 and parts[start - 1].level is None and is_labelled(parts[start - 1].text):
        start -= 1
    fields = [field for part in parts[start:] for field in footer_fields(part.text)]
    addressed = any(field.is_postal or field.is_mailbox or field.is_website for field in fields)
    return start if addressed and any(field.is_publisher for field in fields) else len(parts)


def is_prose(part: DocumentPart) -> bool:
    return part.level is None and isinstance(part.block, Paragraph) and not is_heading_like(part.text)


def with_heading(parts: list[DocumentPart], index: int) -> int:
    """Returns the index of the heading directly above the footer if there is one, because it belongs to the footer."""
    return index - 1 if index > 0 and parts[index - 1].level is not None else index


def take_addresses(text: str, position: int, back: BackMatter, log: ImportLog) -> str:
    """Moves the addresses in the text to their fields of `back` and returns the rest of the text."""
    if not back.email and (match := EMAIL.search(text)):
        back.email = match[0]
        text = text.replace(match[0], " ", 1)
    if match := URL.search(text):
        url = match[0].rstrip(".")
        whole = url if url.startswith("http") else f"http://{url}"
        if not back.website and is_usable(whole):
            back.website = whole
            if back.website != url:
                log.change(position, position, url, back.website, "a web address without http://")
            text = text.replace(url, " ", 1)
    if not back.address and (match := ADDRESS.search(text)):
        back.address = text[match.end() :].strip(" .;")
        log.change(position, position, match[0].strip(), "", "a label; the head has a field for it")
        text = text[: match.start()]
    return re.sub(r" ([.,;])", r"\1", " ".join(text.split())).strip(" ;,|·")


def take_chinese_fields(text: str, position: int, back: BackMatter, log: ImportLog) -> str:
    """As `take_addresses`, for labelled values. A label goes with its value where the head has a field for it; the value of any
    other label, such as the postal code, stays in the text with it."""
    kept: list[FooterField] = []
    for entry in footer_fields(text):
        value = entry.value.strip(" ,;，；|｜。")
        website = value if value.startswith("http") else f"http://{value}"
        if entry.is_publisher and not back.publisher:
            back.publisher = value
        if entry.is_postal and not back.address and value:
            back.address = value
        elif entry.is_mailbox and not back.email and EMAIL.fullmatch(value):
            back.email = value
        elif entry.is_website and not back.website and URL.fullmatch(website) and is_usable(website):
            back.website = website
            if website != value:
                log.change(position, position, value, website, "a web address without http://")
        else:
            kept.append(entry)
            continue
        log.change(position, position, entry.label, "", "a label; the head has a field for it")
    for index, entry in enumerate(kept):
        if not (entry.is_mailbox or entry.is_website):  # such as a second mail address, which stays with its label
            kept[index] = entry._replace(value=take_addresses(entry.value, position, back, log))
    return " ".join(f"{entry.written_label.strip()}{entry.value}" for entry in kept)
