"""Mails people a link for a new password, and limits how often. Unknown addresses get the same answer and no mail."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.models import User

from publication import audit
from publication.models import Sender
from publication.staff import staff_mails
from publication.staff.sign_in_limits import Budget, admit_reset

OF_ADDRESS = Budget(3, timedelta(hours=1))
OF_NETWORK = Budget(20, timedelta(hours=1))


def ask(address: str, network: str) -> int:
    """Plan the mail if the address is that of an account. Returns 0, or the seconds that the network must wait.

    The budget of an address only limits mails. Its answer is the same, or strangers could find out who has an account.
    """
    address = address.strip()
    wait, may_mail = admit_reset(address, network, OF_ADDRESS, OF_NETWORK)
    if wait:
        return wait
    account = User.objects.filter(email__iexact=address, is_active=True, is_staff=True).first() if address else None
    if account is not None and may_mail and Sender.objects.exists():
        staff_mails.plan(
            staff_mails.PASSWORD_RESET, secrets.token_urlsafe(12), account.email, account=account, name=account.get_username()
        )
        audit.record(audit.system(), "ask_password_reset", account)
    return 0
