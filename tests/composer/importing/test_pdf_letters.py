"""How a PDF draws its letters: twice to look bold, raised, large at the start, from right to left, side by side, turned."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from composer.importing.importer import Imported, import_file
from composer.importing.refusals import ImportRefusedError
from composer.issue.document import EditorMark, Paragraph, SubHeading, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.test_pdf import LONG, one_page, packed, pdf_of, stream
from tests.composer.importing.test_report import COMPLETE
from tests.samples.pdf_file import CHINESE
from tests.support.variations import first

Draw = Callable[[Canvas], None]
WIDTH, HEIGHT = 595, 842


def bytes_of(draw: Draw) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def imported(folder: Path, data: bytes) -> Imported:
    path = folder / "post.pdf"
    path.write_bytes(data)
    done = import_file(path)
    assert (done.missing, "WORDS" in done.report) == ((), False)
    return done


def page(canvas: Canvas) -> None:
    """A page with a title and a paragraph; the next text belongs below 640 points."""
    for size, y, text in ((24, 780, "The Harbour Post"), (18, 740, "News"), (14, 710, "Robots learn to weld")):
        canvas.setFont("Helvetica-Bold", size)
        canvas.drawString(60, y, text)
    canvas.setFont("Helvetica", 10)
    first, _, second = LONG.partition(" and they")
    canvas.drawString(60, 685, first)
    canvas.drawString(60, 672, f"and they{second}")


def paragraphs_of(done: Imported) -> list[str]:
    issue = parse_issue(done.issue_md, unfinished=True)
    return [plain(block.content) for article in issue.articles() for block in article.blocks if isinstance(block, Paragraph)]


def spaced(canvas: Canvas, y: float, pieces: list[tuple[str, float, float]]) -> None:
    """Draws pieces (text, size, rise) behind each other, each with its own matrix."""
    x = 60.0
    for text, size, rise in pieces:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y + rise, text)
        x += pdfmetrics.stringWidth(text, "Helvetica", size)


@pytest.mark.parametrize("by_letter", first([True, False]), ids=["letter by letter", "line by line"])
def test_letters_drawn_twice_to_look_bold_are_imported_once(tmp_path: Path, by_letter: bool) -> None:
    def draw(canvas: Canvas) -> None:
        page(canvas)
        text, x = "Data of the ferry", 60.0
        for piece in text if by_letter else [text]:
            canvas.drawString(x, 640, piece)
            canvas.drawString(x + 0.4, 640, piece)
            x += pdfmetrics.stringWidth(piece, "Helvetica", 10)
        canvas.drawString(60, 615, "It is all well, and nobody fell ill; the bill of 1,100 was settled.")

    done = imported(tmp_path, bytes_of(draw))
    issue = parse_issue(done.issue_md, unfinished=True)
    assert [block.text for block in issue.blocks() if isinstance(block, SubHeading)] == ["Data of the ferry"]  # it looks bold
    assert "It is all well, and nobody fell ill; the bill of 1,100 was settled." in done.issue_md
    assert "14 letters are drawn twice in one place" in done.report
    assert COMPLETE in done.report


@pytest.mark.parametrize("late", first([False, True]), ids=["in their order", "after the line"])
def test_raised_endings_of_ordinals_stay_behind_their_number(tmp_path: Path, late: bool) -> None:
    def draw(canvas: Canvas) -> None:
        page(canvas)
        if late:
            spaced(canvas, 640, [("The 24", 10, 0)])
            before = pdfmetrics.stringWidth("The 24", "Helvetica", 10)
            canvas.drawString(
                60 + before + pdfmetrics.stringWidth("th", "Helvetica", 6), 640, " congress was fine, and all came."
            )
            canvas.setFont("Helvetica", 6)
            canvas.drawString(60 + before, 645, "th")
        else:
            spaced(canvas, 640, [("The 24", 10, 0), ("th", 6, 5), (" congress was fine, and all came.", 10, 0)])

    done = imported(tmp_path, bytes_of(draw))
    assert "The 24th congress was fine, and all came." in paragraphs_of(done)
    assert COMPLETE in done.report


@pytest.mark.parametrize(
    ("initial", "rest", "expected", "is_sure"),
    first([
        ("T", "he harbour has bought two robots", "The harbour has bought two robots", True),
        ("A", "t the harbour are two robots", "At the harbour are two robots", True),
        ("I", "s it the harbour", "Is it the harbour", True),
        ("A", "robots and more of them", "Arobots and more of them", False),
    ], 2),
)  # fmt: skip
def test_a_large_first_letter_is_joined_with_its_word(
    tmp_path: Path, initial: str, rest: str, expected: str, is_sure: bool
) -> None:
    def draw(canvas: Canvas) -> None:
        page(canvas)
        canvas.setFont("Helvetica", 34)
        canvas.drawString(60, 614, initial)
        canvas.setFont("Helvetica", 10)
        x = 62 + pdfmetrics.stringWidth(initial, "Helvetica", 34)
        canvas.drawString(x, 630, rest)
        canvas.drawString(x, 617, "that weld under water and do not tire,")
        canvas.drawString(60, 604, "whatever the tide brings them on a new day.")

    done = imported(tmp_path, bytes_of(draw))
    assert any(text.startswith(f"{expected} that weld") for text in paragraphs_of(done)), paragraphs_of(done)
    assert (COMPLETE in done.report) is is_sure
    assert ("one word or two" in done.report) is not is_sure


def test_lines_side_by_side_that_come_apart_are_marked(tmp_path: Path) -> None:
    names = ("Anna Meyer", "Li Na", "Bob Young", "Cem Oz", "Dora Lind", "Emil Karr")

    def draw(canvas: Canvas) -> None:
        page(canvas)
        for number, name in enumerate(names):
            canvas.drawString(60, 620 - 14 * number, name)
            canvas.drawString(320, 620 - 14 * number, f"+49 30 12345{number}")

    done = imported(tmp_path, bytes_of(draw))
    issue = parse_issue(done.issue_md, unfinished=True)
    marks = [block.text for block in issue.blocks() if isinstance(block, EditorMark)]
    assert "check: this was side by side: is the order right?" in marks
    assert "page 1 has lines side by side that came apart" in done.report
    assert "Every word" not in done.report


def test_text_from_right_to_left_is_never_called_complete(tmp_path: Path) -> None:
    """The font draws the bytes of a to h as Arabic letters."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    mapped = b"/CIDInit /ProcSet findresource begin begincmap 1 beginbfrange <61> <68> <0627> endbfrange endcmap"
    words = b"BT /F 12 Tf 50 700 Td (WE WELD UNDER WATER AND WE DO NOT TIRE.) Tj 0 -60 Td (abc defgh) Tj ET"
    data = one_page(packed(words), stream(b"", mapped)).replace(font, font[:-2] + b"/ToUnicode 6 0 R>>")
    report = imported(tmp_path, data).report
    assert "8 letters are of a script that is written from right to left" in report
    assert "Every word" not in report


def turned_by(degrees: int) -> Draw:
    def draw(canvas: Canvas) -> None:
        if degrees == 180:
            canvas.translate(WIDTH, HEIGHT)
        elif degrees == 90:
            canvas.setPageSize((HEIGHT, WIDTH))
            canvas.translate(HEIGHT, 0)
        elif degrees == 270:
            canvas.setPageSize((HEIGHT, WIDTH))
            canvas.translate(0, WIDTH)
        canvas.rotate(degrees)
        page(canvas)
        canvas.linkURL("https://example.org/a", (60, 670, 200, 682), relative=1)

    return draw


@pytest.mark.parametrize("degrees", first([90, 180, 270]))
def test_a_page_with_turned_text_is_read_like_any_other(tmp_path: Path, degrees: int) -> None:
    done = imported(tmp_path, bytes_of(turned_by(degrees)))
    assert paragraphs_of(done) == [LONG]
    assert "the page was turned" in done.report
    assert COMPLETE in done.report
    assert "Every link of the source (1)" in done.report


def test_text_from_top_to_bottom_is_read_by_columns_from_the_right(tmp_path: Path) -> None:
    columns = ("研究人员在港口试验了两台水下焊接机器人，", "会议指出要坚持以人民为中心，", "第二批共有三十六个项目通过验收。")

    def draw(canvas: Canvas) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE, isVertical=True))
        canvas.setFont(CHINESE, 14)
        for number, text in enumerate(columns):
            canvas.drawString(500 - 24 * number, 780, text)

    try:
        done = imported(tmp_path, bytes_of(draw))
    finally:
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    assert paragraphs_of(done) == ["".join(columns)]


def refusal(folder: Path, data: bytes) -> ImportRefusedError:
    with pytest.raises(ImportRefusedError) as refused:
        imported(folder, data)
    return refused.value


def at_an_angle(canvas: Canvas) -> None:
    canvas.translate(150, 100)
    canvas.rotate(40)
    page(canvas)


CID_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/%b/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/X"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor<</Type/FontDescriptor/FontName/X>>>>]>>"
)


def unmapped(encoding: bytes) -> bytes:
    """A page whose font says nothing about its letters; for an unknown encoding the parser reads none at all."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    text = b"BT /F 12 Tf 50 700 Td <%b> Tj ET" % (b"0102030405060708" * 10)
    return one_page(packed(text)).replace(font, CID_FONT % encoding)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (bytes_of(at_an_angle), "letters", "its text is drawn at an angle"),
        (unmapped(b"Identity-H"), "letters", "its fonts do not say which letters they draw"),
        (unmapped(b"No-Such-CMap-H"), "letters", "its fonts do not say which letters they draw"),
        (one_page(packed(b"BT /F 12 Tf 50 700 Td (page 3) Tj ET")), "scan", "hardly any text"),
        (one_page(packed(b"10 10 m 90 90 l S")), "scan", "no text layer"),
    ],
    ids=["at an angle", "no letters", "unknown encoding", "a page number", "no text"],
)
def test_a_pdf_without_words_is_refused_with_the_true_reason(tmp_path: Path, data: bytes, code: str, said: str) -> None:
    refused = refusal(tmp_path, data)
    assert (refused.code, said in str(refused)) == (code, True), refused
    assert ("no text layer" in str(refused)) is (said == "no text layer")


def test_an_encrypted_pdf_of_which_nothing_can_be_read_is_refused_as_encrypted(tmp_path: Path) -> None:
    """The trailer is lost, so the parser does not know that the page is encrypted and finds no text in it."""
    data = pdf_of([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", stream(b"", bytes(range(128, 256)) * 4),
        b"<</Filter/Standard/V 5/R 6>>",
    ]).replace(b"%%EOF", b"%%EOF\ntrailer\n<</Root 1 0 R/Encrypt 5 0 R>>")  # fmt: skip
    refused = refusal(tmp_path, data)
    assert refused.code == "password", refused


@pytest.mark.parametrize(
    ("lines", "address"),
    first([
        (("Read it at https://example.org/robots-", "weld/under-water now and then come."), "https://example.org/robots-weld/under-water"),
        (("Read it at www.long-", "harbour.example.org now and then come."), "www.long-harbour.example.org"),
        (("Read it at example.org/new-", "robots and then come."), "example.org/new-robots"),
        (("Write to first-", "name@example.org and then come."), "first-name@example.org"),
        (("It is a techno-", "logical wonder of technological worth."), "technological wonder"),
    ], 2),
)  # fmt: skip
def test_an_address_keeps_its_hyphen_at_the_end_of_a_line(tmp_path: Path, lines: tuple[str, str], address: str) -> None:
    def draw(canvas: Canvas) -> None:
        page(canvas)
        canvas.drawString(60, 640, lines[0])
        canvas.drawString(60, 627, lines[1])

    done = imported(tmp_path, bytes_of(draw))
    assert address in done.issue_md
    path = tmp_path / "post.txt"
    path.write_text(f"The Harbour Post\n\nNews\n\nRobots weld\n\n{LONG}\n\n{lines[0]}\n{lines[1]}\n\n(Source: X)\n")
    assert address in import_file(path).issue_md
