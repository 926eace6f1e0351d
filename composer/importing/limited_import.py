"""Imports a document in a child process with limited memory and time: what the console does with an uploaded file."""

from pathlib import Path
from typing import Any

from composer.importing.readers.docx.docx_reader import Tracked
from composer.importing.refusals import ImportRefusedError, TrackedChangesError, TrackedSample
from composer.limited_process import LimitedProcess, LimitExceededError, WorkFailedError

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
