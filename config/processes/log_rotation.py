"""Keeps the log files of `mailroom up` short, without a tool of the system: when one is full, its lines move to `NAME.1`.

The processes write into it all the time and keep it open, so the file stays and is emptied: they append, and go on at its new
end. A line that is written between the copy and the emptying is lost, which is a matter of microseconds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from config import private_files

LIMIT = 10 * 1024 * 1024
KEPT = 3  # NAME.1, the newest, to NAME.3: with NAME itself at most 40 MiB a process


def rotate(log: Path, limit: int = LIMIT) -> bool:
    """Move the lines of `log` away if it has reached `limit` bytes; whether it had. What fails is tried at the next call."""
    try:
        if log.lstat().st_size < limit:
            return False
        handle = os.open(log, os.O_RDWR | os.O_NOFOLLOW)
        with os.fdopen(handle, "r+b") as full:
            for number in range(KEPT, 1, -1):
                with contextlib.suppress(FileNotFoundError):
                    _numbered(log, number - 1).replace(_numbered(log, number))
            with private_files.append(_numbered(log, 1)) as kept:
                found = os.fstat(handle)
                if os.geteuid() == 0:  # a backup of the database's folder must be able to read it
                    os.fchown(kept.fileno(), found.st_uid, found.st_gid)
                shutil.copyfileobj(full, kept, 1024 * 1024)
            os.ftruncate(handle, 0)
    except OSError:
        return False
    return True


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
