"""The private store of uploaded files of people, in the data directory. Nothing serves it.

A file is kept until its import has ended or was abandoned. Beside it are what each of its rows would do, and the refused rows.
"""

import os
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path

from django.conf import settings

from config import private_files
from subscribers.consent.text_erasure import PersonalIdentifiers
from subscribers.errors import CsvFileError

LARGEST = 100 * 10**6  # bytes
REFUSED = "refused.csv"
OF_REFUSED = (REFUSED, "refused.rows", "index")  # what is kept for a while after the import
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


def beside(name: str, part: str) -> Path:
    """A file that belongs to an uploaded one, such as its refused rows."""
    return folder() / f"{name}.{part}"


def results() -> list[Path]:
    """The files that quote rows of uploaded files: refused rows, and what each row would do.

    Removes what a killed process left while it rewrote one of them.
    """
    if not folder().is_dir():
        return []
    for left in folder().glob(f"*{REWRITTEN}"):
        left.unlink(missing_ok=True)
    return sorted(path for path in folder().glob("*.*") if path.suffix in (".csv", ".rows"))


def remove(name: str, *, but: Collection[str] = ()) -> None:
    """Remove the file and what is beside it, except for the parts `but`."""
    if name:
        (folder() / name).unlink(missing_ok=True)
        for path in folder().glob(f"{name}.*"):
            if path.name.removeprefix(f"{name}.") not in but:
                path.unlink(missing_ok=True)


def forget_people(identifiers: PersonalIdentifiers) -> None:
    """Part of an erasure: remove the lines that quote an address from the files of refused rows and of what rows would do.

    An uploaded file stays as it is until its import has ended: the importer keeps the person out.
    """
    for path in results():
        with path.open(encoding="utf-8", newline="") as file:
            is_quoting = any(identifiers.quotes_address(line) for line in file)
        if is_quoting:
            _rewrite(path, identifiers)


def _rewrite(path: Path, identifiers: PersonalIdentifiers) -> None:
    # What a killed process left is overwritten here, and removed by the next erasure (`results`).
    draft = path.with_name(f"{path.name}{REWRITTEN}")
    with path.open(encoding="utf-8", newline="") as file, private_files.create(draft) as rest:
        for line in file:
            if not identifiers.quotes_address(line):
                rest.write(line)
            elif path.suffix == ".rows":  # these lines keep their places, by which pages find them
                rest.write(" " * (len(line.encode()) - 1) + "\n")
    draft.replace(path)
