"""Finds the rule in the theme's style sheets that set a colour in the finished mail."""

from collections.abc import Iterator

import tinycss2

from composer.css.cascade import Mode
from composer.css.colours import colour_of, to_hex
from composer.css.html_tree import Element
from composer.css.stylesheets import rules_of, style_rules, value_in
from composer.rendering.theme_model import Theme

_BACKGROUNDS = ("background", "background-color")


def rule_of(theme: Theme, element: Element, mode: Mode, fore: str, back: str) -> tuple[str, int] | None:
    """(file, line) of the rule that sets the text colour `fore`, or else the background `back`; None if no rule does.

    Both colours are written #rrggbb.
    """
    for names, colour in ((("color",), fore), (_BACKGROUNDS, back)):
        rules = [rule for file in theme.sheets for rule in _rules_with(theme, file, mode, names, colour)]
        hit = [(_matched(selector, element), position) for selector, position in rules]
        for node in (element, *element.iterancestors()) if hit else ():
            for nodes, position in hit:
                if node in nodes:
                    return position
            if mode == "light" and any(value_in(str(node.get("style") or ""), name) for name in names):
                break  # set here, so it is not inherited
    return None


def _rules_with(
    theme: Theme, file: str, mode: Mode, names: tuple[str, ...], colour: str
) -> Iterator[tuple[str, tuple[str, int]]]:
    """(selector, place) of each rule that sets one of the properties to this colour."""
    sheet = theme.sheets[file]
    other = "dark" if mode == "light" else "light"
    for rule, media in style_rules(rules_of(sheet.css)):
        if other in media:
            continue
        for declaration in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True):
            if declaration.type == "declaration" and declaration.lower_name in names:
                own_colour = colour_of(tinycss2.serialize(declaration.value))
                if own_colour is not None and to_hex(own_colour) == colour:
                    yield (
                        tinycss2.serialize(rule.prelude).strip(),
                        (theme.path_of(file), sheet.lines[declaration.source_line - 1]),
                    )


def _matched(selector: str, element: Element) -> frozenset[Element]:
    """Returns the elements that the selector matches in the document of the element; empty if it cannot be read."""
    from cssselect import SelectorError  # noqa: PLC0415  (comes with the inliner, and is needed only for a finding)
    from lxml.cssselect import CSSSelector  # noqa: PLC0415

    try:
        return frozenset(CSSSelector(selector, translator="html")(element.getroottree()))
    except SelectorError:
        return frozenset()
