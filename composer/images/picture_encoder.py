"""Pictures of an issue: re-encoded for sharp screens, without metadata, by a process with limits of memory and time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from composer.errors import ComposeError, Finding
from composer.limited_process import LimitedProcess, LimitExceededError, WorkFailedError
from composer.unchanged import Seal, seal_of

LARGEST_FILE = 20_000_000  # bytes
MOST_POINTS = 25_000_000
WIDEST = 1200  # points: twice the widest picture of a mail
MOST_FRAMES = 200
_TYPES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "GIF": ("image/gif", "gif")}
DECODER = LimitedProcess(
    "composer.images.codec_process"
)  # one for all pictures of this process: starting it takes as long as a picture


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it goes out. `digest` is SHA-256 of `data`, in hexadecimal; `name` carries its beginning."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    width: int
    height: int
    digest: str


_encoded: dict[tuple[str, str], Picture] = {}  # (stem, SHA-256 of the file) -> what it was encoded to
_digests: dict[Seal, str] = {}  # of a file that was read -> its SHA-256
_MOST_KEPT = 64
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def encode_picture(path: Path, *, file: str = "", line: int | None = None, src: str = "") -> Picture:
    """The picture of a file, at most WIDEST points wide, as JPEG, PNG or (animated) GIF; the same file gives the same
    bytes. `file`, `line` and `src` say where it is used. Raises ComposeError."""

    def refuse(code: str, **params: object) -> ComposeError:
        return ComposeError(Finding(code, params={"src": src or path.name, **params}, file=file, line=line))

    # Variants and previews show the same pictures again and again, and encoding is the slowest stage by far.
    seal = seal_of(path)
    known = _encoded.get((path.stem, _digests.get(seal, ""))) if seal else None
    if known:
        return known
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise refuse("image-bytes", size=size, limit=LARGEST_FILE)
    data = path.read_bytes()
    kept = (path.stem, hashlib.sha256(data).hexdigest())
    if seal:
        _keep(_digests, seal, kept[1])
    return _encoded.get(kept) or _keep(_encoded, kept, _encode(data, path.stem, refuse))


def _keep(kept: dict[_Key, _Value], key: _Key, value: _Value) -> _Value:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value


def _encode(data: bytes, stem: str, refuse: Callable[..., ComposeError]) -> Picture:
    try:
        answer, encoded = DECODER.call({"task": "encode"}, data)
    except LimitExceededError as problem:
        raise refuse("image-bomb") from problem
    except WorkFailedError as problem:
        raise refuse("image-broken", problem=str(problem)) from problem
    if "refused" in answer:
        raise refuse(answer["refused"], **answer["params"])
    content_type, ending = _TYPES[answer["kind"]]
    digest = hashlib.sha256(encoded).hexdigest()
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "picture"
    return Picture(f"{name}-{digest[:12]}.{ending}", content_type, encoded, answer["width"], answer["height"], digest)
