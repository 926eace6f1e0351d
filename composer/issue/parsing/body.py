"""Reads the body of an issue file into sections, articles and blocks, with a finding for everything outside the format."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from markdown_it.token import Token

from composer.errors import Findings
from composer.issue.block import BlockContext
from composer.issue.blocks.only import is_only, read_only
from composer.issue.blocks.summary import report_label
from composer.issue.blocks.table import with_captions
from composer.issue.document import Article, Block, EditorMark, Paragraph, Section, Sources, SubHeading, Summary, walk
from composer.issue.inlines.inline_reader import Cuttings, cut_fields, cut_marks, without_marks
from composer.issue.inlines.markdown import DEEPEST, parser, too_deep
from composer.issue.inlines.markdown_nodes import Node, nodes_of
from composer.issue.parsing.blocks import BlockReader

# Far above any issue that Gmail shows in full, and below sizes that take seconds to parse and render.
MOST_LINES = 4_000
MOST_NODES = 15_000  # of the Markdown parser: a paragraph has four, and two more for each further line
MOST_BRACKETS = 2_000  # the parser's time grows with their square
_ID = re.compile(r"\{#([^{}]*)\}\s*\Z")
_ESCAPED_ID = re.compile(r"(?<!\\)(?:\\\\)*\\\{#[^{}]*\}\s*\Z")  # a title may end like this; the printer escapes it
LONGEST_ID = 80  # characters; a longer one would not fit into the addresses of pages and the indexes of the database
GOOD_ID = re.compile(rf"(?=.{{1,{LONGEST_ID}}}\Z)[a-z0-9]+(-[a-z0-9]+)*\Z")


def count_nodes(tokens: Sequence[Token]) -> int:
    return sum(1 + len(token.children or ()) for token in tokens)


@dataclass
class _ArticleDraft:
    title: str
    id: str
    line: int
    blocks: list[Block] = field(default_factory=list)
    only: str = ""

    def finished(self) -> Article:
        return Article(self.id, self.title, tuple(self.blocks), self.only, self.line)


@dataclass
class _SectionDraft:
    title: str
    line: int
    id: str = ""
    articles: list[_ArticleDraft] = field(default_factory=list)
    marks: list[EditorMark] = field(default_factory=list)
    only: str = ""

    def finished(self) -> Section:
        articles = tuple(article.finished() for article in self.articles)
        return Section(self.title, articles, tuple(self.marks), self.only, self.line, self.id)


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a section (depth 1) or an article (depth 2). An article also has an id if none is `written`."""

    line: int
    depth: int
    title: str
    id: str
    written: bool


class BodyReader:
    def __init__(self, findings: Findings, lines_before: int) -> None:
        self.findings, self.lines_before = findings, lines_before
        self.cuttings = Cuttings()
        self.context = BlockContext(self.cuttings, findings, lines_before)
        self.blocks = BlockReader(self.context)
        self.opening: list[Block] = []
        self.drafts: list[_SectionDraft] = []
        self.headings: list[Heading] = []
        self._by_id: dict[str, _ArticleDraft | _SectionDraft] = {}
        self._articles = 0  # read so far; an article without an id and without Latin letters gets its number

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(draft.finished() for draft in self.drafts)

    def read(self, text: str) -> None:
        text = cut_marks(text, self.cuttings, self.findings, self.lines_before + 1)
        text = cut_fields(text, self.cuttings, self.findings, self.lines_before + 1)
        if text.count("\n") > MOST_LINES or text.count("[") > MOST_BRACKETS:
            self.findings.error("too-much", self.lines_before + 1, limit=MOST_LINES)
            return
        tokens = parser().parse(text)
        if count_nodes(tokens) > MOST_NODES:
            self.findings.error("too-much", self.lines_before + 1, limit=MOST_LINES)
            return
        if (token := too_deep(tokens)) is not None:
            self.findings.error("too-deep", self.lines_before + 1 + (token.map[0] if token.map else 0), limit=DEEPEST)
            return
        self.context.text = text
        for node, caption in with_captions(nodes_of(tokens)):
            if node.type == "heading" and node.tag != "h3":
                self._read_heading(node)
            elif is_only(node) and (here := self._at_beginning()) is not None:
                here.only = read_only(self.context, node)
            else:
                self._place(self.blocks.read(node, caption, top=True), self.context.line_of(node))
        self._check_shape()

    def _at_beginning(self) -> _SectionDraft | _ArticleDraft | None:
        """Returns the current section or article if only its heading was read so far, so that a line `Only: …` belongs to it."""
        if not self.drafts:
            return None
        section = self.drafts[-1]
        here = section.articles[-1] if section.articles else section
        blocks: Sequence[Block] = here.blocks if isinstance(here, _ArticleDraft) else here.marks
        return here if all(isinstance(block, EditorMark) for block in blocks) and not here.only else None

    # -- headings ------------------------------------------------------------------------------------------------

    def _read_heading(self, node: Node) -> None:
        line = self.context.line_of(node)
        title, marks = self.context.title(node), self.blocks.take_marks()
        depth = int(node.tag[1])
        id_match = _ID.search(title) if depth <= 2 and not _ESCAPED_ID.search(without_marks(node.content)) else None
        given = id_match[1].strip() if id_match else None
        if id_match:
            title = title[: id_match.start()].strip()
        if not title:
            self.findings.error("title-empty", line)
        if depth == 1:
            self._open_section(title, given, line, marks)
            return
        if depth == 2:
            self._open_article(title, given, line)
        else:
            self.findings.error("heading-deep", line, depth=depth)
        self._place(marks, line)

    def _open_section(self, title: str, given: str | None, line: int, marks: Sequence[EditorMark]) -> None:
        section = _SectionDraft(title, line, given or "", marks=list(marks))
        self.headings.append(Heading(line, 1, title, section.id, given is not None))
        if given is not None:
            self._take_id(given, section)
        self.drafts.append(section)

    def _open_article(self, title: str, given: str | None, line: int) -> None:
        if not self.drafts:
            self.findings.error("article-outside", line, title=title)
            self.drafts.append(_SectionDraft(title, line))
        self._articles += 1
        article = _ArticleDraft(title, given if given is not None else slug(title) or f"article-{self._articles}", line)
        self.headings.append(Heading(line, 2, title, article.id, given is not None))
        self._take_id(article.id, article)
        self.drafts[-1].articles.append(article)

    def _take_id(self, chosen: str, part: _ArticleDraft | _SectionDraft) -> None:
        """Sections and articles have their ids in common, because an id names one part of the issue."""
        if not GOOD_ID.match(chosen):
            shown = chosen if len(chosen) <= LONGEST_ID else f"{chosen[:LONGEST_ID]}…"
            self.findings.error("id-wrong", part.line, id=shown)
        if (taken := self._by_id.setdefault(chosen, part)) is not part:
            self.findings.error("id-twice", part.line, id=chosen, first=taken.line)

    def _place(self, blocks: Sequence[Block], line: int) -> None:
        """Adds blocks to the current place: the opening, the marks of a section, or the current article."""
        section = self.drafts[-1] if self.drafts else None
        if section is not None and section.articles:
            section.articles[-1].blocks += blocks
            return
        kinds = {type(block) for block in walk(tuple(blocks))}
        if Summary in kinds:
            self.findings.error("summary-outside", line)
            return
        code = "heading-outside" if SubHeading in kinds else "block-outside"
        if section is None:
            if kinds & {SubHeading, Sources}:
                self.findings.error(code, line)
            self.opening += blocks
            return
        marks = [block for block in blocks if isinstance(block, EditorMark)]
        section.marks += marks
        if len(marks) < len(blocks):
            self.findings.error(code, line)

    def _check_shape(self) -> None:
        if not any(section.articles for section in self.drafts):
            self.findings.error("no-articles", self.lines_before + 1)
        for section in self.drafts:
            if not section.articles:
                self.findings.error("section-empty", section.line, title=section.title)
            for article in section.articles:
                self._check_article(article)

    def _check_article(self, article: _ArticleDraft) -> None:
        blocks = [block for block in article.blocks if not isinstance(block, EditorMark)]
        if all(isinstance(block, Summary) for block in blocks):
            self.findings.error("article-empty", article.line, title=article.title)
        self._report_labels(blocks)
        for block in blocks[:-1]:
            if isinstance(block, Sources):
                self.findings.warning("sources-not-last", block.line)
        for block in blocks[1:]:
            if isinstance(block, Summary):
                code = "summary-not-first" if block.content else "author-not-first" if block.byline else "text-not-first"
                self.findings.warning(code, block.line)
        last = 0
        for part in walk(tuple(blocks)):
            if isinstance(part, SubHeading) and part.number is not None:
                if part.number != last + 1:
                    self.findings.warning("part-number", part.line, number=part.number, wanted=last + 1)
                last = part.number

    def _report_labels(self, blocks: Sequence[Block]) -> None:
        """Warns of the lines at the beginning of an article that are text, although they look like its summary or author."""
        for block in (block for block in blocks if not isinstance(block, Summary)):
            if not isinstance(block, Paragraph):
                return
            lines = enumerate(self.context.lines[block.line - self.lines_before - 1 :], start=block.line)
            if not list(takewhile(lambda entry: report_label(entry[1].strip(), entry[0], self.findings), lines)):
                return


def slug(title: str) -> str:
    """Makes an id from a title: ASCII letters and digits joined by hyphens, at most 60 characters; may be empty."""
    folded = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"['`]", "", folded))
    made = ""
    for word in words:
        longer = f"{made}-{word}" if made else word[:60]
        if len(longer) > 60:
            break
        made = longer
    return made
