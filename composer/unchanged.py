"""Whether files are as they were: by what the file system says of them, so that nothing is made of them twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

# Two changes within one tick of a file system's clock bear one time, and the coarsest clock ticks every other second.
_TICK = 2_000_000_000  # nanoseconds
Seal = tuple[int, ...]
Seals = tuple[tuple[str, Seal], ...]


def seal_of(path: Path) -> Seal | None:
    """What the file system says of a file: while that stays the same, so does the file. To be taken before it is read.

    None where it was changed so lately that the next change could bear the same time. Raises OSError. Who maps a file into memory
    and writes there may leave no trace in its times; no program that makes pictures or texts is known to do so.
    """
    file = os.open(path, os.O_RDONLY)  # over a network only who opens a file is told the latest of it
    try:
        said = os.fstat(file)
    finally:
        os.close(file)
    # A program can give a file any time of change of its content (mtime), but not of its entry (ctime).
    if time.time_ns() - max(said.st_mtime_ns, said.st_ctime_ns) < _TICK:
        return None
    return said.st_dev, said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns


def seals_of(paths: Iterable[Path]) -> Seals | None:
    """The same of several files, with their names; None where it is None for one of them."""
    seals = [(path.name, seal_of(path)) for path in paths]
    known = tuple((name, seal) for name, seal in seals if seal is not None)
    return known if len(known) == len(seals) else None
