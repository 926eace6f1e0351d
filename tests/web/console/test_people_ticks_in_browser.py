"""Ticking people in Chromium: a box for the page, a live count, and ticks that stay while staff turn the pages of one search."""

import pytest
from playwright.sync_api import expect

from subscribers.people import search
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.phone import unfold
from tests.support.reviewing import account
from tests.web.console.test_writing_in_browser import Person
from worker import upkeep

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]


def test_ticks_stay_on_other_pages_of_the_search_and_go_with_the_action_or_another_search(live_server, browser, monkeypatch):
    monkeypatch.setattr(search.page, "__defaults__", (None, 3))
    people.make_people(7, people.make_list("news"))
    account("manager", "list-manager")
    manager = Person(browser, live_server.url, "manager", ("en", "light", 390))
    page = manager.page
    all_here, boxes = page.get_by_label("All on this page"), page.locator("input[name=person]")
    count = page.locator("[data-ticks] [role=status]")

    def turn() -> None:
        page.click("a[rel=next]")

    selected, everybody = page.get_by_text("Export selected"), page.get_by_text("Export all results")

    def press_for_ticked() -> None:
        unfold(page, "text=Actions for selected")
        page.click("text=Actions for selected")

    manager.open("/console/subscribers/")
    expect(everybody).to_be_hidden()
    unfold(page, "text=Export all results")
    expect(everybody).to_be_visible()
    expect(selected).to_be_hidden()
    expect(page.get_by_text("Actions for selected")).to_be_hidden()
    boxes.first.check()
    expect(count).to_have_text("1 selected")
    expect(selected).to_be_visible()
    expect(everybody).to_be_hidden()
    assert all_here.evaluate("(box) => box.indeterminate")
    all_here.check()
    turn()
    expect(count).to_have_text("3 selected (3 of them on other pages)")
    boxes.last.check()
    expect(count).to_have_text("4 selected (3 of them on other pages)")
    page.set_viewport_size({"width": 390, "height": 260})
    boxes.last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 150)
    expect(count).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 390, "height": 844})
    manager.look_at()
    stored = page.evaluate("JSON.stringify(sessionStorage)")
    assert "@" not in stored
    page.go_back()
    expect(count).to_have_text("4 selected (1 of them on other pages)")
    assert all_here.is_checked()
    press_for_ticked()
    expect(page.locator("h1")).to_have_text("4 people selected")
    page.click("text=Back to selection")
    expect(count).to_have_text("4 selected (1 of them on other pages)")
    press_for_ticked()
    page.click("text=Unsubscribe")
    page.fill("#id_reason", "asked for it")
    page.select_option("#id_list", "all")
    page.click("button.danger")
    expect(page.locator("h1")).to_contain_text("Unsubscribe")
    upkeep.change_people()
    manager.open("/console/subscribers/")
    expect(count).to_have_text("")
    all_here.check()
    page.fill("#id_text", "reader1")
    expect(boxes).to_have_count(1)
    expect(count).to_have_text("")
    page.fill("#id_text", "")
    expect(boxes).to_have_count(3)
    expect(count).to_have_text("")
    assert not boxes.first.is_checked()
    assert (manager.faults, page.complaints) == ({}, [])
