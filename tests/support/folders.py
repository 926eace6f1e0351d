"""Temporary folders for data directories.

pytest's `tmp_path` cannot be used: at the start of each run pytest makes its root folder private to the current user, and if root
runs the tests, the embedded PostgreSQL runs as another user.
"""

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
