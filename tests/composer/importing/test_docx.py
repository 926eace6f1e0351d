"""Single rules for Word documents, each with the smallest document that shows it; then the refusals of dangerous files."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from composer.importing.importer import Imported, import_file
from composer.importing.manuscript import picture_files
from composer.importing.refusals import ImportRefusedError
from composer.issue.document import Figure, Issue, Link, ListBlock, Paragraph, Quote, Strong, SubHeading, Table, Text, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.images.hostile_pictures import icon, real_bomb
from tests.composer.importing.comparing import account_for, questions_of, rows_of
from tests.composer.making import picture_bytes
from tests.samples.make_documents import Faults, load_example, small_picture, word_of
from tests.samples.mutated import words_of_xml, zipped
from tests.samples.word_file import WordFile
from tests.support.effort import at_most
from tests.support.variations import first
from web.texts.issues import import_texts

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LONG = "The harbour of Brest has bought two robots that weld under water, and they do not tire."


SECONDS = 6.0  # of processor time, on any machine; the slowness that these tests look for took 25 or more


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., tuple[Imported, Issue]]:
    def run(file: WordFile | bytes, **how: str) -> tuple[Imported, Issue]:
        path = tmp_path / "letter.docx"
        path.write_bytes(file if isinstance(file, bytes) else file.save())
        done = import_file(path, **how)  # type: ignore[arg-type]
        assert done.missing == ()
        return done, parse_issue(done.issue_md, unfinished=True)

    return run


def begun(**look: bool) -> WordFile:
    file = WordFile(**look)
    file.paragraph("The Harbour Post", "title")
    file.paragraph("News", "heading 1")
    file.paragraph("Robots learn to weld", "heading 2")
    file.paragraph(LONG)
    return file


def blocks_of(issue: Issue) -> list[object]:
    return [block for article in issue.articles() for block in article.blocks]


def refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(ImportRefusedError) as problem:
        import_file(path)
    assert path.name in str(problem.value)
    return str(problem.value)


# -- headings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", first([{}, {"localised": True}, {"styled": False}]))
def test_headings_are_found_by_styles_in_any_language_and_without_styles(imported, look) -> None:
    file = word_of(
        load_example(),
        Faults(tracked=False, box=False, footnote=False, table=False, comments=[], bare_picture="none.jpg"),
        **look,
    )
    _, issue = imported(file)
    wanted = [(kind, text) for kind, text in rows_of(load_example()) if kind in ("section", "article")]
    assert [row for row in rows_of(issue) if row[0] in ("section", "article")] == wanted
    assert issue.title == "CAST Newsletter"


def test_bold_lines_become_headings_if_the_document_has_no_styles(imported) -> None:
    file = WordFile(styled=False)
    file.paragraph("The Harbour Post", bold=True, size=48)
    for section, titles in (("News", ("Robots learn to weld", "A prize for keepers")), ("People", ("A talk with Anne",))):
        file.paragraph(section, bold=True, size=32)
        for title in titles:
            file.paragraph(title, bold=True, size=24)
            file.paragraph(LONG)
            file.paragraph("How they see", bold=True)
            file.paragraph(LONG)
    _, issue = imported(file)
    assert issue.title == "The Harbour Post"
    assert [(section.title, len(section.articles)) for section in issue.sections] == [("News", 2), ("People", 1)]
    assert [block.text for block in blocks_of(issue) if isinstance(block, SubHeading)] == ["How they see"] * 3
    assert "bold or large lines were taken as headings" in " ".join(questions_of(issue))


# -- blocks ---------------------------------------------------------------------------------------------------------


def test_lists_nest_and_number_as_the_document_says(imported) -> None:
    file = begun()
    for text, depth in (("first", 0), ("within", 1), ("deeper", 2), ("second", 0)):
        file.item((Text(text),), depth=depth)
    number = file.new_numbering()
    file.item((Text("one"),), ordered=True, number=number)
    file.paragraph(LONG)
    file.item((Text("two"),), ordered=True, number=number)
    _, issue = imported(file)
    lists = [block for block in blocks_of(issue) if isinstance(block, ListBlock)]
    assert lists[0].items[0][0] == Paragraph((Text("first"),))
    inner = lists[0].items[0][1]
    assert isinstance(inner, ListBlock)
    assert plain(inner.items[0][0].content) == "within"  # type: ignore[union-attr]
    assert [(block.ordered, block.start) for block in lists] == [(False, 1), (True, 1), (True, 2)]


def test_typed_numbers_and_bullets_become_list_items(imported) -> None:
    file = begun()
    file.paragraph("1. wash the seam")
    file.paragraph("2. weld it")
    file.paragraph("· look at it")
    _, issue = imported(file)
    assert [(block.ordered, len(block.items)) for block in blocks_of(issue) if isinstance(block, ListBlock)] == [
        (True, 2),
        (False, 1),
    ]


def test_a_layout_table_is_taken_apart(imported) -> None:
    file = begun()
    file.table([[(LONG * 4, 1, ""), (LONG * 4, 1, "")], [("A", 1, ""), ("B", 1, "")]])
    _, issue = imported(file)
    assert not [block for block in blocks_of(issue) if isinstance(block, Table)]
    assert "was in a table, side by side" in " ".join(questions_of(issue))


def test_emphasis_links_and_quotations_are_kept(imported) -> None:
    file = begun()
    file.paragraph((Text("Read "), Link("https://example.org/a", (Strong((Text("the report"),)),)), Text(" today.")))
    file.paragraph((Text("Go to "), Link("file:///C:/secret.doc", (Text("the draft"),)), Text(" now.")))
    file.paragraph((Text("It is not what it seems."),), "quote")
    _, issue = imported(file)
    [read, went] = [block for block in blocks_of(issue) if isinstance(block, Paragraph)][1:]
    assert Link("https://example.org/a", (Strong((Text("the report"),)),)) in read.content
    assert plain(went.content) == "Go to the draft now."
    assert '"the draft" was a link to file:///C:/secret.doc' in " ".join(questions_of(issue))
    assert [block for block in blocks_of(issue) if isinstance(block, Quote)]


def test_a_hyperlink_field_becomes_a_link(imported) -> None:
    file = begun()
    file.raw(
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "https://example.org/b" </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{file.run("the minutes")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        f"{file.run(' are here.')}"
    )
    _, issue = imported(file)
    assert Link("https://example.org/b", (Text("the minutes"),)) in blocks_of(issue)[1].content  # type: ignore[attr-defined]


def test_a_picture_in_an_unsupported_format_gets_a_mark(imported) -> None:
    file = begun()
    file.picture(b"\x01\x00\x00\x00 an old drawing", "A plan of the port", "emf")
    file.picture(small_picture("pacifichem.jpg"), "image3.jpg")
    done, issue = imported(file)
    drawn, shown = [block for block in blocks_of(issue) if isinstance(block, Figure)]
    assert (drawn.missing, drawn.alt) == (True, "A plan of the port")
    assert (shown.src, shown.alt) == ("images/picture-1.jpg", ""), "the name of a file says nothing to a blind reader"
    assert "in EMF, which mail clients do not show" in " ".join(questions_of(issue))
    assert "no caption in the document: describe the picture in the square brackets" in " ".join(questions_of(issue))
    assert set(done.pictures) == {"picture-1.jpg"}


def test_hidden_text_is_in_the_report_and_not_in_the_issue(imported) -> None:
    file = begun()
    file.raw(f"{file.run('We meet on Monday.')}<w:r><w:rPr><w:vanish/></w:rPr><w:t>between us</w:t></w:r>")
    done, _ = imported(file)
    assert "between us" not in done.issue_md
    assert "hidden in the document: between us" in done.report


def test_a_word_split_over_several_runs_is_one_word(imported) -> None:
    file = begun()
    file.raw(
        "<w:r><w:t>tech</w:t></w:r><w:proofErr w:type='spellStart'/><w:r><w:t>nology</w:t></w:r><w:r><w:softHyphen/></w:r><w:r><w:t> wins.</w:t></w:r>"
    )
    done, _ = imported(file)
    assert "technology wins." in done.issue_md


def test_an_icon_is_not_decoded_and_its_mark_says_what_to_do(imported) -> None:
    file = begun()
    file.picture(icon(real_bomb(side=13_000)), ending="png")
    file.picture(icon(picture_bytes(16, 16, "PNG")), ending="ico")
    done, issue = imported(file)
    wanted = "check: this picture is in ICO (an icon), which mail clients do not show: save it as PNG or JPEG in images/"
    assert questions_of(issue).count(wanted) == 2
    assert done.pictures == {}


def test_a_picture_that_is_shown_often_is_read_once(imported, monkeypatch: pytest.MonkeyPatch) -> None:
    file = begun()
    file.picture(b"no picture at all")
    file.body += [file.body[-1]] * 60
    asked: list[bytes] = []
    monkeypatch.setattr(picture_files, "read_picture", lambda data: asked.append(data) or picture_files.DAMAGED)
    imported(file)
    assert len(asked) == 1


# -- tracked changes ------------------------------------------------------------------------------------------------


def changed() -> WordFile:
    file = begun()
    file.raw(
        f"{file.run('The col')}{file.inserted('o')}{file.run('ur is ')}{file.deleted('blue')}{file.inserted('red')}{file.run('.')}"
    )
    mark = '<w:rPr><w:del w:id="9" w:author="Li Na"/></w:rPr>'
    file.body.append(f"<w:p><w:pPr>{mark}</w:pPr>{file.run('It is one ')}</w:p>")
    file.paragraph("sentence now.")
    return file


@pytest.mark.parametrize(
    ("number", "how", "wanted"),
    first([(60_000, None, "60000 tracked changes"), (60_000, "accept", "import-too-long"), (20_000, "reject", "")]),
)  # fmt: skip
def test_many_tracked_changes_in_one_paragraph_are_settled_or_refused_quickly(
    tmp_path: Path, number: int, how: Literal["accept", "reject"] | None, wanted: str
) -> None:
    file = begun()
    file.raw("".join(f'<w:ins w:id="{at}" w:author="A">{file.run(f"w{at} ")}</w:ins>' for at in range(number)))
    path = tmp_path / "letter.docx"
    path.write_bytes(file.save())
    said = ""
    with at_most(SECONDS):
        try:
            import_file(path, tracked=how)
        except ImportRefusedError as problem:
            said = str(problem)
    assert wanted in said


def test_tracked_changes_without_a_decision_are_refused_with_their_number(tmp_path: Path) -> None:
    said = refused(tmp_path / "letter.docx", changed().save())
    assert "4 tracked changes (2 insertions, 2 deletions)" in said
    assert "--tracked accept" in said
    assert "--tracked reject" in said


@pytest.mark.parametrize(("how", "wanted"), [("accept", ["The colour is red.", "It is one sentence now."]),
                                             ("reject", ["The colur is blue.", "It is one", "sentence now."])])  # fmt: skip
def test_tracked_changes_are_accepted_or_rejected_as_requested(imported, how, wanted) -> None:
    file = changed()
    done, issue = imported(file, tracked=how)
    assert [plain(block.content) for block in blocks_of(issue) if isinstance(block, Paragraph)][1:] == wanted
    xml = re_deleted(file.members()["word/document.xml"].decode())
    assert account_for(words_of_xml(xml), done) == []
    assert f", {'accepted' if how == 'accept' else 'rejected'}, so this is not in the issue" in done.report


def re_deleted(xml: str) -> str:
    return xml.replace("w:delText", "w:t")


def test_the_tracked_option_is_refused_for_other_kinds_of_file(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("News\n\nA title for this\n\nSome words are here.\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="leave out --tracked"):
        import_file(path, tracked="accept")


# -- refusals -------------------------------------------------------------------------------------------------------


def document(body: str, head: str = "") -> bytes:
    xml = f'{head}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": xml.encode()})


WORDS = "<w:p><w:r><w:t>Words</w:t></w:r></w:p>"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"word/media/a.bin": bytes(60_000_000)}, "it unpacks to 60,0"),
        ({"word/media/a.bin": bytes(20_000_000)}, "compressed more than 100 to 1"),
        ({f"word/m{number}": bytes(60_000) for number in range(800)}, "all its files together are compressed more than 100 to 1"),
        ({f"word/m{number}": b"x" for number in range(2_001)}, "the limit is 2,000"),
    ],
)
def test_zip_bombs_are_not_unpacked(tmp_path: Path, more: dict[str, bytes], said: str) -> None:
    files = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>", **more}
    with at_most(8):
        assert said in refused(tmp_path / "bomb.docx", zipped(files))


def test_an_embedded_sheet_is_left_out_and_named_and_never_unpacked(tmp_path: Path) -> None:
    """Word writes the sheet behind a chart into the document, too."""
    file = WordFile()
    file.paragraph("The Post", "title")
    file.paragraph("News", "heading 1")
    file.paragraph("Robots", "heading 2")
    file.paragraph("They weld.")
    bomb = zipped({"xl/a.bin": bytes(60_000_000)})
    members = file.members() | {"word/embeddings/Sheet1.xlsx": bomb, "word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}
    (tmp_path / "post.docx").write_bytes(zipped(members))
    done = import_file(tmp_path / "post.docx")
    left = [(left.text, left.reason) for left in done.left_out]
    reason = "a file of another program that is embedded in the document"
    assert left == [("Sheet1.xlsx", reason), ("oleObject1.bin", reason)]
    assert "Sheet1.xlsx is embedded in the document and was left out" in done.report
    assert ("They weld." in done.issue_md, "Every word" in done.report, done.missing, "WORDS" in done.report) == (
        True,
        False,
        (),
        False,
    )


@pytest.mark.parametrize("entity", ['"harmless"', 'SYSTEM "file:///etc/hostname"', 'SYSTEM "http://127.0.0.1:1/x"'])
def test_entities_are_never_resolved(tmp_path: Path, entity: str) -> None:
    data = document(WORDS.replace("Words", "&a;"), f"<!DOCTYPE x [<!ENTITY a {entity}>]>")
    assert "document type declaration" in refused(tmp_path / "a.docx", data)


def test_exponentially_nested_entities_are_refused_quickly(tmp_path: Path) -> None:
    entities = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    with at_most(8):
        refused(tmp_path / "a.docx", document(WORDS.replace("Words", "&m;"), f"<!DOCTYPE x [{entities}]>"))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Word format (.doc)"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("a.rtf", b"{\\rtf1\\ansi Hello}", "RTF"),
        ("a.odt", zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}), ".odt"),
        ("a.xlsx", zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "a spreadsheet"),
        ("a.zip", zipped({"a.txt": b"hello"}), "is an archive"),
        ("a.docx", b"PK\x03\x04 not a zip", "damaged archive"),
        ("a.eml", b"From: a@example.org\r\nSubject: x\r\n\r\nHello", "saved mail"),
        ("a.docx", zipped({"[Content_Types].xml": b"<x/>", "word/other.xml": b"<x/>"}), "not a Word document"),
    ],
)
def test_an_unsupported_file_is_refused_with_a_hint(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    assert said in refused(tmp_path / name, data)


def test_the_kind_of_a_file_is_detected_from_its_content(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(begun().save())
    assert parse_issue(import_file(path).issue_md, unfinished=True).title == "The Harbour Post"


def test_a_broken_picture_does_not_stop_an_import(tmp_path: Path) -> None:
    file = begun()
    file.picture(b"\xff\xd8\xff\xe0 no picture", "A seam")
    path = tmp_path / "letter.docx"
    path.write_bytes(file.save())
    assert any(
        "damaged" in question or "another format" in question
        for question in questions_of(parse_issue(import_file(path).issue_md, unfinished=True))
    )


def test_a_damaged_archive_is_reported(tmp_path: Path) -> None:
    data = bytearray(begun().save())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.getinfo("word/document.xml").header_offset + 60
    data[at : at + 40] = bytes(40)
    assert "damaged" in refused(tmp_path / "a.docx", bytes(data))


# -- comments -------------------------------------------------------------------------------------------------------


def commented(text: str, number: int) -> str:
    """Runs with a comment on `text`; an empty text is a comment on a point."""
    span = f'<w:commentRangeStart w:id="{number}"/>{WordFile().run(text)}<w:commentRangeEnd w:id="{number}"/>' if text else ""
    return f'{span}<w:r><w:commentReference w:id="{number}"/></w:r>'


def test_a_comment_is_left_out_with_its_paragraph_and_the_words_that_it_is_about(imported) -> None:
    file = begun()
    file.comments = [("Wei Yumeng", "Is the name right?"), ("Li Na", "A source?"), ("", "Shorter!"), ("Anna", "Nowhere.")]
    file.raw(file.run("The prize went to ") + commented("Yves Kerbrat", 0) + file.run(" of Brest."))
    file.raw(file.run("They all came.") + commented("", 1))
    start, end = '<w:commentRangeStart w:id="2"/>', '<w:commentRangeEnd w:id="2"/><w:r><w:commentReference w:id="2"/></w:r>'
    file.body.append(start)  # between two paragraphs, as Word writes it for a comment on whole ones
    file.paragraph("word " * 15)
    file.raw(file.run("more " * 15) + end)
    done, _ = imported(file)
    assert [(left.line_from, left.line_to, left.text, left.reason) for left in done.left_out] == [
        (5, 5, "Is the name right?", 'a comment by Wei Yumeng on "Yves Kerbrat"'),
        (6, 6, "A source?", "a comment by Li Na"),
        (7, 8, "Shorter!", f'a comment by an unnamed author on "{"word " * 15}{"more " * 5}…"'.replace(" …", "…")),
        (0, 0, "Nowhere.", "a comment by Anna"),
    ]
    assert 'paragraph 5: a comment by Wei Yumeng on "Yves Kerbrat": Is the name right?' in done.report
    rows = import_texts.left_out({"unit": done.unit, "left_out": [(5, 5, left.text, left.reason) for left in done.left_out[:1]]})
    assert rows == [("paragraph 5", "Is the name right?", "a comment by Wei Yumeng on “Yves Kerbrat”")]


def test_a_comment_on_rejected_words_still_quotes_them(imported) -> None:
    file = begun()
    file.comments = [("Li Na", "Leave this out?")]
    file.raw(file.run("They came") + f'<w:ins w:id="9" w:author="Li Na">{commented(" late", 0)}</w:ins>' + file.run("."))
    done, issue = imported(file, tracked="reject")
    assert ("paragraph", "They came.") in rows_of(issue)
    assert [left.reason for left in done.left_out if left.text == "Leave this out?"] == ['a comment by Li Na on "late"']


@pytest.mark.soak
def test_thousands_of_open_comments_are_read_in_linear_time(imported) -> None:
    file = begun()
    file.raw("".join(f'<w:commentRangeStart w:id="{number}"/>{file.run("x")}' for number in range(20_000)))
    with at_most(SECONDS):
        imported(file)
