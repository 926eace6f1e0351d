"""A web page as a tree of what may be shown: made safe first, nested no deeper than can be walked, its words gathered apart."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

from composer.importing.files.text_encoding import decode, decode_labelled
from composer.importing.manuscript.inline_slicing import clean_line, clean_text
from composer.importing.manuscript.vocabulary import word_set
from composer.importing.manuscript.word_units import count_units
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
DEEP, DEEPEST = 90, 180  # from where elements that only wrap, and from where all others are taken for what is in them
LONGEST = 60_000_000  # characters, pictures within included
LONGEST_BARE = 5_000_000  # without them
CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
MOST_CELLS = 15_000  # more than an issue file may hold, of anything
MOST_OPEN = 4_000  # elements within one another; the parser's time grows with the square of them
CLOSED_ANYHOW = word_set("area base br col dd dt hr img input li link meta option p source tbody td th thead tr wbr")
TAG_BEGIN = re.compile(r"<[A-Za-z][^>]*")  # up to its end: what lies within is not searched for further tags
LONGEST_TAG = 20_000  # characters
# The parser moves all that follows at each of these; a complete reference by number costs it nothing.
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
        """All nodes within, in their order."""
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
    """`words`: all text of the page in order, gathered without the tree. `title` and `base` as its head says."""

    body: HtmlNode
    words: str
    title: str = ""
    base: str = ""
    unveiled: bool = False  # most of its text was hidden, as some pages do until a script shows it
    unread: int = 0  # words of drawings, formulas and frames
    embedded: int = 0  # frames, embedded files and filled fields of forms


def decode_page(data: bytes, name: str) -> str:
    """The text of a page: in the encoding that it names, when that fits; else in the one that does."""
    found = CHARSET.search(data[:4000])
    if found and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        text = decode_labelled(data, found[1].decode("ascii"))
        if text is not None:
            return text
    return decode(data, name)


def read_tree(source: str, name: str) -> HtmlPage:
    """The page in `source`. Raises ImportRefusedError for what is too long."""
    kept, pictures = set_pictures_aside(source, name)
    refuse_depth(kept, name)
    refuse_ampersands(kept, name)
    if (cells := len(CELL.findall(kept))) > MOST_CELLS:  # before they are arranged, which takes longest
        raise TooLongError(name, cells, MOST_CELLS, "cells of tables")
    safe = clean(kept, NEVER_SHOWN)
    builder = Builder(pictures)
    builder.feed(safe)
    builder.close()
    words = gather_words(safe)
    title = said_in(source, TITLE)
    base = next((found for pattern in BASES if (found := said_in(source, pattern))), "")
    unveiled = unveil(builder.root, words)
    return HtmlPage(builder.root, words, title, base, unveiled, words_unread(kept, words, title), count_embedded(kept))


def clean(source: str, removed: set[str]) -> str:
    """The source with the tags that are read, well formed; without what is in the elements `removed`."""
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
    """Refuses a page whose tags are nested or long as in no page; what is opened and never closed counts, too."""
    if any(found.end() - found.start() >= LONGEST_TAG + 2 for found in TAG_BEGIN.finditer(source)):
        raise ImportRefusedError(f"{name} has a tag of more than 20,000 characters, as no page of a newsletter has. {OTHER_WAY}")
    depth = 0
    for found in ANY_TAG.finditer(source):
        if found[2].lower() not in CLOSED_ANYHOW:
            depth = max(depth - 1, 0) if found[1] else depth + 1
            if depth > MOST_OPEN:
                raise ImportRefusedError(
                    f"{name} has more than {MOST_OPEN:,} elements within one another, as no page of a newsletter has. {OTHER_WAY}"
                )


def refuse_ampersands(source: str, name: str) -> None:
    """Refuses a page with so many ampersands that the parser, whose time grows with their square, would take minutes."""
    count, size = len(AMPERSAND.findall(source)), len(source.encode("utf-8", "replace"))
    if count * size > MOST_MOVED:
        raise ImportRefusedError(
            f"{name} has {count:,} ampersands (&), among them those of references such as &nbsp;. "
            f"A page of its size may have {int(MOST_MOVED / size):,}. {OTHER_WAY}"
        )


def set_pictures_aside(source: str, name: str) -> tuple[str, list[str]]:
    """The page with a number in the place of each picture that is written in it."""
    if len(source) > LONGEST:
        raise ImportRefusedError(f"{name} has {len(source):,} characters; a page may have {LONGEST:,}, pictures within included.")
    pictures: list[str] = []

    def number(found: re.Match[str]) -> str:
        pictures.append(found[0])
        return f"data:set-aside,{len(pictures) - 1}"

    kept = DATA_URL.sub(number, source)
    if len(kept) > LONGEST_BARE:
        raise ImportRefusedError(f"{name} has {len(kept):,} characters; {LONGEST_BARE:,} are the most for a page.")
    return kept, pictures


class Builder(HTMLParser):
    """Builds the tree of a page that was made safe, and so is well formed; what is nested too deep stands one level up."""

    def __init__(self, pictures: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures = pictures
        self.root = HtmlNode("body")
        self.open: list[HtmlNode] = [self.root]
        self.begun: list[bool] = []  # for each open element whether it is in the tree

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


def unveil(root: HtmlNode, words: str) -> bool:
    """Shows an element that hides more than half of the text: a saved article of WeChat is hidden until its script has run."""
    unveiled, stack = 0, [root]
    while stack:
        for child in stack.pop().children:
            if not isinstance(child, HtmlNode):
                continue
            if child.is_hidden:
                # At most twice: measuring each of a hundred nested elements would take minutes.
                if unveiled == 2 or 2 * sum(map(len, child.texts())) <= len(words):
                    continue
                child.attributes = {name: value for name, value in child.attributes.items() if name not in ("style", "hidden")}
                unveiled += 1
            stack.append(child)
    return unveiled > 0


def gather_words(safe: str) -> str:
    """The text between the tags; a tag that begins a block or a line parts words, any other does not."""
    parted = TAG.sub(lambda found: "\n" if found[2] in BLOCKS else "", safe)
    return "\n".join(clean_text(html.unescape(line)) for line in parted.split("\n") if line.strip())


def count_embedded(source: str) -> int:
    """How many elements show what is not between their tags; those for counting readers are too small to show anything."""
    return sum(bool(FILLED.search(tag)) and not UNSEEN.search(tag) for tag in EMBEDDED.findall(source))


def words_unread(source: str, words: str, title: str) -> int:
    """How many words of the page are neither in its text nor in its title, as those of drawings, formulas and frames.

    The same parser reads the page once more, with the tags that it would drop together with what is in them under other names:
    so words are found that are nested, never closed, or behind any attribute.
    """
    everything = gather_words(clean(ANY_TAG.sub(shown_tag, source).replace("<![CDATA[", " "), {"script", "style"}))
    return (count_units([everything]) - count_units([words, title])).total()


def shown_tag(found: re.Match[str]) -> str:
    """The begin of a tag whose element keeps its words: a line break for what is not read, a possible one for unknown names."""
    name = found[2].lower()
    if name in READ:
        return found[0]
    return "<br" if name in NEVER_SHOWN else f"<{found[1]}wbr"


def said_in(source: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(source, 0, 100_000)
    return clean_line(html.unescape(found[1])) if found else ""
