"""Crops the pictures of an issue. A crop is another picture, which remembers the whole; the whole stays as it was uploaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from composer.images.picture_encoder import crop_picture, measure_picture
from editorial import media_store
from editorial.models import IssueCrop, IssueRecord, Media, Original, PictureCrop
from editorial.sources import issue_state, originals, pictures
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.issue_state import Conflict
from editorial.sources.originals import OriginalError
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor

LEAST = 32  # pixels of each side; a smaller picture shows nothing in a mail
# Shape -> width and height. `free` is any, `original` that of the whole picture.
SHAPES: Mapping[str, tuple[int, int] | None] = {"free": None, "original": None, "16:9": (16, 9), "4:3": (4, 3), "1:1": (1, 1)}
_CROP = re.compile(r"-crop(?:-\d+)?\Z")


class CropError(DomainError):
    """A rectangle that cannot be cut out of a picture."""


class Point(NamedTuple):
    x: int
    y: int


class Rectangle(NamedTuple):
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Cropping:
    """A picture of an issue, and how it is cut out of the whole one. `digest`: of the whole picture; `before`: of the picture.

    Everything is in pixels of the whole picture as it is seen.
    """

    path: str
    before: str
    digest: str
    width: int
    height: int
    is_animated: bool
    box: Rectangle
    focus: Point
    shape: str


def largest(width: int, height: int, shape: str, focus: Point) -> Rectangle:
    """The largest rectangle of a shape in a picture, with the focal point as near to its middle as possible."""
    ratio = SHAPES[shape]
    if ratio is None:
        return Rectangle(0, 0, width, height)
    scale = min(width / ratio[0], height / ratio[1])
    wide, high = (max(1, round(side * scale)) for side in ratio)
    left, top = (round(at - size / 2) for at, size in ((focus.x, wide), (focus.y, high)))
    return Rectangle(min(max(0, left), width - wide), min(max(0, top), height - high), wide, high)


def begin(issue: IssueRecord, path: str) -> Cropping:
    """What is needed to crop a picture: the size of the whole one, and the last rectangle.

    Raises SourceEditError, ComposeError.
    """
    digest = issue_state.head(issue.pk).pictures.get(path)
    if digest is None:
        raise SourceEditError("picture", picture=path)
    # How this issue cut it; of a picture that was taken from another issue, how it was cut first.
    crop = IssueCrop.objects.filter(issue=issue, cropped=digest).first() or PictureCrop.objects.filter(pk=digest).first()
    whole = (crop.original_id or crop.media_id or digest) if crop else digest
    size = measure_picture(_content(whole), src=path)
    box, focus, shape = Rectangle(0, 0, size.width, size.height), Point(size.width // 2, size.height // 2), "free"
    if crop is not None:
        box, focus = Rectangle(crop.left, crop.top, crop.width, crop.height), Point(crop.focus_x, crop.focus_y)
        shape = crop.shape
    return Cropping(path, digest, whole, size.width, size.height, size.frames > 1, box, focus, shape)


def apply(
    actor: Actor, issue: IssueRecord, path: str, box: Rectangle, focus: Point, shape: str, *, before: str
) -> str:  # fmt: skip
    """Cut a rectangle out of the whole picture, and store it as another picture of the issue; returns its path.

    A rectangle without the shape is replaced by the largest one of this shape around the focal point. All of the picture is the
    whole picture itself. `before`: the digest of the picture that the actor saw. Raises CropError, EditConflictError if somebody
    exchanged it meanwhile, SourceEditError, OriginalError, ComposeError.
    """
    at = begin(issue, path)
    if at.before != before:
        raise EditConflictError(issue, (Conflict("", path, before, at.before, None),))
    focus = Point(min(max(0, focus.x), at.width), min(max(0, focus.y), at.height))
    box = _checked(at, box, focus, shape)
    if box == (0, 0, at.width, at.height):
        return pictures.add_stored(actor, issue, at.digest, _whole_name(issue, at))
    made = crop_picture(_content(at.digest), box, src=path)
    name = f"{_CROP.sub('', PurePosixPath(_whole_name(issue, at)).stem)}-crop.{made.ending}"
    kept = originals.keep(actor, [made.data], Original.Kind.PICTURE, name)
    is_original = Original.objects.filter(pk=at.digest).exists()
    whole = {"original_id": at.digest if is_original else None, "media_id": None if is_original else at.digest}
    how = {**whole, **box._asdict(), "focus_x": focus.x, "focus_y": focus.y, "shape": shape, "actor": actor}
    PictureCrop.objects.get_or_create(cropped=kept, defaults=how)  # never changed: it is of no issue
    IssueCrop.objects.update_or_create(issue=issue, cropped=kept, defaults=how)
    new_path = pictures.add_stored(actor, issue, kept.digest, name)
    audit.record(actor, "crop_picture", issue, issue=issue.slug, picture=new_path, of=path, rectangle=list(box))
    return new_path


def _checked(at: Cropping, box: Rectangle, focus: Point, shape: str) -> Rectangle:
    shape = shape if shape in SHAPES else "free"
    ratio = (at.width, at.height) if shape == "original" else SHAPES[shape]
    # A side may be a pixel longer or shorter, because pixels are whole.
    if ratio and abs(box.width * ratio[1] - box.height * ratio[0]) > max(ratio):
        box = largest(at.width, at.height, shape, focus)
    if min(box.left, box.top) < 0 or box.left + box.width > at.width or box.top + box.height > at.height:
        raise CropError("outside", width=at.width, height=at.height)
    if box != (0, 0, at.width, at.height) and min(box.width, box.height) < LEAST:
        raise CropError("small", least=LEAST)
    return box


def _whole_name(issue: IssueRecord, at: Cropping) -> str:
    """The name of the file of the whole picture: that in the issue, or as it was uploaded."""
    held = sorted(path for path, digest in issue_state.head(issue.pk).pictures.items() if digest == at.digest)
    if held:
        return PurePosixPath(held[0]).name
    uploaded = Original.objects.filter(pk=at.digest).values_list("name", flat=True).first()
    return uploaded or PurePosixPath(at.path).name


def _content(digest: str) -> bytes:
    if Original.objects.filter(pk=digest).exists():
        with originals.open_original(digest) as file:
            return file.read()
    media = Media.objects.filter(pk=digest).first()
    if media is None:
        raise SourceEditError("picture", picture=digest)
    try:
        with media_store.opened(media.path) as stored:
            return bytes(stored.read())
    except media_store.StoreError:
        raise OriginalError("missing", name=digest) from None
