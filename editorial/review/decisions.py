"""Approvals of issue versions and requests for changes: who may decide, and whether a version has the approvals it needs.

An approval counts for a content: the version's digest, which covers every language, variant, subject, preheader and picture.
"""

from dataclasses import dataclass

from django.db import transaction

from editorial.models import Decision, IssueEdit, IssueRecord, IssueVersion, ReviewLink
from editorial.review import open_reviews, review_mails, written_text
from publication import audit, clock, policies
from publication.domain_errors import DomainError
from publication.models import Actor
from publication.staff import staff_mails
from publication.staff.lost_rights import still_has

PERMISSION = "editorial.add_decision"
LONGEST_TEXT = 5000


class DecisionError(DomainError):
    """A decision that this person cannot make, or not about this version."""


@dataclass(frozen=True, slots=True)
class VersionDecisions:
    """The newest decision of each person about a content, and how many approvals the publication asks for.

    `withdrawn` do not count (editorial.review.withdrawals).
    """

    needed: int
    approvals: tuple[Decision, ...]
    changes: tuple[Decision, ...]
    withdrawn: tuple[Decision, ...] = ()

    @property
    def missing(self) -> int:
        return max(0, self.needed - len(self.approvals))

    @property
    def is_complete(self) -> bool:
        """Whether it is approved as often as needed, at least once, and nobody asks for changes."""
        return len(self.approvals) >= max(1, self.needed) and not self.changes


def approve(actor: Actor, version: IssueVersion, *, network: str = "", link: ReviewLink | None = None) -> Decision:
    """Approve the content of a version, for the account of `actor` or the guest of an approving link. Raises DecisionError.

    The caller has checked the link and its code.
    """
    return _decide(actor, version, Decision.Kind.APPROVE, "", network, link)


def request_changes(
    actor: Actor, version: IssueVersion, text: str, *, network: str = "", link: ReviewLink | None = None
) -> Decision:
    """Ask for changes, and say which. An approval of the same person does not count any more. Raises DecisionError."""
    text = written_text.checked(text, LONGEST_TEXT, DecisionError)
    return _decide(actor, version, Decision.Kind.CHANGES, text, network, link)


def _decide(
    actor: Actor, version: IssueVersion, kind: Decision.Kind, text: str, network: str, link: ReviewLink | None
) -> Decision:
    with transaction.atomic():
        _require_person(actor, version, link)
        record = IssueRecord.objects.select_for_update(no_key=True).get(pk=version.issue_id)
        current = record.current
        if current is None or current.digest != version.digest:
            newest = current.number if current else 0
            raise DecisionError("old", issue=record.slug, version=version.number, current=newest)
        if kind == Decision.Kind.APPROVE and actor == last_editor(version):
            raise DecisionError("own", issue=record.slug)
        before = standing(version)
        made = Decision.objects.create(
            version=version, kind=kind, text=text, actor=actor, link=link, network=network, created_at=clock.now(),
            name=link.name if link else actor.name,
        )  # fmt: skip
        audit.record(actor, f"review_{kind}", version, issue=record.slug, number=version.number, network=network)
        _tell(made, before)
    return made


def _tell(made: Decision, before: VersionDecisions) -> None:
    """Mail the author: who asked for the review, and who edited last."""
    version, now = made.version, standing(made.version)
    if made.kind == Decision.Kind.CHANGES:
        purpose = staff_mails.CHANGES
    elif now.is_complete and _was_the_last(made, before):
        purpose = staff_mails.APPROVED
    else:
        return
    review = open_reviews.open_review(version.issue_id)
    review_mails.tell_authors(purpose, made, (review.actor if review else None, last_editor(version)))


def _was_the_last(made: Decision, before: VersionDecisions) -> bool:
    """Whether an approval is the last one that is needed; or, where none is needed, the last of those who were asked."""
    if before.needed:
        return not before.is_complete
    return made.actor_id not in {approval.actor_id for approval in before.approvals} and not open_reviews.waiting(made.version)


def _require_person(actor: Actor, version: IssueVersion, link: ReviewLink | None) -> None:
    """Only a person decides, for themselves: an account in the console, or the guest to whom an approving link was mailed."""
    if link is not None:
        if link.kind == ReviewLink.Kind.APPROVE and actor.kind == Actor.Kind.GUEST and link.version_id == version.pk:
            return
    elif actor.kind == Actor.Kind.STAFF and still_has(actor, PERMISSION):
        return
    raise DecisionError("permission", name=actor.name)


def last_editor(version: IssueVersion) -> Actor:
    """Who made the last edit that is in a version. For a version from before edits were kept, who stored it."""
    edit = None
    if version.revision is not None:
        edits = IssueEdit.objects.filter(issue=version.issue_id, number__lte=version.revision.edit)
        edit = edits.select_related("actor").order_by("-number").first()
    return edit.actor if edit else version.actor


def standing(version: IssueVersion) -> VersionDecisions:
    """The decisions about the content of a version. A person's newest decision counts."""
    newest: dict[int, Decision] = {}
    made = Decision.objects.filter(version__issue=version.issue_id, version__digest=version.digest)
    for decision in made.select_related("actor__user", "version", "link", "withdrawn").order_by("id"):
        newest[decision.actor_id] = decision
    withdrawn = tuple(decision for decision in newest.values() if hasattr(decision, "withdrawn"))
    approvals, changes = (
        tuple(decision for decision in newest.values() if decision.kind == kind and decision not in withdrawn)
        for kind in (Decision.Kind.APPROVE, Decision.Kind.CHANGES)
    )
    return VersionDecisions(int(policies.number("approvals")), approvals, changes, withdrawn)


def unanswered_changes(version: IssueVersion) -> tuple[Decision, ...]:
    """The requests for changes of the content that was decided about last, while nobody has decided about this one.

    They do not count against this content, but somebody should know that nobody looked at it again.
    """
    made = Decision.objects.filter(version__issue=version.issue_id, withdrawn=None)
    last = made.select_related("version").order_by("-id").first()
    if last is None or made.filter(version__digest=version.digest).exists():
        return ()
    return standing(last.version).changes
