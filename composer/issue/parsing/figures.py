"""A picture with the lines `Caption:` and `Credit:` below it -> a Figure."""

from __future__ import annotations

from composer.issue.document import MISSING_PICTURE, Figure, Inlines, plain
from composer.issue.parsing.block_context import BlockContext
from composer.issue.parsing.emphasis import FIELD_OPEN, MARK_OPEN
from composer.issue.parsing.foreign_markup import FIGURE_LINE
from composer.issue.parsing.inlines import InlineReader, on_one_line
from composer.issue.parsing.markdown_nodes import Node, at_line_ends


def read_figure(context: BlockContext, children: list[Node], reader: InlineReader, line: int) -> Figure | None:
    image, rest = children[0], children[1:]
    src = str(image.attrs.get("src", "")).strip()
    reader.report_title(image)
    alt = " ".join(plain(context.inlines(line).read(image.children)).split())
    if not src:
        context.findings.error("image-empty", line)
        src = MISSING_PICTURE
    elif FIELD_OPEN in src or MARK_OPEN in src:
        context.findings.error("image-field", line)
        src = MISSING_PICTURE
    lines = at_line_ends(rest)
    if reader.read(lines[0]):
        context.findings.error("image-in-text", line)
    said = _figure_lines(context, lines[1:], reader, line)
    return Figure(src, alt, said.get("caption", ()), said.get("credit", ()), line)


def _figure_lines(context: BlockContext, lines: list[list[Node]], reader: InlineReader, line: int) -> dict[str, Inlines]:
    said: dict[str, Inlines] = {}
    for number, nodes in enumerate(lines, start=1):
        reader.line = line + number
        match = FIGURE_LINE.match(nodes[0].content) if nodes and nodes[0].type == "text" else None
        if match is None:
            words = plain(reader.read(nodes))
            if words:
                context.findings.error("figure-line", line + number, text=words[:60])
            continue
        what = match[1].lower()
        if what in said:
            context.findings.error("figure-twice", line + number, what=what.capitalize())
        said[what] = on_one_line(reader.read([nodes[0].with_words(nodes[0].content[match.end() :]), *nodes[1:]]))
    return said
