"""A call to action: one link, drawn as a button."""

from __future__ import annotations

from dataclasses import dataclass

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Inlines, Link, plain
from composer.issue.inlines.editor_inlines import Json, address, line_node, link_of_editor
from composer.issue.inlines.inline_printer import print_container, print_content, target
from composer.issue.inlines.markdown_nodes import Node, is_paragraph
from composer.issue.inlines.node_reading import EditorNode, attrs_of


@dataclass(frozen=True, slots=True)
class Action(Block):
    link: Link

    container = "action"
    editor_nodes = ("action",)

    def contents(self) -> tuple[Inlines, ...]:
        return ((self.link,),)

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("text", plain((self.link,))),)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Action | None:
        reader = context.inlines(source.line + 1)
        children = source.node.children
        paragraph = children[0] if is_paragraph(children) else None
        content = reader.read(paragraph.children if paragraph else ())
        link = content[0] if len(content) == 1 else _link_without_text(context, paragraph)
        if not isinstance(link, Link):
            context.findings.error("action-shape", source.line)
            return None
        return Action(link, line=source.line)

    def printed(self) -> str:
        return print_container("action", print_content((self.link,)) if self.link.children else f"[]({target(self.link.href)})")

    def to_editor(self) -> Json:
        return line_node("action", self.link.children, href=self.link.href)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Action:
        return Action(link_of_editor(node.get("content") or [], address(attrs_of(node))))


def _link_without_text(context: BlockContext, paragraph: Node | None) -> Link | None:
    """Returns the link of an unfinished button; it is an error, because nobody could press it."""
    nodes = paragraph.children if paragraph is not None else []
    if len(nodes) != 1 or nodes[0].type != "link" or nodes[0].children:
        return None
    return Link(context.cuttings.put_back(str(nodes[0].attrs.get("href", ""))).strip(), ())
