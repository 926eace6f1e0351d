"""The beginning of a kept file of people, and what its columns are: by choice, by memory, or by their names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from subscribers.attributes import Type
from subscribers.importing import column_choices, csv_columns, csv_file, importer, source_formats, state_words
from subscribers.importing.cells import earlier_refusals
from subscribers.importing.csv_file import CsvFile, OverlongRow
from subscribers.importing.runs import corrected_rows, kept_files
from subscribers.importing.workbooks.workbook_file import WorkbookFacts
from subscribers.models import ImportRun

SHOWN_ROWS = 5
_LOOKED_BACK = 20  # imports
_LOOKED_AT = 20_000  # rows, for words of a state: the dry run reads them all


@dataclass(frozen=True)
class FilePreview:
    """The beginning of a kept file: `targets` is what each column is by choice, by memory or by its name."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[str]
    is_remembered: bool
    guesses: Sequence[str]  # the type of a new attribute, by the cells
    format: str
    encoding: str
    workbook: WorkbookFacts | None


def preview(run: ImportRun, rows: int = SHOWN_ROWS) -> FilePreview:
    """The beginning of the file, with what its columns are. Raises CsvFileError."""
    with opened(run) as file:
        sample = csv_columns.sample_of(file.rows())
        first, guesses = sample[:rows], [csv_columns.guessed_type(sample, at).value for at in range(len(file.header))]
        file.rewind()
        source_format = source_formats.recognise(csv_columns.recognisable(file.header), None, run.file_name)
        chosen = run.choices.get("columns")
        if chosen is not None and len(chosen) == len(file.header):
            targets, is_remembered = list(chosen), False
        else:
            looked_at = (row for _, row in islice(file.rows(), _LOOKED_AT) if not isinstance(row, OverlongRow))
            contents = state_words.contents(looked_at, csv_columns.state_candidates(file.header, source_format))
            schema, labels = importer.known_attributes()
            targets, is_remembered = csv_columns.suggest(file.header, schema, source_format, contents, labels), False
            if (remembered := _remembered(file.header, run)) is not None:
                targets, is_remembered = (
                    [_now(was, suggested, schema) for was, suggested in zip(remembered, targets, strict=True)],
                    True,
                )
        name = source_format.name if source_format else ""
        return FilePreview(file.header, first, targets, is_remembered, guesses, name, file.encoding, file.workbook)


@contextmanager
def opened(run: ImportRun) -> Iterator[CsvFile]:
    """The file of a run. Rows that were corrected on a page have the lines of the first file. Raises CsvFileError."""
    choices = run.choices
    path = kept_files.path_of(run.stored_file)
    with csv_file.opened(path, choices.get("encoding") or None, choices.get("sheet", "")) as file:
        file.lines = choices.get("lines", ())
        yield file


def _remembered(header: Sequence[str], run: ImportRun) -> list[str] | None:
    """What staff chose for a file with the same columns before; None if no such file was imported."""
    if (first := corrected_rows.followed(header)) is not None:
        kept = iter(first.choices["kept_columns"])
        return [column_choices.IGNORED if earlier_refusals.is_passed_over(cell) else next(kept, "") for cell in header]
    earlier = ImportRun.objects.filter(choices__header=column_choices.header_key(header)).exclude(pk=run.pk)
    last = earlier.exclude(state=ImportRun.State.DRAFT).order_by("-pk").first()
    columns = last.choices.get("columns") if last else None
    return list(columns) if columns and len(columns) == len(header) else None


def spellings_used(kept_header: str) -> list[str]:
    """The misspelt domains whose suggestions staff used in imports of such files."""
    earlier = ImportRun.objects.filter(choices__kept_header=kept_header, dry_run=False, choices__has_key="used_spellings")
    used = earlier.order_by("-pk").values_list("choices__used_spellings", flat=True)[:_LOOKED_BACK]
    return sorted({domain for domains in used for domain in domains})


def _now(remembered: str, suggested: str, schema: Mapping[str, Type]) -> str:
    """What was chosen before; a new attribute of then is an attribute by now, or was deleted."""
    kind, _, name = remembered.partition(":")
    if kind == column_choices.ATTRIBUTE and name and name not in schema:
        return suggested
    was_new = kind in (column_choices.NEW, column_choices.ATTRIBUTE)
    return suggested if was_new and suggested.startswith(f"{column_choices.ATTRIBUTE}:") else remembered


def with_other_columns(run: ImportRun, targets: Sequence[str]) -> list[str]:
    """These choices, with a new attribute for each column that nobody chose. Raises CsvFileError."""
    shown = preview(run)
    return [
        f"{column_choices.NEW}:{guess}"
        if target == column_choices.IGNORED and heading.strip() and not _has_a_place(heading)
        else target
        for target, heading, guess in zip(targets, shown.header, shown.guesses, strict=False)
    ]


def _has_a_place(heading: str) -> bool:
    """Whether a column is one of Mailroom's own, or has the name of a field, such as a second column with names."""
    return earlier_refusals.is_passed_over(heading) or bool(csv_columns.field_meant(heading))
