"""Imports the sample documents, made from the example issue: differences from that issue are marked, and no word is lost."""

import re
from pathlib import Path

import pytest

from composer.building import build
from composer.importing.importer import Imported, import_file, write_import
from composer.issue.document import EditorMark, Figure, Issue, Link, Sources, plain
from composer.issue.parsing.issue_file import load_issue, parse_issue
from tests.composer.importing.comparing import differences, questions_of
from tests.samples.make_documents import BOX, DOCUMENTS, FOOTNOTE, RUNNING_HEAD, load_example
from tests.support.variations import first

KINDS = ("docx", "pdf", "html")
Found = dict[str, tuple[Imported, Issue]]
# What the documents have in addition to the example.
PICTURE = ("-", ("figure", "Seven rings around one ocean: the partners of PACIFICHEM 2025 / Illustration by Mailroom"))
BARE = ("+", ("figure", " / "))
# The documents have the account's name as a reader of the PDF got it.
_ACCOUNT = "China Science Daily; Official WeChat account of {}; people.com.cn"
NAMES = [("-", ("sources", _ACCOUNT.format("科协改革进行时"))), ("+", ("sources", _ACCOUNT.format("KEXIEGAIGEJINXINGSHI")))]
BESIDE = {
    "html": NAMES,
    "pdf": [PICTURE, BARE, *NAMES],
    "docx": [
        ("+", ("row", "Field | Winners | ")),
        ("+", ("row", " | 2022 | 2023")),
        ("+", ("row", "Life sciences | 3 | 4")),
        ("+", ("row", " | 1 | 2")),
        ("+", ("paragraph", "The next congress meets in Hebei next spring.")),
        PICTURE,
        BARE,
        ("+", ("paragraph", "A note on the name follows.[1]")),
        ("+", ("ordered", FOOTNOTE)),
        ("+", ("paragraph", "A box stands beside this line.")),
        ("+", ("paragraph", BOX)),
        *NAMES,
    ],
}


pytestmark = pytest.mark.xdist_group("documents")  # reading them takes seconds


@pytest.fixture(scope="module")
def found() -> Found:
    made: Found = {}
    for kind in KINDS:
        done = import_file(DOCUMENTS / f"sample.{kind}", tracked="accept" if kind == "docx" else None)
        made[kind] = (done, parse_issue(done.issue_md, unfinished=True))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_known_additions_of_the_document_differ_from_the_example(found: Found, kind: str) -> None:
    assert differences(load_example(), found[kind][1]) == BESIDE[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_is_lost(found: Found, kind: str) -> None:
    done, _ = found[kind]
    assert done.missing == ()
    assert "Every word of the source is in the issue or in the list of what was left out." in done.report


@pytest.mark.parametrize("kind", KINDS)
def test_the_report_names_the_line_of_each_mark_in_issue_md(found: Found, kind: str) -> None:
    done, _ = found[kind]
    lines = done.issue_md.split("\n")
    listed = re.findall(r"^issue\.md:(\d+): (.*)$", done.report, re.MULTILINE)
    assert len(listed) == len(done.questions)
    for line, words in listed:
        text = words.removesuffix(f" of {done.name})").rpartition(" (")[0] if words.endswith(f" of {done.name})") else words
        assert lines[int(line) - 1].startswith(f"<!-- check: {text.replace('--', '–')}"[:60]), (line, words)


@pytest.mark.parametrize("kind", KINDS)
def test_head_staff_footer_and_highlights_are_recognised(found: Found, kind: str) -> None:
    issue, example = found[kind][1], load_example()
    assert (issue.title, issue.number) == (example.title, "2023-03")
    assert (issue.date.year, issue.date.month) == (2023, 3)
    assert issue.credits == example.credits
    assert issue.footer.about == example.footer.about
    assert (issue.footer.address, issue.footer.email) == (example.footer.address, example.footer.email)
    assert issue.footer.website == example.footer.website
    assert [article.title for article in issue.highlighted()] == [article.title for article in example.highlighted()]
    assert any("Dear reader" in plain(block.content) for block in issue.opening if hasattr(block, "content"))


@pytest.mark.parametrize("kind", first(KINDS))
def test_links_are_kept(found: Found, kind: str) -> None:
    issue = found[kind][1]
    [entry] = [block for article in issue.articles() for block in article.blocks if isinstance(block, Sources)][4].entries
    assert entry == (Link("http://english.cast.org.cn/", entry[0].children),)  # type: ignore[union-attr]
    assert plain(entry) == "Official website of CAST"


@pytest.mark.parametrize("kind", ["docx", "html"])
def test_alternative_texts_of_pictures_are_kept(found: Found, kind: str) -> None:
    alts = [block.alt for block in found[kind][1].blocks() if isinstance(block, Figure)]
    wanted = [block.alt for block in load_example().blocks() if isinstance(block, Figure)]
    assert [alt for alt in alts if alt] == [alt for alt in wanted if kind == "html" or "hexagonal" not in alt]


@pytest.mark.parametrize("kind", KINDS)
def test_a_caption_is_not_used_as_alternative_text(found: Found, kind: str) -> None:
    """A picture without alternative text has none in the issue either, and a mark directly above it asks for one."""
    asked = 0
    for article in found[kind][1].articles():
        marks: list[str] = []
        for block in article.blocks:
            if isinstance(block, Figure):
                wanted = "no alternative text for this picture" if block.caption else "no caption in the document"
                assert any(wanted in mark for mark in marks) == (block.alt == ""), (block, marks)
                assert block.alt == "" or block.alt != plain(block.caption)
                asked += block.alt == ""
            marks = [*marks, block.text] if isinstance(block, EditorMark) else []
    figures = sum(isinstance(block, Figure) for block in found[kind][1].blocks())
    assert asked == {"html": 0, "docx": 1, "pdf": figures}[kind]


def test_doubtful_places_of_the_documents_are_marked(found: Found) -> None:
    marks = " ".join(questions_of(found["docx"][1]))
    for said in ("cells of this table were merged", "text box", "footnotes of the document", "no caption in the document"):
        assert said in marks
    assert "in italics, so it was taken as a quotation" in " ".join(questions_of(found["pdf"][1]))
    assert 'joined from "counter-" and "part"' in " ".join(questions_of(found["pdf"][1]))


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_running_headers_and_footers_are_left_out_and_reported(found: Found, kind: str) -> None:
    done, _ = found[kind]
    assert RUNNING_HEAD not in done.issue_md
    assert RUNNING_HEAD in done.report


def test_comments_and_tracked_changes_are_reported(found: Found) -> None:
    report = found["docx"][0].report
    assert "a comment by Wei Yumeng: Is the spelling of the name right?" in report
    assert 'deletion by Li Na, accepted, so this is not in the issue: "Tianjin"' in report


def test_words_broken_at_line_ends_are_joined(found: Found) -> None:
    done, _ = found["pdf"]
    assert sum(change.reason == "a word broken over two lines" for change in done.changes) > 20
    assert not re.findall(r"[a-z]-\s", done.issue_md)


@pytest.mark.parametrize("kind", first(KINDS))
def test_the_written_folder_passes_the_checks_and_can_be_built(found: Found, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "issue"
    write_import(found[kind][0], folder)
    issue = load_issue(folder)
    assert len(list((folder / "images").iterdir())) == 10
    assert all((folder / block.src).is_file() for block in issue.blocks() if isinstance(block, Figure))
    assert {finding.level for finding in issue.findings} <= {"warning", "info"}
    assert (folder / "import-report.txt").is_file()
    built = build(folder, tmp_path / "mail")
    assert (tmp_path / "mail" / "issue.html").is_file()
    assert built is not None


def test_importing_the_same_file_twice_gives_the_same_issue(found: Found) -> None:
    again = import_file(DOCUMENTS / "sample.html")
    assert (again.issue_md, again.report) == (found["html"][0].issue_md, found["html"][0].report)
