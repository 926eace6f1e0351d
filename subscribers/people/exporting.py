"""Exports the people of a filter with the columns that staff chose, as CSV or as a spreadsheet (.xlsx).

The database writes the lines of CSV, guarded against formulas. In a spreadsheet every cell is text.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from config import private_files
from publication import audit, clock
from publication.installation import publication
from publication.models import Actor
from subscribers import attributes
from subscribers.errors import InputError, nearest_hint
from subscribers.importing.csv_injection import guard
from subscribers.models import MailingList
from subscribers.people import exporting_sql as sql
from subscribers.people import search
from subscribers.people.exporting_sql import SqlCell, Wording
from subscribers.people.people_filter import PeopleFilter

CSV, XLSX = "csv", "xlsx"
FORMATS = (CSV, XLSX)
MOST_IN_XLSX = 100_000  # rows; larger files open slowly or not at all
SHEET = "People"  # the name of a workbook's sheet
_MOST_JOINED = 8  # lists; of more, those of each person are looked up
_STEP = 10_000  # rows between two calls of `progress`
_LONGEST_CELL = 32_767  # characters, a limit of the format
_WIDTH = 24  # of a spreadsheet's column, in characters
_BASE = ("email", "name", "language", "country", "zone", "added", "lists", "suppression", "suppressed_since")
DEFAULT = ("email", "name", "language", "lists", "suppression", "added")


class ExportColumn(NamedTuple):
    """A column that can be exported. `kind`: base, state, joined or left (of the list `of`), or attribute (called `of`)."""

    code: str
    kind: str
    of: str
    heading: str


def columns() -> list[ExportColumn]:
    """The columns that can be exported, in their usual order: of the person, then of each list, then the attributes."""
    lists = MailingList.objects.order_by("name", "id").values_list("slug", "name")
    return [
        *(ExportColumn(name, "base", "", name) for name in _BASE),
        *(
            ExportColumn(f"list:{slug}{ending}", kind, slug, f"{name}: {kind}")
            for slug, name in lists
            for ending, kind in (("", "state"), (":joined", "joined"), (":left", "left"))
        ),
        *(ExportColumn(f"attribute:{name}", "attribute", name, name) for name in attributes.schema()),
    ]


def chosen(codes: Iterable[str]) -> list[ExportColumn]:
    """The columns with these codes, in this order, without repetition. Raises InputError."""
    known = {column.code: column for column in columns()}
    distinct = list(dict.fromkeys(codes))
    for code in distinct:
        if code not in known:
            raise InputError("column", f"there is no column “{code}”", nearest_hint(code, known))
    if not distinct:
        raise InputError("no_columns", "no column is chosen", "choose at least one column")
    return [known[code] for code in distinct]


def export(
    actor: Actor,
    people_filter: PeopleFilter,
    columns: Sequence[str],
    path: Path,
    file_format: str = CSV,
    progress: Callable[[int], None] = lambda rows: None,
    *,
    headings: Mapping[str, str] | None = None,
    terms: Mapping[str, str] | None = None,
) -> int:
    """Write everybody whom the filter means to the new file `path`; returns the number of people.

    columns: codes of `columns()`, in the order of the file. progress: called with the number of rows so far.
    headings: code -> text of the first row. terms: state or reason -> text that is written instead (`confirmed`, `hard_bounce`,
    `domain` …). Days are in the publication's time zone.
    A CSV file is UTF-8 with a byte order mark; cells that a spreadsheet would calculate get an apostrophe in front.
    The file appears only when it is complete, and only this process's user can read it. Who may see addresses is for the caller
    to check. Raises InputError (`column`, `no_columns`, `too_many_rows`), SegmentError, private_files.TargetExistsError.
    """
    with private_files.new_file(path) as stream:
        return write(
            actor, people_filter, columns, stream.buffer, file_format, progress, headings=headings or {}, terms=terms or {}
        )


def write(
    actor: Actor,
    people_filter: PeopleFilter,
    columns: Sequence[str],
    stream: IO[bytes],
    file_format: str = CSV,
    progress: Callable[[int], None] = lambda rows: None,
    *,
    headings: Mapping[str, str],
    terms: Mapping[str, str],
    guard_formulas: bool = True,
    sheet: str = SHEET,
) -> int:
    """Write the same as `export` into an open stream. `guard_formulas` has no effect on a spreadsheet, whose sheet is `sheet`."""
    if file_format not in FORMATS:
        raise ValueError(file_format)
    exported = chosen(columns)
    first = [headings.get(column.code, column.heading) for column in exported]
    rows = _statement(people_filter, exported, terms, guard_formulas=guard_formulas and file_format == CSV)
    if file_format == XLSX:
        count = _write_xlsx(people_filter, rows, first, stream, progress, sheet)
    else:
        count = _write_csv(rows, first, stream, progress)
    audit.record(actor, "export_people", columns=[column.code for column in exported], rows=count, format=file_format)
    return count


def _statement(
    people_filter: PeopleFilter, exported: Sequence[ExportColumn], terms: Mapping[str, str], *, guard_formulas: bool
) -> SqlCell:
    wording, schema = Wording(publication().zone, terms), attributes.schema()
    codes = {column.code for column in exported}
    lists = {mailing_list.slug: mailing_list for mailing_list in MailingList.objects.order_by("name", "id")}
    slugs = list(dict.fromkeys(column.of for column in exported if column.kind in _OF_LISTS))
    joins_all = "lists" in codes and len(lists) <= _MOST_JOINED
    if joins_all:
        slugs = list(lists)
    joins = [sql.list_join(number, lists[slug].pk) for number, slug in enumerate(slugs)]
    if {"suppression", "suppressed_since"} & codes:
        joins.append(SqlCell(sql.JOINED_SUPPRESSION, [clock.now()]))

    def cell(column: ExportColumn) -> SqlCell:
        if column.kind == "attribute":
            return sql.attribute(column.of, schema[column.of])
        if of_list := _OF_LISTS.get(column.kind):
            return of_list(slugs.index(column.of), wording)
        if column.code == "lists" and joins_all:
            return sql.joined_lists({slugs.index(slug): mailing_list.name for slug, mailing_list in lists.items()}, wording)
        made = _OF_PEOPLE.get(column.code)
        return made(wording) if made else sql.text("address" if column.code == "email" else column.code)

    cells = [cell(column) for column in exported]
    return sql.statement(search.matching(people_filter), cells, joins, guard_formulas=guard_formulas)


_OF_LISTS = {"state": sql.list_state, "joined": sql.list_joined, "left": sql.list_left}
_OF_PEOPLE: Mapping[str, Callable[[Wording], SqlCell]] = {
    "added": sql.added,
    "lists": sql.all_lists,
    "suppression": sql.suppression,
    "suppressed_since": sql.suppressed_since,
}


def _write_csv(rows: SqlCell, first: Sequence[str], stream: IO[bytes], progress: Callable[[int], None]) -> int:
    stream.write(codecs.BOM_UTF8 + (",".join(_quoted(heading) for heading in first) + "\n").encode())
    count = 0
    for count, row in enumerate(sql.csv_rows(rows), 1):
        stream.write(row)
        if count % _STEP == 0:
            progress(count)
    progress(count)
    return count


def _quoted(heading: str) -> str:
    return '"' + guard(heading).replace('"', '""') + '"'


def _write_xlsx(
    people_filter: PeopleFilter, rows: SqlCell, first: Sequence[str], stream: IO[bytes], progress: Callable[[int], None],
    title: str,
) -> int:  # fmt: skip
    _check_size(search.matching(people_filter)[: MOST_IN_XLSX + 1].count())
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number in range(1, len(first) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTH
    sheet.append(_bold(cell) for cell in _text_cells(sheet, first))
    count = 0
    for count, row in enumerate(sql.rows_in_steps(rows), 1):
        sheet.append(_text_cells(sheet, row))
        if count % _STEP == 0:
            _check_size(count)
            progress(count)
    _check_size(count)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(first))}{count + 1}"
    workbook.save(stream)
    progress(count)
    return count


def _check_size(count: int) -> None:
    if count > MOST_IN_XLSX:
        raise InputError(
            "too_many_rows",
            f"a spreadsheet has at most {MOST_IN_XLSX:,} people, and these are more",
            "export them as CSV, which has no limit, or add a condition",
        )


def _text_cells(sheet: Any, row: Sequence[str | None]) -> Iterator[Any]:
    """The cells of a row as text, so that no program calculates them. Characters that the format cannot hold are left out."""
    for value in row:
        if not value:
            yield None
            continue
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST_CELL])
        cell.data_type = "s"
        yield cell


def _bold(cell: Any) -> Any:
    if cell is not None:
        cell.font = Font(bold=True)
    return cell
