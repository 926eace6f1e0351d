"""Escapes text and sanitises HTML fragments so that every engine of the pipeline passes them through unchanged."""

import json
import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from typing import Any

import nh3
from markupsafe import Markup

# Printable for Python, but not for the MJML engine.
_ENGINE_ODDITIES = frozenset("\u115f\u1160\u3164\uff9e\uff9f\uffa0")
_SPECIAL = frozenset("&<>\"'\\")
_ATTRIBUTE = re.compile(r"""(\s)([a-zA-Z_:][-a-zA-Z0-9_:.]*)="([^"]*)\"""")
_DOUBTFUL = re.compile(r"[^ !#-%(-;=?-\[\]-~]")  # everything except printable ASCII that is not special
_DOUBTFUL_TAG = re.compile(r"<[a-z][a-z0-9]*\s[^<>]*[^ -%(-\[\]-~][^<>]*>")  # a tag with such a character in an attribute
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_TABLE = ("table", "caption", "thead", "tbody", "tr", "th", "td")
FRAGMENT_TAGS = frozenset(
    {"p", "h4", "a", "strong", "em", "br", "ul", "ol", "li", "blockquote", "span", "div", *_TABLE}
)  # fmt: skip
FRAGMENT_ATTRIBUTES = {tag: {"class"} for tag in FRAGMENT_TAGS - {"strong", "em", "br"}} | {
    "a": {"href", "class"},
    "ol": {"class", "start"},
    "span": {"class", "lang", "dir"},
    "div": {"class", "lang", "dir"},
    "table": {"role", "class", "width", "cellpadding", "cellspacing", "border"},
    "th": {"class", "scope", "align"},
    "td": {"class", "align"},
}


def data_element(facts: Mapping[str, Any]) -> Markup:
    """Returns JSON as the content of a script element that no browser runs (JSON-LD)."""
    written = json.dumps(facts, ensure_ascii=False)
    # What could end the element, or what JSON allows and scripts did not, is escaped as JSON allows.
    safe = written.translate({ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})
    return Markup(safe)  # nosec B704 # noqa: S704  (escaped)


def attribute(value: str) -> Markup:
    """Escapes a value for an attribute in double quotes."""
    safe = quoted(value)
    return Markup(safe)  # nosec B704 # noqa: S704  (escaped)


def quoted(value: str) -> str:
    """Escapes a value for an attribute, as a plain str for further concatenation.

    The MJML engine writes attribute values in Rust's debug format: newlines, backslashes and everything that it considers
    unprintable come out as literal escapes. It leaves numeric references alone, so these characters are written as references.
    """
    return _DOUBTFUL.sub(_reference, value)


def _reference(match: re.Match[str]) -> str:
    character = match[0]
    if _NOT_XML.match(character):
        return ""
    if (
        character in _SPECIAL
        or not character.isprintable()
        or character in _ENGINE_ODDITIES
        or unicodedata.category(character)[0] == "M"
    ):
        return f"&#{ord(character)};"
    return character


def text(value: str) -> Markup:
    """Escapes a value for text between tags."""
    safe = escaped(value)
    return Markup(safe)  # nosec B704 # noqa: S704  (escaped)


def escaped(value: str) -> str:
    """Escapes a value for text between tags, as a plain str for further concatenation."""
    made = _NOT_XML.sub("", str(value))
    made = made.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Any HTML parser would turn a carriage return into a newline.
    return made.replace("\r", "&#13;")


_CLEANER = nh3.Cleaner(
    tags=set(FRAGMENT_TAGS),
    attributes=FRAGMENT_ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
    strip_comments=True,
)


def sanitised(fragment: str) -> Markup:
    """Sanitises an HTML fragment: only the tags of articles, well-formed, with attributes that are safe for the MJML engine."""
    clean = protect_attributes(_CLEANER.clean(fragment))
    return Markup(clean)  # nosec B704 # noqa: S704  (sanitised)


def protect_attributes(fragment: str) -> str:
    """Escapes every attribute value with `quoted`. Must be the last step, after everything that writes tags."""

    def rewritten(match: re.Match[str]) -> str:
        return f'{match[1]}{match[2]}="{quoted(unescape(match[3]))}"'

    return _DOUBTFUL_TAG.sub(lambda tag: _ATTRIBUTE.sub(rewritten, tag[0]), fragment)
