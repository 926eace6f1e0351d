"""Documents of every format with known words, links, number and date, some with a fault that a reader cannot repair.

What a document says is known without reading it, so a test can check every statement of the import's report.
"""

import html
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from composer.importing.files.file_kinds import FileKind
from composer.issue.document import Inline, Link, Text
from tests.samples.mutated import zipped
from tests.samples.pdf_file import CHINESE
from tests.samples.word_file import WordFile

FORMATS = tuple(kind.endings[0].removeprefix(".") for kind in FileKind)
SYLLABLES = ("ba", "den", "fo", "gul", "har", "kem", "lo", "mir", "nus", "pel", "rok", "sa", "tov", "vin", "wex", "zor")
ARABIC = "هذا نص من اليمين إلى اليسار في المدينة الكبيرة"
CYRILLIC = "Институт сообщает, что новый корабль вышел в море вместе с командой."
Run = tuple[str, str]  # text, address or ""

# What the line with the date says -> (what it names, whether it names a day). Years of the text are never the date.
DATES: tuple[tuple[str, date | None, bool], ...] = (
    ("15 March 2024", date(2024, 3, 15), True),
    ("Friday, March 15th, 2024", date(2024, 3, 15), True),
    ("Diciembre 6, 2025", date(2025, 12, 6), True),
    ("2024年6月18日", date(2024, 6, 18), True),
    ("2024.10.26", date(2024, 10, 26), True),
    ("12 mars 2024", date(2024, 3, 12), True),
    ("June 2024", date(2024, 6, 1), False),
    ("", None, False),
    ("", None, False),
)
NUMBERS = (("No. 31", "31"), ("Vol. 2, No. 7", "7"), ("第12期", "第12期"), ("", ""), ("", ""))


@dataclass(slots=True)
class KnownArticle:
    title: str
    paragraphs: list[list[Run]]
    linked: str = ""  # the address of a link on the title
    source: str = ""


@dataclass(slots=True)
class KnownDocument:
    """A document and what it says. `fault`: what keeps the import from promising every word; empty if nothing does."""

    ending: str
    title: str = ""
    dating: str = ""
    day: date | None = None
    names_day: bool = False
    numbering: str = ""
    number: str = ""
    section: str = ""
    articles: list[KnownArticle] = field(default_factory=list)
    fault: str = ""
    data: bytes = b""

    @property
    def links(self) -> list[Run]:
        titles = [(article.title, article.linked) for article in self.articles if article.linked]
        runs = [run for article in self.articles for paragraph in article.paragraphs for run in paragraph if run[1]]
        return [*titles, *runs] if self.ending != "txt" else []

    @property
    def texts(self) -> list[str]:
        """Every text of the document, without number and date."""
        body = [
            text
            for article in self.articles
            for text in (article.title, *("".join(text for text, _ in runs) for runs in article.paragraphs), article.source)
        ]
        return [text for text in (self.title, self.section, *body) if text]


def make_document(ending: str, seed: int) -> KnownDocument:
    """Makes a document of a format; the same seed makes the same bytes."""
    chance = random.Random(f"{ending}-{seed}")
    made = KnownDocument(ending)
    kinds = sorted(FAULTS[ending])
    made.fault = kinds[seed // 2 % len(kinds)] if seed % 2 else ""
    made.title = "The Harbour Post"
    made.dating, made.day, made.names_day = DATES[(seed + FORMATS.index(ending)) % len(DATES)]
    made.numbering, made.number = chance.choice(NUMBERS)
    if made.fault == "encoding":  # with one byte for each letter there is no Chinese
        made.dating, made.day, made.names_day = DATES[0]
        made.numbering, made.number = NUMBERS[0]
    made.section = "News"
    made.articles = [make_article(chance, number) for number in range(chance.randint(2, 4))]
    made.data = WRITERS[ending](made)
    if made.fault and ending != "pdf":  # a PDF is drawn with its fault
        made.data = FAULTS[ending][made.fault](made.data)
    return made


def make_article(chance: random.Random, number: int) -> KnownArticle:
    word = lambda: "".join(chance.sample(SYLLABLES, 3))  # noqa: E731
    title = f"{word().capitalize()} {word()} {word()} learns to {word()}"
    paragraphs: list[list[Run]] = []
    for at in range(2):
        address = f"https://example.org/{word()}-{word()}/{number}-{at}"
        begin = f"In {chance.randint(1901, 1999)} the {word()} of {word()} was {word()} and the {word()} came from {word()} with "
        runs: list[Run] = [(begin, ""), (f"the {word()} report", address), (f", and everybody told {word()} about it.", "")]
        paragraphs.append(runs if at else [(f"Some people of {word()} read {address} on the day.", "")])
    linked = f"https://example.org/title/{word()}" if chance.random() < 0.5 else ""
    return KnownArticle(title, paragraphs, linked, f"The {word().capitalize()} Gazette" if chance.random() < 0.5 else "")


# -- writers -----------------------------------------------------------------------------------------------------------


def head_lines(known: KnownDocument) -> list[str]:
    return [line for line in (known.numbering, known.dating) if line]


def write_word(known: KnownDocument) -> bytes:
    file = WordFile()
    file.paragraph(known.title, "title")
    for line in head_lines(known):
        file.paragraph(line)
    file.paragraph(known.section, "heading 1")
    for article in known.articles:
        file.paragraph(inlines([(article.title, article.linked)]), "heading 2")
        for runs in article.paragraphs:
            file.paragraph(inlines(runs))
        if article.source:
            file.paragraph(f"Source: {article.source}")
    return file.save()


def inlines(runs: list[Run]) -> tuple[Inline, ...]:
    return tuple(Link(href, (Text(text),)) if href else Text(text) for text, href in runs)


def write_page(known: KnownDocument) -> bytes:
    def linked(text: str, href: str) -> str:
        return f'<a href="{href}">{html.escape(text)}</a>' if href else html.escape(text)

    made = f"<h1>{known.title}</h1>" + "".join(f"<p>{line}</p>" for line in head_lines(known)) + f"<h2>{known.section}</h2>"
    for article in known.articles:
        made += f"<h3>{linked(article.title, article.linked)}</h3>"
        made += "".join(f"<p>{''.join(linked(*run) for run in runs)}</p>" for runs in article.paragraphs)
        made += f"<p>Source: {article.source}</p>" if article.source else ""
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>{made}</body></html>".encode()


def write_markdown(known: KnownDocument) -> bytes:
    def linked(text: str, href: str) -> str:
        return f"[{text}]({href})" if href else text

    made = [f"# {known.title}", *head_lines(known), f"## {known.section}"]
    for article in known.articles:
        made.append(f"### {linked(article.title, article.linked)}")
        made += ["".join(linked(*run) for run in runs) for runs in article.paragraphs]
        made += [f"Source: {article.source}"] if article.source else []
    return "\n\n".join(made).encode()


def write_text(known: KnownDocument) -> bytes:
    """As copied from a PDF: every article names its source, which is how titles are found in a text without headings."""
    made = [known.title, *head_lines(known), known.section]
    for number, article in enumerate(known.articles):
        article.linked, article.source = "", article.source or f"Gazette {number}"
        article.paragraphs = [[("".join(text for text, _ in runs), "")] for runs in article.paragraphs]
        made += [article.title, *(runs[0][0] for runs in article.paragraphs), f"(Source: {article.source})"]
    return "\n\n".join(made).encode()


@dataclass(slots=True)
class Page:
    """A page of a PDF, and where its next line is drawn."""

    canvas: Canvas
    y: float = 790.0

    def line(self, runs: list[Run], font: str = "Helvetica", size: float = 10.0, x: float = 60.0) -> None:
        if self.y < 60:
            self.canvas.showPage()
            self.y = 790.0
        for text, href in runs:
            self.canvas.setFont(font, size)
            self.canvas.drawString(x, self.y, text)
            end = x + pdfmetrics.stringWidth(text, font, size)
            if href:
                self.canvas.linkURL(href, (x + 0.5, self.y - 2, end - 0.5, self.y + size - 2))
            x = end
        self.y -= 1.3 * size

    def paragraph(self, runs: list[Run]) -> None:
        """Draws lines of at most 88 characters; an address is broken at its hyphen if it does not fit."""
        pieces = [(piece, href) for text, href in runs for piece in pieces_of(text)]
        line: list[Run] = []
        for piece, href in pieces:
            if sum(len(text) for text, _ in line) + len(piece) > 88:
                self.line(line)
                line, piece = [], piece.lstrip()
            line.append((piece, href))
        self.line(line)
        self.y -= 8


def pieces_of(text: str) -> list[str]:
    """Splits a text before each space, and after the hyphen of an address."""
    words = [f" {word}" if at else word for at, word in enumerate(text.split(" "))]
    return [piece for word in words for piece in (word.replace("-", "-\n", 1).split("\n") if "://" in word else [word]) if piece]


def write_pdf(known: KnownDocument) -> bytes:
    out = io.BytesIO()
    page = Page(Canvas(out, invariant=1))
    if CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    page.line([(known.title, "")], "Helvetica-Bold", 24)
    for line in head_lines(known):
        page.line([(line, "")], "Helvetica" if line.isascii() else CHINESE, 10)
        page.y -= 6
    page.line([(known.section, "")], "Helvetica-Bold", 18)
    for article in known.articles:
        page.y -= 12
        page.line([(article.title, article.linked)], "Helvetica-Bold", 14)
        page.y -= 6
        for runs in article.paragraphs:
            page.paragraph(runs)
        if article.source:
            page.line([(f"Source: {article.source}", "")])
    if known.fault:
        FAULTS["pdf"][known.fault](page)
    page.canvas.save()
    return out.getvalue()


# -- faults ------------------------------------------------------------------------------------------------------------


def with_sheet(data: bytes) -> bytes:
    return with_member(data, "word/embeddings/Sheet1.xlsx", zipped({"xl/workbook.xml": b"<x/>"}))


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    return zipped(members | {name: content})


def replaced(data: bytes, old: str, new: str) -> bytes:
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


def with_word_text(data: bytes, text: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("word/document.xml")
    at = body.rindex(b"<w:p>")
    added = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>".encode()
    return with_member(data, "word/document.xml", body[:at] + added + body[at:])


def side_by_side(page: Page) -> None:
    for number, name in enumerate(("Anna Meyer", "Li Na", "Bob Young", "Cem Oz", "Dora Lind", "Emil Karr", "Fay Wu")):
        page.line([(f"+49 30 12345{number}", "")], x=360)
        page.y += 13
        page.line([(name, "")])


def mirrored(page: Page) -> None:
    page.canvas.saveState()
    page.canvas.translate(595, 0)
    page.canvas.scale(-1, 1)
    page.line([("Others are drawn in a mirror.", "")])
    page.canvas.restoreState()


def form_field(page: Page) -> None:
    page.canvas.acroForm.textfield(name="a", value="wombats", x=60, y=page.y - 20, width=100, height=16)


REVERSED = f"{ARABIC[::-1]}."
FAULTS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "docx": {
        "sheet": with_sheet, "reversed": lambda data: with_word_text(data, REVERSED),
        "doubled": lambda data: with_word_text(data, "D Daattaa ooff tthhee ffeerrrryy hhaarrbboouurr"),
    },
    "html": {
        "encoding": lambda data: replaced(data, "<meta charset='utf-8'>", "").replace(b"</body>", f"<p>{CYRILLIC}</p></body>".encode("cp1251")),
        "frame": lambda data: replaced(data, "</body>", "<iframe src='words.html'></iframe></body>"),
        "reversed": lambda data: replaced(data, "</body>", f"<p>{REVERSED}</p></body>"),
    },
    "md": {
        "unreadable": lambda data: data + "\n\nThis \ufffd\ufffd was lost.\n".encode(),
        "doubled": lambda data: data + b"\n\nTThhee hhaarrbboouurr ooffffiiccee iiss ccllooosseedd.\n",
    },
    "txt": {
        "ordinals": lambda data: data.replace(b" on the day.", b" on the\nth\n24 day."),
        "encoding": lambda data: data.replace(b" on the day.", b" on the caf\xe9 day."),
    },
    "pdf": {"side by side": side_by_side, "mirrored": mirrored, "form field": form_field},
}  # fmt: skip
WRITERS: dict[str, Callable[[KnownDocument], bytes]] = {
    "docx": write_word, "html": write_page, "md": write_markdown, "txt": write_text, "pdf": write_pdf,
}  # fmt: skip
