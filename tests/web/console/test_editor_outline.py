"""The page of a part in Chromium: the outline next to the text, moving by keys and by the mouse, and the line that stays in sight."""

import pytest
from playwright.sync_api import expect

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_writing_in_browser import FILE, Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
WIDE = ("en", "light", 1280)
SOURCE = HEAD + (
    "\nDear reader,\n\n# News {#news}\n\n## Light {#light}\n\nx\n\n## Sound {#sound}\n\ny\n\n"
    "# Science {#science}\n\n## Heat {#heat}\n\nz\n"
)


@pytest.fixture
def written(issue) -> IssueRecord:
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: SOURCE}, {}), reason="import")
    return issue


def order(issue: IssueRecord) -> list[str]:
    return [part.id for part in issue_state.head(issue.pk).files[FILE] if not part.id.startswith("@")]


def shown(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.outline-list [data-place]')].map((row) => row.dataset.place)")


def until_order(page, issue: IssueRecord, *expected: str) -> None:
    wait_until(lambda: page.wait_for_timeout(20) or (order(issue) == [*expected] == shown(page)), 30, "moved")


@pytest.mark.soak
def test_the_outline_is_next_to_the_text_and_moves_by_keys(live_server, browser, written):
    wei = Person(browser, live_server.url, "wei", WIDE)
    wei.write("light")
    assert wei.page.inner_text(".outline-list [aria-current]") == "Light"
    outline, text, preview = (wei.page.locator(css).bounding_box() for css in (".part-outline", ".part-text", ".preview-beside"))
    assert outline["x"] + outline["width"] <= text["x"] < text["x"] + text["width"] <= preview["x"]
    assert preview["width"] >= 375
    wei.page.click(".rich-body")
    wei.page.keyboard.type("Unsaved ")
    wei.page.focus(".outline-list [data-place=light] a")
    wei.page.keyboard.press("Alt+ArrowDown")
    until_order(wei.page, written, "news", "sound", "light", "science", "heat")
    assert wei.page.evaluate("document.activeElement.textContent") == "Light"
    assert "Unsaved" in wei.page.inner_text(".rich-body")
    wei.page.keyboard.press("Alt+ArrowDown")
    until_order(wei.page, written, "news", "sound", "science", "light", "heat")
    wei.page.focus(".outline-list [data-place=science] a")
    wei.page.keyboard.press("Alt+ArrowUp")
    until_order(wei.page, written, "science", "light", "heat", "news", "sound")
    wei.page.keyboard.press("Alt+ArrowUp")
    wait_until(lambda: wei.page.inner_text(".outline-status") == "It cannot be moved there.", 10)
    assert not wei.faults


@pytest.mark.soak
def test_on_a_phone_the_outline_is_folded_and_a_problem_stays_in_sight(live_server, browser, written):
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    assert not wei.page.locator("ol.outline-list").is_visible()
    wei.page.click(".part-outline summary")
    wei.look_at()
    wei.page.click(".outline-list [data-place=sound] a")
    wei.page.wait_for_url("**part=sound")
    wait_until(lambda: wei.page.locator("[data-part-meter]").is_visible(), 30, "the size of the mail")
    assert "102 KB, this article " in wei.page.inner_text("[data-part-meter]")
    wei.page.route("**/part/", lambda route: route.abort())
    wei.page.focus(".rich-body")
    wei.page.keyboard.type("More.")
    wei.until_bad()
    for position in ("0", "document.body.scrollHeight"):
        wei.page.evaluate(f"window.scrollTo(0, {position})")
        expect(wei.page.locator("[data-status]")).to_be_in_viewport(ratio=1)
    wei.look_at()
    wei.page.unroute("**/part/")
    wei.page.keyboard.press("Control+s")
    wei.until_saved()
    wei.page.click(".bar-opener")
    wei.page.click(".part-bar-actions a[href$='/review/ask/']")
    wei.page.wait_for_url("**/review/ask/")
    assert not wei.faults


def test_a_move_is_taken_back_by_a_key_and_by_a_button(live_server, browser, written):
    wei = Person(browser, live_server.url, "wei", WIDE)
    wei.write("light")
    page = wei.page
    before = order(written)
    page.focus(".outline-list [data-place=light] a")
    page.keyboard.press("Alt+ArrowDown")
    until_order(page, written, "news", "sound", "light", "science", "heat")
    page.wait_for_selector(".outline-undo:visible")
    wei.look_at()
    page.keyboard.press("Control+z")
    until_order(page, written, *before)
    wait_until(lambda: page.inner_text(".outline-status") == "It is back in its old place.", 30)
    assert not page.locator(".outline-undo").is_visible()
    page.drag_and_drop(".outline-list [data-place=science]", ".outline-list [data-place=news]", target_position={"x": 30, "y": 4})
    until_order(page, written, "science", "heat", "news", "light", "sound")
    page.click(".outline-undo")
    until_order(page, written, *before)
    assert not wei.faults
