"""Everything that ends when an account is blocked, demoted or deleted, for people who are about to do that."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import F

from campaigns.lost_rights.affected_campaigns import AffectedCampaign, affected_by
from campaigns.models import Campaign
from editorial.models import Decision, ReviewLink
from editorial.review import withdrawals
from publication.models import Invitation
from publication.staff import invitations
from publication.staff.lost_rights import lost_rights


@dataclass(frozen=True, slots=True)
class LostRightsEffects:
    """What ends with an account's rights.

    `approvals` are those of the newest content of issues that were not sent; approvals of sent issues change nothing any more.
    """

    invitations: tuple[Invitation, ...]
    links: tuple[ReviewLink, ...]
    approvals: tuple[Decision, ...]
    campaigns: tuple[AffectedCampaign, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.invitations or self.links or self.approvals or self.campaigns)


def ending(account: User, roles: Sequence[str] = ()) -> LostRightsEffects:
    """What ends if the account has only these roles from now on; without roles: if it is blocked or deleted."""
    rights = lost_rights(account, roles)
    approvals = withdrawals.decisions_resting_on(rights).filter(
        kind=Decision.Kind.APPROVE, withdrawn=None, version__digest=F("version__issue__current__digest")
    )
    begun = Campaign.objects.exclude(recipients=None).values("version__issue")
    return LostRightsEffects(
        tuple(invitations.ending_with(rights)),
        tuple(withdrawals.links_ending_with(rights).select_related("version__issue")),
        tuple(approvals.exclude(version__issue__in=begun).select_related("version__issue").order_by("id")),
        affected_by(rights),
    )
