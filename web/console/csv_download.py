"""Files of the console that are written while they are sent: only a part of the rows is in memory."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice

from django.http import StreamingHttpResponse
from django.utils import translation

AT_ONCE = 500  # rows


class _Echo:
    """A file for the csv module that returns each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_download(name: str, rows: Iterable[Iterable[str]]) -> StreamingHttpResponse:
    """Rows as a file, in the language of this request. The caller guards cells that a spreadsheet would calculate."""
    answer = StreamingHttpResponse(_lines(iter(rows), translation.get_language()), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(rows: Iterator[Iterable[str]], language: str | None) -> Iterator[str]:
    yield "\ufeff"  # without this mark spreadsheets read the file in a Western encoding
    writer = csv.writer(_Echo())
    while True:
        with translation.override(language):  # the answer is read when the request has ended
            lines = [str(writer.writerow(row)) for row in islice(rows, AT_ONCE)]
        if not lines:
            return
        yield "".join(lines)
