"""Rules about layout CSS that some major mail clients ignore: negative margins, positions, flex, grid, variables."""

import re
from collections.abc import Callable, Iterator

from composer.css.stylesheets import declarations
from composer.errors import Finding
from composer.messages.phrases import Phrase, phrase
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import ParsedHtml
from composer.preflight.rule_registry import Check, fault, rule

_BODY = re.compile(r"\{([^{}]*)\}")
_NEGATIVE = re.compile(r"(?:^|[\s(])-\d")
_IN_ATTRIBUTE, _IN_BLOCK = phrase("a style attribute"), phrase("a style block")

_POSITIONS = ("absolute", "fixed", "relative", "sticky")
# Code of a rule -> whether a declaration (name and value in lower case) is what the rule is about.
_ABOUT: dict[str, Callable[[str, str], bool]] = {
    "css-margin": lambda name, value: name.startswith("margin") and bool(_NEGATIVE.search(value) and value.strip("-0px ")),
    "css-position": lambda name, value: name == "position" and value in _POSITIONS,
    "css-flex": lambda name, value: name == "display" and "flex" in value,
    "css-grid": lambda name, value: name.startswith("grid-") or (name == "display" and "grid" in value),
    "css-variable": lambda name, value: name.startswith("--") or "var(" in value,
}


def _first_use(is_used: Callable[[str, str], bool]) -> Check:
    def check(mail: Mail) -> Iterator[Finding]:
        for body, where in _bodies(mail.parsed):
            for declaration in declarations(body)[0]:
                value = declaration.value.lower()
                if is_used(declaration.name, value) and not declaration.name.startswith("mso-"):
                    yield fault("warning", what=f"{declaration.name}: {value}"[:60], where=where)
                    return

    return check


def _bodies(parsed: ParsedHtml) -> Iterator[tuple[str, Phrase]]:
    """(declarations, where they are)."""
    for style in parsed.inline_styles:
        yield style, _IN_ATTRIBUTE
    for block in parsed.styles:
        for body in dict.fromkeys(_BODY.findall(block.text)):
            yield body, _IN_BLOCK


for _code, _is_used in _ABOUT.items():
    rule(_code, "warning", origin="issue.mjml.j2")(_first_use(_is_used))
