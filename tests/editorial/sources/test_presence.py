"""Who has an issue open: each person once, gone after 45 seconds, and a second page does not hide what the first one edits."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from editorial.models import IssueRecord, Presence
from editorial.sources import presence
from editorial.sources.presence import Present
from publication import clock
from publication.retention import RETENTIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(db) -> IssueRecord:
    return IssueRecord.objects.create(slug="news-1", title="News")


@pytest.fixture
def people(db) -> tuple[User, User]:
    return User.objects.create_user("wei"), User.objects.create_user("li")


@pytest.fixture
def later(monkeypatch):
    """Moves the clock."""
    start, passed = clock.now(), [timedelta()]
    monkeypatch.setattr(clock, "_source", lambda: start + passed[0])

    def move(seconds: float) -> None:
        passed[0] += timedelta(seconds=seconds)

    return move


def test_others_are_seen_with_the_part_that_they_edit(issue, people):
    wei, li = people
    assert presence.note(wei, issue, "issue.md", "light") == ()
    assert presence.note(li, issue) == (Present("wei", "issue.md", "light"),)
    assert presence.note(wei, issue, "issue.md", "sound") == (Present("li", "", ""),)
    assert presence.others(li, issue) == (Present("wei", "issue.md", "sound"),)


def test_who_was_silent_for_45_seconds_is_gone_and_is_removed(issue, people, later):
    wei, li = people
    presence.note(wei, issue)
    later(44)
    assert len(presence.others(li, issue)) == 1
    assert RETENTIONS["PRESENCE"].end() == 0
    later(2)
    assert presence.others(li, issue) == ()
    assert RETENTIONS["PRESENCE"].end() == 1
    assert not Presence.objects.exists()


def test_a_second_page_without_a_part_does_not_hide_the_part_until_its_page_is_gone(issue, people, later):
    wei, li = people
    presence.note(wei, issue, "issue.md", "light")
    for _ in range(3):
        later(10)
        presence.note(wei, issue)
        assert presence.others(li, issue) == (Present("wei", "issue.md", "light"),)
    later(20)
    presence.note(wei, issue)
    assert presence.others(li, issue) == (Present("wei", "", ""),)


def test_issues_are_apart_and_texts_are_bounded(issue, people):
    wei, li = people
    other = IssueRecord.objects.create(slug="news-2", title="News")
    presence.note(wei, other, "f" * 500, "p" * 500)
    assert presence.others(li, issue) == ()
    assert len(presence.others(li, other)[0].part) == 200
