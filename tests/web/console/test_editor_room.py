"""Room for the text, in Chromium: on a phone the lines above it stay low, and everything can be unfolded."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from publication.staff import editor_tours
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_preview_follows import long_issue as long_issue
from tests.web.console.test_writing_in_browser import Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
BOX = "(element) => { const { top, bottom, height } = element.getBoundingClientRect(); return { top, bottom, height }; }"


def test_on_a_phone_the_text_begins_within_260_pixels_and_nothing_is_lost(live_server, browser, long_issue):
    wei = Person(browser, live_server.url, "wei", ("en", "light", 390))
    editor_tours.note_seen(User.objects.get(username="wei"))
    wei.write("light")
    page = wei.page
    page.wait_for_selector(".rich-body")
    wait_until(lambda: page.locator("[data-part-meter]").is_visible() or page.wait_for_timeout(20), 30, "the size of the mail")
    assert page.locator(".rich-body > p >> nth=0").evaluate(BOX)["top"] <= 260
    assert page.evaluate("window.scrollY") == 0
    wei.look_at()
    assert page.locator(".editor-toolbar").evaluate(BOX)["height"] < 60, "one line"
    for tool in (".tool-insert", ".tool-strong", ".tool-help", ".tool-insert"):
        page.focus(tool)
        expect(page.locator(tool)).to_be_in_viewport(ratio=1)
    expect(page.locator("[data-save]")).to_be_in_viewport(ratio=1)
    expect(page.locator(".save-state")).to_be_in_viewport(ratio=1)
    page.click(".bar-opener")
    page.click(".menu-opener")
    for css in (".tabs a >> nth=6", ".top nav a >> nth=1", ".account button", ".part-views a", ".part-bar-actions a >> nth=1"):
        assert page.locator(css).is_visible(), css
    page.click(".part-outline summary")
    assert page.locator(".outline-list a >> nth=0").is_visible()
    low = page.evaluate(
        """() => [...document.querySelectorAll('.top a, .top button, .tabs a, .part-bar a, .part-bar button, .part-bar summary, .part-foot button, .tool')]
          .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
          .map((each) => `${each.className} ${each.textContent.trim()}`)"""
    )
    assert [button for button in low if "mark" not in button] == []
    wei.look_at()
    assert not wei.faults
    page.set_viewport_size({"width": 1280, "height": 844})
    page.wait_for_selector(".part-columns > .part-outline", state="visible")
    assert page.locator(".tabs").is_visible()
    assert page.locator(".part-bar-actions .save-state + [data-save]").count() == 1, "where it is without a phone"
