"""Reports faults of templates with their line in the template, and with what the author probably meant.

The engine does not say which template line produced which output. So a marker with the line number is put before the text of
each line; it passes through the engine and is read and removed in the output.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import jinja2
from jinja2 import nodes

from composer.errors import ComposeError, Finding, nearest

_MARKER = re.compile("\ue000([0-9]+)-([0-9]+)\ue001")  # private use characters, which a mail never contains
_TEMPLATE = "<template>"  # the engine's name for a template that is not from a file


def numbered(source: str, file: int = 0) -> str:
    """Returns the source with a line marker before the text of each line, outside of template tags. `file`: a number of its
    file, which is in each marker.

    Raises jinja2.TemplateSyntaxError.
    """
    parts: list[str] = []
    reader = jinja2.Environment()  # nosec B701 # noqa: S701  (only reads tokens)
    for number, kind, value in reader.lex(source):
        if kind != "data":
            parts.append(value)
            continue
        first, *rest = value.split("\n")
        parts.append(_signed(first, number, file))
        parts += ["\n" + _signed(text, number + offset, file) for offset, text in enumerate(rest, start=1)]
    return "".join(parts)


def _signed(text: str, number: int, file: int) -> str:
    # The marker comes after leading spaces, and a line of only spaces gets none: the engine strips spaces alone before a tag.
    statement = text.lstrip(" \t")
    return f"{text[: len(text) - len(statement)]}\ue000{number}-{file}\ue001{statement}" if statement else text


def without_numbers(rendered: str) -> tuple[str, Sequence[int]]:
    """Returns the output of a numbered template without markers, and for each of its lines the line in the template."""
    lines: list[int] = []
    for text in rendered.split("\n"):
        markers = _MARKER.findall(text)
        lines.append(int(markers[-1][0]) if markers else (lines[-1] if lines else 1))
    return _MARKER.sub("", rendered), lines


def line_before(rendered: str, line: int, column: int) -> tuple[int | None, int]:
    """Returns the template line that produced a position in the output of numbered templates, and the number of its file."""
    before = "\n".join(rendered.split("\n")[:line])
    at = len(before) - len(before.split("\n")[-1]) + column
    markers = _MARKER.findall(before[:at])
    return (int(markers[-1][0]), int(markers[-1][1])) if markers else (None, 0)


# Any of these exceptions during rendering is a fault of the template.
_FAULTS = (jinja2.TemplateError, TypeError, ValueError, LookupError, RecursionError, ArithmeticError, AttributeError)


@contextmanager
def filling(
    environment: jinja2.Environment, template: str, source: str, values: Mapping[str, object], path_of: Callable[[str], str]
) -> Iterator[None]:
    """Turns an exception in the block, which renders the template, into a ComposeError with the template's line. `path_of`:
    template name -> its name in findings."""
    try:
        yield
    except _FAULTS as problem:
        failing, line = _failing_line(problem, environment)
        if isinstance(problem, jinja2.TemplateSyntaxError):
            failing, line, source = problem.name or "", problem.lineno, ""
        if failing not in ("", template):  # a file that the template includes
            template, source = failing, ""
        message = _described(problem, environment, source, values)
        raise ComposeError(Finding("template", params={"problem": message}, file=path_of(template), line=line)) from problem


def _failing_line(problem: BaseException, environment: jinja2.Environment) -> tuple[str, int | None]:
    """Returns the file and the line at which rendering failed, from the innermost frame; no file if the template has none."""
    files = {_TEMPLATE, *environment.list_templates()}
    trace, file, line = problem.__traceback__, "", None
    while trace is not None:
        if (name := trace.tb_frame.f_code.co_filename) in files:
            file, line = name.replace(_TEMPLATE, ""), trace.tb_lineno
        trace = trace.tb_next
    return file, line


_UNKNOWN = re.compile(r"'([^']*)' is undefined\Z")
_MOST_LISTED = 16


class Missing(jinja2.StrictUndefined):
    """An undefined name: using it is an error that lists the names its owner has."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        message: str = super()._undefined_message
        if isinstance(self._undefined_obj, Mapping) and isinstance(self._undefined_name, str):
            return f"there is no “{self._undefined_name}” here{_beside(self._undefined_name, map(str, self._undefined_obj))}"
        return message


def _described(problem: Exception, environment: jinja2.Environment, source: str, values: Mapping[str, object]) -> str:
    message = getattr(problem, "message", None) or str(problem) or type(problem).__name__
    if isinstance(problem, jinja2.TemplateNotFound):
        files = environment.list_templates()
        own = f"a template may only include files of its theme: {', '.join(files)}"
        may = own if files else "a style sheet cannot include files"
        return f"“{problem.name}” cannot be included; {may}"
    if match := _UNKNOWN.match(message):
        return f"there is no “{match[1]}”{_beside(match[1], {*values, *environment.globals, *_own_names(environment, source)})}"
    if match := re.match(r"No (filter|test) named '([^']*)'", message):
        there = environment.filters if match[1] == "filter" else environment.tests
        return f"there is no {match[1]} “{match[2]}”{_beside(match[2], there)}"
    return message


def _beside(name: str, there: Iterable[str]) -> str:
    """Returns “; did you mean …?”, or the list of all names if none is near and the list is short."""
    names = sorted(name for name in there if not name.startswith("_"))
    if near := nearest(name, names, 0.6):
        return f"; did you mean “{near}”?"
    return f"; available: {', '.join(names)}" if names and len(names) <= _MOST_LISTED else ""


def _own_names(environment: jinja2.Environment, source: str) -> set[str]:
    """Returns the names that the template defines: macros and their arguments, assigned names, loop variables."""
    tree = environment.parse(source)
    return {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"} | {
        node.name for node in tree.find_all(nodes.Macro)
    }
