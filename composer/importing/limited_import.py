"""Imports a document in a child process with limited memory and time: what the console does with an uploaded file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composer.importing.readers.docx.docx_reader import Tracked
from composer.importing.refusals import ImportRefusedError, TrackedChangesError, TrackedSample
from composer.limited_process import LimitedProcess, LimitExceededError, WorkFailedError

MODULE = "composer.importing.import_process"
LONGEST_WAIT = 300.0  # seconds: nobody waits for an answer of the web server, and a busy machine is slow


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """The result of an import. `questions`: (place in the source, text of the question, passage of the source).

    `left_out`: (first place, last place, text, reason). Places count `unit`: line, paragraph or page. `kind`: a name of FileKind
    in lowercase letters.
    """

    kind: str
    issue_md: str
    unit: str
    questions: tuple[tuple[int, str, str], ...]
    left_out: tuple[tuple[int, int, str, str], ...]
    changes: int
    missing: tuple[str, ...]
    complete: bool
    report: str
    pictures: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def import_document(folder: Path, file: str, tracked: Tracked | None) -> ImportedDocument:
    """Imports `file` from a folder that also contains the pictures that belong to it.

    Raises ImportRefusedError; TrackedChangesError if somebody has to decide about tracked changes first.
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
    return _document(answer, data)


def _document(answer: dict[str, Any], data: bytes) -> ImportedDocument:
    pictures: dict[str, bytes] = {}
    at = 0
    for name, size in answer["pictures"]:
        pictures[name] = data[at : at + size]
        at += size
    return ImportedDocument(
        answer["kind"], answer["issue"], answer["unit"], tuple((line, text, passage) for line, text, passage in answer["marks"]),
        tuple((first, last, text, reason) for first, last, text, reason in answer["left_out"]),
        answer["changes"], tuple(answer["missing"]), answer["complete"], answer["report"], pictures,
    )  # fmt: skip
