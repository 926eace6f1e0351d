"""Splitting an article and joining two with plain forms: the block is chosen, one form takes it back."""

import html
import re
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from composer.issue.parts.outline import title_of
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state, revisions
from publication import audit
from tests.composer.making import HEAD
from tests.web.console.test_issue_pages import FILE, address, base, parts, text_of

pytestmark = pytest.mark.django_db
SOURCE = HEAD + "\n# News {#news}\n\n## Light {#light}\n\nA lamp.\n\n### Bells\n\nA bell.\n\n## Air {#air}\n\nWind.\n"


@pytest.fixture
def issue(db) -> IssueRecord:
    record = IssueRecord.objects.create(slug="news-1", title="News")
    second = SOURCE.replace("language: en", "language: de").replace("A lamp.", "Eine Lampe.\n\nHell.")
    files = {FILE: SOURCE, "issue.de.md": second}
    edits.replace_source(audit.system(), record, None, issue_state.of_sources(files, {}), reason="import")
    return record


def form(issue: IssueRecord, part: str, **more: object) -> dict[str, object]:
    return {"file": FILE, "part": part, "base": base(issue, part), **more}


def value_of(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def test_an_article_is_split_at_a_chosen_block_and_the_step_is_undone(console, issue):
    outline = console.get(address(issue, "")).text
    assert outline.count("part/split/?file=issue.md") == 2
    assert outline.count("part/join/?file=issue.md") == 1
    page = console.get(address(issue, "part/split/", "light")).text
    assert re.findall(r'name="at" value="(\d)"', page) == ["1", "2"]
    before = issue_state.head(issue.pk)
    answer = console.post(address(issue, "part/split/"), form(issue, "light", at="1", title=""))
    assert answer.url.startswith(address(issue, "part/", "bells"))
    assert parts(issue)[3:] == ["news", "light", "bells", "air"] or parts(issue)[-3:] == ["light", "bells", "air"]
    assert title_of(Part("bells", text_of(issue, "bells"))) == "Bells"
    shown = console.get(answer.url).text
    assert "German" in shown  # its text has another block, so it stayed whole
    step = value_of(shown, "undo")
    answer = console.post(address(issue, "part/undo/"), {"file": FILE, "part": "bells", "undo": step})
    assert answer.url == address(issue, "part/", "light")
    assert issue_state.head(issue.pk) == before


def test_two_articles_are_joined_after_a_question_and_the_step_is_undone(console, issue):
    assert "Light" in console.get(address(issue, "part/join/", "air")).text
    before = issue_state.head(issue.pk)
    answer = console.post(address(issue, "part/join/"), form(issue, "air"))
    assert answer.url.startswith(address(issue, "part/", "light"))
    assert text_of(issue, "light").endswith("A bell.\n\n### Air\n\nWind.\n\n")
    step = value_of(console.get(answer.url).text, "undo")
    console.post(address(issue, "part/undo/"), {"file": FILE, "part": "light", "undo": step})
    assert issue_state.head(issue.pk) == before


def test_what_is_not_possible_says_why_and_changes_nothing(console, issue):
    before, seen = issue_state.head(issue.pk), base(issue, "light")
    refused = console.post(address(issue, "part/split/"), form(issue, "light", title="x"))
    assert (refused.status_code, "text above and below" in refused.text) == (422, True)
    assert console.get(address(issue, "part/join/", "light")).status_code == 404
    assert console.get(address(issue, "part/split/", "news")).status_code == 404
    assert issue_state.head(issue.pk) == before
    edits.save_part(audit.system(), issue, FILE, "light", "## Light {#light}\n\nNew.\n\nNewer.\n\n", seen)
    answer = console.post(address(issue, "part/split/"), form(issue, "light", at="1", title="My title") | {"base": seen})
    assert (answer.status_code, "Newer." in answer.text, value_of(answer.text, "base")) == (409, True, str(base(issue, "light")))
    answer = console.post(address(issue, "part/join/"), form(issue, "air") | {"base": 1})
    assert answer.status_code == 409
    assert text_of(issue, "light").endswith("New.\n\nNewer.\n\n")


def test_only_the_step_of_the_same_account_and_issue_is_offered_and_taken_back(console, issue, admin_user):
    answer = console.post(address(issue, "part/split/"), form(issue, "light", at="1", title=""))
    step = value_of(console.get(answer.url).text, "undo")
    with transaction.atomic():
        points = [revisions.name_point(audit.system(), issue, issue_state.head(issue.pk).number, "pause")]
        seen = base(issue, "air")
        edits.save_part(audit.system(), issue, FILE, "air", "## Air {#air}\n\nAn urgent correction.\n\n", seen)
        points.append(revisions.name_point(audit.system(), issue, issue_state.head(issue.pk).number, "pause"))
    crafted = f"split-{points[0].edit}-{points[1].edit}-"
    other = Client()
    other.force_login(admin_user)
    for client, value in ((console, crafted), (console, f"{crafted}:{step.rpartition(':')[2]}"), (other, step)):
        assert "was split" not in client.get(f"{address(issue, 'part/', 'bells')}&{urlencode({'undo': value})}").text
        assert client.post(address(issue, "part/undo/"), {"file": FILE, "part": "bells", "undo": value}).status_code == 404
    assert "urgent correction" in text_of(issue, "air")
    assert "bells" in parts(issue)


def test_the_documents_of_the_editor_are_checked(console, issue):
    before = issue_state.head(issue.pk)
    for first, second in (("{}", "{}"), ("[", "]"), ('{"doc": {"type": "doc"}}', '{"doc": {"type": "doc"}}')):
        answer = console.post(address(issue, "part/split/"), form(issue, "light", title="x", first=first, second=second))
        assert answer.status_code == 422
    assert issue_state.head(issue.pk) == before
