"""Single rules of the import, each with the smallest text that shows it; then refusals, encodings, time and the folder."""

import os
from datetime import date
from pathlib import Path

import pytest

from composer.importing.files.text_encoding import decode
from composer.importing.importer import Imported, import_file, write_import
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.issue.document import EditorMark, Figure, Issue, Sources, SubHeading, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.comparing import account_for, import_text
from tests.support.effort import at_most
from tests.support.variations import few

TEXT = """The Harbour Post

In this issue
- Robots learn to weld under water
- A prize for the lighthouse keepers of Brest

News

Robots learn to weld under water

The harbour of Brest has bought two robots on May 3, 2024. They weld where di-

vers cannot stay 3 Journal du port

for long, and they do not tire.

A pair of robots Photo credit: Harbour Office

How the robots see

They feel the seam. Nobody has to steer them.

(Sources: harbour.example, Harbour Office and Daily Tide)

4 Journal du port

A prize for the lighthouse keepers of Brest

Photo credit: The keepers on the rocks Source: Daily Tide

The lighthouse' s club won a prize. it was the first. The **EU** paid for it, and the EU was thanked.

(Source: Daily Tide)

Editor: Anne Le Goff Designer: Yves Kerbrat

The Harbour Post is read by everyone in the port. http://harbour.example post@harbour.example
"""


def issue_of(text: str) -> tuple[Imported, Issue]:
    imported = import_text(text, name="post.txt")
    assert imported.missing == ()
    assert account_for(text, imported) == []
    return imported, parse_issue(imported.issue_md, unfinished=True)


def questions_of(issue: Issue) -> str:
    return "\n".join(block.text for block in issue.blocks() if isinstance(block, EditorMark))


def test_a_small_text_becomes_a_complete_issue() -> None:
    imported, issue = issue_of(TEXT)
    assert issue.title == "The Harbour Post"
    assert [section.title for section in issue.sections] == ["News"]
    first, second = issue.articles()
    assert first.title == "Robots learn to weld under water"
    assert [block.text for block in first.blocks if isinstance(block, SubHeading)] == ["How the robots see"]
    assert "weld where divers cannot stay for long" in imported.issue_md
    assert "Journal du port" not in imported.issue_md
    assert [plain(entry) for block in first.blocks if isinstance(block, Sources) for entry in block.entries] == [
        "harbour.example",
        "Harbour Office",
        "Daily Tide",
    ]
    [figure] = [block for block in second.blocks if isinstance(block, Figure)]
    assert (plain(figure.caption), plain(figure.credit)) == ("The keepers on the rocks", "Daily Tide")
    assert issue.highlights == (first.id, second.id)
    assert (issue.number, issue.date) == ("", date.min)  # the months in its text are not its own
    assert [(credit.role, credit.name) for credit in issue.credits] == [("Editor", "Anne Le Goff"), ("Designer", "Yves Kerbrat")]
    assert (issue.footer.website, issue.footer.email) == ("http://harbour.example", "post@harbour.example")


def test_the_report_names_the_lines_of_what_was_left_out_or_changed() -> None:
    imported, _ = issue_of(TEXT)
    heads = [(left.line_from, left.text) for left in imported.left_out if "Journal" in left.text]
    assert heads == [(13, "3 Journal du port"), (25, "4 Journal du port")]
    assert any(change.after == "divers" and (change.line_from, change.line_to) == (11, 13) for change in imported.changes)
    assert "line 11-13: di- + vers → divers" in imported.report


def test_doubtful_places_are_marked_and_not_changed() -> None:
    imported, issue = issue_of(TEXT)
    assert 'a sentence begins with a lowercase letter: "prize. it was"' in questions_of(issue)
    assert "a prize. it was the first" in imported.issue_md
    assert "postal address is missing" in questions_of(issue)


def test_a_picture_without_alternative_text_gets_a_mark_and_no_invented_text() -> None:
    first, second = issue_of(TEXT.replace("A pair of robots Photo", "Photo"))[1].articles()
    for article, said in ((first, "no caption in the document"), (second, "no alternative text for this picture")):
        [at] = [number for number, block in enumerate(article.blocks) if isinstance(block, Figure)]
        assert article.blocks[at].alt == ""  # type: ignore[union-attr]
        marks = [block.text for block in article.blocks[:at] if isinstance(block, EditorMark)]
        assert any(said in mark for mark in marks), marks


def test_bold_on_a_word_that_is_plain_elsewhere_is_removed() -> None:
    imported, _ = issue_of(TEXT)
    assert "The EU paid" in imported.issue_md


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("The new techno-", "logical age begins. A technological age.", "technological age begins"),
        ("They measured short-", "wavelength light. All short-wavelength light.", "measured short-wavelength light"),
        ("They praised the China-", "Russia summit in May.", "the China-Russia summit"),
        ("A prize of the UNES-", "CO went to Rome. The UNESCO gave it.", "prize of the UNESCO went"),
    ],
)
def test_a_word_broken_at_a_line_end_is_joined(first: str, second: str, whole: str) -> None:
    imported, _ = issue_of(f"News\n\nA title for this\n\n{first}\n\n{second}\n\n(Source: X)\n")
    assert whole in imported.issue_md


def test_a_name_in_another_script_stays_in_its_sentence() -> None:
    imported, _ = issue_of(
        "News\n\nA title for this\n\nThe work of Wei (魏炜) is known everywhere in the world.\n\n(Source: X)\n"
    )
    assert "Wei (魏炜) is known" in imported.issue_md


def test_a_lost_source_line_is_marked_and_the_next_highlight_begins_an_article() -> None:
    lost = TEXT.replace("(Sources: harbour.example, Harbour Office and Daily Tide)\n\n", "")
    _, issue = issue_of(lost)
    assert len(list(issue.articles())) == 2
    assert "names no source" in questions_of(issue)


def test_a_highlight_without_an_article_is_marked() -> None:
    _, issue = issue_of(TEXT.replace("- A prize", "- Something else entirely happened\n- A prize"))
    assert 'no article was found for "Something else entirely happened"' in questions_of(issue)
    assert len(issue.highlights) == 2


def test_text_without_structure_still_becomes_an_issue() -> None:
    imported, issue = issue_of("just some words that somebody wrote. and more of them.")
    assert len(list(issue.articles())) == 1
    assert "the text has no title here" in questions_of(issue)
    assert "just some words that somebody wrote" in imported.issue_md


def test_merge_fields_and_markup_in_the_source_stay_plain_text() -> None:
    text = "News\n\nA {{ name }} title\n\nUse {{ name }} and <b>bold</b> and [x](y) here -mr_name- now.\n\n(Source: X)\n"
    _, issue = issue_of(text)
    assert not issue.sections[0].articles[0].title.count("{{")


@pytest.mark.parametrize("text", ["", " \n\t\n", "\0" * 100, "1\n2\n3\n", "x" * 400_000, "x\n" * 100_000, "x" * 1_000_000])
def test_unusable_text_is_refused_quickly(text: str) -> None:
    with at_most(8), pytest.raises(ImportRefusedError, match=r"no\.txt"):
        import_text(text, name="no.txt")


@pytest.mark.parametrize(
    "text",
    few(
        "a " + "*" * 200_000,
        soak=[
            "Some Title Here\n\n" * 4900,
            "Editor: A " * 11_000,
            "word " * 23_000,
            "a" * 118_000,
            "a" + " " * 290_000 + "b",
            "It was said.\n\n" * 4900,
            "(Source: " * 12_000,
            "Cap Photo credit: X\n\n" * 300,
            "it goes on and\n\n" * 4900,
        ],
    ),
    ids=["stars", "titles", "staff", "line", "letters", "blanks", "sentences", "sources", "credits", "open"],
)
def test_extreme_texts_are_imported_quickly_and_lose_no_word(text: str) -> None:
    with at_most(12):  # 2 s on a quiet machine
        imported = import_text(text, name="strange.txt")
    assert imported.missing == ()
    assert parse_issue(imported.issue_md, unfinished=True)


@pytest.mark.parametrize(
    ("text", "size", "limit"),
    few(  # each limit once
        ("大" * 50_000, "151,", "120,000 "),
        ("\n\n".join(f"The boat number {at} came home." for at in range(2_200)), "4,4", "4,000 "),
        ("It is [so] said [by] all. " * 1_500, "3,000 pictures, links and other brackets", "2,000 "),
        ("x" * 310_000, "310,000 characters", "300,000 "),
        soak=[
            ("word " * 55_000, "27", "120,000 "),
            ("a" * 290_000, "29", "120,000 "),
            ("Editor: A " * 25_000, "25", "120,000 "),
            ("(Source: " * 30_000, "27", "120,000 "),
            ("Cap Photo credit: X\n\n" * 4_000, "8,009 paragraphs, pictures and questions", "4,000 "),
        ],
    ),
    ids=["chinese", "lines", "brackets", "source", "line", "letters", "staff", "sources", "credits"],
)
def test_a_text_too_long_for_one_mail_is_refused_with_its_size_and_a_hint(text: str, size: str, limit: str) -> None:
    with at_most(8), pytest.raises(TooLongError) as refused:
        import_text(text, name="year.txt")
    finding, told = refused.value.finding, str(refused.value)
    assert finding.code == "import-too-long"
    assert told.startswith(f"year.txt: import-too-long: the text is too long for one mail: {size}")
    assert f"at most {limit}" in told
    assert "fault" not in told
    parts = int(str(finding.params["parts"]))
    assert f"into {parts} files or more, and import each file as an issue of its own" in told
    assert parts >= 2


@pytest.mark.soak
def test_too_many_emphasised_words_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    source = tmp_path / "year.md"
    source.write_text("# Post\n\n## One\n\n" + "a **b** c " * 4_000, encoding="utf-8")
    with pytest.raises(
        TooLongError, match=r"too long for one mail: 1\d,\d{3} paragraphs, links and marked words; at most 15,000"
    ):
        import_file(source)
    assert [path.name for path in tmp_path.iterdir()] == ["year.md"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_common_encodings_are_detected(encoding: str, tmp_path: Path) -> None:
    text = TEXT.replace("for long", "for long (长久)").replace("\n", "\r\n") + "\f"
    path = tmp_path / "post.txt"
    path.write_bytes(text.encode(encoding))
    assert decode(path.read_bytes(), path.name) == text
    done = import_file(path)
    assert account_for(text, done) == []
    assert len(list(parse_issue(done.issue_md, unfinished=True).articles())) == 2


def test_western_text_is_not_read_as_chinese() -> None:
    assert decode("Göttingen und España, déjà vu".encode("windows-1252"), "x") == "Göttingen und España, déjà vu"


def test_an_undecodable_text_is_refused_with_the_encodings_tried(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"utf-8, gb18030, windows-1252 were tried"):
        decode(b"\xff\x81 text \x8d", "x")
    with pytest.raises(ImportRefusedError, match=r": utf-8 was tried and does not fit\. Save"):
        decode(bytes(range(256)) * 10, "x")
    with pytest.raises(ImportRefusedError, match="damaged"):
        decode(b"\xef\xbb\xbfabc\xff", "x")
    with pytest.raises(ImportRefusedError, match="cannot be read"):
        import_file(tmp_path / "nothing.txt")
    for begin in (b"RIFF\x24\0\0\0WEBPVP8 ", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"):
        (tmp_path / "mail.webp").write_bytes(begin + bytes(range(256)))
        with pytest.raises(ImportRefusedError, match="is a picture"):
            import_file(tmp_path / "mail.webp")


def test_the_written_folder_is_complete_and_loads(tmp_path: Path) -> None:
    imported, _ = issue_of(TEXT)
    folder = tmp_path / "new" / "2024-05"
    write_import(imported, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["images", "import-report.txt", "issue.md"]
    assert parse_issue((folder / "issue.md").read_text(encoding="utf-8"), unfinished=True).title == "The Harbour Post"
    assert list(folder.parent.iterdir()) == [folder]


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    imported, _ = issue_of(TEXT)
    (tmp_path / "issue.md").write_text("mine", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="is not empty; nothing was written"):
        write_import(imported, tmp_path)
    assert (tmp_path / "issue.md").read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "issue.md"]
    with pytest.raises(ImportRefusedError, match="is not a folder"):
        write_import(imported, tmp_path / "issue.md")


def test_only_a_regular_file_of_limited_size_is_read(tmp_path: Path) -> None:
    """A device never ends, and opening a FIFO would wait for a writer."""
    fifo, large = tmp_path / "post.md", tmp_path / "large.md"
    os.mkfifo(fifo)
    with large.open("wb") as file:
        file.truncate(10**12)  # sparse: it takes no space on the disk
    for path, refusal in ((Path("/dev/zero"), "not a regular file"), (fifo, "not a regular file"), (large, "the limit")):
        with at_most(8), pytest.raises(ImportRefusedError, match=refusal):
            import_file(path)


@pytest.mark.parametrize(("umask", "modes"), [(0o077, {0o700, 0o600}), (0o002, {0o775, 0o664})])
def test_the_folder_of_an_issue_gets_the_permissions_of_the_umask(tmp_path: Path, umask: int, modes: set[int]) -> None:
    before = os.umask(umask)
    try:
        write_import(import_text("# A title\n\nA paragraph.\n", name="post.md"), tmp_path / "issue")
    finally:
        os.umask(before)
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "issue", *(tmp_path / "issue").rglob("*"))} == modes
