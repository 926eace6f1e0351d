"""Joins django-allauth to Mailroom: who may sign in, our limits in place of its own, what follows a sign-in, and its names.

Every way to sign in ends in `AccountAdapter.login`: password, password with a second factor, passkey.
"""

from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from qrcode.image.svg import SvgPathFillImage

from publication import audit
from publication.installation import publication
from publication.staff import accounts, session_epochs
from publication.staff.passwords import temporary_passwords
from web.console.signing_in import delayed_try, language_choice
from web.console.signing_in.delayed_try import password_try
from web.middleware.trusted_proxies import parse_address

_EPOCH = "sign-in-epoch"  # of the account, when its password or passkey was accepted


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are for staff only, and only the staff can create them."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Never: the library's JSON answers are a second form of each page, which nothing here uses."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only addresses of the host that the page came from; the library also allows all hosts of ALLOWED_HOSTS."""
        return url_has_allowed_host_and_scheme(url, {self.request.get_host()}, require_https=self.request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        """As web.middleware.trusted_proxies found it; `::` for a front server on a Unix socket that names nobody."""
        return str(parse_address(str(request.META.get("REMOTE_ADDR", ""))) or "::")

    @sensitive_variables("credentials", "password")
    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The account of staff with this name and password. Raises DelayedTryError, StaffAccountError(expired_password)."""
        name, password = credentials["username"], credentials["password"]
        with password_try(request, name) as attempt:
            # By Django's backend, so that an account that was blocked gets the answer of a wrong password.
            user = auth.authenticate(request, username=name, password=password)
        if not isinstance(user, User) or not user.is_staff:
            return None
        temporary_passwords.require_valid(user.pk)
        attempt.succeed()
        if request.user.is_authenticated and request.user.pk != user.pk:
            auth.logout(request)  # two people must not share one session, also not between the two steps of a sign-in
        return user

    def set_password(self, user: User, password: str) -> None:
        """By a link that was mailed: ends all sessions, and is recorded."""
        accounts.change_password(audit.staff(user), user.get_username(), password)

    def pre_login(self, request: HttpRequest, user: User, **hook: Any) -> HttpResponse | None:
        if not (user.is_active and user.is_staff):
            return _turned_away(request)
        request.session[_EPOCH] = session_epochs.epoch_of(user.pk)
        return None

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, unless the account was blocked or its sessions were ended while its second factor was awaited."""
        epoch = request.session.pop(_EPOCH, None)
        current = User.objects.filter(pk=user.pk, is_active=True, is_staff=True).exists()
        if not current or epoch != session_epochs.epoch_of(user.pk):
            raise ImmediateHttpResponse(_turned_away(request))
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **hook: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **hook)
        audit.record(audit.staff(user), "login", user)
        delayed_try.remember(request, response, user)
        language_choice.use_language_of(user, response)
        return response


def _turned_away(request: HttpRequest) -> HttpResponse:
    clear_login(request)
    messages.error(request, _("This account cannot sign in."))
    return redirect("/console/login/")


class SecondFactorAdapter(DefaultMFAAdapter):
    """How the library names the publication, the account and its passkeys."""

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return publication().name

    def build_totp_svg(self, url: str) -> str:
        """The QR code on white ground, because a scanner needs dark on light also in a dark page."""
        return str(qrcode.make(url, image_factory=SvgPathFillImage).to_string(encoding="unicode"))

    def generate_authenticator_name(self, user: User, kind: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=kind).count() + 1
        return _("Passkey %(number)d") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": publication().name}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        return {**super().get_public_key_credential_user_entity(user), "name": user.get_username()}
