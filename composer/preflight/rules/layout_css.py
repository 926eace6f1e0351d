"""Rules about CSS for layout that some of the large mail programs ignore: negative margins, positions, flex, grid, variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from composer.css.declarations import Declaration, declarations
from composer.errors import Finding
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import ParsedHtml
from composer.preflight.rule_registry import Check, fault, rule

_BODY = re.compile(r"\{([^{}]*)\}")
_NEGATIVE = re.compile(r"(?:^|[\s(])-\d")


def _has_negative_margin(each: Declaration) -> bool:
    return each.name.startswith("margin") and bool(_NEGATIVE.search(each.value) and each.value.strip("-0px "))


def _is_positioned(each: Declaration) -> bool:
    return each.name == "position" and each.value.lower() in ("absolute", "fixed", "relative", "sticky")


def _is_flex(each: Declaration) -> bool:
    return each.name == "display" and "flex" in each.value.lower()


def _is_grid(each: Declaration) -> bool:
    return each.name.startswith("grid-") or (each.name == "display" and "grid" in each.value.lower())


def _has_variable(each: Declaration) -> bool:
    return each.name.startswith("--") or "var(" in each.value.lower()


def _first_use(is_used: Callable[[Declaration], bool]) -> Check:
    def check(mail: Mail) -> Iterator[Finding]:
        for body, where in _bodies(mail.parsed):
            for each in declarations(body)[0]:
                if is_used(each) and not each.name.startswith("mso-"):
                    yield fault("warning", what=f"{each.name}: {each.value.lower()}"[:60], where=where)
                    return

    return check


def _bodies(parsed: ParsedHtml) -> Iterator[tuple[str, str]]:
    """(declarations, where they are)."""
    for style in parsed.inline_styles:
        yield style, "a style attribute"
    for block in parsed.styles:
        for body in dict.fromkeys(_BODY.findall(block.text)):
            yield body, "a style block"


rule("css-margin", "warning")(_first_use(_has_negative_margin))
rule("css-position", "warning")(_first_use(_is_positioned))
rule("css-flex", "warning")(_first_use(_is_flex))
rule("css-grid", "warning")(_first_use(_is_grid))
rule("css-variable", "warning")(_first_use(_has_variable))
