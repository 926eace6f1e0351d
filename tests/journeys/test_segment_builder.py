"""The builder of segments in Chromium: the conditions and the text follow each other."""

import pytest
from playwright.sync_api import expect

from subscribers.models import Segment, Subscriber
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.reviewing import account
from tests.support.signed_in_colleagues import SignedInColleague

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def readers(db) -> None:
    people.make_people(6, people.make_list())
    Subscriber.objects.filter(pk__in=Subscriber.objects.order_by("pk").values("pk")[:4]).update(country="CN")


def test_conditions_and_text_follow_each_other(live_server, browser, readers):
    page = SignedInColleague(browser, live_server.url, account("wei", "list-manager"), ("en", 390, "light"), "pointer").page
    text, people_part = page.locator("#id_text"), page.locator("[data-people]")
    page.goto(f"{live_server.url}/console/segments/new/")
    page.locator("[id='c.0-field']").select_option("country")
    page.get_by_label("China").check()
    expect(text).to_have_value('country = "CN"')
    expect(people_part).to_contain_text("4 people match")
    page.get_by_text("Add a group").click()
    expect(page.locator("[id='c.1.0-field']")).to_be_focused()
    page.locator("[id='c.1.0-field']").select_option("created")
    page.locator("[id='c.1.0-value']").fill("30")
    expect(text).to_have_value('country = "CN" and created >= "30 days ago"')
    expect(page.locator("[data-phrase='c.1.0']")).to_have_text("were added in the last 30 days")
    page.locator("#text-title").click()
    text.fill('country = None or rol = "x"')
    expect(page.locator("#text-fault")).to_contain_text("column 19: there is no field rol")
    text.fill('country = "CN" or (')
    expect(page.locator("#text-fault")).to_contain_text("has no closing one")
    assert page.locator("[data-conditions]").get_attribute("inert") is not None, "they are older than the text"
    text.fill("country = None")
    expect(people_part).to_contain_text("2 people match")
    expect(page.locator(".condition")).to_have_count(1)
    # While an input method is composing, nothing is sent and the field is left alone.
    composing = page.context.new_cdp_session(page)
    text.focus()
    page.keyboard.press("Control+A")
    with page.expect_response("**/follow/") as answer:
        composing.send("Input.imeSetComposition", {"text": "zhong", "selectionStart": 5, "selectionEnd": 5})
        page.wait_for_timeout(600)
        assert text.input_value() == "zhong"
        assert page.locator("#text-fault").is_hidden(), "nobody asked the server yet"
        composing.send("Input.insertText", {"text": "中"})
    assert answer.value.ok
    expect(page.locator("#text-fault")).to_contain_text("ends too early")
    assert text.input_value() == "中"
    page.get_by_label("Name of the segment").fill("x")
    text.fill("country  =  None")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/console/segments/*/")
    assert Segment.objects.get().text == "country  =  None"
    assert page.complaints == []
