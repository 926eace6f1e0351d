"""Links to a campaign's report for people without an account: they expire, and can be revoked.

A link's token is made from its id and its time of creation, and stored nowhere.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from campaigns.models import Campaign, ReportLink
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor
from publication.staff import staff_links
from publication.staff.lost_rights import still_has

PERMISSION = "campaigns.add_reportlink"
DEFAULT_DAYS, MOST_DAYS = 30, 365
LONGEST_NAME = 80
_SALT = "mailroom.report-link"


class ReportLinkError(DomainError):
    """A link that cannot be made."""


def create(actor: Actor, campaign: Campaign, name: str, *, days: int = DEFAULT_DAYS) -> ReportLink:
    """Make a link to the report of a campaign. Raises ReportLinkError(state | permission | name | long | days)."""
    if not may_share(campaign):
        raise ReportLinkError("state")
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise ReportLinkError("name")
    if len(name) > LONGEST_NAME:
        raise ReportLinkError("long", most=LONGEST_NAME)
    if not 1 <= days <= MOST_DAYS:
        raise ReportLinkError("days", most=MOST_DAYS)
    now = clock.now()
    with transaction.atomic():
        if not still_has(actor, PERMISSION):
            raise ReportLinkError("permission", name=actor.name)
        link = ReportLink.objects.create(
            campaign=campaign, name=name, actor=actor, created_at=now, expires_at=now + timedelta(days=days)
        )
        audit.record(actor, "report_link_add", campaign, name=name, days=days)
    return link


def may_share(campaign: Campaign) -> bool:
    """Whether a link can be made. While a campaign is sent, and of a welcome, each reload would show what one more person did."""
    return campaign.state in ("sent", "cancelled") and campaign.welcome_to_id is None


def revoke(actor: Actor, campaign: Campaign, link_id: int) -> bool:
    """End a link of the campaign at once; False if it is none, or has ended."""
    with transaction.atomic():
        link = open_links().select_for_update().filter(pk=link_id, campaign=campaign).first()
        if link is None:
            return False
        link.revoked_at = clock.now()
        link.save(update_fields=["revoked_at"])
        audit.record(actor, "report_link_revoke", campaign, name=link.name)
    return True


def open_links() -> QuerySet[ReportLink]:
    return ReportLink.objects.filter(revoked_at=None, expires_at__gt=clock.now())


def of_campaign(campaign: Campaign) -> QuerySet[ReportLink]:
    """The links of a campaign that still work, the newest first."""
    return open_links().filter(campaign=campaign).select_related("actor").order_by("-id")


def token_of(link: ReportLink) -> str:
    """The secret part of a link's address."""
    return staff_links.row_token(_SALT, link.pk, link.created_at)


def find(token: str) -> ReportLink | None:
    """The link of a token, if it still works. One answer for whatever is forged, revoked or expired."""
    row = staff_links.row_of(_SALT, token)
    return open_links().select_related("campaign__version").filter(**row).first() if row else None
