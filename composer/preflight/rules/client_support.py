"""The rule about features that some mail clients do not support, without those that the simplest mail of the theme uses."""

import json
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import tinycss2

from composer.css.stylesheets import declarations, rules_of
from composer.errors import Finding
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import ParsedHtml
from composer.preflight.rule_registry import fault, rule

_GROUPS = {
    **dict.fromkeys(("ul", "ol", "li", "dl", "dt", "dd"), "html-lists"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "html-h1-h6"),
    **dict.fromkeys(("strong", "b"), "html-strong"),
    **dict.fromkeys(("article", "section", "nav", "aside", "header", "footer", "main", "figure", "figcaption", "time"),
                    "html-semantics"),
    **dict.fromkeys(("map", "area"), "html-image-maps"),
    **dict.fromkeys(("s", "strike"), "html-strike"),
}  # fmt: skip
_ATTRIBUTES = {"loading": "html-loading-attribute"}
_SELECTORS = (
    (re.compile(r"[\w\]*)]\s*\+\s*[\w.#\[*]"), "css-selector-adjacent-sibling"),
    (re.compile(r"[\w\])]\s*~\s*[\w.#\[*]"), "css-selector-general-sibling"),
    (re.compile(r"[\w\])*]\s*>\s*[\w.#\[*]"), "css-selector-child"),
    (re.compile(r"\["), "css-selector-attribute"),
    (re.compile(r"#[A-Za-z]"), "css-selector-id"),
    (re.compile(r"\*"), "css-selector-universal"),
    (re.compile(r"\.[\w-]+\.[\w-]+"), "css-selector-chaining"),
)
_PSEUDO = re.compile(r"(::?)([a-z-]+)")
_OLD_PSEUDO_ELEMENTS = frozenset({"before", "after", "first-letter", "first-line"})
_MEDIA = ("prefers-color-scheme", "prefers-reduced-motion", "orientation", "hover")
_FUNCTIONS = {
    "var": "css-variables", "calc": "css-unit-calc", "rgb": "css-rgb", "rgba": "css-rgba", "hsl": "css-modern-color",
    "linear-gradient": "css-linear-gradient", "radial-gradient": "css-radial-gradient", "conic-gradient": "css-conic-gradient",
}  # fmt: skip
_ENDING = re.compile(r"\.([a-z0-9]+)(?:[?#]|\Z)")
_ALIASES = {"jpeg": "jpg"}
_UNITS = frozenset(("ch", "cm", "em", "ex", "in", "mm", "pc", "pt", "px", "rem", "vh", "vmax", "vmin", "vw"))


def features_of(parsed: ParsedHtml, known: Collection[str]) -> frozenset[str]:
    """Returns the names among `known` that the document uses."""
    known, features = frozenset(known), set(_of_elements(parsed))
    for style in parsed.inline_styles:
        features |= _of_declarations(style, known)
    for block in parsed.styles:
        features |= _of_style_block(block.text, known)
    return frozenset(features.intersection(known))


def _of_elements(parsed: ParsedHtml) -> Iterator[str]:
    yield from (_GROUPS.get(tag, f"html-{tag}") for tag in parsed.by_tag)
    yield from (_ATTRIBUTES.get(name, f"html-{name}") for name in parsed.attributes)
    for link in parsed.links:
        if link.url.startswith("#"):
            yield "html-anchor-links"
        elif link.url.startswith("mailto:"):
            yield "html-mailto-links"
    for image in parsed.all("img"):
        source = str(image.get("src") or "").lower()
        if source.startswith("data:"):
            yield "image-base64"
        elif ending := _ENDING.search(source):
            yield f"image-{_ALIASES.get(ending[1], ending[1])}"


@lru_cache(maxsize=512)  # all mails of a theme have the same declarations; reading them takes 2 ms
def _of_declarations(body: str, known: frozenset[str]) -> frozenset[str]:
    features: set[str] = set()
    for declaration in declarations(body)[0]:
        name = declaration.name
        while f"css-{name}" not in known and "-" in name:  # a longhand is listed under its shorthand
            name = name.rpartition("-")[0]
        features.add(f"css-{name}")
        if declaration.important:
            features.add("css-important")
        if declaration.name == "display":
            features.add(f"css-display-{declaration.value.lower().removeprefix('inline-')}")
        features |= set(_of_tokens(declaration.tokens))
    return frozenset(features)


def _of_tokens(tokens: Any) -> Iterator[str]:
    for token in tokens:
        if token.type == "dimension" and token.lower_unit in _UNITS:
            yield f"css-unit-{token.lower_unit}"
        elif token.type == "function":
            yield _FUNCTIONS.get(token.lower_name, f"css-function-{token.lower_name}")
            yield from _of_tokens(token.arguments)


@lru_cache(maxsize=16)  # a theme writes the same blocks into each of its mails; reading them takes 4 ms
def _of_style_block(text: str, known: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(_of_rule(item, known) for item in rules_of(text)))


def _of_rule(item: Any, known: frozenset[str]) -> set[str]:
    features: set[str] = set()
    if item.type == "at-rule":
        features.add(f"css-at-{item.lower_at_keyword}")
        if item.lower_at_keyword == "media" and item.content is not None:
            query = tinycss2.serialize(item.prelude).lower()
            features |= {f"css-at-media-{feature}" for feature in _MEDIA if feature in query}
            for inner in tinycss2.parse_rule_list(item.content, skip_comments=True, skip_whitespace=True):
                features |= _of_rule(inner, known)
    elif item.type == "qualified-rule":
        features |= _of_declarations(tinycss2.serialize(item.content), known)
        prelude = tinycss2.serialize(item.prelude).strip()
        features |= {name for pattern, name in _SELECTORS if pattern.search(prelude)}
        for colons, name in _PSEUDO.findall(prelude):
            kind = "element" if colons == "::" or name in _OLD_PSEUDO_ELEMENTS else "class"
            features.add(f"css-pseudo-{kind}-{name}")
    return features


TABLE = Path(__file__).with_name("support.json")  # written by make_support_table
# Another rule reports each of these and says more.
_REPORTED_ELSEWHERE = frozenset(
    {"html-anchor-links", "image-svg", "image-webp", "image-avif", "image-base64", "css-display-flex", "css-display-grid",
     "css-grid-template", "css-position", "css-variables", "css-flex-direction", "css-flex-wrap", "css-at-import",
     "css-at-font-face", "html-svg", "html-form", "html-video", "html-audio", "html-object", "html-link", "html-base",
     "css-color-scheme", "html-meta-color-scheme", "css-at-media-prefers-color-scheme", "css-modern-color"}
)  # fmt: skip


@lru_cache(maxsize=1)  # the file does not change while the program runs
def table() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return read


@rule("support", "info", origin="issue.mjml.j2")
def _support(mail: Mail) -> Iterator[Finding]:
    facts = table()
    known = frozenset(facts["features"])
    for name in sorted(features_of(mail.parsed, known) - _REPORTED_ELSEWHERE - baseline(mail.plainest_html)):
        title, letters = facts["features"][name]
        lacking = [client for client, letter in zip(facts["clients"], letters, strict=True) if letter == "n"]
        yield fault("info", feature=title, clients=", ".join(lacking), slug=name)


@lru_cache(maxsize=16)  # parsing it and finding its features takes 6 ms
def baseline(plainest_html: str) -> frozenset[str]:
    """Returns the features that a theme always uses, independent of what an editor writes."""
    return features_of(ParsedHtml(plainest_html), frozenset(table()["features"]))
