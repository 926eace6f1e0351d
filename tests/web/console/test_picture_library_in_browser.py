"""The library in Chromium, as a dialog of the editor and as a page: search while typing, keys, taking a picture."""

import json

import pytest

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state, pictures
from publication import audit
from tests.support.axe import axe_faults
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_picture_crop import quarters
from tests.web.console.test_picture_library import FIGURE
from tests.web.console.test_writing_in_browser import (  # noqa: F401 - `issue` is a fixture
    FILE,
    FIRST,
    PER_LOOK,
    SOURCE,
    Person,
    issue,
    picture,
)

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
OPEN = """() => {
  window.done = undefined;
  import('/static/editor/picture-library.js').then(({choosePicture}) => choosePicture({url: '/console/issues/news-1/pictures/library/'}))
    .then((found) => { window.done = JSON.stringify(found); }, (error) => { window.done = `error: ${error}`; });
}"""


@pytest.fixture
def reader(live_server, browser, issue: IssueRecord):  # noqa: F811
    other = IssueRecord.objects.create(slug="dalian-7", title="CAST Newsletter 7")
    text = SOURCE.replace("\nx\n", FIGURE, 1)
    edits.replace_source(audit.system(), other, None, issue_state.of_sources({FILE: text}, {}), reason="import")
    pictures.add(audit.system(), other, [quarters()], "laser.png")
    for colour in ("navy", "teal", "maroon"):
        pictures.add(audit.system(), other, [picture(colour)], f"{colour}.png")
    people = []

    def begin(look=FIRST) -> Person:
        person = Person(browser, live_server.url, "wei", look)
        people.append(person)
        person.page.goto(f"{live_server.url}/console/issues/news-1/pictures/")
        open_dialog(person)
        return person

    yield begin
    assert [person.page.complaints for person in people if person.page.complaints] == []


def open_dialog(person: Person) -> None:
    person.page.evaluate(OPEN)
    person.page.wait_for_selector("dialog [data-results]")


def done(person: Person) -> dict | None:
    wait_until(lambda: person.page.evaluate("window.done") is not None, 30, "the dialog has ended")
    return json.loads(person.page.evaluate("window.done"))


def listed(person: Person) -> list[str]:
    return person.page.locator("dialog h3").all_inner_texts()


def test_with_keys_alone_a_picture_is_found_and_taken_with_its_credit(reader, issue):  # noqa: F811
    wei = reader()
    page = wei.page
    assert listed(wei) == ["maroon.png", "teal.png", "navy.png", "laser.png"]
    page.keyboard.type("xinhua")
    wait_until(lambda: listed(wei) == ["laser.png"], 30, "the search has found it")
    assert page.evaluate("document.activeElement.id") == "library-search"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    taken = done(wei)
    assert (taken["path"], taken["credit"], taken["alt"], taken["caption"]) == ("images/laser.png", "Li Wei / Xinhua", "", "")
    assert list(issue_state.head(issue.pk).pictures) == ["images/laser.png"]
    assert page.locator("dialog").count() == 0
    open_dialog(wei)
    page.keyboard.press("Escape")
    assert done(wei) is None


@pytest.mark.soak
@PER_LOOK
def test_dialog_and_page_are_accessible_in_every_look(reader, look):
    wei = reader(look)
    wei.page.locator("dialog img").last.scroll_into_view_if_needed()
    wei.look_at()
    assert axe_faults(wei.page) == []
    wei.page.keyboard.press("Escape")
    wei.open("/console/issues/news-1/pictures/library/")
    assert axe_faults(wei.page) == []
    assert wei.faults == {}
