"""Staff accounts, and roles as named sets of Django's permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from composer.errors import nearest
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor
from publication.staff import session_epochs, sign_in_limits

_LONGEST_EMAIL = 254  # the column of Django's accounts
_ISSUES = ("editorial.add_issuerecord", "editorial.change_issuerecord", "editorial.add_issueversion", "editorial.add_media")
_PEOPLE = tuple(
    f"subscribers.{verb}_{thing}"
    for thing in ("subscriber", "subscription", "mailinglist", "segment", "suppression", "importrun")
    for verb in ("add", "change", "delete")
)
_CAMPAIGNS = ("campaigns.add_campaign", "campaigns.change_campaign", "campaigns.add_testsend")
_VIEWS = tuple(
    f"{app}.view_{thing}"
    for app, things in {
        "publication": ("publication", "sender", "audit"),
        "subscribers": ("subscriber", "subscription", "mailinglist", "segment", "suppression", "importrun"),
        "editorial": ("issuerecord", "issueversion", "media"),
        "campaigns": ("campaign", "delivery", "attempt", "testsend", "deliverylog"),
    }.items()
    for thing in things
)
# role -> its permissions; all staff may view everything.
ROLES: dict[str, tuple[str, ...]] = {
    "viewer": _VIEWS,
    "editor": (*_VIEWS, *_ISSUES, "campaigns.add_testsend"),
    "registrar": (*_VIEWS, *_PEOPLE),
    "publisher": (*_VIEWS, *_ISSUES, *_CAMPAIGNS, "publication.add_sender", "publication.change_sender"),
    # May override the errors of checks for a campaign, with a reason that is recorded.
    "chief": (*_VIEWS, *_ISSUES, *_CAMPAIGNS, "campaigns.override_checks"),
}


class StaffFault(DomainError):
    """An account that cannot be created or changed."""

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "name": ("name",),
        "name_long": ("most",),
        "email": ("email",),
        "password": ("problems",),
        "role": ("role", "roles"),
        "taken": ("name",),
        "deleted": ("name",),
        "unknown": ("name", "nearest"),
        "last": ("name",),
    }


def add_staff(
    actor: Actor, name: str, email: str, password: str, *, roles: Sequence[str] = ("viewer",), superuser: bool = False
) -> User:
    """Create an account that can sign in to the console. Raises StaffFault."""
    name = sign_in_limits.normal_name(name)
    _check(name, email)
    _require_free(name)
    account = User(username=name, email=email.strip(), is_staff=True, is_superuser=superuser)
    _set_password(account, password)
    groups = [_group(role) for role in roles]
    try:
        with transaction.atomic():
            account.save()
            account.groups.set(groups)
            audit.record(actor, "add_staff", account, roles=list(roles), superuser=superuser)
    except IntegrityError:
        raise StaffFault("taken", name=name) from None
    return account


def change_roles(actor: Actor, name: str, roles: Sequence[str]) -> User:
    """Set the roles of an account and end its sessions. Does nothing if it has exactly these roles. Raises StaffFault."""
    groups = [_group(role) for role in roles]
    with transaction.atomic():
        account = find_staff(name)
        if set(account.groups.all()) != set(groups):
            account.groups.set(groups)
            session_epochs.end_sessions(account)
            audit.record(actor, "change_roles", account, roles=list(roles))
    return account


def change_password(actor: Actor, name: str, password: str) -> User:
    """Set a new password, end all sessions of the account and reset its count of failed sign-ins. Raises StaffFault."""
    with transaction.atomic():
        account = find_staff(name)
        _set_password(account, password)
        account.save(update_fields=["password"])
        session_epochs.end_sessions(account)
        sign_in_limits.clear_tries(account.username)
        audit.record(actor, "change_password", account)
    return account


def disable_staff(actor: Actor, name: str) -> bool:
    """Disable an account at once and end its sessions permanently; its name stays in the audit. False if already disabled.

    Raises StaffFault, also for the last active superuser: after that, only the command line could enable accounts.
    """
    return _set_active(actor, name, False)


def enable_staff(actor: Actor, name: str) -> bool:
    """Enable a disabled account; False if it is not disabled. Raises StaffFault."""
    return _set_active(actor, name, True)


@transaction.atomic
def _set_active(actor: Actor, name: str, wanted: bool) -> bool:
    account = find_staff(name)
    if account.is_active == wanted:
        return False
    if not wanted:
        _require_another_superuser(account)
    account.is_active = wanted
    account.save(update_fields=["is_active"])
    # Also when it is enabled again, because a session may have started while the account was being disabled.
    session_epochs.end_sessions(account)
    audit.record(actor, "enable_staff" if wanted else "disable_staff", account)
    return True


def delete_staff(actor: Actor, name: str) -> None:
    """Delete an account. Its actions stay in the audit under its name, which no other account can get.

    Raises StaffFault, also for the last active superuser.
    """
    with transaction.atomic():
        account = find_staff(name)
        _require_another_superuser(account)
        doer = audit.staff(account)
        doer.user = None
        doer.save(update_fields=["user"])
        audit.record(actor, "delete_staff", account, name=account.get_username())
        account.delete()


def _require_another_superuser(account: User) -> None:
    others = User.objects.select_for_update().filter(is_superuser=True, is_active=True).exclude(pk=account.pk)
    if account.is_superuser and account.is_active and not others:
        raise StaffFault("last", name=account.username)


def _require_free(name: str) -> None:
    # Also names that differ only in case, because two such accounts would share one budget of sign-in tries.
    if User.objects.filter(username__iexact=name).exists():
        raise StaffFault("taken", name=name)
    if Actor.objects.filter(kind=Actor.Kind.STAFF, name__iexact=name).exists():
        raise StaffFault("deleted", name=name)


def find_staff(name: str) -> User:
    """The account with this name. Raises StaffFault, which names the nearest."""
    # First as written, because older releases stored names that were not normalised.
    found = User.objects.filter(username=name).first() or User.objects.filter(username=sign_in_limits.normal_name(name)).first()
    if found is None:
        existing = list(User.objects.order_by("username").values_list("username", flat=True))
        raise StaffFault("unknown", name=name, nearest=nearest(name, existing, 0.6))
    return found


def _check(name: str, email: str) -> None:
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise StaffFault("name", name=name) from None
    if len(name) > sign_in_limits.LONGEST_NAME:
        raise StaffFault("name_long", most=sign_in_limits.LONGEST_NAME)
    try:
        validate_email(email.strip())
    except ValidationError:
        raise StaffFault("email", email=email) from None
    if len(email.strip()) > _LONGEST_EMAIL:
        raise StaffFault("email", email=email)


def _set_password(account: User, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise StaffFault("password", problems=" ".join(error.messages)) from None
    account.set_password(password)


def _group(role: str) -> Group:
    """The group of a role, with exactly its permissions, even if an older release gave it others."""
    if role not in ROLES:
        raise StaffFault("role", role=role, roles=list(ROLES))
    group, _ = Group.objects.get_or_create(name=role)
    wanted = {tuple(name.split(".", 1)) for name in ROLES[role]}
    found = Permission.objects.filter(content_type__app_label__in={app for app, _ in wanted}).select_related("content_type")
    group.permissions.set(each for each in found if (each.content_type.app_label, each.codename) in wanted)
    return group
