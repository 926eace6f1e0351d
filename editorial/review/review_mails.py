"""Plans the mails of reviews: to those who are asked, and to the author when somebody decides. The worker sends them."""

from collections.abc import Iterable

from django.contrib.auth.models import User

from editorial.issue_records import number_in
from editorial.models import Decision, IssueVersion, Review
from publication.models import Actor, Sender
from publication.staff import staff_mails
from transport import header_rules


def ask(review: Review, accounts: Iterable[User], asker: str) -> int:
    """Plan a mail to everybody who is asked; the number planned. Without a sender or an address there is none."""
    values = {
        "slug": review.version.issue.slug, "title": _name(review.version),
        "version": str(review.version.number), "name": asker, "note": review.note,
        "due": review.due_at.isoformat() if review.due_at else "",
    }  # fmt: skip
    return sum(_plan(staff_mails.REVIEW, f"{review.pk}-{account.pk}", account, values) for account in accounts)


def withdraw(review: Review) -> None:
    """Mails of a review that is over are not sent any more."""
    keys = [f"{review.pk}-{account}" for account in review.requests.values_list("account", flat=True)]
    staff_mails.withdraw(staff_mails.REVIEW, keys)


def tell_authors(purpose: str, decision: Decision, authors: Iterable[Actor | None]) -> None:
    """Plan a mail about a decision to the accounts behind these actors, except to the person who decided."""
    issue = decision.version.issue
    values = {
        "slug": issue.slug, "title": _name(decision.version), "version": str(decision.version.number),
        "name": _one_line(decision.name, "–"), "text": decision.text,
    }  # fmt: skip
    accounts = {actor.user.pk: actor.user for actor in authors if actor is not None and actor.user is not None}
    for account in accounts.values():
        if account.pk != decision.actor.user_id and account.is_active:
            _plan(purpose, f"{decision.pk}-{account.pk}", account, values)


def _plan(purpose: str, key: str, account: User, values: dict[str, str]) -> bool:
    if not account.email or not Sender.objects.exists():
        return False
    staff_mails.plan(purpose, key, account.email, account=account, invitation=None, **values)
    return True


def _name(version: IssueVersion) -> str:
    """Title and number of an issue: many newsletters give each issue the same title."""
    return _one_line(f"{version.issue.title} {number_in(version.sources)}", version.issue.slug)


def _one_line(text: str, instead: str) -> str:
    """The text for a subject; a title with characters that no subject may have is replaced."""
    line = " ".join(text.split())
    return line if line and header_rules.is_one_line(line) else instead
