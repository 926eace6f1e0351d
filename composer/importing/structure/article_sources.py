"""Splits the source line at the end of an article into single sources."""

import re
from dataclasses import replace

from composer.importing.manuscript.chinese_lines import SourceLine, read_sources, split_chinese_sources, trailing_sources
from composer.importing.manuscript.document_parts import ARTICLE, DocumentPart
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import cut
from composer.importing.manuscript.line_patterns import SOURCES, is_staff
from composer.importing.manuscript.vocabulary import words_of
from composer.issue.document import Figure, Inlines, Paragraph

SEMICOLON = re.compile(r"(?<!&amp)[;；]\s*")  # not the one that ends a character reference
BRACKETS = " \u3000（(【[〔"
TAKEN_FROM = re.compile("[转摘选][载编]?自")
DOMAIN = re.compile(r"^[\w.-]+\.[a-z]{2,}$")


def named_alone(part: DocumentPart) -> list[str]:
    """Returns the source if the paragraph names only one. Such names help to split the source lists of other articles."""
    label = SOURCES.match(part.text)
    if label is None or part.level is not None or is_plural(label[0]):
        return []  # Chinese sources are separated by punctuation, so no name is needed to split them
    return split_sources(body_of(part.text, label[0]), plural=False, known=set())[0]


def split_entries(part: DocumentPart, known: set[str], log: ImportLog) -> tuple[list[Inlines], str]:
    """Returns the sources of one line with their links, and what is doubtful about the split."""
    text = part.text
    if line := read_sources(text):
        return split_chinese(part, line, log), ""
    match = SOURCES.match(text)
    label = match[0] if match else ""
    log.change(part.position, part.position, label.strip(" (（"), "", "a label, written as Source or Sources")
    body = body_of(text, label)
    names, question = split_sources(body, plural=is_plural(label), known=known)
    written, kept = len(re.findall(r"\band\b", body)), sum(len(re.findall(r"\band\b", name)) for name in names)
    for _ in range(written - kept):
        log.change(part.position, part.position, "and", "", "between two sources, written as a semicolon")
    return cut_entries(part, names, len(label)), question


def split_chinese(part: DocumentPart, line: SourceLine, log: ImportLog) -> list[Inlines]:
    """Returns the sources of a Chinese line with their links. An issue writes the label 来源 itself; a word that says more, as in
    摘自《人民日报》, stays with the source."""
    names = split_chinese_sources(line.body)
    label = line.label.lstrip(BRACKETS)
    if not TAKEN_FROM.match(label):
        written = "".join(re.findall(r"\w+", line.label + line.ending))
        log.change(part.position, part.position, written, "", "a label, written as Source or Sources")
        return cut_entries(part, names, len(line.label))
    start = len(line.label) - len(label)
    names[0] = part.text[start : part.text.index(names[0], len(line.label))] + names[0]
    return cut_entries(part, names, start)


def cut_entries(part: DocumentPart, names: list[str], start: int) -> list[Inlines]:
    """Cuts the names out of the paragraph in their order, from `start` on."""
    entries: list[Inlines] = []
    at = start
    for name in names:
        at = part.text.index(name, at)
        if words_of(name):
            entries.append(cut(part.content, at, at + len(name)))
        at += len(name)
    return entries


def split_trailing(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes a paragraph of the sources in brackets that end the last paragraph of an article: `……讲台。（来源：科技日报）`."""
    made: list[DocumentPart] = []
    for index, part in enumerate(parts):
        start = trailing_sources(part.text) if part.level is None and isinstance(part.block, Paragraph) else -1
        if start > 0 and ends_article(parts, index):
            length = len(part.text)
            before, line = cut(part.content, 0, start), cut(part.content, start, length)
            made += [replace(part, block=Paragraph(before)), DocumentPart(Paragraph(line), part.position)]
        else:
            made.append(part)
    return made


def ends_article(parts: list[DocumentPart], index: int) -> bool:
    """Whether only pictures are between the part and the next article, the staff, or the end."""
    following = next((part for part in parts[index + 1 :] if not isinstance(part.block, Figure)), None)
    return following is None or (following.level is not None and following.level <= ARTICLE) or is_staff(following.text)


def is_plural(label: str) -> bool:
    return label.casefold().rstrip(" :：").endswith("s")


def body_of(text: str, label: str) -> str:
    """Returns the text after the label, without the bracket that closes the label's opening bracket."""
    body = text[len(label) :].strip().rstrip(".").rstrip()
    return body[:-1].strip() if label.startswith(("(", "（")) and body.endswith((")", "）")) else body


def split_sources(body: str, *, plural: bool, known: set[str]) -> tuple[list[str], str]:
    """Returns the single sources, and what is doubtful about the split. After `Source:` there is one source, commas included."""
    if SEMICOLON.search(body):
        return [part.strip() for part in SEMICOLON.split(body) if part.strip()], ""
    if not plural:
        return [body], ""
    parts = [part.strip() for part in re.split(r"[,，、]\s+|(?<=[a-z])\. +(?=[A-Z])", body) if part.strip()]
    if not parts:
        return [body], ""
    oxford = len(parts) > 1 and parts[-1].startswith("and ")
    parts = [part.removeprefix("and ").strip() for part in parts]
    if not oxford and " and " in parts[-1]:
        return split_last(parts, known)
    return parts, "" if len(parts) > 1 else 'the line says "Sources", but only one source was found'


def split_last(parts: list[str], known: set[str]) -> tuple[list[str], str]:
    """Splits the last entry of `a, b and c` at `and`; doubtful if `and` may be part of a name."""
    before, after = parts[-1].rsplit(" and ", 1)
    sure = after in known or before in known or DOMAIN.match(before) or DOMAIN.match(after) or len(parts) == 1
    return [*parts[:-1], before, after], "" if sure else f'are "{before}" and "{after}" two sources?'
