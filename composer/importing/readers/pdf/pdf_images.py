"""Converts a picture of a PDF into an image file: JPEG unchanged, raw pixels as PNG with their transparency."""

import io
from typing import Any

from pdfminer.pdftypes import PDFStream, resolve1
from PIL import Image

from composer.images.picture_encoder import MOST_POINTS

GREY, COLOUR, PRINT = ("DeviceGray", "CalGray", "G"), ("DeviceRGB", "CalRGB", "RGB"), ("DeviceCMYK", "CMYK")
MODES = dict.fromkeys(GREY, "L") | dict.fromkeys(COLOUR, "RGB") | dict.fromkeys(PRINT, "CMYK")
BY_COLOURS = {1: "L", 3: "RGB", 4: "CMYK"}
TOO_LARGE = "a picture of the PDF has too many pixels: put a smaller one into images/"
UNKNOWN = "a picture of the PDF is in a format that cannot be read: save it as PNG or JPEG in images/"


def picture_of(stream: PDFStream, bits: Any, size: tuple[Any, Any]) -> tuple[bytes, str]:
    """Returns (bytes of an image file, ""), or (b"", a question that says what is wrong)."""
    width, height = (int(resolve1(side) or 0) for side in size)
    if not 0 < width * height <= MOST_POINTS:
        return b"", TOO_LARGE
    filters = [str(getattr(name, "name", name)) for name, _ in stream.get_filters()]
    try:
        if filters and filters[-1] in ("DCTDecode", "DCT", "JPXDecode"):
            return stream.get_data(), ""
        if filters and filters[-1] in ("JBIG2Decode", "CCITTFaxDecode", "CCF"):
            return b"", UNKNOWN
        image = points_of(stream, int(resolve1(bits) or 8), width, height)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OSError):
        return b"", UNKNOWN
    if image is None:
        return b"", UNKNOWN
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue(), ""


def points_of(stream: PDFStream, bits: int, width: int, height: int) -> Image.Image | None:
    """Returns the image of raw pixels; None for masks and for colour spaces that are not supported."""
    if resolve1(stream.attrs.get("ImageMask")) is True:
        return None
    space = resolve1(stream.attrs.get("ColorSpace", stream.attrs.get("CS")))
    mode, palette = mode_of(space)
    if not mode:
        return None
    data = stream.get_data()
    if bits == 1 and mode in ("L", "P"):
        bare = Image.frombytes("1", (width, height), data)
        image = bare.convert("L").point(lambda point: 1 if point else 0).convert("P") if palette else bare.convert(mode)
    elif bits == 8:
        image = Image.frombytes(mode, (width, height), data)
    else:
        return None
    if palette:
        image.putpalette(palette)
        image = image.convert("RGB")
    return with_mask(image.convert("RGB") if image.mode == "CMYK" else image, stream)


def mode_of(space: Any) -> tuple[str, bytes]:
    """Returns (Pillow mode of the pixels, palette) of a colour space; ("", b"") if it is not supported."""
    if not isinstance(space, list):
        return MODES.get(str(getattr(space, "name", space)), ""), b""
    kind = str(getattr(space[0], "name", space[0]))
    if kind == "ICCBased":
        profile = resolve1(space[1])
        return BY_COLOURS.get(int(resolve1(profile.attrs.get("N", 0))), ""), b""
    if kind in ("Indexed", "I"):
        base, table = mode_of(resolve1(space[1]))[0], resolve1(space[3])
        colours = table.get_data() if isinstance(table, PDFStream) else table
        if base == "L":
            return "P", bytes(value for value in colours for _ in range(3))
        return ("P", bytes(colours)) if base == "RGB" else ("", b"")
    return MODES.get(kind, ""), b""


def with_mask(image: Image.Image, stream: PDFStream) -> Image.Image:
    """Adds the transparency from the soft mask of the picture, if there is a usable one."""
    mask = resolve1(stream.attrs.get("SMask"))
    if not isinstance(mask, PDFStream):
        return image
    size = (int(resolve1(mask.attrs.get("Width", 0))), int(resolve1(mask.attrs.get("Height", 0))))
    if size != image.size or resolve1(mask.attrs.get("BitsPerComponent")) != 8:
        return image
    if any("DCT" in str(getattr(name, "name", name)) for name, _ in mask.get_filters()):
        return image
    whole = image.convert("RGB")
    whole.putalpha(Image.frombytes("L", size, mask.get_data()))
    return whole
