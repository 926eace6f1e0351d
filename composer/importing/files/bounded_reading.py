"""Reads the file that an import names: a regular one of limited size, so that no device or pipe can fill memory or block."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from composer.importing.refusals import ImportRefusedError


def read_at_most(path: Path, limit: int) -> bytes:
    """The bytes of a regular file with at most `limit` of them. Raises ImportRefusedError."""
    try:
        # Without O_NONBLOCK, opening a FIFO waits until another program writes into it.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ImportRefusedError(f"{path} is not a regular file. Save the document as a file, and import that.")
            data = file.read(found.st_size) if found.st_size <= limit else b""
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror or error}.") from error
    if found.st_size > limit:
        raise ImportRefusedError(f"{path.name} has {found.st_size:,} bytes; {limit:,} are the most that can be imported.")
    return data
