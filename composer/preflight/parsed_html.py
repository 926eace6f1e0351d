"""A finished mail's HTML, parsed once, as the facts that rules ask for: elements, words, links, styles, Outlook's view."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import tinycss2

from composer.css.html_tree import Element, elements_of, parse
from composer.preflight.deleted_ghosts import Ghost, ghosts_of

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
MSO_ONLY = re.compile(r"<!--\[if [^\]!]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_NOT_MSO = re.compile(r"<!--\[if !mso[^\]]*\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SILENT = frozenset({"style", "script", "title", "head", "noscript", "xml"})
_UNSEEN = ("\u00ad", "\u200b", "\u2060")
_BLANKS = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_USUAL = bytes(range(0x20, 0x7F)) + b"\t\n\r"
_CJK = frozenset({"zh", "ja", "ko", "yue", "wuu", "nan", "hak"})


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


@lru_cache(maxsize=2048)
def value_in(style: str, name: str) -> str:
    """The value that a style attribute gives the property, in small letters; the last counts."""
    if name not in style:
        return ""
    return next((each.value.lower() for each in reversed(declarations(style)[0]) if each.name == name), "")


def outlook_view(html: str) -> str:
    """The document as Word's engine reads it: parts for it opened, parts against it gone."""
    without = _NOT_MSO.sub("", html)
    return COMMENT.sub("", MSO_ONLY.sub(lambda match: match[1], without))


class Page:
    """The facts of one HTML document, outside comments, but for what is said to be Outlook's; `root` if it was parsed before."""

    def __init__(self, html: str, root: Element | None = None) -> None:
        self.html = html
        self.encoded = html.encode("utf-8", "ignore")  # halves of a pair of surrogates are no characters
        self.root = parse(self.encoded) if root is None else root
        self.elements = elements_of(self.root)
        by_tag: defaultdict[str, list[Element]] = defaultdict(list)
        attributes: defaultdict[str, dict[Element, str]] = defaultdict(dict)
        for element in self.elements:
            by_tag[element.tag].append(element)
            for name, value in element.items():
                attributes[name][element] = value
        self.by_tag = by_tag
        # Attribute -> element -> its value, in order: most rules ask for one attribute, which few elements have.
        self.attributes = attributes

    @cached_property
    def unusual(self) -> str:
        return unusual(self.encoded)

    def having(self, name: str) -> Mapping[Element, str]:
        """The elements that have the attribute, with its value, in order."""
        return self.attributes.get(name, {})

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
        hiding = [element for element, style in self.having("style").items() if hides(style)]
        for outermost in (*self.having("hidden"), *hiding):
            if outermost not in found:
                found.update(elements_of(outermost))
        return frozenset(found)

    @cached_property
    def texts(self) -> tuple[tuple[Element, str], ...]:
        """(element, words) for every run of words or blanks within the body, in reading order."""
        return tuple(_in_order(self.body))

    def language_around(self, element: Element) -> str:
        """The language that holds for the words of an element."""
        languages, climbed = self._languages, []
        while element is not None and element not in languages:
            climbed.append(element)
            element = element.getparent()
        language = languages[element] if element is not None else ""
        languages.update(dict.fromkeys(climbed, language))
        return language

    @cached_property
    def _languages(self) -> dict[Element, str]:
        """Element -> the language that holds in it, as far as anybody has asked; at first those that name one."""
        return {element: language for element, language in self.having("lang").items() if language}

    @cached_property
    def _stretches(self) -> tuple[tuple[bool, str], ...]:
        """(whether it is hidden, its words with single blanks) of each stretch of words that are all hidden or all seen."""
        hidden, found = self.hidden, list[tuple[bool, list[str]]]()
        for element, text in self.texts:
            if not found or (element in hidden) is not found[-1][0]:
                found.append((element in hidden, []))
            found[-1][1].append(text)
        return tuple((is_hidden, _single_blanks("".join(texts))) for is_hidden, texts in found)

    @cached_property
    def words(self) -> str:
        """All words of the body, what is hidden too, with single blanks."""
        return _single_blanks_of(words for _, words in self._stretches)

    @cached_property
    def seen(self) -> str:
        """The words that a reader sees."""
        return _single_blanks_of(words for is_hidden, words in self._stretches if not is_hidden)

    @cached_property
    def squeezed(self) -> str:
        return squeezed(self.seen)

    @cached_property
    def links(self) -> tuple[PageLink, ...]:
        addresses, hidden = self.having("href"), self.hidden
        return tuple(PageLink(addresses[each], read_out(each), each in hidden) for each in self.all("a") if each in addresses)

    @cached_property
    def ids(self) -> frozenset[str]:
        names = self.having("name")
        return frozenset({*self.having("id").values(), *(names[each] for each in self.all("a") if each in names)} - {""})

    @cached_property
    def headings(self) -> tuple[tuple[int, str], ...]:
        return tuple((int(each.tag[1]), read_out(each)) for each in self.root.iter(*HEADINGS))

    @cached_property
    def inline_styles(self) -> tuple[str, ...]:
        """Every style attribute, each once, in order; tables that only Outlook reads included."""
        if self.ghosts is None:
            more: Iterable[str | None] = self.outlook_styles.values()
        else:
            more = (each.attributes.get("style") for each in self.ghosts)
        return tuple(each for each in dict.fromkeys((*self.having("style").values(), *more)) if each)

    @cached_property
    def ghosts(self) -> tuple[Ghost, ...] | None:
        """The elements that Outlook alone reads, where they only lie around the others, and all tables are closed for every
        program; None where that is not certain, and `outlook` is to be asked."""
        return ghosts_of(self.html, self.root, self.by_tag, self.attributes)

    @cached_property
    def outlook_html(self) -> str:
        return outlook_view(self.html)

    @cached_property
    def outlook(self) -> Element:
        """The root of the document as Outlook reads it."""
        return parse(self.outlook_html.encode("utf-8", "ignore"))

    @cached_property
    def outlook_styles(self) -> dict[Element, str | None]:
        """Every element that Outlook reads -> its style attribute, in order."""
        return {element: element.get("style") for element in elements_of(self.outlook)}


def _in_order(body: Element) -> Iterator[tuple[Element, str]]:
    """The runs of words in reading order; each with the element whose style it has."""
    from lxml import etree  # noqa: PLC0415  (loaded with the tree)

    walk = etree.iterwalk(body, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            if node.tag in _SILENT:
                walk.skip_subtree()
            elif text := node.text:
                yield node, text
        elif (tail := node.tail) and node is not body:
            yield node.getparent(), tail


def _single_blanks(text: str) -> str:
    """With one blank for several, also at the edges."""
    words = " ".join(text.split())
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{words}{' ' * after}" if words else " " * before


def _single_blanks_of(stretches: Iterable[str]) -> str:
    """The stretches, each with single blanks, put together without blanks at the edges."""
    found: list[str] = []
    for words in stretches:
        fitting = words if found and found[-1][-1] != " " else words.lstrip(" ")
        if fitting:
            found.append(fitting)
    return "".join(found).rstrip(" ")


def _within(element: Element, tag: str) -> bool:
    return next(element.iterancestors(tag), None) is not None


@lru_cache(maxsize=2048)
def hides(style: str) -> bool:
    """Whether a style attribute hides its element."""
    if not any(word in style for word in ("none", "hidden", "opacity")):
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


def is_east_asian(language: str) -> bool:
    return language.split("-")[0].lower() in _CJK


def unusual(encoded: bytes) -> str:
    """The characters of a text in UTF-8 that are no printable ASCII: few, so that a search for some of them is quick."""
    return encoded.translate(None, _USUAL).decode()


def squeezed(text: str) -> str:
    """Without blanks and what hides, for comparing what may be wrapped differently."""
    most = text.encode("utf-8", "surrogatepass").translate(None, _BLANKS).decode("utf-8", "surrogatepass")
    if most.isascii():
        return most
    bare = "".join(most.split())
    for sign in _UNSEEN:
        bare = bare.replace(sign, "")
    return unicodedata.normalize("NFC", bare)
