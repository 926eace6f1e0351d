"""The Manuscript that every reader returns: a document's parts in reading order, its pictures, and all of its words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from composer.importing.manuscript.import_log import ImportLog
from composer.issue.document import Block, Figure, Inlines, ListBlock, Paragraph, plain

# Levels of headings as an issue has them. A reader may return deeper ones; `heading_levels` maps them to these.
TITLE, SECTION, ARTICLE, SUB_HEADING = range(4)
# A long issue has 60,000 characters and 600 lines. A source with five or ten times as many is another kind of document.
MAX_CHARACTERS = 300_000
MAX_LINES = 10_000


class Role(Enum):
    """What the document itself says a part is, beside being a heading."""

    BODY = auto()
    NOTE = auto()  # a footnote, behind the paragraph that names its number
    HIGHLIGHT = auto()  # a line above the first section that names an article
    SUBTITLE = auto()
    CAPTION = auto()
    MAYBE_CAPTION = auto()  # set small, in italics or in the middle, as captions are


@dataclass(frozen=True, slots=True)
class Listing:
    """That a paragraph is an item of a list: how deep, with numbers or signs, and of which list, as its numbers go on."""

    depth: int = 0
    ordered: bool = False
    start: int = 1
    key: str = ""
    goes_on: bool = False  # a further paragraph of the item before


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a document. `level` makes it a heading; `place` is its paragraph, line or page, counted from 1.

    `bold`: all of its words are bold, as the headings of a document without styles are. `size` in points, 0 where it is not
    known. `number` is that of a footnote. `listing`: an item, until `list_items` has gathered it; `item_places` are then those of
    the items of a list without inner lists. `marks` are remarks for the editor.
    """

    block: Block
    place: int
    level: int | None = None
    role: Role = Role.BODY
    bold: bool = False
    size: float = 0.0
    number: int = 0
    listing: Listing | None = None
    item_places: tuple[int, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def content(self) -> Inlines:
        """The words of a paragraph or heading; nothing for any other block."""
        return self.block.content if isinstance(self.block, Paragraph) else ()

    @property
    def text(self) -> str:
        return plain(self.content)

    def marked(self, *marks: str) -> Part:
        return replace(self, marks=(*self.marks, *marks))


@dataclass(slots=True)
class Manuscript:
    """A document as it was read. `words` is its whole text, gathered apart from `parts`, to prove that nothing was lost.

    `pictures`: name in images/ -> bytes. `wrapped`: paragraphs were pieced together from lines of text, so that one may still be
    in two parts.
    """

    name: str
    parts: list[Part]
    words: str
    log: ImportLog = field(default_factory=ImportLog)
    pictures: dict[str, bytes] = field(default_factory=dict)
    wrapped: bool = False


def text_of_block(block: Block) -> str:
    """All words of a paragraph, list or figure, for looking at its form; nothing for any other block."""
    if isinstance(block, ListBlock):
        return " ".join(text_of_block(inner) for item in block.items for inner in item)
    if isinstance(block, Figure):
        return plain(block.caption)
    return plain(block.content) if isinstance(block, Paragraph) else ""
