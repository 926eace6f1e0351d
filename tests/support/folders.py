"""Temporary folders for data directories. Not pytest's: it closes its own root to everybody else whenever a run begins,
and the embedded PostgreSQL of a root user runs as somebody else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_with_spaces() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mailroom test "))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
