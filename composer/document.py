"""The document model of an issue: plain frozen records, whose line numbers take no part in comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from composer.errors import Finding

MISSING_PICTURE = "missing"  # the file name of a picture that is promised but not there yet


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    children: Inlines


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: Inlines


@dataclass(frozen=True, slots=True)
class Link:
    """`href` as written; `{{ view_url }}` and `{{ unsubscribe_url }}` may be a whole href."""

    href: str
    children: Inlines
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A place filled per recipient; `default` stands there when the recipient has no value."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class LineBreak:
    pass


Inline = Text | Strong | Emphasis | Link | Field | LineBreak
Inlines = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: Inlines
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SubHeading:
    text: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the issue folder. Empty `alt`: it only decorates."""

    src: str
    alt: str = ""
    caption: Inlines = ()
    credit: Inlines = ()
    line: int = field(default=0, compare=False)

    @property
    def missing(self) -> bool:
        return self.src == MISSING_PICTURE


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ListBlock:
    """Each item is a tuple of blocks, mostly one paragraph."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False
    start: int = 1
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sources:
    entries: tuple[Inlines, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class EditorMark:
    """A remark for whoever edits; it never reaches a mail."""

    text: str
    line: int = field(default=0, compare=False)


Block = Paragraph | SubHeading | Figure | Quote | ListBlock | Sources | EditorMark


@dataclass(frozen=True, slots=True)
class Article:
    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    articles: tuple[Article, ...] = ()
    marks: tuple[EditorMark, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Credit:
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Footer:
    about: str
    address: str = ""
    website: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """What an editor writes. `opening` is the text before the first section, such as a greeting."""

    title: str
    organisation: str
    number: str
    date: date
    subject: str
    preheader: str
    language: str
    footer: Footer
    sections: tuple[Section, ...] = ()
    opening: tuple[Block, ...] = ()
    tagline: str = ""
    theme: str = "cast"
    highlights: tuple[str, ...] = ()
    credits: tuple[Credit, ...] = ()
    file: str = field(default="issue.md", compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    lines: dict[str, int] = field(default_factory=dict, compare=False)  # key of the head -> its line

    def articles(self) -> Iterator[Article]:
        for section in self.sections:
            yield from section.articles

    def highlighted(self) -> tuple[Article, ...]:
        """The articles that the list of headlines names, in its order."""
        if not self.highlights:
            return tuple(self.articles())
        by_id = {article.id: article for article in self.articles()}
        return tuple(by_id[wanted] for wanted in self.highlights if wanted in by_id)

    def blocks(self) -> Iterator[Block]:
        """Every block, nested ones too, in reading order."""
        yield from walk(self.opening)
        for section in self.sections:
            yield from section.marks
            for article in section.articles:
                yield from walk(article.blocks)


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """The blocks and what is nested in them, in reading order."""
    for block in blocks:
        yield block
        if isinstance(block, Quote):
            yield from walk(block.blocks)
        elif isinstance(block, ListBlock):
            for item in block.items:
                yield from walk(item)


def plain(content: Inlines) -> str:
    """The words of inline content without markup; a merge field stands as its default."""
    parts: list[str] = []
    for node in content:
        match node:
            case Text(text):
                parts.append(text)
            case Field(default=default):
                parts.append(default)
            case LineBreak():
                parts.append(" ")
            case Strong(children) | Emphasis(children) | Link(children=children):
                parts.append(plain(children))
    return "".join(parts)
