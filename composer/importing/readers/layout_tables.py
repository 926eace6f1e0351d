"""Decides what becomes of the tables of a document: data tables are kept, layout tables are taken apart into their cells."""

from dataclasses import dataclass, field

from composer.importing.manuscript.document_parts import DocumentPart, text_of_block
from composer.importing.manuscript.inline_slicing import rebuild
from composer.issue.document import Block, Inline, Inlines, LineBreak, ListBlock, Paragraph, Table, Text, plain, walk_inlines
from composer.issue.inlines.inline_reader import tidy

LONGEST_CELL = 300
USUAL_CELL = 110
MOST_CELLS = 4_000
MERGED = "cells of this table were merged; their text is now in the first of the separate cells"
BETWEEN = " / "
SEVERAL_LINES = 'cells of this table have several lines; the issue file has one line for each cell, so " / " is between them'
TAKEN_APART = "this was in a table, side by side: is the order right?"
FIRST_ROW = "is the first row of this table its heading?"


@dataclass(slots=True)
class Cell:
    parts: list[DocumentPart] = field(default_factory=list)
    across: int = 1
    goes_on: bool = False  # continues the cell above
    down: int = 1
    heading: bool = False


@dataclass(slots=True)
class Grid:
    """Rows of cells as in the document. `sure`: True if the document marks the table as data, False if as layout, else None."""

    position: int
    rows: list[list[Cell]] = field(default_factory=list)
    sure: bool | None = None
    caption: Inlines = ()


def read_grid(grid: Grid) -> list[DocumentPart]:
    """Returns one table, or the parts of its cells one after another."""
    rows = [row for row in grid.rows if row]
    columns = max((sum(cell.across for cell in row) for row in rows), default=0)
    if columns and is_data(grid, rows, columns) and (lines := spread(rows)) is not None:
        return [make_table(grid, rows, lines)]
    parts = [part for row in rows for cell in row for part in cell.parts]
    if grid.caption:
        parts.insert(0, DocumentPart(Paragraph(grid.caption), grid.position))
    side_by_side = max((sum(bool(cell.parts) for cell in row) for row in rows), default=0) > 1
    if parts and side_by_side and grid.sure is None:
        parts[0] = parts[0].with_questions(TAKEN_APART)
    return parts


def is_data(grid: Grid, rows: list[list[Cell]], columns: int) -> bool:
    """Whether the grid is a data table: several rows and columns of short texts without pictures or headings."""
    cells = [cell for row in rows for cell in row]
    if grid.sure is False or columns < 2 or len(rows) < 2 or len(rows) * columns > MOST_CELLS:
        return False
    parts = [part for cell in cells for part in cell.parts]
    if not all(part.level is None and all(isinstance(block, Paragraph) for block in lines_of(part)) for part in parts):
        return False
    lengths = [sum(len(text_of_block(part.block)) for part in cell.parts) for cell in cells]
    filled = [length for length in lengths if length]
    if not filled or max(lengths) > LONGEST_CELL * (3 if grid.sure else 1):
        return False
    return bool(grid.sure) or sum(filled) / len(filled) <= USUAL_CELL


def lines_of(part: DocumentPart) -> list[Block]:
    return [block for item in part.block.items for block in item] if isinstance(part.block, ListBlock) else [part.block]


def spread(rows: list[list[Cell]]) -> list[list[Cell | None]] | None:
    """Returns the rows with as many cells each: merged cells are followed by None. Returns None beyond MOST_CELLS.

    Cells over several rows add up: 30 rows of 30 such cells would be 27,000.
    """
    lines: list[list[Cell | None]] = []
    hanging: dict[int, int] = {}  # column -> number of further rows that a cell above spans
    width = 0
    for row in rows:
        line: list[Cell | None] = []
        for cell in row:
            while hanging.get(len(line), 0) > 0:
                hanging[len(line)] -= 1
                line.append(None)
            if cell.down > 1:
                hanging |= {len(line) + offset: cell.down - 1 for offset in range(cell.across)}
            line += [cell, *[None] * (cell.across - 1)]
        width = max(width, len(line))
        if width * len(rows) > MOST_CELLS:
            return None
        lines.append(line)
    return [line + [None] * (width - len(line)) for line in lines]


def make_table(grid: Grid, rows: list[list[Cell]], lines: list[list[Cell | None]]) -> DocumentPart:
    merged = any(cell.across > 1 or cell.goes_on or cell.down > 1 for row in rows for cell in row)
    filled = [tuple(() if cell is None else words_of_cell(cell) for cell in line) for line in lines]
    questions = [question for row in rows for cell in row for part in cell.parts for question in part.questions]
    questions += [MERGED] if merged else []
    cells = [paragraphs_of(cell) for row in rows for cell in row]
    broken = any(isinstance(node, LineBreak) for cell in cells for content in cell for node in walk_inlines(content))
    questions += [SEVERAL_LINES] if broken or any(len(cell) > 1 for cell in cells) else []
    questions += [] if grid.sure or any(cell.heading for cell in rows[0]) else [FIRST_ROW]
    return DocumentPart(Table(filled[0], tuple(filled[1:]), caption=grid.caption), grid.position, questions=tuple(questions))


def words_of_cell(cell: Cell) -> Inlines:
    """Returns the text of a cell on one line, with a slash between its paragraphs and lines."""
    content: list[Inline] = []
    for paragraph in paragraphs_of(cell):
        line = rebuild(paragraph, lambda node: (Text(BETWEEN),) if isinstance(node, LineBreak) else (node,))
        content += [*([Text(BETWEEN)] if content else []), *line]
    return tidy(content)


def paragraphs_of(cell: Cell) -> list[Inlines]:
    blocks = [block for part in cell.parts for block in lines_of(part)]
    return [block.content for block in blocks if isinstance(block, Paragraph) and plain(block.content).strip()]
