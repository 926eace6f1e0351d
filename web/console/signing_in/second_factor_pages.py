"""Pages on which people set up and remove second factors of their own account, and confirm who they are before that."""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows import reauthentication
from allauth.account.views import ReauthenticateView
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView, GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    ListWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables

from campaigns import campaign_mails
from publication.staff import mail_choices, second_factors
from web.console.console_page import page_values, show
from web.console.signing_in.delayed_try import DelayedTryError
from web.console.signing_in.passkey_options import as_json


class AccountPage:
    """Mixin for the library's pages: our layout, and our answer to too many tries."""

    request: HttpRequest

    @method_decorator(sensitive_variables())
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except ReauthenticationRequired:
            ways = get_account_adapter().get_reauthentication_methods(request.user)
            again: HttpResponseBase = reauthentication.suspend_request(request, ways[0]["url"])
            return again
        except DelayedTryError as delayed:
            return delayed.finish(show(request, "console/account/wait.html", **delayed.context()))
        return answer

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**values)  # type: ignore[misc]
        if "js_data" in found:
            (options,) = found["js_data"].values()
            found["passkey"] = as_json(options)
        return {**page_values(), **found}


class Overview(AccountPage, IndexView):
    """The account's second factors."""

    template_name = "console/account/overview.html"

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        context = super().get_context_data(**values)
        host = self.request.get_host().rpartition(":")[0] or self.request.get_host()
        # Browsers bind a passkey to a name, never to an address.
        by_address = host.replace(".", "").isdigit() or ":" in host
        user: User = self.request.user  # type: ignore[assignment]
        return {
            **context, "must_set_up": second_factors.must_set_up(user), "by_address": by_address,
            "may_send": user.has_perm(campaign_mails.PERMISSION), "campaign_mails": mail_choices.wants_campaign_mails(user.pk),
        }  # fmt: skip


class SetUpApp(AccountPage, ActivateTOTPView):
    template_name = "console/account/set_up_app.html"


class RemoveApp(AccountPage, DeactivateTOTPView):
    template_name = "console/account/remove_app.html"


class AddPasskey(AccountPage, AddWebAuthnView):
    """Every passkey can replace the password, so it must verify its user and be stored on the device."""

    template_name = "console/account/add_passkey.html"

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        context = super().get_context_data(**values)
        return {**context, "passkey": as_json(passkeys.begin_registration(self.request.user, passwordless=True))}


class Passkeys(AccountPage, ListWebAuthnView):
    template_name = "console/account/passkeys.html"


class RenamePasskey(AccountPage, EditWebAuthnView):
    template_name = "console/account/rename_passkey.html"


class RemovePasskey(AccountPage, RemoveWebAuthnView):
    template_name = "console/account/remove_passkey.html"


class RecoveryCodes(AccountPage, ViewRecoveryCodesView):
    template_name = "console/account/recovery_codes.html"


class NewRecoveryCodes(AccountPage, GenerateRecoveryCodesView):
    template_name = "console/account/new_recovery_codes.html"


class RecoveryCodesFile(AccountPage, DownloadRecoveryCodesView):
    template_name = "console/account/recovery_codes.txt"


class ConfirmByPassword(AccountPage, ReauthenticateView):
    template_name = "console/account/confirm.html"
    extra_context = {"by": "password"}  # noqa: RUF012 - Django's way


class ConfirmByCode(AccountPage, ReauthenticateByCodeView):
    template_name = "console/account/confirm.html"
    extra_context = {"by": "code"}  # noqa: RUF012 - Django's way


class ConfirmByPasskey(AccountPage, ReauthenticateWebAuthnView):
    template_name = "console/account/confirm.html"

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        return {**super().get_context_data(**values), "by": "passkey"}


def app_code(request: HttpRequest) -> HttpResponse:
    """The QR code of the secret that the set-up page shows, as a picture of its own: the policy allows no `data:`."""
    secret = request.session.get(totp.SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(picture, content_type="image/svg+xml")


overview = Overview.as_view()
set_up_app = SetUpApp.as_view()
remove_app = RemoveApp.as_view()
add_passkey = AddPasskey.as_view()
passkey_list = Passkeys.as_view()
rename_passkey = RenamePasskey.as_view()
remove_passkey = RemovePasskey.as_view()
recovery_codes = RecoveryCodes.as_view()
new_recovery_codes = NewRecoveryCodes.as_view()
recovery_codes_file = RecoveryCodesFile.as_view()
confirm_by_password = ConfirmByPassword.as_view()
confirm_by_code = ConfirmByCode.as_view()
confirm_by_passkey = ConfirmByPasskey.as_view()
