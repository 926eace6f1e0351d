"""The document model of an issue: frozen dataclasses. Line numbers are ignored in comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from composer.errors import Finding

MISSING_PICTURE = "missing"  # the file name for a picture that does not exist yet


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
    """`href` as written; `{{ view_url }}` and the other page addresses may be a whole href."""

    href: str
    children: Inlines
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A merge field; `default` is shown if the recipient has no value."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class LineBreak:
    pass


@dataclass(frozen=True, slots=True)
class Span:
    """Text in another language than the text around it; `language` is a BCP 47 tag."""

    language: str
    children: Inlines


Inline = Text | Strong | Emphasis | Link | Field | LineBreak | Span
Inlines = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: Inlines
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SubHeading:
    """A heading in an article; with a `number`, the heading of a numbered part."""

    text: str
    number: int | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in the issue folder. An empty `alt` means that it only decorates."""

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
    """Each item is a tuple of blocks, usually one paragraph."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False
    start: int = 1
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Data in rows and columns; every row has as many cells as `head`. `aligns` is per column: left, center, right or ""."""

    head: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    aligns: tuple[str, ...] = ()
    caption: Inlines = ()
    line: int = field(default=0, compare=False)

    @property
    def has_headings(self) -> bool:
        """Whether the first row names the columns. Where all its cells are empty, the columns have no names."""
        return any(self.head)


@dataclass(frozen=True, slots=True)
class Profile:
    """A person: portrait, name, role, and a short description."""

    name: str
    role: str = ""
    portrait: Figure | None = None
    blocks: tuple[Block, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a calendar; `end` is the last day of an event that takes several days."""

    start: date
    title: Inlines
    end: date | None = None
    place: Inlines = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    events: tuple[Event, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Action:
    """A call to action: one link, drawn as a button."""

    link: Link
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """Blocks in another language than the issue."""

    language: str
    blocks: tuple[Block, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Only:
    """Blocks for readers that match `condition`, in the normal form of `composer.issue.conditions`."""

    condition: str
    blocks: tuple[Block, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sources:
    entries: tuple[Inlines, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class EditorMark:
    """A remark for the editor, which never appears in a mail."""

    text: str
    line: int = field(default=0, compare=False)


Block = (
    Paragraph | SubHeading | Figure | Quote | ListBlock | Table | Profile | Calendar | Action | Passage | Only | Sources
    | EditorMark
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Article:
    """`id` is as written, otherwise made from the title; links and the list of contents lead to it.

    `only`: the condition for showing it; empty means always. A section has the same.
    """

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    only: str = ""
    line: int = field(default=0, compare=False)

    @property
    def sources(self) -> tuple[Inlines, ...]:
        """The sources that its text names."""
        return tuple(entry for block in self.blocks if isinstance(block, Sources) for entry in block.entries)


@dataclass(frozen=True, slots=True)
class Section:
    """`id` is as written; empty if the file gives none. It names the section for editing and never reaches a mail."""

    title: str
    articles: tuple[Article, ...] = ()
    marks: tuple[EditorMark, ...] = ()
    only: str = ""
    line: int = field(default=0, compare=False)
    id: str = ""


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
    """An issue as an editor writes it. `opening` is the text before the first section, such as a greeting."""

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
    source: tuple[str, ...] = field(default=(), compare=False, repr=False)  # the lines of its file

    def articles(self) -> Iterator[Article]:
        for section in self.sections:
            yield from section.articles

    def highlighted(self) -> tuple[Article, ...]:
        """Returns the highlighted articles in order; all articles if there are no highlights."""
        if not self.highlights:
            return tuple(self.articles())
        by_id = {article.id: article for article in self.articles()}
        return tuple(by_id[wanted] for wanted in self.highlights if wanted in by_id)

    def blocks(self) -> Iterator[Block]:
        """Yields every block, including nested ones, in reading order."""
        yield from walk(self.opening)
        for section in self.sections:
            yield from section.marks
            for article in section.articles:
                yield from walk(article.blocks)


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Yields the blocks and everything nested in them, in reading order."""
    for block in blocks:
        yield block
        for inner in nested(block):
            yield from walk(inner)


def nested(block: Block) -> tuple[tuple[Block, ...], ...]:
    """Returns the runs of blocks in a block; a list has one run for each item."""
    match block:
        case Quote(blocks) | Passage(blocks=blocks) | Only(blocks=blocks):
            return (blocks,)
        case Profile(portrait=portrait, blocks=blocks):
            return ((portrait, *blocks) if portrait else blocks,)
        case ListBlock(items):
            return items
        case Paragraph() | SubHeading() | Figure() | Table() | Calendar() | Action() | Sources() | EditorMark():
            return ()
        case other:
            assert_never(other)


def contents(block: Block) -> tuple[Inlines, ...]:
    """Returns the inline content of a block, without that of nested blocks."""
    match block:
        case Paragraph(content):
            return (content,)
        case Figure(caption=caption, credit=credit):
            return (caption, credit)
        case Table(head=head, rows=rows, caption=caption):
            return (caption, *head, *(cell for row in rows for cell in row))
        case Calendar(events):
            return tuple(part for event in events for part in (event.title, event.place))
        case Action(link):
            return ((link,),)
        case Sources(entries):
            return entries
        case SubHeading() | Quote() | ListBlock() | Profile() | Passage() | Only() | EditorMark():
            return ()
        case other:
            assert_never(other)


def own_texts(block: Block) -> tuple[str, ...]:
    """Returns the plain texts of a block, which are not inline content or nested blocks."""
    match block:
        case SubHeading(text):
            return (text,)
        case Figure(alt=alt):
            return (alt,)
        case Profile(name=name, role=role):
            return (name, role)
        case Paragraph() | Quote() | ListBlock() | Table() | Calendar() | Action() | Passage() | Only() | Sources():
            return ()
        case EditorMark():
            return ()  # not mailed
        case other:
            assert_never(other)


def walk_inlines(content: Inlines) -> Iterator[Inline]:
    """Yields the nodes of inline content and everything nested in them, in reading order."""
    for node in content:
        yield node
        match node:
            case Strong(children) | Emphasis(children) | Link(children=children) | Span(children=children):
                yield from walk_inlines(children)
            case Text() | Field() | LineBreak():
                pass
            case other:
                assert_never(other)


def plain(content: Inlines) -> str:
    """Returns inline content as plain text; a merge field becomes its default."""
    parts: list[str] = []
    for node in walk_inlines(content):
        match node:
            case Text(text):
                parts.append(text)
            case Field(default=default):
                parts.append(default)
            case LineBreak():
                parts.append(" ")
            case Strong() | Emphasis() | Link() | Span():
                pass
            case other:
                assert_never(other)
    return "".join(parts)
