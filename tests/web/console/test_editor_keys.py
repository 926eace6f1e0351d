"""The editor by keyboard, in Chromium: areas of the page, the toolbar, cards, inserting by typing, and the list of keys."""

import pytest

from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_rich_editor import body_of, write_light
from tests.web.console.test_writing_in_browser import Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
WIDE = ("en", "light", 1280)


# A browser tells a page where the cursor is in a task of its own. A person is never faster than that, a test is.
_CURSOR_IS_KNOWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def press(page, *keys: str) -> None:
    page.evaluate(_CURSOR_IS_KNOWN)
    for key in keys:
        page.keyboard.press(key)


def focused(page, css: str) -> bool:
    return page.evaluate("(css) => document.activeElement.matches(css)", css)


@pytest.mark.soak
def test_keys_lead_to_the_toolbar_and_to_every_area_and_back(live_server, browser, issue):
    write_light(issue, "Text.")
    wei = Person(browser, live_server.url, "wei", WIDE)
    wei.write("light")
    wait_until(lambda: wei.page.wait_for_timeout(20) or wei.page.locator(".preview-choices").count(), 30, "the preview")
    wei.page.click(".rich-body")
    press(wei.page, "Alt+F10")
    assert focused(wei.page, ".tool-strong")
    press(wei.page, "ArrowRight", "ArrowRight")
    assert focused(wei.page, ".tool-link")
    press(wei.page, "Escape")
    assert focused(wei.page, ".rich-body")
    for area in (".preview-choices summary", ".outline-list [aria-current]", "#id_title", ".rich-body"):
        press(wei.page, "F6")
        assert focused(wei.page, area), area
    press(wei.page, "Shift+F6")
    assert focused(wei.page, "#id_title")


def test_a_card_between_cards_stays_selected_when_the_window_gets_the_focus_again(live_server, browser, issue):
    calendar, action, passage = (
        "::: calendar\n- 2027-03-01: Open\n:::",
        "::: action\n[Go](https://example.org/)\n:::",
        "::: lang fr\nUne.\n:::",
    )
    write_light(issue, f"One.\n\n{calendar}\n\n{action}\n\n{passage}")
    wei = Person(browser, live_server.url, "wei", WIDE)
    wei.write("light")
    wei.page.click(".editor-card-action .card-name")
    press(wei.page)
    with wei.page.context.new_page() as other:
        other.bring_to_front()
        wei.page.bring_to_front()
    press(wei.page, "Alt+Shift+ArrowUp", "Control+s")
    wei.until_saved()
    assert body_of(issue) == f"One.\n\n{action}\n\n{calendar}\n\n{passage}"


def test_a_card_is_selected_moved_entered_and_deleted_by_keys(live_server, browser, issue):
    write_light(issue, "One.\n\n::: action\n[Register](https://example.org/x)\n:::\n\nTwo.")
    wei = Person(browser, live_server.url, "wei", WIDE)
    wei.write("light")
    wei.page.click(".editor-card-action > .card-content")
    press(wei.page, "Escape")
    assert wei.page.locator(".editor-card-action.is-selected").count() == 1
    press(wei.page, "Alt+Shift+ArrowUp", "Control+s")
    wei.until_saved()
    assert body_of(issue) == "::: action\n[Register](https://example.org/x)\n:::\n\nOne.\n\nTwo."
    press(wei.page, "Alt+Shift+ArrowDown", "Alt+Shift+ArrowDown", "Alt+Shift+ArrowDown")
    assert wei.page.locator(".rich-body > *").nth(2).get_attribute("data-node") == "action"
    press(wei.page, "Enter")
    assert focused(wei.page, ".editor-card-action input")
    press(wei.page, "Escape")
    assert wei.page.locator(".editor-card-action.is-selected").count() == 1
    press(wei.page, "Delete", "Control+s")
    wei.until_saved()
    wait_until(lambda: wei.page.wait_for_timeout(20) or body_of(issue) == "One.\n\nTwo.", 30, "deleted")
    press(wei.page, "Control+z")
    assert wei.page.locator(".editor-card-action").count() == 1


@pytest.mark.soak
def test_a_slash_in_an_empty_paragraph_inserts_by_typing(live_server, browser, issue):
    write_light(issue, "1/2 is half.")
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    wei.page.click(".rich-body p >> nth=0")
    press(wei.page, "End")
    wei.page.keyboard.type("/")
    assert not wei.page.locator(".slash-menu").is_visible()
    press(wei.page, "Backspace", "Enter")
    wei.page.keyboard.type("/")
    assert wei.page.locator(".slash-menu [role=option]").count() == 14
    wei.look_at()
    wei.page.keyboard.type("butt")
    assert wei.page.inner_text(".slash-menu strong") == "Button"
    press(wei.page, "Enter")
    wei.page.keyboard.type("Register")
    assert wei.page.inner_text(".editor-card-action > .card-content") == "Register"
    last = wei.page.locator(".rich-body > p").last
    wei.page.set_viewport_size({"width": 1280, "height": round(last.bounding_box()["y"]) + 80})
    last.click()
    wei.page.keyboard.type("/")
    menu, bar = (wei.page.locator(name).bounding_box() for name in (".slash-menu", ".part-bar"))
    assert bar["y"] + bar["height"] <= menu["y"] < last.bounding_box()["y"], "it opens upwards, and not under the bar"
    press(wei.page, "ArrowDown", "Escape")
    assert not wei.page.locator(".slash-menu").is_visible()
    wei.page.keyboard.type("x")
    assert "/x" in wei.page.inner_text(".rich-body")
    press(wei.page, "Backspace", "Backspace")
    wei.page.keyboard.type("/quot")
    press(wei.page, "Tab")
    assert wei.page.locator(".rich-body > blockquote").count() == 1
    assert not wei.faults
