"""A finished mail's HTML, parsed once, as the facts that rules ask for: elements, words, links, styles, Outlook's view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import tinycss2

Element = Any  # lxml.etree._Element: lxml has no types of its own

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
MSO_ONLY = re.compile(r"<!--\[if [^\]!]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_NOT_MSO = re.compile(r"<!--\[if !mso[^\]]*\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL)
_SILENT = frozenset({"style", "script", "title", "head", "noscript", "xml"})
_CJK = frozenset({"zh", "ja", "ko", "yue", "wuu", "nan", "hak"})
# What no parser for bytes of HTML lets through; the rule about control characters looks at the text itself.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Declaration:
    """One `name: value` of CSS; `tokens` are tinycss2's."""

    name: str
    value: str
    important: bool
    tokens: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PageLink:
    """An `a href`: `text` is what is read of it, words of pictures in it included; `hidden` with the part it stands in."""

    url: str
    text: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class StyleBlock:
    text: str
    media: str
    in_body: bool


@lru_cache(maxsize=2048)
def declarations(style: str) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
    """The declarations of a style attribute, or of a rule's body, and what is wrong with it."""
    found: list[Declaration] = []
    faults: list[str] = []
    for item in tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True):
        if item.type == "declaration":
            tokens = tuple(item.value)
            found.append(Declaration(item.lower_name, tinycss2.serialize(tokens).strip(), item.important, tokens))
        else:
            faults.append(getattr(item, "message", "") or "this is no declaration")
    return tuple(found), tuple(faults)


def value_of(element: Element, name: str) -> str:
    """The value that an element's style attribute gives the property, in small letters; the last counts."""
    style = element.get("style")
    if not style or name not in style:
        return ""
    return next((each.value.lower() for each in reversed(declarations(style)[0]) if each.name == name), "")


def parse(html: str) -> Element:
    """The root element of a document. A mail that lxml would cut short is refused long before, by its depth."""
    from lxml import html as lxml_html  # noqa: PLC0415  (an engine: loaded only when something is composed)

    clean = _UNFIT.sub("", html) or "<html><body></body></html>"
    return lxml_html.document_fromstring(clean.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8"))


def outlook_view(html: str) -> str:
    """The document as Word's engine reads it: parts for it opened, parts against it gone."""
    without = _NOT_MSO.sub("", html)
    return COMMENT.sub("", MSO_ONLY.sub(lambda match: match[1], without))


class Page:
    """The facts of one HTML document, outside comments, but for what is said to be Outlook's."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.root = parse(html)
        self.elements: tuple[Element, ...] = tuple(each for each in self.root.iter() if isinstance(each.tag, str))
        self.by_tag: dict[str, list[Element]] = {}
        for element in self.elements:
            self.by_tag.setdefault(element.tag, []).append(element)

    def all(self, *tags: str) -> Iterator[Element]:
        for tag in tags:
            yield from self.by_tag.get(tag, ())

    @cached_property
    def body(self) -> Element:
        return next(self.all("body"), self.root)

    @cached_property
    def language(self) -> str:
        return str(self.root.get("lang") or "")

    @cached_property
    def direction(self) -> str:
        return str(self.root.get("dir") or "")

    @cached_property
    def title(self) -> str:
        return " ".join("".join(each.text or "" for each in self.all("title")).split())

    @cached_property
    def metas(self) -> dict[str, str]:
        return {str(each.get("name")).lower(): str(each.get("content") or "") for each in self.all("meta") if each.get("name")}

    @cached_property
    def styles(self) -> tuple[StyleBlock, ...]:
        return tuple(
            StyleBlock(each.text or "", str(each.get("media") or ""), _within(each, "body")) for each in self.all("style")
        )

    @cached_property
    def hidden(self) -> frozenset[Element]:
        """Elements that no reader sees, with all that is in them."""
        found: set[Element] = set()
        for element in self.elements:
            if element.getparent() in found or _hides(element):
                found.add(element)
        return frozenset(found)

    @cached_property
    def classes(self) -> dict[Element, tuple[frozenset[str], frozenset[str]]]:
        """Element -> (its classes, those of all elements around it)."""
        none: frozenset[str] = frozenset()
        found: dict[Element, tuple[frozenset[str], frozenset[str]]] = {}
        for element in self.elements:
            own, above = found.get(element.getparent(), (none, none))
            named = element.get("class")
            found[element] = (frozenset(named.split()) if named else none, above | own if own else above)
        return found

    @cached_property
    def attribute_names(self) -> frozenset[str]:
        return frozenset(str(name) for element in self.elements for name in element.attrib)

    @cached_property
    def texts(self) -> tuple[tuple[Element, str], ...]:
        """(element, words) for every run of words or blanks within the body, in reading order."""
        return tuple(_in_order(self.body))

    @cached_property
    def words(self) -> str:
        """All words of the body, what is hidden too, with single blanks."""
        return " ".join("".join(text for _, text in self.texts).split())

    @cached_property
    def seen(self) -> str:
        """The words that a reader sees."""
        return " ".join("".join(text for element, text in self.texts if element not in self.hidden).split())

    @cached_property
    def links(self) -> tuple[PageLink, ...]:
        return tuple(
            PageLink(str(each.get("href")), read_out(each), each in self.hidden)
            for each in self.all("a")
            if each.get("href") is not None
        )

    @cached_property
    def ids(self) -> frozenset[str]:
        names = {str(each.get("name")) for each in self.all("a") if each.get("name")}
        return frozenset(names | {str(each.get("id")) for each in self.elements if each.get("id")})

    @cached_property
    def headings(self) -> tuple[tuple[int, str], ...]:
        return tuple(
            (int(each.tag[1]), read_out(each)) for each in self.elements if len(each.tag) == 2 and each.tag[0] == "h"
            and each.tag[1] in "123456"
        )  # fmt: skip

    @cached_property
    def inline_styles(self) -> tuple[str, ...]:
        """Every style attribute, each once, in order; tables that only Outlook reads included."""
        found = dict.fromkeys(str(each.get("style")) for each in self.elements if each.get("style"))
        found |= dict.fromkeys(str(each.get("style")) for each in self.outlook.iter() if each.get("style"))
        return tuple(found)

    @cached_property
    def outlook(self) -> Element:
        """The root of the document as Outlook reads it."""
        return parse(outlook_view(self.html))


def _in_order(element: Element) -> Iterator[tuple[Element, str]]:
    """The runs of words in reading order; each with the element whose style it has."""
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        node, done = stack.pop()
        if done:
            if node.tail and node is not element:
                yield node.getparent(), node.tail
            continue
        stack.append((node, True))
        if not isinstance(node.tag, str) or node.tag in _SILENT:
            continue
        if node.text:
            yield node, node.text
        stack += [(child, False) for child in reversed(node)]


def _within(element: Element, tag: str) -> bool:
    return next(element.iterancestors(tag), None) is not None


def _hides(element: Element) -> bool:
    style = element.get("style")
    if element.get("hidden") is not None:
        return True
    if not style or not any(word in style for word in ("none", "hidden", "opacity")):
        return False
    given = {each.name: each.value.lower() for each in declarations(style)[0]}
    return given.get("display") == "none" or given.get("visibility") == "hidden" or given.get("opacity") in ("0", "0.0")


def read_out(element: Element) -> str:
    """What a screen reader says of an element: its words, and those of the pictures in it."""
    parts: list[str] = []
    for node in element.iter():
        if isinstance(node.tag, str):
            parts.append(str(node.get("alt") or "") if node.tag == "img" else node.text or "")
        if node is not element:
            parts.append(node.tail or "")
    return " ".join("".join(parts).split())


def language_around(element: Element) -> str:
    """The language that holds for the words of an element."""
    while element is not None:
        language = element.get("lang")
        if language:
            return str(language)
        element = element.getparent()
    return ""


def is_east_asian(language: str) -> bool:
    return language.split("-")[0].lower() in _CJK
