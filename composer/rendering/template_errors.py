"""Faults of templates: their line in the template, and what the author probably meant.

The engine names no lines of what it yields. So a sign is put before the text of each line, goes through the engine, and tells
afterwards which line of the template yielded it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import jinja2
from jinja2 import nodes

from composer.errors import ComposeError, Finding, nearest

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


def without_numbers(rendered: str) -> tuple[str, Sequence[int]]:
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


# A template is foreign code in a small language: any of these is a fault of the template.
_FAULTS = (jinja2.TemplateError, TypeError, ValueError, LookupError, RecursionError, ArithmeticError, AttributeError)


@contextmanager
def filling(
    environment: jinja2.Environment, template: str, source: str, values: Mapping[str, object], place: Callable[[str], str]
) -> Iterator[None]:
    """Turns what fails in the block, which fills the template, into a ComposeError with the template's line. `place`: its name
    -> how a finding names it."""
    try:
        yield
    except _FAULTS as problem:
        line = _failing_line(problem)
        if isinstance(problem, jinja2.TemplateSyntaxError):  # maybe of a file that the template includes
            template, source, line = problem.name or template, "", problem.lineno
        said = _described(problem, environment, source, values)
        raise ComposeError(Finding("template", params={"problem": said}, file=place(template), line=line)) from problem


def _failing_line(problem: BaseException) -> int | None:
    """The line of the template in which rendering failed: that of the innermost frame."""
    trace, line = problem.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _TEMPLATE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


_UNKNOWN = re.compile(r"'([^']*)' is undefined\Z")
_MOST_LISTED = 16


class Missing(jinja2.StrictUndefined):
    """A name that is not there: to use it is an error that tells what its owner has."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        said: str = super()._undefined_message
        if isinstance(self._undefined_obj, Mapping) and isinstance(self._undefined_name, str):
            return f"there is no “{self._undefined_name}” here{_beside(self._undefined_name, map(str, self._undefined_obj))}"
        return said


def _described(problem: Exception, environment: jinja2.Environment, source: str, values: Mapping[str, object]) -> str:
    """What is wrong, in words for whoever writes the template."""
    said = getattr(problem, "message", None) or str(problem) or type(problem).__name__
    if isinstance(problem, jinja2.TemplateNotFound):
        files = environment.list_templates()
        may = f"a template may include only files of its theme: {', '.join(files)}" if files else "a style sheet includes no file"
        return f"“{problem.name}” cannot be included; {may}"
    if match := _UNKNOWN.match(said):
        return f"there is no “{match[1]}”{_beside(match[1], {*values, *environment.globals, *_own_names(environment, source)})}"
    if match := re.match(r"No (filter|test) named '([^']*)'", said):
        there = environment.filters if match[1] == "filter" else environment.tests
        return f"there is no {match[1]} “{match[2]}”{_beside(match[2], there)}"
    return said


def _beside(name: str, there: Iterable[str]) -> str:
    """“; did you mean …?”, or all that is there where nothing is near and the list is short."""
    names = sorted(each for each in there if not each.startswith("_"))
    if near := nearest(name, names, 0.6):
        return f"; did you mean “{near}”?"
    return f"; there is: {', '.join(names)}" if names and len(names) <= _MOST_LISTED else ""


def _own_names(environment: jinja2.Environment, source: str) -> set[str]:
    """What the template names itself: its macros and their arguments, what it sets, what it loops over."""
    tree = environment.parse(source)
    return {each.name for each in tree.find_all(nodes.Name) if each.ctx != "load"} | {
        each.name for each in tree.find_all(nodes.Macro)
    }
