"""Writes a sheet of an .xlsx workbook to a CSV file, by a child process with limited memory and time."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from composer.limited_process import LimitedProcess, LimitExceededError, WorkFailedError
from subscribers.errors import CsvFileError

MODULE = "subscribers.importing.workbooks.workbook_process"
LONGEST_WAIT = 300.0  # seconds: on a busy machine the child gets its processor time late
LARGEST = 100 * 10**6  # bytes
_ZIP, _OLE = (b"PK\x03\x04", b"PK\x05\x06"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class WorkbookFacts(NamedTuple):
    """What people should know about a sheet that was read: numbers of hidden rows and so on.

    first_line: the row of the header. formulas: cells whose stored results were read; unsaved_formulas: those that have none.
    faults: cells such as #N/A, which count as empty.
    """

    sheet: str
    sheets: list[str]
    first_line: int
    title_rows: int
    hidden_rows: int
    hidden_columns: int
    merged: int
    formulas: int
    unsaved_formulas: int
    faults: int
    has_macros: bool


def is_workbook(head: bytes) -> bool:
    return head.startswith(_ZIP)


def refuse_old_format(raw: IO[bytes]) -> None:
    """Raise CsvFileError for a file of Excel 97, or a workbook with a password, which is in such a file."""
    raw.seek(0)
    head = raw.read(2**20)
    if head.startswith(_OLE):
        raise CsvFileError("encrypted_workbook") if _ENCRYPTED in head else CsvFileError("spreadsheet")


@contextmanager
def as_csv(raw: IO[bytes], sheet: str) -> Iterator[tuple[IO[bytes], WorkbookFacts]]:
    """The sheet as an open CSV file in UTF-8. Raises CsvFileError.

    The files in between are private and have no name any more when they can be read.
    """
    raw.seek(0, os.SEEK_END)
    if raw.tell() > LARGEST:
        raise CsvFileError("large_workbook")
    raw.seek(0)
    with ExitStack() as stack:
        with tempfile.TemporaryDirectory(prefix="mailroom-sheet-") as folder:  # 0700
            source, target = Path(folder) / "book.xlsx", Path(folder) / "sheet.csv"
            with source.open("xb") as copy:
                shutil.copyfileobj(raw, copy)
            facts = _convert(source, target, sheet)
            text = stack.enter_context(target.open("rb"))
        yield text, facts


def _convert(source: Path, target: Path, sheet: str) -> WorkbookFacts:
    try:
        with LimitedProcess(MODULE, LONGEST_WAIT) as process:
            answer: dict[str, Any] = process.call({"path": str(source), "target": str(target), "sheet": sheet})[0]
    except LimitExceededError:
        raise CsvFileError("large_workbook") from None
    except WorkFailedError:
        raise CsvFileError("damaged_workbook") from None
    if "refused" in answer:
        raise _refusal(answer["refused"], answer["params"])
    return WorkbookFacts(**answer)


def _refusal(code: str, params: dict[str, Any]) -> CsvFileError:
    match code:
        case "no_sheet":
            return CsvFileError("no_sheet", sheet=params["sheet"], sheets=params["sheets"])
        case "encrypted_workbook":
            return CsvFileError("encrypted_workbook")
        case "large_workbook":
            return CsvFileError("large_workbook")
        case "spreadsheet":
            return CsvFileError("spreadsheet")
        case "empty":
            return CsvFileError("empty")
    return CsvFileError("damaged_workbook")
