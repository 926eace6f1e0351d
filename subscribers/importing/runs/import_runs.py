"""Imports of staff: from the uploaded file to the report. The worker does what takes time.

A draft has a file, and gets columns, list and consent. The worker checks it in a dry run, after which it is a draft again that
says what would change; then it imports it. A state moves only by compare-and-set, so a worker that was killed or comes late
changes nothing; it stores each slice with its counts, so another one goes on behind it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

from django.db import transaction

from config import private_files
from config.failpoints import failpoint
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor
from subscribers import attributes, mailing_lists
from subscribers.errors import CsvFileError, InputError
from subscribers.importing import column_choices, csv_columns, csv_file, importer, source_formats, undo
from subscribers.importing.cells import earlier_refusals
from subscribers.importing.importer import FileOptions
from subscribers.importing.row_slices import ImportStoppedError, Progress
from subscribers.importing.runs import corrected_rows, file_preview, forgetting, kept_files, kept_files_sql
from subscribers.importing.runs.row_results import ResultWriter
from subscribers.models import ImportRun, MailingList

State = ImportRun.State
LOCK = 0x696D7070  # one worker imports people at a time
MOST_TRIES = 3  # without a slice that was stored
DRAFTS_KEPT = timedelta(days=7)
DOUBLED = timedelta(minutes=1)  # the same file since then was sent by a doubled click
_STAY = ("follows", "lines", "fill_only")  # choices that stay if the file is read in another way
_COUNTS = (
    "rows_read", "created_count", "updated_count", "unchanged_count", "subscribed_count", "kept_out_count", "refused_count",
)  # fmt: skip
_FRESH: Mapping[str, Any] = {
    **dict.fromkeys(_COUNTS, 0), "refusals": [], "details": {}, "fraction": 0.0, "progress_at": None, "finished_at": None,
    "tries": 0,
}  # fmt: skip


class ImportRunError(DomainError):
    """An import that is not in the state for an action."""


class ImportInterruptedError(Exception):
    """The worker is to stop after this slice. Another one goes on."""


# -- staff -------------------------------------------------------------------------------------------------------------


def begin(actor: Actor, chunks: Iterable[bytes], name: str) -> ImportRun:
    """Keep a file, or the text of pasted rows, as a draft. Raises CsvFileError if it cannot be read.

    The same file that somebody sent a moment ago is the draft of then.
    """
    kept = kept_files.keep(chunks)
    workbook = followed = None
    try:
        with csv_file.opened(kept_files.path_of(kept)) as file:
            workbook, followed = file.workbook, corrected_rows.followed(file.header)
    except CsvFileError as fault:
        if fault.code != "encoding":  # staff name the encoding on the next page
            kept_files.remove(kept)
            raise
    name = _safe_name(name)
    with transaction.atomic():
        audit.take_turns(actor)
        since = clock.now() - DOUBLED
        drafts = ImportRun.objects.filter(actor=actor, state=State.DRAFT, file_name=name, started_at__gt=since)
        twin = next((draft for draft in drafts.order_by("-pk") if kept_files.are_same(draft.stored_file, kept)), None)
        if twin is not None:
            kept_files.remove(kept)
            return twin
        run = ImportRun.objects.create(
            file_name=name, actor=actor, state=State.DRAFT, dry_run=True, stored_file=kept, started_at=clock.now(),
            choices={"sheet": workbook.sheet} if workbook else {}, **_as_in(followed),
        )  # fmt: skip
        audit.record(actor, "begin_people_import", run)
    return run


def _as_in(followed: ImportRun | None) -> dict[str, Any]:
    """List and consent of a file of refused rows are those of its import, until staff choose others."""
    if followed is None:
        return {}
    return {
        "list": followed.list, "consent": followed.consent, "despite_left": followed.despite_left,
        "measuring_document": followed.measuring_document,
    }  # fmt: skip


def _safe_name(name: str) -> str:
    bare = PurePosixPath(name.replace("\\", "/")).name
    return "".join(filter(str.isprintable, bare)).strip(". ")[:120] or "file"


def choose_file(actor: Actor, run: ImportRun, *, encoding: str, sheet: str) -> None:
    """Read the draft's file in another encoding, or another sheet of it. Raises ImportRunError, CsvFileError."""
    choices = {"encoding": encoding, "sheet": sheet} | {name: run.choices[name] for name in _STAY if name in run.choices}
    with csv_file.opened(kept_files.path_of(run.stored_file), encoding or None, sheet):
        pass
    _change_draft(actor, run, "choose_import_file", choices=choices)


def choose_columns(actor: Actor, run: ImportRun, targets: Sequence[str]) -> None:
    """Say what each column is. Raises ImportRunError, and CsvFileError if a file cannot be read like this."""
    with file_preview.opened(run) as file:
        if len(targets) != len(file.header):
            raise ImportRunError("state")
        if (at := next((at for at, target in enumerate(targets) if not target), None)) is not None:
            raise CsvFileError("unclear_column", column=column_choices.shown_column(file.header[at], at))
        chosen = dict(enumerate(targets))
        importer.plan_of(file, _options({**run.choices, "columns": list(targets)}), run.file_name)
        choices = {
            **run.choices, "columns": list(chosen.values()), "header": column_choices.header_key(file.header),
            # of the file of refused rows
            "kept_header": (kept_header := corrected_rows.kept_header(file.header)),
            "spellings": file_preview.spellings_used(kept_header),
            "kept_columns": [target for at, target in chosen.items() if not earlier_refusals.is_passed_over(file.header[at])],
        }  # fmt: skip
        if "lines" not in choices and (followed := corrected_rows.followed(file.header)) is not None:
            choices["follows"] = followed.pk
    _change_draft(actor, run, "choose_import_columns", choices=choices)


def choose_list(
    actor: Actor, run: ImportRun, mailing_list: MailingList | None, consent: str, despite_left: str = "", *,
    new_list: str = "", new_slug: str = "", measuring_document: str = "",
) -> None:  # fmt: skip
    """Name the list and the consent of the people, and let the worker check what would change.

    `new_list`, `new_slug`: names of a list that is created for them; the short one may be empty. `measuring_document`: as in
    `importer.import_file`.
    Raises ImportRunError; CsvFileError if the file needs a list or a consent; InputError for a text.
    """
    consent, despite_left = attributes.read_consent(consent), attributes.read_consent(despite_left)
    measuring_document = importer.read_measuring_document(measuring_document)
    with file_preview.opened(run) as file:
        source_format = source_formats.recognise(csv_columns.recognisable(file.header), None, run.file_name)
    with transaction.atomic():
        if new_list:
            mailing_list = mailing_lists.create_named(actor, new_list, new_slug)
        importer.check_needs(source_format, mailing_list, consent)
        _change_draft(actor, run, "check_people_import", state=State.WAITING, list=mailing_list, consent=consent,
                      despite_left=despite_left, measuring_document=measuring_document)  # fmt: skip


def start(actor: Actor, run: ImportRun, *, checked: str = "") -> None:
    """Let the worker import a draft that was checked. A second request changes nothing.

    `checked`: the check that the page showed (`check_of`); after another one, somebody looks at what would change first.
    Raises ImportRunError.
    """
    current = ImportRun.objects.get(pk=run.pk)
    if current.state in (State.WAITING, State.RUNNING, State.DONE) and not current.dry_run:
        return
    if not is_checked(current) or (checked and checked != check_of(current)):
        raise ImportRunError("unchecked")
    _change_draft(actor, current, "start_people_import", state=State.WAITING, dry_run=False)


def use_suggestions(actor: Actor, run: ImportRun) -> None:
    """Check the draft again with the domains that were probably meant. Raises ImportRunError."""
    if not is_checked(run):
        raise ImportRunError("unchecked")
    _change_draft(actor, run, "check_people_import", state=State.WAITING, choices={**run.choices, "use_suggestions": True})


def choose_details(actor: Actor, run: ImportRun, *, fill_only: bool) -> None:
    """Check the draft again: it overwrites details of known people, or only fills in what is empty. Raises ImportRunError."""
    if not is_checked(run):
        raise ImportRunError("unchecked")
    choices = {name: value for name, value in run.choices.items() if name != "fill_only"}
    choices |= {"fill_only": True} if fill_only else {}
    if choices != run.choices:
        _change_draft(actor, run, "check_people_import", state=State.WAITING, choices=choices)


def abandon(actor: Actor, run: ImportRun) -> None:
    """Delete a draft with its file. Raises ImportRunError."""
    with transaction.atomic():
        if ImportRun.objects.select_for_update().filter(pk=run.pk, state=State.DRAFT).first() is None:
            raise ImportRunError("state")
        audit.record(actor, "abandon_people_import", run)
        ImportRun.objects.filter(pk=run.pk, state=State.DRAFT).delete()
        kept_files.remove(run.stored_file)


def stop(actor: Actor, run: ImportRun) -> None:
    """Stop an import that waits or runs: what it has imported stays. A check ends, and its draft stays. Raises ImportRunError.

    A second request changes nothing.
    """
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().filter(pk=run.pk).first()
        if current is not None and current.state in (State.STOPPING, State.STOPPED):
            return
        if current is None or current.state not in (State.WAITING, State.RUNNING):
            raise ImportRunError("ended")
        values: dict[str, Any] = {"state": State.STOPPED, "finished_at": clock.now()}
        if current.stored_file and current.dry_run:
            values = {**_FRESH, "state": State.DRAFT}
        elif current.stored_file and current.state == State.RUNNING:
            values = {"state": State.STOPPING}  # the worker completes the file of refused rows
        ImportRun.objects.filter(pk=run.pk).update(**values)
        audit.record(actor, "stop_people_import", current)
    if values["state"] == State.STOPPED:
        kept_files.remove(current.stored_file)
    run.refresh_from_db()


def is_checked(run: ImportRun) -> bool:
    """Whether the draft says what would change."""
    return run.state == State.DRAFT and run.dry_run and run.finished_at is not None and not run.details.get("error")


def check_of(run: ImportRun) -> str:
    """Which check of the draft says what would change."""
    return run.finished_at.isoformat() if run.finished_at else ""


def _change_draft(actor: Actor, run: ImportRun, verb: str, **values: Any) -> None:
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().filter(pk=run.pk, state=State.DRAFT).first()
        if current is None:
            raise ImportRunError("state")
        # A second click changes nothing: what was checked stays checked.
        if any(value != getattr(current, name) for name, value in values.items()):
            ImportRun.objects.filter(pk=run.pk).update(**_FRESH, **values)
            audit.record(actor, verb, run)
    run.refresh_from_db()


# -- the worker --------------------------------------------------------------------------------------------------------


def is_due() -> bool:
    """Whether an import or an undo waits for the worker, or a worker began it."""
    return bool(open_runs().exists())


def open_runs() -> Any:
    """The imports and undos that wait for the worker, or that it began."""
    # An import of the command line runs without a kept file.
    waiting = ImportRun.objects.filter(state__in=[State.WAITING, State.RUNNING, State.STOPPING, State.UNDOING])
    return waiting.exclude(stored_file="", state__in=[State.WAITING, State.RUNNING])


def ahead_of(run: ImportRun) -> int:
    """How many others the worker does first."""
    return int(open_runs().filter(pk__lt=run.pk).count())


def work_next(progress: Progress | None = None) -> ImportRun | None:
    """Do the work on the import that waits longest; None if there is none. The caller has LOCK.

    `progress` may raise ImportInterruptedError to stop after a slice.
    """
    run: ImportRun | None = open_runs().order_by("id").first()
    if run is None:
        return None
    if run.tries >= MOST_TRIES:
        _fail(run, {"code": "stopped", "params": {}})
        return run
    state = run.state if run.state in (State.UNDOING, State.STOPPING) else State.RUNNING
    begun: dict[str, Any] = {"started_at": clock.now()} if run.state == State.WAITING else {}
    seen = ImportRun.objects.filter(pk=run.pk, state=run.state, tries=run.tries)
    if not seen.update(state=state, tries=run.tries + 1, **begun):
        return run
    failpoint("people_import_claimed")
    try:
        _work(run, progress)
    except ImportRun.DoesNotExist:  # a check that was stopped, and its draft abandoned
        kept_files.remove(run.stored_file)
    return run


def _work(run: ImportRun, progress: Progress | None) -> None:
    run.refresh_from_db()
    try:
        if run.state == State.UNDOING:
            undo.work(run)
        else:
            _import(run, progress)
    except ImportInterruptedError:
        pass
    except ImportStoppedError:
        run.refresh_from_db()  # a check, or a draft that was checked again since
    except CsvFileError as fault:
        _fail(run, {"code": fault.code, "params": {name: _plain(value) for name, value in fault.params.items()}})
    except InputError as fault:
        _fail(run, {"code": "input", "params": {"message": fault.message}})


def _plain(value: object) -> object:
    return value if isinstance(value, int | str) else [str(part) for part in value] if isinstance(value, list) else str(value)


def _import(run: ImportRun, progress: Progress | None) -> None:
    kept, options = run.stored_file, _options(run.choices)
    with file_preview.opened(run) as file:
        plan = importer.plan_of(file, options, run.file_name)
        importer.check_needs(plan.source_format, run.list, run.consent)  # the list may be deleted by now
        if run.dry_run:
            # From the beginning: nothing of an interrupted dry run is stored.
            for name, value in deepcopy(_FRESH).items():
                if name != "tries":
                    setattr(run, name, value)
            with _refused_file(run) as refused_file, ResultWriter(kept) as checked:
                importer.run_file(run.actor, run, file, plan, refused_file, progress, checked.add)
            with transaction.atomic():
                _keep_results(run, checked)
                _end(run, State.DRAFT)
            kept_files.beside(kept, kept_files.ERASED).unlink(missing_ok=True)
            return
        with _refused_file(run) as refused_file:
            state = State.DONE
            try:
                importer.run_file(run.actor, run, file, plan, refused_file, progress)
            except ImportStoppedError:
                state = State.STOPPED
                run.refresh_from_db()
        with transaction.atomic():
            _keep_results(run, None)
            failpoint("people_import_read")
            corrected_rows.mark(run, file)
            if state == State.STOPPED:
                audit.record(run.actor, "people_import_stopped", run, rows=run.rows_read, created=run.created_count)
            _end(run, state)
    kept_files.remove(kept, but=kept_files.OF_REFUSED)


@contextmanager
def _refused_file(run: ImportRun) -> Iterator[TextIO]:
    """The file of refused rows, until `_keep_results` puts it into its place."""
    path = _refused_part(run)
    try:
        with private_files.create(path) as file:
            file.write("\ufeff")  # as in `refused_rows.opened`
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _refused_part(run: ImportRun) -> Path:
    return kept_files.beside(run.stored_file, kept_files.REFUSED + kept_files.PART)


def _keep_results(run: ImportRun, results: ResultWriter | None) -> None:
    """Replace the results of an earlier check, and take out people who were erased since this run began.

    Raises ImportRun.DoesNotExist if the draft was abandoned.
    """
    ImportRun.objects.select_for_update().get(pk=run.pk)
    kept_files_sql.lock_results()
    if results:
        results.keep()
    part, complete = _refused_part(run), kept_files.beside(run.stored_file, kept_files.REFUSED)
    if run.refused_count:
        part.replace(complete)
    else:
        part.unlink(missing_ok=True)
        complete.unlink(missing_ok=True)
    forgetting.forget_erased_meanwhile(run)


def _end(run: ImportRun, state: str) -> None:
    ImportRun.objects.filter(pk=run.pk, state__in=[State.RUNNING, State.STOPPING]).update(
        state=state, finished_at=clock.now(), fraction=1.0, tries=0, format=run.format, attributes=run.attributes
    )
    run.refresh_from_db()


_FAILED = {State.UNDOING: State.DONE, State.STOPPING: State.STOPPED}


def _fail(run: ImportRun, error: dict[str, Any]) -> None:
    """A check that failed leaves a draft, so that staff can correct their choices."""
    state = State.DRAFT if run.dry_run else _FAILED.get(State(run.state), State.FAILED)
    details = {**run.details, "error": error}
    ImportRun.objects.filter(pk=run.pk).update(state=state, finished_at=clock.now(), tries=0, details=details)
    if state in (State.FAILED, State.STOPPED):
        kept_files.remove(run.stored_file, but=kept_files.OF_REFUSED)
    run.refresh_from_db()


def _options(choices: Mapping[str, Any]) -> FileOptions:
    return FileOptions(
        choices.get("encoding", ""), choices.get("sheet", ""), chosen=dict(enumerate(choices.get("columns") or ())),
        create_attributes=False,
    )  # fmt: skip
