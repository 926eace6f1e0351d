"""Pictures of an issue: measured before they are decoded, re-encoded for sharp screens, without metadata."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from composer.errors import ComposeError, Finding
from composer.unchanged import Seal, seal_of

LARGEST_FILE = 20_000_000  # bytes
MOST_POINTS = 25_000_000
WIDEST = 1200  # points: twice the widest picture of a mail
MOST_FRAMES = 200
READ_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")  # the last two are read, but never mailed: Outlook shows neither
_VECTOR = re.compile(rb"<(?:svg:)?svg[\s>]")
_PHONE = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")  # HEIF, as telephones save it
JPEG_QUALITY = 82
_TYPES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "GIF": ("image/gif", "gif")}


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
    if data[:9].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _VECTOR.search(data, 0, 4096):
        raise refuse("image-vector")
    if data[4:12] in _PHONE:
        raise refuse("image-heic")
    try:
        with warnings.catch_warnings():
            # Pillow's own guard only warns between 89 and 179 million points; ours is far below, and refuses.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=READ_FORMATS) as image:
                width, height = image.size
                if width * height > MOST_POINTS:
                    raise refuse("image-pixels", width=width, height=height, limit=MOST_POINTS)
                frames = int(getattr(image, "n_frames", 1))
                if frames > MOST_FRAMES or frames * width * height > 4 * MOST_POINTS:
                    raise refuse("image-frames")
                animated = image.format == "GIF" and frames > 1
                kind, encoded, shown = _animation(image) if animated else _still(image)
    except UnidentifiedImageError as problem:
        raise refuse("image-format") from problem
    except Image.DecompressionBombError as problem:
        raise refuse("image-pixels", width="?", height="?", limit=MOST_POINTS) from problem
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as problem:
        # Pillow's decoders raise any of these for a damaged file.
        raise refuse("image-broken", problem=str(problem) or type(problem).__name__) from problem
    content_type, ending = _TYPES[kind]
    digest = hashlib.sha256(encoded).hexdigest()
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "picture"
    return Picture(f"{name}-{digest[:12]}.{ending}", content_type, encoded, shown[0], shown[1], digest)


_Encoded = tuple[str, bytes, tuple[int, int]]


def _still(image: Image.Image) -> _Encoded:
    transposed = ImageOps.exif_transpose(image)
    upright: Image.Image = _in_srgb(transposed if transposed is not None else image)
    transparent = _is_transparent(upright)
    if upright.mode not in ("RGB", "RGBA", "L", "P"):
        upright = upright.convert("RGBA" if transparent else "RGB")
    was_jpeg = image.format == "JPEG"
    sized = _sized(upright)
    png = b"" if was_jpeg else _as_png(sized)
    if transparent:
        return "PNG", png, sized.size
    jpeg = _as_jpeg(sized)
    # A drawing is smaller and cleaner as PNG, a photograph as JPEG, whatever it came as.
    if was_jpeg or len(jpeg) < 0.7 * len(png):
        return "JPEG", jpeg, sized.size
    return "PNG", png, sized.size


def _is_transparent(image: Image.Image) -> bool:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        lowest = image.convert("RGBA").getchannel("A").getextrema()[0]
        return isinstance(lowest, int | float) and lowest < 255
    return False


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours as every mail program takes them: the profile is applied, then dropped."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            image = changed if changed is not None else image
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the bare values are the best there is
    return image.convert("RGB") if image.mode in ("CMYK", "YCbCr", "LAB", "HSV") else image


def _sized(image: Image.Image) -> Image.Image:
    if image.width <= WIDEST:
        return image
    height = max(1, round(image.height * WIDEST / image.width))
    deep = image.convert("RGBA" if "transparency" in image.info else "RGB") if image.mode == "P" else image
    return deep.resize((WIDEST, height), Image.Resampling.LANCZOS)


def _as_png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    bare = image.copy()
    transparency = bare.info.get("transparency")
    bare.info = {} if transparency is None else {"transparency": transparency}
    bare.save(out, "PNG", optimize=True)
    return out.getvalue()


def _as_jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    bare = image.convert("RGB")
    bare.info = {}
    bare.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def _animation(image: Image.Image) -> _Encoded:
    """An animated GIF keeps its frames; a wide one is made smaller frame by frame."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    for number in range(int(getattr(image, "n_frames", 1))):
        image.seek(number)
        durations.append(int(image.info.get("duration", 100)))
        frame = _sized(image.convert("RGBA"))
        frame.info = {}
        frames.append(frame)
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=int(image.info.get("loop", 0)))
    return "GIF", out.getvalue(), frames[0].size
