"""Pictures of an issue: upload, names, exchange, deletion, the private thumbnail, and files that are no pictures."""

import html
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from editorial.models import IssueRecord, Original
from editorial.sources import edits, issue_state, originals, pictures
from publication import audit, clock
from publication.retention import RETENTIONS
from tests.web.conftest import RIGHTS, make_staff
from tests.web.console.test_issue_pages import FILE, HOSTILE, SOURCE, address, made, page_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_originals(settings, tmp_path):
    """Tests of other workers use the same store, and here files of it are taken away."""
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def issue(db) -> IssueRecord:
    return made("news-1", SOURCE.replace("\nx\n", "\nx\n\n![A light](images/light.jpg)\n"))


def picture(colour: str = "navy", kind: str = "PNG", size: tuple[int, int] = (900, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def upload(client: Client, issue: IssueRecord, *files: tuple[str, bytes], **fields: str):
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(f"/console/uploads/{issue.slug}/", {"file": uploads, **fields})


def stored(issue: IssueRecord) -> dict[str, str]:
    return dict(issue_state.head(issue.pk).pictures)


def test_uploaded_pictures_get_safe_and_free_names(console, issue):
    answer = upload(
        console, issue, ("Light.JPEG", picture("navy", "JPEG")), ("../../Élan & <b>.png", picture()), ("照片.png", picture("red"))
    )
    assert answer.headers["Location"] == address(issue, "pictures/")
    assert list(stored(issue)) == ["images/elan-b.png", "images/light.jpg", "images/picture.png"]
    upload(console, issue, ("light.jpg", picture("green", "JPEG")), ("light.jpg", picture("navy", "JPEG")))
    assert list(stored(issue)) == ["images/elan-b.png", "images/light-2.jpg", "images/light.jpg", "images/picture.png"]
    page = page_text(console.get(address(issue, "pictures/")))
    assert "images/light.jpg Used in: Light" in page
    assert "images/light-2.jpg Not used yet." in page


def test_the_line_for_the_text_has_what_the_picture_shows(console, issue):
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    page = console.get(
        address(issue, "pictures/"), {"picture": "images/light.jpg", "alt": f"A [disc]\n{HOSTILE}"}
    ).content.decode()
    assert f"![A \\[disc\\] {HOSTILE}](images/light.jpg)" in html.unescape(page)
    assert "<script>alert" not in page


def send(client: Client, issue: IssueRecord, name: str, data: bytes, **fields: str):
    """What the script of the editor sends: one file, for an answer in JSON."""
    body = {"file": SimpleUploadedFile(name, data), **fields}
    return client.post(f"/console/uploads/{issue.slug}/", body, headers={"Accept": "application/json"})


def test_a_script_gets_path_size_and_a_preview_that_is_not_the_original(console, issue):
    data = picture("navy", "JPEG", (2600, 1300))
    answer = send(console, issue, "Light.JPEG", data)
    digest = stored(issue)["images/light.jpg"]
    preview = f"/console/issues/{issue.slug}/pictures/{digest}/?size=large"
    assert answer.status_code == 200
    assert answer.json() == {"path": "images/light.jpg", "width": 1200, "height": 600, "preview": preview}
    shown = console.get(preview)
    assert Image.open(io.BytesIO(shown.content)).size == (1200, 600)
    assert shown.content != data
    assert shown.headers["ETag"] != console.get(preview.partition("?")[0]).headers["ETag"]
    assert Client().get(preview).status_code == 302


def test_the_same_picture_under_another_name_keeps_its_path(console, issue):
    first = send(console, issue, "light.png", picture()).json()
    assert send(console, issue, "copy of light.png", picture()).json() == first
    assert stored(issue).keys() == {"images/light.png"}


def test_a_pasted_picture_is_named_after_its_part(console, issue):
    assert send(console, issue, "image.png", picture("red"), part="light").json()["path"] == "images/light.png"
    assert send(console, issue, "照片.png", picture("green"), part="light").json()["path"] == "images/light-2.png"
    assert send(console, issue, "image.png", picture("blue"), part="@opening").json()["path"] == "images/opening.png"
    assert send(console, issue, "image.png", picture("black")).json()["path"] == "images/image.png"
    assert send(console, issue, "lens.png", picture("white"), part="light").json()["path"] == "images/lens.png"


def test_a_script_gets_the_refusal_in_words(console, issue, monkeypatch):
    answer = send(console, issue, f"{HOSTILE}.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    assert answer.status_code == 422
    assert "SVG" in answer.json()["status"]
    assert "25,000,000" in send(console, issue, "x.png", picture(size=(9000, 9000))).json()["status"]
    assert console.post(f"/console/uploads/{issue.slug}/", headers={"Accept": "application/json"}).status_code == 422
    monkeypatch.setitem(originals.LARGEST, Original.Kind.PICTURE, 50)
    assert "light.png is larger than" in send(console, issue, "light.png", picture()).json()["status"]
    assert stored(issue) == {}


def test_scripts_inside_pictures_never_reach_what_is_shown(console, issue):
    comment, after = b"<script>alert('comment')</script>", b"<script>alert('after')</script>"
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "JPEG", comment=comment)
    polyglot = out.getvalue() + after
    answer = send(console, issue, "poly.html.jpg", polyglot)
    assert answer.json()["path"] == "images/poly-html.jpg"
    shown = console.get(answer.json()["preview"])
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert b"script" not in shown.content
    assert b"script" not in pictures.thumbnail(stored(issue)["images/poly-html.jpg"]).data
    disguised = send(console, issue, "poly.gif", b"GIF89a<script>alert(1)</script>")
    assert disguised.status_code == 422


def test_concurrent_edits_survive_an_upload(console, issue, monkeypatch):
    keep = originals.keep

    def slow(*args, **more):
        seen = issue_state.head(issue.pk).edits["text", FILE, "sound"]
        edits.save_part(audit.system(), issue, FILE, "sound", "## Sound {#sound}\n\nmeanwhile\n\n", seen)
        return keep(*args, **more)

    monkeypatch.setattr(originals, "keep", slow)
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    assert "images/light.jpg" in stored(issue)
    assert "meanwhile" in issue_state.head(issue.pk).sources[FILE]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("x.png", b"not a picture", "x.png"), ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("x.png", picture()[:60], "x.png"), ("x.png", picture(size=(9000, 9000)), "x.png"), (f"{HOSTILE}.png", b"<script>", "png"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_picture_is_refused_with_the_reason_and_others_are_kept(console, issue, name, data, reason):
    answer = upload(console, issue, (name, data), ("good.png", picture()))
    assert answer.status_code == 422
    assert reason in page_text(answer)
    assert "Stored: good.png" in page_text(answer)
    assert "<script>alert" not in answer.content.decode()
    assert str(originals.folder()) not in answer.content.decode()
    assert list(stored(issue)) == ["images/good.png"]


def test_a_picture_is_exchanged_under_its_name_unless_somebody_was_faster(console, issue):
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    before = stored(issue)["images/light.jpg"]
    upload(console, issue, ("other.png", picture("red")), path="images/light.jpg", before=before)
    after = stored(issue)["images/light.jpg"]
    assert after != before
    answer = upload(console, issue, ("third.png", picture("green")), path="images/light.jpg", before=before)
    assert answer.status_code == 422
    assert "Somebody else changed this picture" in page_text(answer)
    assert stored(issue) == {"images/light.jpg": after}
    assert upload(console, issue, ("x.png", picture()), path="images/gone.jpg", before=before).status_code == 422


def test_deleting_a_used_picture_warns_and_names_the_parts(console, issue):
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    address_of = address(issue, "pictures/delete/") + "?path=images/light.jpg"
    assert "It is still used." in page_text(console.get(address_of))
    assert "Light" in page_text(console.get(address_of))
    body = {"path": "images/light.jpg", "before": "0" * 64}
    assert console.post(address(issue, "pictures/delete/"), body).status_code == 409
    console.post(address(issue, "pictures/delete/"), body | {"before": stored(issue)["images/light.jpg"]})
    assert stored(issue) == {}
    assert console.get(address_of).status_code == 404


def test_the_thumbnail_is_small_private_and_only_of_this_issue(console, issue):
    original = picture("navy", "JPEG", (2000, 1000))
    upload(console, issue, ("light.jpg", original))
    digest = stored(issue)["images/light.jpg"]
    for _ in range(2):  # the second time from the store
        answer = console.get(address(issue, f"pictures/{digest}/"))
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert Image.open(io.BytesIO(answer.content)).size == (480, 240)
        assert answer.content != original
    again = console.get(address(issue, f"pictures/{digest}/"), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert console.get(f"/console/issues/{made('other-2').slug}/pictures/{digest}/").status_code == 404
    assert Client().get(address(issue, f"pictures/{digest}/")).status_code == 302
    stranger = Client()
    stranger.force_login(make_staff("stranger", *[right for right in RIGHTS if right != "editorial.view_issuerecord"]))
    assert stranger.get(address(issue, f"pictures/{digest}/")).status_code == 403


def test_a_thumbnail_whose_original_is_missing_is_404(console, issue):
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    digest = stored(issue)["images/light.jpg"]
    originals.path_of(digest).rename(originals.path_of(digest).with_suffix(".away"))
    try:
        assert console.get(address(issue, f"pictures/{digest}/")).status_code == 404
    finally:
        originals.path_of(digest).with_suffix(".away").rename(originals.path_of(digest))


def test_originals_that_nothing_refers_to_are_removed_after_their_retention(issue, monkeypatch):
    actor = audit.system()
    path = pictures.add(actor, issue, [picture("olive")], "kept.png")
    unused = originals.keep(actor, [picture("teal")], Original.Kind.PICTURE, "unused.png")
    assert RETENTIONS["ORIGINALS"].end() == 0
    now = clock.now()
    monkeypatch.setattr(clock, "_source", lambda: now + RETENTIONS["ORIGINALS"].period + timedelta(hours=1))
    assert originals.keep(actor, [picture("teal")], Original.Kind.PICTURE, "again.png") == unused
    assert RETENTIONS["ORIGINALS"].end() == 0, "stored again a moment ago"
    monkeypatch.setattr(clock, "_source", lambda: now + 2 * RETENTIONS["ORIGINALS"].period + timedelta(hours=2))
    assert RETENTIONS["ORIGINALS"].end() == 1
    assert not originals.path_of(unused.digest).exists()
    assert not Original.objects.filter(pk=unused.pk).exists()
    assert originals.path_of(stored(issue)[path]).exists()


def test_the_page_of_30_pictures_needs_as_many_queries_as_of_one(console, issue):
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    console.get(address(issue, "pictures/"))
    with CaptureQueriesContext(connection) as queries_of_one:
        console.get(address(issue, "pictures/"))
    digest = stored(issue)["images/light.jpg"]
    state = issue_state.head(issue.pk)
    many = issue_state.IssueState(state.files, {f"images/{number}.jpg": digest for number in range(30)})
    edits.replace_source(audit.system(), issue, None, many, reason="push")
    with CaptureQueriesContext(connection) as thirty:
        page = console.get(address(issue, "pictures/")).content.decode()
    assert len(re.findall("<li class=.panel picture", page)) == 30
    assert len(thirty) == len(queries_of_one) <= 12


# ------------------------------------------------------------------------------------------------------------ revisions
def test_revisions_are_listed_compared_and_restored(console, issue):
    base = issue_state.head(issue.pk).edits["text", FILE, "light"]
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    edits.save_part(audit.staff(make_staff("wei")), issue, FILE, "light", f"## Light {{#light}}\n\n{HOSTILE}\n\n", base)
    state = issue_state.head(issue.pk)
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources(state.sources, {}), reason="push")
    page = page_text(console.get(address(issue, "revisions/")))
    assert re.search(r"2 \d{4}-\d\d-\d\d \d\d:\d\d mailroom from files 2", page)
    assert re.search(r"1 \d{4}-\d\d-\d\d \d\d:\d\d mailroom the beginning 8", page)
    compared = console.get(address(issue, "revisions/compare/"), {"from": 2, "to": 1})
    assert "What changed from revision 1 to revision 2" in page_text(compared)
    assert HOSTILE in html.unescape(compared.content.decode())
    assert "<script>alert" not in compared.content.decode()
    assert "![A light](images/light.jpg)" in page_text(compared)
    assert "Nothing differs." in page_text(console.get(address(issue, "revisions/compare/"), {"from": 2}))
    assert console.get(address(issue, "revisions/compare/"), {"from": 9}).status_code == 404

    asked = console.get(address(issue, "revisions/restore/"), {"revision": 1}).content.decode()
    head = int(re.search(r'name="head" value="(\d+)"', asked)[1])
    edits.add_part(audit.system(), issue, FILE, "## Heat\n\nz\n", "light")
    answer = console.post(address(issue, "revisions/restore/"), {"revision": 1, "head": head})
    assert answer.status_code == 409
    assert "Nothing was restored." in page_text(answer)
    head = int(re.search(r'name="head" value="(\d+)"', answer.content.decode())[1])
    assert console.post(address(issue, "revisions/restore/"), {"revision": 1, "head": head}).status_code == 302
    assert "![A light]" in issue_state.head(issue.pk).sources[FILE]
    assert "Heat" not in issue_state.head(issue.pk).sources[FILE]
    assert "an earlier revision was restored" in page_text(console.get(address(issue, "revisions/")))
    assert console.post(address(issue, "revisions/restore/"), {"revision": 99, "head": head}).status_code == 422
    assert console.get(address(issue, "revisions/restore/"), {"revision": 99}).status_code == 404


def test_pictures_and_order_are_compared_too(console, issue):
    upload(console, issue, ("light.jpg", picture("navy", "JPEG")))
    order = issue_state.head(issue.pk).edits["outline", FILE, ""]
    edits.move_part(audit.system(), issue, FILE, "dates", "@opening", order)
    page = console.get(address(issue, "revisions/compare/"), {"from": 1})
    assert "Parts are in another order." in page_text(page)
    assert f"/pictures/{stored(issue)['images/light.jpg']}/" in page.content.decode()
    assert "no picture" in page_text(page)


@pytest.mark.soak
def test_a_list_of_30_revisions_needs_as_many_queries_as_of_one(console, issue):
    console.get(address(issue, "revisions/"))
    with CaptureQueriesContext(connection) as queries_of_one:
        console.get(address(issue, "revisions/"))
    for number in range(29):
        state = issue_state.head(issue.pk)
        text = f"{state.sources[FILE]}\n{number}\n"
        edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: text}, {}), reason="push")
    with CaptureQueriesContext(connection) as many:
        page = console.get(address(issue, "revisions/")).content.decode()
    assert page.count("Restore revision") == 30
    assert len(many) == len(queries_of_one) <= 12
