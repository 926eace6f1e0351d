"""Re-encodes the pictures of an issue for high-resolution screens, without metadata, in a process with memory and time limits."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from composer.errors import ComposeError, Finding
from composer.limited_process import LimitedProcess, LimitExceededError, Message, WorkFailedError

LARGEST_FILE = 20_000_000  # bytes
MOST_POINTS = 25_000_000
WIDEST = 1200  # pixels; twice the widest picture of a mail
MOST_FRAMES = 200
# Pixels of the longer side. `small`: for lists; `large`: for an editor, where a picture is 560 wide on high-resolution screens.
THUMBNAILS = {"small": 480, "large": 1200}
_TYPES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "GIF": ("image/gif", "gif")}
# One for all pictures of this process: starting it takes as long as a picture.
DECODER = LimitedProcess("composer.images.pillow_codec")


_DIGITS = 12  # of a digest in a name


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture. `digest` is the SHA-256 of `data` in hexadecimal; `name` contains its beginning."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    width: int
    height: int
    digest: str


def digest_in(name: str) -> str:
    """Returns the beginning of the digest that the name of a picture contains."""
    return name.rpartition(".")[0].rpartition("-")[2]


class Thumbnail(NamedTuple):
    content_type: str
    data: bytes


# (stem, SHA-256 of the file, whether it is opaque) -> encoded picture. Variants and previews show the same pictures repeatedly,
# and encoding is by far the slowest stage (measured: 10 to 60 ms for a picture; all other stages take 25 ms together).
_encoded: dict[tuple[str, str, bool], Picture] = {}
_small: dict[tuple[str, int], Picture] = {}  # (name of an encoded picture, width) -> its crop
_MOST_KEPT = 64


def encode_picture(path: Path, *, file: str = "", line: int | None = None, src: str = "", opaque: bool = False) -> Picture:
    """Encodes a picture file as JPEG, PNG or (animated) GIF, at most WIDEST pixels wide; the same file gives the same bytes.
    `file`, `line` and `src` say where it is used. `opaque`: as a still picture on white. Raises ComposeError."""

    def refuse(code: str, **params: object) -> ComposeError:
        return ComposeError(Finding(code, params={"src": src or path.name, **params}, file=file, line=line))

    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise refuse("image-bytes", size=size, limit=LARGEST_FILE)
    data = path.read_bytes()
    key = (path.stem, hashlib.sha256(data).hexdigest(), opaque)
    picture = _encoded.get(key)  # looked up once: another thread may clear the cache
    if picture is None:
        picture = _encode(data, path.stem, refuse, opaque=opaque)
        if len(_encoded) >= _MOST_KEPT:
            _encoded.clear()
        _encoded[key] = picture
    return picture


def encode_small(picture: Picture, width: int) -> Picture | None:
    """Crops an encoded picture for the place beside a text, `width` CSS pixels wide: to 4:3, or to 3:4 if it is upright.

    Returns None if it cannot be decoded within the limits.
    """
    key = (picture.name, width)
    small = _small.get(key)  # looked up once: another thread may clear the cache
    if small is None:
        answer = _answer({"task": "small", "width": width}, picture.data)
        if answer is None:
            return None
        small = _named(picture.name.rpartition("-")[0], *answer)
        if len(_small) >= _MOST_KEPT:
            _small.clear()
        _small[key] = small
    return small


def encode_thumbnail(data: bytes, longest: int) -> Thumbnail | None:
    """Encodes a still rendition of a picture, no side longer than `longest`; None if it cannot be decoded within the limits."""
    answer = _answer({"task": "thumbnail", "longest": longest}, data)
    return None if answer is None else Thumbnail(_TYPES[answer[0]["kind"]][0], answer[1])


class PictureSize(NamedTuple):
    """Width and height in pixels of a whole picture as it is seen, and the number of its frames."""

    width: int
    height: int
    frames: int


class CroppedPicture(NamedTuple):
    """A rectangle of a picture, in the quality of an original. `ending`: of the name of its file."""

    ending: str
    data: bytes


def measure_picture(data: bytes, *, src: str) -> PictureSize:
    """Returns the size of a picture, turned as its EXIF data say. Raises ComposeError."""
    answer, _ = _decoded({"task": "measure"}, data, _refusing(src))
    return PictureSize(answer["width"], answer["height"], answer["frames"])


def crop_picture(data: bytes, box: tuple[int, int, int, int], *, src: str) -> CroppedPicture:
    """Cuts a rectangle (left, top, width, height; in pixels of `measure_picture`) out of a picture. Raises ComposeError."""
    answer, encoded = _decoded({"task": "crop", "box": box}, data, _refusing(src))
    return CroppedPicture(_TYPES[answer["kind"]][1], encoded)


def _refusing(src: str) -> Callable[..., ComposeError]:
    return lambda code, **params: ComposeError(Finding(code, params={"src": src, **params}))


def _decoded(request: dict[str, object], data: bytes, refuse: Callable[..., ComposeError]) -> Message:
    try:
        answer, encoded = DECODER.call(request, data)
    except LimitExceededError as problem:
        raise refuse("image-bomb") from problem
    except WorkFailedError as problem:
        raise refuse("image-broken", problem=str(problem)) from problem
    if "refused" in answer:
        raise refuse(answer["refused"], **answer["params"])
    return answer, encoded


def _answer(request: dict[str, object], data: bytes) -> Message | None:
    """The answer of the decoder; None if it refuses the picture or meets a limit."""
    try:
        answer = DECODER.call(request, data)
    except (LimitExceededError, WorkFailedError):
        return None
    return None if "refused" in answer[0] else answer


def _encode(data: bytes, stem: str, refuse: Callable[..., ComposeError], *, opaque: bool) -> Picture:
    answer, encoded = _decoded({"task": "encode", "opaque": opaque}, data, refuse)
    return _named(re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "picture", answer, encoded)


def _named(name: str, answer: dict[str, Any], encoded: bytes) -> Picture:
    content_type, ending = _TYPES[answer["kind"]]
    digest = hashlib.sha256(encoded).hexdigest()
    return Picture(f"{name}-{digest[:_DIGITS]}.{ending}", content_type, encoded, answer["width"], answer["height"], digest)
