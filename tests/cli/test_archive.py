"""The archive from the command line: shown, asked about, changed, on record."""

import pytest

from publication import audit
from publication.models import Audit
from subscribers.segments import saved_segments
from tests.support import archives

BODY = "\n# Section\n\n## Article\n\nText.\n"


@pytest.fixture
def sent(news, tmp_path):
    """One issue that went to the whole list, and one that went to a segment."""
    few = saved_segments.create(audit.system(), "few", 'language = "en"')
    mailing_list = archives.open_list("news", "off")
    archives.send(archives.write(tmp_path / "a", BODY), mailing_list)
    archives.send(archives.write(tmp_path / "b", BODY, number="2"), mailing_list, segment=few)


def test_an_archive_is_opened_after_a_question(run, done, sent, settings):
    assert done("list", "show", "news")["archive"] == "off"
    asked = run("list", "archive", "news", "public", given="n\n")
    assert (asked.code, "Everybody will be able to read 1 issue that went to news, and every later one" in asked.err) == (1, True)
    assert done("list", "show", "news")["archive"] == "off"
    answer = run("list", "archive", "news", "public", given="y\n")
    address = f"{settings.PUBLIC_URL}/archive/news/"
    assert answer.code == 0
    assert f"The archive of news is public: {address}" in answer.out
    assert "1 issue went only to a segment and is not shown" in answer.out
    assert [mailing_list["archive"] for mailing_list in done("list", "ls")["lists"]] == ["public"]
    assert done("list", "archive", "news", "unlisted", "--yes") == {
        "list": "news", "archive": "unlisted", "address": address, "issues": 1, "left_out": 1,
    }  # fmt: skip
    assert done("list", "archive", "news", "off")["address"] == "", "showing less needs no confirmation"
    assert Audit.objects.filter(verb="set_archive", actor__kind="cli").count() == 3


def test_an_archive_stays_closed_without_an_answer(run, sent):
    assert run("list", "archive", "news", "public").code == 1
    assert run("list", "archive", "news", "loud").code == 2
    assert "newz" in run("list", "archive", "newz", "public", "--yes").err


def test_an_issue_is_withheld_or_shown(run, done, sent):
    assert done("issue", "archive", "news-2", "shown") == {"issue": "news-2", "archive": "shown"}
    assert done("issue", "archive", "news-1", "withheld")["archive"] == "withheld"
    assert done("list", "archive", "news", "public", "--yes")["issues"] == 1
    refused = run("issue", "archive", "news-3", "shown")
    assert (refused.code, "no stored issue is called “news-3”" in refused.err) == (1, True)
