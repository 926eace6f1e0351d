"""A small PDF writer for tests: text in columns over pages, with headers and footers, broken words, pictures and links.

It records every line that it draws, so that a test knows the words of the file without reading it.
"""

import io
import random
from dataclasses import dataclass, field

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

CHINESE = "STSong-Light"
FONTS = {
    "serif": ("Times-Roman", "Times-Bold", "Times-Italic"),
    "sans": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
}
VOWELS = "aeiouy"


@dataclass
class Shape:
    """The layout of the pages. `by_rows`: lines are drawn across the columns, as some programs do; `by_words`: without spaces."""

    width: float = 595.0
    height: float = 842.0
    margin: float = 56.0
    columns: int = 2
    gutter: float = 22.0
    size: float = 10.0
    leading: float = 1.25
    face: str = "serif"
    spacing: float = 6.0
    indent: float = 0.0
    hyphens: float = 0.3
    justified: bool = False
    by_rows: bool = False
    by_words: bool = False
    head: str = ""
    foot: str = ""


@dataclass
class PdfFile:
    shape: Shape
    chance: random.Random
    drawn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if CHINESE not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
        self.out = io.BytesIO()
        self.canvas = Canvas(self.out, pagesize=(self.shape.width, self.shape.height), invariant=1)
        self.column, self.page = 0, 1
        self.waiting: list[tuple[float, int, float, list[tuple[str, str, float]], float]] = []
        self.y = self.top
        self.fresh = True
        self.begin_page()

    @property
    def top(self) -> float:
        return self.shape.height - self.shape.margin

    @property
    def column_width(self) -> float:
        shape = self.shape
        return (shape.width - 2 * shape.margin - (shape.columns - 1) * shape.gutter) / shape.columns

    def left(self) -> float:
        return self.shape.margin + self.column * (self.column_width + self.shape.gutter)

    # -- pages -----------------------------------------------------------------------------------------------------

    def begin_page(self) -> None:
        shape = self.shape
        self.canvas.setFont(FONTS[shape.face][0], 8)
        for text, y in ((shape.head, shape.height - 26), (f"{shape.foot} {self.page}".strip(), 24)):
            if text:
                self.canvas.drawString(shape.margin, y, text)
                self.drawn.append(text)

    def room(self, height: float) -> None:
        """Moves to the next column or page if the height does not fit."""
        if self.y - height >= self.shape.margin:
            return
        self.column += 1
        if self.column >= self.shape.columns:
            self.show_rows()
            self.canvas.showPage()
            self.page += 1
            self.column = 0
            self.begin_page()
        self.y = self.top
        self.fresh = True

    def show_rows(self) -> None:
        for _, _, x, pieces, y in sorted(self.waiting, key=lambda row: (-round(row[0]), row[1])):
            self.draw_line(x, y, pieces)
        self.waiting = []

    def save(self) -> bytes:
        self.show_rows()
        self.canvas.save()
        return self.out.getvalue()

    # -- text ------------------------------------------------------------------------------------------------------

    def put(
        self, text: str, size: float = 0.0, *, bold: bool = False, italic: bool = False, before: float = 0.0, inset: float = 0.0,
        first: float = 0.0, href: str = "", whole: bool = False,
    ) -> None:  # fmt: skip
        """Draws a paragraph. `inset`: indent of all lines; `first`: additional indent of the first; `whole`: no broken words."""
        size = size or self.shape.size
        fonts = FONTS[self.shape.face]
        font = fonts[1] if bold else fonts[2] if italic else fonts[0]
        lines = self.wrap(text.split(" "), font, size, inset, first, whole=whole)
        if not self.fresh:
            self.y -= before
        for number, line in enumerate(lines):
            self.room(size * self.shape.leading)
            self.y -= size * self.shape.leading
            x = self.left() + inset + (first if number == 0 else 0)
            last = number == len(lines) - 1
            self.line(x, line, font, size, self.column_width - (x - self.left()), stretch=self.shape.justified and not last)
            self.fresh = False
            if href:
                self.canvas.linkURL(href, (x, self.y - 2, x + self.measure(line, font, size), self.y + size))
        self.y -= self.shape.spacing

    def wrap(self, words: list[str], font: str, size: float, inset: float, first: float, *, whole: bool) -> list[str]:
        lines: list[str] = []
        line = ""
        pending = list(reversed(words))
        while pending:
            word = pending.pop()
            room = self.column_width - inset - (first if not lines else 0)
            longer = f"{line} {word}" if line else word
            if self.measure(longer, font, size) <= room or not line:
                line = longer
                continue
            cut = self.cut(word) if not whole and self.chance.random() < self.shape.hyphens else 0
            if cut and self.measure(f"{line} {word[:cut]}-", font, size) <= room:
                lines.append(f"{line} {word[:cut]}-")
                line = ""
                pending.append(word[cut:])
            else:
                lines.append(line)
                line = word
        return [*lines, line]

    def cut(self, word: str) -> int:
        """Returns where a word may be broken: before a consonant after a vowel."""
        if not (word.isalpha() and word.islower() and len(word) > 7):
            return 0
        places = [at for at in range(3, len(word) - 3) if word[at - 1] in VOWELS and word[at] not in VOWELS]
        return self.chance.choice(places) if places else 0

    def line(self, x: float, text: str, font: str, size: float, room: float, *, stretch: bool) -> None:
        self.drawn.append(text)
        blanks = text.count(" ")
        more = (room - self.measure(text, font, size)) / blanks if stretch and blanks else 0.0
        pieces: list[tuple[str, str, float]] = []
        for number, word in enumerate(text.split(" ")):
            for chunk, face in by_script(word, font):
                pieces.append((chunk, face, size))
            if number < blanks:
                pieces.append((" ", font, more + (10_000 if self.shape.by_words else 0)))
        if self.shape.by_rows:
            self.waiting.append((self.y, self.column, x, pieces, self.y))
        else:
            self.draw_line(x, self.y, pieces)

    def draw_line(self, x: float, y: float, pieces: list[tuple[str, str, float]]) -> None:
        size = next(number for text, _, number in pieces if text != " ")
        for text, font, number in pieces:
            if text == " ":
                if number < 5_000:
                    self.canvas.setFont(font, size)
                    self.canvas.drawString(x, y, " ")
                x += pdfmetrics.stringWidth(" ", font, size) + (number if number < 5_000 else number - 10_000)
                continue
            self.canvas.setFont(font, size)
            self.canvas.drawString(x, y, text)
            x += pdfmetrics.stringWidth(text, font, size)

    def measure(self, text: str, font: str, size: float) -> float:
        return sum(pdfmetrics.stringWidth(chunk, face, size) for chunk, face in by_script(text, font))

    def picture(self, data: bytes) -> None:
        reader = ImageReader(io.BytesIO(data))
        width, height = reader.getSize()
        shown = min(self.column_width, 260.0)
        tall = shown * height / width
        self.room(tall + 40)
        self.y -= tall + 4
        self.canvas.drawImage(reader, self.left(), self.y, shown, tall)
        self.y -= 4
        self.fresh = False


def by_script(text: str, font: str) -> list[tuple[str, str]]:
    """Splits the text into pieces of one font: Chinese characters have another one."""
    pieces: list[tuple[str, str]] = []
    for sign in text:
        face = CHINESE if "\u2e80" <= sign <= "\uffef" else font
        if pieces and pieces[-1][1] == face:
            pieces[-1] = (pieces[-1][0] + sign, face)
        else:
            pieces.append((sign, face))
    return pieces
