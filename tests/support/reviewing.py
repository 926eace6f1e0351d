"""Test data of reviews: accounts that may approve, a stored version as the current one of its issue, a campaign that sends it."""

from django.contrib.auth.models import User

from campaigns.models import Campaign
from editorial.models import IssueRecord, IssueVersion
from publication import audit
from publication.models import Actor, Publication
from publication.staff import roles
from tests.support import people


def account(name: str, role: str = "proofreader") -> Actor:
    """An account of staff with this role, as an actor."""
    user = User.objects.create_user(name, f"{name}@cast.example", "a long password", is_staff=True)
    user.groups.set(roles.groups([role]))
    return audit.staff(User.objects.get(pk=user.pk))


def need(approvals: int) -> None:
    """Set how many approvals a campaign's content needs."""
    row, _ = Publication.objects.get_or_create(pk=1)
    Publication.objects.filter(pk=1).update(policies={**row.policies, "approvals": approvals})


def make_campaign() -> Campaign:
    """A draft whose version is the current one of its issue."""
    campaign = people.make_campaign()
    make_current(campaign.version)
    return campaign


def make_current(version: IssueVersion) -> None:
    IssueRecord.objects.filter(pk=version.issue_id).update(current=version)
