"""Asking for a review: what is frozen, who may be asked, who is mailed, and what is still open."""

from datetime import timedelta

import pytest

from composer.errors import ComposeError
from editorial.models import IssueRecord, Review
from editorial.review import comments, decisions, open_reviews, requests, version_differences
from editorial.review.requests import ReviewError
from editorial.sources import issue_state
from publication import audit, clock
from publication.models import StaffMail
from publication.staff import staff_mails
from tests.editorial.review.test_decisions import FILE, SOURCE, write
from tests.support import people
from tests.support.reviewing import account, need
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(db):
    return account("author", "editor")


@pytest.fixture
def issue(author) -> IssueRecord:
    people.make_sender()
    return import_source({FILE: SOURCE}, title="News <b>1</b>", actor=author)


def mails(purpose: str) -> list[str]:
    return sorted(StaffMail.objects.filter(purpose=purpose).exclude(address="").values_list("address", flat=True))


def test_a_review_freezes_the_newest_source_and_mails_everybody_who_is_asked_once(issue, author):
    wei, lin = account("wei"), account("lin", "publisher")
    asked = requests.ask(author, issue, [wei.user, lin.user, wei.user], due_at=clock.now() + timedelta(days=1), note=" Please. ")
    assert (asked.version.number, asked.mailed, asked.review.note) == (1, 2, "Please.")
    assert asked.version.revision.edit == issue_state.head(issue.pk).number
    assert mails(staff_mails.REVIEW) == ["lin@cast.example", "wei@cast.example"]
    assert StaffMail.objects.first().parameters["slug"] == "news-1"
    assert [request.review for request in requests.open_requests(wei.user)] == [asked.review]
    assert open_reviews.waiting(asked.version) == ("lin", "wei")
    assert not open_reviews.is_overdue(asked.review)
    assert open_reviews.is_overdue(asked.review, clock.now() + timedelta(days=2))


def test_a_new_review_ends_the_one_before_and_its_mails_that_have_not_left(issue, author):
    wei, lin = account("wei"), account("lin")
    first = requests.ask(author, issue, [wei.user])
    write(author, issue, "other words")
    second = requests.ask(author, issue, [lin.user])
    first.review.refresh_from_db()
    assert first.review.ended_at is not None
    assert (second.version.number, open_reviews.open_review(issue.pk)) == (2, second.review)
    assert requests.open_requests(wei.user) == []
    assert mails(staff_mails.REVIEW) == ["lin@cast.example"]


def test_a_review_is_taken_back_once(issue, author):
    wei = account("wei")
    asked = requests.ask(author, issue, [wei.user])
    requests.take_back(author, asked.review.pk)
    assert (requests.open_requests(wei.user), mails(staff_mails.REVIEW)) == ([], [])
    for review_id in (asked.review.pk, 999_999):
        with pytest.raises(ReviewError, match="over"):
            requests.take_back(author, review_id)


def test_people_who_approved_exactly_this_text_are_not_asked_again(issue, author):
    wei, lin = account("wei"), account("lin")
    first = requests.ask(author, issue, [wei.user])
    decisions.approve(wei, first.version)
    write(author, issue, "other words")
    write(author, issue, "x\n\n")
    assert not version_differences.is_changed(first.version)
    with pytest.raises(ReviewError) as refused:
        requests.ask(author, issue, [wei.user])
    assert (refused.value.code, refused.value.params) == ("approved", {"names": ["wei"], "version": 1})
    assert open_reviews.open_review(issue.pk) == first.review
    second = requests.ask(author, issue, [wei.user, lin.user])
    assert (second.version, second.approved, second.mailed) == (first.version, ("wei",), 1)
    assert [request.review for request in requests.open_requests(lin.user)] == [second.review]
    assert requests.open_requests(wei.user) == []
    write(author, issue, "other words")
    assert requests.ask(author, issue, [wei.user]).version.number == 2
    assert len(requests.open_requests(wei.user)) == 1


def test_who_asked_for_changes_is_asked_again_about_the_same_text(issue, author):
    wei = account("wei")
    decisions.request_changes(wei, requests.ask(author, issue, [wei.user]).version, "More light")
    assert requests.open_requests(wei.user) == []
    again = requests.ask(author, issue, [wei.user])
    assert again.version.number == 1
    assert [request.review for request in requests.open_requests(wei.user)] == [again.review]
    assert open_reviews.waiting(again.version) == ("wei",)
    decisions.approve(wei, again.version)
    assert requests.open_requests(wei.user) == []


@pytest.mark.parametrize("who", ["auditor", "blocked", "nobody"])
def test_only_active_people_who_may_decide_or_comment_are_asked(issue, author, who):
    asked = []
    if who != "nobody":
        user = account(who, "auditor" if who == "auditor" else "proofreader").user
        user.is_active = who != "blocked"
        user.save()
        asked = [user]
    with pytest.raises(ReviewError) as refused:
        requests.ask(author, issue, asked)
    assert refused.value.code == ("nobody" if who == "nobody" else "people")
    assert not Review.objects.exists()


def test_a_time_that_is_over_and_a_note_that_is_too_long_or_hides_text_are_refused(issue, author):
    wei = account("wei").user
    for code, more in {
        "past": {"due_at": clock.now() - timedelta(minutes=1)}, "far": {"due_at": clock.now() + timedelta(days=800)},
        "long": {"note": "x" * 10_000}, "character": {"note": "a\u202eb"},
    }.items():  # fmt: skip
        with pytest.raises(ReviewError) as refused:
            requests.ask(author, issue, [wei], **more)
        assert refused.value.code == code
    assert not Review.objects.exists()


def test_a_source_that_cannot_be_composed_gives_all_its_findings_and_no_review(issue, author):
    write(author, issue, "![](images/missing.jpg)\n\n::: nonsense\n:::\n")
    with pytest.raises(ComposeError) as faults:
        requests.ask(author, issue, [account("wei").user])
    assert {finding.file for finding in faults.value.findings} == {FILE}
    assert len(faults.value.findings) >= 1
    assert not Review.objects.exists()


def test_a_decision_answers_a_request_and_a_comment_does_for_people_who_may_only_comment(issue, author):
    wei, zhao = account("wei"), account("zhao", "editor")
    asked = requests.ask(author, issue, [wei.user, zhao.user])
    comments.add(wei, issue, "I will read it tonight.", version=asked.version)
    comments.add(zhao, issue, "Good.", version=asked.version)
    assert requests.open_requests(zhao.user) == []
    assert len(requests.open_requests(wei.user)) == 1
    decisions.approve(wei, asked.version)
    assert requests.open_requests(wei.user) == []


def test_the_author_is_mailed_when_changes_are_requested_and_when_the_last_approval_is_there(issue, author):
    need(2)
    asker, wei, lin = account("asker", "publisher"), account("wei"), account("lin")
    version = requests.ask(asker, issue, [wei.user, lin.user]).version
    decisions.approve(wei, version)
    assert mails(staff_mails.APPROVED) == []
    decisions.request_changes(lin, version, "The <b>date</b> is wrong.")
    assert mails(staff_mails.CHANGES) == ["asker@cast.example", "author@cast.example"]
    assert StaffMail.objects.filter(purpose=staff_mails.CHANGES).first().parameters["text"] == "The <b>date</b> is wrong."
    decisions.approve(lin, version)
    assert mails(staff_mails.APPROVED) == ["asker@cast.example", "author@cast.example"]
    decisions.approve(lin, version)  # again: nothing new
    assert len(mails(staff_mails.APPROVED)) == 2


def test_where_none_is_needed_the_author_is_mailed_when_everybody_who_was_asked_has_approved(issue, author):
    wei, lin = account("wei"), account("lin")
    version = requests.ask(author, issue, [wei.user, lin.user]).version
    decisions.approve(wei, version)
    assert mails(staff_mails.APPROVED) == []
    decisions.approve(lin, version)
    assert mails(staff_mails.APPROVED) == ["author@cast.example"]


def test_without_a_sender_a_review_begins_and_nobody_is_mailed(issue, author):
    people.Sender.objects.all().delete()
    assert requests.ask(author, issue, [account("wei").user]).mailed == 0
    assert audit.Audit.objects.filter(verb="ask_review").count() == 1
