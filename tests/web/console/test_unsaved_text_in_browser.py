"""Text that was typed and not saved, in Chromium: it outlives its tab, belongs to its account, and goes when it should."""

from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Error as PlaywrightError

from editorial.models import IssueRecord
from tests.support.chromium import MARKS
from tests.support.rich_text import BODY, RichText
from tests.support.waiting import wait_until
from tests.web.console.test_rich_editor import body_of
from tests.web.console.test_writing_in_browser import FILE, Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
DRAFTS = "Object.entries(localStorage).filter(([key]) => key.startsWith('mailroom-draft:'))"
GROW_OLD = f"""(days) => {DRAFTS}.forEach(([key, value]) => {{
  localStorage.setItem(key, JSON.stringify({{ ...JSON.parse(value), at: Date.now() - days * 24 * 3600 * 1000 }}));
}})"""


def tab_of(person: Person, name: str = "", view: str = "") -> Any:
    """A new tab of the same browser at the article, perhaps after another account signed in."""
    if name:
        client = Client()
        client.force_login(User.objects.get(username=name))
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        person.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": person.root}])
    page = person.page.context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{person.root}/console/issues/news-1/part/?file={FILE}&part=light{view}")
    return page


def without_saving(page: Any) -> None:
    """From now on nothing that the page sends arrives."""
    page.route("**/part/", lambda route: route.abort())


def kill(page: Any) -> None:
    """As the task manager of the browser ends a tab: no event of the page runs any more."""
    with suppress(PlaywrightError):
        page.goto("chrome://crash", timeout=5_000)
    page.close()


def drafts(page: Any) -> int:
    return page.evaluate(f"{DRAFTS}.length")


def text(page: Any) -> str:
    return RichText(page).text if page.locator(BODY).count() else page.input_value("#id_text")


def until(condition: Any, page: Any, what: str) -> None:
    wait_until(lambda: condition() or page.wait_for_timeout(20), 30, what)


@pytest.mark.parametrize("view", ["", pytest.param("&view=source", marks=pytest.mark.soak)], ids=["rich", "source"])
def test_the_last_characters_before_a_tab_is_killed_are_in_the_next_tab_and_are_saved(live_server, browser, issue, view):
    wei = Person(browser, live_server.url, "wei")
    first = tab_of(wei, view=view)
    without_saving(first)
    first.focus(BODY if not view else "#id_text")
    first.keyboard.press("Control+End")
    first.keyboard.type(" sixteen letters")
    kill(first)
    second = tab_of(wei)  # perhaps in the other view: the page goes to where it was typed
    until(lambda: "x sixteen letters" in text(second), second, "the text is back")
    until(lambda: body_of(issue) == "x sixteen letters", second, "it is saved")
    until(lambda: drafts(second) == 0, second, "the draft is removed")


@pytest.mark.soak
def test_another_account_never_sees_it_and_signing_out_removes_only_ones_own(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    first = tab_of(wei)
    without_saving(first)
    first.focus(BODY)
    first.keyboard.type("Mine. ")
    kill(first)
    li = tab_of(wei, "li")
    li.wait_for_selector(BODY)
    assert "Mine." not in li.content()
    without_saving(li)
    li.focus(BODY)
    li.keyboard.type("Theirs. ")
    until(lambda: drafts(li) == 2, li, "both have a draft")
    li.evaluate("document.querySelector('form[action$=\"/console/logout/\"]').requestSubmit()")  # on a phone it is in the menu
    li.wait_for_url("**/login/**")
    assert drafts(li) == 1
    again = tab_of(wei, "wei")
    until(lambda: body_of(issue) == "Mine. x", again, "the text of the first account is saved")


@pytest.mark.soak
def test_a_tab_does_not_take_the_text_of_a_tab_that_lives(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    first = tab_of(wei)
    without_saving(first)
    first.focus(BODY)
    first.keyboard.type("First. ")
    second = tab_of(wei)
    second.wait_for_timeout(1500)  # longer than the page waits for a page that is about to go
    assert text(second) == "x"
    kill(first)
    second.reload()
    until(lambda: text(second) == "First. x", second, "the text of the tab that is gone")


@pytest.mark.soak
def test_it_is_removed_after_seven_days_on_any_page(live_server, browser, issue: IssueRecord):
    wei = Person(browser, live_server.url, "wei")
    first = tab_of(wei)
    without_saving(first)
    first.focus(BODY)
    first.keyboard.type("Old. ")
    kill(first)
    wei.open("/console/issues/")
    wei.page.evaluate(GROW_OLD, 6.9)
    wei.open("/console/issues/")
    assert drafts(wei.page) == 1
    wei.page.evaluate(GROW_OLD, 7.1)
    wei.open("/console/issues/")
    assert drafts(wei.page) == 0
