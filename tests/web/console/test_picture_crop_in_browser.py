"""The crop dialog in Chromium: with the pointer, with keys and by touch, as people see it in every size, scheme and language."""

import json

import pytest

from editorial.models import IssueRecord
from editorial.sources import issue_state, pictures
from publication import audit
from tests.support.axe import axe_faults
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_picture_crop import quarters
from tests.web.console.test_writing_in_browser import FIRST, PER_LOOK, Person, issue  # noqa: F401 - `issue` is a fixture

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
PATH = "images/light.png"
OPEN = """([path, more]) => {
  window.done = undefined;
  import('/static/editor/picture-crop.js').then(({cropPicture}) => cropPicture(path, {url: '/console/issues/news-1/pictures/crop/', ...more}))
    .then((found) => { window.done = JSON.stringify(found); }, (error) => { window.done = `error: ${error}`; });
}"""


@pytest.fixture
def cropper(live_server, browser, issue: IssueRecord):  # noqa: F811
    pictures.add(audit.system(), issue, [quarters(size=(1600, 800))], "light.png")
    people = []

    def begin(look=FIRST, path: str = PATH, **more) -> Person:
        person = Person(browser, live_server.url, "wei", look)
        people.append(person)
        person.page.goto(f"{live_server.url}/console/issues/news-1/pictures/")
        person.page.add_style_tag(url="/static/pictures.css")
        open_dialog(person, path, **more)
        return person

    yield begin
    assert [person.page.complaints for person in people if person.page.complaints] == []


def open_dialog(person: Person, path: str = PATH, **more) -> None:
    person.page.evaluate(OPEN, [path, more])
    person.page.wait_for_selector("dialog [data-frame]:not([hidden])")


def done(person: Person) -> dict | None:
    wait_until(lambda: person.page.evaluate("window.done") is not None, 30, "the dialog has ended")
    return json.loads(person.page.evaluate("window.done"))


def box(person: Person) -> list[int]:
    return [int(person.page.input_value(f"dialog [name={name}]")) for name in ("left", "top", "width", "height")]


def focus(person: Person) -> list[int]:
    return [int(person.page.input_value(f"dialog [name={name}]")) for name in ("focus_x", "focus_y")]


def press(person: Person, *keys: str) -> None:
    for key in keys:
        person.page.keyboard.press(key)


@pytest.mark.soak
def test_with_keys_alone_a_picture_is_cropped_and_cropped_again(cropper, issue):  # noqa: F811
    wei = cropper()
    page = wei.page
    assert page.evaluate("document.activeElement.hasAttribute('data-frame')")
    assert box(wei) == [0, 0, 1600, 800]
    press(wei, *["-"] * 8)
    left, top, width, height = box(wei)
    assert abs(width / height - 2) < 0.01
    assert abs(left + width / 2 - 800) <= 4
    press(wei, "ArrowRight", "ArrowDown", "ArrowDown")
    assert box(wei) == [left + 16, top + 16, width, height]
    press(wei, "Shift+ArrowLeft")
    assert box(wei)[2:] == [width - 32, height]
    press(wei, "Tab", "ArrowLeft", "ArrowUp")
    assert focus(wei) == [784, 392]
    expected = box(wei)
    page.focus("dialog button[type=submit]")
    press(wei, "Enter")
    cropped = done(wei)
    assert (cropped["path"], [cropped["width"], cropped["height"]]) == ("images/light-crop.png", expected[2:])
    assert page.locator("dialog").count() == 0
    open_dialog(wei, cropped["path"])
    assert (box(wei), focus(wei)) == (expected, [784, 392])
    press(wei, "Escape")
    assert done(wei) is None
    assert len(issue_state.head(issue.pk).pictures) == 2


def test_with_the_pointer_the_frame_its_corners_and_the_focal_point_move(cropper):
    wei = cropper(("en", "light", 1280))
    page, mouse = wei.page, wei.page.mouse
    page.check("dialog [name=shape][value='1:1']")
    assert box(wei) == [400, 0, 800, 800]
    stage = page.locator("dialog [data-stage]").bounding_box()
    scale = 1600 / stage["width"]
    at = lambda x, y: (stage["x"] + x / scale, stage["y"] + y / scale)  # noqa: E731
    mouse.click(*at(300, 200))  # what matters
    assert abs(focus(wei)[0] - 300) <= 4
    assert box(wei) == [0, 0, 800, 800], "the square cannot go further to the left"
    mouse.move(*at(600, 600))
    mouse.down()
    mouse.move(*at(700, 600), steps=4)
    mouse.up()
    assert abs(box(wei)[0] - 100) <= 4
    left = box(wei)[0]
    mouse.move(*at(left + 795, 795))
    mouse.down()
    mouse.move(*at(left + 495, 495), steps=4)
    mouse.up()
    after = box(wei)
    assert after[2] == after[3]
    assert abs(after[2] - 500) <= 8
    assert after[:2] == [left, 0]
    page.check("dialog [name=shape][value='free']")
    assert box(wei) == after
    page.click("dialog [data-whole]")
    assert box(wei) == [0, 0, 1600, 800]


@pytest.mark.soak
def test_by_touch_the_frame_moves_and_the_page_does_not_scroll(cropper):
    wei = cropper()
    page = wei.page
    press(wei, *["-"] * 10)
    before, stage = box(wei), page.locator("dialog [data-stage]").bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2 - 30
    for kind, dx in (("touchStart", 0), ("touchMove", 10), ("touchMove", 20), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    wait_until(lambda: box(wei)[0] > before[0], 30, "the frame has moved")
    assert box(wei)[2:] == before[2:]


@pytest.mark.soak
@PER_LOOK
def test_the_dialog_and_its_page_are_accessible_in_every_look(cropper, look):
    wei = cropper(look)
    page = wei.page
    page.check("dialog [name=shape][value='16:9']")
    page.locator("dialog img").first.evaluate("(image) => image.decode()")
    wei.look_at()
    assert axe_faults(page) == []
    press(wei, "Escape")
    wei.open(f"/console/issues/news-1/pictures/crop/?path={PATH}")
    page.wait_for_selector("main [data-frame]:not([hidden])")
    assert axe_faults(page) == []
    # The frame is placed by the script: a policy forbids style attributes in pages, not the properties that scripts set.
    assert [fault for faults in wei.faults.values() for fault in faults if not fault.startswith("inline: <")] == []
