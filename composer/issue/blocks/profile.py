"""A person: portrait, name, role, and a short description."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader, filled
from composer.issue.blocks.figure import Figure, picture_of_editor, print_picture, read_figure, read_named_lines
from composer.issue.blocks.list import print_blocks
from composer.issue.inlines.editor_inlines import Json, clean, content_of_editor, holder_node, line_node
from composer.issue.inlines.inline_printer import print_container, print_content, print_title
from composer.issue.inlines.inline_reader import on_one_line
from composer.issue.inlines.markdown_nodes import at_line_ends, is_paragraph
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, attrs_of, content_of, text
from composer.messages.phrases import phrase

_LINE = re.compile(r"(Name|Role|Credit)[ \t]*[:：][ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Profile(Block):
    name: str
    role: str = ""
    portrait: Figure | None = None
    blocks: tuple[Block, ...] = ()

    container = "profile"
    text_name = phrase("the name of a profile")
    editor_nodes = ("profile",)
    editor_texts = (("portrait", "alt"), ("profile", "name"), ("profile", "role"))

    def nested(self) -> tuple[tuple[Block, ...], ...]:
        return ((self.portrait, *self.blocks) if self.portrait else self.blocks,)

    def own_texts(self) -> tuple[str, ...]:
        return (self.name, self.role)

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("role", self.role),)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Profile:
        children, line = source.node.children, source.line
        first = children[0] if is_paragraph(children[:1]) else None
        nodes = first.children if first is not None else []
        start = context.line_of(first) if first is not None else line
        reader = context.inlines(start)
        portrait: Figure | None = None
        lines = at_line_ends(nodes)
        if nodes and nodes[0].type == "image":
            portrait = read_figure(context, nodes[:1], reader, start)
            lines, start = lines[1:], start + 1
        named = read_named_lines(lines, _LINE, "profile-line", reader, start)
        name, role = (context.plain_text(named.get(key, ()), start, cls.text_name) for key in ("name", "role"))
        if not name:
            context.findings.error("profile-name", line)
        if portrait is not None:
            portrait = replace(portrait, credit=named.get("credit", ()))
        elif "credit" in named:
            context.findings.error("profile-line", start, text="Credit")
        return Profile(name, role, portrait, tuple(context.read_run(children[1:], top=False)), line=line)

    def printed(self) -> str:
        lines = [print_picture(self.portrait)] if self.portrait else []
        lines.append(f"Name: {print_title(self.name)}")
        if self.role:
            lines.append(f"Role: {print_title(self.role)}")
        if self.portrait and self.portrait.credit:
            lines.append(f"Credit: {print_content(on_one_line(self.portrait.credit))}")
        below = f"\n\n{print_blocks(self.blocks)}" if self.blocks else ""
        return print_container("profile", "\n".join(lines) + below)

    def to_editor(self) -> Json:
        content: list[Json] = []
        if self.portrait is not None:
            credit = line_node("credit", self.portrait.credit)
            content.append(holder_node("portrait", [credit], src=self.portrait.src, alt=self.portrait.alt))
        return holder_node("profile", [*content, *filled(self.blocks)], name=self.name, role=self.role)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Profile:
        portrait: Figure | None = None
        rest = content_of(node)
        if rest and rest[0].get("type") == "portrait":
            first, *rest = rest
            parts = content_of(first)
            if len(parts) > 1:
                raise EditorDocumentError("shape", "portrait")
            portrait = Figure(*picture_of_editor(first), (), on_one_line(content_of_editor(parts[0])) if parts else ())
        name, role = (" ".join(clean(text(attrs_of(node), key)).split()) for key in ("name", "role"))
        return Profile(name, role, portrait, read_inner(rest, top=False))
