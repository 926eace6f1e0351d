"""The pictures of an issue as a folder, for previews: a private cache, so that a preview does not copy pictures each time.

A folder belongs to a set of pictures, not to an issue or an edit: edits of texts use the same one. Its files are hard links, to
the private store of originals or to a copy of a re-encoded picture, which is made once.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from config import private_files
from editorial import media_store
from editorial.media_store import StoreError
from editorial.models import Media, Original
from editorial.sources import issue_state, originals
from editorial.sources.issue_state import IssueState

FOLDERS_KEPT = 40
_RESTING = 3600.0  # seconds after which a file that nothing uses is left over
_COPIES = "pictures"
_FOLDERS = "folders"


class UnreadablePictureError(Exception):
    """A picture of the issue cannot be read, so there is no preview; the message is its path."""


def root() -> Path:
    return Path(settings.DATA_DIR) / "previews"


def folder_of(state: IssueState) -> Path:
    """A folder with the pictures of a state under their paths, and nothing else. Raises UnreadablePictureError, OSError."""
    pictures = {path: digest for path, digest in sorted(state.pictures.items()) if issue_state.is_safe_path(path)}
    name = hashlib.sha256(json.dumps(pictures).encode()).hexdigest()[:32]
    folder = root() / _FOLDERS / name
    try:
        os.utime(folder)  # the cache keeps what was used last
    except FileNotFoundError:
        _make(folder, pictures)
        _clean()
    return folder


def _make(folder: Path, pictures: Mapping[str, str]) -> None:
    for parent in (root(), root() / _FOLDERS, root() / _COPIES):
        private_files.make_folder(parent)
    kept = set(Original.objects.filter(digest__in=pictures.values()).values_list("digest", flat=True))
    media = dict(Media.objects.filter(digest__in=pictures.values()).values_list("digest", "path"))
    draft = folder.with_name(f".{secrets.token_hex(12)}")
    try:
        private_files.make_folder(draft)
        for path, digest in pictures.items():
            target = draft / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _link(originals.path_of(digest) if digest in kept else _copy(digest, media[digest]), target)
            except (OSError, KeyError, StoreError) as problem:
                raise UnreadablePictureError(path) from problem
        try:
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another thread has just made the same folder
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(digest: str, name: str) -> Path:
    """A re-encoded picture of an older version, which exists only under MEDIA_URL. Raises StoreError, OSError."""
    path = root() / _COPIES / digest
    if not path.exists():
        draft = path.with_name(f".{secrets.token_hex(12)}")
        try:
            with media_store.opened(name) as source, draft.open("xb") as file:
                shutil.copyfileobj(source, file)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return path


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # on another file system, or in a container that forbids hard links
        shutil.copyfile(source, target)


def _clean() -> None:
    """Remove the folders that were not used for longest, the copies that no folder links to, and what a crash left behind."""
    entries = {parent: sorted(_entries(root() / parent), reverse=True) for parent in (_FOLDERS, _COPIES)}
    resting = time.time() - _RESTING
    old = [path for _, path in [entry for entry in entries[_FOLDERS] if not entry[1].name.startswith(".")][FOLDERS_KEPT:]]
    for used_at, path in (*entries[_FOLDERS], *entries[_COPIES]):
        if path in old or (used_at < resting and path.name.startswith(".")):
            shutil.rmtree(path, ignore_errors=True)
        # A copy that was made just now is about to be linked.
        with contextlib.suppress(FileNotFoundError):
            if path.parent.name == _COPIES and used_at < resting and path.stat().st_nlink == 1:
                path.unlink()


def _entries(folder: Path) -> Iterator[tuple[float, Path]]:
    """Yields when each entry was used last. Another thread may remove entries meanwhile."""
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield path.stat().st_mtime, path
