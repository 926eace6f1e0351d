"""Forms for the codes of second factors, with our limits: each code counts as a try, and none is accepted twice.

The library counts and remembers codes in a cache, which each process has for itself.
"""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.contrib.auth.models import User
from django.db import transaction

from publication.staff import sign_in_limits
from web.console.signing_in.delayed_try import code_try


class _LimitedCode:
    """Mixin in front of a form of the library with the field `code` and the account as `user`."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        name = self.user.get_username()
        attempt = code_try(context.request, name)  # outside the transaction: a wrong code stays counted
        with transaction.atomic():
            # Recovery codes that are used up are marked by reading and writing one column.
            User.objects.select_for_update().get(pk=self.user.pk)
            code: str = super().clean_code()  # type: ignore[misc]
            if not sign_in_limits.use_code(name, code):
                raise get_adapter().validation_error("incorrect_code")
        attempt.succeed()
        return code


class SignInCodeForm(_LimitedCode, AuthenticateForm):
    """The second step of a sign-in."""


class ConfirmingCodeForm(_LimitedCode, ReauthenticateForm):
    """A person who is signed in confirms who they are."""


class FirstCodeForm(_LimitedCode, ActivateTOTPForm):
    """The code that proves that an authenticator app was set up."""
