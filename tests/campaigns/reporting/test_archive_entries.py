"""The contents of a list's archive: issues that were sent to the whole list and not cancelled, each once."""

import pytest

from campaigns import states
from campaigns.drafts import test_mails
from campaigns.models import Campaign
from campaigns.reporting import archive_entries
from editorial import issue_versions
from publication import audit, profile
from publication.models import Publication
from subscribers import mailing_lists
from subscribers.segments import saved_segments
from tests.support import archives, people
from tests.support.variations import first

pytestmark = pytest.mark.django_db
BODY = "\n# Section\n\n## Article\n\nText.\n"


@pytest.fixture
def news():
    return archives.open_list()


@pytest.fixture
def light(tmp_path):
    return archives.write(tmp_path / "light", BODY)


def slugs(mailing_list) -> list[str]:
    return [entry.slug for entry in archive_entries.entries(mailing_list)]


@pytest.mark.parametrize("state", first(["sending", "draft", "paused", "cancelled"]))
def test_archive_contains_only_issues_that_were_sent(news, light, state):
    archives.send(light, news, state=state)
    assert slugs(news) == []
    archives.send(light, news)
    assert slugs(news) == ["news-1"]


def test_issue_stays_while_resent_and_disappears_if_cancelled(news, light):
    campaign = archives.send(light, news)
    states.move_campaign(audit.system(), campaign.pk, "sending", sources=["sent"], finished_at=None)
    assert slugs(news) == ["news-1"]
    states.move_campaign(audit.system(), campaign.pk, "cancelled")
    assert slugs(news) == []


def test_campaign_without_recipients_is_not_in_the_archive(news, light):
    campaign = archives.send(light, news)
    Campaign.objects.filter(pk=campaign.pk).update(started_at=None)
    assert slugs(news) == []


def test_test_mails_are_not_in_the_archive(news, light):
    version, *_ = issue_versions.store(audit.system(), light)
    test_mails.send(audit.system(), version, people.make_sender(), "editor@cast.example")
    assert slugs(news) == []


def test_two_campaigns_of_an_issue_are_one_entry_with_the_last_version(news, tmp_path):
    first = archives.send(archives.write(tmp_path / "a", BODY), news)
    archives.send(archives.write(tmp_path / "a", BODY), news, at=archives.later(1))
    assert [(entry.version_id, entry.published, entry.updated) for entry in archive_entries.entries(news)] == [
        (first.version_id, archives.FIRST, archives.FIRST)
    ]
    third = archives.send(archives.write(tmp_path / "b", BODY, subject="Corrected"), news, at=archives.later(2))
    (entry,) = archive_entries.with_faces(archive_entries.entries(news))
    assert (entry.version_id, entry.published, entry.updated) == (third.version_id, archives.FIRST, archives.later(2))
    assert [face.subject for face in entry.faces] == ["Corrected"]


def test_issue_sent_to_a_segment_is_shown_only_if_staff_choose_so(news, tmp_path):
    few = saved_segments.create(audit.system(), "few", 'language = "en"')
    archives.send(archives.write(tmp_path / "a", BODY), news)
    archives.send(archives.write(tmp_path / "b", BODY, subject="For a few"), news, at=archives.later(1), segment=few)
    archives.send(archives.write(tmp_path / "c", BODY, number="2"), news, at=archives.later(2), segment=few)
    (entry,) = archive_entries.with_faces(archive_entries.entries(news))
    assert entry.faces[0].subject == "Light", "the version for a few is not shown to all"
    assert archive_entries.narrowed_count(news) == 1
    issue_versions.show_in_archive(audit.system(), "news-2", "shown")
    assert slugs(news) == ["news-2", "news-1"]
    assert archive_entries.narrowed_count(news) == 0


def test_an_issue_can_be_withheld(news, light):
    archives.send(light, news)
    issue_versions.show_in_archive(audit.system(), "news-1", "withheld")
    assert slugs(news) == []
    issue_versions.show_in_archive(audit.system(), "news-1", "usual")
    assert slugs(news) == ["news-1"]


def test_each_list_has_its_own_entry_and_one_of_them_is_canonical(news, light):
    other = archives.open_list("other")
    archives.send(light, news, other)
    (entry,) = archive_entries.entries(other)
    assert archive_entries.home_of(entry) == news
    mailing_lists.set_archive(audit.system(), "news", "unlisted")
    assert archive_entries.home_of(entry) == other


def test_entries_are_newest_first_with_days_in_the_publications_zone(news, tmp_path):
    Publication.objects.get_or_create(pk=1)
    profile.change_profile(audit.system(), zone="Pacific/Kiritimati")  # 14 hours ahead of UTC
    archives.send(archives.write(tmp_path / "a", BODY), news, at=archives.later(0).replace(month=12, day=31, hour=12))
    archives.send(archives.write(tmp_path / "b", BODY, number="2"), news)
    entries = archive_entries.entries(news)
    assert [entry.slug for entry in entries] == ["news-1", "news-2"]
    assert entries[0].published.date().isoformat() == "2026-01-01"


def test_only_open_archives_are_found(news):
    archives.open_list("quiet", "unlisted")
    archives.open_list("closed", "off")
    people.make_list("untouched")
    assert archive_entries.public_lists() == [news]
    assert [slug for slug in ("news", "quiet", "closed", "untouched", "none") if archive_entries.find_open(slug)] == [
        "news",
        "quiet",
    ]
