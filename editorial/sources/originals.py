"""The private store of uploaded files: pictures and documents as they were uploaded, each once, named by its digest.

The store is a folder in the data directory that nothing serves. What mails show are re-encoded pictures (editorial.media_store).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, ClassVar

from django.conf import settings

from config import private_files
from editorial.models import Original
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor

MIB = 2**20
LARGEST = {Original.Kind.PICTURE: 20 * MIB, Original.Kind.DOCUMENT: 50 * MIB, Original.Kind.IMPORT: 100 * MIB}
_CHUNK = MIB
_LONGEST_NAME = 200


class OriginalFault(DomainError):
    """A file that the private store does not take or does not have."""

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {"large": ("name", "limit"), "missing": ("name",)}


def folder() -> Path:
    return Path(settings.DATA_DIR) / "originals"


def keep(actor: Actor, chunks: Iterable[bytes], kind: str, name: str) -> Original:
    """Store a file that arrives in chunks; the same content is stored once. Raises OriginalFault if it is too large.

    At most one chunk is in memory. The file is on disk before its row is in the database.
    """
    kind = Original.Kind(kind)
    private_files.make_folder(folder())
    draft = folder() / f".{secrets.token_hex(12)}"
    try:
        digest, size = _write(draft, chunks, LARGEST[kind], name)
        target = path_of(digest)
        private_files.make_folder(target.parent)
        os.replace(draft, target)  # the same content if it exists
        _sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    kept, is_new = Original.objects.get_or_create(
        digest=digest, defaults={"kind": kind, "name": name[:_LONGEST_NAME], "byte_count": size, "actor": actor}
    )
    if is_new:
        audit.record(actor, "keep_original", kept, kind=kind, bytes=size)
    return kept


def keep_file(actor: Actor, path: Path, kind: str) -> Original:
    """Store a file of this machine. Raises OriginalFault, OSError."""
    with path.open("rb") as file:
        return keep(actor, iter(lambda: file.read(_CHUNK), b""), kind, path.name)


def open_original(digest: str) -> BinaryIO:
    """The stored file, open for reading. Raises OriginalFault if it is missing."""
    try:
        return path_of(digest).open("rb")
    except FileNotFoundError:
        raise OriginalFault("missing", name=digest) from None


def digest_of(path: Path) -> str:
    """The digest of a file, which is read in chunks. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def path_of(digest: str) -> Path:
    """Where a file is in the store. Its content never changes."""
    return folder() / digest[:2] / digest


def _write(path: Path, chunks: Iterable[bytes], limit: int, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, private_files.FILE)
    with os.fdopen(handle, "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise OriginalFault("large", name=name, limit=limit // MIB)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _sync(place: Path) -> None:
    """Write the folder's entries to disk: without this, a crash may lose the name of a file that the database knows."""
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
