"""Rules about the HTML itself: style blocks and attributes, conditional comments, tables and their roles, language, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import tinycss2

from composer.css.html_tree import Element
from composer.css.stylesheets import rules_of
from composer.errors import Finding
from composer.issue.languages import direction_of, parts_of
from composer.preflight.deleted_ghosts import LAYOUT
from composer.preflight.parsed_html import COMMENT, declarations, is_east_asian
from composer.preflight.rule_registry import Mail, fault, rule

_ACTIVE = frozenset(
    {"script", "form", "iframe", "object", "embed", "applet", "input", "button", "select", "textarea", "base", "svg", "video",
     "audio", "frame", "frameset"}
)  # fmt: skip
_ADDRESSES = frozenset({"href", "src", "background"})
_CONDITION = re.compile(r"<!--\[if ([^\]]*)\]>(?:<!-->|-->)?|<!\[endif\]-->|<!--<!\[endif\]-->")
_TABLE_TAG = re.compile(r"<(/?(?:table|tr|td|th))\b[^>]*>")
_CLOSED_BY = {"table": "/table", "tr": "/tr", "td": "/td", "th": "/th"}
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
    for item in rules_of(style):
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
        problem = _inline_problem(style)
        if problem:
            yield fault(problem=problem, style=style[:60])


@lru_cache(maxsize=2048)
def _inline_problem(style: str) -> str:
    """The first thing in a style attribute that makes Gmail drop it, or nothing."""
    found, faults = declarations(style)
    return next(iter((*faults, *(problem for each in found for problem in _spaced_colours(each.tokens)))), "")


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
    if any(each.important for style in mail.page.inline_styles if "!" in style for each in declarations(style)[0]):
        yield fault()


@rule("important-spelling", "error")
def _important_spelling(mail: Mail) -> Iterator[Finding]:
    found = next((spelt for style in mail.page.styles if (spelt := _misspelt(style.text))), None)
    if found:
        yield fault(found=found)


@lru_cache(maxsize=64)
def _misspelt(css: str) -> str:
    """The first !important of a style block that is written in an unusual way, or nothing."""
    for before, blank, word in _IMPORTANT.findall(css):
        if before != " " or blank or word != "important":
            # MJML's own rules carry none, and some programs are known to be strict.
            return f"{before}!{blank}{word}".strip()
    return ""


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
    if mail.page.ghosts is not None:
        return  # each is closed in both views
    stack: list[str]  # the tags that must come, the nearest last
    for name, view in (("Outlook", mail.page.outlook_html), ("other programs", COMMENT.sub("", mail.html))):
        stack = []
        for tag in _TABLE_TAG.findall(view):
            if tag in _CLOSED_BY:
                stack.append(_CLOSED_BY[tag])
            elif not stack or stack.pop() != tag:
                yield fault(view=name, problem=f"<{tag}> closes nothing")
                return
        if stack:
            yield fault(view=name, problem=f"<{stack[-1][1:]}> is not closed")
            return


@rule("no-active", "error", fixed=True)
def _active(mail: Mail) -> Iterator[Finding]:
    page, found = mail.page, dict[str, None]()
    suspects = {element for tag in _ACTIVE & page.by_tag.keys() for element in page.by_tag[tag]}
    for name in page.attributes:
        if name.startswith("on"):
            suspects |= page.having(name).keys()
        elif name in _ADDRESSES:
            suspects |= {element for element, value in page.having(name).items() if _runs(value)}
    for element in page.elements if suspects else ():
        if element in suspects:
            found |= dict.fromkeys(_active_in(element))
    if "refresh" in {str(each.get("http-equiv") or "").lower() for each in mail.page.all("meta")}:
        found["a refresh"] = None
    for what in found:
        yield fault(what=what)


def _runs(address: str) -> bool:
    return address.strip().lower().startswith(("javascript:", "vbscript:"))


def _active_in(element: Element) -> Iterator[str]:
    if element.tag in _ACTIVE:
        yield f"<{element.tag}>"
    for name, value in element.items():
        if name.startswith("on"):
            yield f"the attribute {name}"
        elif name in _ADDRESSES and _runs(value):
            yield f"an address that begins with {value.strip()[:11]}"


@rule("role", "error")
def _roles(mail: Mail) -> Iterator[Finding]:
    page = mail.page
    told = page.ghosts is not None and all(table.get("role") in LAYOUT for table in page.all("table"))  # a ghost has one
    for tables in () if told else (page.all("table"), page.outlook.iter("table")):
        for table in tables:
            if table.get("role") not in LAYOUT and not _has_heads(table):
                yield fault(words=" ".join("".join(table.itertext()).split())[:40])
                return


@rule("role-data", "error")
def _data_roles(mail: Mail) -> Iterator[Finding]:
    for table in mail.page.all("table") if "th" in mail.page.by_tag else ():
        if table.get("role") in LAYOUT and _has_heads(table):
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
    languages = mail.page.having("lang")
    inside = [(languages[each], each.get("dir")) for each in languages if each.tag in ("div", "table", "center", "td")]
    if wanted not in inside and (mail.page.body.get("lang"), mail.page.body.get("dir")) != wanted:
        yield fault(wanted=wanted[0], direction=wanted[1])


@rule("lang-part", "warning")
def _parts(mail: Mail) -> Iterator[Finding]:
    """Han characters in a mail of another language, not marked: shown in Japanese shapes, spelt by a screen reader."""
    seen: set[str] = set()
    hidden = mail.page.hidden
    for element, text in mail.page.texts:
        if text.isascii() or element in hidden or is_east_asian(mail.page.language_around(element)):
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
