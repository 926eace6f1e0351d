"""Rules about the HTML itself: style blocks and attributes, conditional comments, tables and their roles, language, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import tinycss2

from composer.errors import Finding
from composer.languages import direction_of, parts_of
from composer.preflight.page import COMMENT, Element, declarations, is_east_asian, language_around, outlook_view
from composer.preflight.table import Mail, fault, rule

_ACTIVE = frozenset(
    {"script", "form", "iframe", "object", "embed", "applet", "input", "button", "select", "textarea", "base", "svg", "video",
     "audio", "frame", "frameset"}
)  # fmt: skip
_CONDITION = re.compile(r"<!--\[if ([^\]]*)\]>(?:<!-->|-->)?|<!\[endif\]-->|<!--<!\[endif\]-->")
_TABLE_TAG = re.compile(r"<(/?)(table|tr|td|th)\b[^>]*>")
_IMPORTANT = re.compile(r"(.?)!(\s*)(important)", re.IGNORECASE | re.DOTALL)
_COLOUR_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla"})


@rule("doctype", "error")
def _doctype(mail: Mail) -> Iterator[Finding]:
    if not re.match(r"\s*<!DOCTYPE html\b", mail.html, re.IGNORECASE):
        yield fault()


@rule("style-head", "error")
def _style_place(mail: Mail) -> Iterator[Finding]:
    if any(style.in_body for style in mail.page.styles):
        yield fault()


@rule("style-poison", "error")
def _style_poison(mail: Mail) -> Iterator[Finding]:
    """What makes Gmail drop a whole style block."""
    problems = dict.fromkeys(problem for style in mail.page.styles for problem in poison(style.text))
    for problem in problems:
        yield fault(problem=problem)


@lru_cache(maxsize=64)
def poison(style: str) -> tuple[str, ...]:
    """Parse errors, at-rules within at-rules, colours written with blanks."""
    return tuple(_poison(style))


def _poison(style: str) -> Iterator[str]:
    for item in tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True):
        if item.type == "error":
            yield item.message
        elif item.type == "at-rule" and item.content is not None:
            if item.lower_at_keyword in ("font-face", "page"):
                continue
            for inner in tinycss2.parse_rule_list(item.content, skip_comments=True, skip_whitespace=True):
                if inner.type == "at-rule":
                    yield f"@{inner.lower_at_keyword} within @{item.lower_at_keyword}"
                elif inner.type == "error":
                    yield inner.message
                else:
                    yield from _poison_in(inner)
        elif item.type == "qualified-rule":
            yield from _poison_in(item)


def _poison_in(styled: Any) -> Iterator[str]:
    found, faults = declarations(tinycss2.serialize(styled.content))
    yield from faults
    for each in found:
        yield from _spaced_colours(each.tokens)


def _spaced_colours(tokens: Any) -> Iterator[str]:
    for token in tokens:
        if token.type == "function" and token.lower_name in _COLOUR_FUNCTIONS:
            commas = any(each.type == "literal" and each.value == "," for each in token.arguments)
            if not commas and any(each.type == "whitespace" for each in token.arguments):
                yield f"{token.lower_name}() with blanks instead of commas"


@rule("style-inline", "error")
def _style_inline(mail: Mail) -> Iterator[Finding]:
    """Gmail drops a whole style attribute for one of these."""
    for style in mail.page.inline_styles:
        found, faults = declarations(style)
        problems = [*faults, *(problem for each in found for problem in _spaced_colours(each.tokens))]
        if problems:
            yield fault(problem=problems[0], style=style[:60])


@rule("style-external", "error")
def _external(mail: Mail) -> Iterator[Finding]:
    if any("stylesheet" in str(link.get("rel") or "").lower() for link in mail.page.all("link")):
        yield fault(what="a linked style sheet")
    blocks = " ".join(style.text for style in mail.page.styles).lower()
    for word in ("@import", "@font-face"):
        if word in blocks:
            yield fault(what=word)


@rule("important", "error")
def _important(mail: Mail) -> Iterator[Finding]:
    if any(each.important for style in mail.page.inline_styles for each in declarations(style)[0]):
        yield fault()


@rule("important-spelling", "error")
def _important_spelling(mail: Mail) -> Iterator[Finding]:
    for style in mail.page.styles:
        for before, blank, word in _IMPORTANT.findall(style.text):
            if before != " " or blank or word != "important":
                # MJML's own rules carry none, and some programs are known to be strict.
                yield fault(found=f"{before}!{blank}{word}".strip())
                return


@rule("mso-balance", "error")
def _mso(mail: Mail) -> Iterator[Finding]:
    depth = 0
    for match in _CONDITION.finditer(mail.html):
        depth += 1 if match[1] is not None else -1
        if depth not in (0, 1):
            yield fault(problem="a conditional comment is nested or closed twice")
            return
    if depth:
        yield fault(problem="a conditional comment is not closed")


@rule("table-balance", "error")
def _tables(mail: Mail) -> Iterator[Finding]:
    for name, view in (("Outlook", outlook_view(mail.html)), ("other programs", COMMENT.sub("", mail.html))):
        stack: list[str] = []
        for match in _TABLE_TAG.finditer(view):
            if not match[1]:
                stack.append(match[2])
            elif not stack or stack.pop() != match[2]:
                yield fault(view=name, problem=f"</{match[2]}> closes nothing")
                return
        if stack:
            yield fault(view=name, problem=f"<{stack[-1]}> is not closed")
            return


@rule("no-active", "error", fixed=True)
def _active(mail: Mail) -> Iterator[Finding]:
    found: dict[str, None] = {}
    for element in mail.page.elements:
        if element.tag in _ACTIVE:
            found[f"<{element.tag}>"] = None
        for name, value in element.attrib.items():
            if name.startswith("on"):
                found[f"the attribute {name}"] = None
            elif name in ("href", "src", "background") and value.strip().lower().startswith(("javascript:", "vbscript:")):
                found[f"an address that begins with {value.strip()[:11]}"] = None
    if "refresh" in {str(each.get("http-equiv") or "").lower() for each in mail.page.all("meta")}:
        found["a refresh"] = None
    for what in found:
        yield fault(what=what)


@rule("role", "error")
def _roles(mail: Mail) -> Iterator[Finding]:
    for root in (mail.page.root, mail.page.outlook):
        for table in root.iter("table"):
            if table.get("role") not in ("presentation", "none") and not _has_heads(table):
                yield fault(words=" ".join("".join(table.itertext()).split())[:40])
                return


@rule("role-data", "error")
def _data_roles(mail: Mail) -> Iterator[Finding]:
    for table in mail.page.all("table"):
        if table.get("role") in ("presentation", "none") and _has_heads(table):
            yield fault(words=" ".join("".join(table.itertext()).split())[:40])


def _has_heads(table: Element) -> bool:
    return any(next(head.iterancestors("table"), None) is table for head in table.iter("th"))


@rule("lang", "error")
def _language(mail: Mail) -> Iterator[Finding]:
    if mail.page.language != mail.issue.language:
        yield fault(found=mail.page.language, wanted=mail.issue.language)


@rule("dir", "error")
def _direction(mail: Mail) -> Iterator[Finding]:
    wanted = direction_of(mail.issue.language)
    if mail.page.direction != wanted:
        yield fault(found=mail.page.direction, wanted=wanted)


@rule("lang-wrapper", "error")
def _wrapper(mail: Mail) -> Iterator[Finding]:
    """Webmail keeps what is in the body and drops the html element, so language and direction stand in both."""
    wanted = (mail.issue.language, direction_of(mail.issue.language))
    inside = [(each.get("lang"), each.get("dir")) for each in mail.page.all("div", "table", "center", "td")]
    if wanted not in inside and (mail.page.body.get("lang"), mail.page.body.get("dir")) != wanted:
        yield fault(wanted=wanted[0], direction=wanted[1])


@rule("lang-part", "warning")
def _parts(mail: Mail) -> Iterator[Finding]:
    """Han characters in a mail of another language, not marked: shown in Japanese shapes, spelt by a screen reader."""
    seen: set[str] = set()
    for element, text in mail.page.texts:
        if text.isascii() or element in mail.page.hidden or is_east_asian(language_around(element)):
            continue
        for words, language in parts_of(text, "en"):
            if language and words not in seen:
                seen.add(words)
                yield fault("warning", text=words, line=mail.sources.line_of_words(words))


@rule("title", "error")
def _title(mail: Mail) -> Iterator[Finding]:
    if not mail.page.title:
        yield fault()


@rule("headings", "warning")
def _headings(mail: Mail) -> Iterator[Finding]:
    depths = [depth for depth, _ in mail.page.headings]
    if depths.count(1) != 1:
        yield fault("warning", problem=f"there are {depths.count(1)} headings of the first level")
    for before, after in pairwise(depths):
        if after > before + 1:
            yield fault("warning", problem=f"a heading of level {after} follows one of level {before}")
            break
    for depth, words in mail.page.headings:
        if not words:
            yield fault("warning", problem=f"a heading of level {depth} has no words")
