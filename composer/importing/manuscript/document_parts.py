"""The Manuscript that every reader returns: the parts of a document in reading order, its pictures, and its whole text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import SourceLink
from composer.issue.document import Block, Figure, Inlines, ListBlock, Paragraph, SubHeading, plain, walk

# The heading levels of an issue. A reader may return deeper levels; `heading_levels` maps them to these.
TITLE, SECTION, ARTICLE, SUB_HEADING = range(4)
# A long issue has 60,000 characters and 600 lines. A source with five or ten times as many is another kind of document.
MAX_CHARACTERS = 300_000
MAX_LINES = 10_000


class Role(Enum):
    """What the document itself says about a part, apart from its heading level."""

    BODY = auto()
    NOTE = auto()  # a footnote, after the paragraph that refers to it
    HIGHLIGHT = auto()  # a line above the first section that names an article
    SUBTITLE = auto()
    CAPTION = auto()
    MAYBE_CAPTION = auto()  # small, italic or centred, as captions often are


@dataclass(frozen=True, slots=True)
class Listing:
    """Marks a paragraph as a list item: its depth, whether it is numbered, and which list it belongs to (`key`), because the
    numbers of a list continue after an interruption."""

    depth: int = 0
    ordered: bool = False
    start: int = 1
    key: str = ""
    goes_on: bool = False  # a further paragraph of the item before
    spelled: bool = False  # the text begins with the number, as `（一）`, which a list of an issue cannot show


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """One block of a document. `level` makes it a heading; `position` is its paragraph, line or page, counted from 1.

    `bold`: all words are bold, as headings often are in documents without styles. `size`: in points, 0 if not known. `number`:
    the number of a footnote. `listing`: set for a list item until `list_items` has gathered it; `item_places` then has the places
    of the items, if the list has no nested lists. `questions`: what an editor has to decide about it.
    `spelled`: a list whose items begin with their numbers, as `（一）`; it becomes paragraphs as soon as it is known that it is
    not the contents of the issue.
    """

    block: Block
    position: int
    level: int | None = None
    role: Role = Role.BODY
    bold: bool = False
    size: float = 0.0
    number: int = 0
    listing: Listing | None = None
    item_places: tuple[int, ...] = ()
    questions: tuple[str, ...] = ()
    spelled: bool = False

    @property
    def content(self) -> Inlines:
        return self.block.content if isinstance(self.block, Paragraph) else ()

    @property
    def text(self) -> str:
        return plain(self.content)

    def with_questions(self, *questions: str) -> DocumentPart:
        return replace(self, questions=(*self.questions, *questions))


@dataclass(slots=True)
class Manuscript:
    """A document as a reader returns it. `source_text` is its whole text, collected independently of `parts` to check that no
    word was lost.

    `pictures`: name in images/ -> bytes. `wrapped`: paragraphs were assembled from lines of text, so one may still be split in
    two. `head_lines`: texts outside `parts` that may say the number and the date: running headers, the head of a Markdown file.
    `links`: its links, collected independently of `parts` like `source_text`.
    """

    name: str
    parts: list[DocumentPart]
    source_text: str
    log: ImportLog = field(default_factory=ImportLog)
    pictures: dict[str, bytes] = field(default_factory=dict)
    wrapped: bool = False
    head_lines: list[str] = field(default_factory=list)
    links: list[SourceLink] = field(default_factory=list)


def text_of_block(block: Block) -> str:
    """Returns the plain text of a paragraph, list or figure, for judging its form; an empty string for any other block."""
    if isinstance(block, ListBlock):
        return " ".join(text_of_block(inner) for item in block.items for inner in item)
    if isinstance(block, Figure):
        return plain(block.caption)
    return plain(block.content) if isinstance(block, Paragraph) else ""


def words_of_block(block: Block) -> Iterable[str]:
    """Yields the texts of a block that come from the source: no questions for the editor, and no alternative texts, which are
    copies."""
    for inner in walk((block,)):
        if isinstance(inner, SubHeading):
            yield inner.text if inner.number is None else f"{inner.number}. {inner.text}"
        yield from (plain(content) for content in inner.contents())
