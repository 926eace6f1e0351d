"""What waits for the person who looks: reviews, decisions about campaigns, and alarms. A few queries, however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q, Sum

from campaigns.models import Campaign, Slice
from campaigns.reporting.issue_list import ListedIssue
from campaigns.tracking import webhook_health
from editorial.models import IssueVersion, Review
from editorial.review import requests
from editorial.review.open_reviews import is_overdue
from publication.models import Publication
from publication.staff import sign_in_limits
from subscribers.models import MailingList
from subscribers.sign_up import held_requests
from web.texts import process_texts

MOST = 20


@dataclass(frozen=True, slots=True)
class WaitingReview:
    """A review that the person was asked for and has not answered."""

    version: IssueVersion
    asked_by: str
    due_at: datetime | None
    note: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class UncertainCampaign:
    """A campaign with recipients about whom staff must decide."""

    campaign: Campaign
    people: int


@dataclass(frozen=True, slots=True)
class Alarms:
    """Problems of the installation that the person may see. A field without a problem is empty or false."""

    quarantined_since: datetime | None = None
    webhook_fails: bool = False
    held_lists: tuple[MailingList, ...] = ()
    attacked: tuple[str, ...] = ()
    missing_processes: tuple[str, ...] = ()
    different_versions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, alarm.name) for alarm in fields(self))


def reviews(user: User) -> list[WaitingReview]:
    """Return the open reviews that a person was asked for, the most urgent first."""
    open_requests = requests.open_requests(user)[:MOST]
    reviews = [request.review for request in open_requests]
    return [
        WaitingReview(review.version, review.actor.name, review.due_at, review.note, is_overdue(review)) for review in reviews
    ]


def to_change(user: User, issues: Sequence[ListedIssue]) -> list[ListedIssue]:
    """Return the issues with a request for changes that the person edited last or asked to have reviewed."""
    with_changes = [issue for issue in issues if issue.state == "changes"]
    if not with_changes:
        return []
    own = Review.objects.filter(version__issue__slug__in=[issue.slug for issue in with_changes], actor__user=user)
    slugs = set(own.values_list("version__issue__slug", flat=True))
    return [issue for issue in with_changes if issue.slug in slugs or issue.editor == user.username]


def held_campaigns() -> list[Campaign]:
    held = Campaign.objects.filter(state="held").select_related("version__issue").order_by("-id")
    return list(held[:MOST])


def uncertain_campaigns() -> list[UncertainCampaign]:
    """Campaigns with recipients for whom no evidence can be awaited any more."""
    waiting = Slice.objects.filter(Q(state="held") | Q(state="unknown", proof="restore"))
    rows = waiting.values_list("campaign_id").annotate(people=Sum("count")).order_by("-campaign_id")[:MOST]
    people = dict(rows)
    campaigns = Campaign.objects.select_related("version__issue").in_bulk(list(people))
    return [UncertainCampaign(campaigns[number], count) for number, count in people.items()]


def alarms(user: User, publication: Publication) -> Alarms:
    """What the doctor would report, by permission."""
    sees_campaigns = user.has_perm("campaigns.view_campaign")
    # Before the first campaign nothing can be missing.
    has_sent = sees_campaigns and Campaign.objects.filter(started_at__isnull=False).exists()
    return Alarms(
        quarantined_since=publication.quarantined_at if sees_campaigns else None,
        webhook_fails=has_sent and webhook_health.webhook_health().level == "red",
        held_lists=tuple(held_requests.lists_with_held()) if user.has_perm("subscribers.view_subscriber") else (),
        attacked=tuple(sign_in_limits.attacked_accounts()) if user.has_perm("auth.view_user") else (),
        # Before the first campaign the page shows first steps.
        missing_processes=tuple(process_texts.missing(publication.zone)) if has_sent else (),
        different_versions=tuple(process_texts.different_versions()) if user.has_perm("auth.view_user") else (),
    )
