"""Reads a picture with the lines `Caption:` and `Credit:` below it into a Figure. Profiles have such lines, too."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    said = read_named_lines(lines[1:], FIGURE_LINE, "figure-line", reader, line + 1)
    return Figure(src, alt, said.get("caption", ()), said.get("credit", ()), line)


def read_named_lines(
    lines: Sequence[Sequence[Node]], names: re.Pattern[str], otherwise: str, reader: InlineReader, first_line: int
) -> dict[str, Inlines]:
    """Returns name in lower case -> content after it; `otherwise` is the code of the finding for a line without a name."""
    said: dict[str, Inlines] = {}
    for line, nodes in enumerate(lines, start=first_line):
        reader.line = line
        match = names.match(nodes[0].content) if nodes and nodes[0].type == "text" else None
        if match is None:
            if words := plain(reader.read(nodes)):
                reader.findings.error(otherwise, line, text=words[:60])
            continue
        what = match[1].lower()
        if what in said:
            reader.findings.error("figure-twice", line, what=what.capitalize())
        said[what] = on_one_line(reader.read([nodes[0].with_words(nodes[0].content[match.end() :]), *nodes[1:]]))
    return said
