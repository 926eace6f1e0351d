"""Which issue a new one is begun from unless somebody chooses another, and what the page says about it."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from campaigns.models import PastIssue
from campaigns.reporting import preselected_issue
from campaigns.reporting.preselected_issue import Why
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from subscribers.models import MailingList
from tests.composer.making import HEAD
from tests.support import archives
from tests.support.variations import first
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
SOURCE = HEAD + "\n# News\n\n## Light {#light}\n\nx\n"
PAGES = ("/console/issues/new/", "/console/imports/")


@pytest.fixture
def editor() -> User:
    return make_staff("editor", "editorial.add_issuerecord", "editorial.view_issuerecord")


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def drafted(by: User | None, slug: str, title: str = "News") -> IssueRecord:
    record = IssueRecord.objects.create(slug=slug, title=title)
    actor = audit.staff(by) if by else audit.system()
    edits.replace_source(actor, record, None, issue_state.of_sources({"issue.md": SOURCE}, {}), reason="import")
    return record


def sent(folder: Path, number: str, days: int, *, title: str = "News", state: str = "sent") -> IssueRecord:
    archives.write(folder / number, "\n# News\n\n## Light {#light}\n\nx\n", number=number, title=title)
    campaign = archives.send(
        folder / number, archives.open_list(f"list-{number}"), at=archives.FIRST + timedelta(days=days), state=state
    )
    record = campaign.version.issue
    if not IssueRecord.objects.filter(pk=record.pk, source__head__gt=0).exists():
        edits.replace_source(audit.system(), record, None, issue_state.of_sources({"issue.md": SOURCE}, {}), reason="import")
    return record


def chosen(client: Client, page: str) -> str:
    select = re.search(r'<select id="id_from".*?</select>', client.get(page).content.decode(), re.DOTALL)
    assert select
    return re.findall(r'value="([^"]*)" selected', select[0])[0]


def preselection(client: Client, page: str) -> str:
    hint = re.search(r'id="hint-from">(.*?)</p>', client.get(page).content.decode())
    return hint[1] if hint else ""


@pytest.mark.parametrize("page", first(PAGES))
def test_the_last_issue_that_was_sent_is_preselected_and_not_a_newer_draft(editor, tmp_path: Path, page: str) -> None:
    sent(tmp_path, "1", 0)
    last = sent(tmp_path, "2", 30)
    sent(tmp_path, "3", 60, state="draft")
    drafted(None, "draft-of-a-colleague")
    client = signed_in(editor)
    assert chosen(client, page) == last.slug
    assert preselection(client, page).startswith("Preselected: the last issue of your newsletter that was sent.")
    assert 'aria-describedby="hint-from"' in client.get(page).content.decode()


def test_the_order_of_sending_counts_and_not_that_of_creating(editor, tmp_path: Path) -> None:
    late = sent(tmp_path, "1", 60)
    sent(tmp_path, "2", 30)
    assert preselected_issue.for_person(editor) == (late, Why.SENT)


def test_another_newsletter_is_not_preselected_for_somebody_who_works_on_this_one(editor, tmp_path: Path) -> None:
    ours = sent(tmp_path, "1", 0)
    sent(tmp_path, "2", 30, title="Letters of the students")
    drafted(editor, "next", title=ours.title)
    assert preselected_issue.for_person(editor) == (ours, Why.SENT)


@pytest.mark.parametrize("page", PAGES)
def test_if_none_of_this_newsletter_was_sent_the_own_last_issue_is_preselected(editor, page: str) -> None:
    drafted(editor, "mine")
    drafted(None, "draft-of-a-colleague")
    client = signed_in(editor)
    assert chosen(client, page) == "mine"
    assert preselection(client, page).startswith("Preselected: the issue that you worked on last")


@pytest.mark.parametrize(("page", "nothing"), [(PAGES[0], "-"), (PAGES[1], "")])
def test_with_several_newsletters_a_draft_of_somebody_else_is_not_preselected(editor, page: str, nothing: str) -> None:
    drafted(None, "draft-of-a-colleague")
    drafted(None, "letters", title="Letters of the students")
    client = signed_in(editor)
    assert chosen(client, page) == nothing
    assert preselection(client, page).startswith("No issue is preselected")
    assert 'value="draft-of-a-colleague"' in client.get(page).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_with_one_newsletter_a_new_colleague_begins_from_its_newest_issue(editor, page: str) -> None:
    drafted(None, "first")
    drafted(None, "second")
    client = signed_in(editor)
    assert chosen(client, page) == "second"
    assert preselection(client, page).startswith("Preselected: the newest issue")


def test_an_issue_that_was_sent_before_mailroom_was_in_use_counts_as_sent(editor, tmp_path: Path) -> None:
    past = sent(tmp_path, "1", 0, state="draft")
    other = sent(tmp_path, "2", 30, state="draft")
    for record, day in ((past, date(2026, 10, 1)), (other, date(2026, 9, 1))):
        PastIssue.objects.create(version_id=record.current_id, list=MailingList.objects.first(), day=day, actor=audit.system())
    assert preselected_issue.for_person(editor) == (past, Why.SENT)


def test_a_choice_needs_no_explanation(editor) -> None:
    drafted(editor, "mine")
    client = signed_in(editor)
    page = client.get("/console/issues/new/", {"from": "mine"}).content.decode()
    assert 'value="mine" selected' in page
    assert "hint-from" not in page
