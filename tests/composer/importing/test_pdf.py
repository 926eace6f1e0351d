"""PDF files: what is refused and how fast, and single rules with files of one or two pages."""

import random
import resource
import zlib
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from composer.importing.importer import import_file
from composer.importing.readers.pdf.pdf_process import MEMORY, SECONDS
from composer.importing.refusals import ImportRefusedError
from composer.issue.document import Figure, Issue, ListBlock, Paragraph, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.images.hostile_pictures import icon, real_bomb
from tests.composer.importing.comparing import questions_of
from tests.samples.make_documents import DOCUMENTS
from tests.samples.pdf_file import PdfFile, Shape
from tests.support.variations import first

STARTING = 1.5  # seconds of processor time that a Python process takes to start, at most
LONG = "The harbour of Brest has bought two robots that weld under water, and they do not tire, whatever the tide brings them."


def issue_of(tmp_path: Path, data: bytes) -> Issue:
    path = tmp_path / "post.pdf"
    path.write_bytes(data)
    done = import_file(path)
    assert done.missing == ()
    return parse_issue(done.issue_md, unfinished=True)


def refused(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "post.pdf"
    path.write_bytes(data)
    with pytest.raises(ImportRefusedError) as problem:
        import_file(path)
    return str(problem.value)


# -- files by hand --------------------------------------------------------------------------------------------------


def pdf_of(objects: list[bytes]) -> bytes:
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def stream(words: bytes, data: bytes) -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (words, len(data), data)


def one_page(content: bytes, *more: bytes, resources: bytes = b"", filters: bytes = b"/Filter/FlateDecode") -> bytes:
    return pdf_of([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F 4 0 R>>%b>>>>" % resources,
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", stream(filters, content), *more,
    ])  # fmt: skip


def packed(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
BOMBS = {
    "a stream of 400 MB": lambda: one_page(packed(bytes(400_000_000), 2), filters=b"/Filter[/FlateDecode/FlateDecode]"),
    "ten million operators": lambda: one_page(packed(b"q Q " * 10_000_000)),
    "five million letters": lambda: one_page(packed(b"BT /F 1 Tf " + (b"(" + b"a" * 100 + b") Tj ") * 50_000 + b"ET")),
    "forms within forms": lambda: one_page(
        packed(b"/X Do"),
        *(stream(FORM % (number + 7), b"/X Do " * 10) for number in range(20)),
        stream(b"", b""),
        resources=b"/XObject<</X 6 0 R>>",
    ),
}


@pytest.mark.soak
@pytest.mark.parametrize("bomb", first(BOMBS))  # the others run until the limit of time
def test_pdf_bombs_are_stopped_within_the_limits_of_time_and_memory(tmp_path: Path, bomb: str) -> None:
    data = BOMBS[bomb]()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = refused(tmp_path, data)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "too much time or memory" in said or "more than" in said or "no text layer" in said
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS + STARTING
    # The kernel reports the maximum over all children so far, and for each child at least the memory of its parent at the fork.
    # So memory of an earlier test, or of this process, does not count against this child.
    others = max(before.ru_maxrss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert after.ru_maxrss <= others or after.ru_maxrss * 1024 <= MEMORY * 1.1


def test_a_giant_picture_is_not_decoded(tmp_path: Path) -> None:
    picture = stream(
        b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode",
        packed(bytes(40_000_000)),
    )
    words = b"BT /F 12 Tf 50 700 Td (A page with a very large picture on it, and words above it.) Tj ET"
    issue = issue_of(
        tmp_path, one_page(packed(b"q 300 0 0 300 50 50 cm /X Do Q " + words), picture, resources=b"/XObject<</X 6 0 R>>")
    )
    assert [block.missing for block in issue.blocks() if isinstance(block, Figure)] == [True]
    assert "too many pixels" in " ".join(questions_of(issue))


@pytest.mark.soak
def test_an_icon_declared_as_jpeg_is_not_decoded(tmp_path: Path) -> None:
    head = b"/Type/XObject/Subtype/Image/Width 16/Height 16/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
    words = b"BT /F 12 Tf 50 700 Td (A page with an odd picture on it, and words above it.) Tj ET"
    page = packed(b"q 300 0 0 300 50 50 cm /X Do Q " + words)
    issue = issue_of(tmp_path, one_page(page, stream(head, icon(real_bomb(side=13_000))), resources=b"/XObject<</X 6 0 R>>"))
    assert [block.missing for block in issue.blocks() if isinstance(block, Figure)] == [True]
    assert "this picture is in ICO (an icon)" in " ".join(questions_of(issue))


def test_unreadable_letters_of_a_font_are_counted_in_the_report(tmp_path: Path) -> None:
    font = b"/Font/Subtype/Type1/BaseFont/Helvetica"
    odd = b"<</Type%b/Encoding<</Type/Encoding/Differences[65/uniE121/uniE122/uniE123]>>>>" % font
    words = b"BT /F 12 Tf 50 700 Td (A page with a font that has three letters without a name.) Tj 0 -60 Td (Here are ABC them: CBA.) Tj ET"
    data = one_page(packed(words)).replace(b"<</Type%b>>" % font, odd)
    path = tmp_path / "post.pdf"
    path.write_bytes(data)
    done = import_file(path)
    assert "7 characters of the source could not be read" in done.report
    assert (done.missing, "Every word" in done.report, "WORDS" in done.report) == ((), False, False)


@pytest.mark.parametrize(
    ("begin", "limit"),
    first([(0x0001, "23 characters of the source could not be read"), (0x0080, "26 characters"), (0xD800, "26 characters"),
     (0xFDD0, "26 characters"), (0x0021, "1 line has more symbols than letters")]),
    ids=["controls", "C1", "halves", "noncharacters", "signs"],
)  # fmt: skip
def test_letters_that_a_font_maps_to_other_characters_are_counted(tmp_path: Path, begin: int, limit: str) -> None:
    """The font draws <41>..<5A> as A to Z, but maps them to characters that an issue may not contain, or to symbols."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    mapped = b"/CIDInit /ProcSet findresource begin begincmap 1 beginbfrange <41> <5A> <%04X> endbfrange endcmap" % begin
    capitals = bytes(range(0x41, 0x5B))
    words = b"BT /F 12 Tf 50 700 Td (some words in small letters stand here for the reader) Tj 0 -60 Td (%b) Tj ET" % capitals
    data = one_page(packed(words), stream(b"", mapped)).replace(font, font[:-2] + b"/ToUnicode 6 0 R>>")
    path = tmp_path / "post.pdf"
    path.write_bytes(data)
    done = import_file(path)
    assert limit in done.report
    assert "Every word" not in done.report
    assert done.missing == ()


ANNOTATION = b"<</Type/Annot/Rect[50 500 300 520]/Subtype/"


@pytest.mark.parametrize(
    ("annotation", "drawn", "named"),
    first([
        (ANNOTATION + b"FreeText/Contents(wombats dig)>>", b"", "page 1 has text boxes (1) that were not read"),
        (ANNOTATION + b"Text/Contents(wombats dig)>>", b"", "page 1 has sticky notes (1) that were not read"),
        (ANNOTATION + b"Highlight/Contents(wombats dig)>>", b"", "page 1 has annotations (1) that were not read"),
        (ANNOTATION + b"Widget/FT/Tx/T(a)/V(wombats dig)>>", b"", "page 1 has form fields (1) that were not read"),
        (ANNOTATION + b"Highlight>>", b"", ""),
        (b"", b"10 10 m 20 30 40 30 50 10 c h f\n" * 150, "page 1 has 150 drawn shapes and 118 letters"),
        (b"", b"10 10 m 90 10 l S\n" * 150 + b"10 10 m 20 30 40 30 50 10 c h f\n" * 20, ""),
    ], 2),
    ids=["text box", "sticky note", "comment", "form field", "highlighting", "outlines", "rules"],
)  # fmt: skip
def test_annotations_and_drawn_shapes_are_reported(tmp_path: Path, annotation: bytes, drawn: bytes, named: str) -> None:
    page = one_page(packed(drawn + b"BT /F 12 Tf 50 700 Td (%b) Tj ET" % LONG.encode()), resources=b"").replace(
        b"/MediaBox[0 0 595 842]", b"/MediaBox[0 0 595 842]/Annots[%b]" % annotation
    )
    path = tmp_path / "post.pdf"
    path.write_bytes(page)
    report = import_file(path).report
    assert (named in report, "Every word" in report) == (True, not named)
    assert ("wombats dig" in report) == (b"wombats" in annotation)


def test_a_pdf_with_too_many_pages_is_refused(tmp_path: Path) -> None:
    pages = [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] * 200
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(200))
    data = pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 200/Kids[%b]>>" % kids, *pages])
    assert "more than 120 pages" in refused(tmp_path, data)


def test_a_scan_is_refused_with_a_hint(tmp_path: Path) -> None:
    said = refused(tmp_path, one_page(packed(b"q 595 0 0 842 0 0 cm Q")))
    assert "no text layer" in said
    assert "OCR" in said


def test_a_pdf_with_a_password_is_refused(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "post.pdf"), encrypt=StandardEncryption("secret", "owner"))
    canvas.drawString(100, 700, LONG)
    canvas.save()
    with pytest.raises(ImportRefusedError, match=r"post\.pdf is protected by a password"):
        import_file(tmp_path / "post.pdf")


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\nnothing", (DOCUMENTS / "sample.pdf").read_bytes()[:90_000]], ids=["empty", "cut off"]
)
def test_a_damaged_pdf_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "post.pdf is damaged" in refused(tmp_path, data)


# -- rules ----------------------------------------------------------------------------------------------------------


def drawn(columns: int = 1, **look: object) -> PdfFile:
    file = PdfFile(Shape(columns=columns, hyphens=0.0, **look), random.Random(1))  # type: ignore[arg-type]
    file.put("The Harbour Post", 24, bold=True)
    file.put("News", 18, bold=True)
    file.put("Robots learn to weld", 14, bold=True)
    return file


def paragraphs_of(issue: Issue) -> list[str]:
    return [plain(block.content) for article in issue.articles() for block in article.blocks if isinstance(block, Paragraph)]


@pytest.mark.parametrize("by_rows", first([False, True]))
def test_columns_are_read_one_after_the_other(tmp_path: Path, by_rows: bool) -> None:
    file = drawn(2, by_rows=by_rows)
    texts = [f"Paragraph number {number} begins here and says so. {LONG}" for number in range(22)]
    for text in texts:
        file.put(text)
    assert paragraphs_of(issue_of(tmp_path, file.save())) == texts


def test_running_headers_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    file = drawn(head="Journal du port", foot="page")
    texts = [f"{number} robots swim. {LONG}" for number in range(101, 131)]
    for text in texts:
        file.put(text)
    assert file.page > 1
    assert paragraphs_of(issue_of(tmp_path, file.save())) == texts


def test_spaces_that_are_not_drawn_are_recognised(tmp_path: Path) -> None:
    file = drawn(by_words=True)
    file.put(LONG)
    assert paragraphs_of(issue_of(tmp_path, file.save())) == [LONG]


def test_bulleted_lines_become_a_list(tmp_path: Path) -> None:
    file = drawn()
    file.put(LONG)
    for word in ("wash", "weld", "look"):
        file.put(f"• {word} the seam")
    lists = [block for block in issue_of(tmp_path, file.save()).blocks() if isinstance(block, ListBlock)]
    assert [len(block.items) for block in lists] == [3]


def test_a_paragraph_without_its_end_is_marked(tmp_path: Path) -> None:
    file = drawn()
    file.put(LONG.rstrip("."))
    assert "no full stop at the end" in " ".join(questions_of(issue_of(tmp_path, file.save())))
