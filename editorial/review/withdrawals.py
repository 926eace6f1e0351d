"""Ends the review links and withdraws the decisions of accounts that are blocked or deleted, or lose the right to them.

Approvals by guests of the approving links of such an account are withdrawn as well: the account vouched for the guest. What a
guest wanted changed stays, so that a fault that somebody saw does not go out unnoticed.
"""

from django.db.models import Q, QuerySet

from editorial.models import Decision, IssueRecord, ReviewLink, WithdrawnDecision
from editorial.review import decisions, review_links
from publication import audit
from publication.models import Actor
from publication.staff.lost_rights import LostRights


def links_ending_with(rights: LostRights) -> QuerySet[ReviewLink]:
    lost = Q(pk__in=[])
    if rights.includes(review_links.PERMISSION):
        lost |= Q(kind=ReviewLink.Kind.COMMENT)
    if rights.includes(review_links.APPROVING):
        lost |= Q(kind=ReviewLink.Kind.APPROVE)
    return review_links.open_links().filter(lost, actor__user=rights.account).order_by("id")


def decisions_resting_on(rights: LostRights) -> QuerySet[Decision]:
    lost = Q(pk__in=[])
    if rights.includes(decisions.PERMISSION):
        lost |= Q(actor__user=rights.account)
    if rights.includes(review_links.APPROVING):
        lost |= Q(link__actor__user=rights.account, kind=Decision.Kind.APPROVE)
    return Decision.objects.filter(lost)


def end_with_rights(sender: None, *, actor: Actor, rights: LostRights, **_more: object) -> None:
    """Receiver of `rights_lost`."""
    for link in links_ending_with(rights).select_for_update(of=("self",)):
        review_links.end(actor, link)
    withdrawn = decisions_resting_on(rights).filter(withdrawn=None)
    # Scheduling a campaign counts the approvals under this lock: they are counted before, or do not count any more.
    issues = IssueRecord.objects.filter(pk__in=withdrawn.values("version__issue")).order_by("pk")
    list(issues.select_for_update(no_key=True))
    made = [WithdrawnDecision(decision=decision, actor=actor) for decision in withdrawn]
    WithdrawnDecision.objects.bulk_create(made)
    if made:
        audit.record(actor, "withdraw_decisions", rights.account, decisions=[decision.decision_id for decision in made])
