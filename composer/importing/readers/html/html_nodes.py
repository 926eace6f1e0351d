"""Parses a web page into a tree: sanitised first, with limited nesting, and with its words collected independently."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

from composer.importing.files.text_encoding import decode_guessed, decode_labelled
from composer.importing.manuscript.inline_slicing import clean_line, clean_text
from composer.importing.manuscript.vocabulary import count_units, word_set
from composer.importing.refusals import ImportRefusedError, TooLongError

INLINE = word_set(
    """
    a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd mark q s samp small span strike strong sub sup
    time tt u var wbr
    """
)
BLOCKS = word_set(
    """
    address article aside blockquote body br button caption center dd details div dl dt figcaption figure footer form h1 h2
    h3 h4 h5 h6 header hr label legend li main nav ol option p pre section select summary table tbody td textarea tfoot th
    thead tr ul
    """
)
EMPTY = frozenset(["br", "hr", "img", "wbr"])
ATTRIBUTES = {
    "*": {"style", "class", "role", "hidden", "align", "aria-hidden"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "font": {"size"},
}
NEVER_SHOWN = {"script", "style", "template", "title", "noframes", "iframe", "object", "svg", "math", "head"}
READ = INLINE | BLOCKS | {"script", "style"}
SCHEMES = {"http", "https", "mailto", "tel", "data", "file", "cid"}
WRAPPERS = word_set("article center div font main section span table tbody td tr")
DEEP, DEEPEST = 90, 180  # nesting from which wrapping elements, and all other elements, are replaced by their content
LONGEST = 60_000_000  # characters, including embedded pictures
LONGEST_BARE = 5_000_000  # without embedded pictures
CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
MOST_CELLS = 15_000  # more than an issue file may contain of anything
MOST_OPEN = 4_000  # nested elements; the parser's time grows with their square
CLOSED_ANYHOW = word_set("area base br col dd dt hr img input li link meta option p source tbody td th thead tr wbr")
TAG_BEGIN = re.compile(r"<[A-Za-z][^>]*")  # up to its end, so that its attributes are not searched for tags
LONGEST_TAG = 20_000  # characters
# The parser moves the rest of the page at each of these ampersands; a complete numeric reference costs nothing.
AMPERSAND = re.compile(r"&(?!#(?:[0-9]|[xX][0-9A-Fa-f]))")
MOST_MOVED = 1.5e11  # ampersands times bytes of the page; 2 s of processor time
OTHER_WAY = "Copy its text into a word processor, save that as .docx, and import it."
ANY_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
EMBEDDED = re.compile(r"<(?:iframe|frame|embed|object|input)\b[^>]*>", re.IGNORECASE)
FILLED = re.compile(r"""\b(?:src|srcdoc|data|value)\s*=\s*["']?[^\s"'>]""", re.IGNORECASE)
UNSEEN = re.compile(r"""\btype\s*=\s*["']?hidden|\b(?:height|width)\s*=\s*["']?[01]\b|display\s*:\s*none""", re.IGNORECASE)
CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
DATA_URL = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=\s%]{200,}", re.IGNORECASE)
TAG = re.compile(r"<(/?)([a-z0-9]++)(?:\s[^>]*+(?:>|\Z)|>)")
LINK = re.compile(r'<a((?: [a-z-]++="[^"]*+")*+)>|</a>')  # of a sanitised page
HREF = re.compile(r' href="([^"]*+)"')
# The address that the links of a page are relative to.
BASES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"""<base[^>]{1,100}href\s*=\s*["']?(https?://[^"'\s>]{1,500})""",
        r"""<!--\s*saved from url=\(\d+\)(https?://\S{1,500})""",
        r"""<link[^>]{0,100}rel\s*=\s*["']?canonical["']?[^>]{0,100}href\s*=\s*["']?(https?://[^"'\s>]{1,500})""",
    )
)
TITLE = re.compile(r"<title[^<>]*+>([^<]{1,300})", re.IGNORECASE)
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?:px)?\s*(?:;|$)", re.IGNORECASE
)


@dataclass(slots=True)
class HtmlNode:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[HtmlNode | str] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def is_hidden(self) -> bool:
        return "hidden" in self.attributes or HIDDEN.search(self.get("style")) is not None

    def walk(self) -> Iterator[HtmlNode]:
        for child in self.children:
            if isinstance(child, HtmlNode):
                yield child
                yield from child.walk()

    def texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, HtmlNode):
                yield from child.texts()
            else:
                yield child


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """`text`: all text of the page in order, collected without the tree. `title` and `base` are from its head."""

    body: HtmlNode
    text: str
    title: str = ""
    base: str = ""
    unveiled: bool = False  # most of its text was hidden, as on some pages until a script shows it
    unread: int = 0  # words of drawings, formulas and frames
    links: tuple[tuple[str, str], ...] = ()  # text and address of each, and the texts between them with an empty address
    embedded: int = 0  # frames, embedded files and filled fields of forms


def decode_page(data: bytes, name: str) -> tuple[str, str]:
    """Decodes a page: in the encoding that it declares if that fits, otherwise in the first one that does.

    Returns the text, and the encoding if it is only a guess.
    """
    match = CHARSET.search(data[:4000])
    if match and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        text = decode_labelled(data, match[1].decode("ascii"))
        if text is not None:
            return text, ""
    return decode_guessed(data, name)


def read_tree(source: str, name: str) -> HtmlPage:
    """Parses the page in `source`. Raises ImportRefusedError if it exceeds a limit."""
    kept, pictures = set_pictures_aside(source, name)
    refuse_depth(kept, name)
    refuse_ampersands(kept, name)
    if (cells := len(CELL.findall(kept))) > MOST_CELLS:  # before arranging the cells, which takes longest
        raise TooLongError(name, cells, MOST_CELLS, "cells of tables")
    safe = clean(kept, NEVER_SHOWN)
    builder = Builder(pictures)
    builder.feed(safe)
    builder.close()
    text = gather_words(safe)
    title = first_group_text(source, TITLE)
    base = next((address for pattern in BASES if (address := first_group_text(source, pattern))), "")
    unveiled = unveil(builder.root, text)
    unread = words_unread(kept, text, title)
    return HtmlPage(builder.root, text, title, base, unveiled, unread, tuple(gather_links(safe)), count_embedded(kept))


def clean(source: str, removed: set[str]) -> str:
    """Returns the source well-formed, with only the tags that are read, and without the elements `removed` and their content."""
    return nh3.clean(
        source,
        tags=set(INLINE | BLOCKS),
        clean_content_tags=removed,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
    )


def refuse_depth(source: str, name: str) -> None:
    """Refuses a page with extremely long tags or deep nesting; elements that are never closed count as nested."""
    if any(tag.end() - tag.start() >= LONGEST_TAG + 2 for tag in TAG_BEGIN.finditer(source)):
        raise ImportRefusedError(
            f"{name} has an HTML tag of more than 20,000 characters, which cannot be read. {OTHER_WAY}", "bomb"
        )
    depth = 0
    for tag in ANY_TAG.finditer(source):
        if tag[2].lower() not in CLOSED_ANYHOW:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > MOST_OPEN:
                raise ImportRefusedError(
                    f"{name} has more than {MOST_OPEN:,} nested HTML elements, which cannot be read. {OTHER_WAY}",
                    "bomb",
                )


def refuse_ampersands(source: str, name: str) -> None:
    """Refuses a page with too many ampersands: the parser's time grows with their number times the size of the page."""
    count, size = len(AMPERSAND.findall(source)), len(source.encode("utf-8", "replace"))
    if count * size > MOST_MOVED:
        raise ImportRefusedError(
            f"{name} has {count:,} ampersands (&), including those of references such as &nbsp;. "
            f"The limit for a page of this size is {int(MOST_MOVED / size):,}. {OTHER_WAY}",
            "bomb",
        )


def set_pictures_aside(source: str, name: str) -> tuple[str, list[str]]:
    """Returns the page with a number in place of each embedded picture, and these pictures as data URLs."""
    if len(source) > LONGEST:
        raise ImportRefusedError(
            f"{name} has {len(source):,} characters; the limit is {LONGEST:,}, including embedded pictures. {OTHER_WAY}",
            "large",
        )
    pictures: list[str] = []

    def number(match: re.Match[str]) -> str:
        pictures.append(match[0])
        return f"data:set-aside,{len(pictures) - 1}"

    kept = DATA_URL.sub(number, source)
    if len(kept) > LONGEST_BARE:
        raise ImportRefusedError(
            f"{name} has {len(kept):,} characters; the limit for a page is {LONGEST_BARE:,}. {OTHER_WAY}", "large"
        )
    return kept, pictures


class Builder(HTMLParser):
    """Builds the tree of a sanitised page, which is well-formed; elements that are nested too deep are replaced by their
    content."""

    def __init__(self, pictures: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures = pictures
        self.root = HtmlNode("body")
        self.open: list[HtmlNode] = [self.root]
        self.begun: list[bool] = []  # for each open element, whether it is in the tree

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        source = attributes.get("src", "")
        if source.startswith("data:set-aside,"):
            attributes["src"] = self.pictures[int(source.rpartition(",")[2])]
        node = HtmlNode(tag, attributes)
        if tag in EMPTY:
            self.open[-1].children.append(node)
            return
        kept = len(self.open) < (DEEP if tag in WRAPPERS else DEEPEST)
        self.begun.append(kept)
        if kept:
            self.open[-1].children.append(node)
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY and self.begun and self.begun.pop():
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def unveil(root: HtmlNode, text: str) -> bool:
    """Shows hidden elements with more than half of the text: a saved WeChat article is hidden until its script runs."""
    unveiled, stack = 0, [root]
    while stack:
        for child in stack.pop().children:
            if not isinstance(child, HtmlNode):
                continue
            if child.is_hidden:
                # At most twice: measuring each of a hundred nested elements would take minutes.
                if unveiled == 2 or 2 * sum(map(len, child.texts())) <= len(text):
                    continue
                child.attributes = {name: value for name, value in child.attributes.items() if name not in ("style", "hidden")}
                unveiled += 1
            stack.append(child)
    return unveiled > 0


def gather_words(safe: str) -> str:
    """Returns the text between the tags; tags of blocks and line breaks separate words, other tags do not."""
    parted = TAG.sub(lambda match: "\n" if match[2] in BLOCKS else "", safe)
    return "\n".join(clean_text(html.unescape(line)) for line in parted.split("\n") if line.strip())


def gather_links(safe: str) -> Iterator[tuple[str, str]]:
    """Yields (text, address) of each link, without the tree, and the texts between the links without an address."""
    at, href = 0, ""
    for match in LINK.finditer(safe):
        text = safe[at : match.start()]
        yield html.unescape(TAG.sub("" if href else " ", text)), href
        begun = HREF.search(match[1] or "")
        at, href = match.end(), html.unescape(begun[1]).strip() if begun else ""


def count_embedded(source: str) -> int:
    """Counts the elements that show other content than their children; tracking pixels do not count, as they show nothing."""
    return sum(bool(FILLED.search(tag)) and not UNSEEN.search(tag) for tag in EMBEDDED.findall(source))


def words_unread(source: str, text: str, title: str) -> int:
    """Counts the words of the page that are neither in its text nor in its title, such as words of drawings and formulas.

    The same parser reads the page again, with other names for the tags that it would drop together with their content. So words
    are found in elements that are nested or never closed, whatever attributes they have.
    """
    everything = gather_words(clean(ANY_TAG.sub(shown_tag, source).replace("<![CDATA[", " "), {"script", "style"}))
    return (count_units([everything]) - count_units([text, title])).total()


def shown_tag(match: re.Match[str]) -> str:
    """Returns the start of a tag whose content the parser keeps: `<br` for elements that are dropped, `<wbr` for unknown ones."""
    name = match[2].lower()
    if name in READ:
        return match[0]
    return "<br" if name in NEVER_SHOWN else f"<{match[1]}wbr"


def first_group_text(source: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(source, 0, 100_000)
    return clean_line(html.unescape(match[1])) if match else ""
