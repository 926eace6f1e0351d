"""The colours that a publication chooses for its designs: what may be stored, and every mail and page that has them."""

import re

import pytest
from django.db import OperationalError
from django.test import Client

from campaigns.reporting import person_page
from composer import building
from editorial import issue_versions
from editorial.models import IssueRecord, IssueVersion
from editorial.previewing import issue_preview
from editorial.sources import issue_state
from publication import audit
from publication.installation import publication
from publication.models import Audit, Publication
from publication.profile import ProfileError, change_profile
from subscribers.models import MailingList
from tests.support import archives
from web import page_identity
from worker.notice_mail import render_notice

pytestmark = pytest.mark.django_db
BLUE, GREEN = "#0055aa", "#0b6b3a"
ARTICLE = "\n# Section\n\n## One\n\nText with a [link](https://example.org/).\n"


def choose(**colours):
    """Store colours of the theme cast, such as accent="#0055aa"."""
    return change_profile(audit.system(), theme_colours={"cast": colours}).theme_colours


def refused(**theme_colours):
    before = Audit.objects.count()
    with pytest.raises(ProfileError) as raised:
        change_profile(audit.system(), name="Other", theme_colours=theme_colours)
    assert publication().name != "Other"
    assert Audit.objects.count() == before
    return raised.value.code, raised.value.params


def test_colours_are_stored_as_six_digits_and_audited():
    assert choose(accent="#05A") == {"cast": {"accent": BLUE}}
    line = Audit.objects.latest("pk")
    assert (line.verb, line.detail) == (
        "change_publication", {"before": {"theme_colours": {}}, "after": {"theme_colours": {"cast": {"accent": BLUE}}}},
    )  # fmt: skip
    assert choose(masthead="#222222") == {"cast": {"accent": BLUE, "masthead": "#222222"}}
    change_profile(audit.system(), theme_colours={"plain": {"accent": GREEN}})
    assert choose(accent="", masthead="#0b2239") == {"plain": {"accent": GREEN}}, "empty, or the colour of the design: no choice"
    assert publication().colours_of("cast") == {}
    lines = Audit.objects.count()
    assert choose(accent="#b92d17") == {"plain": {"accent": GREEN}}
    assert Audit.objects.count() == lines, "nothing changed"


def test_a_wrong_colour_slot_or_theme_is_refused_with_what_there_is():
    assert refused(cast={"accent": "blue"}) == ("colour", {"theme": "cast", "slot": "accent", "text": "blue"})
    assert refused(cast={"accent": BLUE, "ink": BLUE}) == (
        "slot",
        {"theme": "cast", "slot": "ink", "slots": ["accent", "masthead"]},
    )
    code, params = refused(**{"../cast": {"accent": BLUE}})
    assert (code, params["themes"]) == ("theme", ("bulletin", "cast", "journal", "plain"))


def test_a_change_of_the_same_theme_meanwhile_is_refused():
    choose(accent=GREEN)
    with pytest.raises(ProfileError) as raised:
        change_profile(audit.system(), theme_colours={"cast": {"accent": BLUE}}, seen={"theme_colours": {"cast": {}}})
    assert (raised.value.code, raised.value.params["stored"]) == ("meanwhile", GREEN)
    row = change_profile(audit.system(), theme_colours={"plain": {"accent": BLUE}}, seen={"theme_colours": {"plain": {}}})
    assert row.theme_colours == {"cast": {"accent": GREEN}, "plain": {"accent": BLUE}}, "another theme is no conflict"


# ----------------------------------------------------------------------------------------------------- where they are used
@pytest.fixture
def stored(settings, tmp_path) -> IssueRecord:
    """An issue in the theme cast, sent to a list and stored before anybody chose a colour."""
    settings.MEDIA_ROOT, settings.DATA_DIR = tmp_path / "media", tmp_path / "data"
    made = archives.open_list()
    archives.send(archives.write(tmp_path / "one", ARTICLE), made)
    return IssueRecord.objects.get()


def test_a_stored_version_never_changes_and_the_next_one_has_the_colours(stored):
    before = IssueVersion.objects.get()
    mail = before.variants.get().html
    assert "#b92d17" in mail
    choose(accent=BLUE)
    result = issue_versions.store_head(audit.system(), stored)
    assert result.is_new
    assert result.version.digest != before.digest
    html = result.version.variants.get().html
    assert BLUE in html
    assert "#b92d17" not in html
    assert IssueVersion.objects.get(pk=before.pk).variants.get().html == mail
    choose(accent="")
    again = issue_versions.store_head(audit.system(), stored)
    assert (again.is_new, again.version) == (False, before), "the colours of the design give the bytes of the first version"


def test_a_preview_has_the_colours_at_once(stored):
    state = issue_state.head(stored.pk)
    first = issue_preview.of_state(stored, state)
    choose(accent=BLUE)
    second = issue_preview.of_state(stored, state)
    assert first.key != second.key
    assert BLUE in second.composition.variants[0].mail.html
    assert BLUE not in first.composition.variants[0].mail.html


def test_pages_notices_and_exports_have_the_colours(stored, client: Client, monkeypatch):
    choose(accent=BLUE)
    monkeypatch.setattr(page_identity, "_remembered", None)  # error pages read it once a minute
    for address in ("/", "/archive/news/", "/archive/news/news-1/", "/nothing"):
        link = re.search(r'href="(/design/cast/colours-[0-9a-f]{12}\.css)"', client.get(address).content.decode())[1]
        assert f"--theme-accent:{BLUE}" in client.get(link).content.decode(), address
    assert BLUE in render_notice("confirm", MailingList.objects.get(), "https://example.org/c/x")[1]
    assert BLUE in person_page._colours("cast")


def test_a_file_with_the_colours_is_served_by_a_process_that_does_not_know_them(stored, client: Client, monkeypatch):
    choose(accent=BLUE)
    link = re.search(r'href="(/design/cast/colours-[0-9a-f]{12}\.css)"', client.get("/").content.decode())[1]
    monkeypatch.setattr(page_identity, "_remembered", None)
    answer = client.get(link)
    assert BLUE in answer.content.decode()
    assert "immutable" in answer.headers["Cache-Control"]

    def away(**_):
        raise OperationalError("the database is away")

    monkeypatch.setattr(Publication.objects, "filter", away)
    answer = client.get(link)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache"), "the colours of the design, for now"


def test_a_folder_that_is_built_has_the_colours_of_the_design(tmp_path):
    choose(accent=BLUE)
    folder = archives.write(tmp_path / "issue", ARTICLE)
    building.build(folder, tmp_path / "out")
    html = "".join(path.read_text() for path in (tmp_path / "out").rglob("*.html"))
    assert "#b92d17" in html
    assert BLUE not in html
