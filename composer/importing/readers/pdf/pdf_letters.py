"""Reads letters, pictures and links with their positions from the pages of a PDF, with the PDF parser (pdfminer).

Runs in a separate process (`pdf_process`), because a malicious file can make the parser use unlimited time and memory.
"""

import io
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.layout import LTChar, LTContainer, LTCurve, LTImage, LTLine, LTPage
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFObjRef, PDFStream, resolve1
from pdfminer.psexceptions import PSException
from pdfminer.psparser import PSLiteral
from pdfminer.utils import decode_text
from PIL import Image

from composer.images.picture_encoder import MOST_POINTS
from composer.importing.readers.pdf.letter_repairs import DrawnPage, DrawnPicture, Letter, with_raised_in_place, without_doubles

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


Rectangle = tuple[float, float, float, float]  # x0, y0, x1, y1
AT_AN_ANGLE = -1


@dataclass(frozen=True, slots=True)
class PageTurn:
    """How a page is turned. `degrees`: the direction in which most of its text runs, counterclockwise from left to right;
    `width`, `height`: the page before it is turned."""

    degrees: int
    width: float
    height: float

    @property
    def size(self) -> tuple[float, float]:
        return (self.height, self.width) if self.degrees in (90, 270) else (self.width, self.height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        match self.degrees:
            case 90:
                return y, self.width - x
            case 180:
                return self.width - x, self.height - y
            case 270:
                return self.height - y, x
            case _:
                return x, y

    def box(self, corners: Sequence[float]) -> Rectangle:
        (x0, y0), (x1, y1) = self.point(corners[0], corners[1]), self.point(corners[2], corners[3])
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def direction_of(matrix: Sequence[float], *, vertical: bool) -> int:
    """Returns the direction in degrees in which a letter with this matrix is followed by the next one, or AT_AN_ANGLE, also if it
    is mirrored. `vertical`: its font is written from top to bottom."""
    a, b, c, d = matrix[:4]
    if a * d - b * c < 0:
        return AT_AN_ANGLE
    if abs(b) < 0.2 * max(abs(a), 0.001):
        direction = 0 if a > 0 else 180
    elif abs(a) < 0.2 * abs(b):
        direction = 90 if b > 0 else 270
    else:
        return AT_AN_ANGLE
    return (direction + 270) % 360 if vertical else direction


def turn_for(directions: Iterable[int], width: float, height: float) -> PageTurn:
    """Returns the turn after which most of the letters run from left to right."""
    counts = Counter(directions)
    degrees, count = counts.most_common(1)[0] if counts else (0, 0)
    return PageTurn(degrees if degrees != AT_AN_ANGLE and 2 * count > counts.total() else 0, width, height)


MOST_PAGES = 120
MOST_LETTERS = 300_000
MOST_PICTURES = 200
MOST_PICTURE_BYTES = 60_000_000
MOST_REMARKS, LONGEST_REMARK = 500, 2_000  # annotations of a page, and characters of one, that the report lists
WORDLESS = frozenset([
    "Link", "Popup", "Highlight", "Underline", "Squiggly", "StrikeOut", "Ink", "Line", "Square", "Circle", "Polygon", "PolyLine",
    "Caret", "Sound", "Movie", "Screen", "PrinterMark", "TrapNet", "3D",
])  # fmt: skip

# Tabs and line ends are readable: some fonts map their spaces to them.
UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(0x10000 * n + 0xFFFE) + chr(0x10000 * n + 0xFFFF) for n in range(17))
    + "]"
)

# The parser does not check types, and a damaged file has wrong ones.
WRONG_TYPES = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, ZeroDivisionError, AssertionError, OSError,
)  # fmt: skip

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it logs every fault of a file; the report informs the editor


class UnreadablePdfError(Exception):
    """`code` is one of the keys of `composer.importing.readers.pdf.pdf_reader.REFUSALS`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Collector(PDFLayoutAnalyzer):
    """Receives what the interpreter draws on one page, and limits the number of letters."""

    page: LTPage
    letters = strings = 0
    vertical: set[int]  # ids of the letters whose font is written from top to bottom

    def receive_layout(self, ltpage: LTPage) -> None:
        self.page = ltpage

    def render_char(self, *parts: Any, **named: Any) -> float:
        self.letters += 1
        if self.letters > MOST_LETTERS:
            raise UnreadablePdfError("letters", limit=MOST_LETTERS)
        width = super().render_char(*parts, **named)
        if parts[1].is_vertical():
            self.vertical.add(id(self.cur_item._objs[-1]))
        return width

    def render_string(self, textstate: Any, seq: Any, *rest: Any) -> None:
        self.strings += any(isinstance(piece, bytes) and piece for piece in seq)
        super().render_string(textstate, seq, *rest)


def read_pages(data: bytes, turned: Callable[[int], None] = lambda letters: None) -> list[DrawnPage]:
    """Returns the pages of a PDF; `turned` is called after each page with its number of letters. Raises UnreadablePdfError."""
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        pages = list(draw_pages(document, turned))
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise UnreadablePdfError("encrypted") from error
    except (PDFException, PSException) as error:
        raise UnreadablePdfError("damaged", problem=str(error) or type(error).__name__) from error
    except RecursionError as error:
        raise UnreadablePdfError("bomb") from error
    except WRONG_TYPES as error:
        raise UnreadablePdfError("damaged", problem=type(error).__name__) from error
    if b"/Encrypt" in data and not any(letter.text.isalnum() for page in pages for letter in page.letters):
        raise UnreadablePdfError("encrypted")  # the parser found no key and read nothing
    return pages


def draw_pages(document: PDFDocument, turned: Callable[[int], None]) -> Iterator[DrawnPage]:
    resources = PDFResourceManager()
    collector = Collector(resources)
    interpreter = PDFPageInterpreter(resources, collector)
    pictures = size = 0
    for number, page in enumerate(PDFPage.create_pages(document), start=1):
        if number > MOST_PAGES:
            raise UnreadablePdfError("pages", limit=MOST_PAGES)
        collector.strings, collector.vertical = 0, set()
        interpreter.process_page(page)
        items = list(items_of(collector.page))
        letters = {
            item: direction_of(item.matrix, vertical=id(item) in collector.vertical) for item in items if isinstance(item, LTChar)
        }
        directions = [degrees for letter, degrees in letters.items() if not letter.get_text().isspace()]
        turn = turn_for(directions, collector.page.width, collector.page.height)
        made = DrawnPage(*turn.size, turned=turn.degrees, strings=collector.strings)
        for item in items:
            if isinstance(item, LTChar):
                made.letters.append(letter_of(item, letters[item], turn))
            elif isinstance(item, LTImage) and pictures < MOST_PICTURES and size < MOST_PICTURE_BYTES:
                ink = ink_of(item, number, turn)
                made.pictures.append(ink)
                pictures, size = pictures + 1, size + len(ink.data)
            elif isinstance(item, LTCurve):
                made.shapes += not isinstance(item, LTLine)
        annotations = annotations_of(page)
        lay_links(made, links_of(annotations, turn))
        made.letters, made.doubles = without_doubles(with_raised_in_place(made.letters))
        made.remarks = remarks_of(annotations)
        if number == 1 and isinstance(form := resolve1(document.catalog.get("AcroForm")), dict) and "XFA" in form:
            made.remarks.append(("XFA", ""))  # a dynamic form; many programs show only a page that says they cannot open it
        turned(len(made.letters))
        yield made


def items_of(container: Any) -> Iterator[Any]:
    """Yields all items of a page, including those nested in figures."""
    stack = [iter(container)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif isinstance(item, LTContainer):
            stack.append(iter(item))
        else:
            yield item


def letter_of(char: LTChar, degrees: int, turn: PageTurn) -> Letter:
    name = char.fontname.rsplit("+", 1)[-1].casefold()
    a, b, c, d, x, y = char.matrix
    text = char.get_text()
    x0, y0, x1, y1 = turn.box(char.bbox)
    return Letter(
        text if is_readable(text) else "\ufffd",
        float(x0),
        float(x1),
        float(turn.point(x, y)[1]),
        float(y1 - y0 if degrees == turn.degrees else char.size),
        any(word in name for word in ("bold", "black", "heavy", "semibold", "demi")),
        any(word in name for word in ("italic", "oblique")),
        degrees == turn.degrees,
        mirrored=not text.isspace() and (a * d - b * c < 0 or (degrees == 180 and turn.degrees != 180)),
    )


def is_readable(text: str) -> bool:
    """Whether the font says which letter it draws. If it does not, the parser writes "(cid:" or nothing. Characters that an issue
    may not contain (control characters, noncharacters, surrogates) are not letters either."""
    return bool(text) and not text.startswith("(cid:") and not UNREADABLE.search(text)


def ink_of(image: LTImage, page: int, turn: PageTurn) -> DrawnPicture:
    data, fault = picture_of(image.stream, image.bits, image.srcsize)
    x0, y0, x1, y1 = map(float, turn.box(image.bbox))
    return DrawnPicture(x0, x1, y0, y1, page, data=data, fault=fault)


def annotations_of(page: PDFPage) -> list[dict[str, Any]]:
    listed = resolve1(page.annots) if page.annots else []
    resolved = [
        resolve1(entry) if isinstance(entry, PDFObjRef) else entry for entry in (listed if isinstance(listed, list) else [])
    ]
    return [annotation for annotation in resolved if isinstance(annotation, dict)]


def remarks_of(annotations: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Returns (kind, text) of annotations that may contain words: comments, text fields, stamps; not links or highlighting."""
    remarks: list[tuple[str, str]] = []
    for annotation in annotations:
        subtype = resolve1(annotation.get("Subtype"))
        kind = subtype.name if isinstance(subtype, PSLiteral) else ""
        values = (resolve1(annotation.get(key)) for key in ("Contents", "V"))
        text = " ".join(decode_text(value) for value in values if isinstance(value, bytes)).strip()
        if text or kind not in WORDLESS:
            remarks.append((str(kind), text[:LONGEST_REMARK]))
    return remarks[:MOST_REMARKS]


def links_of(annotations: list[dict[str, Any]], turn: PageTurn) -> list[tuple[Rectangle, str]]:
    links: list[tuple[Rectangle, str]] = []
    for annotation in annotations:
        action, rectangle = resolve1(annotation.get("A")), resolve1(annotation.get("Rect"))
        target = resolve1(action.get("URI")) if isinstance(action, dict) else None
        if isinstance(target, bytes) and isinstance(rectangle, list) and len(rectangle) == 4:
            corners = [float(resolve1(corner)) for corner in rectangle]
            links.append((turn.box(corners), target.decode("utf-8", "replace")[:2000]))
        if len(links) >= 500:
            break
    return links


def lay_links(page: DrawnPage, links: list[tuple[Rectangle, str]]) -> None:
    """Sets the address of each link on the letters inside its rectangle; one without letters is `unplaced`."""
    for (x0, y0, x1, y1), href in links:
        is_placed = False
        for letter in page.letters:
            if x0 - 1 <= (letter.x0 + letter.x1) / 2 <= x1 + 1 and y0 - 1 <= letter.y + letter.size * 0.25 <= y1 + 1:
                letter.href = href
                is_placed = is_placed or not letter.text.isspace()
        if not is_placed:
            page.unplaced.append(href)
