"""Imports the rows of a file slice by slice: each is one transaction with the run's counts."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from itertools import islice
from sys import getsizeof
from types import MappingProxyType
from typing import NamedTuple

from django.db import transaction

from publication import clock
from publication.models import Actor
from subscribers.consent import former_addresses_sql, ledger, measuring_consent, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.errors import CsvFileError, InputError
from subscribers.importing import importer_sql
from subscribers.importing.csv_file import CsvFile, OverlongRow
from subscribers.importing.importer_sql import SliceMergeResult
from subscribers.importing.refused_rows import RefusedRows, Row
from subscribers.importing.row_reader import ReadRow, RowReader, overlong
from subscribers.models import ImportRun, Suppression

SLICE = 20_000  # rows
# Bytes of the rows of a slice: one with long cells has fewer rows. With a limit in characters, which take 4 bytes each beside an
# emoji, a worker of 145 MiB grew to 246.
LARGEST_SLICE = 4_000_000
_REFUSAL = 600  # bytes, beside its cells: a refused row keeps its fault, too
SOME = 1000
MANY = 10_000
LISTED = 100  # rows of people who left another list, kept with the run

Progress = Callable[[ImportRun, float], None]
RefusedRow = tuple[int, Row, InputError]
_COUNTS = ("left", "pending", "suppressed", "addresses_suppressed", "measured")
_COUNTED = (
    "rows_read", "created_count", "updated_count", "unchanged_count", "subscribed_count", "kept_out_count", "refused_count",
    "refusals", "attributes", "format", "details", "fraction", "progress_at", "tries",
)  # fmt: skip
_EFFECTS = ("unchanged", "updated", "subscribed", "created", "subscribed_updated")  # by ImportedPerson.Effect
_LONGEST_SHOWN = 320


class RowResult(NamedTuple):
    """What a row does, or would do: created, subscribed, updated, unchanged, ends, suppresses, refused, or why it is kept out.

    `changes`: [field, old, new]. `remark`: kind and text. Of a refused row `values` are what its reason quotes, `at` is the
    column of the refused cell in the file of refused rows (-1: none). `names`: what a known person is called
    here and in the file, if these are different people by their names.
    """

    line: int
    effect: str
    address: str
    code: str = ""
    message: str = ""
    hint: str = ""
    variant: str = ""
    values: Mapping[str, object] = MappingProxyType({})
    name: str = ""
    cell: str = ""
    at: int = -1
    changes: Sequence[tuple[str, object, object]] = ()
    remark: tuple[str, str] | None = None
    names: Sequence[str] = ()


class ImportStoppedError(Exception):
    """Staff stopped the run. The slice that notices it is not stored."""


Explained = Callable[[Sequence[RowResult]], None]


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
    refused: list[RefusedRow]
    fraction: float
    left_out: int  # details so far
    left_out_at: list[dict[str, object]]


class RowImport:
    """Imports the rows of one run. Of a run that was interrupted the stored slices are only read.

    `take` raises ImportStoppedError if the run is not running any more, CsvFileError if an attribute of it was deleted.
    """

    def __init__(
        self, actor: Actor, run: ImportRun, reader: RowReader, refusals: RefusedRows, explained: Explained | None
    ) -> None:
        self._actor = actor
        self._run = run
        self._reader = reader
        self._refusals = refusals
        self._explained = explained
        self._done_before = run.rows_read  # of a run that was interrupted
        self._rows_passed = 0
        self._analysis_due = 1  # rows
        self._counts: Counter[str] = Counter({name: run.details[name] for name in _COUNTS if name in run.details})
        self._kept_out: Counter[str] = Counter(run.details.get("kept_out", {}))
        self._effects: Counter[str] = Counter(run.details.get("effects", {}))
        self._remarks: Counter[str] = Counter(run.details.get("remarks", {}))
        self._left_other: list[dict[str, object]] = list(run.details.get("left_other", []))

    @_prompt_threads()
    def take(self, file: CsvFile, progress: Progress | None) -> None:
        """Read the next slice in a thread while the database merges this one. The thread has no connection.

        It begins with the merge: before that, it would compete for the interpreter while the database waits for short statements.
        """
        rows = file.rows()
        with ThreadPoolExecutor(1, "import") as ahead:
            following = ahead.submit(self._read, file, rows)
            while (read_slice := following.result()).rows:
                read_ahead = cache(partial(ahead.submit, self._read, file, rows))  # the first call starts the read
                self._rows_passed += read_slice.rows
                if self._rows_passed <= self._done_before:
                    # It is stored. It was read for the addresses that must not come again, and for the file of refused rows.
                    for line, row, fault in read_slice.refused:
                        self._refusals.write(line, row, fault)
                else:
                    self._analyse(read_slice.rows)
                    self._store(read_slice, read_ahead)
                    if progress:
                        progress(self._run, read_slice.fraction)
                following = read_ahead()

    def _analyse(self, following: int) -> None:
        """Let the planner count again before a large first slice, after it, and whenever twice as many rows are stored.

        After a dry run, for example, it takes the tables for empty, and would read them whole for each row.
        """
        stored = self._run.rows_read
        if stored >= self._analysis_due or (not stored and following >= SOME):
            importer_sql.analyse(only_keys=True)
            self._analysis_due = max(1, stored * 2)

    def _read(self, file: CsvFile, rows: Iterator[tuple[int, Row]]) -> _Slice:
        read, refused, count, size = self._reader.read, [], 0, 0
        blocks = [_Block(set(), [])]
        first = blocks[0].rows
        for line, row in islice(rows, SLICE):
            count += 1
            try:
                if isinstance(row, OverlongRow):
                    raise overlong(line, row.until_line)
                read_row = read(line, row)
            except InputError as fault:
                # Its frames have the texts of the row once more.
                fault.__traceback__ = fault.__context__ = None
                refused.append((line, row, fault))
                size += _REFUSAL + (0 if isinstance(row, OverlongRow) else sum(map(getsizeof, row)))
            else:
                size += len(read_row.copied)
                if read_row.repeated:
                    _add_repeated(blocks, read_row)
                else:
                    first.append(read_row)
            if size > LARGEST_SLICE:
                break
        return _Slice(count, blocks, refused, file.fraction(), self._reader.left_out, [*self._reader.left_out_at])

    def _store(self, read_slice: _Slice, meanwhile: Callable[[], object]) -> None:
        """Merge the rows, and store the counts with them. `meanwhile` is begun when the database has the rows."""
        run = self._run
        while True:
            blocks = _at_present_addresses(read_slice.blocks)
            try:
                with transaction.atomic():
                    self._require_attributes()
                    merged = [self._merge(block.rows, meanwhile) for block in blocks]
                    if not run.dry_run:
                        self._count_slice(read_slice, merged)
                    # A dry run counts with the same statements, but rolls them back.
                    transaction.set_rollback(run.dry_run)
            except importer_sql.OvertakenError:
                continue  # the person who signed up or moved is known now, so this cannot happen again for the same address
            break
        if run.dry_run:
            self._count_slice(read_slice, merged)
        for line, row, fault in read_slice.refused:
            self._refusals.write(line, row, fault)
        if self._explained:
            self._explain(blocks, merged, read_slice.refused)

    def _require_attributes(self) -> None:
        names = {name for _, name, _ in self._reader.columns.attributes}
        if not self._run.dry_run and (gone := names - importer_sql.lock_attributes()):
            raise CsvFileError("attribute_deleted", columns=sorted(gone))

    def _count_slice(self, read_slice: _Slice, results: Sequence[tuple[SliceMergeResult, dict[str, int]]]) -> None:
        run = self._run
        for merged, suppressed in results:
            self._count(merged, suppressed)
        self._remarks.update(row.remark.kind for block in read_slice.blocks for row in block.rows if row.remark)
        for line, _, fault in read_slice.refused:
            self._refusals.count(line, fault)
        run.rows_read += read_slice.rows
        run.fraction, run.progress_at, run.tries = read_slice.fraction, clock.now(), 0
        run.details = {
            **self._counts, "kept_out": dict(self._kept_out), "effects": dict(self._effects),
            "remarks": dict(self._remarks), "left_other": self._left_other,
            "not_read": [*self._reader.columns.not_read], "left_out": read_slice.left_out,
            "left_out_at": read_slice.left_out_at, "headings": (headings := self._reader.columns.headings),
            "new": [headings.get(name, name) for name in self._reader.columns.new],
        }  # fmt: skip
        counted = {name: getattr(run, name) for name in _COUNTED}
        if not ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING).update(**counted):
            raise ImportStoppedError

    def _explain(
        self, blocks: Sequence[_Block], results: Sequence[tuple[SliceMergeResult, dict[str, int]]], refused: Sequence[RefusedRow]
    ) -> None:
        lines: dict[int, RowResult] = {}
        accepted = {row.line: row for block in blocks for row in block.rows}
        for block, (merged, _) in zip(blocks, results, strict=True):
            known = importer_sql.known_names([row.key for row in block.rows])
            for line, effect, changes in merged.effects:
                row = accepted[line]
                lines[line] = RowResult(line, _EFFECTS[effect], row.address, changes=changes or (), remark=row.remark,
                                        names=row.names_beside(known.get(row.key, "")))  # fmt: skip
            for ended in merged.ended:
                lines[ended.line] = RowResult(ended.line, "ends", accepted[ended.line].address)
            for row in block.rows:
                if row.meaning.reason is not None:
                    lines[row.line] = RowResult(row.line, "suppresses", row.address)
            for kept in merged.kept_out:
                lines[kept.line] = RowResult(kept.line, kept.reason, kept.address)
        for line, cells, fault in refused:
            lines[line] = self._refused(line, cells, fault, accepted)
        if self._explained:
            self._explained([lines[line] for line in sorted(lines)])

    def _refused(self, line: int, cells: Row, fault: InputError, accepted: Mapping[int, ReadRow]) -> RowResult:
        columns = self._reader.columns

        def cell(*positions: int) -> str:
            if isinstance(cells, OverlongRow):
                return ""
            texts = (cells[at].strip() for at in positions if 0 <= at < len(cells))
            return " ".join(filter(None, texts))[:_LONGEST_SHOWN]

        at, variant, values = int(fault.values.get("at", -1)), fault.variant, fault.values
        if fault.code == "duplicate":
            at, values = columns.email, {**values, "heading": columns.header[columns.email] if columns.header else ""}
            # The name is that of the row that counts, if it is in this slice: the names of a whole file take too much memory.
            if not variant and (first := accepted.get(int(values["first"]))) is not None and first.name:
                variant, values = "named", {**values, "name": first.name}
        return RowResult(
            line, "refused", cell(columns.email), fault.code, fault.message, fault.hint, variant, values,
            cell(*columns.names), cell(at), self._refusals.position_in_file(at),
        )  # fmt: skip

    def _merge(self, rows: Sequence[ReadRow], meanwhile: Callable[[], object]) -> tuple[SliceMergeResult, dict[str, int]]:
        run, now = self._run, clock.now()
        merged = importer_sql.merge(
            b"".join([row.copied for row in rows]), run_id=run.pk, list_id=run.list_id or 0, actor_id=self._actor.pk,
            consent=run.consent, now=now, despite_left=bool(run.despite_left), remember=not run.dry_run,
            explain=self._explained is not None, suppressing=[row.line for row in rows if row.meaning.reason is not None],
            fill_only=bool(run.choices.get("fill_only")), meanwhile=meanwhile,
        )  # fmt: skip
        if run.measuring_document and run.list_id is not None:
            keys, source = [row.key for row in rows], f"import:{run.pk}"
            measured = measuring_consent.agree_by_import(self._actor, keys, run.list_id, source=source, now=now)
            merged = replace(merged, measured=measured)
        suppressed = self._suppress(rows, merged)
        self._record_ended(merged)
        return merged, suppressed

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
            ledger.record_lines(self._actor, Act.LEFT, lines, source=f"import:{self._run.pk}", proof=Proof.STATEMENT)

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
        counted = {_EFFECTS[int(effect)]: number for effect, number in merged.counted.items()}
        counted["stopped"] = merged.given - len(merged.kept_out) - sum(counted.values())
        self._effects.update(counted)
        self._counts.update(left=len(merged.ended), pending=merged.pending, suppressed=suppressed["suppressed"],
                            addresses_suppressed=suppressed["addresses"], measured=merged.measured)  # fmt: skip
        for kept in merged.kept_out:
            self._kept_out[kept.reason] += 1
            if kept.reason == "left_other" and len(self._left_other) < LISTED:
                self._left_other.append({"line": kept.line, "lists": kept.lists})


def _at_present_addresses(blocks: Sequence[_Block]) -> list[_Block]:
    """The blocks with rows about the present address of people whose earlier address the file has.

    They are in further blocks, because the file may have both. A bounce is about the earlier mailbox.
    """
    blocks = [block for block in blocks if block.rows]
    present = former_addresses_sql.present([row.key for block in blocks for row in block.rows])
    if not present:
        return blocks

    def is_moved(row: ReadRow) -> bool:
        return row.key in present and row.meaning.reason not in suppressions.AUTOMATIC

    stay = [_Block(block.keys, [row for row in block.rows if not is_moved(row)]) for block in blocks]
    for block in blocks:
        for row in filter(is_moved, block.rows):
            _add_repeated(stay, row.at_address(present[row.key]))
    return [block for block in stay if block.rows]


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
