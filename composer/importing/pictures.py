"""The pictures of a document, as files of the issue: measured before they are opened, converted where no mail shows them."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from composer.body import slug
from composer.document import MISSING_PICTURE, Figure
from composer.images import LARGEST_FILE, MOST_FRAMES, MOST_POINTS

KEPT = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
CONVERTED = ("BMP", "TIFF", "JPEG2000", "PPM", "ICO", "TGA")
MOST_PICTURES = 300
MOST_BYTES = 100_000_000  # all pictures of a document together
SPECK = 3  # points; a picture as small counts readers or holds a layout apart
GENERIC = re.compile(r"(?:image|img|picture|pic|bild|photo|foto|untitled|clip)?[-_ ]*\d*", re.IGNORECASE)
DRAWINGS = {b"\xd7\xcd\xc6\x9a": "WMF", b"\x01\x00\x00\x00": "EMF", b"<svg": "SVG", b"<?xm": "SVG", b"%PDF": "PDF"}


class Shelf:
    """Takes pictures in and gives each a name in images/; the same bytes have one name."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.names: dict[str, str] = {}
        self.size = 0

    def figure(self, data: bytes, hint: str = "", alt: str = "") -> tuple[Figure | None, list[str]]:
        """A figure for the bytes, and remarks; None for a speck. `hint`: a file name that may tell what it shows."""
        digest = hashlib.sha256(data).hexdigest()
        if digest in self.names:
            return Figure(f"images/{self.names[digest]}", alt), []
        if len(self.pictures) >= MOST_PICTURES or self.size + len(data) > MOST_BYTES:
            return Figure(MISSING_PICTURE, alt), ["the document has more pictures than an issue can hold; this one was left out"]
        read = read_picture(data)
        if isinstance(read, str):
            return Figure(MISSING_PICTURE, alt), [read]
        kind, kept, (width, height) = read
        if width <= SPECK or height <= SPECK:
            return None, []
        name = self.new_name(hint, KEPT[kind])
        self.names[digest] = name
        self.pictures[name] = kept
        self.size += len(kept)
        return Figure(f"images/{name}", alt), []

    def new_name(self, hint: str, ending: str) -> str:
        """From the file's name when it tells something, else with a number."""
        stem = PurePosixPath(hint.replace("\\", "/")).stem[:80]
        made = "" if GENERIC.fullmatch(stem) else slug(stem)
        number = len(self.pictures) + 1
        name = f"{made}.{ending}" if made else f"picture-{number}.{ending}"
        while name in self.pictures:
            number += 1
            name = f"{made or 'picture'}-{number}.{ending}"
        return name


def read_picture(data: bytes) -> tuple[str, bytes, tuple[int, int]] | str:
    """(format, bytes, size) of a picture that a mail can show, or what is wrong with it, in words for the editor."""
    if len(data) > LARGEST_FILE:
        return f"this picture has {len(data):,} bytes; {LARGEST_FILE:,} are the most: put a smaller one into images/"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; ours are refused below
            with Image.open(io.BytesIO(data), formats=(*KEPT, *CONVERTED)) as image:
                return kept_or_converted(image, data)
    except UnidentifiedImageError:
        kind = next((name for begin, name in DRAWINGS.items() if data.lstrip()[:4].lower() == begin.lower()), "another format")
        return f"this picture is in {kind}, which no mail shows: save it as PNG or JPEG in images/"
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, Image.DecompressionBombError, MemoryError):
        return "this picture is damaged and was left out: put a whole one into images/"


def kept_or_converted(image: Image.Image, data: bytes) -> tuple[str, bytes, tuple[int, int]] | str:
    """The bytes as they are for what the issue format takes; a PNG or JPEG of what it does not."""
    width, height = image.size
    frames = int(getattr(image, "n_frames", 1))
    if width * height > MOST_POINTS or frames > MOST_FRAMES or frames * width * height > 4 * MOST_POINTS:
        return f"this picture has {width} × {height} points; {MOST_POINTS:,} are the most: put a smaller one into images/"
    kind = image.format or ""
    if kind in KEPT:
        image.load()
        return kind, data, image.size
    converted = image.convert("RGBA" if "A" in image.getbands() else "RGB")
    return encoded(converted)


def encoded(image: Image.Image) -> tuple[str, bytes, tuple[int, int]]:
    """A bitmap as PNG, or as JPEG where that is much smaller."""
    png, jpeg = io.BytesIO(), io.BytesIO()
    image.save(png, "PNG")
    if image.mode in ("RGB", "L"):
        image.save(jpeg, "JPEG", quality=90)
        if jpeg.tell() * 2 < png.tell():
            return "JPEG", jpeg.getvalue(), image.size
    return "PNG", png.getvalue(), image.size
