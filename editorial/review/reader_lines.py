"""The text of a part in lines as its readers see it: without the marks, labels and addresses of its source.

Each line has a kind, from which the console makes its label in the language of the page.
"""

from collections.abc import Iterator, Mapping

from composer.issue.editing.head_values import FIELDS, UnreadableHeadError, values_of
from composer.issue.editing.source_blocks import read_groups
from composer.issue.parts import outline
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import Part
from composer.rendering.writers.line_writer import CONDITION, LineWriter, ReaderLine

# The kinds of lines beside those of blocks. The texts of value lines are those of a field, whose name is in `name`; a credit has
# its role there.
TITLE, SOURCE_LINES, VALUE, MADE_BY, HIGHLIGHT = "title", "lines", "value", "made_by", "highlight"


def lines_of(part: Part, titles: Mapping[str, str], *, with_addresses: bool = False) -> Iterator[ReaderLine]:
    """The lines of a part. `titles`: of the articles, by their ids. `with_addresses`: links show where they lead to.

    Lines that Mailroom cannot read as blocks stay as they are.
    """
    kind = outline.kind_of(part)
    if kind in ("head", "highlights", "credits", "footer"):
        yield from _of_head(kind, part.text, titles)
    elif kind == "whole":
        yield ReaderLine(SOURCE_LINES, part.text.strip("\n"))
    else:
        if title := outline.title_of(part):
            yield ReaderLine(TITLE, title)
        yield from _of_body(part, LineWriter(with_addresses))


def _of_head(kind: str, text: str, titles: Mapping[str, str]) -> Iterator[ReaderLine]:
    try:
        values = values_of(kind, text)
    except UnreadableHeadError:
        yield ReaderLine(SOURCE_LINES, text.strip("\n"))
        return
    for name in FIELDS.get(kind, ()):
        if values.texts[name]:
            yield ReaderLine(VALUE, " ".join(values.texts[name].split()), name)
    for first, second in values.rows:
        yield ReaderLine(MADE_BY, second, first) if kind == "credits" else ReaderLine(HIGHLIGHT, titles.get(first, first))


def _of_body(part: Part, writer: LineWriter) -> Iterator[ReaderLine]:
    for group in read_groups(opened(part.text).body):
        if group.fault is not None:
            yield ReaderLine(SOURCE_LINES, group.source)
        if group.only:
            yield ReaderLine(CONDITION, group.only)
        yield from writer.blocks(group.blocks)
