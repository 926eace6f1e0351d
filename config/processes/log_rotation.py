"""Rotates the log files of `mailroom up` without logrotate: when a file is full, its lines move to `NAME.1`.

The processes keep the file open and append to it, so it is copied and then emptied instead of renamed. A line written between
the copy and the emptying is lost; the time between them is microseconds.
"""

import contextlib
import os
import shutil
from pathlib import Path

from config import private_files

LIMIT = 10 * 1024 * 1024
KEPT = 3  # NAME.1 (newest) to NAME.3; with NAME itself at most 40 MiB per process


def rotate(log: Path, limit: int = LIMIT) -> bool:
    """Rotate `log` if it has reached `limit` bytes; returns whether it had. A failed rotation is repeated at the next call."""
    try:
        if log.lstat().st_size < limit:
            return False
        handle = os.open(log, os.O_RDWR | os.O_NOFOLLOW)
        with os.fdopen(handle, "r+b") as full:
            for number in range(KEPT, 1, -1):
                with contextlib.suppress(FileNotFoundError):
                    _numbered(log, number - 1).replace(_numbered(log, number))
            with private_files.append(_numbered(log, 1)) as kept:
                status = os.fstat(handle)
                if os.geteuid() == 0:  # so that a backup of the database's folder can read it
                    os.fchown(kept.fileno(), status.st_uid, status.st_gid)
                shutil.copyfileobj(full, kept, 1024 * 1024)
            os.ftruncate(handle, 0)
    except OSError:
        return False
    return True


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
