"""The rights that an account loses when it is blocked, demoted or deleted. What it handed out while it had them ends as well.

Receivers of `rights_lost` end their records in the transaction of the change: invitations here, review links and decisions in
`editorial`, scheduled campaigns in `campaigns`. What ended stays so when the account gets its rights back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.dispatch import Signal

from publication.models import Actor
from publication.staff.roles import ROLES


class CampaignChoice(StrEnum):
    """What becomes of a scheduled campaign that relies on the account."""

    KEEP = "keep"
    DRAFT = "draft"


# `actor`: who blocks, demotes or deletes; `rights`: LostRights; `choices`: the id of a scheduled campaign -> CampaignChoice.
rights_lost = Signal()


@dataclass(frozen=True, slots=True)
class LostRights:
    """An account and the permissions that it keeps; it loses all others."""

    account: User
    kept: frozenset[str]

    def includes(self, permission: str) -> bool:
        """Whether the account loses this permission, or did not have it."""
        return permission not in self.kept


def lost_rights(account: User, roles: Sequence[str] = ()) -> LostRights:
    """The rights that an account loses if it has only these roles from now on; without roles: if it is blocked or deleted.

    A superuser loses none by other roles.
    """
    kept = ROLES if account.is_superuser and roles else roles
    return LostRights(account, frozenset(permission for role in kept for permission in ROLES[role]))


def still_has(who: Actor | User, permission: str) -> bool:
    """Whether an account may do something; it cannot lose that right until the caller's transaction ends.

    Call it before anything else is locked: who ends the rights of an account locks the accounts first.
    """
    which = {"actor": who} if isinstance(who, Actor) else {"pk": who.pk}
    account = User.objects.select_for_update(no_key=True).filter(**which).first()
    return account is not None and account.is_active and account.has_perm(permission)
