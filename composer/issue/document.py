"""The document model of an issue: frozen dataclasses. Line numbers are ignored in comparisons.

The classes of inline content are defined in `composer.issue.inline_content`, those of blocks in `composer.issue.blocks`. All of
them can be imported from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from composer.errors import Finding
from composer.issue import merge_fields
from composer.issue.block import Block as Block
from composer.issue.block import walk as walk
from composer.issue.blocks.action import Action as Action
from composer.issue.blocks.calendar import Calendar as Calendar
from composer.issue.blocks.calendar import CalendarEvent as CalendarEvent
from composer.issue.blocks.figure import MISSING_PICTURE as MISSING_PICTURE
from composer.issue.blocks.figure import Figure as Figure
from composer.issue.blocks.heading import SubHeading as SubHeading
from composer.issue.blocks.list import ListBlock as ListBlock
from composer.issue.blocks.mark import EditorMark as EditorMark
from composer.issue.blocks.only import Only as Only
from composer.issue.blocks.paragraph import Paragraph as Paragraph
from composer.issue.blocks.passage import Passage as Passage
from composer.issue.blocks.profile import Profile as Profile
from composer.issue.blocks.question import ReaderQuestion as ReaderQuestion
from composer.issue.blocks.quote import Quote as Quote
from composer.issue.blocks.sources import Sources as Sources
from composer.issue.blocks.summary import Summary as Summary
from composer.issue.blocks.table import Table as Table
from composer.issue.inline_content import Emphasis as Emphasis
from composer.issue.inline_content import Field as Field
from composer.issue.inline_content import Inline as Inline
from composer.issue.inline_content import Inlines as Inlines
from composer.issue.inline_content import LineBreak as LineBreak
from composer.issue.inline_content import Link as Link
from composer.issue.inline_content import Span as Span
from composer.issue.inline_content import Strong as Strong
from composer.issue.inline_content import Text as Text
from composer.issue.inline_content import plain as plain
from composer.issue.inline_content import walk_inlines as walk_inlines

DEFAULT_THEME = "cast"  # of issues whose head names none
FULL, DIGEST = "full", "digest"
LAYOUTS = (FULL, DIGEST)


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
        return tuple(entry for block in self.blocks if isinstance(block, Sources) for entry in block.entries)

    @property
    def summary(self) -> Inlines:
        """Returns the summary that somebody wrote; empty if there is none."""
        return next((block.content for block in self.blocks if isinstance(block, Summary) and block.content), ())

    @property
    def byline(self) -> str:
        return next((block.byline for block in self.blocks if isinstance(block, Summary) and block.byline), "")

    @property
    def whole_in_digest(self) -> bool:
        return any(isinstance(block, Summary) and block.whole for block in self.blocks)


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
class SocialLink:
    """An account of the organisation in a social network: its name as readers see it, and its address."""

    name: str
    url: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Footer:
    """`wechat`: the path of the picture with the WeChat QR code in the issue folder; empty if there is none."""

    about: str
    address: str = ""
    website: str = ""
    email: str = ""
    social: tuple[SocialLink, ...] = ()
    wechat: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as an editor writes it. `opening` is the text before the first section, such as a greeting.

    `layout`: `full`, or `digest`, a mail of summaries that lead to a page for each article. `lead`: the id of the story under the
    masthead; empty if the file names none.
    """

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
    theme: str = DEFAULT_THEME
    layout: str = FULL
    lead: str = ""
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
        return tuple(by_id[highlight] for highlight in self.highlights if highlight in by_id)

    def blocks(self) -> Iterator[Block]:
        yield from walk(self.opening)
        for section in self.sections:
            yield from section.marks
            for article in section.articles:
                yield from walk(article.blocks)

    def pictures(self) -> Iterator[tuple[str, int | None]]:
        """Yields the file and the line of every picture that the mail shows, in reading order. A file may come several times."""
        yield from ((block.src, block.line) for block in self.blocks() if isinstance(block, Figure) and not block.missing)
        if self.footer.wechat:
            yield self.footer.wechat, self.lines.get("footer.wechat")

    def questions(self) -> Iterator[ReaderQuestion]:
        return (block for block in self.blocks() if isinstance(block, ReaderQuestion))

    def tags(self) -> merge_fields.Tags:
        """Returns the tags of its merge fields, numbered in reading order, so that the same issue always gets the same tags."""
        fields = [*merge_fields.fields_in(self.subject), *merge_fields.fields_in(self.preheader)]
        for block in self.blocks():
            fields += [field for content in block.contents() for field in merge_fields.fields_of(content)]
        return merge_fields.Tags([*fields, *map(Field, merge_fields.PAGE_FIELDS)])
