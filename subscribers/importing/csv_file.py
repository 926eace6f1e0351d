"""Opens a CSV file or an .xlsx workbook: detects encoding and separator, and reads it row by row in limited memory."""

import codecs
import csv
import io
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, BinaryIO

from subscribers.errors import CsvFileError as CsvFileError
from subscribers.importing.workbooks import workbook_file
from subscribers.importing.workbooks.workbook_file import WorkbookFacts

LONGEST_CELL = 64 * 1024
LONGEST_LINE = 1024 * 1024
LARGEST_COPY = 4 * 1024**3  # limit for a pipe, which may be endless; also at most nine tenths of the free space
_SCAN = 1024 * 1024
_NAMED_DELIMITER = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)  # the first line of a file for Excel
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Python's text codecs for other purposes; punycode takes quadratic time, undefined always raises.
_NO_FILE_ENCODINGS = frozenset(["idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"])

# This limit is global to the process, but only this module reads CSV. The default of 128 KiB exceeds our limit.
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True)
class OverlongRow:
    """Replaces a row with a cell of more than 64 KiB; the usual cause is a quotation mark that is never closed."""

    until_line: int


class CsvFile:
    """An open file: its `header` and `rows()`; `fraction()` returns the part that has been read.

    `encoding`: the one that was detected or named. `workbook`: what is to be known about a sheet, whose rows are the lines.
    """

    def __init__(
        self, raw: IO[bytes], text: io.TextIOWrapper, size: int, encoding: str, workbook: WorkbookFacts | None = None
    ) -> None:
        self._raw = raw
        self._text = text
        self._size = size
        self.encoding, self.workbook = encoding, workbook
        self.lines: Sequence[int] = ()  # of the rows, if they are those of another file
        self._start()

    def rewind(self) -> None:
        """Read the rows from the beginning again."""
        self._text.seek(0)
        self._start()

    def _start(self) -> None:
        lines = _bounded_lines(self._text)
        first = next(lines, "").removeprefix("\ufeff")  # not removed if the user named the encoding
        self._lines_before = self.workbook.first_line - 1 if self.workbook else 0
        delimiter = "," if self.workbook else _delimiter(first)
        if not self.workbook and (named := _NAMED_DELIMITER.fullmatch(first)):
            delimiter, first, self._lines_before = named[1], next(lines, ""), 1
        self._reader = csv.reader(chain([first], lines), delimiter=delimiter)
        try:
            self.header = [cell.strip() for cell in next(self._reader, [])]
        except csv.Error:
            raise CsvFileError("no_table") from None
        if not any(self.header):
            raise CsvFileError("empty")

    def rows(self) -> Iterator[tuple[int, list[str] | OverlongRow]]:
        """(first line of the row, its cells). Empty lines are skipped."""
        rows = self._rows()
        return ((line, row) for line, (_, row) in zip(self.lines, rows, strict=False)) if self.lines else rows

    def _rows(self) -> Iterator[tuple[int, list[str] | OverlongRow]]:
        reader, before = self._reader, self._lines_before
        line = reader.line_num + before + 1
        while True:
            try:
                for row in reader:
                    if row:
                        yield line, row
                    line = reader.line_num + before + 1
            except csv.Error:
                # The reader starts again on the next line, and so do we.
                yield line, OverlongRow(reader.line_num + before)
                line = reader.line_num + before + 1
            else:
                return

    def expected_rows(self) -> int:
        """The part that has been read, as an estimate."""
        return int(self._reader.line_num / max(self.fraction(), 0.001))

    def fraction(self) -> float:
        return min(1.0, self._raw.tell() / self._size) if self._size else 1.0


@contextmanager
def opened(source: Path | BinaryIO, encoding: str | None = None, sheet: str = "") -> Iterator[CsvFile]:
    """Open the file, after reading it once to detect its encoding; or the named sheet of a workbook, or the first visible one.

    Raises CsvFileError. Input that cannot be read twice (a pipe, a FIFO, standard input) is first copied to an unnamed file
    that no other user can open.
    """
    with _twice_readable(source) as raw:
        if workbook_file.is_workbook(raw.read(8)):
            with workbook_file.as_csv(raw, sheet) as (converted, facts), _text(converted, "utf-8") as text:
                yield CsvFile(converted, text, os.fstat(converted.fileno()).st_size, "utf-8", facts)
            return
        workbook_file.refuse_old_format(raw)
        raw.seek(0)
        used = encoding or _encoding(raw)
        _check_decodes(raw, used)
        raw.seek(0)
        with _text(raw, used) as text:
            yield CsvFile(raw, text, os.fstat(raw.fileno()).st_size, used)


def _text(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(raw, encoding=encoding, newline="")


@contextmanager
def _twice_readable(source: Path | BinaryIO) -> Iterator[io.BufferedReader]:
    if not isinstance(source, Path):
        with _copied(source) as copy:
            yield copy
        return
    try:
        raw = source.open("rb")
    except OSError as error:
        raise CsvFileError("missing", path=source, reason=error.strerror) from None
    with raw:
        kind = os.fstat(raw.fileno()).st_mode
        if stat.S_ISREG(kind):
            yield raw
            return
        if (stat.S_ISCHR(kind) and not raw.isatty()) or stat.S_ISBLK(kind):
            raise CsvFileError("device", path=source)
        with _copied(raw) as copy:
            yield copy


@contextmanager
def _copied(pipe: IO[bytes]) -> Iterator[io.BufferedReader]:
    with tempfile.TemporaryFile(buffering=0) as file:  # 0600, and without a name from the start
        limit = min(LARGEST_COPY, shutil.disk_usage(tempfile.gettempdir()).free * 9 // 10)
        left, writer = limit, io.BufferedWriter(file)  # unlike the raw file it always writes whole blocks
        while block := pipe.read(_SCAN):
            left -= len(block)
            if left < 0:
                raise CsvFileError("too_large", limit=limit, folder=tempfile.gettempdir())
            writer.write(block)
        writer.detach()  # flushes
        file.seek(0)
        yield io.BufferedReader(file)


def _bounded_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines; an endless line is cut off once it is long enough for the reader to reject the row in any state."""
    for line in iter(partial(text.readline, LONGEST_LINE), ""):
        if len(line) < LONGEST_LINE or line[-1] in "\r\n":
            yield line
            continue
        while (rest := text.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
            pass
        yield "x" * (LONGEST_CELL + 1) + "\n"


def _delimiter(header: str) -> str:
    outside = "".join(header.split('"')[::2])
    return max(",;\t", key=outside.count)


def _encoding(raw: io.BufferedReader) -> str:
    head = raw.read(4096)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 3:
        return "utf-16-be"
    if _undecodable_line(raw, "utf-8") and not _undecodable_line(raw, "gb18030") and _is_chinese(raw):
        return "gb18030"
    return "utf-8"


def _undecodable_line(raw: io.BufferedReader, encoding: str) -> int:
    """The line with the first bytes that are invalid in this encoding; 0 if all are valid."""
    raw.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    try:
        while block := raw.read(_SCAN):
            lines += decoder.decode(block).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        return lines + (error.object[: error.start].count(b"\n") if isinstance(error, UnicodeDecodeError) else 0)
    return 0


def _is_chinese(raw: io.BufferedReader) -> bool:
    """Whether bytes that decode as GB18030 really are GB18030; sometimes Western and Cyrillic text decodes as well.

    Evidence for it: the 3,755 commonest characters and full-width punctuation (two high bytes each), and characters of four
    bytes. Evidence against it: a high byte before an ASCII one, which is an accented letter in Western text and a rare
    character in GB18030.
    """
    raw.seek(0)
    data = raw.read(_SCAN)
    common = western = at = 0
    while at + 1 < len(data):
        lead, trail = data[at], data[at + 1]
        if lead < 0x80:
            at += 1
        elif 0x30 <= trail <= 0x39:
            common, at = common + 1, at + 4
        else:
            common += trail >= 0xA1 and (0xA1 <= lead <= 0xA3 or 0xB0 <= lead <= 0xD7)
            western += trail < 0x80
            at += 2
    return common > western


def _is_file_encoding(name: str) -> bool:
    """Whether `name` is an encoding for text files."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)  # rejects codecs that do not produce text, such as hex
        return codecs.lookup(name).name.replace("_", "-") not in _NO_FILE_ENCODINGS
    except (LookupError, ValueError):
        return False


def _check_decodes(raw: io.BufferedReader, encoding: str) -> None:
    """Read the whole file once, so that encoding faults are found before anything is stored."""
    if not _is_file_encoding(encoding):
        raise CsvFileError("unknown_encoding", encoding=encoding)
    if line := _undecodable_line(raw, encoding):
        raise CsvFileError("encoding", line=line, encoding=encoding.upper())
