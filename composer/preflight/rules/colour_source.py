"""Which rule of the theme's own style sheets gave a piece of the finished mail its colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import tinycss2

from composer.css.cascade import Mode, colour_of, written
from composer.css.html_tree import Element
from composer.css.stylesheets import rules_of, style_rules
from composer.preflight.parsed_html import value_in

if TYPE_CHECKING:
    from composer.rendering.theme_model import Theme

_SHEETS = ("media.css", "theme.css")  # what stands in the style block is the stronger
_GROUNDS = ("background", "background-color")


def rule_of(theme: Theme, element: Element, mode: Mode, fore: str, back: str) -> tuple[str, int] | None:
    """(file, line) of the rule that says the colour of the words, or else that of their ground; None where the template does.

    `fore` and `back` as `cascade.written` writes them.
    """
    for names, colour in ((("color",), fore), (_GROUNDS, back)):
        rules = [rule for file in _SHEETS for rule in _rules_with(theme, file, mode, names, colour)]
        hit = [(_matched(selector, element), place) for selector, place in rules]
        for node in (element, *element.iterancestors()) if hit else ():
            for nodes, place in hit:
                if node in nodes:
                    return place
            if mode == "light" and any(value_in(str(node.get("style") or ""), name) for name in names):
                break  # what is said here does not come from further out
    return None


def _rules_with(
    theme: Theme, file: str, mode: Mode, names: tuple[str, ...], colour: str
) -> Iterator[tuple[str, tuple[str, int]]]:
    """(selector, place) of each rule that gives one of the properties this colour."""
    sheet = theme.sheets.get(file)
    if sheet is None:
        return
    for rule in style_rules(rules_of(sheet.css), less="dark" if mode == "light" else "light"):
        for said in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True):
            if said.type == "declaration" and said.lower_name in names:
                told = colour_of(tinycss2.serialize(said.value))
                if told is not None and written(told) == colour:
                    yield tinycss2.serialize(rule.prelude).strip(), (theme.place(file), sheet.lines[said.source_line - 1])


def _matched(selector: str, element: Element) -> frozenset[Element]:
    """What the selector matches in the mail of the element; nothing where it is beyond us."""
    from cssselect import SelectorError  # noqa: PLC0415  (comes with the inliner, and is asked only where there is a fault)
    from lxml.cssselect import CSSSelector  # noqa: PLC0415

    try:
        return frozenset(CSSSelector(selector, translator="html")(element.getroottree()))
    except SelectorError:
        return frozenset()
