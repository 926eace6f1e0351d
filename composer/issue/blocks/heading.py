"""A heading in an article, with or without a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Text
from composer.issue.inlines.editor_inlines import Json, line_node, text_of_editor
from composer.issue.inlines.inline_printer import print_title
from composer.issue.inlines.markdown_nodes import Node
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, attrs_of
from composer.messages.phrases import phrase

_NUMBERED = re.compile(r"([0-9]{1,3})[.)][ \t]+")


@dataclass(frozen=True, slots=True)
class SubHeading(Block):
    """A heading in an article; with a `number`, the heading of a numbered part."""

    text: str
    number: int | None = None

    text_name = phrase("a heading")
    editor_nodes = ("subHeading",)

    def own_texts(self) -> tuple[str, ...]:
        return (self.text,)

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("text", self.text),)

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        return top and node.type == "heading" and node.tag == "h3"

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> SubHeading:
        title = context.title(source.node)
        number: int | None = None
        nodes = source.node.children
        # An escaped number is part of the title: then the first text node ends before its full stop.
        if nodes and nodes[0].type == "text" and (match := _NUMBERED.match(nodes[0].content)) and _NUMBERED.match(title + " "):
            number, title = int(match[1]), _NUMBERED.sub("", title + " ", count=1).strip()
        if not title:
            context.findings.error("title-empty", source.line)
        return SubHeading(title, number, line=source.line)

    def printed(self) -> str:
        title = print_title(self.text)
        if self.number is not None:
            return f"### {self.number}. {title or '&nbsp;'}"  # a number alone would be the title
        # A title that itself begins with a number gets its full stop escaped.
        return "### " + re.sub(r"^(\d{1,3})([.)])(?=\s)", r"\1\\\2", title)

    def to_editor(self) -> Json:
        return line_node("subHeading", (Text(self.text),) if self.text else (), number=self.number)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> SubHeading:
        number = attrs_of(node).get("number")
        if number is not None and (type(number) is not int or not 0 <= number <= 999):
            raise EditorDocumentError("number", repr(number))
        return SubHeading(text_of_editor(node), number)
