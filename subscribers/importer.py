"""People from a CSV file onto a list: streamed in slices, each its own short transaction; a reason for every refused row.

docs/importing-people.md tells what is read and how. Running the same file again changes nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction

from publication import audit, clock
from publication.models import Actor, Publication
from subscribers import addresses, attributes, csv_file, import_sql
from subscribers.csv_file import CsvFile, FileFault, OverlongRow
from subscribers.formulas import guard
from subscribers.import_columns import PASSED_OVER, Columns, RowFault, RowReader, overlong
from subscribers.models import ImportRun, MailingList

__all__ = ["SLICE", "FileFault", "import_file"]

SLICE = 20_000
SAMPLE = 1000
KEPT_REFUSALS = 100
MANY = 10_000

Row = list[str] | OverlongRow
Progress = Callable[[ImportRun, float], None]


def import_file(
    actor: Actor,
    path: Path | str,
    list: MailingList,
    *,
    consent: str,
    dry_run: bool = False,
    create_attributes: bool | Mapping[str, str] = False,
    encoding: str | None = None,
    progress: Progress | None = None,
    refused_path: Path | str | None = None,
) -> ImportRun:
    """Put everyone in the file on `list`, confirmed; `consent` says where and how they agreed, and is kept with each.

    Good rows go in though others are refused; `refused_path` gets those as CSV with reason and hint, ready to be repaired
    and imported again. Nobody who left the list or is suppressed is brought back or changed (`kept_out_count`). An empty
    cell erases nothing. rows_read = created + updated + unchanged + kept out + refused.

    `create_attributes`: declare unknown columns, as text or what the first rows suggest, or as the mapping says.
    `progress(run, fraction)` is called after each slice. A dry run counts everything and stores nothing but its ImportRun.
    Raises FileFault; then nothing is stored.
    """
    if not consent.strip():
        raise FileFault("consent", "nobody is imported without a word on their consent", "say where and when they agreed")
    path = Path(path)
    with csv_file.opened(path, encoding) as file:
        rows = file.rows()
        sample = [*islice(rows, SAMPLE)]
        columns = Columns.of(
            file.header, attributes.schema(), create_attributes, [r for _, r in sample if not isinstance(r, OverlongRow)]
        )
        run = ImportRun.objects.create(
            file_name=path.name, list=list, actor=actor, consent=consent, dry_run=dry_run, started_at=clock.now(),
            attributes=sorted(name for _, name, _ in columns.attributes),
        )  # fmt: skip
        if not dry_run:
            for name, type in columns.new.items():
                attributes.declare(actor, name, type)
        with _ended(run), ExitStack() as stack:
            import_sql.create_tables()
            stack.callback(_drop_tables)
            refusals = stack.enter_context(_Refusals.kept(run, file, refused_path))
            _Import(run, RowReader(columns, addresses.hasher()), refusals).take(file, chain(sample, rows), progress)
        if not dry_run and run.subscribed_count >= MANY:
            import_sql.analyse()
        audit.record(actor, "import", run, list=list.slug, dry_run=dry_run, rows=run.rows_read, created=run.created_count,
                     updated=run.updated_count, kept_out=run.kept_out_count, refused=run.refused_count)  # fmt: skip
    return run


@contextmanager
def _ended(run: ImportRun) -> Iterator[None]:
    """Done, or failed: also when interrupted from the keyboard."""
    run.state, done = ImportRun.State.FAILED, False
    try:
        yield
        run.state, done = ImportRun.State.DONE, True
    finally:
        run.finished_at = clock.now()
        try:
            run.save()
        except DatabaseError:
            # The fault under way says why; a lost connection must not hide it.
            if done:
                raise


def _drop_tables() -> None:
    try:
        import_sql.drop_tables()
    except DatabaseError:
        pass  # they go with the session, and the fault under way says why


class _Refusals:
    """Refused rows: counted, the first hundred kept with the run, all written to the caller's file."""

    def __init__(self, run: ImportRun, writer: Any) -> None:
        self._run = run
        self._writer = writer

    @classmethod
    @contextmanager
    def kept(cls, run: ImportRun, file: CsvFile, path: Path | str | None) -> Iterator[_Refusals]:
        if path is None:
            yield cls(run, None)
            return
        # With a mark at its head, because spreadsheets take a file without one for something Western.
        with Path(path).open("w", encoding="utf-8-sig", newline="") as text:
            writer = csv.writer(text)
            writer.writerow([f"{PASSED_OVER}{name}" for name in ("line", "reason", "message", "hint")] + file.header)
            yield cls(run, writer)

    def add(self, line: int, row: Row, fault: RowFault) -> None:
        run = self._run
        run.refused_count += 1
        if len(run.refusals) < KEPT_REFUSALS:
            # Without the cells, and without what quotes an address: this row outlives the erasure of the people in it.
            message, hint = ("" if "@" in text else text for text in (fault.message, fault.hint))
            run.refusals.append({"line": line, "reason": fault.code, "message": message, "hint": hint})
        if self._writer is not None:
            cells = [] if isinstance(row, OverlongRow) else [guard(cell.replace("\x00", "")) for cell in row]
            self._writer.writerow([line, fault.code, fault.message, fault.hint, *cells])


class _Import:
    """One import under way."""

    def __init__(self, run: ImportRun, reader: RowReader, refusals: _Refusals) -> None:
        self._run = run
        self._reader = reader
        self._refusals = refusals
        self._zone = Publication.objects.values_list("zone", flat=True).first() or "UTC"

    def take(self, file: CsvFile, rows: Iterator[tuple[int, Row]], progress: Progress | None) -> None:
        while slice := [*islice(rows, SLICE)]:
            lines = self._read(slice)
            if lines:
                self._store(lines, dict(slice))
            self._run.rows_read += len(slice)
            self._run.save()
            if progress:
                progress(self._run, file.fraction())

    def _read(self, slice: list[tuple[int, Row]]) -> list[str]:
        read, lines = self._reader.read, []
        for line, row in slice:
            try:
                if isinstance(row, OverlongRow):
                    raise overlong(line, row.until_line)
                lines.append(read(line, row))
            except RowFault as fault:
                self._refusals.add(line, row, fault)
        return lines

    def _store(self, lines: list[str], rows: dict[int, Row]) -> None:
        run = self._run
        with transaction.atomic():
            repeated = import_sql.load(lines)
        for line, first in repeated:
            fault = RowFault("duplicate", f"same address as line {first}", "one row for each person; the first one counts")
            self._refusals.add(line, rows[line], fault)
        with transaction.atomic():
            merged = import_sql.merge(
                list_id=run.list_id or 0, source=f"import:{run.pk}", consent=run.consent, zone=self._zone, now=clock.now()
            )
            run.created_count += merged.created
            run.updated_count += merged.updated
            run.unchanged_count += merged.unchanged
            run.kept_out_count += merged.kept_out
            run.subscribed_count += merged.subscribed
            # The same statement is what a dry run counts; only that nothing of it stays.
            transaction.set_rollback(run.dry_run)
