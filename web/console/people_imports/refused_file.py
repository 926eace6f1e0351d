"""The file of refused rows as staff download it: headings and reasons in their language, in place of the codes and texts."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from subscribers.importing.cells.earlier_refusals import PASSED_OVER
from subscribers.importing.csv_injection import guard
from subscribers.importing.row_slices import RowResult
from subscribers.importing.runs import corrected_rows, row_results
from subscribers.models import ImportRun
from web.texts.people import import_row_texts

_LONGEST_STEM = 60
_UNSAFE = re.compile(r"[^\w.()（）-]+")
_PERSONAL = re.compile(r"[@＠]|\d{7}")
_FLUSHED = 64 * 1024  # characters


def translated(run: ImportRun, path: Path) -> Iterator[bytes]:
    """The rows of the file that are still open in this import, with their reasons in the language of the page."""
    handled = corrected_rows.handled_in(run)[run.pk].lines
    language = get_language() or "en"
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    text.write("\ufeff")
    with path.open(encoding="utf-8-sig", newline="") as file:
        results = row_results.every(run.stored_file, "refused")
        result = next(results, None)
        for number, row in enumerate(csv.reader(file)):
            first, cells = row[: len(PASSED_OVER)], row[len(PASSED_OVER) :]
            with override(language):
                if not number:
                    writer.writerow([*headings(run), *cells])
                    continue
                line = int(first[0]) if first and first[0].isdecimal() else 0
                if line in handled:
                    continue
                while result is not None and result.line < line:
                    result = next(results, None)
                reason = _reason(first, result if result is not None and result.line == line else None)
            writer.writerow([line, guard(reason), *cells])
            if text.tell() > _FLUSHED:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
    yield text.getvalue().encode()


def name(run: ImportRun) -> str:
    """A name for the file, of that of the uploaded one unless it may be about a person."""
    stem = _UNSAFE.sub("_", PurePosixPath(run.file_name).stem).strip(" ._")[:_LONGEST_STEM]
    if not stem or _PERSONAL.search(run.file_name):
        return f"refused-{run.pk}.csv"
    return _("%(file)s-not-imported.csv") % {"file": stem}


def headings(run: ImportRun) -> tuple[str, str]:
    """The names of the columns before those of the imported file. An import knows them (`earlier_refusals`)."""
    return _("Row not imported (import %(number)s)") % {"number": run.pk}, _("Why it was not imported")


def _reason(first: list[str], result: RowResult | None) -> str:
    if result is not None and result.code == "duplicate" and result.values.get("address"):
        # With the address, so that an import of the file knows whether it was corrected (`earlier_refusals.repeated`).
        text = _("The address %(address)s is also in row %(first)s. If these are two people, give each their own address.")
        if result.values.get("name"):
            text = _("The address %(address)s is also in row %(first)s (%(name)s). If they are two people, give each their own.")
        return text % result.values
    if result is not None:
        return import_row_texts.fault_of(result)
    code, message, hint = (*first[1:], "", "", "")[:3]
    return import_row_texts.row_fault(code, message, hint)
