"""Asking colleagues for a review: freezes the newest source as a version, mails them, and lists who was asked what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from editorial import issue_versions
from editorial.models import IssueRecord, IssueVersion, Review, ReviewRequest
from editorial.review import open_reviews, review_mails, written_text
from editorial.review.open_reviews import unanswered
from editorial.sources.edits import SourceEditError
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor

LONGEST_NOTE = 2000
FURTHEST = timedelta(days=366)
_TRIES = 5


class ReviewError(DomainError):
    """A review that cannot be asked for or taken back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A review that begins. `mailed`: how many get a mail; without a sender or an address there is none. `approved`: the names of
    those who were not asked because they approved exactly this content before."""

    review: Review
    mailed: int
    approved: tuple[str, ...] = ()

    @property
    def version(self) -> IssueVersion:
        return self.review.version


def ask(actor: Actor, issue: IssueRecord, accounts: Sequence[User], *, due_at: datetime | None = None, note: str = "") -> Asked:
    """Store the newest source as a version and ask these accounts for a review of it; ends the review before.

    Accounts that approved exactly this content are not asked again. Raises ReviewError, also if that leaves nobody,
    SourceEditError, and ComposeError with all findings if the source cannot be composed.
    """
    people = {account.pk: account for account in accounts}
    _check(people, due_at)
    note = written_text.checked(note, LONGEST_NOTE, ReviewError, may_be_empty=True)
    for _ in range(_TRIES):
        version = issue_versions.store_head(actor, issue).version
        with transaction.atomic():
            record = IssueRecord.objects.select_for_update(no_key=True).get(pk=issue.pk)
            if record.current_id != version.pk:
                continue  # somebody stored another version meanwhile
            asked, approved = _without_approvers(version, people)
            _end(record)
            review = Review.objects.create(version=version, note=note, due_at=due_at, actor=actor, created_at=clock.now())
            ReviewRequest.objects.bulk_create(ReviewRequest(review=review, account=account) for account in asked)
            mailed = review_mails.ask(review, asked, actor.name)
            names = _names(asked)
            audit.record(actor, "ask_review", review, issue=record.slug, number=version.number, people=names)
            return Asked(review, mailed, approved)
    raise SourceEditError("busy", issue=issue.slug)


def _without_approvers(version: IssueVersion, people: Mapping[int, User]) -> tuple[list[User], tuple[str, ...]]:
    """Who has still to look at this content, and the names of those who approved it. Raises ReviewError if all have."""
    done = open_reviews.approvers(version)
    asked = [account for pk, account in people.items() if pk not in done]
    approved = _names(account for pk, account in people.items() if pk in done)
    if not asked:
        raise ReviewError("approved", names=approved, version=version.number)
    return asked, tuple(approved)


def _names(people: Iterable[User]) -> list[str]:
    return sorted(account.get_username() for account in people)


def _check(people: Mapping[int, User], due_at: datetime | None) -> None:
    if not people:
        raise ReviewError("nobody")
    allowed = set(open_reviews.may_answer().filter(pk__in=people).values_list("pk", flat=True))
    if refused := [account.get_username() for pk, account in people.items() if pk not in allowed]:
        raise ReviewError("people", names=refused)
    if due_at is not None:
        if due_at < clock.now():
            raise ReviewError("past", at=due_at)
        if due_at > (last := clock.now() + FURTHEST):
            raise ReviewError("far", at=due_at, latest=last.date())


def take_back(actor: Actor, review_id: int) -> Review:
    """End a review. Mails about it that have not left are not sent; decisions stay. Raises ReviewError if it is over."""
    with transaction.atomic():
        review = Review.objects.select_related("version__issue").filter(pk=review_id).first()
        if review is None:
            raise ReviewError("over")
        IssueRecord.objects.select_for_update(no_key=True).get(pk=review.version.issue_id)
        locked = Review.objects.select_for_update(of=("self",), no_key=True).get(pk=review_id)
        if locked.ended_at is not None:
            raise ReviewError("over")
        _end(review.version.issue)
        audit.record(actor, "take_back_review", locked, issue=review.version.issue.slug, number=review.version.number)
        locked.refresh_from_db()
    return locked


def _end(issue: IssueRecord) -> None:
    """End the open reviews of an issue, which is locked."""
    reviews = list(Review.objects.filter(version__issue=issue, ended_at__isnull=True))
    for review in reviews:
        review_mails.withdraw(review)
    Review.objects.filter(pk__in=[review.pk for review in reviews]).update(ended_at=clock.now())


def open_requests(account: User) -> list[ReviewRequest]:
    """What an account was asked and has not answered, about versions that are still the newest; first what is due first."""
    asked = ReviewRequest.objects.filter(
        account=account, review__ended_at__isnull=True, review__version__digest=F("review__version__issue__current__digest")
    )
    unanswered_requests = unanswered(asked).select_related("review__version__issue", "review__actor")
    return list(unanswered_requests.order_by(F("review__due_at").asc(nulls_last=True), "id"))
