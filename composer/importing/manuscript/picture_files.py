"""Takes the pictures of a document as files for images/: checks their size before decoding them, and their format after."""

import hashlib
import re
from collections.abc import Callable
from pathlib import PurePosixPath

from composer.images.picture_encoder import DECODER, LARGEST_FILE
from composer.issue.document import MISSING_PICTURE, Figure
from composer.issue.parsing.body import slug
from composer.issue.picture_names import usable_stem
from composer.limited_process import LimitExceededError, WorkFailedError

KEPT = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
DAMAGED = "this picture is damaged and was left out: put an undamaged copy into images/"
TOO_MUCH = (
    "decoding this picture takes too much memory or time, so it was left out: open it, save it as a new PNG or JPEG, "
    "and put that into images/"
)
TOO_MANY_PIXELS = "this picture has {points} pixels; the limit is {limit}: put a smaller one into images/"
MOST_PICTURES = 300
MOST_BYTES = 100_000_000  # all pictures of a document together
MOST_BOMBS = 3  # pictures that exceed the limits of the decoder: each takes up to 15 seconds
Shelved = tuple[str | None, tuple[str, ...]]  # (file in images/, MISSING_PICTURE, or None for a speck; questions)
SPECK = 3  # pixels; a picture this small is a tracking pixel or a spacer
GENERIC = re.compile(r"(?:image|img|picture|pic|bild|photo|foto|untitled|clip)?[-_ ]*\d*", re.IGNORECASE)
OTHER_FORMATS = {
    b"\xd7\xcd\xc6\x9a": "WMF", b"\x01\x00\x00\x00": "EMF", b"<svg": "SVG", b"<?xm": "SVG", b"%PDF": "PDF",
    b"\0\0\1\0": "ICO (an icon)", b"\0\0\2\0": "CUR (a mouse pointer)", b"icns": "ICNS (an icon)",
    b"8BPS": "PSD (Photoshop)", b"%!PS": "PostScript",
}  # fmt: skip


class PictureFiles:
    """Collects pictures and gives each a name in images/; identical bytes get the same name."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.known: dict[str, Shelved] = {}  # SHA-256 of the bytes, or their location -> the result
        self.size = 0
        self.bombs = 0

    def figure(self, data: bytes, hint: str = "", alt: str = "") -> tuple[Figure | None, list[str]]:
        """Returns a figure for the bytes, and questions; None for a speck. `hint`: the original file name."""
        return self.figure_at(hashlib.sha256(data).hexdigest(), lambda: data, hint, alt)

    def figure_at(self, key: str, read: Callable[[], bytes], hint: str = "", alt: str = "") -> tuple[Figure | None, list[str]]:
        """As `figure`, but reads the bytes only once for each `key`: a document may show one picture a thousand times."""
        if key not in self.known:
            self.known[key] = self.take_in(read(), hint)
        name, questions = self.known[key]
        return (None if name is None else Figure(name, alt)), list(questions)

    def take_in(self, data: bytes, hint: str) -> Shelved:
        digest = hashlib.sha256(data).hexdigest()
        if digest in self.known:
            return self.known[digest]
        # Rejected pictures count as well, because rejecting one may take seconds.
        if len(self.known) >= MOST_PICTURES or self.size + len(data) > MOST_BYTES:
            return MISSING_PICTURE, ("the document has more pictures than an issue can hold; this one was left out",)
        if self.bombs >= MOST_BOMBS:
            return MISSING_PICTURE, ("this picture was not read, because others before it took too much memory or time",)
        made = self.known[digest] = self.decode(data, hint)
        return made

    def decode(self, data: bytes, hint: str) -> Shelved:
        read = read_picture(data)
        if isinstance(read, str):
            self.bombs += read == TOO_MUCH
            return MISSING_PICTURE, (read,)
        kind, kept, (width, height) = read
        if width <= SPECK or height <= SPECK:
            return None, ()
        name = self.new_name(hint, KEPT[kind])
        self.pictures[name] = kept
        self.size += len(kept)
        return f"images/{name}", ()

    def new_name(self, hint: str, ending: str) -> str:
        """Makes a name from the original file name, or `picture-N` if that is generic (`image1.png`)."""
        stem = PurePosixPath(hint.replace("\\", "/")).stem[:80]
        made = "" if GENERIC.fullmatch(stem) else usable_stem(slug(stem))
        number = len(self.pictures) + 1
        name = f"{made}.{ending}" if made else f"picture-{number}.{ending}"
        while name in self.pictures:
            number += 1
            name = f"{made or 'picture'}-{number}.{ending}"
        return name


def read_picture(data: bytes) -> tuple[str, bytes, tuple[int, int]] | str:
    """Returns (format, bytes, size) of a picture that mail clients can show, or the question that says what is wrong."""
    if len(data) > LARGEST_FILE:
        return f"this picture has {len(data):,} bytes; the limit is {LARGEST_FILE:,}: put a smaller one into images/"
    try:
        answer, kept = DECODER.call({"task": "keep"}, data)
    except LimitExceededError:
        return TOO_MUCH
    except WorkFailedError:
        return DAMAGED
    match answer.get("refused"):
        case None:
            return answer["kind"], kept, (answer["width"], answer["height"])
        case "image-pixels":
            return TOO_MANY_PIXELS.format(**answer["params"])
        case "image-frames":
            return "this animation has too many frames, or its frames are too large: shorten it, or put one frame into images/"
        case "image-broken":
            return DAMAGED
    begin = data.lstrip()[:4].lower()
    kind = next((name for first, name in OTHER_FORMATS.items() if begin == first.lower()), "another format")
    return f"this picture is in {kind}, which mail clients do not show: save it as PNG or JPEG in images/"
