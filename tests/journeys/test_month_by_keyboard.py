"""The pages of an issue by keyboard alone, from the list to the approval. Page tests show what works without JavaScript."""

from typing import Any

import pytest

from editorial import issue_versions
from editorial.models import Comment, Decision, IssueRecord
from editorial.sources import issue_state
from publication.models import Publication
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.issues import ENGLISH
from tests.support.keyboard import Keyboard
from tests.support.reviewing import account, need
from tests.support.rich_text import BODY
from tests.support.signed_in_colleagues import SignedInColleague
from tests.support.waiting import wait_until

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
FILE = "issue.md"


@pytest.fixture
def issue(live_server, settings, tmp_path) -> IssueRecord:
    """The issue of last month, by a publisher who needs one approval."""
    settings.PUBLIC_URL, settings.MEDIA_URL = live_server.url, f"{live_server.url}/media/"
    people.make_sender()
    people.make_people(3, people.make_list())
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "zone": "Asia/Shanghai"})
    need(1)
    (tmp_path / "issue").mkdir()
    (tmp_path / "issue" / FILE).write_text(ENGLISH, encoding="utf-8")
    return issue_versions.store(account("author", "publisher"), tmp_path / "issue").version.issue


@pytest.mark.soak
def test_an_issue_is_written_commented_and_approved_by_keyboard_alone(live_server, browser, issue):
    page = SignedInColleague(browser, live_server.url, account("wei", "publisher"), ("en", 390, "light"), "keys").page
    keys = Keyboard(page)
    page.goto(f"{live_server.url}/console/")
    keys.press("header a[href='/console/issues/']")
    keys.press(f"main h2 a[href='/console/issues/{issue.slug}/']")
    keys.press(".outline-name a[href*='part=light']")
    keys.go_to(BODY)
    page.keyboard.press("Control+Home")
    page.keyboard.type("Come and see. ")
    wait_until(lambda: page.locator("[data-status]").get_attribute("data-kind") == "good", 30, "saved")
    assert "Come and see." in issue_state.head(issue.pk).sources[FILE]
    # The page can be left by Tab: the editor takes no Tab for itself.
    keys.press("[data-save]", "Space")
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/")
    keys.press("nav.tabs a[href$='/preview/']")
    keys.unfold("#preview-width input")
    keys.go_to("#preview-width input")
    before = page.evaluate("document.activeElement.value")
    page.keyboard.press("ArrowRight")
    assert page.input_value("#preview-width :checked") != before, "a choice is changed by keys"

    # Wei made the last edit, so Min decides. Version 1 has the text of before; asking makes version 2.
    page = ask(live_server.url, browser, keys, issue)
    keys = Keyboard(page)
    keys.unfold("#id_place")
    keys.go_to("#id_place")
    page.keyboard.press("End")  # the last part of the issue
    keys.type("#id_quotation", "doors open")
    keys.type("#id_text", "Which doors?")
    keys.press("form[data-comment] button[type=submit]", "Space")
    comment = Comment.objects.get()
    assert (comment.quotation, comment.version.number) == ("doors open", 2)
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/review/")
    keys.press("form:has([value=approve]) button.main")
    assert Decision.objects.get().kind == "approve"
    assert page.complaints == []


def ask(root: str, chromium: Any, keys: Keyboard, issue: IssueRecord) -> Any:
    """Ask for a review by keyboard; the page of the person who was asked, who opens it from their home page."""
    reviewer = account("min")
    keys.press("nav.tabs a[href$='/review/']")
    keys.press("a[href$='/review/ask/']")
    keys.go_to(f"input[name=person][value='{reviewer.user.pk}']")
    keys.page.keyboard.press("Space")
    keys.press("main form button.main")
    assert keys.page.complaints == []
    page = SignedInColleague(chromium, root, reviewer, ("en", 390, "light"), "keys").page
    page.goto(f"{root}/console/")
    Keyboard(page).press(f"main a[href='/console/issues/{issue.slug}/review/']")
    return page
