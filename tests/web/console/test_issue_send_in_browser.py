"""Sending an issue in Chromium: from the issue's page to the confirmation, with and without scripts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission

from campaigns.models import Campaign, TestSend
from editorial import issue_versions
from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Publication
from subscribers.models import MailingList
from subscribers.segments import saved_segments
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.issues import two_languages
from tests.web.test_browser import INSPECT, log_in, watched

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.soak]
PICTURES = os.environ.get("MAILROOM_TEST_PICTURES")  # a folder, to look at the pages


@pytest.fixture
def issue(tmp_path, settings, monkeypatch, editor) -> IssueRecord:
    settings.DATA_DIR = tmp_path / "data"
    settings.SENDGRID_API_KEY = "SG.test"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())
    for name in ("add_testsend", "add_issueversion"):
        editor.user_permissions.add(Permission.objects.get(codename=name))
    people.make_sender()
    people.make_people(1985, people.make_list())
    people.make_people(3, MailingList.objects.create(slug="board", name="Board"), prefix="board")
    saved_segments.create(audit.system(), "chinese", 'language = "zh"', description="Reads Chinese")
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version.issue


def test_the_audience_is_counted_while_it_is_chosen_and_the_next_page_confirms(live_server, browser, issue):
    page = watched(browser.new_context())
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/send/")
    page.wait_for_selector("text=Choose at least one list.")
    page.check("text=CAST Newsletter news")
    page.wait_for_selector(".sentence:has-text('1,985 people')")
    page.check("text=Board")
    page.wait_for_selector(".sentence:has-text('1,988 people of CAST Newsletter, Board')")
    assert Campaign.objects.count() == 0
    page.fill("#test-address", "me@cast.example")
    page.click("text=Send the test mail")
    page.wait_for_selector("text=A test mail to me@cast.example is on its way.")
    assert TestSend.objects.count() == 1
    page.check("text=Board")
    page.wait_for_selector(".sentence:has-text('3 people of Board')")
    page.click("text=Send now…")
    page.wait_for_url("**/send-now/")
    assert "3 people" in page.inner_text(".sentence")
    assert page.complaints == []


def test_without_scripts_the_audience_is_counted_by_its_button(live_server, browser, issue):
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/send/")
    page.check("text=Board")
    page.click("text=Count again")
    assert "3 people of Board" in page.inner_text(".sentence")
    page.click("text=Choose the time…")
    page.wait_for_url("**/schedule/")
    assert Campaign.objects.get().lists.get().slug == "board"


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "zh-CN")])
def test_the_page_fits_and_can_be_read(live_server, browser, issue, width, scheme, language):
    Publication.objects.update_or_create(
        pk=1, defaults={"name": "CAST", "policies": {"approvals": 1}, "check_levels": {"placeholder": "error"}}
    )
    page = watched(browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language))
    log_in(page, live_server.url)
    url = f"{live_server.url}/console/issues/{issue.slug}/send/"

    def look(label: str) -> None:
        assert page.evaluate(INSPECT) == []
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"send-{label}-{width}-{scheme}-{language}.png", full_page=True)

    page.goto(url)
    page.check("[name=list] >> nth=0")
    page.wait_for_selector(".sentence strong")
    look("ready")
    page.click("button[value=schedule]")
    page.wait_for_selector(".message.error")  # an approval is missing
    look("refused")
    Publication.objects.update(policies={})
    page.click("button[value=schedule]")
    page.wait_for_url("**/schedule/")
    state = issue_state.head(issue.pk)
    text = "## The light source opens {#light}\n\nTODO\n"
    edits.save_part(audit.system(), issue, "issue.md", "light", text, state.edits["text", "issue.md", "light"])
    page.goto(url)
    look("changed")
    page.click("button[value=prepare]")
    page.wait_for_selector("button[value=replace]")
    look("errors")
    assert page.complaints == []
