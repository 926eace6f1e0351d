"""Cropping as a form: the whole picture stays, shapes keep the focal point, animations keep their frames, and what is refused."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from editorial.models import IssueEdit, IssueRecord, Original, PictureCrop
from editorial.sources import edits, issue_state, originals, pictures
from editorial.sources.picture_crops import Point, largest
from publication import audit, clock
from publication.models import Audit
from publication.retention import RETENTIONS
from tests.support.variations import first
from tests.web.console.test_issue_pages import address, made, page_text
from tests.web.console.test_issue_pictures import picture, stored

pytestmark = pytest.mark.django_db
PATH = "images/light.png"


@pytest.fixture(autouse=True)
def _own_originals(settings, tmp_path):
    """Tests of other workers use the same store, and here files of it are taken away."""
    settings.DATA_DIR = tmp_path / "data"


def quarters(kind: str = "PNG", size: tuple[int, int] = (800, 400), **more) -> bytes:
    """A picture whose four quarters are red, green (top), blue, yellow (bottom)."""
    image = Image.new("RGB", (2, 2))
    image.putdata([(255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0)])
    out = io.BytesIO()
    image.resize(size, Image.Resampling.NEAREST).save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def issue(db) -> IssueRecord:
    record = made("news-1")
    pictures.add(audit.system(), record, [quarters()], "light.png")
    return record


def asked(client: Client, issue: IssueRecord, path: str = PATH) -> dict[str, str]:
    """The fields of the form as the page sends them."""
    page = client.get(address(issue, "pictures/crop/"), {"path": path}).content.decode()
    form = page[page.index('id="picture-crop"') :]
    fields = {}
    for tag in re.findall(r"<input [^>]*>", form[: form.index("</form>")]):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes["name"] != "shape" or "checked" in tag:
            fields[attributes["name"]] = attributes["value"]
    return fields


def cropped(client: Client, issue: IssueRecord, path: str = PATH, **fields):
    body = asked(client, issue, path) | {name: str(value) for name, value in fields.items()}
    return client.post(address(issue, "pictures/crop/"), body, headers={"Accept": "application/json"})


def shown(issue: IssueRecord, path: str) -> Image.Image:
    return Image.open(io.BytesIO(originals.path_of(stored(issue)[path]).read_bytes()))


def test_a_crop_is_another_picture_and_the_whole_one_stays(console, issue):
    whole = stored(issue)[PATH]
    answer = cropped(console, issue, left=400, top=0, width=300, height=200).json()
    assert (answer["path"], answer["width"], answer["height"]) == ("images/light-crop.png", 300, 200)
    assert stored(issue)[PATH] == whole
    image = shown(issue, "images/light-crop.png").convert("RGB")
    assert (image.size, image.getpixel((0, 0)), image.getpixel((299, 199))) == ((300, 200), (0, 128, 0), (0, 128, 0))
    line = Audit.objects.filter(verb="crop_picture").get()
    assert line.detail["of"] == PATH
    assert line.detail["rectangle"] == [400, 0, 300, 200]


def test_cropping_again_begins_with_the_whole_picture_and_the_last_rectangle(console, issue):
    first = cropped(console, issue, left=100, top=50, width=300, height=200, focus_x=250, focus_y=150, shape="free").json()
    again = asked(console, issue, first["path"])
    names = ("left", "top", "width", "height", "focus_x", "focus_y", "shape")
    assert [again[name] for name in names] == ["100", "50", "300", "200", "250", "150", "free"]
    page = console.get(address(issue, "pictures/crop/"), {"path": first["path"]}).content.decode()
    assert 'data-width="800" data-height="400"' in page
    second = cropped(console, issue, first["path"], left=0, top=0, width=800, height=100).json()
    assert (second["path"], second["width"]) == ("images/light-crop-2.png", 800)
    back = cropped(console, issue, second["path"], left=0, top=0, width=800, height=400).json()
    assert back["path"] == PATH, "all of the picture is the whole picture"
    assert cropped(console, issue, left=100, top=50, width=300, height=200).json()["path"] == first["path"]
    assert PictureCrop.objects.count() == 2


def test_a_crop_belongs_to_its_issue_also_if_another_issue_cuts_the_same_picture(console, issue):
    other = made("news-2")
    pictures.add(audit.system(), other, [quarters()], "light.png")
    box = {"left": 100, "top": 50, "width": 200, "height": 200}
    first = cropped(console, issue, **box, focus_x=150, focus_y=100, shape="1:1").json()
    names = ("left", "top", "width", "height", "focus_x", "focus_y", "shape")
    began = [asked(console, issue, first["path"])[name] for name in names]
    second = cropped(console, other, **box, focus_x=290, focus_y=240, shape="free").json()
    assert stored(issue)[first["path"]] == stored(other)[second["path"]], "the same file"
    assert [asked(console, issue, first["path"])[name] for name in names] == began
    here = asked(console, other, second["path"])
    assert (here["focus_x"], here["focus_y"], here["shape"]) == ("290", "240", "free")
    # An issue that takes it from the library begins as it was cut first, and its own crop is its own.
    third = made("news-3")
    path = pictures.add_stored(audit.system(), third, stored(issue)[first["path"]], "light-crop.png")
    assert asked(console, third, path)["focus_x"] == "150"
    assert console.get(address(third, f"pictures/{stored(issue)[PATH]}/")).status_code == 200
    cropped(console, third, path, **box, focus_x=200, focus_y=150)
    assert asked(console, third, path)["focus_x"] == "200"
    assert [asked(console, owner, path)["focus_x"] for owner in (issue, other)] == ["150", "290"]


def test_a_whole_picture_is_kept_while_an_issue_remembers_a_crop_of_it(console, issue):
    cropped(console, issue, left=100, top=50, width=200, height=200)
    whole = stored(issue)[PATH]
    PictureCrop.objects.all().delete()  # as if it had been cut first out of another picture
    edits.replace_source(audit.system(), issue, None, replace(issue_state.head(issue.pk), pictures={}), reason="import")
    IssueEdit.objects.filter(original=whole).delete()
    Original.objects.update(created_at=clock.now() - RETENTIONS["ORIGINALS"].period - timedelta(days=1))
    RETENTIONS["ORIGINALS"].end()
    assert Original.objects.filter(pk=whole).exists()
    assert pictures.belongs_to(issue, whole)


@pytest.mark.parametrize(
    ("shape", "focus", "box"),
    first([
        ("16:9", (400, 200), (44, 0, 711, 400)), ("16:9", (0, 0), (0, 0, 711, 400)), ("16:9", (800, 400), (89, 0, 711, 400)),
        ("1:1", (600, 100), (400, 0, 400, 400)), ("4:3", (399, 0), (132, 0, 533, 400)), ("original", (5, 5), (0, 0, 800, 400)),
    ], 2),
)  # fmt: skip
def test_a_fixed_shape_keeps_the_focal_point_as_near_to_the_middle_as_possible(console, issue, shape, focus, box):
    assert largest(800, 400, shape, Point(*focus)) == box
    # Without a script: the numbers of the form are those of the whole picture.
    answer = cropped(console, issue, shape=shape, focus_x=focus[0], focus_y=focus[1]).json()
    assert (answer["width"], answer["height"]) == box[2:]


def test_orientation_and_metadata(console, issue):
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010E] = "taken at 52.1 north"
    data = quarters("JPEG", exif=exif, comment=b"<script>alert(1)</script>", quality=95)
    path = pictures.add(audit.system(), issue, [data], "phone.jpg")
    fields = asked(console, issue, path)
    assert (fields["width"], fields["height"]) == ("400", "800")
    answer = cropped(console, issue, path, left=0, top=0, width=200, height=400).json()
    assert answer["path"] == "images/phone-crop.jpg"
    image = shown(issue, answer["path"])
    assert image.size == (200, 400)
    red, green, blue = image.getpixel((100, 200))
    assert (blue > 200, red < 60, green < 60) == (True, True, True), "the lower left quarter is at the upper left"
    made_of = originals.path_of(stored(issue)[answer["path"]]).read_bytes()
    assert b"52.1 north" not in made_of
    assert b"script" not in made_of


def test_an_animation_keeps_all_its_frames_and_says_so(console, issue):
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=80)
    path = pictures.add(audit.system(), issue, [out.getvalue()], "wave.gif")
    page = page_text(console.get(address(issue, "pictures/crop/"), {"path": path}))
    assert "This is an animation. It keeps all its frames." in page
    answer = cropped(console, issue, path, left=10, top=10, width=90, height=60).json()
    image = shown(issue, answer["path"])
    assert (answer["path"], image.size, image.n_frames) == ("images/wave-crop.gif", (90, 60), 3)


def test_transparency_is_kept_and_a_large_crop_is_reduced(console, issue):
    image = Image.new("RGBA", (3000, 1000), (10, 20, 30, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    path = pictures.add(audit.system(), issue, [out.getvalue()], "logo.png")
    answer = cropped(console, issue, path, left=0, top=0, width=2900, height=1000).json()
    stored = shown(issue, answer["path"])
    assert stored.size == (2400, 828)
    assert stored.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    first([
        ({"left": 700, "width": 200}, "not inside the picture, which is 800 by 400 pixels"), ({"top": 399}, "not inside"),
        ({"width": 31, "height": 100}, "at least 32 pixels"), ({"width": "x"}, "at least 32 pixels"),
        ({"left": "-5"}, ""), ({"left": "9" * 40}, ""), ({"width": 0, "height": 0}, "at least 32"),
    ], 2),
)  # fmt: skip
def test_a_rectangle_that_cannot_be_cut_is_refused_in_words_and_shown_again(console, issue, fields, reason):
    answer = cropped(console, issue, **fields)
    if reason:
        assert answer.status_code == 422
        assert reason in answer.json()["status"]
        body = asked(console, issue) | {name: str(value) for name, value in fields.items()}
        page = console.post(address(issue, "pictures/crop/"), body)
        assert page.status_code == 422
        assert reason in page_text(page)
    assert len(stored(issue)) == 1, "numbers that are not numbers are 0, which here is the whole picture"


def test_a_form_without_a_script_leads_back_to_the_pictures(console, issue):
    body = asked(console, issue) | {"shape": "1:1"}
    answer = console.post(address(issue, "pictures/crop/"), body, follow=True)
    assert answer.redirect_chain == [(address(issue, "pictures/"), 302)]
    assert "Stored: images/light-crop.png" in page_text(answer)


def test_somebody_else_was_faster(console, issue):
    body = asked(console, issue) | {"width": "300"}
    pictures.exchange(audit.system(), issue, PATH, [picture("red")], "x.png", before=stored(issue)[PATH])
    answer = console.post(address(issue, "pictures/crop/"), body)
    assert answer.status_code == 409
    assert "Somebody else changed this picture a moment ago." in page_text(answer)
    assert list(stored(issue)) == [PATH]
    pictures.remove(audit.system(), issue, PATH, before=stored(issue)[PATH])
    gone = console.post(address(issue, "pictures/crop/"), body)
    assert gone.status_code == 422
    assert "Upload it again." in page_text(gone)
    assert console.get(address(issue, "pictures/crop/"), {"path": PATH}).status_code == 404


def test_a_picture_whose_file_is_missing_is_explained(console, issue):
    path = originals.path_of(stored(issue)[PATH])
    path.rename(path.with_suffix(".away"))
    try:
        answer = console.get(address(issue, "pictures/crop/"), {"path": PATH})
        assert answer.status_code == 422
        assert "missing from the store" in page_text(answer)
    finally:
        path.with_suffix(".away").rename(path)


def test_the_whole_picture_of_a_crop_can_be_seen_and_is_kept_as_long_as_the_crop(console, issue, monkeypatch):
    whole = stored(issue)[PATH]
    path = cropped(console, issue, width=300).json()["path"]
    other = made("news-2")
    assert console.get(address(other, f"pictures/{whole}/")).status_code == 404
    pictures.add_stored(audit.system(), other, stored(issue)[path], "light.png")
    assert console.get(address(other, f"pictures/{whole}/")).status_code == 200
    digest = stored(issue)[path]
    # As after a month in which both were removed from the source.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM issue_edit WHERE kind = 'picture'")
    now = clock.now()
    monkeypatch.setattr(clock, "_source", lambda: now + RETENTIONS["ORIGINALS"].period + timedelta(hours=1))
    assert RETENTIONS["ORIGINALS"].end() == 1
    assert set(Original.objects.filter(pk__in=[whole, digest]).values_list("pk", flat=True)) == {whole}
    assert RETENTIONS["ORIGINALS"].end() == 1
    assert not originals.path_of(whole).exists()


def test_the_page_has_a_bounded_number_of_queries(console, issue):
    console.get(address(issue, "pictures/crop/"), {"path": PATH})
    with CaptureQueriesContext(connection) as queries:
        console.get(address(issue, "pictures/crop/"), {"path": PATH})
    assert len(queries) <= 20
