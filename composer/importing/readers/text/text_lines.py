"""Splits a text into numbered lines without control characters; refuses a text that is too long for an issue."""

import re
from dataclasses import dataclass

from composer.importing.manuscript.document_parts import MAX_CHARACTERS, MAX_LINES
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.issue import merge_fields
from composer.issue.characters import FORBIDDEN

RULE = re.compile(r"([^\w\s])\1{7,}")  # a line drawn with characters


@dataclass(frozen=True, slots=True)
class TextLine:
    """`number` counts from 1; a line with a form feed in it becomes several TextLines with the same number."""

    number: int
    text: str


def split_lines(source: str, name: str) -> list[TextLine]:
    """Returns the lines without control characters. Raises ImportRefusedError if the text is too long or has no letters."""
    if len(source) > MAX_CHARACTERS:
        raise TooLongError(name, len(source), MAX_CHARACTERS, "characters")
    rows = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(rows) > MAX_LINES:
        raise TooLongError(name, len(rows), MAX_LINES, "lines")
    lines = [TextLine(number, clean(part)) for number, row in enumerate(rows, start=1) for part in row.split("\f")]
    if not any(letter.isalpha() for line in lines for letter in line.text):
        raise ImportRefusedError(
            f"{name} contains no text: no letter was found. Was the PDF a scan without a text layer?", "empty"
        )
    return lines


def clean(row: str) -> str:
    """Cleans one line: removes characters that an issue may not contain, and shortens drawn lines; words stay as they are."""
    text = RULE.sub(lambda match: match[1] * 3, FORBIDDEN.sub(" ", row))
    return " ".join(merge_fields.TAG_START.sub("- mr_", text).split())
