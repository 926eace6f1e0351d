"""Temporary passwords for accounts without an address: an admin makes one and reads it out, and its owner changes it.

A session that begins while the account has one opens only the page on which the password is changed (`web.access`).
"""

import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction

from publication import audit, clock
from publication.models import Actor, TemporaryPassword
from publication.staff import account_notices, accounts, session_epochs, sign_in_limits, staff_mails
from publication.staff.accounts import StaffAccountError

VALID_FOR = timedelta(days=3)
# Without what looks or sounds alike: no 0 and o, no 1, i and l, and one letter at most of m and n, f and s, or b, d, p and t.
ALPHABET = "23456789fhkmqrwxy"
_GROUPS, _LENGTH = 4, 4  # 65 bits; a guesser has some hundred tries in the three days


def make(actor: Actor, name: str, *, epoch: int | None = None) -> str:
    """Set a temporary password and return it; it is stored nowhere else. Ends all sessions, and leaves second factors alone.

    `epoch`: that of the account when the page was shown on which somebody asked for it. The same page makes no second password.
    Raises StaffAccountError.
    """
    with transaction.atomic():
        account = accounts.locked_for(actor, name)
        _require_may_have_one(actor, account)
        if epoch is not None and epoch != session_epochs.epoch_of(account.pk):
            raise StaffAccountError("meanwhile", name=account.username)
        password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)) for _ in range(_GROUPS))
        account.set_password(password)
        account.save(update_fields=["password"])
        session_epochs.end_sessions(account)
        sign_in_limits.clear_tries(account.username)
        expires_at = clock.now() + VALID_FOR
        TemporaryPassword.objects.update_or_create(user=account, defaults={"expires_at": expires_at})
        account_notices.tell_admins(staff_mails.TEMPORARY_PASSWORD, actor, name=account.username)
        audit.record(actor, "make_temporary_password", account, expires_at=expires_at.isoformat(" ", "minutes"))
    return password


def may_have_one(actor: Actor, account: User) -> bool:
    """Whether the actor may make one for this account."""
    try:
        accounts.require_right_over(actor, account)
        _require_may_have_one(actor, account)
    except StaffAccountError:
        return False
    return True


def _require_may_have_one(actor: Actor, account: User) -> None:
    if account.email:
        raise StaffAccountError("has_address", name=account.username)
    if not (account.is_active and account.is_staff):
        raise StaffAccountError("blocked", name=account.username)


def of_account(user_id: int) -> TemporaryPassword | None:
    """The temporary password that the account has to change; also one that has expired."""
    return TemporaryPassword.objects.filter(user_id=user_id).first()


def require_valid(user_id: int) -> None:
    """Raise StaffAccountError if the account has a temporary password that has expired."""
    if TemporaryPassword.objects.filter(user_id=user_id, expires_at__lte=clock.now()).exists():
        raise StaffAccountError("expired_password", days=VALID_FOR.days)
