"""The body of an issue file: Markdown -> sections, articles and blocks, with a finding for whatever does not fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from composer.document import (
    MISSING_PICTURE,
    Article,
    Block,
    EditorMark,
    Field,
    Figure,
    Inlines,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Sources,
    SubHeading,
    Text,
    plain,
)
from composer.errors import Findings
from composer.inlines import FIELD_OPEN, MARK_OPEN, Cuttings, InlineReader, cut_fields, cut_marks

DEEPEST = 60  # nested elements; lxml drops the rest of a document silently somewhere above 200
_ID = re.compile(r"\s*\{#([^{}]*)\}\s*\Z")
_GOOD_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_SOURCES = re.compile(r"Sources?[ \t]*[::][ \t]*", re.IGNORECASE)
_FIGURE_LINE = re.compile(r"(Caption|Credit)[ \t]*[::][ \t]*", re.IGNORECASE)
_NOT_IN_FORMAT = {"hr": "a line of dashes", "fence": "a block of code", "code_block": "a block of code"}


class _Markdown(MarkdownIt):
    """CommonMark without what a newsletter has no place for. Links are judged by `composer.links`, not here."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": DEEPEST + 10})
        self.disable(["code", "lheading", "reference", "html_block", "html_inline", "backticks", "text_join"])

    def normalizeLink(self, url: str) -> str:  # noqa: N802  (the parser's own name)
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802  (the parser's own name)
        return True


@dataclass
class _ArticleDraft:
    title: str
    id: str
    line: int
    blocks: list[Block] = field(default_factory=list)

    def finished(self) -> Article:
        return Article(self.id, self.title, tuple(self.blocks), self.line)


@dataclass
class _SectionDraft:
    title: str
    line: int
    articles: list[_ArticleDraft] = field(default_factory=list)
    marks: list[EditorMark] = field(default_factory=list)

    def finished(self) -> Section:
        articles = tuple(article.finished() for article in self.articles)
        return Section(self.title, articles, tuple(self.marks), self.line)


class BodyReader:
    """Reads one body; afterwards `opening` and `sections` hold what was found."""

    def __init__(self, findings: Findings, lines_before: int) -> None:
        self.findings, self.lines_before = findings, lines_before
        self.cuttings = Cuttings()
        self.opening: list[Block] = []
        self.drafts: list[_SectionDraft] = []

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(draft.finished() for draft in self.drafts)

    def read(self, text: str) -> None:
        text = cut_marks(text, self.cuttings, self.findings, self.lines_before + 1)
        text = cut_fields(text, self.cuttings, self.findings, self.lines_before + 1)
        tokens = _Markdown().parse(text)
        for token in tokens:
            inner = max((child.level for child in token.children or ()), default=0)
            if token.level + inner > DEEPEST:
                self.findings.error("too-deep", self._line_of(token.map), limit=DEEPEST)
                return
        for node in SyntaxTreeNode(tokens).children:
            if node.type == "heading":
                self._read_heading(node)
            else:
                self._place(self._read_block(node, top=True), self._line_of(node.map))
        self._check_shape()

    def _line_of(self, where: Sequence[int] | None) -> int:
        return self.lines_before + 1 + (where[0] if where else 0)

    # -- headings ------------------------------------------------------------------------------------------------

    def _read_heading(self, node: SyntaxTreeNode) -> None:
        line = self._line_of(node.map)
        reader = InlineReader(self.cuttings, self.findings, line)
        content = reader.read(node.children[0].children)
        if any(isinstance(part, Field) for part in content):
            self.findings.error("field-place", line, where="a heading")
        elif any(not isinstance(part, Text) for part in content):
            self.findings.warning("title-markup", line)
        title = " ".join(plain(content).split())
        depth = int(node.tag[1])
        given = _ID.search(title) if depth == 2 else None
        if given:
            title = title[: given.start()].strip()
        if not title:
            self.findings.error("title-empty", line)
        if depth == 1:
            self.drafts.append(_SectionDraft(title, line, marks=list(reader.marks)))
            return
        if depth == 2:
            self._open_article(title, given[1].strip() if given else None, line)
        elif depth == 3:
            self._place([SubHeading(title, line)], line, "heading-outside")
        else:
            self.findings.error("heading-deep", line, depth=depth)
        self._place(list(reader.marks), line)

    def _open_article(self, title: str, given: str | None, line: int) -> None:
        if not self.drafts:
            self.findings.error("article-outside", line, title=title)
            self.drafts.append(_SectionDraft(title, line))
        known = [article for section in self.drafts for article in section.articles]
        chosen = given if given is not None else slug(title) or f"article-{len(known) + 1}"
        if not _GOOD_ID.match(chosen):
            self.findings.error("id-wrong", line, id=chosen)
        taken = next((article for article in known if article.id == chosen), None)
        if taken:
            self.findings.error("id-twice", line, id=chosen, first=taken.line)
        self.drafts[-1].articles.append(_ArticleDraft(title, chosen, line))

    def _place(self, blocks: Sequence[Block], line: int, code: str = "block-outside") -> None:
        """Puts blocks where the reading is now: the opening, a section's marks, or the current article."""
        if not self.drafts:
            if any(isinstance(block, SubHeading | Sources) for block in blocks):
                self.findings.error(code, line)
            self.opening += blocks
            return
        section = self.drafts[-1]
        if section.articles:
            section.articles[-1].blocks += blocks
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
        if not blocks:
            self.findings.error("article-empty", article.line, title=article.title)
        for block in blocks[:-1]:
            if isinstance(block, Sources):
                self.findings.warning("sources-not-last", block.line)

    # -- blocks --------------------------------------------------------------------------------------------------

    def _read_block(self, node: SyntaxTreeNode, *, top: bool) -> list[Block]:
        line = self._line_of(node.map)
        match node.type:
            case "paragraph":
                return self._read_paragraph(node, line, top=top)
            case "blockquote":
                blocks = self._read_blocks(node.children)
                return [Quote(tuple(blocks), line)] if blocks else []
            case "bullet_list" | "ordered_list":
                items = tuple(tuple(self._read_blocks(item.children)) for item in node.children)
                start = node.attrs.get("start", 1)
                return [ListBlock(items, node.type == "ordered_list", int(start), line)]
            case "heading":
                self.findings.error("heading-outside", line)
            case other:
                self.findings.error("not-in-format", line, what=_NOT_IN_FORMAT.get(other, other))
        return []

    def _read_blocks(self, nodes: Sequence[SyntaxTreeNode]) -> list[Block]:
        return [block for node in nodes for block in self._read_block(node, top=False)]

    def _read_paragraph(self, node: SyntaxTreeNode, line: int, *, top: bool) -> list[Block]:
        children = list(node.children[0].children) if node.children else []
        reader = InlineReader(self.cuttings, self.findings, line)
        block: Block | None = None
        if top and children and children[0].type == "image":
            block = self._read_figure(children, reader, line)
        elif top and children and children[0].type == "text" and (match := _SOURCES.match(children[0].content)):
            block = self._read_sources(children, match.end(), reader, line)
        else:
            content = reader.read(children)
            block = Paragraph(content, line) if content else None
        return [*([block] if block else []), *reader.marks]

    def _read_sources(self, children: list[SyntaxTreeNode], skip: int, reader: InlineReader, line: int) -> Sources | None:
        entries: list[list[SyntaxTreeNode]] = [[]]
        for number, child in enumerate(children):
            if child.type != "text":
                entries[-1].append(child)
                continue
            for part, words in enumerate(child.content[skip if number == 0 else 0 :].split(";")):
                if part:
                    entries.append([])
                entries[-1].append(_text_node(child, words))
        read = tuple(content for content in map(reader.read, entries) if content)
        if not read:
            self.findings.error("sources-empty", line)
            return None
        return Sources(read, line)

    def _read_figure(self, children: list[SyntaxTreeNode], reader: InlineReader, line: int) -> Figure | None:
        image, rest = children[0], children[1:]
        src = str(image.attrs.get("src", "")).strip()
        alt = " ".join(plain(InlineReader(self.cuttings, self.findings, line).read(image.children)).split())
        if not src:
            self.findings.error("image-empty", line)
            src = MISSING_PICTURE
        elif FIELD_OPEN in src or MARK_OPEN in src:
            self.findings.error("image-field", line)
            src = MISSING_PICTURE
        lines: list[list[SyntaxTreeNode]] = [[]]
        for child in rest:
            if child.type in ("softbreak", "hardbreak"):
                lines.append([])
            else:
                lines[-1].append(child)
        if reader.read(lines[0]):
            self.findings.error("image-in-text", line)
        said = self._figure_lines(lines[1:], reader, line)
        return Figure(src, alt, said.get("caption", ()), said.get("credit", ()), line)

    def _figure_lines(self, lines: list[list[SyntaxTreeNode]], reader: InlineReader, line: int) -> dict[str, Inlines]:
        said: dict[str, Inlines] = {}
        for number, nodes in enumerate(lines, start=1):
            reader.line = line + number
            match = _FIGURE_LINE.match(nodes[0].content) if nodes and nodes[0].type == "text" else None
            if match is None:
                words = plain(reader.read(nodes))
                if words:
                    self.findings.error("figure-line", line + number, text=words[:60])
                continue
            what = match[1].lower()
            if what in said:
                self.findings.error("figure-twice", line + number, what=what.capitalize())
            said[what] = reader.read([_text_node(nodes[0], nodes[0].content[match.end() :]), *nodes[1:]])
        return said


def _text_node(like: SyntaxTreeNode, words: str) -> SyntaxTreeNode:
    """A text node of the parser's kind with other words."""
    token = like.token
    assert token is not None  # noqa: S101  (a text node always has its token)
    return SyntaxTreeNode([token.copy(content=words)]).children[0]


def slug(title: str) -> str:
    """The id made from a title: ASCII letters and digits joined by hyphens, at most about 60; may be empty."""
    folded = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"['`]", "", folded))
    made = ""
    for word in words:
        longer = f"{made}-{word}" if made else word[:60]
        if len(longer) > 60:
            break
        made = longer
    return made
