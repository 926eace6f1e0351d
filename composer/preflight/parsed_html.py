"""The HTML of a finished mail, parsed once: elements, text, links, styles, and the same HTML as Outlook on Windows reads it."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from composer.css.computed_style import hides
from composer.css.selectors import Element, StyledElement, elements_of, parse, styled_elements
from composer.css.stylesheets import StyleBlock, declarations

# A comment that is not closed reaches to the end, as in a browser; so no part of a mail is searched twice.
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MSO_ONLY = re.compile(r"<!--\[if (?=[^\]!<]*?mso)[^\]<]*+\]>(.*?)(?:<!\[endif\]-->|\Z)", re.DOTALL)
_NOT_MSO = re.compile(r"<!--\[if !mso[^\]<]*+\]><!-->.*?(?:<!--<!\[endif\]-->|\Z)", re.DOTALL)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WITHOUT_TEXT = frozenset({"style", "script", "title", "head", "noscript", "xml"})
_INVISIBLE = "\u00ad\u200b\u2060"  # soft hyphen, zero-width space, word joiner


@dataclass(frozen=True, slots=True)
class HtmlLink:
    """An `a href`. `text` includes the alternative texts of its images; `hidden` if no reader sees it."""

    url: str
    text: str
    hidden: bool


def outlook_view(html: str) -> str:
    """Returns the document as Word's engine reads it: conditional content for Outlook included, content for others removed."""
    return COMMENT.sub("", _MSO_ONLY.sub(lambda match: match[1], _NOT_MSO.sub("", html)))


class ParsedHtml:
    """One HTML document. Everything but `outlook` and `inline_styles` leaves out what conditional comments add for Outlook."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.root = _parsed(html)
        self.elements = elements_of(self.root)
        self.by_tag: defaultdict[str, list[Element]] = defaultdict(list)
        for element in self.elements:
            self.by_tag[element.tag].append(element)

    @cached_property
    def attributes(self) -> Mapping[str, Mapping[Element, str]]:
        """Attribute -> element -> its value, in order."""
        attributes: defaultdict[str, dict[Element, str]] = defaultdict(dict)
        for element in self.elements:
            for name, value in element.items():
                attributes[name][element] = value
        return attributes

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
    def title(self) -> str:
        return single_spaces(element.text or "" for element in self.all("title"))

    @cached_property
    def metas(self) -> dict[str, str]:
        return {str(meta.get("name")).lower(): str(meta.get("content") or "") for meta in self.all("meta") if meta.get("name")}

    @cached_property
    def styles(self) -> tuple[StyleBlock, ...]:
        return tuple(StyleBlock(element.text or "", str(element.get("media") or "")) for element in self.all("style"))

    @cached_property
    def styled(self) -> Mapping[Element, StyledElement]:
        """Element -> how selectors see it, in order."""
        return styled_elements(self.elements)

    @cached_property
    def hidden(self) -> frozenset[Element]:
        """Elements that no reader sees, with everything in them."""
        hidden: set[Element] = set()
        hiding = [element for element, style in self.having("style").items() if hides(declarations(style)[0])]
        for outermost in (*self.having("hidden"), *hiding):
            if outermost not in hidden:
                hidden.update(elements_of(outermost))
        return frozenset(hidden)

    @cached_property
    def texts(self) -> tuple[tuple[Element, str], ...]:
        """(element, text) for every text node in the body, in reading order."""
        return tuple(_text_nodes(self.body))

    @cached_property
    def body_text(self) -> str:
        """The text of the body, hidden text included, with single spaces."""
        return single_spaces(text for _, text in self.texts)

    @cached_property
    def seen(self) -> str:
        """The text of the body that a reader sees, with single spaces."""
        return single_spaces(text for element, text in self.texts if element not in self.hidden)

    @cached_property
    def squeezed(self) -> str:
        return squeezed(self.seen)

    @cached_property
    def links(self) -> tuple[HtmlLink, ...]:
        links = (anchor for anchor in self.all("a") if anchor.get("href") is not None)
        return tuple(HtmlLink(anchor.get("href"), read_out(anchor), anchor in self.hidden) for anchor in links)

    @cached_property
    def ids(self) -> frozenset[str]:
        """What a link within the document can point to."""
        return frozenset({*self.having("id").values(), *(anchor.get("name", "") for anchor in self.all("a"))} - {""})

    @cached_property
    def headings(self) -> tuple[tuple[int, str], ...]:
        return tuple((int(heading.tag[1]), read_out(heading)) for heading in self.root.iter(*_HEADINGS))

    @cached_property
    def inline_styles(self) -> tuple[str, ...]:
        """Every style attribute once, in order; those that only Outlook reads included."""
        for_outlook = (element.get("style") for element in elements_of(self.outlook))
        return tuple(style for style in dict.fromkeys((*self.having("style").values(), *for_outlook)) if style)

    @cached_property
    def outlook(self) -> Element:
        """The root of the document as Outlook reads it."""
        return _parsed(outlook_view(self.html))


def _parsed(html: str) -> Element:
    return parse(html.encode("utf-8", "ignore"))  # a lone surrogate is no character


def _text_nodes(body: Element) -> Iterator[tuple[Element, str]]:
    """The text nodes in reading order, each with the element whose style it has."""
    from lxml import etree  # noqa: PLC0415  (loaded with the tree)

    walk = etree.iterwalk(body, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            if node.tag in _WITHOUT_TEXT:
                walk.skip_subtree()
            elif text := node.text:
                yield node, text
        elif (tail := node.tail) and node is not body:
            yield node.getparent(), tail


def single_spaces(texts: Iterable[str]) -> str:
    return " ".join("".join(texts).split())


def read_out(element: Element) -> str:
    """What a screen reader reads of an element: its text, and the alternative texts of the images in it."""
    parts: list[str] = []
    for node in element.iter():
        if isinstance(node.tag, str):
            parts.append(str(node.get("alt") or "") if node.tag == "img" else node.text or "")
        if node is not element:
            parts.append(node.tail or "")
    return single_spaces(parts)


def squeezed(text: str) -> str:
    """The text without spaces and invisible characters, to compare texts that may be wrapped differently."""
    return unicodedata.normalize("NFC", visible("".join(text.split())))


def visible(text: str) -> str:
    """The text without the invisible characters that composing adds, to count what a reader sees."""
    for character in _INVISIBLE:
        text = text.replace(character, "")
    return text
