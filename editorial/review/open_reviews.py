"""The open review of an issue: who was asked, and who has not answered yet. A decision about the content is an answer."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from editorial.models import Comment, Decision, IssueVersion, Review, ReviewRequest
from publication import clock

MAY_DECIDE, MAY_COMMENT = "editorial.add_decision", "editorial.add_comment"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def open_review(issue_id: int) -> Review | None:
    """The review of an issue that was neither taken back nor followed by another one."""
    reviews = Review.objects.filter(version__issue=issue_id, ended_at__isnull=True).select_related("version", "actor__user")
    return reviews.order_by("-id").first()


def asked_last(issue_id: int) -> set[int]:
    """The accounts that were asked in the newest review of an issue, open or over."""
    newest = Review.objects.filter(version__issue=issue_id).order_by("-id").first()
    return set(newest.requests.values_list("account_id", flat=True)) if newest else set()


def may_answer() -> QuerySet[User]:
    """The active accounts that may be asked: staff who may decide or comment. `decides`: whether they may decide."""
    deciding, commenting = (User.objects.with_perm(name, backend=_BACKEND) for name in (MAY_DECIDE, MAY_COMMENT))
    accounts = User.objects.filter(Q(pk__in=deciding.values("pk")) | Q(pk__in=commenting.values("pk")), is_staff=True)
    return accounts.annotate(decides=Exists(deciding.filter(pk=OuterRef("pk")))).order_by("username")


def names_with(permission: str) -> tuple[str, ...]:
    """The names of the active accounts of staff that have a permission."""
    accounts = User.objects.with_perm(permission, backend=_BACKEND).filter(is_staff=True).order_by("username")
    return tuple(accounts.values_list("username", flat=True))


def unanswered(requests: QuerySet[ReviewRequest]) -> QuerySet[ReviewRequest]:
    """The requests without an answer. Of people who may only comment, a comment on the version is the answer."""
    return requests.filter(~_decided(), account__is_active=True).filter(_may_decide() | ~_commented())


def waiting(version: IssueVersion) -> tuple[str, ...]:
    """The names of those who were asked about this content, may decide about it, and have not done so."""
    asked = ReviewRequest.objects.filter(
        review__ended_at__isnull=True, review__version__issue=version.issue_id, review__version__digest=version.digest
    )
    requests = unanswered(asked).filter(_may_decide()).order_by("account__username")
    return tuple(requests.values_list("account__username", flat=True).distinct())


def approvers(version: IssueVersion) -> set[int]:
    """The accounts that approved this content. Somebody's newest decision counts."""
    made = Decision.objects.filter(
        version__issue=version.issue_id, version__digest=version.digest, actor__user__isnull=False, withdrawn=None
    )
    newest = dict(made.order_by("id").values_list("actor__user", "kind"))
    return {account for account, kind in newest.items() if kind == Decision.Kind.APPROVE and account is not None}


def _may_decide() -> Exists:
    return Exists(User.objects.with_perm(MAY_DECIDE, backend=_BACKEND).filter(pk=OuterRef("account")))


def _decided() -> Q:
    """Whether the person approved the content, or decided about it since they were asked.

    Who asked for changes, and is then asked again about the same content, has to look at it again.
    """
    made = Decision.objects.filter(
        actor__user=OuterRef("account"), version__issue=OuterRef("review__version__issue"),
        version__digest=OuterRef("review__version__digest"), withdrawn=None,
    )  # fmt: skip
    newest = Coalesce(Subquery(made.order_by("-id").values("kind")[:1]), Value("", output_field=TextField()))
    return Q(Exists(made.filter(created_at__gte=OuterRef("review__created_at")))) | Q(Exact(newest, Decision.Kind.APPROVE))


def _commented() -> Exists:
    """Whether the person said something about the version since they were asked."""
    return Exists(
        Comment.objects.filter(
            actor__user=OuterRef("account"), version=OuterRef("review__version"), created_at__gte=OuterRef("review__created_at")
        )
    )


def is_overdue(review: Review, now: datetime | None = None) -> bool:
    """Whether the time until which answers were asked for is over."""
    return review.ended_at is None and review.due_at is not None and review.due_at < (now or clock.now())
