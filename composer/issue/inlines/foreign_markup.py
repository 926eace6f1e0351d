"""Warns of markup from other kinds of Markdown, and of typing mistakes, which would appear in the mail as written.

That is rarely intended. A backslash before the first character says that it is, and suppresses the warning.
"""

import re
from collections.abc import Callable, Sequence

from composer.errors import Findings
from composer.messages.phrases import Phrase, phrase

_LONGEST_SHOWN = 40
_CODE, _STRUCK_OUT, _FOOTNOTES = phrase("code"), phrase("struck-out words"), phrase("footnotes")
_BOXES, _UNDERLINED, _APART = phrase("check boxes"), phrase("underlined headings"), phrase("addresses apart from their links")
_WAYS = {  # what the format does not have -> what to do instead
    _CODE: phrase("delete the backticks"),
    _STRUCK_OUT: phrase("delete the words, or the tildes around them"),
    _FOOTNOTES: phrase("write the note in the text, or in brackets after it"),
    _BOXES: phrase("delete the box"),
    _UNDERLINED: phrase("begin the heading with `##` or `###` instead"),
    _APART: phrase("write `[words](https://…)`"),
}
_IN_WORDS = (
    (re.compile(r"`.*`|`[^`]*"), _CODE),
    (re.compile(r"(?<!~)~~(?=[^\s~])[^~]{0,40}~*"), _STRUCK_OUT),
    (re.compile(r"\[\^[^\]\s]{1,20}\](?!:)"), _FOOTNOTES),
    (re.compile(r"\[[^\[\]]{1,40}\]\[[^\[\]]{0,40}\]"), _APART),
)
_LINES = (
    (re.compile(r"\A={3,}\Z"), _UNDERLINED),
    (re.compile(r"\A\[\^[^\]\s]+\]:"), _FOOTNOTES),
    (re.compile(r"\A\[[^\]]+\]:[ \t]*(?:https?:|mailto:|www\.|<)"), _APART),
)
_BOX = re.compile(r"\[[ xX]\](?=\s)")
_TWO_COLONS = re.compile(r"::[ \t]*[a-z]+\b", re.IGNORECASE)
_ROW = re.compile(r"\|.*[^\\]\|\Z|\|?[ \t]*:?-{2,}:?[ \t]*(\|[ \t]*:?-{2,}:?[ \t]*)+\|?\Z|\|[ \t]*:?-{2,}:?[ \t]*\|?\Z")
FIGURE_LINE = re.compile(r"(Caption|Credit)[ \t]*[:：][ \t]*", re.IGNORECASE)  # below a picture


def report_in_line(text: str, line: int, findings: Findings, put_back: Callable[[str], str]) -> None:
    """Adds a warning for foreign markup in the text of one line, which does not include escaped characters. `put_back` returns a
    part of the text as it was written."""
    for pattern, what in _IN_WORDS:
        for match in pattern.finditer(text):
            _report(put_back(match[0]), what, line, findings)


def report_lines(lines: Sequence[str], first_line: int, findings: Findings, *, of_figure: bool) -> None:
    """Adds a warning for each line of a paragraph that looks like markup; `lines` are as written. `of_figure`: the first line is
    a picture."""
    in_table = False
    for number, line in enumerate(map(str.strip, lines), start=first_line):
        is_row = _ROW.match(line) is not None
        if is_row and not in_table:  # one warning for consecutive rows
            findings.warning("table-line", number, text=line[:_LONGEST_SHOWN])
        in_table = is_row
        if _TWO_COLONS.match(line):
            findings.warning("block-colons", number, text=line[:_LONGEST_SHOWN])
        if not of_figure and (figure := FIGURE_LINE.match(line)):
            findings.warning("figure-alone", number, text=line[:_LONGEST_SHOWN], what=figure[1])
        if number == first_line and (box := _BOX.match(line)):
            _report(box[0], _BOXES, number, findings)
        for pattern, what in _LINES:
            if pattern.match(line):
                _report(line, what, number, findings)


def _report(written: str, what: Phrase, line: int, findings: Findings) -> None:
    findings.warning("markup-foreign", line, text=written[:_LONGEST_SHOWN].strip(), what=what, way=_WAYS[what])
