"""The private store of uploaded files: pictures and documents as they were uploaded, each once, named by its digest.

The store is a folder in the data directory that nothing serves. What mails show are re-encoded pictures (editorial.media_store).
"""

import hashlib
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from composer.images.picture_encoder import THUMBNAILS, Thumbnail
from config import private_files
from editorial.models import Original
from editorial.sources import originals_sql
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor

MEGABYTE = 10**6
LARGEST = {Original.Kind.PICTURE: 20 * MEGABYTE, Original.Kind.DOCUMENT: 50 * MEGABYTE, Original.Kind.IMPORT: 100 * MEGABYTE}
_CHUNK = 2**20
_LONGEST_NAME = 200
_MOST_REMOVED = 100  # files in one round of upkeep


class OriginalError(DomainError):
    """A file that the private store does not take or does not have."""


def folder() -> Path:
    return Path(settings.DATA_DIR) / "originals"


def keep(actor: Actor, chunks: Iterable[bytes], kind: str, name: str) -> Original:
    """Store a file that arrives in chunks; the same content is stored once. Raises OriginalError if it is too large.

    At most one chunk is in memory. The file is on disk before its row is in the database.
    """
    kind = Original.Kind(kind)
    private_files.make_folder(folder())
    draft = folder() / f".{secrets.token_hex(12)}"
    try:
        digest, size = _write(draft, chunks, LARGEST[kind], name)
        with transaction.atomic():
            originals_sql.lock(digest)  # or `forget_unused` could remove the file after it was written
            target = path_of(digest)
            private_files.make_folder(target.parent)
            os.replace(draft, target)  # the same content if it exists
            _sync(target.parent)
            kept, is_new = Original.objects.get_or_create(
                digest=digest, defaults={"kind": kind, "name": name[:_LONGEST_NAME], "byte_count": size, "actor": actor}
            )
            if is_new:
                audit.record(actor, "keep_original", kept, kind=kind, bytes=size)
            else:  # its retention begins again
                Original.objects.filter(pk=digest).update(created_at=clock.now())
    finally:
        draft.unlink(missing_ok=True)
    return kept


def keep_file(actor: Actor, path: Path, kind: str) -> Original:
    """Store a file of this machine. Raises OriginalError, OSError."""
    with path.open("rb") as file:
        return keep(actor, iter(lambda: file.read(_CHUNK), b""), kind, path.name)


def open_original(digest: str) -> BinaryIO:
    """The stored file, open for reading. Raises OriginalError if it is missing."""
    try:
        return path_of(digest).open("rb")
    except FileNotFoundError:
        raise OriginalError("missing", name=digest) from None


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def path_of(digest: str) -> Path:
    return folder() / digest[:2] / digest


def read_thumbnail(digest: str, size: str) -> Thumbnail | None:
    """The rendition that is kept next to an original, in one of the sizes THUMBNAILS; None if there is none yet."""
    try:
        data = _thumbnail_path(digest, size).read_bytes()
    except FileNotFoundError:
        return None
    return Thumbnail("image/png" if data.startswith(b"\x89PNG") else "image/jpeg", data)


def write_thumbnail(digest: str, size: str, made: Thumbnail) -> None:
    draft = folder() / f".{secrets.token_hex(12)}"
    try:
        _write(draft, [made.data], len(made.data), digest)
        os.replace(draft, _thumbnail_path(digest, size))
    finally:
        draft.unlink(missing_ok=True)


def _thumbnail_path(digest: str, size: str) -> Path:
    return path_of(digest).with_name(f"{digest}.{size}")


def forget_unused(before: datetime) -> int:
    """Remove originals from before a moment that no edit and no import refers to; the number removed."""
    removed = 0
    for digest in originals_sql.unused(before, _MOST_REMOVED):
        with transaction.atomic():
            originals_sql.lock(digest)
            if originals_sql.remove(digest, before):
                removed += 1
                # Before the commit: afterwards the same content may have been stored again.
                path_of(digest).unlink(missing_ok=True)
                for size in THUMBNAILS:
                    _thumbnail_path(digest, size).unlink(missing_ok=True)
    return removed


def _write(path: Path, chunks: Iterable[bytes], limit: int, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, private_files.FILE)
    with os.fdopen(handle, "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise OriginalError("large", name=name, limit=limit // MEGABYTE)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _sync(folder: Path) -> None:
    """Write the folder's entries to disk: without this, a crash may lose the name of a file that the database knows."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
