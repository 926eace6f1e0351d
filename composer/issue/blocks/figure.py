"""A picture in the issue folder, with its alternative text, caption and credit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Inlines, Text, plain
from composer.issue.inlines.editor_inlines import Json, clean, content_of_editor, holder_node, line_node
from composer.issue.inlines.emphasis import FIELD_OPEN, MARK_OPEN
from composer.issue.inlines.foreign_markup import FIGURE_LINE
from composer.issue.inlines.inline_printer import print_content, target
from composer.issue.inlines.inline_reader import InlineReader, on_one_line
from composer.issue.inlines.markdown_nodes import Node, at_line_ends
from composer.issue.inlines.node_reading import EditorNode, attrs_of, content_of, text
from composer.messages.phrases import phrase

MISSING_PICTURE = "missing"  # the file name for a picture that does not exist yet


@dataclass(frozen=True, slots=True)
class Figure(Block):
    """A picture in the issue folder. An empty `alt` means that it only decorates."""

    src: str
    alt: str = ""
    caption: Inlines = ()
    credit: Inlines = ()

    text_name = phrase("the alternative text of a picture")
    editor_nodes = ("figure",)
    editor_texts = (("figure", "alt"),)

    @property
    def missing(self) -> bool:
        return self.src == MISSING_PICTURE

    def contents(self) -> tuple[Inlines, ...]:
        return (self.caption, self.credit)

    def own_texts(self) -> tuple[str, ...]:
        return (self.alt,)

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("alt", self.alt), ("caption", plain(self.caption)))

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        return replace(self, caption=link(self.caption), credit=link(self.credit))

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        return top and node.type == "paragraph" and bool(node.children) and node.children[0].type == "image"

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Figure:
        context.report_foreign_lines(source.node, source.line, of_figure=True)
        return read_figure(context, source.node.children, context.inlines(source.line), source.line)

    def printed(self) -> str:
        lines = [print_picture(self)]
        if self.caption:
            lines.append(f"Caption: {print_content(on_one_line(self.caption))}")
        if self.credit:
            lines.append(f"Credit: {print_content(on_one_line(self.credit))}")
        return "\n".join(lines)

    def to_editor(self) -> Json:
        lines = [line_node("caption", self.caption), line_node("credit", self.credit)]
        return holder_node("figure", lines, src=self.src, alt=self.alt)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Figure:
        lines = {str(part.get("type")): on_one_line(content_of_editor(part)) for part in content_of(node)}
        return Figure(*picture_of_editor(node), lines.get("caption", ()), lines.get("credit", ()))


def read_figure(context: BlockContext, nodes: Sequence[Node], reader: InlineReader, line: int) -> Figure:
    """Reads a picture and the lines `Caption:` and `Credit:` below it. A profile begins with such a picture, too."""
    image, rest = nodes[0], nodes[1:]
    src = str(image.attrs.get("src", "")).strip()
    reader.report_title(image)
    alt = " ".join(plain(InlineReader(context.cuttings, context.findings, line, []).read(image.children)).split())
    if not src:
        context.findings.error("image-empty", line)
        src = MISSING_PICTURE
    elif FIELD_OPEN in src or MARK_OPEN in src:
        context.findings.error("image-field", line)
        src = MISSING_PICTURE
    lines = at_line_ends(rest)
    if reader.read(lines[0]):
        context.findings.error("image-in-text", line)
    named = read_named_lines(lines[1:], FIGURE_LINE, "figure-line", reader, line + 1)
    return Figure(src, alt, named.get("caption", ()), named.get("credit", ()), line=line)


def read_named_lines(
    lines: Sequence[Sequence[Node]], names: re.Pattern[str], otherwise: str, reader: InlineReader, first_line: int
) -> dict[str, Inlines]:
    """Returns name in lower case -> content after it; `otherwise` is the code of the finding for a line without a name."""
    named: dict[str, Inlines] = {}
    for line, nodes in enumerate(lines, start=first_line):
        reader.line = line
        match = names.match(nodes[0].content) if nodes and nodes[0].type == "text" else None
        if match is None:
            if unnamed := plain(reader.read(nodes)):
                reader.findings.error(otherwise, line, text=unnamed[:60])
            continue
        name = match[1].lower()
        if name in named:
            reader.findings.error("figure-twice", line, what=name.capitalize())
        named[name] = on_one_line(reader.read([nodes[0].with_text(nodes[0].content[match.end() :]), *nodes[1:]]))
    return named


def print_picture(figure: Figure) -> str:
    """Prints the picture without its caption and credit."""
    return f"![{print_content((Text(figure.alt),))}]({target(figure.src)})"


def picture_of_editor(node: EditorNode) -> tuple[str, str]:
    """Returns the path of a picture in the issue folder, and its alternative text."""
    attrs = attrs_of(node)
    src = clean(text(attrs, "src")).strip() or MISSING_PICTURE
    return src[:300], " ".join(clean(text(attrs, "alt")).split())
