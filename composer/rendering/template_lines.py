"""From a place in what a template yields back to the line of the template: a sign at each line goes through the engine."""

from __future__ import annotations

import re
from collections.abc import Sequence

import jinja2

_SIGN = re.compile("\ue000([0-9]+)\ue001")  # of Unicode's private use; in no text that can be mailed
_TEMPLATE = "<template>"  # what the engine calls a template that comes from no file


def numbered(source: str) -> str:
    """The source with a sign before the words of each line that are not inside a tag of the engine.

    Raises jinja2.TemplateSyntaxError.
    """
    parts: list[str] = []
    reader = jinja2.Environment()  # nosec B701 # noqa: S701  (only reads tokens)
    for number, kind, value in reader.lex(source):
        if kind != "data":
            parts.append(value)
            continue
        first, *rest = value.split("\n")
        parts.append(_signed(first, number))
        parts += ["\n" + _signed(text, number + offset) for offset, text in enumerate(rest, start=1)]
    return "".join(parts)


def _signed(text: str, number: int) -> str:
    # Behind the blanks, and nothing where there are only blanks: the engine strips those that stand alone before a tag.
    words = text.lstrip(" \t")
    return f"{text[: len(text) - len(words)]}\ue000{number}\ue001{words}" if words else text


def told(rendered: str) -> tuple[str, Sequence[int]]:
    """What a numbered template yielded without its signs, and for each of its lines the line of the template."""
    lines: list[int] = []
    for text in rendered.split("\n"):
        signs = _SIGN.findall(text)
        lines.append(int(signs[-1]) if signs else (lines[-1] if lines else 1))
    return _SIGN.sub("", rendered), lines


def line_before(rendered: str, line: int, column: int) -> int | None:
    """The line of the template that yielded what stands at a place of a rendered, numbered template."""
    before = "\n".join(rendered.split("\n")[:line])
    at = len(before) - len(before.split("\n")[-1]) + column
    signs = _SIGN.findall(before[:at])
    return int(signs[-1]) if signs else None


def line_of(problem: BaseException) -> int | None:
    """The line of the template in which rendering failed: that of the innermost frame."""
    trace, line = problem.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _TEMPLATE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
