"""Mails people a link for a new password, and limits how often. The worker finds out whether the address has an account.

So the request takes the same statements, and the same time, for every address. An address is kept as a keyed hash until then,
and if it has no account for a day.
"""

import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from publication import audit
from publication.models import StaffMail
from publication.staff import staff_mails
from publication.staff.sign_in_limits import TryBudget, admit_reset

OF_ADDRESS = TryBudget(3, timedelta(hours=1))
OF_NETWORK = TryBudget(20, timedelta(hours=1))


def ask(address: str, network: str) -> int:
    """Plan the mail for any address. Returns 0, or the seconds that the network must wait.

    The budget of an address only limits mails. Its answer is the same, or strangers could find out who has an account.
    """
    wait, may_mail = admit_reset(address.strip(), network, OF_ADDRESS, OF_NETWORK)
    if may_mail:
        staff_mails.plan(staff_mails.PASSWORD_RESET, secrets.token_urlsafe(12), "", asked=_hashed(address))
    return wait


def _hashed(address: str) -> str:
    return salted_hmac("mailroom.password-reset", address.strip().casefold(), algorithm="sha256").hexdigest()


def address_mail(mail: StaffMail) -> None:
    """Address a planned mail to the account that was asked for; without one it stays without an address, and is not wanted."""
    asked = mail.parameters.get("asked", "")
    if mail.purpose != staff_mails.PASSWORD_RESET or not asked:
        return
    able = User.objects.filter(is_active=True, is_staff=True).exclude(email="")
    account = next((user for user in able if constant_time_compare(_hashed(user.email), asked)), None)
    if account is None:
        return
    with transaction.atomic():
        staff_mails.address_to(mail, account, name=account.get_username())
        audit.record(audit.system(), "ask_password_reset", account)
