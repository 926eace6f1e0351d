"""Mails to staff: planning them, whether they are still wanted, and forgetting their addresses. The worker sends them.

They are single mails like notices (docs/delivery.md), but ignore the suppressions of subscribers.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User

from publication import clock, retention
from publication.installation import publication
from publication.models import Invitation, StaffMail
from publication.staff import staff_languages

INVITATION = "invitation"
PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose
REVIEW, CHANGES, APPROVED = "review", "review_changes", "review_approved"


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


def is_wanted(mail: StaffMail) -> bool:
    """Whether the mail still makes sense now that it is its turn."""
    if not mail.address:
        return False
    if mail.invitation is not None:
        return mail.invitation.ended_at is None and mail.invitation.expires_at > clock.now()
    return mail.account is not None and mail.account.is_active and mail.account.email == mail.address


def withdraw(purpose: str, keys: Iterable[str]) -> None:
    """Mails that have not left are not sent: without an address they are not wanted."""
    StaffMail.objects.filter(purpose=purpose, token__in=list(keys), state=StaffMail.State.PLANNED).update(address="")


def language(mail: StaffMail) -> str:
    if mail.account_id is not None:
        return staff_languages.of_mails_to(mail.account_id)
    chosen = mail.invitation.language if mail.invitation else mail.parameters.get("language", "")
    return chosen or publication().language


def forget_old() -> int:
    """Remove the addresses of mails that ended long ago; the number of rows changed."""
    old = StaffMail.objects.filter(ended_at__lt=clock.now() - retention.STAFF_MAIL_ADDRESSES).exclude(address="")
    return old.update(address="", parameters={})
