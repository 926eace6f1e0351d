"""The figure or table that a question is about: as a block of the issue, and with another caption or heading row."""

import re
from collections.abc import Mapping
from dataclasses import replace

from composer.issue.blocks.list import print_blocks
from composer.issue.document import Block, Figure, Inlines, Table, Text
from composer.issue.editing.source_blocks import read_groups

_BEFORE_LINE = re.compile(r"[> \t]*")


def table_of(passage: str) -> Table | None:
    """The table of a passage; None if it is another text, or a table within a quotation or a list."""
    block = _block_of(passage) if passage.startswith("|") else None
    return block if isinstance(block, Table) else None


def figure_of(passage: str) -> Figure | None:
    """The figure of a passage, which may be in a quotation or in a list."""
    before = _before(passage)
    block = _block_of("\n".join(line.removeprefix(before) for line in passage.split("\n")))
    return block if isinstance(block, Figure) else None


def _block_of(text: str) -> Block | None:
    blocks = [block for group in read_groups(text) for block in group.blocks]
    return blocks[0] if len(blocks) == 1 else None


def _before(passage: str) -> str:
    """What is before each line of a passage: the sign of a quotation, or the indentation in a list."""
    match = _BEFORE_LINE.match(passage)
    return match[0] if match else ""


def with_caption(passage: str, caption: str) -> str:
    """The passage of a figure without a caption, with one below its picture."""
    picture, *further = passage.split("\n")
    _picture, line = print_blocks([Figure("x", caption=(Text(caption),))]).split("\n")
    return "\n".join((picture, f"{_before(passage)}{line}", *further))


def with_headings(table: Table, headings: Mapping[int, str]) -> str:
    """The table with texts for columns that have no heading. Existing headings stay."""
    head: tuple[Inlines, ...] = tuple(
        cell or ((Text(headings[column]),) if headings.get(column) else ()) for column, cell in enumerate(table.head)
    )
    return print_blocks([replace(table, head=head)])


def without_heading(table: Table) -> str:
    """The table whose first row is data as the others: its columns have no headings."""
    return print_blocks([replace(table, head=((),) * len(table.head), rows=(table.head, *table.rows))])
