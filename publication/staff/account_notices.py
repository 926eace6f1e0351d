"""Mails to the owner of an account when the password, the address or a second factor changed, no matter who changed it.

Mails to all admins when somebody took a safeguard away, or made a temporary password for another account.
"""

import secrets

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from publication.models import Actor
from publication.staff import roles, staff_mails

# What changed; the template of the mail has a sentence for each.
PASSWORD, ADDRESS, ADDRESS_REMOVED = "password", "address", "address_removed"
FACTOR_ADDED, FACTOR_REMOVED, FACTORS_RESET, CODES_RENEWED = "factor_added", "factor_removed", "factors_reset", "codes_renewed"
CHANGES = (PASSWORD, ADDRESS, ADDRESS_REMOVED, FACTOR_ADDED, FACTOR_REMOVED, FACTORS_RESET, CODES_RENEWED)


def tell(account: User, change: str, address: str = "") -> None:
    """Plan the mail in the caller's transaction: to `address`, or else to that of the account; none if there is no address."""
    if change not in CHANGES:
        raise ValueError(change)
    to = address or account.email
    if to:
        key = secrets.token_urlsafe(12)
        staff_mails.plan(staff_mails.ACCOUNT_CHANGED, key, to, account=account, change=change, name=account.get_username())


def tell_admins(purpose: str, actor: Actor, **parameters: str) -> None:
    """Plan a mail to everybody who is an admin or has full access, in the caller's transaction; also to who did it."""
    actor_name = actor.name if actor.kind == Actor.Kind.STAFF else ""
    staff_mails.plan_for_accounts(purpose, secrets.token_urlsafe(12), admins(), actor=actor_name, **parameters)


def admins() -> QuerySet[User]:
    """Active accounts of staff with an address that are admins or have full access."""
    is_admin = Q(is_superuser=True) | Q(pk__in=User.objects.filter(groups__name=roles.ADMIN).values("pk"))
    return User.objects.filter(is_admin, is_active=True, is_staff=True).exclude(email="")
