"""Mails to staff: planning them, whether they are still wanted, and forgetting their addresses. The worker sends them.

They are single mails like notices (docs/delivery.md), but ignore the suppressions of subscribers.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User

from publication import clock
from publication.installation import publication
from publication.models import Invitation, StaffMail
from publication.staff import staff_languages

INVITATION = "invitation"
PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose
REVIEW, CHANGES, APPROVED = "review", "review_changes", "review_approved"
ACCOUNT_CHANGED = "account_changed"
POLICY_WEAKENED, TEMPORARY_PASSWORD = "policy_weakened", "temporary_password"  # to all admins
SENDER = "sender"  # to the address of a sender, which has no account


def plan(
    purpose: str,
    key: str,
    address: str,
    *,
    account: User | None = None,
    invitation: Invitation | None = None,
    **parameters: str,
) -> StaffMail:
    """Plan one mail in the caller's transaction. The same purpose and key again is the same mail."""
    mail, _ = StaffMail.objects.get_or_create(
        purpose=purpose,
        token=key,
        defaults={"address": address, "account": account, "invitation": invitation, "parameters": parameters},
    )
    return mail


def address_to(mail: StaffMail, account: User, **parameters: str) -> None:
    """Address a planned mail to an account, in the caller's transaction."""
    mail.account, mail.address, mail.parameters = account, account.email, parameters
    StaffMail.objects.filter(pk=mail.pk).update(account=account, address=account.email, parameters=parameters)


def plan_for_accounts(purpose: str, key: str, accounts: Iterable[User], **parameters: str) -> None:
    """Plan one mail for each account, in two statements. The same purpose, key and account again is the same mail.

    For transactions that must neither wait for an account nor fail because of one: the rows have no foreign key.
    """
    mails = [
        StaffMail(
            purpose=purpose, token=f"{key}:{account.pk}", address=account.email,
            parameters={**parameters, "account": str(account.pk)},
        )
        for account in accounts
    ]  # fmt: skip
    StaffMail.objects.bulk_create(mails, ignore_conflicts=True)


def account_of(mail: StaffMail) -> User | None:
    """The account that a mail goes to; None for invitations and guests, and if the account was deleted."""
    if "account" in mail.parameters:
        return User.objects.filter(pk=int(mail.parameters["account"])).first()
    return mail.account


def forget_account(account: User) -> None:
    """Remove the address of an account that is deleted from the mails to it. Those that were not sent yet are not sent."""
    StaffMail.objects.filter(parameters__account=str(account.pk)).update(address="", parameters={})


def is_wanted(mail: StaffMail) -> bool:
    """Whether the mail still makes sense now that it is its turn."""
    if not mail.address:
        return False
    if mail.invitation is not None:
        return mail.invitation.ended_at is None and mail.invitation.expires_at > clock.now()
    account = account_of(mail)
    if mail.purpose == ACCOUNT_CHANGED:
        return account is not None  # also to an address that is no longer its own, and when it was blocked since
    return account is not None and account.is_active and account.email == mail.address


def withdraw(purpose: str, keys: Iterable[str]) -> None:
    """Mails that have not left are not sent: without an address they are not wanted."""
    StaffMail.objects.filter(purpose=purpose, token__in=list(keys), state=StaffMail.State.PLANNED).update(address="")


def language(mail: StaffMail) -> str:
    account = account_of(mail)
    if account is not None:
        return staff_languages.of_mails_to(account.pk)
    chosen = mail.invitation.language if mail.invitation else mail.parameters.get("language", "")
    return chosen or publication().language
