"""The pictures of an issue's source: adds uploaded ones, replaces and removes them, finds where they are used."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from composer.images.picture_encoder import Thumbnail, encode_picture, encode_thumbnail
from composer.issue.parts.splitting import Part
from editorial import media_store
from editorial.models import IssueEdit, IssueRecord, Media, Original
from editorial.sources import edits, originals
from editorial.sources.edits import SourceFault
from editorial.sources.issue_state import IssueState
from publication.models import Actor

FOLDER = "images"
_LONGEST = 60
_ENDINGS = {"jpeg": "jpg"}


def add(actor: Actor, issue: IssueRecord, chunks: Iterable[bytes], name: str) -> str:
    """Store an uploaded picture under a free name in `images/`; returns its path.

    Raises OriginalFault if it is too large, and ComposeError if it is not a picture that a mail can show.
    """
    digest = keep_picture(actor, chunks, name)
    path = ""

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        nonlocal path
        path = free_path(name, theirs.pictures, digest)
        return theirs, replace(theirs, pictures={**theirs.pictures, path: digest})

    edits.land(actor, issue, edit, verb="add_picture")
    return path


def exchange(actor: Actor, issue: IssueRecord, path: str, chunks: Iterable[bytes], name: str, *, before: str) -> None:
    """Store another picture under the same path. `before`: the digest of the picture that the actor saw.

    Raises as `add`, and EditConflict if somebody exchanged it meanwhile.
    """
    digest = keep_picture(actor, chunks, name)
    edits.land(actor, issue, lambda theirs: _changed(theirs, path, before, digest), verb="exchange_picture")


def remove(actor: Actor, issue: IssueRecord, path: str, *, before: str) -> None:
    """Remove a picture from the newest source. Revisions keep it. Raises EditConflict, SourceFault."""
    edits.land(actor, issue, lambda theirs: _changed(theirs, path, before, None), verb="remove_picture")


def _changed(theirs: IssueState, path: str, before: str, after: str | None) -> tuple[IssueState, IssueState]:
    if path not in theirs.pictures:
        raise SourceFault("picture", picture=path)
    began = replace(theirs, pictures={**theirs.pictures, path: before})
    kept = {name: digest for name, digest in theirs.pictures.items() if name != path}
    return began, replace(theirs, pictures=kept if after is None else {**kept, path: after})


def keep_picture(actor: Actor, chunks: Iterable[bytes], name: str) -> str:
    """Store an uploaded picture without adding it to an issue; returns its digest. Raises as `add`."""
    original = originals.keep(actor, chunks, Original.Kind.PICTURE, name)
    encode_picture(originals.path_of(original.digest), src=name)  # raises ComposeError, with the reason
    return original.digest


def free_path(name: str, taken: Mapping[str, str], digest: str) -> str:
    """A path made of the name of an uploaded file: lowercase letters, digits and hyphens."""
    stem, _, ending = name.rpartition(".")
    bare = unicodedata.normalize("NFKD", (stem or ending).lower()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:_LONGEST].strip("-") or "picture"
    ending = re.sub(r"[^a-z0-9]", "", ending.lower())[:5] if "." in name else ""
    ending = f".{_ENDINGS.get(ending, ending)}" if ending else ""
    number, path = 1, f"{FOLDER}/{stem}{ending}"
    while taken.get(path, digest) != digest:
        number += 1
        path = f"{FOLDER}/{stem}-{number}{ending}"
    return path


def usage(state: IssueState) -> dict[str, list[tuple[str, Part]]]:
    """For each picture of a state the parts that show it, with their files."""
    found: dict[str, list[tuple[str, Part]]] = {path: [] for path in state.pictures}
    for file, parts in state.files.items():
        for part in parts:
            for path in found:
                if f"]({path}" in part.text or f"](<{path}" in part.text:
                    found[path].append((file, part))
    return found


def belongs_to(issue: IssueRecord, digest: str) -> bool:
    """Whether a picture is or was in the source of an issue."""
    edits_of = IssueEdit.objects.filter(issue=issue, kind=IssueEdit.Kind.PICTURE)
    return edits_of.filter(original_id=digest).exists() or edits_of.filter(media_id=digest).exists()


def thumbnail(digest: str) -> Thumbnail | None:
    """A small rendition of a stored picture; None if there is none, or if it cannot be read.

    It is kept next to the original, because decoding takes up to seconds. Raises OriginalFault, StoreFault.
    """
    if Original.objects.filter(digest=digest).exists():
        if (kept := originals.read_thumbnail(digest)) is not None:
            return kept
        with originals.open_original(digest) as file:
            made = _small(file)
        if made is not None:
            originals.write_thumbnail(digest, made)
        return made
    media = Media.objects.filter(digest=digest).first()
    if media is None:
        return None
    with media_store.opened(media.path) as file:
        return _small(file)


def _small(file: Any) -> Thumbnail | None:
    return encode_thumbnail(file.read())
