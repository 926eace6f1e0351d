"""What every block of an issue can do, and the state of reading blocks. `composer.issue.blocks` has one module for each kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Protocol

from composer.errors import Findings
from composer.issue import conditions
from composer.issue.inline_content import Field, Inlines, Text, plain
from composer.issue.inlines.editor_inlines import Json
from composer.issue.inlines.foreign_markup import report_lines
from composer.issue.inlines.inline_reader import CutMark, Cuttings, InlineReader
from composer.issue.inlines.markdown_nodes import Node
from composer.issue.inlines.node_reading import EditorNode
from composer.messages.phrases import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Block(ABC):
    """A block of an issue. `line` is where it begins in the issue file, and comparisons ignore it.

    `begins` and `read` parse it, `printed` prints it, `to_editor` and `of_editor` convert it. The other methods return its parts.
    """

    line: int = field(default=0, compare=False, kw_only=True)

    container: ClassVar[str] = ""  # its name in the issue file, if it is written between lines of `:::`
    has_argument: ClassVar[bool] = False  # whether something follows this name
    text_name: ClassVar[Phrase] = phrase("a block")  # what findings call its plain texts
    editor_nodes: ClassVar[tuple[str, ...]]  # the types of its nodes in the rich text editor
    # (node type, attribute) of the editor's attributes that readers see as text: find and replace searches them
    editor_texts: ClassVar[tuple[tuple[str, str], ...]] = ()
    top_only: ClassVar[bool] = True  # whether the editor allows it only outside lists, quotations and profiles

    @classmethod
    def module_name(cls) -> str:
        """Returns the name of the module of this kind, which its files in all layers have."""
        return cls.__module__.rpartition(".")[2]

    # -- its parts -----------------------------------------------------------------------------------------------

    def nested(self) -> tuple[tuple[Block, ...], ...]:
        """Returns the runs of blocks in the block; a list has one run for each item."""
        return ()

    def contents(self) -> tuple[Inlines, ...]:
        """Returns the inline content of the block, without that of nested blocks."""
        return ()

    def own_texts(self) -> tuple[str, ...]:
        """Returns the plain texts of the block that are mailed, which are not inline content or nested blocks."""
        return ()

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        """Returns (kind, text) of the texts that differ in every language of an issue, without those of nested blocks."""
        return ()

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        """Returns the block, as an import reads it, with links for the addresses that `link` sees in its texts."""
        return self

    # -- the issue file ------------------------------------------------------------------------------------------

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        """Whether a Markdown node outside `:::` is a block of this kind; `top`: not inside a list, quotation or profile."""
        return False

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Block | None:
        """Reads the block, with a finding for everything that is not part of the format."""
        raise NotImplementedError

    @abstractmethod
    def printed(self) -> str:
        """Returns the block as text that is read back as the same block."""

    # -- the rich text editor ------------------------------------------------------------------------------------

    @abstractmethod
    def to_editor(self) -> Json:
        """Returns the block as a node of the editor."""

    @classmethod
    @abstractmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Block | None:
        """Reads a node of the editor; None if it is empty. Raises EditorDocumentError."""


class InnerReader(Protocol):
    def __call__(self, nodes: Sequence[EditorNode], *, top: bool) -> tuple[Block, ...]:
        """Reads the nodes of the editor in a block. Raises EditorDocumentError."""


class RunReader(Protocol):
    def __call__(self, nodes: Sequence[Node], *, top: bool) -> list[Block]:
        """Reads neighbouring Markdown nodes."""


@dataclass(frozen=True, slots=True)
class BlockSource:
    """What a block is read from. `argument`: the text after the name of a container. `caption`: the line `Table: …` above."""

    node: Node
    line: int
    top: bool
    argument: str = ""
    caption: Node | None = None


class BlockContext:
    """The state of reading one body: its text, its position in the file, cut-out fields and marks, findings.

    `lines_before`: the number of lines in the file before it. `read_run` is set by `composer.issue.parsing.blocks`.
    """

    read_run: RunReader

    def __init__(self, cuttings: Cuttings, findings: Findings, lines_before: int) -> None:
        self.cuttings, self.findings, self.lines_before = cuttings, findings, lines_before
        self.text = ""  # the body as the parser sees it
        self.marks: list[CutMark] = []  # those in the inline content that was read since they were taken

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def line_of(self, node: Node) -> int:
        """Returns the line of the file in which a node of the Markdown parser begins."""
        return self.lines_before + 1 + (node.map[0] if node.map else 0)

    def inlines(self, line: int) -> InlineReader:
        return InlineReader(self.cuttings, self.findings, line, self.marks)

    def condition(self, text: str, line: int) -> str:
        """Returns the normal form of a condition; an empty string after a finding."""
        text = self.cuttings.put_back(text).strip()
        try:
            return str(conditions.parse(text.replace("\n", " ")))
        except conditions.ConditionError as fault:
            self.findings.error(fault.code, line, text=text.split("\n")[0], problem=fault.problem, at=fault.column)
            return ""

    def report_foreign_lines(self, node: Node, line: int, *, of_figure: bool = False) -> None:
        """Warns of lines of a paragraph that look like markup from other kinds of Markdown."""
        if node.children:
            report_lines(self.cuttings.put_back(node.content).split("\n"), line, self.findings, of_figure=of_figure)

    def title(self, node: Node) -> str:
        line = self.line_of(node)
        return self.plain_text(self.inlines(line).read(node.children), line, phrase("a heading"))

    def plain_text(self, content: Inlines, line: int, where: Phrase) -> str:
        """Returns inline content as a text on one line, with a finding for merge fields and markup in it."""
        if any(isinstance(part, Field) for part in content):
            self.findings.error("field-place", line, where=where)
        elif any(not isinstance(part, Text) for part in content):
            self.findings.warning("title-markup", line)
        return " ".join(plain(content).split())


def walk(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        for inner in block.nested():
            yield from walk(inner)


def filled(blocks: Sequence[Block]) -> list[Json]:
    """Returns the editor's nodes; an empty paragraph if there are none, because the editor needs a place for the cursor."""
    return [block.to_editor() for block in blocks] or [{"type": "paragraph"}]
