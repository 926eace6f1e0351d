"""Records changes of second factors in the audit, as the library signals them."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User

from publication.staff import second_factors


def added(user: User, authenticator: Authenticator, **_: Any) -> None:
    second_factors.record_change(user, "add_second_factor", authenticator.type)


def removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    second_factors.record_change(user, "remove_second_factor", authenticator.type)


def renewed(user: User, authenticator: Authenticator, **_: Any) -> None:
    second_factors.record_change(user, "renew_recovery_codes", authenticator.type)
