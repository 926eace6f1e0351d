"""What the report of an import promises: every word if nothing is lost, a warning if a sentence is lost or cannot be read."""

import io
import re
from pathlib import Path

import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from composer.importing.importer import Imported, import_file, import_manuscript
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.vocabulary import units_of
from composer.importing.readers.pdf import pdf_process, pdf_reader
from composer.importing.report.legibility import count_unreadable, runs_backwards
from composer.importing.report.word_audit import compare_words
from composer.issue.document import Table, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.comparing import questions_of
from tests.composer.making import picture_bytes
from tests.samples.mutated import zipped
from tests.samples.pdf_file import CHINESE
from tests.samples.word_file import SPACES, WordFile
from tests.support.variations import first

COMPLETE = "Every word of the source is in the issue or in the list of what was left out."
CLAUSES = (
    "研究人员在港口试验了两台水下焊接机器人",
    "会议指出，要坚持以人民为中心",
    "该系统于2023年3月31日投入使用，耗资1,280万元",
    "新模型在 AI 芯片上运行，速度提高了12.5%",
    "专家认为这项技术（称为ＤＣＬＳ）十分重要",
    "大连化物所的Light Source向用户开放",
    "他说：“我们还要继续努力”",
    "⼈⼯智能与⼤数据正在改变⽣活",
    "第二批共有３６个项目通过验收",
    # A long clause over several lines: each line counted as one word, so joining the lines "lost" all of them.
    "为深入贯彻落实关于科技创新的重要论述推动实施创新驱动发展战略加快建设世界科技强国进一步发挥学会组织优势服务经济社会高质量发展",
)


TITLE, TEXT = "水下机器人焊接试验成功", "。".join(CLAUSES) + "。"
LINES = [TEXT[at : at + 30] for at in range(0, len(TEXT), 30)]  # broken even inside a number or a Latin word


def as_word(*texts: str, title: str = TITLE) -> bytes:
    file = WordFile()
    file.paragraph("科协通讯", "title")
    file.paragraph("要闻", "heading 1")
    file.paragraph(title, "heading 2")
    for text in texts:
        file.raw(file.run(text[:9]) + file.run(text[9:], bold=True))
    return file.save()


def as_page() -> bytes:
    """As WeChat publishes it: hidden until a script shows it, with nested sections and a span for every few characters."""
    spans = "".join(f'<span style="font-size:15px">{TEXT[at : at + 5]}</span>' for at in range(0, len(TEXT), 5))
    made = (
        '<h1 class="rich_media_title">科协通讯</h1><div id="js_content" style="visibility: hidden; opacity: 0;"><section>'
        f"<h2><span>{TITLE[:3]}</span><span>{TITLE[3:]}</span></h2><section><p>&nbsp;{spans}<br></p></section></section></div>"
    )
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>科协通讯</title></head><body>{made}</body></html>".encode()


def as_pdf() -> bytes:
    if CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont(CHINESE, 18)
    canvas.drawString(60, 800, TITLE)
    canvas.setFont(CHINESE, 11)
    for number, line in enumerate(LINES):
        canvas.drawString(60 if number else 82, 765 - 15 * number, line)
    canvas.save()
    return out.getvalue()


def imported(data: bytes, ending: str, folder: Path) -> Imported:
    if ending == "pdf":
        return import_manuscript(pdf_reader.manuscript_of(pdf_process.read(data), "post.pdf"))
    path = folder / f"post.{ending}"
    path.write_bytes(data)
    return import_file(path)


CHINESE_DOCUMENTS = {
    "docx": as_word(TEXT),
    "html": as_page(),
    "txt": "\r\n".join(["科协通讯", "", TITLE, "", *LINES, ""]).encode("gb18030"),
    "pdf": as_pdf(),
}


@pytest.mark.parametrize("ending", CHINESE_DOCUMENTS)
def test_a_complete_chinese_import_is_called_complete_and_a_lost_sentence_is_reported(ending: str, tmp_path: Path) -> None:
    done = imported(CHINESE_DOCUMENTS[ending], ending, tmp_path)
    assert COMPLETE in done.report, done.report[:900]
    assert (done.missing, "WORDS" in done.report) == ((), False)
    source, log = f"{TITLE}\n{TEXT}", ImportLog(list(done.left_out), list(done.changes))
    assert compare_words(source, parse_issue(done.issue_md, unfinished=True), log, done.added).missing == ()
    removed = "推动实施创新驱动发展战略"
    less = "".join(done.issue_md.rpartition(removed)[::2])
    assert less != done.issue_md
    missing = compare_words(source, parse_issue(less, unfinished=True), log, done.added).missing
    assert set(missing) == set(units_of(removed))


def test_gb18030_is_detected_despite_chinese_characters_next_to_latin_letters(tmp_path: Path) -> None:
    text = "科协通讯\n\n新系统上线\n\n研究人员用GPT写。随后他们在AI中，又用Python做\n了三次试验，结果都一样。\n"
    assert "用GPT写" in imported(text.encode("gb18030"), "txt", tmp_path).issue_md


@pytest.mark.parametrize(
    ("one", "other"),
    first([
        ("第2023号", "第 2023 号"), ("ＡＩ技术", "AI 技术"), ("⼈⼯智能", "人工智能"), ("北京\n大学", "北京大学"), ("更﹐多", "更，多"),
        ("㎡ 与 ㈱", "m2 与 (株)"), ("ｶﾞｲﾄﾞ", "ガイド"), ("cafe\u0301", "café"),
    ], 2),
)  # fmt: skip
def test_compatibility_forms_and_spaces_do_not_change_the_word_count(one: str, other: str) -> None:
    assert units_of(one) == units_of(other)


def test_unreadable_characters_are_counted_and_the_report_does_not_claim_every_word(tmp_path: Path) -> None:
    for planted in (1, 7, 1855):
        marks = "".join("\ufffd" if at % 2 else "\ue123" for at in range(planted))
        done = imported(as_word(f"{TEXT}此处{marks}难以辨认。"), "docx", tmp_path)
        assert f"{planted:,} character" in done.report
        assert "could not be read" in done.report
        assert "Every word" not in done.report
        assert any("could not be read" in question for question in questions_of(parse_issue(done.issue_md, unfinished=True)))
    assert count_unreadable("abc 中文 🙂 é") == 0


def test_reversed_and_mirrored_text_is_reported(tmp_path: Path) -> None:
    done = imported(as_word(*(f"。{clause[::-1]}" for clause in CLAUSES), title=TITLE[::-1]), "docx", tmp_path)
    assert "seems to be mirrored or reversed" in done.report
    assert "Every word" not in done.report
    english = "The harbour of Brest has bought two robots, and they will weld under water with the others from that port."
    assert (runs_backwards(english), runs_backwards(english[::-1])) == (False, True)
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.drawString(60, 760, "A title for the page")
    canvas.drawString(60, 730, "Some words are drawn as they are read, from the left to the right.")
    canvas.translate(560, 0)
    canvas.scale(-1, 1)
    canvas.drawString(60, 700, "Others are drawn in a mirror.")
    canvas.save()
    report = imported(out.getvalue(), "pdf", tmp_path).report
    assert "letters of the PDF are drawn mirrored" in report
    assert "Every word" not in report


def test_drawn_or_scanned_text_is_reported_as_not_read(tmp_path: Path) -> None:
    page = (
        b"<html><body><h1>P</h1><h2>a</h2><p>Text.</p><svg><text>two words</text></svg><math><mi>E</mi></math><svg></body></html>"
    )
    done = imported(page, "html", tmp_path)
    assert "3 words of drawings, formulas or frames of the page were not read" in done.report
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.drawString(60, 700, "A title of this page")
    canvas.drawString(60, 660, "Some words are here for the reader, and more of them.")
    canvas.showPage()
    canvas.drawImage(ImageReader(io.BytesIO(picture_bytes())), 60, 60, 400, 600)
    canvas.save()
    scanned = imported(out.getvalue(), "pdf", tmp_path)
    assert "page 2 has no text layer" in scanned.report
    assert "Every word" not in done.report + scanned.report


def test_the_report_shows_long_left_out_texts_in_full(tmp_path: Path) -> None:
    long = [" ".join(f"{name}{number}" for number in range(200)) for name in ("left", "deleted", "moved")]
    page = f"<html><body><h1>P</h1><h2>a</h2><p>Text.</p><nav><p>{long[0]}</p></nav></body></html>"
    file = WordFile()
    file.paragraph("The Post", "title")
    file.paragraph("News", "heading 1")
    file.raw(
        file.run("They weld. ")
        + file.deleted(long[1])
        + file.deleted(long[2]).replace("w:del ", "w:moveFrom ").replace("/w:del>", "/w:moveFrom>")
    )
    (tmp_path / "post.docx").write_bytes(file.save())
    reports = imported(page.encode(), "html", tmp_path).report + import_file(tmp_path / "post.docx", tracked="accept").report
    assert set(" ".join(long).split()) <= set(re.findall(r"\w+", reports))


# -- parts of a Word document ---------------------------------------------------------------------------------------

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def with_parts() -> bytes:
    """A document with text in every possible place, with a different word in each."""
    file = WordFile()
    file.paragraph("The Post", "title")
    file.paragraph("News", "heading 1")
    file.paragraph("Robots", "heading 2")
    file.paragraph("They weld.")
    members = file.members()
    xml = members["word/document.xml"].decode()
    choice = (
        '<mc:AlternateContent><mc:Choice Requires="wps"><w:t>newer</w:t></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>'
    )
    choice += f"<w:txbxContent>{paragraph('fallback')}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent>"
    more = f"<w:p><w:r>{choice}</w:r></w:p><w:altChunk r:id='chunk'/><w:r><w:t>stray</w:t></w:r>"
    more += f"<w:sdt><w:sdtContent>{paragraph('controlled')}</w:sdtContent></w:sdt>"
    at = xml.rindex("<w:sectPr") if "<w:sectPr" in xml else xml.rindex("</w:body>")
    xml = xml[:at] + more + xml[at:]
    xml = xml.replace("</w:body>", f"</w:body><w:body>{paragraph('second')}</w:body>{paragraph('outside')}")
    members["word/document.xml"] = xml.encode()
    relation = '<Relationship Id="chunk" Type="x/aFChunk" Target="chunk.htm"/></Relationships>'
    members["word/_rels/document.xml.rels"] = members["word/_rels/document.xml.rels"].replace(
        b"</Relationships>", relation.encode()
    )
    members["word/chunk.htm"] = b"<html><body><p>chunked</p></body></html>"
    members["word/glossary/document.xml"] = f"<w:glossaryDocument {SPACES}>{paragraph('glossary')}</w:glossaryDocument>".encode()
    members["word/unheard.xml"] = f"<w:odd {SPACES}>{paragraph('unheard')}</w:odd>".encode()
    return zipped(members)


def test_no_part_of_a_word_document_is_lost_silently(tmp_path: Path) -> None:
    done = imported(with_parts(), "docx", tmp_path)
    left = {word: entry.reason for entry in done.left_out for word in entry.text.split()}
    assert {word: left.get(word) for word in ("fallback", "chunked", "stray", "glossary", "unheard")} == {
        "fallback": "the text of a drawing for older programs",
        "chunked": "the text of chunk.htm, which is embedded in the document",
        "stray": "text outside any paragraph",
        "glossary": "a building block of the template",
        "unheard": "another part of the document, unheard.xml",
    }
    for word in ("newer", "controlled", "second", "outside"):
        assert word in done.issue_md
    assert "the document has another body" in done.issue_md
    assert "chunk.htm is embedded in the document" in done.report
    assert "Every word" not in done.report


CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def with_names_of_its_own(*, at_root: bool) -> bytes:
    """A document with unusual but allowed names and folders of its members."""
    file = WordFile(head="headed", comments=[("Anna", "commented")], footnotes=["footnoted"])
    file.paragraph("The Post", "title")
    file.paragraph("News", "heading 1")
    file.paragraph("Robots", "heading 2")
    drawing = (
        "<w:drawing><wp:inline><a:graphic><a:graphicData><a:t>drawn</a:t></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    art = '<w:pict><v:shape><v:textpath string="arty"/></v:shape></w:pict>'
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    file.raw(f"{file.run('They weld.')}{note}<w:r>{drawing}</w:r><w:r>{art}</w:r>")
    renamed = {"word/header1.xml": "word/styles-of-heads.XML", "word/comments.xml": "word/Settings2.xml",
               "word/footnotes.xml": "word/notes/numbering.xml", "word/styles.xml": "word/looks.xml"}  # fmt: skip
    members = {}
    for name, data in file.members().items():
        for old, new in renamed.items():
            data = data.replace(old.removeprefix("word/").encode(), new.removeprefix("word/").encode())
        members[renamed.get(name, name)] = data
    category = "<c:cat><c:strRef><c:strCache><c:pt><c:v>charted</c:v></c:pt></c:strCache></c:strRef></c:cat>"
    members["word/charts/chart1.xml"] = f'<c:chartSpace xmlns:c="{CHART}">{category}</c:chartSpace>'.encode()
    members["word/theme/odd.bin"] = f"<w:odd {SPACES}>{paragraph('typed')}</w:odd>".encode()
    odd = b'<Override PartName="/word/theme/odd.bin" ContentType="application/x-odd+xml"/></Types>'
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(b"</Types>", odd)
    if at_root:
        members = {name.removeprefix("word/"): data.replace(b"word/", b"") for name, data in members.items()}
        members = {("[content_types].xml" if name == "[Content_Types].xml" else name): data for name, data in members.items()}
    return zipped(members)


@pytest.mark.parametrize("at_root", [False, True], ids=["in word", "at the root"])
def test_parts_of_a_word_document_are_found_by_type_and_not_by_name(at_root: bool, tmp_path: Path) -> None:
    done = imported(with_names_of_its_own(at_root=at_root), "docx", tmp_path)
    left = {word: entry.reason for entry in done.left_out for word in entry.text.split()}
    assert {word: left.get(word) for word in ("headed", "commented", "drawn", "arty", "charted", "typed")} == {
        "headed": "a header or footer of the pages",
        "commented": "a comment by Anna",
        "drawn": "the text of a drawing",
        "arty": "the text of a drawing",
        "charted": "the text of a chart or diagram",
        "typed": "another part of the document, theme/odd.bin",
    }
    assert "footnoted" in done.issue_md
    assert "# News" in done.issue_md  # the styles were found
    assert done.missing == ()


# -- tables ---------------------------------------------------------------------------------------------------------


def test_the_paragraphs_of_a_cell_are_separated_and_the_table_is_marked(tmp_path: Path) -> None:
    cell = "<w:tc>{}</w:tc>"
    figures = [["收入", "支出"], ["1280", "960"]]
    rows = ["".join(cell.format(paragraph(text)) for text in ("项目", "金额"))]
    rows += ["".join(cell.format("".join(map(paragraph, texts))) for texts in figures)] * 2
    file = WordFile()
    file.paragraph("科协通讯", "title")
    file.paragraph("要闻", "heading 1")
    file.paragraph("年度预算", "heading 2")
    file.paragraph("预算如下表所示。")
    file.body.append("<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>")
    done = imported(file.save(), "docx", tmp_path)
    issue = parse_issue(done.issue_md, unfinished=True)
    [table] = [block for block in issue.blocks() if isinstance(block, Table)]
    assert [plain(cell) for cell in table.rows[0]] == ["收入 / 支出", "1280 / 960"]
    assert any('" / " is between them' in question for question in questions_of(issue))
    assert COMPLETE in done.report
    page = "<html><body><h1>P</h1><h2>预算</h2><p>如下。</p><table><tr><th>甲</th><th>乙</th></tr><tr><td>收入<br>支出</td><td>"
    page += "<p>1280</p><p>960</p></td></tr></table></body></html>"
    [table] = [
        b
        for b in parse_issue(imported(page.encode(), "html", tmp_path).issue_md, unfinished=True).blocks()
        if isinstance(b, Table)
    ]
    assert [plain(cell) for cell in table.rows[0]] == ["收入 / 支出", "1280 / 960"]
