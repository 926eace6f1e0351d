"""Imports subscribers from a CSV file to a list: in slices, each a short transaction, with a reason for every rejected row.

docs/importing-people.md describes the format. Importing the same file again changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.db import DatabaseError, transaction

from publication import audit, clock
from publication.models import Actor, Publication
from subscribers import addresses, attribute_declarations, attributes
from subscribers.faults import InputFault
from subscribers.importing import csv_file, importer_sql, refused_rows
from subscribers.importing.csv_columns import Columns
from subscribers.importing.csv_file import CsvFile, FileFault, OverlongRow
from subscribers.importing.refused_rows import RefusedRows, Row
from subscribers.importing.row_reader import RowReader, overlong
from subscribers.importing.seen_addresses import SeenKeys
from subscribers.models import ImportRun, MailingList

SLICE = 20_000
SAMPLE = 1000
MANY = 10_000
STANDARD_INPUT = "-"

Progress = Callable[[ImportRun, float], None]


def import_file(
    actor: Actor,
    source: Path | str | BinaryIO,
    list: MailingList,
    *,
    consent: str,
    dry_run: bool = False,
    create_attributes: bool = False,
    encoding: str | None = None,
    progress: Progress | None = None,
    refused_path: Path | str | None = None,
) -> ImportRun:
    """Subscribe everyone in the file (or stream) to `list`, confirmed; `consent` says where and how they agreed, and is stored.

    Good rows are imported even if others are rejected. `refused_path` gets the rejected rows as CSV with reason and hint, to
    be corrected and imported again. People who left the list or are suppressed are neither subscribed nor changed
    (`kept_out_count`). An empty cell erases nothing. rows_read = created + updated + unchanged + kept out + refused.

    `create_attributes`: declare unknown columns as attributes, with the type that the first rows suggest, else text.
    `progress(run, fraction)` is called after each slice. A dry run counts everything and stores only its ImportRun.
    Raises FileFault, or private_files.TargetExists if `refused_path` exists; then nothing is stored.
    """
    if not consent.strip():
        raise FileFault("consent")
    consent = attributes.read_consent(consent)
    source = Path(source) if isinstance(source, str) else source
    if refused_path is not None and isinstance(source, Path) and Path(refused_path).exists() and source.samefile(refused_path):
        raise FileFault("refused_is_source", path=refused_path)
    with csv_file.opened(source, encoding) as file, refused_rows.opened(refused_path) as refused_file:
        rows = file.rows()
        sample = [*islice(rows, SAMPLE)]
        columns = Columns.of(
            file.header, attributes.schema(), create_attributes, [r for _, r in sample if not isinstance(r, OverlongRow)]
        )
        run = ImportRun.objects.create(
            file_name=source.name if isinstance(source, Path) else STANDARD_INPUT, list=list, actor=actor, consent=consent,
            dry_run=dry_run, started_at=clock.now(), attributes=sorted(name for _, name, _ in columns.attributes),
        )  # fmt: skip
        if not dry_run:
            for name, type in columns.new.items():
                attribute_declarations.declare(actor, name, type)
        with _ended(run), _slice_table():
            refusals = RefusedRows(run, file, refused_file)
            _Import(run, RowReader(columns, addresses.hasher(), SeenKeys(file.expected_rows())), refusals).take(
                file, chain(sample, rows), progress
            )
    if not dry_run and run.subscribed_count >= MANY:
        importer_sql.analyse()
    audit.record(actor, "import", run, list=list.slug, dry_run=dry_run, rows=run.rows_read, created=run.created_count,
                 updated=run.updated_count, kept_out=run.kept_out_count, refused=run.refused_count)  # fmt: skip
    return run


@contextmanager
def _ended(run: ImportRun) -> Iterator[None]:
    """Record the end of the run: done or failed, also after an interrupt from the keyboard."""
    run.state, done = ImportRun.State.FAILED, False
    try:
        yield
        run.state, done = ImportRun.State.DONE, True
    finally:
        run.finished_at = clock.now()
        try:
            run.save()
        except DatabaseError:
            # The current exception says why; a lost connection must not hide it.
            if done:
                raise


@contextmanager
def _slice_table() -> Iterator[None]:
    importer_sql.create_table()
    try:
        yield
    finally:
        # If this fails, the table disappears with the session, and the current exception says why.
        with suppress(DatabaseError):
            importer_sql.drop_table()


@contextmanager
def _prompt_threads() -> Iterator[None]:
    """Set the interpreter's switch interval to half a millisecond.

    With Python's default of 5 ms the reading thread keeps the interpreter so long after each answer that the database is idle
    for a fifth of the import.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class _Slice(NamedTuple):
    """Rows of the file after parsing: their number, the good ones as lines for COPY, the others with their faults."""

    rows: int
    lines: bytes
    refused: list[tuple[int, Row, InputFault]]
    fraction: float


class _Import:
    """One import in progress."""

    def __init__(self, run: ImportRun, reader: RowReader, refusals: RefusedRows) -> None:
        self._run = run
        self._reader = reader
        self._refusals = refusals
        self._zone = Publication.objects.values_list("zone", flat=True).first() or "UTC"

    @_prompt_threads()
    def take(self, file: CsvFile, rows: Iterator[tuple[int, Row]], progress: Progress | None) -> None:
        """Read the next slice in a thread while the database works on this one. The thread has no connection."""
        with ThreadPoolExecutor(1, "import") as ahead:
            following = ahead.submit(self._read, file, rows)
            while (slice := following.result()).rows:
                following = ahead.submit(self._read, file, rows)
                self._store(slice)
                if progress:
                    progress(self._run, slice.fraction)

    def _read(self, file: CsvFile, rows: Iterator[tuple[int, Row]]) -> _Slice:
        read, lines, refused, count = self._reader.read, [], [], 0
        for line, row in islice(rows, SLICE):
            count += 1
            try:
                if isinstance(row, OverlongRow):
                    raise overlong(line, row.until_line)
                lines.append(read(line, row))
            except InputFault as fault:
                refused.append((line, row, fault))
        return _Slice(count, "".join(lines).encode(), refused, file.fraction())

    def _store(self, slice: _Slice) -> None:
        run = self._run
        merged = self._merge(slice.lines) if slice.lines else importer_sql.Merged(0, 0, 0, 0, 0)
        for line, row, fault in slice.refused:
            self._refusals.add(line, row, fault)
        run.rows_read += slice.rows
        run.created_count += merged.created
        run.updated_count += merged.updated
        run.unchanged_count += merged.unchanged
        run.kept_out_count += merged.kept_out
        run.subscribed_count += merged.subscribed
        run.save()

    def _merge(self, lines: bytes) -> importer_sql.Merged:
        run = self._run
        source = f"import:{run.pk}"
        while True:
            try:
                with transaction.atomic():
                    merged = importer_sql.merge(
                        lines, list_id=run.list_id or 0, source=source, consent=run.consent, zone=self._zone, now=clock.now()
                    )
                    # A dry run counts with the same statement, but rolls it back.
                    transaction.set_rollback(run.dry_run)
            except importer_sql.Overtaken:
                continue  # the person who signed up meanwhile now exists, so this cannot happen again for the same person
            return merged
