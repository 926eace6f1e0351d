"""Reads the numbers that Chinese documents type before items and sub-headings: `一、`, `（一）`, `1．`, `1、`, `①`."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from composer.importing.manuscript.chinese_lines import GAP, HAN
from composer.importing.manuscript.document_parts import DocumentPart, Role
from composer.importing.manuscript.line_patterns import is_sources
from composer.issue.document import Paragraph

LONGEST_ITEM = 100  # characters; longer paragraphs keep their numbers, because as a list they are hard to read
LONGEST_HEADING = 30
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_COUNT = "[一二三四五六七八九十]{1,3}"
_ITEM = rf"{GAP}(?=[{HAN}“‘《「A-Za-z])"
LIST_STYLE = "1．"  # the numbers that a list of an issue shows
_STYLES = {
    "一、": re.compile(rf"({_COUNT})、{_ITEM}"),
    "（一）": re.compile(rf"[（(]{GAP}({_COUNT}){GAP}[）)]{_ITEM}"),
    LIST_STYLE: re.compile(rf"([0-9０-９]{{1,2}})(?:[．、]{_ITEM}|\.(?=[{HAN}“《]))"),
    "（1）": re.compile(rf"[（(]{GAP}([0-9０-９]{{1,2}}){GAP}[）)]{GAP}(?=[{HAN}“‘《「])"),
    "1）": re.compile(rf"([0-9０-９]{{1,2}})[）)]{GAP}(?=[{HAN}“‘《「])"),
    "①": re.compile(rf"([{_CIRCLED}])[、.．]?{_ITEM}"),
}


class TypedNumber(NamedTuple):
    """The number at the start of a paragraph; the text begins at `length`."""

    style: str
    number: int
    length: int


def read_typed_number(text: str) -> TypedNumber | None:
    for style, pattern in _STYLES.items():
        if match := pattern.match(text):
            return TypedNumber(style, value_of(match[1]), match.end())
    return None


def value_of(written: str) -> int:
    """Returns 1 to 99 for `1`, `１`, `①` or `一`; 0 if the characters make no number."""
    if written in _CIRCLED:
        return _CIRCLED.index(written) + 1
    if written.isdecimal():
        return int(written)
    tens, ten, ones = written.rpartition("十")
    digits = "一二三四五六七八九"
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return 0
    unit = digits.index(ones) + 1 if ones else 0
    return (10 * (digits.index(tens) + 1 if tens else 1) if ten else 0) + unit


def numbered_runs(parts: Sequence[DocumentPart]) -> Iterator[list[int]]:
    """Yields the indexes of each run of neighbouring short paragraphs whose numbers count up from one: the items of a list."""
    run: list[int] = []
    last: TypedNumber | None = None
    for index, part in enumerate(parts):
        typed = typed_number(part)
        if typed and last and typed.style == last.style and typed.number == last.number + 1:
            run.append(index)
        else:
            yield from kept(run, parts)
            run = [index] if typed and typed.number == 1 else []
        last = typed if run else None
    yield from kept(run, parts)


def kept(run: list[int], parts: Sequence[DocumentPart]) -> Iterator[list[int]]:
    if len(run) > 1 and all(len(parts[index].text) <= LONGEST_ITEM for index in run):
        yield run


def typed_number(part: DocumentPart) -> TypedNumber | None:
    """Returns the number before the text of an ordinary paragraph. Bold paragraphs are more likely headings."""
    plain = isinstance(part.block, Paragraph) and part.level is None and part.listing is None and part.role is Role.BODY
    return read_typed_number(part.text) if plain and not part.bold and not is_sources(part.text) else None
