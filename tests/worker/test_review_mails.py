"""Mails of a review through the worker: in the language of the person, with a link to the review, and with typed texts as text."""

import html
from datetime import UTC, datetime

import pytest

from editorial import issue_versions
from editorial.review import decisions, requests
from publication import clock
from publication.models import Publication, StaffMail
from publication.staff import staff_languages
from tests.support import people
from tests.support.issues import two_languages
from tests.support.reviewing import account, need
from tests.worker.test_staff_mails import provider  # noqa: F401 - a fixture
from worker import single_sender

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = "<script>alert(1)</script>\n\"'&{{ x }} 日期"
DUE = datetime(2027, 1, 5, 1, 0, tzinfo=UTC)


@pytest.fixture
def review(provider, tmp_path):  # noqa: F811 - the fixture
    people.make_sender()
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "zone": "Asia/Shanghai"})
    need(1)
    author, wei = account("author", "editor"), account("wei")
    staff_languages.choose(wei.user, "zh-hans")
    issue = issue_versions.store(author, two_languages(tmp_path / "issue")).version.issue
    clock.move(lambda: datetime(2027, 1, 4, tzinfo=UTC))
    try:
        yield requests.ask(author, issue, [wei.user], due_at=DUE, note=HOSTILE).review, wei
    finally:
        clock.move(None)


def test_who_is_asked_gets_the_note_and_the_time_in_the_zone_of_the_publication(provider, review):  # noqa: F811
    request, _ = review
    assert single_sender.send_until_empty() == 1
    (mail,) = provider.messages(to="wei@cast.example")
    link = f"/console/issues/{request.version.issue.slug}/review/"
    for part in (mail["text"], mail["html"]):
        assert link in part
        assert "2027-01-05 09:00" in part
        assert "Asia/Shanghai" in part
    assert HOSTILE in mail["text"]
    assert "<script>" not in mail["html"]
    assert "alert(1)" in html.unescape(mail["html"])


def test_a_review_that_is_taken_back_first_is_not_mailed(provider, review):  # noqa: F811
    request, wei = review
    requests.take_back(wei, request.pk)
    assert single_sender.send_until_empty() == 0
    assert provider.messages() == []
    assert StaffMail.objects.get().reason == "no longer needed"


def test_the_author_reads_what_should_be_changed_and_that_it_is_approved(provider, review):  # noqa: F811
    request, wei = review
    decisions.request_changes(wei, request.version, HOSTILE)
    decisions.approve(wei, request.version)
    single_sender.send_until_empty()
    changes, approved = sorted(provider.messages(to="author@cast.example"), key=lambda mail: mail["subject"], reverse=True)
    assert (changes["subject"], approved["subject"]) == (
        "Changes requested: CAST Newsletter 2026-12", "Approved: CAST Newsletter 2026-12",
    )  # fmt: skip
    assert HOSTILE in changes["text"]
    assert "<script>" not in changes["html"]
    assert "wei approved" in approved["text"]
