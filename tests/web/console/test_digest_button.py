"""The button “Make it a digest” next to the finding that a mail is too large for Gmail."""

import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from django.test import Client

from composer.errors import Finding
from editorial import issue_versions
from editorial.models import IssueRecord, IssueVersion
from editorial.previewing import issue_preview
from editorial.sources import head_changes, issue_state
from publication import audit
from tests.support import people
from tests.support.issues import two_languages
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
TOO_LARGE = Finding("size-gmail", "error", {"size": 105_000, "encoded": 110_000, "limit": 104_448}, "issue.md")
ONLY = '\n::: only country = "CN"\nThe visit is free for members in China.\n:::\n'


@pytest.fixture(autouse=True)
def _own_data(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())


@pytest.fixture
def folder(tmp_path) -> Path:
    return two_languages(tmp_path / "news-1")


@pytest.fixture
def issue(folder) -> IssueRecord:
    version = issue_versions.store(audit.system(), folder).version
    IssueVersion.objects.filter(pk=version.pk).update(findings=[asdict(TOO_LARGE)])
    return version.issue


def at(issue: IssueRecord) -> str:
    return f"/console/issues/{issue.slug}"


def layouts(issue: IssueRecord) -> list[str]:
    sources = issue_state.head(issue.pk).sources
    return [name for name, text in sources.items() if "\nlayout: digest\n" in text]


def with_finding_in_preview(issue: IssueRecord) -> None:
    """Compose a real preview, and add the finding: a mail of that size would take the test a second more."""
    made = issue_preview.of_state(issue, issue_state.head(issue.pk))
    composition = made.composition
    assert composition is not None
    first = composition.variants[0]
    large = replace(first, mail=replace(first.mail, findings=(*first.mail.findings, TOO_LARGE)))
    issue_preview._keep(replace(made, composition=replace(composition, variants=(large, *composition.variants[1:]))))


def buttons(html: str) -> list[str]:
    """Where the buttons of findings lead. Their form must be on the page, and not inside another one."""
    found = re.findall(r'<button type="submit" form="finding-fix" formaction="([^"]+)">Make it a digest</button>', html)
    assert html.count('<form id="finding-fix"') == 1 or not found
    before = html.partition('<form id="finding-fix"')[0]
    assert before.count("<form") == before.count("</form>")
    return found


def test_every_page_with_the_finding_makes_a_digest_by_one_button(console: Client, issue, campaign):
    with_finding_in_preview(issue)
    campaign.lists.set([people.make_list("other")])
    type(campaign).objects.filter(pk=campaign.pk).update(version=IssueVersion.objects.get(issue=issue), state="draft")
    pages = [
        *(f"{at(issue)}/{page}/" for page in ("preview", "preview/live", "send", "review")),
        f"/console/campaigns/{campaign.pk}/override/",
    ]
    for page in pages:
        html = console.get(page).content.decode()
        if page.endswith("live/"):
            assert f'formaction="{at(issue)}/digest/"' in html, "in a page of the issue, which has the form"
        else:
            assert buttons(html) == [f"{at(issue)}/digest/"], page
    answer = console.post(f"{at(issue)}/digest/", follow=True)
    assert answer.redirect_chain == [(f"{at(issue)}/preview/", 302)]
    assert "The newest text is a digest now." in answer.content.decode()
    assert layouts(issue) == ["issue.md", "issue.zh-Hans.md"]
    for page in pages:
        assert buttons(console.get(page).content.decode()) == [], page
    again = console.post(f"{at(issue)}/digest/", follow=True).content.decode()
    assert "Nothing was changed" in again


def test_the_revision_before_can_be_restored(console, issue):
    before = issue_state.head(issue.pk).sources
    console.post(f"{at(issue)}/digest/")
    head = issue_state.head(issue.pk).number
    number = issue.revisions.order_by("number").last().number
    console.post(f"{at(issue)}/revisions/restore/", {"revision": number, "head": head})
    assert issue_state.head(issue.pk).sources == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nlanguage: en\n", "\nlanguage: en\nlayout: digest\n"),
        ("{#light}\n", "{#light}\n\nText: whole\n"),
        (ONLY, ""),
        ("\ndate: 2026-12-01\n", "\ndate: soon\n"),
    ],
    ids=["a digest", "kept whole", "only a summary", "with an error"],
)
def test_it_is_offered_only_where_it_shortens_the_mail(folder, old, new):
    texts = {"issue.md": (folder / "issue.md").read_text()}
    assert head_changes.can_be_digest(issue_state.of_sources(texts, {}))
    texts = {name: text.replace(old, new, 1) for name, text in texts.items()}
    assert not head_changes.can_be_digest(issue_state.of_sources(texts, {}))


def test_people_who_may_not_edit_see_no_button(client, issue):
    client.force_login(make_staff("reviewer", "editorial.view_issuerecord", "editorial.view_review"))
    shown = client.get(f"{at(issue)}/review/").content.decode()
    assert "105" in shown
    assert "Make it a digest" not in shown
    assert client.post(f"{at(issue)}/digest/").status_code == 403
