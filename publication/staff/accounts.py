"""Staff accounts: creating, changing, blocking and deleting them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q

from composer.errors import nearest
from publication import audit
from publication.domain_errors import DomainError
from publication.installation import publication
from publication.models import Actor, Publication, TemporaryPassword
from publication.staff import account_notices, session_epochs, sign_in_limits, staff_mails
from publication.staff import roles as roles_
from publication.staff.lost_rights import CampaignChoice, lost_rights, rights_lost, still_has

# First words of the names of characters in Unicode.
_BESIDE_ANY_SCRIPT = {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "MODIFIER"}
_LONGEST_EMAIL = 254  # the column of Django's accounts
PERMISSION = "auth.change_user"


Choices = Mapping[int, CampaignChoice]
NONE: Choices = {}


class StaffAccountError(DomainError):
    """An account that cannot be created or changed."""


def add_staff(
    actor: Actor, name: str, email: str, password: str, *, roles: Sequence[str] = (roles_.AUDITOR,), superuser: bool = False
) -> User:
    """Create an account that can sign in to the console; without an address it gets no mails. Raises StaffAccountError."""
    name = sign_in_limits.normal_name(name)
    _check_name(name)
    _require_free(name)
    if email:
        _check_address(email)
        _require_free_address(email)
    account = User(username=name, email=email.strip(), is_staff=True, is_superuser=superuser)
    _set_password(account, password)
    role_names = _resolved(roles)
    try:
        with transaction.atomic():
            account.save()
            account.groups.set(roles_.groups(role_names))
            audit.record(actor, "add_staff", account, roles=role_names, superuser=superuser)
    except IntegrityError as error:
        if "staff_address" in str(error):
            raise StaffAccountError("address_taken", email=email.strip(), name="") from None
        raise StaffAccountError("taken", name=name) from None
    return account


def change_roles(actor: Actor, name: str, roles: Sequence[str], *, choices: Choices = NONE) -> User:
    """Set the roles of an account, end its sessions, and end what it handed out and could not hand out any more.

    Does nothing if it has exactly these roles. `choices`: see `disable_staff`. Raises StaffAccountError.
    """
    role_names = _resolved(roles)
    with transaction.atomic():
        account = locked_for(actor, name)
        _require_others(account, role_names)
        groups = roles_.groups(role_names)
        if set(account.groups.all()) != set(groups):
            before = sorted(account.groups.values_list("name", flat=True))
            audit.record(actor, "change_roles", account, **audit.changes({"roles": before}, {"roles": sorted(role_names)}))
            rights_lost.send(None, actor=actor, rights=lost_rights(account, role_names), choices=choices)
            account.groups.set(groups)
            session_epochs.end_sessions(account)
    return account


def change_address(actor: Actor, name: str, email: str) -> User:
    """Set the address of an account, to which links for a new password go. Raises StaffAccountError."""
    with transaction.atomic():
        account = find_staff(name)
        _check_address(email)
        if account.email != email.strip():
            _require_free_address(email, account)
            before, account.email = account.email, email.strip()
            account.save(update_fields=["email"])
            # To both: somebody who took over the account may have changed the address first.
            for address in filter(None, (before, account.email)):
                account_notices.tell(account, account_notices.ADDRESS, address)
            audit.record(actor, "change_staff_address", account)
    return account


def remove_address(actor: Actor, name: str) -> User:
    """Leave an account without an address, because its owner does not get our mails; the address gets one about it.

    Then a temporary password can be made. Does nothing without an address. Raises StaffAccountError.
    """
    with transaction.atomic():
        account = locked_for(actor, name)
        if account.email:
            account_notices.tell(account, account_notices.ADDRESS_REMOVED)
            account.email = ""
            account.save(update_fields=["email"])
            audit.record(actor, "remove_staff_address", account)
    return account


def is_first() -> bool:
    """Whether this installation has no account yet."""
    return not User.objects.exists()


def add_first(name: str, email: str, password: str) -> User:
    """Create the first account of an installation, a superuser. Raises StaffAccountError, also if there is an account already."""
    with transaction.atomic():
        Publication.objects.select_for_update().get(pk=publication().pk)  # two people with the link: one account
        if User.objects.exists():
            raise StaffAccountError("first")
        _check_address(email)
        return add_staff(audit.system(), name, email, password, roles=(roles_.ADMIN,), superuser=True)


def change_password(actor: Actor, name: str, password: str) -> User:
    """Set a new password, end all sessions of the account and reset its count of failed sign-ins. Raises StaffAccountError.

    A temporary password of the account has to be changed to another one, and then it needs no change any more.
    """
    with transaction.atomic():
        account = find_staff(name)
        temporary = TemporaryPassword.objects.filter(user=account)
        if temporary.exists() and account.check_password(password):
            raise StaffAccountError("same_password")
        _set_password(account, password)
        temporary.delete()
        account.save(update_fields=["password"])
        session_epochs.end_sessions(account)
        sign_in_limits.clear_tries(account.username)
        account_notices.tell(account, account_notices.PASSWORD)
        audit.record(actor, "change_password", account)
    return account


def require_password(account: User, typed: str) -> None:
    """Raise StaffAccountError if it is not the account's password. The caller limits the tries."""
    if not account.check_password(typed):
        raise StaffAccountError("old_password")


def disable_staff(actor: Actor, name: str, *, choices: Choices = NONE) -> bool:
    """Disable an account at once; its sessions, and what it handed out, end permanently. False if already disabled.

    `choices` says what becomes of each scheduled campaign that relies on the account; without them CampaignActionError names
    these. Raises StaffAccountError, also for the last active superuser: after that, only the command line could enable accounts.
    """
    return _set_active(actor, name, False, choices)


def enable_staff(actor: Actor, name: str) -> bool:
    """Enable a disabled account; False if it is not disabled. Raises StaffAccountError."""
    return _set_active(actor, name, True)


@transaction.atomic
def _set_active(actor: Actor, name: str, active: bool, choices: Choices = NONE) -> bool:
    account = locked_for(actor, name)
    if account.is_active == active:
        return False
    if not active:
        _require_others(account)
    audit.record(actor, "enable_staff" if active else "disable_staff", account)
    if not active:
        rights_lost.send(None, actor=actor, rights=lost_rights(account), choices=choices)
    account.is_active = active
    account.save(update_fields=["is_active"])
    # Also when it is enabled again, because a session may have started while the account was being disabled.
    session_epochs.end_sessions(account)
    return True


def delete_staff(actor: Actor, name: str, *, choices: Choices = NONE) -> None:
    """Delete an account and end what it handed out. Its actions stay in the audit under its name, which no other account can get.

    `choices`: see `disable_staff`. Raises StaffAccountError, also for the last active superuser.
    """
    with transaction.atomic():
        account = _locked(name)
        _require_another_superuser(account)
        rights_lost.send(None, actor=actor, rights=lost_rights(account), choices=choices)
        doer = audit.staff(account)
        doer.user = None
        doer.save(update_fields=["user"])
        staff_mails.forget_account(account)
        audit.record(actor, "delete_staff", account, name=account.get_username())
        account.delete()


def require_may_lose(actor: Actor, account: User, roles: Sequence[str] = ()) -> None:
    """Raise StaffAccountError if the actor may not leave the account with these roles only; without roles: may not block it."""
    require_right_over(actor, account)
    _require_others(account, roles)


def _require_others(account: User, roles: Sequence[str] = ()) -> None:
    if not roles:
        _require_another_superuser(account)
    if roles_.ADMIN not in roles:
        _require_another_admin(account)


def _require_another_superuser(account: User) -> None:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=account.pk)
    if account.is_superuser and account.is_active and not others.exists():
        raise StaffAccountError("last", name=account.username)


def _require_another_admin(account: User) -> None:
    """Somebody must be left who can invite people and change accounts in the console."""
    admins = User.objects.filter(is_active=True, is_staff=True)
    is_one = account.is_active and not account.is_superuser and account.groups.filter(name=roles_.ADMIN).exists()
    others = Q(is_superuser=True) | Q(pk__in=User.objects.filter(groups__name=roles_.ADMIN).values("pk"))
    if is_one and not admins.filter(others).exclude(pk=account.pk).exists():
        raise StaffAccountError("last_admin", name=account.username)


def require_right_over(actor: Actor, account: User) -> None:
    """In the console nobody changes the rights of their own account, and only superusers change those of superusers."""
    if actor.user is None:
        return
    if actor.user == account:
        raise StaffAccountError("own")
    if account.is_superuser and not actor.user.is_superuser:
        raise StaffAccountError("superuser", name=account.username)


def _require_free(name: str) -> None:
    # Also names that differ only in case, because two such accounts would share one budget of sign-in tries.
    if User.objects.filter(username__iexact=name).exists():
        raise StaffAccountError("taken", name=name)
    if Actor.objects.filter(kind=Actor.Kind.STAFF, name__iexact=name).exists():
        raise StaffAccountError("deleted", name=name)


def find_staff(name: str) -> User:
    """The account with this name. Raises StaffAccountError, which names the nearest."""
    # Also as written: an account from before names were normalised must not escape from being blocked.
    normal = sign_in_limits.normal_name(name)
    account = User.objects.filter(username=name).first() or User.objects.filter(username=normal).first()
    if account is None:
        existing = list(User.objects.order_by("username").values_list("username", flat=True))
        raise StaffAccountError("unknown", name=name, nearest=nearest(name, existing, 0.6))
    return account


def _locked(name: str) -> User:
    """`find_staff`, with all accounts locked, in order: none of them hands anything out or is changed meanwhile."""
    list(User.objects.select_for_update(no_key=True).filter(is_staff=True).order_by("pk"))
    return find_staff(name)


def locked_for(actor: Actor, name: str) -> User:
    """The locked account, which the actor may change. Of two admins who act at once, the second may be one no more.

    Raises StaffAccountError.
    """
    account = _locked(name)
    require_right_over(actor, account)
    if actor.user is not None and not still_has(actor, PERMISSION):
        raise StaffAccountError("permission", name=actor.name)
    return account


def _check_name(name: str) -> None:
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise StaffAccountError("name", name=name) from None
    if len(name) > sign_in_limits.LONGEST_NAME:
        raise StaffAccountError("name_long", most=sign_in_limits.LONGEST_NAME)
    mixed = _mixed_scripts(name)
    if mixed:
        raise StaffAccountError("name_mixed", name=name, scripts=mixed)


def _mixed_scripts(name: str) -> list[str]:
    """The scripts of a name whose letters come from several that look alike, such as Latin and Cyrillic; else [].

    Chinese, Japanese and Korean characters may be beside letters of any one script (as in UTS 39, "highly restrictive").
    Only new accounts are checked.
    """
    script_names = {re.split("[ -]", unicodedata.name(letter, "UNKNOWN"))[0] for letter in name if letter.isalpha()}
    scripts = sorted(script.capitalize() for script in script_names - _BESIDE_ANY_SCRIPT)
    return scripts if len(scripts) > 1 else []


def _check_address(email: str) -> None:
    try:
        validate_email(email.strip())
    except ValidationError:
        raise StaffAccountError("email", email=email) from None
    if len(email.strip()) > _LONGEST_EMAIL:
        raise StaffAccountError("email", email=email)


def _set_password(account: User, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise StaffAccountError("password", problems=" ".join(error.messages)) from None
    account.set_password(password)


def check_invited(address: str, names: Sequence[str]) -> list[str]:
    """The roles of a person who may be invited. Raises StaffAccountError."""
    _check_address(address)
    _require_free_address(address)
    return _resolved(names)


def _resolved(names: Sequence[str]) -> list[str]:
    try:
        return roles_.resolved(names)
    except KeyError as error:
        raise StaffAccountError("role", role=error.args[0], roles=list(roles_.ROLES)) from None


def _require_free_address(email: str, own: User | None = None) -> None:
    taken = User.objects.filter(email__iexact=email.strip()).first()
    if taken is not None and taken != own:
        raise StaffAccountError("address_taken", email=email.strip(), name=taken.username)
