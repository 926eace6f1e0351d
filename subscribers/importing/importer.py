"""Imports subscribers from a CSV file to a list: in slices, each a short transaction, with a reason for every rejected row.

docs/importing-people.md describes the format, and the files of other systems (`source_formats`). Importing the same file again
changes nothing.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.db import DatabaseError, transaction

from publication import audit, clock
from publication.models import Actor, Publication
from subscribers import addresses, attribute_declarations, attributes
from subscribers.consent import former_addresses_sql, ledger, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.errors import InputError
from subscribers.importing import csv_columns, csv_file, importer_sql, refused_rows, source_formats, state_words
from subscribers.importing.csv_columns import Columns
from subscribers.importing.csv_file import CsvFile, CsvFileError, OverlongRow
from subscribers.importing.importer_sql import SliceMergeResult
from subscribers.importing.refused_rows import RefusedRows, Row
from subscribers.importing.row_reader import ReadRow, RowReader, overlong
from subscribers.importing.seen_addresses import SeenKeys
from subscribers.importing.source_formats import SourceFormat
from subscribers.models import ImportRun, MailingList, Suppression

SLICE = 20_000
SAMPLE = 1000
MANY = 10_000
STANDARD_INPUT = "-"
LISTED = 100  # rows of people who left another list, kept with the run

Progress = Callable[[ImportRun, float], None]


def import_file(
    actor: Actor,
    source: Path | str | BinaryIO,
    mailing_list: MailingList | None,
    *,
    consent: str = "",
    dry_run: bool = False,
    create_attributes: bool = False,
    encoding: str | None = None,
    progress: Progress | None = None,
    refused_path: Path | str | None = None,
    format_name: str | None = None,
    despite_left: str = "",
) -> ImportRun:
    """Subscribe everyone in the file (or stream) to `list`, as the file says; `consent` says where and how they agreed.

    Good rows are imported even if others are rejected. `refused_path` gets the rejected rows as CSV with reason and hint, to
    be corrected and imported again. An empty cell erases nothing. rows_read = created + updated + unchanged + kept out + refused,
    and in details `addresses_suppressed`, of nobody here.
    People who left the list or everything, left another list, are suppressed or erased are neither subscribed nor changed
    (`kept_out_count`). `despite_left` is the reason why people who left another list are imported; it lifts nothing else.

    A file of another system is recognised by its columns, or named by `format_name` (source_formats). If it cannot confirm
    anybody, it needs no consent; if it only suppresses, no list.

    `create_attributes`: declare unknown columns as attributes, with the type that the first rows suggest, else text.
    `progress(run, fraction)` is called after each slice. A dry run counts everything and stores only its ImportRun.
    Raises CsvFileError, or private_files.TargetExistsError if `refused_path` exists; then nothing is stored.
    """
    consent, despite_left = attributes.read_consent(consent), attributes.read_consent(despite_left)
    source = Path(source) if isinstance(source, str) else source
    if refused_path is not None and isinstance(source, Path) and Path(refused_path).exists() and source.samefile(refused_path):
        raise CsvFileError("refused_is_source", path=refused_path)
    name = source.name if isinstance(source, Path) else STANDARD_INPUT
    with csv_file.opened(source, encoding) as file, refused_rows.opened(refused_path) as refused_file:
        source_format = source_formats.recognise(csv_columns.recognisable(file.header), format_name, name)
        _check_needs(source_format, mailing_list, consent)
        columns = _columns(file, source_format, create_attributes)
        run = ImportRun.objects.create(
            file_name=name, list=mailing_list, actor=actor, consent=consent, dry_run=dry_run, started_at=clock.now(),
            attributes=sorted(label for _, label, _ in columns.attributes), format=source_format.name if source_format else "",
            despite_left=despite_left,
        )  # fmt: skip
        if not dry_run:
            for label, attribute_type in columns.new.items():
                attribute_declarations.declare(actor, label, attribute_type)
            for label, heading in columns.headings.items():
                attribute_declarations.configure(actor, label, label=heading)
        with _ended(run), _slice_table():
            zone = Publication.objects.values_list("zone", flat=True).first() or "UTC"
            reader = RowReader(columns, addresses.hasher(), SeenKeys(file.expected_rows()), zone, name, mailing_list is not None)
            _Import(actor, run, reader, RefusedRows(run, file, refused_file)).take(file, progress)
    if not dry_run and run.subscribed_count >= MANY:
        importer_sql.analyse()
    audit.record(actor, "import", run, list=mailing_list.slug if mailing_list else "", dry_run=dry_run, rows=run.rows_read,
                 created=run.created_count, updated=run.updated_count, kept_out=run.kept_out_count, refused=run.refused_count,
                 format=run.format, despite_left=bool(despite_left))  # fmt: skip
    return run


def _columns(file: CsvFile, source_format: SourceFormat | None, create: bool) -> Columns:
    """Find out what the file's columns mean. Reads the whole file once, because a word for a state may be in its last rows."""
    sample = [row for _, row in islice(file.rows(), SAMPLE) if not isinstance(row, OverlongRow)]
    file.rewind()
    rows = (row for _, row in file.rows() if not isinstance(row, OverlongRow))
    contents = state_words.contents(rows, csv_columns.state_candidates(file.header, source_format))
    file.rewind()
    declared = attributes.declarations()
    labels = {state_words.squeezed(declaration.label): name for name, declaration in reversed(declared.items())}
    schema = {name: declaration.type for name, declaration in declared.items()}
    columns = csv_columns.assign(file.header, schema, create, sample, source_format, contents, labels)
    # Values that the attribute does not allow are refused, with the allowed ones in the hint.
    readers = {name: declaration.read for name, declaration in declared.items() if declaration.values}
    columns.attributes[:] = [(at, name, readers.get(name, reader)) for at, name, reader in columns.attributes]
    return columns


def _check_needs(source_format: SourceFormat | None, mailing_list: MailingList | None, consent: str) -> None:
    if mailing_list is None and (source_format is None or source_format.needs_list):
        raise CsvFileError("list")
    if not consent and (source_format is None or source_format.may_confirm):
        raise CsvFileError("consent")


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


class _Block(NamedTuple):
    """Rows with different addresses."""

    keys: set[bytes]
    rows: list[ReadRow]


class _Slice(NamedTuple):
    """Rows of the file after parsing: their number, the good ones in blocks, the others with their faults."""

    rows: int
    blocks: Sequence[_Block]
    refused: list[tuple[int, Row, InputError]]
    fraction: float


class _Import:
    def __init__(self, actor: Actor, run: ImportRun, reader: RowReader, refusals: RefusedRows) -> None:
        self._actor = actor
        self._run = run
        self._reader = reader
        self._refusals = refusals
        self._counts: Counter[str] = Counter()
        self._kept_out: Counter[str] = Counter()
        self._left_other: list[dict[str, object]] = []

    @_prompt_threads()
    def take(self, file: CsvFile, progress: Progress | None) -> None:
        """Read the next slice in a thread while the database works on this one. The thread has no connection."""
        rows = file.rows()
        with ThreadPoolExecutor(1, "import") as ahead:
            following = ahead.submit(self._read, file, rows)
            while (read_slice := following.result()).rows:
                following = ahead.submit(self._read, file, rows)
                # After a dry run, for example, the planner takes the tables for empty, and would read them whole for each row.
                # So it counts again before a large first slice, and after 1, 2, 4, 8, … slices.
                slices = self._run.rows_read // SLICE
                if slices & (slices - 1) == 0 and (slices or read_slice.rows >= MANY):
                    importer_sql.analyse()
                self._store(read_slice)
                if progress:
                    progress(self._run, read_slice.fraction)

    def _read(self, file: CsvFile, rows: Iterator[tuple[int, Row]]) -> _Slice:
        read, refused, count = self._reader.read, [], 0
        blocks = [_Block(set(), [])]
        first = blocks[0].rows
        for line, row in islice(rows, SLICE):
            count += 1
            try:
                if isinstance(row, OverlongRow):
                    raise overlong(line, row.until_line)
                read_row = read(line, row)
            except InputError as fault:
                refused.append((line, row, fault))
                continue
            if read_row.repeated:
                _add_repeated(blocks, read_row)
            else:
                first.append(read_row)
        return _Slice(count, blocks, refused, file.fraction())

    def _store(self, read_slice: _Slice) -> None:
        run = self._run
        for block in _at_present_addresses(read_slice.blocks):
            if block.rows:
                self._merge(block.rows)
        for line, row, fault in read_slice.refused:
            self._refusals.add(line, row, fault)
        run.rows_read += read_slice.rows
        run.details = {
            **self._counts, "kept_out": dict(self._kept_out), "left_other": self._left_other,
            "not_read": [*self._reader.columns.not_read], "left_out": self._reader.left_out,
            "left_out_at": self._reader.left_out_at, "headings": self._reader.columns.headings,
        }  # fmt: skip
        run.save()

    def _merge(self, rows: Sequence[ReadRow]) -> None:
        run = self._run
        lines = "".join(row.copied for row in rows).encode()
        while True:
            try:
                with transaction.atomic():
                    merged = importer_sql.merge(
                        lines, list_id=run.list_id or 0, source=f"import:{run.pk}", consent=run.consent, now=clock.now(),
                        despite_left=bool(run.despite_left),
                    )  # fmt: skip
                    suppressed = self._suppress(rows, merged)
                    self._record_ended(merged)
                    # A dry run counts with the same statements, but rolls them back.
                    transaction.set_rollback(run.dry_run)
            except importer_sql.OvertakenError:
                continue  # the person who signed up meanwhile now exists, so this cannot happen again for the same person
            break
        self._count(merged, suppressed)

    def _suppress(self, rows: Sequence[ReadRow], merged: SliceMergeResult) -> dict[str, int]:
        """Suppress the addresses of rows that say so: how many are new or have a stronger reason now, and of these, without the
        rows that ended a subscription, how many of people here, and of nobody. A row without a date changes no suppression of the
        same reason.
        """
        erased = {kept.line for kept in merged.kept_out}
        suppressing = [row for row in rows if row.meaning.reason is not None and row.line not in erased]
        if not suppressing:
            return {"suppressed": 0, "people": 0, "addresses": 0}
        known = importer_sql.suppressed_keys([row.key for row in suppressing])
        ended = {subscription.line for subscription in merged.ended}
        people = importer_sql.known_keys([row.key for row in suppressing])
        groups: dict[str, list[suppressions.Ground]] = {"ended": [], "people": [], "addresses": []}
        for row in suppressing:
            reason = row.meaning.reason or ""
            if row.at is not None or known.get(row.key) != reason:
                at = row.at or self._run.started_at
                ground = suppressions.Ground(
                    row.key, reason, row.detail, row.address, at=at, origin=Suppression.Origin.IMPORT
                )  # fmt: skip
                groups["ended" if row.line in ended else "people" if row.key in people else "addresses"].append(ground)
        changed = {group: suppressions.suppress_many(self._actor, grounds) for group, grounds in groups.items()}
        return {"suppressed": sum(changed.values()), "people": changed["people"], "addresses": changed["addresses"]}

    def _record_ended(self, merged: SliceMergeResult) -> None:
        list_id = self._run.list_id
        if merged.ended and list_id is not None:
            # The file is the run's, which `source` names.
            lines = [
                (
                    subscription.subscriber_id,
                    list_id,
                    {"line": subscription.line} | ({"day": self._day(subscription.at)} if subscription.at else {}),
                )
                for subscription in merged.ended
            ]
            ledger.record_lines(Act.LEFT, lines, source=f"import:{self._run.pk}", proof=Proof.STATEMENT)

    def _day(self, at: str) -> str:
        """The day in the publication's zone, in which the file's days were read."""
        return clock.in_zone(datetime.fromisoformat(at), self._reader.zone).date().isoformat()

    def _count(self, merged: SliceMergeResult, suppressed: dict[str, int]) -> None:
        run = self._run
        updated = merged.updated + suppressed["people"] + sum(not subscription.is_new for subscription in merged.ended)
        run.created_count += merged.created
        run.updated_count += updated
        run.kept_out_count += len(merged.kept_out)
        run.unchanged_count += merged.given - merged.created - updated - suppressed["addresses"] - len(merged.kept_out)
        run.subscribed_count += merged.subscribed
        self._counts.update(left=len(merged.ended), pending=merged.pending, suppressed=suppressed["suppressed"],
                            addresses_suppressed=suppressed["addresses"])  # fmt: skip
        for kept in merged.kept_out:
            self._kept_out[kept.reason] += 1
            if kept.reason == "left_other" and len(self._left_other) < LISTED:
                self._left_other.append({"line": kept.line, "lists": kept.lists})


def _at_present_addresses(blocks: Sequence[_Block]) -> Sequence[_Block]:
    """The blocks with rows about the present address of people whose earlier address the file has.

    They are in further blocks, because the file may have both. A bounce is about the earlier mailbox.
    """
    present = former_addresses_sql.present([row.key for block in blocks for row in block.rows])
    if not present:
        return blocks

    def is_moved(row: ReadRow) -> bool:
        return row.key in present and row.meaning.reason not in suppressions.AUTOMATIC

    stay = [_Block(block.keys, [row for row in block.rows if not is_moved(row)]) for block in blocks]
    for block in blocks:
        for row in filter(is_moved, block.rows):
            _add_repeated(stay, row.at_address(present[row.key]))
    return stay


def _add_repeated(blocks: list[_Block], row: ReadRow) -> None:
    """Put a row whose address an earlier one has into the first further block without it."""
    for block in blocks[1:]:
        if row.key not in block.keys:
            break
    else:
        block = _Block(set(), [])
        blocks.append(block)
    block.keys.add(row.key)
    block.rows.append(row)
