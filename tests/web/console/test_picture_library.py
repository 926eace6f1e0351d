"""The library of pictures: search, pages, a bounded number of queries, and taking a picture with its credit into an issue."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state, picture_library, pictures
from publication import audit
from publication.models import Audit
from tests.support.variations import first
from tests.web.console.test_issue_pages import FILE, HOSTILE, SOURCE, address, made, page_text
from tests.web.console.test_issue_pictures import picture, stored

pytestmark = pytest.mark.django_db
FIGURE = """
x

![A laser of 30 metres](images/laser.png)
Caption: The *first* light in Dalian
Credit: Li Wei / Xinhua

Not in any caption: marzipan.
"""


@pytest.fixture
def issue(db) -> IssueRecord:
    """An issue without pictures. Another one has a laser, with a description, and a chart that nothing shows."""
    other = made("dalian-7", SOURCE.replace("\nx\n", FIGURE, 1))
    pictures.add(audit.system(), other, [picture("navy")], "laser.png")
    pictures.add(audit.system(), other, [picture("red")], "chart.png")
    return made("news-1")


def names(client: Client, issue: IssueRecord, search: str = "", page: int = 1) -> list[str]:
    html_text = client.get(address(issue, "pictures/library/"), {"q": search, "page": page}).content.decode()
    return [html.unescape(name) for name in re.findall(r"<h3>(.*?)</h3>", html_text)]


def digest_of(path: str) -> str:
    return stored(IssueRecord.objects.get(slug="dalian-7"))[path]


def taken(client: Client, issue: IssueRecord, digest: str, *wished: str):
    body = {"digest": digest, "with": wished}
    return client.post(address(issue, "pictures/library/"), body, headers={"Accept": "application/json"})


def test_the_newest_come_first(console, issue):
    assert names(console, issue) == ["chart.png", "laser.png"]


@pytest.mark.parametrize(
    ("search", "expected"),
    first([
        ("LASER", ["laser.png"]), ("metres", ["laser.png"]), ("first light", ["laser.png"]), ("xinhua laser", ["laser.png"]),
        ("dalian-7", ["chart.png", "laser.png"]), ("marzipan", []), ("xinhua chart", []), ("%", []), ("_", []), ("nothing", []),
        ("NEWS dalian", ["chart.png", "laser.png"]), ("x\0y" * 30, []),
    ], 4),
)  # fmt: skip
def test_the_search_reads_names_captions_alternative_texts_credits_and_issues(console, issue, search, expected):
    assert names(console, issue, search) == expected


def test_a_picture_of_several_issues_is_listed_once(console, issue):
    assert taken(console, issue, digest_of("images/laser.png")).status_code == 200
    page = page_text(console.get(address(issue, "pictures/library/")))
    assert names(console, issue) == ["laser.png", "chart.png"]
    assert "in 2 places" in page
    assert "This issue has it already." in page


def test_a_picture_that_was_deleted_or_replaced_is_not_listed(console, issue):
    other = IssueRecord.objects.get(slug="dalian-7")
    gone = digest_of("images/chart.png")
    pictures.remove(audit.system(), other, "images/chart.png", before=gone)
    assert names(console, issue) == ["laser.png"]
    answer = taken(console, issue, gone)
    assert answer.status_code == 422
    assert "not stored any more" in answer.json()["status"]


def test_a_taken_picture_brings_its_credit_and_only_what_was_asked_for(console, issue):
    answer = taken(console, issue, digest_of("images/laser.png")).json()
    assert answer["path"] == "images/laser.png"
    assert (answer["width"], answer["height"]) == (900, 40)
    assert console.get(answer["preview"]).status_code == 200
    assert (answer["credit"], answer["alt"], answer["caption"]) == ("Li Wei / Xinhua", "", "")
    assert answer["creditContent"] == [{"type": "text", "text": "Li Wei / Xinhua"}]
    assert stored(issue) == {"images/laser.png": digest_of("images/laser.png")}
    assert Audit.objects.get(verb="take_picture").detail["picture"] == "images/laser.png"
    both = taken(console, issue, digest_of("images/laser.png"), "alt", "caption").json()
    assert (both["alt"], both["caption"]) == ("A laser of 30 metres", "The first light in Dalian")
    assert [node["text"] for node in both["captionContent"]] == ["The ", "first", " light in Dalian"]
    assert taken(console, issue, digest_of("images/chart.png")).json()["credit"] == ""
    assert "images/" not in issue_state.head(issue.pk).sources[FILE], "the text is not changed"


def test_a_name_that_is_taken_becomes_another_one(console, issue):
    pictures.add(audit.system(), issue, [picture("green")], "laser.png")
    assert taken(console, issue, digest_of("images/laser.png")).json()["path"] == "images/laser-2.png"


def test_without_a_script_the_lines_for_the_text_are_shown(console, issue):
    body = {"digest": digest_of("images/laser.png"), "with": ["caption"]}
    answer = console.post(address(issue, "pictures/library/"), body, follow=True)
    assert "images/laser.png is in this issue now." in page_text(answer)
    line = "![](images/laser.png)\nCaption: The *first* light in Dalian\nCredit: Li Wei / Xinhua"
    assert line in html.unescape(answer.content.decode())
    assert console.post(address(issue, "pictures/library/"), {"digest": "0" * 64}).status_code == 422


def test_other_files_than_pictures_of_issues_cannot_be_taken(console, issue):
    for digest in ("", "../../secret", "0" * 64, HOSTILE):
        assert taken(console, issue, digest).status_code == 422
    assert stored(issue) == {}


@pytest.mark.soak
def test_sixty_pictures_a_page_need_as_many_queries_as_one(console, issue):
    console.get(address(issue, "pictures/library/"))
    with CaptureQueriesContext(connection) as few:
        console.get(address(issue, "pictures/library/"), {"q": "png"})
    for issue_number in range(4):
        record = made(f"more-{issue_number}", SOURCE.replace("\nx\n", FIGURE, 1))
        digests = {}
        for number in range(20):
            path = pictures.add(audit.system(), issue, [picture((number, issue_number, 9), size=(40, 40))], f"n{number}.png")
            digests[f"images/n{issue_number}-{number}.png"] = stored(issue)[path]
        state = issue_state.head(record.pk)
        edits.replace_source(audit.system(), record, None, issue_state.IssueState(state.files, digests), reason="push")
    with CaptureQueriesContext(connection) as many:
        assert len(names(console, issue, "png")) == picture_library.PER_PAGE
    assert len(names(console, issue, page=2)) == 22
    assert len(names(console, issue, page=99)) == 22, "the nearest page"
    assert len(many) == len(few) <= 14
