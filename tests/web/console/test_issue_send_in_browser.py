"""Sending an issue in Chromium: the audience is counted while it is chosen."""

import pytest
from django.contrib.auth.models import Permission

from campaigns.models import Campaign
from editorial import issue_versions
from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from publication import audit
from subscribers.models import MailingList, Subscriber
from subscribers.segments import saved_segments
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.issues import two_languages
from tests.web.test_browser import log_in, watched

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.soak]


@pytest.fixture
def issue(tmp_path, settings, monkeypatch, editor) -> IssueRecord:
    settings.DATA_DIR = tmp_path / "data"
    settings.SENDGRID_API_KEY = "SG.test"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())
    editor.user_permissions.add(Permission.objects.get(codename="add_issueversion"))
    people.make_sender()
    people.make_people(1985, people.make_list())
    Subscriber.objects.filter(address__startswith="reader1@").update(language="zh")
    Subscriber.objects.filter(address__startswith="reader2@").update(language="zh")
    people.make_people(3, MailingList.objects.create(slug="board", name="Board"), prefix="board")
    saved_segments.create(audit.system(), "chinese", 'language = "zh"', description="Reads Chinese")
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version.issue


def test_the_audience_is_counted_while_it_is_chosen_and_the_next_page_confirms(live_server, browser, issue):
    page = watched(browser.new_context())
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/send/")
    page.wait_for_selector(".next-steps [aria-current]:has-text('Choose a list')")
    assert page.is_hidden("text=Choose the time…")
    board = MailingList.objects.get(slug="board").pk
    page.get_by_role("checkbox", name="CAST Newsletter", exact=True).first.check()
    page.wait_for_selector(".sentence:has-text('1,985 people')")
    page.check(f"[name=list][value='{board}']")
    page.wait_for_selector(".sentence:has-text('1,988 people of CAST Newsletter, Board')")
    page.click("text=Leave people out")
    page.check("text=chinese Reads Chinese")
    page.wait_for_selector(".sentence:has-text('1,986 people')")
    page.click("text=Languages and domains")
    page.uncheck("text=chinese Reads Chinese")
    page.wait_for_selector(".sentence:has-text('1,988 people')")
    assert page.is_visible("th:has-text('people.example')"), "what was unfolded stays unfolded"
    assert Campaign.objects.count() == 0
    page.click("text=Send now…")
    page.wait_for_url("**/send-now/")
    assert "1,988 people" in page.inner_text(".sentence")
    assert page.complaints == []
