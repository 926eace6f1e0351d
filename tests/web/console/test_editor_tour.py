"""The tour of the editor in Chromium: offered once per account, by keyboard, on a phone, and started again from the help."""

import pytest

from publication.models import Audit, EditorTour
from tests.support.chromium import MARKS
from tests.support.variations import first
from tests.support.waiting import wait_until
from tests.web.console.test_rich_editor import write_light
from tests.web.console.test_writing_in_browser import Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]


def in_sight(page) -> bool:
    return page.evaluate(
        """() => {
          const box = document.querySelector(".tour-box").getBoundingClientRect();
          return box.left >= 0 && box.top >= 0 && box.right <= window.innerWidth && box.bottom <= window.innerHeight;
        }"""
    )


@pytest.mark.parametrize("width", first([390, 1280]))
def test_the_tour_is_offered_once_and_every_step_points_at_something(live_server, browser, issue, width):
    write_light(issue, "Text.")
    wei = Person(browser, live_server.url, "wei", ("en", "light", width))
    wei.write("light")
    wei.page.click(".outline-help:has(.tour-offer) summary")
    wei.page.click(".tour-offer button >> nth=0")
    titles = []
    while wei.page.locator(".tour-box").count():
        assert wei.page.locator(".tour-target").count() == 1
        assert in_sight(wei.page)
        assert wei.page.evaluate("document.activeElement.closest('.tour-box') !== null")
        titles.append(wei.page.inner_text(".tour-box h2"))
        wei.page.keyboard.press("Enter")
    assert len(set(titles)) == len(titles) == 8
    assert wei.page.locator("[aria-expanded=true]").count() == 0, "what was opened for the tour is folded again"
    assert wei.page.locator(".tour-target").count() == 0
    wait_until(lambda: wei.page.wait_for_timeout(20) or EditorTour.objects.exists(), 30, "remembered")
    assert Audit.objects.filter(verb="see_editor_tour").count() == 1
    wei.write("light")
    assert wei.page.locator(".tour-offer").count() == 0
    assert not wei.faults


@pytest.mark.soak
def test_the_tour_can_be_declined_and_seen_later(live_server, browser, issue):
    write_light(issue, "Text.")
    wei, li = (Person(browser, live_server.url, name) for name in ("wei", "li"))
    wei.write("light")
    wei.page.click(".outline-help:has(.tour-offer) summary")
    wei.page.click(".tour-offer button >> nth=1")
    wait_until(lambda: wei.page.wait_for_timeout(20) or EditorTour.objects.count() == 1, 30, "remembered")
    wei.page.click(".rich-body")
    wei.page.keyboard.press("Control+/")
    wei.page.click(".keys-dialog .plain")
    wei.page.wait_for_selector(".tour-box .main:focus")  # the dialog is gone only after its "close" event
    wei.page.keyboard.press("ArrowRight")
    assert wei.page.inner_text(".tour-box .quiet").startswith("2 of ")
    wei.look_at()
    wei.page.keyboard.press("Escape")
    assert wei.page.locator(".tour-box").count() == 0
    li.write("light")
    assert li.page.locator(".tour-offer").count() == 1
    assert not wei.faults
    assert not li.faults
