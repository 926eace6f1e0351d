"""Room for the text, in Chromium: the lines above it stay low, lists stay in the window, and the preview shows what is chosen."""

from __future__ import annotations

import pytest

from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_preview_follows import long_issue as long_issue
from tests.web.console.test_writing_in_browser import FILE, Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
TO_THE_END = """() => {
  const { editor } = document.querySelector('form[data-rich]').richPart;
  editor.view.focus();
  editor.commands.setTextSelection(editor.state.doc.content.size - 1);
  editor.commands.scrollIntoView();
}"""
BOX = "(element) => { const { top, bottom, height } = element.getBoundingClientRect(); return { top, bottom, height }; }"


@pytest.mark.parametrize(("width", "highest"), [(1280, 480), (390, 800)])
def test_the_text_begins_high_its_toolbar_stays_and_the_list_of_the_slash_is_in_the_window(
    live_server, browser, long_issue, width, highest
):
    wei = Person(browser, live_server.url, "wei", ("en", "light", width))
    wei.write("light")
    page = wei.page
    assert page.locator(".rich-body").evaluate(BOX)["top"] < highest  # with the offer of a tour above it
    page.evaluate(TO_THE_END)
    page.keyboard.press("Enter")
    page.keyboard.type("/")
    page.wait_for_selector("#slash-menu")
    menu = page.locator("#slash-menu").evaluate(BOX)
    assert menu["top"] >= 0
    assert menu["bottom"] <= page.evaluate("window.innerHeight")
    bar = page.locator(".editor-toolbar").evaluate(BOX)
    assert 0 <= bar["top"] < 80, "it stays in sight"
    assert bar["height"] <= 60
    assert not wei.faults


def test_the_long_titles_of_other_parts_take_no_line(live_server, browser, long_issue):
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))
    wei.write("light")
    link = wei.page.locator(".part-steps a[rel=prev]")
    assert link.get_attribute("aria-label") == link.get_attribute("title") == "Previous part: News"
    link.click()
    wei.page.wait_for_url("**part=news*")


def test_the_note_and_the_link_below_the_mail_follow_the_chosen_view(live_server, browser, long_issue):
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))
    wei.open("/console/issues/news-1/preview/")
    wei.page.select_option("#preview-view", "dark")
    link = wei.page.locator("[data-live=hint] a")
    wait_until(lambda: "view=dark" in (link.get_attribute("href") or ""), 30, "the link to the dark mail")
    assert "dark colours" in wei.page.inner_text("[data-live=hint]")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    wei.page.select_option("#preview-width", "both")
    wei.page.wait_for_selector("figure.desktop iframe")
    phone, desktop = (wei.page.locator(f"figure.{name}").evaluate(BOX) for name in ("phone", "desktop"))
    assert phone["top"] == desktop["top"], "side by side"


def test_next_to_a_text_there_is_no_choice_of_both_widths(live_server, browser, long_issue):
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))
    wei.open(f"/console/issues/news-1/part/?file={FILE}&part=light")
    wei.page.wait_for_selector("#preview-width")
    values = wei.page.eval_on_selector_all("#preview-width option", "(all) => all.map((each) => each.value)")
    assert sorted(values) == ["desktop", "phone"]
