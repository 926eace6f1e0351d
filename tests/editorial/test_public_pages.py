"""The public pages of a stored version: each language, without the parts meant for some subscribers."""

from datetime import date

import pytest

from composer.rendering.archive_page import LinkTargets
from editorial import issue_versions, public_pages
from editorial.models import IssueVersion
from publication import audit
from publication.models import Audit
from subscribers import attribute_declarations
from tests.support import archives
from tests.support import issues as samples

pytestmark = pytest.mark.django_db
TARGETS = LinkTargets("https://x.example/p/", "https://x.example/l/")
BODY = """
# Section

## For all

Seen by all.

::: only country = "CN"
Only for China.
:::

::: only country != "CN"
Not for China.
:::

## For members {#members}
Only: interests = "membership"

Members only.
"""


@pytest.fixture(autouse=True)
def _attributes():

    attribute_declarations.declare(audit.system(), "interests", "words")


def stored(folder) -> IssueVersion:
    version, *_ = issue_versions.store(audit.system(), folder)
    return version


def test_a_page_shows_the_variant_for_an_unknown_reader(tmp_path):
    version = stored(archives.write(tmp_path / "a", BODY))
    (face,) = public_pages.faces(public_pages.versions([version.pk]).get())
    mail = version.variants.get(number=face.number).html
    page = public_pages.page(version, face.language, TARGETS)
    body = str([article for section in page.sections for article in section.articles])
    for shown in (body, mail):
        assert "Seen by all" in shown
        assert "Not for China" in shown
        assert "Only for China" not in shown
        assert "Members only" not in shown


def test_each_language_has_a_face_and_a_page(tmp_path):
    version = stored(samples.two_languages(tmp_path / "two"))
    faces = public_pages.faces(public_pages.versions([version.pk]).get())
    assert [(face.language, face.number, face.subject) for face in faces] == [
        ("en", 0, "Light in Dalian"), ("zh-Hans", 2, "大连之光：自由电子激光器"),
    ]  # fmt: skip
    pages = [public_pages.page(IssueVersion.objects.get(pk=version.pk), face.language, TARGETS) for face in faces]
    assert [str(page.sections[0].title) for page in pages] == ["Headlines", "要闻"]
    assert [page.written(date(2026, 12, 1)) for page in pages] == ["1 December 2026", "2026年12月1日"]


def test_sources_that_can_no_longer_be_read_have_no_page(tmp_path):
    version = stored(archives.write(tmp_path / "a", BODY))
    version.sources = {"issue.md": "---\nnot: an issue\n---\n"}
    assert public_pages.page(version, "en", TARGETS) is None
    version.sources = {}
    assert public_pages.page(version, "en", TARGETS) is None


def test_a_missing_theme_is_replaced_by_the_texts_of_the_plain_theme(tmp_path, settings):
    version = stored(archives.write(tmp_path / "a", BODY))
    version.sources = {"issue.md": version.sources["issue.md"].replace("language: en\n", "language: en\ntheme: gone\n")}
    assert public_pages.page(version, "en", TARGETS).fixed_texts["source"] == "Source"


def test_a_version_knows_the_picture_of_each_figure(tmp_path):
    folder = archives.write(tmp_path / "a", "\n# S\n\n## A\n\n![One](images/only-en.png)\n\n![Other](images/only-zh.png)\n")
    samples.two_languages(tmp_path / "pictures")
    (tmp_path / "pictures" / "images").rename(folder / "images")
    version = stored(folder)
    assert [src for src, _ in version.pictures] == ["images/only-en.png", "images/only-zh.png"]
    assert {name for _, name in version.pictures} == set(version.media.values_list("path", flat=True))


@pytest.mark.parametrize(
    ("title", "number", "slug"),
    [("CAST Newsletter", "2023-03", "cast-newsletter-2023-03"), ("Café News", "1", "cafe-news-1")],
)
def test_the_slug_of_an_issue_is_its_name(tmp_path, title, number, slug):
    assert stored(archives.write(tmp_path / "a", BODY, title=title, number=number)).issue.slug == slug


@pytest.mark.soak
def test_titles_in_other_scripts_get_different_slugs(tmp_path):
    slugs = {
        stored(archives.write(tmp_path / str(at), BODY, title=title, number="2023")).issue.slug
        for at, title in enumerate(("科技通讯", "工程通讯", "!", "News 通讯"))
    }
    assert len(slugs) == 4
    assert all(slug.startswith(("issue-2023-", "news-2023-")) for slug in slugs), slugs


def test_changing_the_archive_setting_of_an_issue_is_audited(tmp_path):
    slug = stored(archives.write(tmp_path / "a", BODY)).issue.slug
    for _ in range(2):
        issue_versions.show_in_archive(audit.system(), slug, "withheld")
    record = Audit.objects.get(verb="show_in_archive")
    assert record.detail == {"issue": slug, "before": "usual", "after": "withheld"}
    with pytest.raises(issue_versions.IssueError, match="unknown slug=news-2") as fault:
        issue_versions.show_in_archive(audit.system(), "news-2", "shown")
    assert fault.value.params["near"] == ["news-1"]
    with pytest.raises(issue_versions.IssueError):
        issue_versions.show_in_archive(audit.system(), slug, "perhaps")
