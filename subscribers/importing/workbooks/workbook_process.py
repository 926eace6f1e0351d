"""The process that writes a sheet of an .xlsx workbook as CSV, within limits of memory and time. Knows no Django.

`python -m subscribers.importing.workbooks.workbook_process`; `workbook_file` starts it. Macros, formulas and links are data here:
openpyxl runs and opens none of them. A file that makes the reader crash or run for ever ends only this process.
"""

import csv
import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import IO, Any

from composer.limited_process import Message, serve
from subscribers.importing.workbooks.cell_texts import cell_text

# Without lxml, which would only take memory: iterparse is Python's. Documents with entities are refused below.
os.environ.update(OPENPYXL_LXML="False", OPENPYXL_DEFUSEDXML="False")

from openpyxl import load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.worksheet._reader import CELL_TAG, COL_TAG, DATA_TAG, FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

MEMORY = 200 * 1024 * 1024  # of address space, of which a third is code
SECONDS = 75.0  # of processor time: about 300,000 rows of five columns
LAST_ROW = 1_048_576
HEADER_WITHIN = 20  # rows: above the header there may be a title
LARGEST = 2 * 1024**3  # bytes of a part after decompression
_MERGED_TAG = f"{{{SHEET_MAIN_NS}}}mergeCell"
_LOOKED_AT = 64 * 1024
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml"  # another kind of .xlsx, which openpyxl does not read
_TITLE_CELLS = 2  # in a row with more of them a table begins
_ADDRESS_WORDS = ("email", "e-mail", "mail", "邮箱", "邮件", "电邮", "郵箱", "郵件", "メール")


class RefusedError(Exception):
    """The workbook is not read. `code` and `params` are those of a CsvFileError."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class _Sheet(WorkSheetParser):  # type: ignore[misc]
    """The rows of a sheet with what is said about it. Unlike its base it keeps nothing of a row that it gave."""

    hidden_rows = hidden_columns = merged = formulas = unsaved_formulas = faults = 0

    def rows(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        data = None
        for event, element in iterparse(self.source, ("start", "end")):
            if event == "start":
                data = element if element.tag == DATA_TAG else data
            elif element.tag == ROW_TAG and data is not None:
                self.hidden_rows += element.get("hidden") in ("1", "true")
                yield self.parse_row(element)
                self.row_dimensions.clear()
                data.clear()
            elif element.tag == COL_TAG and element.get("hidden") in ("1", "true"):
                first, last = (int(element.get(name, 1)) for name in ("min", "max"))
                self.hidden_columns += max(0, min(last, 16_384) - first + 1)
            elif element.tag == _MERGED_TAG:
                self.merged += 1

    def parse_cell(self, element: Any) -> dict[str, Any]:
        if element.tag != CELL_TAG:
            return {"column": 0, "value": None, "style_id": 0}
        cell: dict[str, Any] = super().parse_cell(element)
        if element.find(FORMULA_TAG) is not None:
            self.formulas += 1
            self.unsaved_formulas += cell["value"] is None
        if cell["data_type"] == "e":
            self.faults += 1
            cell["value"] = None
        return cell


def work(request: dict[str, Any], _: bytes) -> Message:
    """Write the sheet of the file `path` to the file `target`; `sheet`: its name, or empty for the first that is visible."""
    warnings.simplefilter("ignore")
    try:
        with zipfile.ZipFile(request["path"]) as archive:
            has_macros = _check(archive)
        with open(request["target"], "w", encoding="utf-8", newline="") as target:
            return {**_write(request["path"], target, request["sheet"]), "has_macros": has_macros}, b""
    except RefusedError as refused:
        return {"refused": refused.code, "params": refused.params}, b""
    except MemoryError:
        raise
    except Exception:  # openpyxl raises whatever it meets in a damaged file
        return {"refused": "damaged_workbook", "params": {}}, b""


def _check(archive: zipfile.ZipFile) -> bool:
    """Whether the workbook has macros. Raises RefusedError."""
    names = archive.namelist()
    if "xl/workbook.bin" in names or "mimetype" in names or not any(name.startswith("xl/") for name in names):
        raise RefusedError("spreadsheet")
    for part in archive.infolist():
        if part.flag_bits & 1:
            raise RefusedError("encrypted_workbook")
        if part.file_size > LARGEST:
            raise RefusedError("large_workbook")
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                beginning = file.read(_LOOKED_AT).replace(b"\0", b"")
            if b"<!DOCTYPE" in beginning:
                raise RefusedError("damaged_workbook")
            if _STRICT in beginning:
                raise RefusedError("spreadsheet")
    return any(name.endswith("vbaProject.bin") for name in names)


def _write(path: str, target: IO[str], sheet_name: str) -> dict[str, Any]:
    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise RefusedError("empty")
    if sheet_name and sheet_name not in visible:
        raise RefusedError("no_sheet", sheet=sheet_name, sheets=visible)
    page = book[sheet_name or visible[0]]
    with page._get_source() as source:
        sheet = _Sheet(
            source, page._shared_strings, data_only=True, epoch=book.epoch, date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )  # fmt: skip
        first, title_rows = _write_rows(_text_rows(sheet, _number_formats(book)), target)
    return {
        "sheet": page.title, "sheets": visible, "first_line": first, "title_rows": title_rows, "hidden_rows": sheet.hidden_rows,
        "hidden_columns": sheet.hidden_columns, "merged": sheet.merged, "formulas": sheet.formulas,
        "unsaved_formulas": sheet.unsaved_formulas, "faults": sheet.faults,
    }  # fmt: skip


def _number_formats(book: Any) -> list[str]:
    """The format of each style."""
    own = book._number_formats
    formats = []
    for style in book._cell_styles:
        number = style.numFmtId
        at = number - BUILTIN_FORMATS_MAX_SIZE
        formats.append(BUILTIN_FORMATS.get(number, "General") if at < 0 else own[at] if at < len(own) else "General")
    return formats


def _text_rows(sheet: _Sheet, formats: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """(number of the row, its texts up to the last one that is not empty), without empty rows."""
    last = 0
    for number, cells in sheet.rows():
        if not last < number <= LAST_ROW:
            raise RefusedError("damaged_workbook")  # rows in no order, or outside
        last = number
        row: list[str] = []
        for cell in cells:
            style, column = cell["style_id"], cell["column"]
            text = cell_text(cell["value"], formats[style] if 0 <= style < len(formats) else "General")
            if not text:
                continue
            if not 0 < column <= 16_384:
                raise RefusedError("damaged_workbook")
            if column > len(row):
                row += [""] * (column - len(row))
            row[column - 1] = text
        if row:
            yield number, row


def _write_rows(rows: Iterator[tuple[int, list[str]]], target: IO[str]) -> tuple[int, int]:
    """Write the header and what is below it, so that a row is one line; the header's row, and the rows above it.

    Each row has the cells of the header, and more only if they are not empty.
    """
    head: list[tuple[int, list[str]]] = []
    at = 0
    for number, row in rows:
        head.append((number, row))
        if _is_header(row, head[:-1]):
            at = len(head) - 1
        if at or len(head) >= HEADER_WITHIN or _cells(row) > _TITLE_CELLS:
            break
    if not head:
        raise RefusedError("empty")
    first, header = head[at]
    writer, written = csv.writer(target, lineterminator="\n"), first - 1
    width = len(header)
    for number, row in chain(head[at:], rows):
        written = _write_row(writer, target, number, row, width, written)
    return first, at


def _write_row(writer: Any, target: IO[str], number: int, row: list[str], width: int, written: int) -> int:
    target.write("\n" * (number - written - 1))
    writer.writerow(row + [""] * (width - len(row)))
    return number


def _is_header(row: list[str], above: Sequence[tuple[int, list[str]]]) -> bool:
    """Whether one of the cells names a column of addresses, and above it are only titles."""
    if _cells(row) < 2 or any(_cells(title) > _TITLE_CELLS for _, title in above):
        return False
    return any(len(cell) <= 40 and "@" not in cell and any(word in cell.lower() for word in _ADDRESS_WORDS) for cell in row)


def _cells(row: list[str]) -> int:
    return sum(map(bool, row))


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
