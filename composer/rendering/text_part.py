"""The plain-text part, made from the model and not from the HTML: wrapped at 76 columns, links listed by number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, assert_never

from composer.issue import links, merge_fields
from composer.issue.document import (
    Action,
    Article,
    Block,
    Calendar,
    EditorMark,
    Emphasis,
    Event,
    Field,
    Figure,
    Inline,
    Inlines,
    Issue,
    LineBreak,
    Link,
    ListBlock,
    Only,
    Paragraph,
    Passage,
    Profile,
    Quote,
    Sources,
    Span,
    Strong,
    SubHeading,
    Table,
    Text,
    plain,
)
from composer.rendering import shared_values
from composer.rendering.mjml_rendering import environment_for, fill_template

if TYPE_CHECKING:
    from composer.themes.theme_loading import Theme

TEMPLATE = "text.txt.j2"
COLUMNS = 76
# May not begin a line, and may not end one, in East Asian text.
_NOT_FIRST = frozenset("、。，．・：；？！）〕］｝〉》」』】〗〞’”…—々ー)]},.;:?!%")
_NARROW = re.compile("[\x20-\x7e\u00a1-\u00ac\u00ae-\u02af\u2010-\u2027\u2030-\u205e\u2190-\u21ff]*\\Z")
_NOT_LAST = frozenset("（〔［｛〈《「『【〖〝‘“([{")


def columns(text: str) -> int:
    """How many columns the text takes where East Asian characters take two."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


@lru_cache(maxsize=20_000)  # asked for every character of a mail, again and again
def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if _wide(character) else 1


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def wrapped(text: str, first: str = "", rest: str = "", width: int = COLUMNS) -> str:
    """The text in lines of at most `width` columns; a word that is longer, such as an address, stays whole."""
    lines: list[str] = []
    for paragraph in str(text).split("\n"):
        if (paragraph.isascii() and paragraph.isprintable()) or _NARROW.match(paragraph):
            lines += _wrapped_narrow(paragraph, rest if lines else first, rest, width)
            continue
        line, start = "", rest if lines else first
        room = width - columns(start)
        for gap, piece in _pieces(paragraph):
            more = len(piece) if piece.isascii() else columns(piece)
            if line and len(gap) + more > room:
                lines.append(start + line)
                line, start, room = piece, rest, width - columns(rest) - more
            elif line:
                line += gap + piece
                room -= len(gap) + more
            else:
                line, room = piece, room - more
        lines.append((start + line).rstrip())
    return "\n".join(lines)


def _wrapped_narrow(paragraph: str, first: str, rest: str, width: int) -> list[str]:
    """The lines of a text in which each character takes one column and lines break at blanks alone."""
    text = paragraph if "  " not in paragraph and paragraph == paragraph.strip() else " ".join(paragraph.split())
    lines: list[str] = []
    start, at = first, 0
    room, room_later = width - columns(first), width - columns(rest)
    while len(text) - at > room:
        end = text.rfind(" ", at, max(at, at + room + 1))
        if end < 0:  # a word that is longer than a line
            end = text.find(" ", at)
        if end < 0:
            break
        lines.append(start + text[at:end])
        start, at, room = rest, end + 1, room_later
    lines.append((start + text[at:]).rstrip())
    return lines


def _pieces(text: str) -> list[tuple[str, str]]:
    """(blank before it, piece that must not be broken)."""
    pieces: list[tuple[str, str]] = []
    for word in text.split(" "):
        if word.isascii():
            if word:
                pieces.append((" ", word))
            continue
        gap, begin = " ", 0
        for at in range(1, len(word)):
            if _may_break(word[at - 1], word[at]):
                pieces.append((gap, word[begin:at]))
                gap, begin = "", at
        pieces.append((gap, word[begin:]))
    return pieces


@lru_cache(maxsize=20_000)  # of two characters, asked as often
def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or unicodedata.category(after) in ("Mn", "Me", "Cf"):
        return False
    if before == "\u200d":
        return False
    return _wide(before) or _wide(after)


def hanging(text: str, sign: str, width: int = COLUMNS) -> str:
    """The text behind a sign, its later lines indented under the first."""
    return wrapped(text, sign, " " * columns(sign), width)


class TextWriter:
    """Writes the text of one article after the other; the numbers of links run through the issue."""

    def __init__(self, issue: Issue, tags: merge_fields.Tags, words: Mapping[str, Any]) -> None:
        self.tags, self.words = tags, words
        self.titles = {article.id: article.title for article in issue.articles()}
        self._numbers: dict[str, int] = {}
        self._listed: list[str] = []

    def take_links(self) -> list[str]:
        """The lines `[1] https://…` of the links that were met since the last call."""
        taken, self._listed = self._listed, []
        return taken

    def blocks(self, blocks: tuple[Block, ...], width: int = COLUMNS, gap: str = "\n\n") -> str:
        return gap.join(filter(None, [self._block(block, width) for block in blocks]))

    def _block(self, block: Block, width: int) -> str:
        match block:
            case Paragraph(content):
                return wrapped(self.inlines(content), width=width)
            case SubHeading(text, number):
                sign = "* " if number is None else f"{number}. "
                return f"\n{hanging(text, sign, width)}"
            case Figure():
                return self._figure(block, width)
            case Quote(blocks):
                inner = self.blocks(blocks, max(20, width - 2))
                return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
            case ListBlock():
                return self._list(block, width)
            case Table():
                return self._table(block, width)
            case Profile():
                return self._profile(block, width)
            case Calendar(events):
                return "\n\n".join(self._event(event, width) for event in events)
            case Action(link):
                return wrapped(f"→ {self.inlines((link,))}", width=width)
            case Passage(blocks=blocks):
                return self.blocks(blocks, width)
            case Only() | Sources() | EditorMark():
                return ""  # in no variant; behind the text; in no mail
            case other:
                assert_never(other)

    def _table(self, table: Table, width: int) -> str:
        """Row by row, each cell behind the heading of its column: columns of figures do not survive a phone."""
        heads = [plain(head) for head in table.head]
        rows = [
            "\n".join(
                hanging(self.inlines(cell), f"{head}: " if head else "", width)
                for head, cell in zip(heads, row, strict=True)
                if cell
            )
            for row in table.rows
        ]
        caption = [wrapped(self.inlines(table.caption), width=width)] if table.caption else []
        return "\n\n".join([*caption, *(row for row in rows if row)])

    def _profile(self, profile: Profile, width: int) -> str:
        head = profile.name + (f" · {profile.role}" if profile.role else "")
        portrait = self._figure(profile.portrait, width) if profile.portrait else ""
        parts = [wrapped(head, width=width), portrait, self.blocks(profile.blocks, width)]
        return "\n\n".join(part for part in parts if part)

    def _event(self, event: Event, width: int) -> str:
        place = self.inlines(event.place)
        said = self.inlines(event.title) + (f" · {place}" if place else "")
        return f"{shared_values.days_text(event, self.words)}\n{hanging(said, '  ', width)}"

    def _list(self, block: ListBlock, width: int) -> str:
        items: list[str] = []
        for number, item in enumerate(block.items, start=block.start):
            sign = f"{number}. " if block.ordered else "- "
            lines = self.blocks(item, max(20, width - len(sign)), "\n").split("\n")
            items.append("\n".join([sign + lines[0], *(" " * len(sign) + line for line in lines[1:])]))
        return "\n".join(items)

    def _figure(self, figure: Figure, width: int) -> str:
        """A picture is told by its caption, or by what a blind reader hears."""
        if figure.missing:
            caption = self.inlines(figure.caption) if figure.alt else ""
            said = [shared_values.waiting_text(figure, self.words), caption, self.inlines(figure.credit)]
            return wrapped(f"[{' · '.join(each for each in said if each)}]", width=width)
        words = [self.inlines(figure.caption) or figure.alt, self.inlines(figure.credit)]
        told = " · ".join(word for word in words if word)
        return wrapped(f"[{told}]", width=width) if told else ""

    def inlines(self, content: Inlines) -> str:
        return "".join([self._inline(node) for node in content])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text(text):
                return text.replace("\n", " ")
            case Strong(children) | Emphasis(children) | Span(children=children):
                return self.inlines(children)
            case Link(href, children):
                return self._link(href, self.inlines(children))
            case Field():
                return self.tags.tag(node, "text")
            case LineBreak():
                return "\n"
            case other:
                assert_never(other)

    def _link(self, href: str, words: str) -> str:
        url = links.normalise(href, self.titles)
        if url.startswith("#"):
            return f"{words} (→ {self.titles[url[1:]]})" if words != self.titles[url[1:]] else words
        if merge_fields.WRITTEN.fullmatch(url):
            url = self.tags.place(url, "url")
        if words in (url, url.removeprefix("mailto:")):
            return words
        if url not in self._numbers:
            self._numbers[url] = len(self._numbers) + 1
            self._listed.append(f"[{self._numbers[url]}] {url}")
        return f"{words} [{self._numbers[url]}]"


_FILTERS = (("wrapped", wrapped), ("hanging", hanging), ("columns", columns))


def render_text(issue: Issue, theme: Theme, tags: merge_fields.Tags) -> str:
    """The whole text part, lines ended by a newline."""
    environment = environment_for(theme, escape=False, filters=_FILTERS)
    filled = fill_template(environment, TEMPLATE, text_values(issue, theme, tags), theme)
    return "\n".join(line.rstrip() for line in filled.split("\n")).strip("\n") + "\n"


def text_values(issue: Issue, theme: Theme, tags: merge_fields.Tags) -> dict[str, Any]:
    """What text.txt.j2 is given; docs/themes.md lists it."""
    writer = TextWriter(issue, tags, theme.words(issue.language))
    opening = writer.blocks(issue.opening)
    opening_links = writer.take_links()
    return shared_values.common_view(issue, theme, tags) | {
        "opening": "\n\n".join(part for part in (opening, "\n".join(opening_links)) if part),
        "sections": [
            {"title": section.title, "articles": [_article(article, writer) for article in section.articles]}
            for section in issue.sections
        ],
    }


def _article(article: Article, writer: TextWriter) -> dict[str, Any]:
    text = writer.blocks(article.blocks).strip("\n")
    sources = [writer.inlines(entry) for entry in article.sources]
    return {"title": article.title, "text": text, "sources": sources, "links": writer.take_links()}
