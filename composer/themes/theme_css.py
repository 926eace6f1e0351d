"""Fills the two style sheets of a theme with its colours, and checks that the inliner and mail clients can use them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jinja2
import tinycss2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from composer.css.stylesheets import rules_of
from composer.errors import Finding
from composer.messages.phrases import Phrase, phrase
from composer.rendering.template_errors import Missing, filling, numbered, without_numbers
from composer.rendering.theme_model import Sheet

_FUNCTIONS = frozenset({"url", "image-set", "src"})
_MODERN = frozenset({"var", "rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix",
                     "light-dark", "calc", "clamp", "min", "max", "env"})  # fmt: skip
_LAYOUTS = frozenset({"flex", "inline-flex", "grid", "inline-grid", "contents"})
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_QUOTED = re.compile(r"""/\*.*?(?:\*/|\Z)|"[^"\n]*"|'[^'\n]*'""", re.DOTALL)
_Fault = Callable[[str | Phrase, int], None]


def fill_sheet(source: str, settings: Mapping[str, Any], file: str) -> Sheet:
    """Fills a style sheet with the theme's tones and fonts. Raises ComposeError with the line."""
    nothing = jinja2.DictLoader({})  # so that an include raises TemplateNotFound
    environment = ImmutableSandboxedEnvironment(loader=nothing, undefined=Missing, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    values = {"tones": settings["tones"], "fonts": settings["fonts"]}
    with filling(environment, file, source, values, str):
        return Sheet(*without_numbers(environment.from_string(numbered(source)).render(values)))


def check_css(css: str, *, file: str, inlined: bool, lines: Sequence[int] = ()) -> list[Finding]:
    """Returns faults that would make a mail client or the inliner drop rules, or load a file; `lines` as in `Sheet`."""
    findings: list[Finding] = []

    def fault(problem: str | Phrase, line: int) -> None:
        file_line = lines[line - 1] if line <= len(lines) else line
        finding = Finding("theme-css", params={"problem": problem}, file=file, line=file_line)
        if finding not in findings:  # a rule in a template loop is reported once
            findings.append(finding)

    for number, text in enumerate(_COMMENT.sub(_line_ends, css).split("\n"), start=1):
        if "<" in text:
            fault(phrase("a < in CSS breaks the MJML engine"), number)
    open_since = _left_open(css)
    if open_since is not None:
        fault(phrase("the {{ is not closed"), open_since)
    for rule in rules_of(css):
        _check_rule(rule, fault, inlined=inlined, inside_media=False)
    return findings


def _left_open(css: str) -> int | None:
    """Returns the line of the first { without a }. Parsers silently close it at the end."""
    lines: list[int] = []
    for number, text in enumerate(_QUOTED.sub(_line_ends, css).split("\n"), start=1):
        for brace in re.findall("[{}]", text):
            if brace == "{":
                lines.append(number)
            elif lines:
                lines.pop()
    return lines[0] if lines else None


def _line_ends(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _check_rule(rule: Any, fault: _Fault, *, inlined: bool, inside_media: bool) -> None:
    line = rule.source_line
    if rule.type == "error":
        fault(rule.message, line)
    elif rule.type == "at-rule":
        keyword = rule.lower_at_keyword
        if inlined or inside_media or keyword != "media":
            fault(phrase("@{keyword} is not allowed here", keyword=keyword), line)
        elif rule.content is None:
            fault(phrase("@media has no rules"), line)
        else:
            if set("<>=") & set(tinycss2.serialize(rule.prelude)):
                fault(phrase("Gmail drops a query with > or =; write max-width or min-width"), line)
            for inner in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True):
                _check_rule(inner, fault, inlined=inlined, inside_media=True)
    elif rule.type == "qualified-rule":
        if inlined:
            _check_selector(rule.prelude, fault, line)
        for declaration in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True):
            _check_declaration(declaration, fault, inlined=inlined)


def _check_selector(prelude: Sequence[Any], fault: _Fault, line: int) -> None:
    from cssselect import SelectorError, parse  # noqa: PLC0415  (comes with premailer)

    for token in prelude:
        if token.type == "literal" and token.value == ":":
            fault(phrase("a pseudo-class cannot be inlined"), line)
            return
        if token.type == "literal" and token.value == "*":
            fault(phrase("the inliner skips selectors with *"), line)
            return
        if token.type == "[] block" and any(character in token.serialize() for character in ":*,.#"):
            # The inliner looks for these characters everywhere: it would skip the rule, cut it, or weigh it too much.
            fault(phrase("the inliner misreads a : * , . or # in brackets: {part}", part=token.serialize()), line)
            return
    selector = tinycss2.serialize(prelude).strip()
    try:
        parse(selector)
    except SelectorError as problem:  # the inliner would leave the rule out without a word
        fault(phrase("the selector “{selector}” cannot be read: {problem}", selector=selector, problem=str(problem)), line)


def _check_declaration(declaration: Any, fault: _Fault, *, inlined: bool) -> None:
    line = declaration.source_line
    if declaration.type != "declaration":
        fault(getattr(declaration, "message", "") or phrase("this is not a declaration"), line)
        return
    name = declaration.lower_name
    keywords = [token.lower_value for token in declaration.value if token.type == "ident"]
    if inlined and declaration.important:
        fault(phrase("!important would override the rules for dark mode"), line)
    if name == "position" or (name == "display" and set(keywords) & _LAYOUTS):
        fault(
            phrase("Gmail or Outlook drops {declaration}; lay out with tables", declaration=f"{name}: {' '.join(keywords)}"), line
        )
    if name.startswith("margin") and any(
        token.type in ("number", "dimension") and token.value < 0 for token in declaration.value
    ):
        fault(phrase("Gmail drops a negative margin"), line)
    if name.startswith("--"):
        fault(phrase("some mail clients do not understand variables; write the value"), line)
    for token in declaration.value:
        if token.type == "url" or (token.type == "function" and token.lower_name in _FUNCTIONS):
            fault(phrase("mail clients would load the url(); delete it"), line)
        elif token.type == "function" and token.lower_name in _MODERN:
            name = token.lower_name
            fault(phrase("some mail clients do not understand {function}(); write #rrggbb or pixels", function=name), line)
