"""Decodes and re-encodes pictures with Pillow: for high-resolution screens, without metadata.

It runs in a child process with limited time and memory: `python -m composer.images.pillow_codec`.

No other module opens an untrusted picture. Only formats are allowed whose plugin reads just the header when it opens a file. ICO
and ICNS decode at once, EPS and WMF call other programs, and PSD reads all layers, so they are not opened.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from composer.errors import ContentError
from composer.images.picture_encoder import MOST_FRAMES, MOST_POINTS, WIDEST
from composer.limited_process import Message, serve

# Pillow raises an error only above twice this number, and warns before. Half of our limit makes it an error at our limit, also
# inside Pillow, for example before WebP allocates its canvas.
Image.MAX_IMAGE_PIXELS = MOST_POINTS // 2
warnings.simplefilter("ignore", Image.DecompressionBombWarning)

MAILED = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")  # allowed in an issue; the last two are converted, as Outlook shows neither
KEPT = ("JPEG", "PNG", "GIF", "WEBP")  # an import keeps these unchanged
CONVERTED = ("BMP", "TIFF", "JPEG2000", "PPM", "TGA", "AVIF")  # an import converts these to PNG or JPEG
JPEG_QUALITY = 82
_VECTOR = re.compile(rb"<(?:svg:)?svg[\s>]")
_PHONE = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")  # HEIF, as phones save it
_ICONS = (b"\0\0\1\0", b"\0\0\2\0", b"icns")
# The exceptions that Pillow's decoders raise for a damaged file.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, OverflowError, AttributeError)

Coded = tuple[str, bytes, tuple[int, int]]  # format, bytes, (width, height)
Box = tuple[int, int, int, int]  # left, top, width, height; in pixels
LONGEST_CROP = 2 * WIDEST  # pixels of the longer side
CROP_QUALITY = 94  # of JPEG, because the result is encoded again for mails
SECONDS = 15.0  # of processor time for one picture; the largest allowed one takes 3
MEMORY = 640 * 1024 * 1024  # bytes of address space; the largest allowed pictures and animations take 500 MiB


def encode(data: bytes, *, opaque: bool = False) -> Coded:
    """Encodes a picture for a mail, at most WIDEST pixels wide. Raises ContentError.

    `opaque`: transparent places become white, and of an animation the first frame is taken.
    """
    with _opened(data, MAILED) as (image, frames):
        if opaque:
            return _still(_on_white(image))
        return _animation(image) if image.format == "GIF" and frames > 1 else _still(image)


def keep(data: bytes) -> Coded:
    """Returns the picture for an issue folder: the same bytes, or a PNG or JPEG if an issue does not allow its format."""
    with _opened(data, (*KEPT, *CONVERTED)) as (image, _):
        kind = "JPEG" if image.format == "MPO" else image.format or ""  # MPO: a JPEG with a second picture, from phones
        if kind in KEPT:
            image.load()
            return kind, data, image.size
        return _converted(image.convert("RGBA" if "A" in image.getbands() else "RGB"))


def thumbnail(data: bytes, longest: int) -> Coded:
    """Encodes a still picture, no side longer than `longest`, as PNG or JPEG. Raises ContentError."""
    with _opened(data, MAILED) as (image, _):
        upright = _upright(image)
        transparent = _is_transparent(upright)
        small = upright.convert("RGBA" if transparent else "RGB")
        small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        return ("PNG", _as_png(small), small.size) if transparent else ("JPEG", _as_jpeg(small), small.size)


def small(data: bytes, width: int) -> Coded:
    """Crops a still picture to 4:3, or to 3:4 if it is upright, for a place `width` CSS pixels wide on high-resolution screens.

    It is never enlarged. Raises ContentError.
    """
    with _opened(data, MAILED) as (image, _):
        upright = _upright(image)
        transparent = _is_transparent(upright)
        whole = upright.convert("RGBA" if transparent else "RGB")
        is_tall = whole.height > whole.width
        across, down = (width * 3 / 2, width * 2) if is_tall else (width * 2, width * 3 / 2)
        factor = min(1, whole.width / across, whole.height / down)
        size = max(1, round(across * factor)), max(1, round(down * factor))
        # The face is in the upper part of an upright portrait.
        cut = ImageOps.fit(whole, size, Image.Resampling.LANCZOS, centering=(0.5, 0.2 if is_tall else 0.5))
        return ("PNG", _as_png(cut), size) if transparent else ("JPEG", _as_jpeg(cut), size)


def crop(data: bytes, box: Box) -> Coded:
    """Cuts a rectangle out of a picture, for the store of originals: in the best quality, no side longer than LONGEST_CROP.

    An animated GIF keeps all its frames. Raises ContentError, also for a rectangle that is not in the picture.
    """
    with _opened(data, MAILED) as (image, frames):
        if image.format == "GIF" and frames > 1:
            return _animation(image, _inside(box, image.size))
        upright = _upright(image)
        cut = upright.crop(_inside(box, upright.size))
        transparent = _is_transparent(cut)
        cut = cut.convert("RGBA" if transparent else "RGB")
        cut.thumbnail((LONGEST_CROP, LONGEST_CROP), Image.Resampling.LANCZOS)
        cut.info = {}
        if image.format == "JPEG":
            return "JPEG", _as_jpeg(cut, CROP_QUALITY), cut.size
        return ("PNG", _as_png(cut), cut.size) if transparent else _converted(cut)


def measure(data: bytes) -> tuple[str, int, tuple[int, int]]:
    """Returns format, number of frames, and the size of a picture, turned as its EXIF data say. Raises ContentError."""
    with _opened(data, MAILED) as (image, frames):
        return image.format or "", frames, image.size if frames > 1 else _upright(image).size


def _inside(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, width, height = box
    if left < 0 or top < 0 or width < 1 or height < 1 or left + width > size[0] or top + height > size[1]:
        raise ValueError(f"the rectangle {tuple(box)} is not in a picture of {size}")
    return left, top, left + width, top + height


@contextmanager
def _opened(data: bytes, formats: tuple[str, ...]) -> Iterator[tuple[Image.Image, int]]:
    """Yields (picture, number of frames) after checking its header. Decoding errors in the block also become FaultErrors."""
    _refuse_by_first_bytes(data)
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            frames = int(getattr(image, "n_frames", 1))
            if frames > MOST_FRAMES or frames * image.width * image.height > 4 * MOST_POINTS:
                raise ContentError("image-frames")
            yield image, frames
    except UnidentifiedImageError as problem:
        raise ContentError("image-format") from problem
    except Image.DecompressionBombError as problem:
        points = re.search(r"\d+", str(problem))
        shown = f"{int(points[0]):,}" if points else "too many"
        raise ContentError("image-pixels", points=shown, limit=f"{MOST_POINTS:,}") from problem
    except _DAMAGED as problem:
        raise ContentError("image-broken", problem=str(problem)[:200] or type(problem).__name__) from problem


def _refuse_by_first_bytes(data: bytes) -> None:
    if data[:9].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _VECTOR.search(data, 0, 4096):
        raise ContentError("image-vector")
    if data[4:12] in _PHONE:
        raise ContentError("image-heic")
    if data.startswith(_ICONS):
        raise ContentError("image-icon")


def _converted(image: Image.Image) -> Coded:
    """Encodes a bitmap as PNG, or as JPEG if that is much smaller."""
    png, jpeg = io.BytesIO(), io.BytesIO()
    image.save(png, "PNG")
    if image.mode in ("RGB", "L"):
        image.save(jpeg, "JPEG", quality=90)
        if jpeg.tell() * 2 < png.tell():
            return "JPEG", jpeg.getvalue(), image.size
    return "PNG", png.getvalue(), image.size


def _on_white(image: Image.Image) -> Image.Image:
    upright = _upright(image)
    if _is_transparent(upright):
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
    upright.format = image.format
    return upright


def _still(image: Image.Image) -> Coded:
    upright = _upright(image)
    transparent = _is_transparent(upright)
    if upright.mode not in ("RGB", "RGBA", "L", "P"):
        upright = upright.convert("RGBA" if transparent else "RGB")
    was_jpeg = image.format == "JPEG"
    sized = _sized(upright)
    png = b"" if was_jpeg else _as_png(sized)
    if transparent:
        return "PNG", png, sized.size
    jpeg = _as_jpeg(sized)
    # A drawing is smaller and cleaner as PNG, a photograph as JPEG, whatever its original format.
    if was_jpeg or len(jpeg) < 0.7 * len(png):
        return "JPEG", jpeg, sized.size
    return "PNG", png, sized.size


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF data say, in sRGB."""
    transposed = ImageOps.exif_transpose(image)
    return _in_srgb(transposed if transposed is not None else image)


def _is_transparent(image: Image.Image) -> bool:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        lowest = image.convert("RGBA").getchannel("A").getextrema()[0]
        return isinstance(lowest, int | float) and lowest < 255
    return False


def _in_srgb(image: Image.Image) -> Image.Image:
    """Converts the colours to sRGB, which mail clients assume: applies the colour profile and drops it."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            image = changed if changed is not None else image
        except (ImageCms.PyCMSError, OSError):
            pass  # the profile is broken, so the raw values are used
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


def _as_jpeg(image: Image.Image, quality: int = JPEG_QUALITY) -> bytes:
    out = io.BytesIO()
    bare = image.convert("RGB")
    bare.info = {}
    bare.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _animation(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> Coded:
    """Encodes an animated GIF with all its frames, cropped to `box`; a wide one is resized frame by frame."""
    durations: list[int] = []

    def frames() -> Iterator[Image.Image]:
        # One frame at a time, which takes a quarter of the memory. Pillow reads the duration after its frame.
        for number in range(int(getattr(image, "n_frames", 1))):
            image.seek(number)
            durations.append(int(image.info.get("duration", 100)))
            whole = image.convert("RGBA")
            frame = _sized(whole.crop(box) if box else whole)
            frame.info = {}
            yield frame

    out = io.BytesIO()
    rest = frames()
    first = next(rest)
    loop = int(image.info.get("loop", 0))
    first.save(out, "GIF", save_all=True, append_images=rest, duration=durations, loop=loop)
    return "GIF", out.getvalue(), first.size


def work(request: dict[str, Any], data: bytes) -> Message:
    try:
        return TASKS[request["task"]](request, data)
    except ContentError as refusal:
        return {"refused": refusal.code, "params": refusal.params}, b""


def _coded(made: Coded) -> Message:
    kind, coded, (width, height) = made
    return {"kind": kind, "width": width, "height": height}, coded


def _measure(_request: dict[str, Any], data: bytes) -> Message:
    kind, frames, (width, height) = measure(data)
    return {"kind": kind, "width": width, "height": height, "frames": frames}, b""


TASKS: dict[str, Callable[[dict[str, Any], bytes], Message]] = {
    "encode": lambda request, data: _coded(encode(data, opaque=bool(request.get("opaque")))),  # for a mail
    "keep": lambda _, data: _coded(keep(data)),  # for the folder of an imported issue
    "thumbnail": lambda request, data: _coded(thumbnail(data, int(request["longest"]))),  # for pages of the console
    "small": lambda request, data: _coded(small(data, int(request["width"]))),  # beside the text of a story in a digest
    "crop": lambda request, data: _coded(crop(data, request["box"])),
    "measure": _measure,
}


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
