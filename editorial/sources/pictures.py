"""The pictures of an issue's source: adds uploaded ones, replaces and removes them, finds where they are used."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db.models import Q

from composer.images.picture_encoder import THUMBNAILS, Thumbnail, encode_picture, encode_thumbnail
from composer.issue.editing.head_values import qr_code_in
from composer.issue.parts.outline import kind_of
from composer.issue.parts.splitting import Part
from composer.issue.picture_names import usable_stem
from editorial import media_store
from editorial.models import IssueCrop, IssueEdit, IssueRecord, Media, Original, PictureCrop
from editorial.sources import edits, originals
from editorial.sources.edits import SourceEditError
from editorial.sources.issue_state import IssueState
from publication.models import Actor

FOLDER = "images"
_LONGEST = 60
_WITH_FOOTER = ("head", "footer", "whole")  # kinds of parts that may contain the footer
_ENDINGS = {"jpeg": "jpg"}
# What browsers and programs call a picture from the clipboard.
_NAMELESS = re.compile(r"(?:image|img|picture|pasted|clipboard|unnamed|untitled|blob|download)(?:-?\d+)?")


def add(actor: Actor, issue: IssueRecord, chunks: Iterable[bytes], name: str, *, part: str = "") -> str:
    """Store an uploaded picture under a free name in `images/`; returns its path. A picture that the issue has keeps its path.

    A picture without a name of its own, such as a pasted one, is named after the `part` in which it is to be shown.
    Raises OriginalError if it is too large, and ComposeError if it is not a picture that a mail can show.
    """
    return add_stored(actor, issue, keep_picture(actor, chunks, name), name, part=part)


def add_stored(actor: Actor, issue: IssueRecord, digest: str, name: str, *, part: str = "") -> str:
    """Add a picture that is stored already to the source of an issue, as `add`. Raises SourceEditError if it is not stored."""
    path = ""

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        nonlocal path
        same = sorted(known for known, theirs_digest in theirs.pictures.items() if theirs_digest == digest)
        path = same[0] if same else free_path(name, theirs.pictures, digest, part)
        return theirs, replace(theirs, pictures={**theirs.pictures, path: digest})

    edits.apply_edit(actor, issue, edit, verb="add_picture")
    return path


def measure(digest: str) -> tuple[int, int]:
    """Width and height in pixels of a stored picture as mails get it. Raises SourceEditError if it is missing, ComposeError."""
    if Original.objects.filter(digest=digest).exists():
        made = encode_picture(originals.path_of(digest))
        return made.width, made.height
    media = Media.objects.filter(digest=digest).first()
    if media is None:
        raise SourceEditError("picture", picture=digest)
    return media.width, media.height


def exchange(actor: Actor, issue: IssueRecord, path: str, chunks: Iterable[bytes], name: str, *, before: str) -> None:
    """Store another picture under the same path. `before`: the digest of the picture that the actor saw.

    Raises as `add`, and EditConflictError if somebody exchanged it meanwhile.
    """
    digest = keep_picture(actor, chunks, name)
    edits.apply_edit(actor, issue, lambda theirs: _changed(theirs, path, before, digest), verb="exchange_picture")


def remove(actor: Actor, issue: IssueRecord, path: str, *, before: str) -> None:
    """Remove a picture from the newest source. Revisions keep it. Raises EditConflictError, SourceEditError."""
    edits.apply_edit(actor, issue, lambda theirs: _changed(theirs, path, before, None), verb="remove_picture")


def _changed(theirs: IssueState, path: str, before: str, after: str | None) -> tuple[IssueState, IssueState]:
    if path not in theirs.pictures:
        raise SourceEditError("picture", picture=path)
    began = replace(theirs, pictures={**theirs.pictures, path: before})
    kept = {name: digest for name, digest in theirs.pictures.items() if name != path}
    return began, replace(theirs, pictures=kept if after is None else {**kept, path: after})


def keep_picture(actor: Actor, chunks: Iterable[bytes], name: str) -> str:
    """Store an uploaded picture without adding it to an issue; returns its digest. Raises as `add`."""
    original = originals.keep(actor, chunks, Original.Kind.PICTURE, name)
    encode_picture(originals.path_of(original.digest), src=name)  # raises ComposeError, with the reason
    return original.digest


def free_path(name: str, taken: Mapping[str, str], digest: str, part: str = "") -> str:
    """A path made of the name of an uploaded file, or of the part's: lowercase letters, digits and hyphens."""
    stem, _, ending = name.rpartition(".")
    stem = _plain(stem or ending)
    if not stem or _NAMELESS.fullmatch(stem):
        stem = _plain(part) or stem or "picture"
    stem = usable_stem(stem)
    ending = re.sub(r"[^a-z0-9]", "", ending.lower())[:5] if "." in name else ""
    ending = f".{_ENDINGS.get(ending, ending)}" if ending else ""
    number, path = 1, f"{FOLDER}/{stem}{ending}"
    while taken.get(path, digest) != digest:
        number += 1
        path = f"{FOLDER}/{stem}-{number}{ending}"
    return path


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:_LONGEST].strip("-")


def usage(state: IssueState) -> dict[str, list[tuple[str, Part]]]:
    """For each picture of a state the parts that show it, with their files."""
    found: dict[str, list[tuple[str, Part]]] = {path: [] for path in state.pictures}
    for file, parts in state.files.items():
        for part in parts:
            code = qr_code_in(part.text) if kind_of(part) in _WITH_FOOTER and "wechat" in part.text else ""
            for path in found:
                if f"]({path}" in part.text or f"](<{path}" in part.text or path == code:
                    found[path].append((file, part))
    return found


def belongs_to(issue: IssueRecord, digest: str) -> bool:
    """Whether a picture is or was in the source of an issue, or is the whole of which one was cut out."""
    edits_of = IssueEdit.objects.filter(issue=issue, kind=IssueEdit.Kind.PICTURE)
    is_whole = Q(original_id=digest) | Q(media_id=digest)
    cut = PictureCrop.objects.filter(is_whole).values("cropped")
    if edits_of.filter(is_whole | Q(original__in=cut)).exists():
        return True
    return IssueCrop.objects.filter(is_whole, issue=issue).exists()


def thumbnail(digest: str, size: str = "small") -> Thumbnail | None:
    """A still rendition of a stored picture in one of the sizes THUMBNAILS; None if there is none, or if it cannot be read.

    It is kept next to the original, because decoding takes up to seconds. Raises OriginalError, StoreError.
    """
    if Original.objects.filter(digest=digest).exists():
        if (kept := originals.read_thumbnail(digest, size)) is not None:
            return kept
        with originals.open_original(digest) as file:
            made = encode_thumbnail(file.read(), THUMBNAILS[size])
        if made is not None:
            originals.write_thumbnail(digest, size, made)
        return made
    media = Media.objects.filter(digest=digest).first()
    if media is None:
        return None
    with media_store.opened(media.path) as file:
        return encode_thumbnail(file.read(), THUMBNAILS[size])
