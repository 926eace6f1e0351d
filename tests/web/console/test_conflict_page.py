"""Two people changed one part: people who use the editor see both texts as they are read, without the marks of the source."""

import html
import json
import re

import pytest
from django.test import Client

from composer.issue.editing import part_document
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from tests.editorial.review.test_decisions import FILE, SOURCE, account
from tests.support.sources import import_source
from tests.web.console.test_home import client_of

pytestmark = pytest.mark.django_db
BEFORE = "First.\n\n- **one** [site](https://a.example/)\n- two\n\nLast.\n"


@pytest.fixture
def issue(db) -> IssueRecord:
    return import_source({FILE: SOURCE})


def base(issue: IssueRecord) -> int:
    return issue_state.head(issue.pk).edits["text", FILE, "light"]


def post(client: Client, issue: IssueRecord, text: str, begun: int, *, source: bool = False):
    typed = {"text": text} if source else {"document": json.dumps(part_document.document_of(text, str).json())}
    form = {"file": FILE, "part": "light", "base": begun, "title": "Light", **typed}
    return client.post(f"/console/issues/{issue.slug}/part/", form)


def conflict(issue: IssueRecord, theirs: str, mine: str, *, source: bool = False) -> tuple[Client, str]:
    wei = client_of("wei", "editor")
    assert post(wei, issue, BEFORE, base(issue), source=True).status_code == 302
    begun = base(issue)
    edits.save_part(account("li", "editor"), issue, FILE, "light", f"## Light {{#light}}\n\n{theirs}", begun)
    answer = post(wei, issue, mine, begun, source=source)
    assert answer.status_code == 409
    return wei, answer.content.decode()


def test_the_texts_and_their_differences_are_without_marks(issue):
    mine = BEFORE.replace("two", "**three** more")
    wei, page = conflict(issue, BEFORE.replace("First", "At first"), mine)
    shown = re.sub(r'<input type="hidden"[^>]*>', "", page)
    for mark in ("**", "](", "- one", "{#"):
        assert mark not in shown, mark
    assert "• one site (https://a.example/)" in shown
    assert "three more</ins>" in shown
    assert "<textarea" not in shown
    form = re.search(r"<h2>Or keep both</h2>.*?</form>", page, re.DOTALL)[0]
    typed = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    assert wei.post(f"/console/issues/{issue.slug}/part/", typed).status_code == 302
    [text] = [part.text for part in issue_state.head(issue.pk).files[FILE] if part.id == "light"]
    assert "At first." in text
    assert "- **three** more" in text


def test_texts_that_differ_only_in_formatting_say_so(issue):
    _, page = conflict(issue, BEFORE.replace("Last", "**Last**"), BEFORE.replace("Last", "*Last*"))
    assert "Both texts read the same." in page


def test_who_edits_the_source_sees_the_source(issue):
    _, page = conflict(issue, BEFORE.replace("First", "At first"), BEFORE.replace("two", "**three**"), source=True)
    assert "**three**" in page
    assert "<textarea" in page
