"""Imports of documents: uploaded by staff, read by the worker, answered by staff, and finished as an issue (import_results).

The only writer of imports. A state moves only by compare-and-set, so a worker that was killed or comes late changes nothing.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

from django.db import transaction

from composer.importing.readers.docx.docx_reader import Tracked
from composer.importing.refusals import ImportRefusedError, TrackedChangesError, TrackedSample
from composer.limited_process import LimitedProcess, LimitExceededError, WorkFailedError
from config.failpoints import failpoint
from editorial.models import DocumentImport, ImportedFile, IssueRecord, Original
from editorial.sources import originals, pictures
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor

MODULE = "composer.importing.import_process"
LONGEST_WAIT = 300.0  # seconds: nobody waits for an answer of the web server, and a busy machine is slow


def import_document(folder: Path, file: str, tracked: Tracked | None) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Imports `file` from a folder that also contains the pictures that belong to it.

    Returns the answer of `import_process`, and the pictures by their names. Raises ImportRefusedError; TrackedChangesError if
    somebody has to decide about tracked changes first.
    """
    request = {"folder": str(folder), "file": file, "tracked": tracked or ""}
    try:
        with LimitedProcess(MODULE, LONGEST_WAIT) as process:  # a new one for each document: it is used once
            answer, data = process.call(request)
    except LimitExceededError as error:
        raise ImportRefusedError(f"{file} takes too much time or memory to read, so reading was stopped.", "bomb") from error
    except WorkFailedError as error:
        raise ImportRefusedError(
            f"{file} cannot be imported ({error}). This is a fault of the import, please report it."
        ) from error
    if "refused" in answer:
        raise ImportRefusedError(answer["message"], answer["refused"])
    if (asked := answer.get("tracked")) is not None:
        samples = tuple(TrackedSample(*sample) for sample in asked["samples"])
        raise TrackedChangesError(f"{file} has tracked changes.", asked["counts"], asked["authors"], samples)
    pictures: dict[str, bytes] = {}
    at = 0
    for name, size in answer["pictures"]:
        pictures[name] = data[at : at + size]
        at += size
    return answer, pictures


State = DocumentImport.State
OPEN = (State.WAITING, State.READING)
UNFINISHED = (State.WAITING, State.READING, State.ASKING, State.READY)
MANAGE = "editorial.change_documentimport"  # the right to go on with the imports of other people
LOCK = 0x696D7064  # one worker reads documents at a time: each takes up to a processor core and a gigabyte of memory
MOST_TRIES = 3
MOST_FILES = 40
MOST_OPEN = 20  # imports of one account that wait for the worker
STOPPED = "stopped"  # the error of an import during which the worker ended MOST_TRIES times
PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"})
_LONGEST_NAME = 120  # characters
_LONGEST_FILE_NAME = 200  # bytes; a file system takes 255
_LONGEST_DETAIL = 1_000


class DocumentImportError(DomainError):
    """An upload that cannot be imported, or an import that is not in the state for an action."""


class Upload(NamedTuple):
    """An uploaded file. `chunks`: its content, of which one chunk is in memory."""

    name: str
    chunks: Iterable[bytes]
    size: int


def begin(actor: Actor, uploads: Sequence[Upload], template: IssueRecord | None) -> DocumentImport:
    """Store a document, and the pictures that belong to it, and let the worker read it.

    Raises DocumentImportError, OriginalError if a file is too large, and ComposeError if a picture is not one that a mail can
    show.
    """
    document = _document_of(uploads)
    if DocumentImport.objects.filter(actor=actor, state__in=OPEN).count() >= MOST_OPEN:
        raise DocumentImportError("waiting", most=MOST_OPEN)
    kept: list[tuple[str, str, str]] = []
    for upload in uploads:
        name = safe_name(upload.name)
        if upload is document:
            kept.append(
                (originals.keep(actor, upload.chunks, Original.Kind.IMPORT, name).digest, ImportedFile.Role.DOCUMENT, name)
            )
        else:
            kept.append((pictures.keep_picture(actor, upload.chunks, name), ImportedFile.Role.PICTURE, name))
    with transaction.atomic():
        run = DocumentImport.objects.create(
            file_name=safe_name(document.name), template=template, actor=actor, changed_at=clock.now()
        )
        _add_files(run, kept)
        audit.record(actor, "begin_import", run, files=len(kept))
    return run


def _document_of(uploads: Sequence[Upload]) -> Upload:
    if not uploads:
        raise DocumentImportError("nothing")
    if len(uploads) > MOST_FILES:
        raise DocumentImportError("many", most=MOST_FILES)
    for upload in uploads:
        if not upload.size:
            raise DocumentImportError("empty", name=safe_name(upload.name))
    documents = [upload for upload in uploads if PurePosixPath(upload.name).suffix.lower() not in PICTURE_ENDINGS]
    if not documents:
        raise DocumentImportError("no-document")
    if len(documents) > 1:
        raise DocumentImportError("several", names=[safe_name(document.name) for document in documents[:5]])
    return documents[0]


def safe_name(name: str) -> str:
    """The name of an uploaded file without folders and without characters that could mislead."""
    bare = "".join(character for character in PurePosixPath(name.replace("\\", "/")).name if character.isprintable()).strip(". ")
    path = PurePosixPath(bare or "document")
    return f"{path.stem[: _LONGEST_NAME - len(path.suffix[:10])]}{path.suffix[:10]}"


def _add_files(run: DocumentImport, files: Iterable[tuple[str, str, str]]) -> None:
    ImportedFile.objects.bulk_create(
        ImportedFile(run=run, original_id=digest, role=role, name=name) for digest, role, name in files
    )


# -- the worker --------------------------------------------------------------------------------------------------------


def is_due() -> bool:
    """Whether a document waits for the worker, or was being read by one."""
    return DocumentImport.objects.filter(state__in=OPEN).exists()


def read_next() -> DocumentImport | None:
    """Read the document that waits longest; None if there is none. The caller has LOCK, so nobody else reads one now.

    A document that was being read when the worker ended is read again, but not for ever: it may be what ended the worker.
    """
    run = DocumentImport.objects.filter(state__in=OPEN).order_by("id").first()
    if run is None:
        return None
    if run.tries >= MOST_TRIES:
        _move(run, State.FAILED, error=STOPPED)
        return run
    if _move(run, State.READING, tries=run.tries + 1):
        failpoint("import_claimed")
        _read(run)
    return run


def _read(run: DocumentImport) -> None:
    try:
        answer, pictures = _import(run)
    except TrackedChangesError as asked:
        samples = [[change.kind, change.author, change.text] for change in asked.samples]
        _move(run, State.ASKING, changes={"counts": dict(asked.counts), "authors": dict(asked.authors), "samples": samples})
    except ImportRefusedError as refusal:
        _move(run, State.FAILED, error=refusal.code, detail=str(refusal)[:_LONGEST_DETAIL])
    except originals.OriginalError as fault:
        _move(run, State.FAILED, error=fault.code, detail=str(fault)[:_LONGEST_DETAIL])
    else:
        _keep_result(run, answer, pictures)


def _import(run: DocumentImport) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The document of a run, read in a child process from a folder of its own."""
    tracked: Literal["accept", "reject"] | None = (
        "accept" if run.tracked == "accept" else "reject" if run.tracked == "reject" else None
    )
    with TemporaryDirectory(prefix="mailroom-import-") as folder_name:
        folder = Path(folder_name)
        for file in run.files.exclude(role=ImportedFile.Role.FOUND):
            # A copy: the reader of web pages follows no link out of the folder.
            with originals.open_original(file.original_id) as source, (folder / _file_name(file)).open("wb") as target:
                shutil.copyfileobj(source, target)
        document = run.files.get(role=ImportedFile.Role.DOCUMENT)
        return import_document(folder, _file_name(document), tracked)


def _file_name(file: ImportedFile) -> str:
    """The name of an uploaded file in the folder of its import: its own, unless a file system could not take it."""
    if len(file.name.encode()) <= _LONGEST_FILE_NAME:
        return file.name
    stem, ending = PurePosixPath(file.name).stem, PurePosixPath(file.name).suffix
    room = _LONGEST_FILE_NAME - len(ending.encode()) - 9
    # The digest keeps two long names apart that begin alike.
    return f"{stem.encode()[:room].decode(errors='ignore')}-{file.original_id[:8]}{ending}"


def _keep_result(run: DocumentImport, answer: dict[str, Any], pictures: dict[str, bytes]) -> None:
    """Store what was read and its pictures, all or nothing."""
    digests = {name: originals.keep(run.actor, [data], Original.Kind.PICTURE, name).digest for name, data in pictures.items()}
    with transaction.atomic():
        if _move(run, State.READY, result=_storable(answer | {"pictures": digests})):
            run.files.filter(role=ImportedFile.Role.FOUND).delete()
            _add_files(run, [(digest, ImportedFile.Role.FOUND, name) for name, digest in digests.items()])


def _storable(value: Any) -> Any:
    """The value without the character NUL, which PostgreSQL cannot store."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {key: _storable(member) for key, member in value.items()}
    return [_storable(member) for member in value] if isinstance(value, list | tuple) else value


def _move(run: DocumentImport, state: str, **values: Any) -> bool:
    """Move the run on from the state and try that the worker saw; False if somebody cancelled it meanwhile."""
    now = clock.now()
    seen = DocumentImport.objects.filter(pk=run.pk, state=run.state, tries=run.tries)
    if not seen.update(state=state, changed_at=now, **values):
        return False
    run.state, run.changed_at = state, now
    for name, value in values.items():
        setattr(run, name, value)
    return True


# -- staff -------------------------------------------------------------------------------------------------------------


def may_manage(actor: Actor, run: DocumentImport) -> bool:
    """Whether an actor may go on with an import: who began it, who has MANAGE, and everybody who has access to this machine."""
    if actor.kind in (Actor.Kind.SYSTEM, Actor.Kind.CLI):
        return True
    return actor.pk == run.actor_id or (actor.user is not None and actor.user.has_perm(MANAGE))


def require_manager(actor: Actor, run: DocumentImport) -> None:
    if not may_manage(actor, run):
        raise DocumentImportError("others", name=run.actor.name)


def ahead_of(run: DocumentImport) -> int:
    """How many other documents the worker reads first."""
    return DocumentImport.objects.filter(state__in=OPEN, pk__lt=run.pk).count()


def unfinished(most: int) -> list[DocumentImport]:
    """Imports that wait for the worker or for a person, the newest first, without their results."""
    return list(
        DocumentImport.objects.filter(state__in=UNFINISHED).defer("result").select_related("actor").order_by("-id")[:most]
    )


def decide_tracked(actor: Actor, run: DocumentImport, decision: str) -> None:
    """Take the document with its tracked changes (accept) or without (reject), and let the worker read it.

    Raises DocumentImportError.
    """
    if decision not in ("accept", "reject"):
        raise DocumentImportError("decision")
    _again(actor, run, (State.ASKING,), "decide_tracked", tracked=decision)


def restart(actor: Actor, run: DocumentImport) -> None:
    """Let the worker read a document again whose import failed or was cancelled. Raises DocumentImportError."""
    _again(actor, run, (State.FAILED, State.CANCELLED), "restart_import")


def cancel(actor: Actor, run: DocumentImport) -> None:
    """End an import that is not an issue yet. What the worker reads at this moment is dropped. Raises DocumentImportError."""
    _again(actor, run, UNFINISHED, "cancel_import", state=State.CANCELLED)


def _again(actor: Actor, run: DocumentImport, states: Sequence[str], verb: str, **values: Any) -> None:
    require_manager(actor, run)
    changes = {"state": State.WAITING, "tries": 0, "error": "", "detail": "", **values}
    with transaction.atomic():
        if not DocumentImport.objects.filter(pk=run.pk, state__in=states).update(changed_at=clock.now(), **changes):
            raise DocumentImportError("state")
        audit.record(actor, verb, run, **{name: str(value) for name, value in values.items()})
