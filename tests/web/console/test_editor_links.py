"""Links to other articles in Chromium: chosen by their titles, by keys alone, shown by their titles, and stored by their ids."""

import pytest

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_rich_editor import body_of
from tests.web.console.test_writing_in_browser import FILE, Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
TITLE = "A <b>new</b> $& ferry"
SOURCE = HEAD + (
    "\nDear reader,\n\n# News {#news}\n\n## Light {#light}\n\nRead on about [ferries](#ferry) and [gone](#gone) now.\n\n"
    "## A \\<b>new\\</b> $& ferry {#ferry}\n\ny\n\n# Science {#science}\n\n## Heat {#heat}\n\nz\n"
)


@pytest.fixture
def wei(live_server, browser, issue: IssueRecord) -> Person:
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: SOURCE}, {}), reason="import")
    return Person(browser, live_server.url, "wei", ("en", "light", 1280))


def until_body(wei: Person, issue: IssueRecord, expected: str) -> None:
    wei.page.keyboard.press("Control+s")
    wait_until(lambda: body_of(issue) == expected or wei.page.wait_for_timeout(20), 30, expected)


def test_an_article_is_chosen_by_its_title_and_a_link_shows_it(wei, issue):
    wei.write("light")
    page, dialog = wei.page, wei.page.locator("dialog.editor-dialog")
    assert page.locator(".rich-body a >> nth=0").get_attribute("title") == f"Leads to the article “{TITLE}”"
    assert page.locator(".rich-body a >> nth=1").get_attribute("title") == "An article that is not in this issue any more"
    wei.rich.cursor("ferries")
    page.keyboard.press("Control+k")
    select = dialog.locator("select")
    assert dialog.locator("input").input_value() == "", "nobody sees the id"
    assert select.locator("option:checked").inner_text() == TITLE
    groups = select.evaluate("(all) => [...all.querySelectorAll('optgroup')].map((each) => [each.label, each.innerText.trim()])")
    assert [label for label, _ in groups] == ["News", "Science"]
    wei.look_at()
    # By keys alone: from the select, whose focus the dialog begins with, to another article, and to the button.
    assert select.evaluate("(element) => element === document.activeElement")
    page.keyboard.type("Heat")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    until_body(wei, issue, "Read on about [ferries](#heat) and [gone](#gone) now.")
    assert page.locator(".rich-body a >> nth=0").get_attribute("title") == "Leads to the article “Heat”"
    assert not wei.faults


@pytest.mark.soak
def test_an_address_and_an_article_exclude_one_another(wei, issue):
    wei.write("light")
    page, dialog = wei.page, wei.page.locator("dialog.editor-dialog")
    wei.rich.cursor("gone")
    page.keyboard.press("Control+k")
    assert dialog.locator("option:checked").inner_text() == "An article that is not in this issue any more"
    dialog.locator("input").fill("example.org")
    assert dialog.locator("select").input_value() == ""
    dialog.locator("select").select_option(label="Heat")
    assert dialog.locator("input").input_value() == ""
    dialog.locator("select").select_option("")
    dialog.get_by_role("button", name="Apply").click()
    assert dialog.locator(".editor-problem").inner_text() == "Enter an address, or choose an article."
    dialog.locator("input").fill("example.org")
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    assert page.locator(".rich-body a >> nth=1").get_attribute("title") == "https://example.org"
    until_body(wei, issue, "Read on about [ferries](#ferry) and [gone](https://example.org) now.")
