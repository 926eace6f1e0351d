"""Rules about the HTML itself: style blocks and attributes, conditional comments, tags that are not closed, active content."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import tinycss2

from composer.css.selectors import Element
from composer.css.stylesheets import declarations, rules_of
from composer.errors import Finding
from composer.messages.phrases import Phrase, phrase
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import COMMENT, outlook_view
from composer.preflight.rule_registry import fault, rule

_ACTIVE = frozenset(
    {"script", "form", "iframe", "object", "embed", "applet", "input", "button", "select", "textarea", "base", "svg", "video",
     "audio", "frame", "frameset"}
)  # fmt: skip
_ADDRESSES = frozenset({"href", "src", "background"})
_CONDITION = re.compile(r"<!--\[if ([^\]<]*+)\]>(?:<!-->|-->)?|<!\[endif\]-->|<!--<!\[endif\]-->")
_TABLE_TAG = re.compile(r"<(/?(?:table|tr|td|th))\b[^<>]*+>")
_CLOSED_BY = {"table": "/table", "tr": "/tr", "td": "/td", "th": "/th"}
_IMPORTANT = re.compile(r"(.?)!(\s*)(important)", re.IGNORECASE | re.DOTALL)
_COLOUR_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla"})


@rule("doctype", "error", origin="issue.mjml.j2")
def _doctype(mail: Mail) -> Iterator[Finding]:
    if not re.match(r"\s*<!DOCTYPE html\b", mail.html, re.IGNORECASE):
        yield fault()


@rule("style-head", "error", origin="issue.mjml.j2")
def _style_place(mail: Mail) -> Iterator[Finding]:
    if any(next(style.iterancestors("body"), None) is not None for style in mail.parsed.all("style")):
        yield fault()


@rule("style-poison", "error", origin="issue.mjml.j2")
def _style_poison(mail: Mail) -> Iterator[Finding]:
    """Gmail drops a whole style block for one of these."""
    for problem in dict.fromkeys(problem for style in mail.parsed.styles for problem in _poison(style.text)):
        yield fault(problem=problem)


@lru_cache(maxsize=16)  # a theme writes the same blocks into each of its mails; reading them takes 2 ms
def _poison(style: str) -> tuple[str | Phrase, ...]:
    """Syntax errors, at-rules within at-rules, colours written with spaces."""
    return tuple(_poison_of(style))


def _poison_of(style: str) -> Iterator[str | Phrase]:
    for item in rules_of(style):
        if item.type == "error":
            yield item.message
        elif item.type == "at-rule" and item.content is not None:
            if item.lower_at_keyword in ("font-face", "page"):
                continue
            for inner in tinycss2.parse_rule_list(item.content, skip_comments=True, skip_whitespace=True):
                if inner.type == "at-rule":
                    yield phrase("@{inner} inside @{outer}", inner=inner.lower_at_keyword, outer=item.lower_at_keyword)
                elif inner.type == "error":
                    yield inner.message
                else:
                    yield from _poison_in(inner)
        elif item.type == "qualified-rule":
            yield from _poison_in(item)


def _poison_in(styled: Any) -> Iterator[str | Phrase]:
    body, faults = declarations(tinycss2.serialize(styled.content))
    yield from faults
    for declaration in body:
        yield from _spaced_colours(declaration.tokens)


def _spaced_colours(tokens: Any) -> Iterator[Phrase]:
    for token in tokens:
        if token.type == "function" and token.lower_name in _COLOUR_FUNCTIONS:
            commas = any(argument.type == "literal" and argument.value == "," for argument in token.arguments)
            if not commas and any(argument.type == "whitespace" for argument in token.arguments):
                yield phrase("{function}() with spaces instead of commas", function=token.lower_name)


@rule("style-inline", "error", origin="issue.mjml.j2")
def _style_inline(mail: Mail) -> Iterator[Finding]:
    """Gmail drops a whole style attribute for one of these."""
    for style in mail.parsed.inline_styles:
        problem = _inline_problem(style)
        if problem:
            yield fault(problem=problem, style=style[:60])


@lru_cache(maxsize=512)  # all mails of a theme have the same declarations; checking them takes 3 ms
def _inline_problem(style: str) -> str | Phrase:
    """Returns the first thing in a style attribute that makes Gmail drop it, or ""."""
    body, faults = declarations(style)
    problems: list[str | Phrase] = [
        *faults,
        *(problem for declaration in body for problem in _spaced_colours(declaration.tokens)),
    ]
    return next(iter(problems), "")


@rule("style-external", "error", origin="issue.mjml.j2")
def _external(mail: Mail) -> Iterator[Finding]:
    if any("stylesheet" in str(link.get("rel") or "").lower() for link in mail.parsed.all("link")):
        yield fault(what=phrase("a linked style sheet"))
    blocks = " ".join(style.text for style in mail.parsed.styles).lower()
    for word in ("@import", "@font-face"):
        if word in blocks:
            yield fault(what=word)


@rule("important", "error", origin="issue.mjml.j2")
def _important(mail: Mail) -> Iterator[Finding]:
    if any(declaration.important for style in mail.parsed.inline_styles for declaration in declarations(style)[0]):
        yield fault()


@rule("important-spelling", "error", origin="issue.mjml.j2")
def _important_spelling(mail: Mail) -> Iterator[Finding]:
    """Some mail clients only understand ` !important` with one space before it, in lower case."""
    for style in mail.parsed.styles:
        for before, spaces, word in _IMPORTANT.findall(style.text):
            if before != " " or spaces or word != "important":
                yield fault(found=f"{before}!{spaces}{word}".strip())
                return


@rule("mso-balance", "error", origin="issue.mjml.j2")
def _mso(mail: Mail) -> Iterator[Finding]:
    depth = 0
    for match in _CONDITION.finditer(mail.html):
        depth += 1 if match[1] is not None else -1
        if depth not in (0, 1):
            yield fault(problem=phrase("a conditional comment is nested or closed twice"))
            return
    if depth:
        yield fault(problem=phrase("a conditional comment is not closed"))


@rule("table-balance", "error", origin="issue.mjml.j2")
def _tables(mail: Mail) -> Iterator[Finding]:
    views = ((phrase("Outlook on Windows"), outlook_view(mail.html)), (phrase("other mail clients"), COMMENT.sub("", mail.html)))
    for name, view in views:
        stack: list[str] = []  # the end tags that must follow, the next one last
        for tag in _TABLE_TAG.findall(view):
            if tag in _CLOSED_BY:
                stack.append(_CLOSED_BY[tag])
            elif not stack or stack.pop() != tag:
                yield fault(view=name, problem=phrase("<{tag}> closes nothing", tag=tag))
                return
        if stack:
            yield fault(view=name, problem=phrase("<{tag}> is not closed", tag=stack[-1][1:]))
            return


@rule("no-active", "error", origin="issue.mjml.j2", fixed=True)
def _active(mail: Mail) -> Iterator[Finding]:
    problems: dict[str | Phrase, None] = dict.fromkeys(what for element in mail.parsed.elements for what in _active_in(element))
    if "refresh" in {str(meta.get("http-equiv") or "").lower() for meta in mail.parsed.all("meta")}:
        problems[phrase("an automatic reload")] = None
    for what in problems:
        yield fault(what=what)


def _active_in(element: Element) -> Iterator[str | Phrase]:
    if element.tag in _ACTIVE:
        yield f"<{element.tag}>"
    for name, value in element.items():
        if name.startswith("on"):
            yield phrase("the attribute {name}", name=name)
        elif name in _ADDRESSES and value.strip().lower().startswith(("javascript:", "vbscript:")):
            yield phrase("an address that begins with {beginning}", beginning=value.strip()[:11])
