"""Second factors of staff: who has one, who still has to set one up, removing all of them, and the record of changes."""

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from publication import audit, policies
from publication.models import Actor
from publication.staff import account_notices, accounts, session_epochs, sign_in_limits


def has_one(user_id: int) -> bool:
    """Whether the account has an authenticator app or a passkey. Recovery codes alone are not a second factor."""
    return bool(_factors().filter(user_id=user_id).exists())


def accounts_with_one() -> set[int]:
    """The ids of all accounts for which `has_one` is true."""
    return set(_factors().values_list("user_id", flat=True))


def _factors() -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return found


def must_set_up(user: User) -> bool:
    """Whether the publication requires a second factor and the account has none. One or two statements."""
    return policies.choice("mfa_required") == "on" and not has_one(user.pk)


def reset(actor: Actor, name: str) -> int:
    """Remove all second factors and recovery codes of an account and end its sessions; the number removed.

    Raises StaffAccountError.
    """
    with transaction.atomic():
        account = accounts.find_staff(name)
        removed, _ = Authenticator.objects.filter(user=account).delete()
        session_epochs.end_sessions(account)
        sign_in_limits.clear_tries(account.username)
        account_notices.tell(account, account_notices.FACTORS_RESET)
        audit.record(actor, "reset_second_factors", account, removed=removed)
    return int(removed)


_CHANGES = {
    "add_second_factor": account_notices.FACTOR_ADDED, "remove_second_factor": account_notices.FACTOR_REMOVED,
    "renew_recovery_codes": account_notices.CODES_RENEWED,
}  # fmt: skip


def record_change(user: User, verb: str, kind: str) -> None:
    """Record in the audit that a person changed a second factor of their own account, and mail it to them."""
    with transaction.atomic():
        # The first recovery codes come with the first factor, which has a mail of its own.
        if (verb, kind) != ("add_second_factor", Authenticator.Type.RECOVERY_CODES):
            account_notices.tell(user, _CHANGES[verb])
        audit.record(audit.staff(user), verb, user, factor=kind)
