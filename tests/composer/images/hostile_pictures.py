"""Pictures with wrong headers or hidden content; each is made only when a test needs it."""

import io
import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.composer.making import picture_bytes


def png(width: int, height: int, data: bytes = b"\0" * 99, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG with this size in its header, and `data`."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    extra = b"".join(chunk(kind, body) for kind, body in more)
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def gif(width: int, height: int, frames: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    control = b"\x21\xf9\x04\0\x01\0\0\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + (control + frame) * frames + b"\x3b"


def webp(width: int, height: int) -> bytes:
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    extended = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(extended) + 4) + b"WEBP" + extended


def jpeg_of(width: int, height: int) -> bytes:
    data = bytearray(picture_bytes(64, 64))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff(width: int, height: int) -> bytes:
    entries = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 1)]
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + body + b"\0\0\0\0"


def icon(picture: bytes, bits: int = 32, kind: int = 1) -> bytes:
    """An ICO or CUR file with a small size in its header, and a picture that may be larger."""
    return struct.pack("<HHH", 0, kind, 1) + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, bits, len(picture), 22) + picture


def dib(width: int, height: int, bits: int = 32) -> bytes:
    """A bitmap without a file header, as in icons; its rows are missing."""
    return struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, bits, 0, 0, 0, 0, 0, 0) + b"\0" * 400


def rle_bitmap(width: int, height: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 0, 0) + b"\0" * 1024
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(header)) + header + b"\xff\0" * 200 + b"\0\1"


def deflated_tiff(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height)).save(out, "TIFF", compression="tiff_adobe_deflate")
    return out.getvalue()


def tiff_in_a_circle() -> bytes:
    """A TIFF whose first directory names itself as the next one, so the list of pictures never ends."""
    data = tiff(10, 10)
    return data[:-4] + struct.pack("<I", 8)


def claiming(kind: str, width: int, height: int) -> bytes:
    """A small valid picture whose header is changed to another size."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, kind)
    return out.getvalue().replace(struct.pack(">II", 64, 48), struct.pack(">II", width, height))


def apng(frames: int) -> bytes:
    return png(4000, 4000, b"\0" * 99, (b"acTL", struct.pack(">II", frames, 0)))


def real_bomb(kind: str = "PNG", side: int = 7000) -> bytes:
    """A valid picture of one colour: 49 million pixels in 50 KB."""
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, kind)
    return out.getvalue()


def largest_allowed(mode: str, kind: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (5000, 5000)).save(out, kind)
    return out.getvalue()


def with_profile(profile: bytes) -> bytes:
    return picture_bytes(300, 200, icc_profile=profile)


def with_exif(data: bytes) -> bytes:
    return picture_bytes(300, 200, exif=b"Exif\0\0" + data)


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


def flipped(seed: int) -> bytes:
    """A picture with some bytes changed."""
    chance = random.Random(seed)
    data = bytearray(picture_bytes(200, 100, kind=("JPEG", "PNG", "GIF", "WEBP")[seed % 4]))
    for _ in range(1 + seed % 20):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


PICTURES: dict[str, Callable[[], bytes]] = {
    "a PNG of 60,000 x 60,000": lambda: png(60_000, 60_000),
    "a PNG of 2^31 - 1": lambda: png(2**31 - 1, 2**31 - 1),
    "a PNG of no size": lambda: png(0, 0),
    "a PNG that is one line high": lambda: png(20_000_000, 1),
    "a JPEG of 65,500 x 65,500": lambda: jpeg_of(65_500, 65_500),
    "a GIF of 65,535 x 65,535": lambda: gif(65_535, 65_535, 1),
    "a WebP of 16,384 x 16,384": lambda: webp(16_384, 16_384),
    "a TIFF of 100,000 x 100,000": lambda: tiff(100_000, 100_000),
    "a true bomb": real_bomb,
    "an icon with a true bomb in it": lambda: icon(real_bomb(side=13_000)),
    "an icon with a PNG of 60,000 x 60,000": lambda: icon(png(60_000, 60_000)),
    "an icon with a bitmap of 40,000 x 40,000": lambda: icon(dib(40_000, 40_000)),
    "an icon with a bitmap of one bit": lambda: icon(dib(60_000, 60_000, 1), 1),
    "a mouse pointer with a true bomb in it": lambda: icon(real_bomb(side=13_000), kind=2),
    "an ICNS icon": lambda: b"icns" + struct.pack(">I", 60_000) + b"ic10" + struct.pack(">I", 50_000) + real_bomb(),
    "a bitmap of runs": lambda: rle_bitmap(4990, 4990),
    "a bitmap of runs of 60,000 x 60,000": lambda: rle_bitmap(60_000, 60_000),
    "a deflated TIFF": lambda: deflated_tiff(9_000, 9_000),
    "a TIFF in a circle": tiff_in_a_circle,
    "an AVIF of 30,000 x 30,000": lambda: claiming("AVIF", 30_000, 30_000),
    "an AVIF that claims the largest size": lambda: claiming("AVIF", 5000, 5000),
    "a JPEG 2000 of 60,000 x 60,000": lambda: claiming("JPEG2000", 60_000, 60_000),
    "a JPEG 2000 that claims the largest size": lambda: claiming("JPEG2000", 4999, 4999),
    "a WebP just above the limit": lambda: webp(5001, 5000),
    "a PNG of a million frames": lambda: apng(1_000_000),
    "plain text as a picture": lambda: b"P3 5000 5000 255 " + b"9 " * 500_000,
    "a bitmap without a header": lambda: b"\0\0\2\0" + b"\0" * 8 + struct.pack("<HHBB", 60_000, 60_000, 24, 0),
    "a Photoshop file": lambda: b"8BPS\0\1" + b"\0" * 6 + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3) + b"\0" * 99,
    "the largest PNG": lambda: largest_allowed("RGBA", "PNG"),
    "the largest JPEG": lambda: largest_allowed("RGB", "JPEG"),
    "a GIF of 10,000 frames": lambda: gif(100, 100, 10_000),
    "a GIF of 200 large frames": lambda: gif(2000, 1500, 200),
    "a GIF of 150 frames": lambda: gif(600, 300, 150),
    "text that unpacks to 1 GB": lambda: png(100, 100, b"\0" * 99, (b"zTXt", b"a\0\0" + zlib.compress(b"a" * 100_000_000))),
    "a profile that unpacks to 1 GB": lambda: png(100, 100, b"\0" * 99, (b"iCCP", b"a\0\0" + zlib.compress(b"a" * 100_000_000))),
    "a thousand texts": lambda: png(9, 9, b"\0" * 999, *[(b"tEXt", b"a\0" + b"b" * 10_000)] * 1000),
    "cut off": lambda: picture_bytes(600, 300)[:900],
    "an empty file": lambda: b"",
    "noise": lambda: noise(100_000),
    "noise with the head of a JPEG": lambda: b"\xff\xd8\xff\xe0" + noise(100_000),
    "noise with the head of a PNG": lambda: b"\x89PNG\r\n\x1a\n" + noise(100_000),
    "noise with the head of a GIF": lambda: b"GIF89a" + noise(100_000),
    "a page that is also a GIF": lambda: gif(10, 10, 1) + b"<script>alert(1)</script>",
    "a GIF that is also a script": lambda: b"GIF89a/*" + b"\0" * 9 + b"*/=1;alert(1)",
    "a JPEG with an archive behind it": lambda: picture_bytes(200, 100) + b"PK\x03\x04" + noise(1000),
    "an SVG": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a PostScript file": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/etc/passwd) run",
    "a PDF": lambda: b"%PDF-1.4\n",
    "a web page": lambda: b"<!DOCTYPE html><img src=x onerror=alert(1)>",
    "a broken profile": lambda: with_profile(noise(500)),
    "a profile of nothing": lambda: with_profile(b"\0" * 128),
    "a profile with a huge count": lambda: with_profile(b"\0" * 128 + b"\xff\xff\xff\xff" + noise(100)),
    "broken metadata": lambda: with_exif(noise(500)),
    "metadata that points to itself": lambda: with_exif(b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + b"\x08\0\0\0"),
    "an orientation that there is not": lambda: with_exif(b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x0112, 3, 1, 999) + b"\0\0\0\0"),
    **{f"bytes changed {seed}": (lambda seed=seed: flipped(seed)) for seed in range(24)},  # type: ignore[misc]
}  # fmt: skip
