"""Splitting at the cursor and joining in the editor: what was typed is saved before, and Ctrl+Z takes the step back."""

import pytest

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.support.chromium import MARKS
from tests.web.console.test_rich_editor import write_light
from tests.web.console.test_writing_in_browser import FILE, PER_LOOK, Person, text_of
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
BODY = """A lamp was lit in the street.

- one
- two

![A bell](images/bell.png)
Caption: The bell

### Sound waves

A bell rang.

Sources: One; Two"""


def body(issue: IssueRecord, part: str) -> str:
    return text_of(issue, part).partition("\n")[2].strip("\n")


def split(wei: Person, text: str, where: str = "start") -> None:
    """Put the cursor somewhere, and open the dialog."""
    wei.rich.cursor(text, where)
    wei.page.keyboard.press("Control+Shift+Enter")
    wei.page.wait_for_selector("dialog[open]")


def confirm(wei: Person, title: str | None = None) -> None:
    if title is not None:
        wei.page.fill("dialog[open] input", title)
    with wei.page.expect_navigation():
        wei.page.click("dialog[open] button.main")
    wei.page.wait_for_selector("[data-undo-step]")


@pytest.mark.soak
@PER_LOOK
def test_an_article_is_split_at_the_cursor_after_its_text_was_saved_and_joined_again(live_server, browser, issue, look):
    write_light(issue, BODY)
    wei = Person(browser, live_server.url, "wei", look)
    wei.write("light")
    wei.rich.cursor("Two")
    wei.page.keyboard.type(" Three")
    split(wei, "Sound waves")
    assert wei.page.input_value("dialog[open] input") == "Sound waves"
    wei.look_at()
    confirm(wei)
    wei.look_at()
    first, second = BODY.split("\n\n### Sound waves\n\n")
    assert (body(issue, "light"), body(issue, "sound-waves")) == (first, f"{second} Three")
    wei.page.focus(".rich-body")
    with wei.page.expect_navigation():
        wei.page.keyboard.press("Control+z")
    assert body(issue, "light") == f"{BODY} Three"
    assert text_of(issue, "sound-waves") == ""
    split(wei, "The bell")  # a card is never divided: it begins the new article
    confirm(wei, "Bells")
    assert (body(issue, "light"), body(issue, "bells").startswith("![A bell]")) == (BODY.split("\n\n![")[0], True)
    wei.page.focus(".rich-body")
    with wei.page.expect_navigation():
        wei.page.keyboard.press("Control+Shift+Backspace")
    wei.page.wait_for_selector("[data-undo-step]")
    assert body(issue, "light") == BODY.replace("\n\n![", "\n\n### Bells\n\n![") + " Three"
    wei.look_at()
    assert wei.faults == {}


@pytest.mark.soak
def test_nothing_is_split_at_an_end_without_connection_or_after_a_change_of_somebody_else(live_server, browser, issue):
    write_light(issue, BODY)
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))
    wei.write("light")
    wei.page.focus(".rich-body")
    wei.page.keyboard.press("Control+Home")
    wei.page.click(".tool-split")
    wei.page.get_by_text("with text above and below").wait_for()
    wei.rich.cursor("Two")
    wei.page.keyboard.type(" Three")
    wei.page.context.set_offline(True)
    split(wei, "Sound waves")
    wei.page.click("dialog[open] button.main")
    wei.until_bad()
    wei.page.wait_for_selector(".rich-body[contenteditable=true]")
    wei.page.context.set_offline(False)
    wei.page.evaluate("window.dispatchEvent(new Event('online'))")
    wei.until_saved()
    assert body(issue, "light") == f"{BODY} Three"
    seen = issue_state.head(issue.pk).edits["text", FILE, "light"]
    edits.save_part(audit.system(), issue, FILE, "light", text_of(issue, "light").replace("lit", "LIT"), seen)
    split(wei, "Sound waves")
    with wei.page.expect_navigation():
        wei.page.click("dialog[open] button.main")
    wei.page.wait_for_selector("input[name=at]")
    assert wei.page.input_value("#id_title") == "Sound waves"
    assert "LIT" in wei.page.locator("main").inner_text()
    assert body(issue, "light") == f"{BODY} Three".replace("lit", "LIT")
