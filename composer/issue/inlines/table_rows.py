"""Finds rows of a Markdown table with more cells than its heading row: the parser drops these cells with their text.

Cells are counted by the parser's own rule, so an escaped bar does not separate cells.
"""

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.token import Token

MORE = "more_cells"  # key in the `meta` of a row's opening token: the surplus cells, if they contain text


def note_more_cells(parser: MarkdownIt) -> None:
    """Makes `parser` record the surplus cells of each row."""
    _replace(parser, _noting)


def keep_more_cells(parser: MarkdownIt) -> None:
    """Makes `parser` keep the surplus cells of each row."""
    _replace(parser, _keeping)


def _replace(parser: MarkdownIt, rule: Callable[[StateBlock, int, int, bool], bool]) -> None:
    parser.block.ruler.at("table", rule, {"alt": ["paragraph", "reference"]})


def _noting(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    if not silent:
        for row, more in _too_wide(state, first):
            row.meta[MORE] = more
    return True


def _keeping(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = len(state.tokens)
    if not _noting(state, start, end, silent):
        return False
    if not silent:
        read = state.tokens[first:]
        del state.tokens[first:]
        more: list[str] = []
        for token in read:
            if token.type == "tr_close":
                for cell in more:
                    _push_cell(state, cell)
            elif token.type == "tr_open":
                more = token.meta.get(MORE, [])
            state.tokens.append(token)
    return True


def _too_wide(state: StateBlock, first: int) -> list[tuple[Token, list[str]]]:
    rows = [token for token in state.tokens[first:] if token.type == "tr_open"]
    columns = sum(token.type == "th_open" for token in state.tokens[first:])
    wide_rows: list[tuple[Token, list[str]]] = []
    for row in rows[1:]:
        more = _cells(getLine(state, row.map[0]))[columns:] if row.map else []
        while more and not more[-1]:
            more.pop()
        if more:
            wide_rows.append((row, more))
    return wide_rows


def _cells(line: str) -> list[str]:
    """Splits a row into cells like the parser: a bar at either end does not add a cell."""
    cells = escapedSplit(line.strip())
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return [cell.strip() for cell in cells]


def _push_cell(state: StateBlock, text: str) -> None:
    state.push("td_open", "td", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = text, []
    state.push("td_close", "td", -1)
