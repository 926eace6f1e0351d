"""Lists the parts of an issue as text, so that tests can compare two issues."""

import difflib
from collections.abc import Iterator

from composer.importing.importer import Imported, import_manuscript
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.readers.text.text_reader import read_text
from composer.importing.report.word_audit import compare_words
from composer.issue.document import (
    Block,
    EditorMark,
    Figure,
    Issue,
    ListBlock,
    Paragraph,
    Quote,
    Sources,
    SubHeading,
    Table,
    plain,
)
from composer.issue.parsing.issue_file import parse_issue

Row = tuple[str, str]


def rows_of(issue: Issue, *, pictures: bool = True) -> list[Row]:
    """Returns (kind, text) of every part, in reading order, without questions for the editor."""
    rows: list[Row] = []
    for section in issue.sections:
        rows.append(("section", section.title))
        for article in section.articles:
            rows.append(("article", article.title))
            rows += [row for block in article.blocks for row in block_rows(block) if pictures or row[0] != "figure"]
    return rows


def block_rows(block: Block) -> Iterator[Row]:
    match block:
        case EditorMark():
            return
        case SubHeading(text, number):
            yield "heading", text if number is None else f"{number}. {text}"
        case Figure(caption=caption, credit=credit):
            yield "figure", f"{words(plain(caption))} / {words(plain(credit))}"
        case ListBlock(items, ordered):
            for item in items:
                yield "ordered" if ordered else "item", " ".join(words(text) for inner in item for _, text in block_rows(inner))
        case Quote(blocks):
            for inner in blocks:
                yield from (("quote", text) for _, text in block_rows(inner))
        case Sources(entries):
            yield "sources", "; ".join(words(plain(entry)) for entry in entries)
        case Table(head, rows):
            for row in (head, *rows):
                yield "row", " | ".join(words(plain(cell)) for cell in row)
        case Paragraph(content):
            yield "paragraph", words(plain(content))


def words(text: str) -> str:
    return " ".join(text.split())


def differences(wanted: Issue, found: Issue) -> list[tuple[str, Row]]:
    """Returns (`-` or `+`, row) for rows that only one of the two issues has."""
    first, second = rows_of(wanted), rows_of(found)
    made: list[tuple[str, Row]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind != "equal":
            made += [("-", row) for row in first[a:b]] + [("+", row) for row in second[c:d]]
    return made


def import_text(text: str, *, name: str) -> Imported:
    return import_manuscript(read_text(text, name))


def account_for(source: str, imported: Imported) -> list[str]:
    """Returns the words of the source that are neither in the issue nor in the list of what was left out."""
    log = ImportLog(list(imported.left_out), list(imported.changes))
    return list(compare_words(source, parse_issue(imported.issue_md, unfinished=True), log, imported.added).missing)


def questions_of(issue: Issue) -> list[str]:
    return [block.text for block in issue.blocks() if isinstance(block, EditorMark)]
