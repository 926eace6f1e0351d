"""Imports subscribers from a CSV file to a list: in slices, each a short transaction, with a reason for every rejected row.

docs/importing-people.md describes the format, and the files of other systems (`source_formats`). Importing the same file again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from django.db import DatabaseError

from publication import audit, clock
from publication.models import Actor, Publication
from subscribers import addresses, attribute_declarations, attributes
from subscribers.consent import measuring_consent
from subscribers.importing import column_choices, csv_columns, csv_file, importer_sql, refused_rows, source_formats, state_words
from subscribers.importing.csv_columns import Columns
from subscribers.importing.csv_file import CsvFile, CsvFileError, OverlongRow
from subscribers.importing.refused_rows import RefusedRows
from subscribers.importing.row_reader import RowReader
from subscribers.importing.row_slices import MANY, Explained, ImportStoppedError, Progress, RowImport
from subscribers.importing.seen_addresses import SeenKeys
from subscribers.importing.source_formats import SourceFormat
from subscribers.models import ImportRun, MailingList

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class FileOptions:
    """How a file is read: encoding and sheet (empty: found out), what columns are by choice, the kind of file by name.

    `chosen`: position -> target (column_choices), or name of the column -> target.
    """

    encoding: str = ""
    sheet: str = ""
    format_name: str = ""
    chosen: Mapping[int, str] | Mapping[str, str] = field(default_factory=dict)
    create_attributes: bool = False


def import_file(
    actor: Actor,
    source: Path | str | BinaryIO,
    mailing_list: MailingList | None,
    *,
    consent: str = "",
    dry_run: bool = False,
    create_attributes: bool = False,
    encoding: str | None = None,
    sheet: str = "",
    chosen: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    refused_path: Path | str | None = None,
    format_name: str | None = None,
    despite_left: str = "",
    measuring_document: str = "",
    fill_only: bool = False,
) -> ImportRun:
    """Subscribe everyone in the file (or stream) to `list`, as the file says; `consent` says where and how they agreed.

    Good rows are imported even if others are rejected. `refused_path` gets the rejected rows as CSV with reason and hint, to
    be corrected and imported again. An empty cell erases nothing. rows_read = created + updated + unchanged + kept out + refused,
    and in details `addresses_suppressed`, of nobody here.
    People who left the list or everything, left another list, are suppressed or erased are neither subscribed nor changed
    (`kept_out_count`). `despite_left` is the reason why people who left another list are imported; it lifts nothing else.
    `measuring_document`: the document in which the people agreed that their clicks are kept with their name. It counts for those
    whom the import confirms and who never withdrew that.

    A file of another system is recognised by its columns, or named by `format_name` (source_formats). If it cannot confirm
    anybody, it needs no consent; if it only suppresses, no list.

    `create_attributes`: declare unknown columns as attributes, with the type that the first rows suggest, else text.
    `fill_only`: of known people only what is empty is filled in, and nothing overwritten.
    `chosen`: what columns are, by their names in the file. `sheet`: of a workbook; empty for the first one that is visible.
    `progress(run, fraction)` is called after each slice. A dry run counts everything and stores only its ImportRun.
    Raises CsvFileError, or private_files.TargetExistsError if `refused_path` exists; then nothing is stored.
    """
    consent, despite_left = attributes.read_consent(consent), attributes.read_consent(despite_left)
    measuring_document = read_measuring_document(measuring_document)
    source = Path(source) if isinstance(source, str) else source
    if refused_path is not None and isinstance(source, Path) and Path(refused_path).exists() and source.samefile(refused_path):
        raise CsvFileError("refused_is_source", path=refused_path)
    name = source.name if isinstance(source, Path) else STANDARD_INPUT
    options = FileOptions(encoding or "", sheet, format_name or "", chosen or {}, create_attributes)
    with csv_file.opened(source, encoding, sheet) as file, refused_rows.opened(refused_path) as refused_file:
        check_needs(_format_of(file, options, name), mailing_list, consent)
        plan = plan_of(file, options, name)
        run = ImportRun.objects.create(
            file_name=name, list=mailing_list, actor=actor, consent=consent, dry_run=dry_run, started_at=clock.now(),
            despite_left=despite_left, measuring_document=measuring_document,
            choices=_choices_to_keep(file, plan) | ({"fill_only": True} if fill_only else {}),
        )  # fmt: skip
        with _ended(run):
            run_file(actor, run, file, plan, refused_file, progress)
    return run


def _choices_to_keep(file: CsvFile, plan: Plan) -> dict[str, object]:
    """What is to be known about a sheet, and by what a later file with the same columns is read in the same way."""
    kept: dict[str, object] = {"workbook": file.workbook._asdict()} if file.workbook else {}
    if not plan.chosen:
        return kept
    return kept | {
        "header": column_choices.header_key(file.header),
        "columns": [plan.chosen.get(at, "") for at in range(len(file.header))],
    }


class Plan(NamedTuple):
    """What a file is and what its columns mean."""

    name: str
    source_format: SourceFormat | None
    columns: Columns
    chosen: Mapping[int, str]


def plan_of(file: CsvFile, options: FileOptions, name: str) -> Plan:
    """Find out what the file's columns mean. Reads it once, because a word for a state may be in its last rows."""
    source_format = _format_of(file, options, name)
    by_position = {at: target for at, target in options.chosen.items() if isinstance(at, int)}
    by_heading = {heading: target for heading, target in options.chosen.items() if isinstance(heading, str)}
    chosen = by_position | column_choices.by_heading(file.header, by_heading)
    return Plan(name, source_format, _columns(file, source_format, options.create_attributes, chosen), chosen)


def _format_of(file: CsvFile, options: FileOptions, name: str) -> SourceFormat | None:
    return source_formats.recognise(csv_columns.recognisable(file.header), options.format_name or None, name)


def run_file(
    actor: Actor, run: ImportRun, file: CsvFile, plan: Plan, refused_file: TextIO | None, progress: Progress | None = None,
    explained: Explained | None = None,
) -> None:  # fmt: skip
    """Import the rows of a file; of a run that was interrupted, those after the last slice that it stored.

    A slice and the run's counts are one transaction, so an interrupted run comes to the same counts as another one.
    """
    columns = plan.columns
    run.attributes = sorted(label for _, label, _ in columns.attributes)
    run.format = plan.source_format.name if plan.source_format else ""
    if not run.dry_run:
        for label, attribute_type in columns.new.items():
            attribute_declarations.declare(actor, label, attribute_type)
        for label, heading in columns.headings.items():
            attribute_declarations.configure(actor, label, label=heading)
    with _slice_table():
        zone = Publication.objects.values_list("zone", flat=True).first() or "UTC"
        reader = RowReader(columns, addresses.hasher(), SeenKeys(file.expected_rows()), zone, plan.name, run.list_id is not None,
                           bool(run.choices.get("use_suggestions")), frozenset(run.choices.get("spellings", ())))  # fmt: skip
        RowImport(actor, run, reader, RefusedRows(run, file, refused_file), explained).take(file, progress)
    if reader.used_spellings:
        run.choices = {**run.choices, "used_spellings": sorted(reader.used_spellings)}
        ImportRun.objects.filter(pk=run.pk).update(choices=run.choices)
    if not run.dry_run and run.subscribed_count >= MANY:
        importer_sql.analyse(only_keys=False)
    slug = run.list.slug if run.list else ""
    audit.record(actor, "import", run, list=slug, dry_run=run.dry_run, rows=run.rows_read, created=run.created_count,
                 updated=run.updated_count, kept_out=run.kept_out_count, refused=run.refused_count, format=run.format,
                 despite_left=bool(run.despite_left), measuring=bool(run.measuring_document))  # fmt: skip


def _columns(file: CsvFile, source_format: SourceFormat | None, create: bool, chosen: Mapping[int, str]) -> Columns:
    sample = csv_columns.sample_of(file.rows())
    file.rewind()
    rows = (row for _, row in file.rows() if not isinstance(row, OverlongRow))
    contents = state_words.contents(rows, csv_columns.state_candidates(file.header, source_format))
    file.rewind()
    schema, labels = known_attributes()
    columns = csv_columns.assign(file.header, schema, create, sample, source_format, contents, labels, chosen)
    # Values that the attribute does not allow are refused, with the allowed ones in the hint.
    readers = {name: declaration.read for name, declaration in attributes.declarations().items() if declaration.values}
    columns.attributes[:] = [(at, name, readers.get(name, reader)) for at, name, reader in columns.attributes]
    return columns


def known_attributes() -> tuple[dict[str, attributes.Type], dict[str, str]]:
    """The types of all attributes by their names, and their names by their squeezed labels in every language."""
    declared = attributes.declarations()
    labels = {
        state_words.squeezed(label): name
        for name, declaration in reversed(declared.items())
        for label in (*declaration.labels.values(), declaration.label)
    }
    return {name: declaration.type for name, declaration in declared.items()}, labels


def read_measuring_document(text: str) -> str:
    """The name of the document. Raises CsvFileError(measuring) if the publication does not ask people to be measured."""
    document = attributes.read_consent(text)
    if document and not measuring_consent.is_offered():
        raise CsvFileError("measuring")
    return document


def check_needs(source_format: SourceFormat | None, mailing_list: MailingList | None, consent: str) -> None:
    if mailing_list is None and (source_format is None or source_format.needs_list):
        raise CsvFileError("list")
    if not consent and (source_format is None or source_format.may_confirm):
        raise CsvFileError("consent")


@contextmanager
def _ended(run: ImportRun) -> Iterator[None]:
    """Record the end of the run: done or failed, also after an interrupt from the keyboard. Who stopped it has recorded it."""
    run.state, done = ImportRun.State.FAILED, False
    try:
        yield
        run.state, done = ImportRun.State.DONE, True
    except ImportStoppedError:
        run.refresh_from_db()
    finally:
        run.finished_at = run.finished_at or clock.now()
        try:
            run.save(update_fields=["state", "finished_at"])  # the counts are stored with their rows
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
