"""Settings → Design: choosing the colours of a design, what the page says about them, and the sample mail beside them."""

import re

import pytest
from django.test import Client

from publication import audit
from publication.models import Publication
from publication.profile import change_profile
from publication.staff import accounts
from tests.web.conftest import PASSWORD
from web.console.settings import design_page

pytestmark = pytest.mark.django_db
PAGE = "/console/settings/design/"
BLUE, YELLOW = "#0055aa", "#ffee00"


@pytest.fixture
def admin() -> Client:
    return _client("admin")


def _client(role: str) -> Client:
    client = Client()
    client.force_login(accounts.add_staff(audit.system(), role, f"{role}@cast.example", PASSWORD, roles=(role,)))
    return client


def form_of(answer) -> dict[str, str]:
    """The fields of the form of the colours."""
    html = answer.content.decode().partition("data-design")[2].partition("</form>")[0]
    tags = re.findall(r"<input [^>]*>", html)
    pairs = [(re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)) for tag in tags]
    return {name[1]: value[1] for name, value in pairs if name and value}


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^<>]*>", " ", answer.content.decode()).replace("&#x27;", "'").split())


def frames_of(answer) -> list[str]:
    return [address.replace("&amp;", "&") for address in re.findall(r'<iframe src="([^"]+)"', answer.content.decode())]


def stored() -> dict[str, dict[str, str]]:
    return Publication.objects.get().theme_colours


def test_colours_are_stored_and_those_of_the_design_are_no_choice(admin):
    form = form_of(admin.get(PAGE))
    assert (form["theme"], form["colour-accent"], form["colour-masthead"]) == ("cast", "#b92d17", "#0b2239")
    answer = admin.post(PAGE, form | {"colour-accent": "05A"}, follow=True)
    assert answer.redirect_chain == [(f"{PAGE}?theme=cast", 302)]
    assert stored() == {"cast": {"accent": BLUE}}
    assert form_of(answer)["colour-accent"] == BLUE
    assert admin.post(PAGE, form_of(answer) | {"colour-accent": "#b92d17"}).status_code == 302
    assert stored() == {}


def test_showing_and_resetting_store_nothing(admin):
    change_profile(audit.system(), theme_colours={"cast": {"accent": BLUE}})
    form = form_of(admin.get(PAGE))
    answer = admin.post(PAGE, form | {"colour-accent": YELLOW, "step": "show"})
    assert form_of(answer)["colour-accent"] == YELLOW
    assert (
        "On #ffffff, #ffee00 is written as #817800, so that people can read it: its contrast is 1.2, and text needs 4.5."
        in text_of(answer)
    )
    assert "Text on this background is #1c1c1c." in text_of(answer)
    assert "data-unsaved-bar" not in answer.content.decode(), "saving works without another change"
    answer = admin.post(PAGE, form | {"step": "reset"})
    assert form_of(answer)["colour-accent"] == "#b92d17"
    assert stored() == {"cast": {"accent": BLUE}}
    assert admin.post(PAGE, form_of(answer)).status_code == 302
    assert stored() == {}


@pytest.mark.parametrize("step", ["", "show"])
@pytest.mark.parametrize("typed", ["blue", "#12345", "#0055aa;}", "<b>"])
def test_what_is_not_a_colour_is_refused_and_stays_in_the_form(admin, typed, step):
    change_profile(audit.system(), theme_colours={"cast": {"accent": YELLOW}})
    answer = admin.post(PAGE, form_of(admin.get(PAGE)) | {"colour-accent": typed, "colour-masthead": BLUE, "step": step})
    assert answer.status_code == 422
    assert text_of(answer).count("is not a colour. Write it as #rrggbb") == 2, "at the top, and beside the field"
    marked = re.findall(r'<input id="id_([^"]*)"[^>]* aria-describedby="([^"]*)" aria-invalid="true">', answer.content.decode())
    assert marked == [("colour-accent", "fault-accent notes-accent")]
    assert form_of(answer)["colour-masthead"] == BLUE
    assert all("%23ffee00" in address for address in frames_of(answer)), "the preview shows the stored colour"
    assert stored() == {"cast": {"accent": YELLOW}}


def test_what_somebody_else_stored_meanwhile_is_not_overwritten(admin):
    form = form_of(admin.get(PAGE))
    change_profile(audit.system(), theme_colours={"cast": {"masthead": BLUE}, "plain": {"accent": BLUE}})
    answer = admin.post(PAGE, form | {"colour-accent": YELLOW})
    assert answer.status_code == 409
    assert f"It now reads: {BLUE} Your colours are still in the form" in text_of(answer)
    assert stored()["cast"] == {"masthead": BLUE}
    assert admin.post(PAGE, form_of(answer)).status_code == 302
    assert stored() == {"cast": {"accent": YELLOW}, "plain": {"accent": BLUE}}


def test_who_may_not_change_settings_sees_the_colours_only():
    client = _client("auditor")
    page = client.get(f"{PAGE}?theme=journal")
    assert page.status_code == 200
    assert 'class="panel design-colours" disabled' in page.content.decode()
    assert "data-reset" not in page.content.decode()
    assert client.get(frames_of(page)[0]).status_code == 200
    assert client.post(PAGE, {"theme": "cast", "colour-accent": BLUE}).status_code == 403
    assert stored() == {}


def test_the_frames_show_the_sample_in_the_typed_colours_and_may_run_nothing(admin):
    answer = admin.post(PAGE, form_of(admin.get(PAGE)) | {"colour-accent": BLUE, "step": "show"})
    assert re.findall(r'<iframe [^>]*sandbox="([^"]*)"', answer.content.decode()) == ["allow-same-origin"] * 2
    light, dark = map(admin.get, frames_of(answer))
    for mail in (light, dark):
        assert BLUE in mail.content.decode()
        policy = mail.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src")
        assert "script" not in policy
        assert mail.headers["Cache-Control"] == "no-store"
    assert "(prefers-color-scheme" not in dark.content.decode(), "it is dark on every screen"
    picture = re.search(r'src="(/console/settings/design/pictures/[^"]+)"', light.content.decode())[1]
    served = admin.get(picture)
    assert served.headers["Content-Type"] == "image/jpeg"
    assert admin.get(picture, headers={"If-None-Match": served.headers["ETag"]}).status_code == 304
    assert Client().get(picture).status_code == 302, "it needs a session"


@pytest.mark.parametrize(
    ("query", "status"),
    [("theme=baroque", 404), ("theme=../cast", 404), ("theme=cast&mode=sepia", 404), ("", 200),
     ("theme=cast&colour-accent=%22%3E%3Cscript%3E&colour-none=%230055aa&mode=dark", 200)],
)  # fmt: skip
def test_an_odd_query_of_the_frame_shows_no_other_colours(admin, query, status):
    mail = admin.get(f"{PAGE}mail/?{query}")
    assert mail.status_code == status
    assert status == 404 or b"<script" not in mail.content
    assert BLUE.encode() not in mail.content


def test_a_design_with_errors_is_named_and_an_unknown_one_is_not_found(admin, settings, tmp_path):
    assert admin.get(f"{PAGE}?theme=baroque").status_code == 404
    (tmp_path / "broken").mkdir()
    settings.EMAIL_THEMES = tmp_path
    page = admin.get(PAGE)
    assert page.status_code == 200
    assert "broken It has errors, so no issue can use it." in text_of(page)
    assert form_of(page) == {}
    assert design_page.FIELD not in page.content.decode()
