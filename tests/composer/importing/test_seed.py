"""Imports the real text if the environment names its file: the result must have everything that an editor counted by hand."""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from composer.importing.files.text_encoding import decode
from composer.importing.importer import Imported, import_file
from composer.issue.document import Figure, Issue, Sources, SubHeading, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.comparing import account_for

SEED = os.environ.get("MAILROOM_TEST_SEED", "")

pytestmark = pytest.mark.skipif(not SEED, reason="MAILROOM_TEST_SEED does not name the file of the real text")


@pytest.fixture(scope="module")
def source() -> str:
    return decode(Path(SEED).read_bytes(), Path(SEED).name)


@pytest.fixture(scope="module")
def imported() -> Imported:
    return import_file(Path(SEED))


@pytest.fixture(scope="module")
def issue(imported: Imported) -> Issue:
    return parse_issue(imported.issue_md, unfinished=True)


def lines_of(source: str, pattern: str) -> list[str]:
    return [line.strip() for line in source.split("\n") if re.search(pattern, line)]


def test_sections_and_articles_are_found(issue: Issue) -> None:
    assert [(section.title, len(section.articles)) for section in issue.sections] == [
        ("Headlines", 5),
        ("Academic Exchange", 4),
        ("Recommended Case", 1),
        ("Scientist Profile", 1),
    ]


def test_each_title_is_a_line_of_the_text(source: str, issue: Issue) -> None:
    lines = {line.replace("' s", "'s").strip() for line in source.split("\n")}
    titles = [article.title for article in issue.articles()]
    assert len(titles) == len(set(titles)) == 11
    assert set(titles) <= lines


def test_figures_have_their_credits(source: str, issue: Issue) -> None:
    figures = [block for block in issue.blocks() if isinstance(block, Figure)]
    assert len(figures) == len(lines_of(source, "(?i)photo credit:")) == 9
    assert all(figure.missing and figure.credit and not figure.alt for figure in figures)
    assert [len(plain(figure.caption).split()) > 0 for figure in figures] == [
        True,
        True,
        False,
        True,
        False,
        True,
        True,
        False,
        True,
    ]


def test_the_sources_of_each_article_are_found(issue: Issue) -> None:
    found = [
        [plain(entry) for block in article.blocks if isinstance(block, Sources) for entry in block.entries]
        for article in issue.articles()
    ]
    assert [len(sources) for sources in found] == [1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 3]
    assert found[1][1] == "chinanews.com.cn"
    assert found[2][0] == "news.cn"
    assert found[10][2] == "people.com.cn"
    assert all(isinstance(article.blocks[-1], Sources) for article in issue.articles())


def test_sub_headings_are_found(issue: Issue) -> None:
    counted = [sum(isinstance(block, SubHeading) for block in article.blocks) for article in issue.articles()]
    assert counted == [1, 2, 0, 0, 0, 0, 0, 0, 0, 3, 3]


def test_staff_and_footer_are_found(source: str, issue: Issue) -> None:
    assert [credit.role for credit in issue.credits] == ["Editor", "Proofreader", "Designer"]
    assert all(f"{credit.role}: {credit.name}" in source for credit in issue.credits)
    assert all(len(credit.name.split()) == 2 for credit in issue.credits)
    assert issue.footer.website.startswith("http://")
    assert "@" in issue.footer.email
    assert issue.footer.about.endswith(".")


def test_highlights_name_five_articles(issue: Issue) -> None:
    assert len(issue.highlights) == 5
    titles = [article.title for article in issue.articles()]
    assert [titles.index(article.title) for article in issue.highlighted()] == [0, 1, 4, 9, 10]


def test_the_head_is_filled(issue: Issue) -> None:
    assert (issue.number, issue.date) == ("", date.min)  # it names months, but not its own
    assert 40 <= len(issue.preheader) <= 130


@pytest.mark.parametrize("word", ["technological", "subsidiary", "UNESCO"])
def test_broken_words_are_joined(imported: Imported, word: str) -> None:
    assert re.search(rf"\b{word}\b", imported.issue_md)
    assert not re.search(r"\w- \w", imported.issue_md)
    assert not re.search(r"UNES-|techno-|subsidi-", imported.issue_md)


def test_no_page_furniture_is_left(imported: Imported) -> None:
    assert not re.search(r"[\u3400-\u9fff]", imported.issue_md)
    assert not re.search(r"bigcirc|🛥|🕊|©|\*\*", imported.issue_md)


def test_no_word_is_lost(source: str, imported: Imported) -> None:
    assert account_for(source, imported) == []
    assert imported.missing == ()
