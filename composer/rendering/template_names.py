"""What a template says that is not there: told with the nearest of what is, or with all of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

import jinja2
from jinja2 import nodes

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


def told(problem: Exception, environment: jinja2.Environment, source: str, values: Mapping[str, object]) -> str:
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
    nearest = difflib.get_close_matches(name, names, 1)
    if nearest:
        return f"; did you mean “{nearest[0]}”?"
    return f"; there is: {', '.join(names)}" if names and len(names) <= _MOST_LISTED else ""


def _own_names(environment: jinja2.Environment, source: str) -> set[str]:
    """What the template names itself: its macros and their arguments, what it sets, what it loops over."""
    tree = environment.parse(source)
    return {each.name for each in tree.find_all(nodes.Name) if each.ctx != "load"} | {
        each.name for each in tree.find_all(nodes.Macro)
    }
