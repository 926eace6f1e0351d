"""The state of an issue on the page on which it is written: what saving a change means, and what it became, without a reload."""

import pytest

from editorial.models import IssueRecord
from editorial.review import decisions, requests
from publication import audit
from tests.support.chromium import MARKS
from tests.support.reviewing import account
from tests.support.rich_text import BODY
from tests.support.waiting import wait_until
from tests.web.console import test_writing_in_browser
from tests.web.console.test_writing_in_browser import Person

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
issue = test_writing_in_browser.issue
CHIP, NOTE = "[data-stage]", "[data-before-editing]"


@pytest.fixture
def in_review(issue) -> IssueRecord:
    requests.ask(audit.system(), issue, [account("zhao").user])
    issue.refresh_from_db()
    return issue


def test_a_change_of_an_approved_text_is_announced_and_the_state_follows_what_is_saved(live_server, browser, in_review):
    decisions.approve(account("lin"), in_review.current)
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    chip, note = wei.page.locator(CHIP), wei.page.locator(NOTE)
    assert (chip.inner_text(), chip.get_attribute("aria-live")) == ("approved · version 1", "polite")
    assert note.inner_text() == "This text is approved. If you save a change, the issue needs a new approval."
    wei.page.focus(BODY)
    wei.page.keyboard.press("Control+End")
    wei.page.keyboard.type("yz")
    wait_until(lambda: chip.inner_text() == "changed since the approval", 30, chip.inner_text())
    assert "so it needs a new approval" in note.inner_text()
    wei.look_at()
    wei.page.keyboard.press("Backspace")
    wei.page.keyboard.press("Backspace")
    wait_until(lambda: chip.inner_text() == "approved · version 1", 30, chip.inner_text())
    assert "issue-approved" in (chip.locator("span").get_attribute("class") or "")
    assert note.inner_text().startswith("This text is approved.")
    assert wei.faults == {}
