"""The scripts editor/picture-*.js in Chromium: upload with progress, retries and refusals; what a paste or a drop contains."""

import base64
import io
import json
import os

import pytest
from PIL import Image

from editorial.models import IssueRecord
from editorial.sources import issue_state
from tests.support.chromium import MARKS
from tests.web.console.test_writing_in_browser import Person, issue, picture  # noqa: F401 - `issue` is a fixture

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
HOSTILE = '"><img src=x onerror=alert(1)>'
# Uploads a file of base64; what became of it, how far it was reported to be, and how often.
UPLOAD = """async ([data, name, type, more]) => {
  const {uploadPicture} = await import('/static/editor/picture-upload.js');
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const token = () => document.querySelector('[name=csrfmiddlewaretoken]').value;
  const seen = [], aborter = new AbortController();
  const onProgress = (share) => { seen.push(share); if (more.abort) aborter.abort(); };
  const options = {url: '/console/uploads/news-1/', token, onProgress, signal: aborter.signal, waits: [10, 20], ...more};
  try {
    return {found: await uploadPicture(new File([bytes], name, {type}), options), seen};
  } catch (error) {
    return {error: error.message, name: error.name, code: error.code, seen};
  }
}"""
FILES = """async ([html, files]) => {
  const {filesFrom} = await import('/static/editor/picture-files.js');
  const transfer = new DataTransfer();
  if (html) transfer.setData('text/html', html);
  for (const [name, type] of files) transfer.items.add(new File(['x'], name, {type}));
  const found = filesFrom(transfer);
  return Promise.all(found.map(async (file) => [file.name, file.type, file.size]));
}"""


@pytest.fixture
def wei(live_server, browser, issue: IssueRecord):  # noqa: F811
    person = Person(browser, live_server.url, "wei")
    person.open("/console/issues/news-1/pictures/")
    yield person
    assert person.page.complaints == []


def uploaded(person: Person, data: bytes, name: str = "light.png", **more) -> dict:
    return person.page.evaluate(UPLOAD, [base64.b64encode(data).decode(), name, "image/png", more])


def test_an_upload_reports_its_progress_and_gives_path_size_and_preview(wei, issue):  # noqa: F811
    noise = io.BytesIO()
    Image.frombytes("RGB", (900, 600), os.urandom(900 * 600 * 3)).save(noise, "PNG")
    answer = uploaded(wei, noise.getvalue(), "Light & shade.png")
    stored = answer["found"]
    assert (stored["path"], stored["width"], stored["height"]) == ("images/light-shade.png", 900, 600)
    assert answer["seen"][0] == 0
    assert answer["seen"][-1] == 1
    assert answer["seen"] == sorted(answer["seen"])
    loaded = "(url) => new Promise((done) => { const i = new Image(); i.onload = () => done(i.naturalWidth); i.src = url; })"
    assert wei.page.evaluate(loaded, stored["preview"]) == 900
    assert list(issue_state.head(issue.pk).pictures) == ["images/light-shade.png"]


@pytest.mark.soak
def test_a_cut_connection_is_tried_again_and_stores_the_picture_once(wei, issue):  # noqa: F811
    cut = []

    def once(route):
        if len(cut) < 2:
            cut.append(route)
            route.abort("connectionreset") if len(cut) == 1 else route.fulfill(status=503, body="busy")
        else:
            route.continue_()

    wei.page.route("**/console/uploads/**", once)
    assert uploaded(wei, picture("teal"))["found"]["path"] == "images/light.png"
    assert len(cut) == 2
    assert list(issue_state.head(issue.pk).pictures) == ["images/light.png"]
    wei.page.complaints = [
        complaint for complaint in wei.page.complaints if "CONNECTION_RESET" not in complaint and "503" not in complaint
    ]


@pytest.mark.soak
def test_without_a_connection_the_reason_names_the_file_and_says_what_to_do(wei):
    wei.page.route("**/console/uploads/**", lambda route: route.abort("internetdisconnected"))
    answer = uploaded(wei, picture("teal"), f"{HOSTILE}.png")
    assert answer["code"] == "offline"
    assert f"{HOSTILE}.png is not stored: no connection." in answer["error"]
    wei.page.complaints = [complaint for complaint in wei.page.complaints if "DISCONNECTED" not in complaint]


@pytest.mark.soak
def test_refusals_are_the_words_of_the_server(wei, issue):  # noqa: F811
    refused = uploaded(wei, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", f"{HOSTILE}.svg")
    assert (refused["name"], refused["code"]) == ("PictureError", "refused")
    assert "is an SVG drawing" in refused["error"]
    assert "25,000,000" in uploaded(wei, b"\x89PNG\r\n\x1a\n" + huge_header())["error"]
    assert list(issue_state.head(issue.pk).pictures) == []


def huge_header() -> bytes:
    """The rest of a PNG file that claims to have 9000 by 9000 pixels."""
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    return out.getvalue()[8:]


@pytest.mark.soak
def test_a_file_above_the_limit_is_refused_without_sending_it(wei):
    sent = []
    wei.page.on("request", lambda request: "uploads" in request.url and sent.append(request.url))
    answer = uploaded(wei, bytes(20 * 2**20 + 1))
    assert answer["code"] == "large"
    assert answer["error"] == "light.png is larger than 20 MB. Make the file smaller."
    assert sent == []


@pytest.mark.soak
def test_an_upload_can_be_cancelled(wei, issue):  # noqa: F811
    wei.page.route("**/console/uploads/**", lambda _route: None)
    answer = uploaded(wei, picture("teal"), abort=True)
    assert answer["name"] == "AbortError"
    assert list(issue_state.head(issue.pk).pictures) == []


@pytest.mark.soak
def test_after_the_session_has_ended_people_are_asked_to_sign_in(wei):
    wei.page.context.clear_cookies()
    answer = uploaded(wei, picture("teal"))
    assert answer["code"] == "signed-out"
    assert "Sign in again" in answer["error"]


def files(person: Person, html: str, *pasted: tuple[str, str]) -> list[list]:
    return person.page.evaluate(FILES, [html, pasted])


@pytest.mark.soak
def test_a_paste_or_drop_gives_its_pictures_in_order_and_nothing_else(wei):
    two = ("a.png", "image/png"), ("notes.txt", "text/plain"), ("b.jpg", "image/jpeg"), ("report.docx", "application/msword")
    assert [name for name, *_ in files(wei, "", *two)] == ["a.png", "b.jpg"]
    assert files(wei, "<p>text only</p>") == []
    assert wei.page.evaluate("import('/static/editor/picture-files.js').then((it) => it.filesFrom(null))") == []
    # A drawing or a photo of a phone goes to the server, which says what to do with it.
    assert [name for name, *_ in files(wei, "", ("a.svg", "image/svg+xml"), ("b.heic", "image/heic"))] == ["a.svg", "b.heic"]


@pytest.mark.soak
def test_the_bitmap_that_word_adds_to_copied_text_is_ignored(wei):
    word = "<html><head><style>p.MsoNormal {margin: 0}</style></head><body><p class=MsoNormal>Light in Dalian</p></body></html>"
    assert files(wei, word, ("image.png", "image/png")) == []
    # "Copy image" of a browser: markup that has only the picture.
    assert len(files(wei, "<meta charset='utf-8'><img src='https://example.com/a.png'>", ("image.png", "image/png"))) == 1
    assert len(files(wei, "<html><style>p {}</style><body><!-- x --></body></html>", ("image.png", "image/png"))) == 1


@pytest.mark.soak
def test_pictures_inside_pasted_text_become_files_once_each(wei):
    inside = base64.b64encode(picture("teal")).decode()
    broken = "<img src='data:image/png;base64,%%%'><img src='data:text/html;base64,PHNjcmlwdD4='>"
    html = f"<p>Light <img src='data:image/png;base64,{inside}'> and <img src='data:image/png;base64,{inside}'>{broken}</p>"
    assert files(wei, html, ("image.png", "image/png")) == [["image-1.png", "image/png", len(picture("teal"))]]


def test_markup_in_pasted_pictures_never_runs(wei):
    ran = []
    wei.page.expose_function("alert", lambda *_: ran.append(1))
    html = "<img src=x onerror=alert(1)><svg onload=alert(1)></svg><img src='data:image/png;base64,AAAA' onerror=alert(1)>"
    assert json.dumps(files(wei, html, (f"{HOSTILE}.png", "image/png"))).count("image/png") == 1
    assert ran == []
    wei.page.complaints = [
        complaint for complaint in wei.page.complaints if "inline event handler" not in complaint
    ]  # the policy blocks it, too
