"""Issues that were sent before Mailroom was in use: in the archive with their day, with a right, recorded, and never sent."""

import pytest

from campaigns import removing
from campaigns.models import Campaign, PastIssue
from campaigns.reporting import archive_entries, past_issues
from campaigns.reporting.past_issues import PastIssueError
from editorial import issue_versions
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Audit
from tests.support import archives, issues
from tests.support.reviewing import account

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    folder = archives.write(
        tmp_path / "old", "# News\n\n## Light {#light}\n\nIt was bright.\n\nSource: The Gazette\n", number="1999-03"
    )
    return issue_versions.store(audit.system(), folder).version.issue


def test_the_archive_shows_a_past_issue_with_its_day(issue, client, tmp_path):
    news, publisher = archives.open_list(), account("publisher", "publisher")
    archives.send(issues.two_languages(tmp_path / "new"), news)
    past_issues.add(publisher, issue, "news", "1999-03-01")
    entries = archive_entries.entries(news)
    assert [(entry.slug, entry.day.isoformat()) for entry in entries][-1] == (issue.slug, "1999-03-01")
    assert len(entries) == 2
    page = client.get(f"/archive/news/{issue.slug}/")
    assert page.status_code == 200
    assert "It was bright." in page.content.decode()
    assert issue.slug in client.get("/archive/news/1999/").content.decode()
    assert client.get(f"/archive/news/{issue.slug}/mail").status_code == 200
    assert Campaign.objects.count() == 1  # the one of the other issue: nothing was created to be sent
    assert Audit.objects.get(verb="add_past_issue").detail == {"issue": issue.slug, "list": "news", "day": "1999-03-01"}


def test_a_second_entry_replaces_the_first_and_it_can_be_taken_out(issue):
    news, admin = archives.open_list(), account("admin", "admin")
    past_issues.add(admin, issue, "news", "1999-03-01")
    past_issues.add(admin, issue, "news", "1999-04-01")
    assert [entry.day.isoformat() for entry in archive_entries.entries(news)] == ["1999-04-01"]
    issue_versions.show_in_archive(admin, issue.slug, "withheld")
    assert archive_entries.entries(news) == []
    issue_versions.show_in_archive(admin, issue.slug, "usual")
    assert past_issues.remove(admin, issue) == 1
    assert archive_entries.entries(news) == []
    assert Audit.objects.filter(verb="remove_past_issue").count() == 1


@pytest.mark.parametrize(
    ("list_slug", "day", "code"),
    [
        ("none", "1999-03-01", "list"),
        ("news", "1.3.1999", "date"),
        ("news", "0001-01-01", "date"),
        ("news", "2999-01-01", "future"),
    ],
)
def test_list_and_day_are_checked(issue, list_slug: str, day: str, code: str):
    archives.open_list()
    with pytest.raises(PastIssueError) as refused:
        past_issues.add(account("publisher", "publisher"), issue, list_slug, day)
    assert refused.value.code == code
    assert not PastIssue.objects.exists()


def test_only_publishers_and_admins_may(issue):
    archives.open_list()
    for actor in (account("author", "editor"), account("reader", "auditor"), audit.command_line()):
        for call in (
            lambda who=actor: past_issues.add(who, issue, "news", "1999-03-01"),
            lambda who=actor: past_issues.remove(who, issue),
        ):
            with pytest.raises(PastIssueError) as refused:
                call()
            assert refused.value.code == "permission"


def test_an_issue_that_mailroom_sent_or_with_open_questions_is_refused(issue, tmp_path):
    news, publisher = archives.open_list(), account("publisher", "publisher")
    sent = archives.send(issues.two_languages(tmp_path / "new"), news).version.issue
    with pytest.raises(PastIssueError) as refused:
        past_issues.add(publisher, sent, "news", "2020-01-01")
    assert refused.value.code == "sent"
    state = issue_state.head(issue.pk)
    edits.save_part(
        publisher,
        issue,
        "issue.md",
        "light",
        "## Light {#light}\n\n<!-- check: right? -->\n\nText.\n",
        state.edits["text", "issue.md", "light"],
    )
    with pytest.raises(PastIssueError) as refused:
        past_issues.add(publisher, issue, "news", "1999-03-01")
    assert refused.value.code == "doubts"


def test_a_list_whose_archive_shows_past_issues_is_not_deleted(issue):
    archives.open_list()
    past_issues.add(account("publisher", "publisher"), issue, "news", "1999-03-01")
    with pytest.raises(removing.RemovalRefusedError) as refused:
        removing.delete_list(audit.system(), "news")
    assert (refused.value.code, refused.value.params["count"]) == ("past", 1)
