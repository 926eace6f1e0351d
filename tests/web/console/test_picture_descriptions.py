"""The page of pictures asks for alternative texts and credits that are missing, and writes them into the right part."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editorial.models import IssueRecord
from editorial.sources import edits, figures, issue_state, pictures
from publication import audit
from tests.support.sources import text_of
from tests.web.conftest import make_staff
from tests.web.console.test_issue_pages import FILE, SOURCE, address, made, page_text
from tests.web.console.test_issue_pictures import picture

pytestmark = pytest.mark.django_db
BODY = """

Some  text,   spaced oddly.

![](images/laser.png)
Caption: The *first* light

* a list with stars

::: only country = "CN"
![A chart](images/chart.png)
:::

::: profile
![](images/face.png)
Name: Li Wei
Credit: Xinhua

She builds lasers.
:::

![Complete](images/laser.png)
Credit: Zhang
"""


@pytest.fixture
def issue(db) -> IssueRecord:
    record = made("news-1", SOURCE.replace("\nx\n", BODY, 1))
    for name, colour in (("laser", "navy"), ("chart", "red"), ("face", "teal")):
        pictures.add(audit.system(), record, [picture(colour)], f"{name}.png")
    return record


def forms(client: Client, issue: IssueRecord) -> list[dict[str, str]]:
    """The fields of each form that asks for a description."""
    page = client.get(address(issue, "pictures/")).content.decode()
    return [
        {field["name"]: html.unescape(field.get("value", "")) for field in _fields(form)}
        for form in re.findall(r'<form[^>]*class="lacking-form".*?</form>', page, re.DOTALL)
    ]


def _fields(form: str) -> list[dict[str, str]]:
    return [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input [^>]*>", form)]


def described(client: Client, issue: IssueRecord, form: dict[str, str], **fields: str):
    return client.post(address(issue, "pictures/describe/"), form | fields)


def test_the_page_asks_for_what_each_figure_lacks(console, issue):
    asked = forms(console, issue)
    assert [(form["src"], "alt" in form, "credit" in form) for form in asked] == [
        ("images/laser.png", True, True), ("images/chart.png", False, True), ("images/face.png", True, False),
    ]  # fmt: skip
    assert [form.get("alt", "") + form.get("credit", "") for form in asked] == ["", "", ""], "nothing is invented"


def test_a_description_is_written_at_its_figure_and_nothing_else_changes(console, issue):
    before = text_of(issue, "light")
    laser, _, face = forms(console, issue)
    answer = described(console, issue, laser, alt="A laser [30 m]", credit="Li *Wei* / Xinhua")
    assert answer.headers["Location"] == address(issue, "pictures/")
    after = text_of(issue, "light")
    expected = "![A laser \\[30 m\\]](images/laser.png)\nCaption: The *first* light\nCredit: Li \\*Wei\\* / Xinhua"
    assert after == before.replace("![](images/laser.png)\nCaption: The *first* light", expected)
    [figure, *_rest] = figures.figures_in(after)
    assert figure.alt == "A laser [30 m]"
    described(console, issue, forms(console, issue)[1], alt="Li Wei at work")
    assert "![Li Wei at work](images/face.png)" in text_of(issue, "light")
    assert text_of(issue, "light").replace("![Li Wei at work]", "![]") == after
    assert face["src"] == "images/face.png"


def test_somebody_else_changed_the_part_meanwhile(console, issue):
    laser, *_rest = forms(console, issue)
    base = issue_state.head(issue.pk).edits["text", FILE, "light"]
    edits.save_part(audit.system(), issue, FILE, "light", text_of(issue, "light").replace("spaced oddly", "and more"), base)
    answer = described(console, issue, laser, alt="A laser", credit="Li")
    assert answer.status_code == 409
    assert "Your words are still here" in page_text(answer)
    assert 'value="A laser"' in answer.content.decode()
    assert "A laser" not in text_of(issue, "light")
    page = answer.content.decode()
    again = {
        field["name"]: field.get("value", "") for field in _fields(page[page.index("lacking-form") :].partition("</form>")[0])
    }
    assert described(console, issue, again).status_code == 302
    assert "![A laser](images/laser.png)" in text_of(issue, "light")
    assert "and more" in text_of(issue, "light")


def test_an_empty_description_and_a_figure_that_is_gone_are_refused_in_words(console, issue):
    laser, *_rest = forms(console, issue)
    empty = described(console, issue, laser, alt=" ", credit="")
    assert empty.status_code == 422
    assert "Write what the picture shows" in page_text(empty)
    for changed in ({"src": "images/other.png"}, {"number": "99"}, {"part": "nowhere"}, {"file": "issue.fr.md"}):
        assert described(console, issue, laser | changed, alt="A laser").status_code == 422
    assert "A laser" not in text_of(issue, "light")


def test_a_figure_is_found_with_its_caption_and_credit_wherever_it_is(issue):
    text = text_of(issue, "light")
    for path in ("images/laser.png", "images/chart.png", "images/face.png"):
        expected = next(figure for figure in figures.figures_in(text) if figure.src == path)
        assert figures.figure_of(text, path) == expected
    plain = "## Light {#light}\n\n* one\n* two\n\n![A](images/a.png)\nCaption: So\nCredit: Li\n\nEnd."
    assert figures.figure_of(plain, "images/a.png") == figures.figures_in(plain)[0]
    assert figures.figure_of(plain.replace("\n\nEnd.", ""), "images/a.png").credit
    assert figures.figure_of(plain, "images/b.png") is None
    assert figures.figure_of("About images/b.png and ](images/b.png)", "images/b.png") is None


def test_who_may_only_read_sees_what_is_missing_and_may_not_write(issue):
    client = Client()
    client.force_login(make_staff("reader", "editorial.view_issuerecord"))
    assert "It has no alternative text and no credit." in page_text(client.get(address(issue, "pictures/")))
    assert client.post(address(issue, "pictures/describe/"), {"alt": "x"}).status_code == 403


def test_thirty_figures_need_as_many_queries_as_one(console, issue):
    console.get(address(issue, "pictures/"))
    with CaptureQueriesContext(connection) as few:
        console.get(address(issue, "pictures/"))
    state = issue_state.head(issue.pk)
    text = text_of(issue, "light") + "\n![](images/laser.png)\n" * 30
    edits.save_part(audit.system(), issue, FILE, "light", text, state.edits["text", FILE, "light"])
    with CaptureQueriesContext(connection) as many:
        assert len(forms(console, issue)) == 33
    assert len(many) == len(few) <= 12
