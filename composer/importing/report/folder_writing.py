"""Writes the files of an import: all of them or none, and never over the work of an editor."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from composer.importing.refusals import ImportRefusedError


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """The files are made beside the folder and moved into place as a whole; a folder with anything in it is refused."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ImportRefusedError(f"{folder} is not a folder. Name a new folder for the issue.")
    if folder.is_dir() and any(folder.iterdir()):
        raise ImportRefusedError(f"{folder} is not empty; nothing was written. Name a new folder, or empty this one first.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = folder.parent / f".{folder.name[:50]}.{secrets.token_hex(6)}"
        made.mkdir()  # by the umask, as `issue new`; mkdtemp's folders are for their owner alone
    except OSError as error:
        raise ImportRefusedError(f"{folder} cannot be made: {error.strerror or error}.") from error
    try:
        (made / "images").mkdir()
        for name, data in files.items():
            with (made / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        # Renaming onto an empty folder succeeds, onto one that was filled meanwhile it fails: nothing is lost.
        made.rename(folder)
    except OSError as error:
        raise ImportRefusedError(f"{folder} could not be written: {error.strerror or error}. Nothing was changed.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
