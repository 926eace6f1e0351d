"""The private store of uploaded files of people, in the data directory. Nothing serves it.

A file is kept until its import has ended or was abandoned. Beside it are what each of its rows would do, and the refused rows.
"""

import filecmp
import os
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path

from django.conf import settings

from config import private_files
from subscribers.errors import CsvFileError

LARGEST = 100 * 10**6  # bytes
REFUSED = "refused.csv"
OF_REFUSED = (REFUSED, "refused.rows", "index")  # what is kept for a while after the import
ERASED = "erased"  # keys of the people who were erased while the import runs
PART = ".part"  # ending of results that are not complete yet
REWRITTEN = ".rewritten"  # ending of a draft that replaces a file of results


def folder() -> Path:
    return Path(settings.DATA_DIR) / "imports-of-people"


def keep(chunks: Iterable[bytes]) -> str:
    """Store a file that arrives in chunks; returns its name here. Raises CsvFileError if it is empty or too large."""
    private_files.make_folder(folder())
    name, size = secrets.token_hex(16), 0
    path = folder() / name
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, private_files.FILE)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                _check_size(size)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise CsvFileError("upload_size", limit=LARGEST // 10**6)


def path_of(name: str) -> Path:
    """The uploaded file. Raises CsvFileError if it is not here any more."""
    path = folder() / name
    if not name or not path.is_file():
        raise CsvFileError("not_kept")
    return path


def are_same(name: str, other: str) -> bool:
    """Whether two uploaded files are here and have the same content."""
    path, second = folder() / name, folder() / other
    return path.is_file() and second.is_file() and filecmp.cmp(path, second, shallow=False)


def beside(name: str, part: str) -> Path:
    """A file that belongs to an uploaded one, such as its refused rows."""
    return folder() / f"{name}.{part}"


def results(of: str) -> list[Path]:
    """The files that quote rows of an uploaded file: refused rows, and what each row would do.

    Removes what a killed process left while it rewrote one of them; the caller keeps others from rewriting (`lock_results`).
    """
    for left in folder().glob(f"{of}.*{REWRITTEN}"):
        left.unlink(missing_ok=True)
    return sorted(path for path in folder().glob(f"{of}.*") if path.suffix in (".csv", ".rows"))


def remove(name: str, *, but: Collection[str] = ()) -> None:
    """Remove the file and what is beside it, except for the parts `but`."""
    if name:
        (folder() / name).unlink(missing_ok=True)
        for path in folder().glob(f"{name}.*"):
            if path.name.removeprefix(f"{name}.") not in but:
                path.unlink(missing_ok=True)
