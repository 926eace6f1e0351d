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
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables

from campaigns import campaign_mails
from publication.staff import mail_choices, second_factors
from web.console.console_page import page_values, show
from web.console.signing_in.delayed_try import DelayedTryError
from web.console.signing_in.login_pages import as_json


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


class AddPasskey(AccountPage, webauthn.AddWebAuthnView):
    """Every passkey can replace the password, so it must verify its user and be stored on the device."""

    template_name = "console/account/add_passkey.html"

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        context = super().get_context_data(**values)
        return {**context, "passkey": as_json(passkeys.begin_registration(self.request.user, passwordless=True))}


def app_code(request: HttpRequest) -> HttpResponse:
    """The QR code of the secret that the set-up page shows, as a picture of its own: the policy allows no `data:`."""
    secret = request.session.get(totp.SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(picture, content_type="image/svg+xml")


def account_page(view: Any, template: str, **options: Any) -> Any:
    """A page of the library in our layout."""
    page: Any = type(view.__name__, (AccountPage, view), {})
    return page.as_view(template_name=f"console/account/{template}", **options)


overview = Overview.as_view()
add_passkey = AddPasskey.as_view()
set_up_app = account_page(ActivateTOTPView, "set_up_app.html")
remove_app = account_page(DeactivateTOTPView, "remove_app.html")
passkey_list = account_page(webauthn.ListWebAuthnView, "passkeys.html")
rename_passkey = account_page(webauthn.EditWebAuthnView, "rename_passkey.html")
remove_passkey = account_page(webauthn.RemoveWebAuthnView, "remove_passkey.html")
recovery_codes = account_page(ViewRecoveryCodesView, "recovery_codes.html")
new_recovery_codes = account_page(GenerateRecoveryCodesView, "new_recovery_codes.html")
recovery_codes_file = account_page(DownloadRecoveryCodesView, "recovery_codes.txt")
confirm_by_password = account_page(ReauthenticateView, "confirm.html", extra_context={"by": "password"})
confirm_by_code = account_page(ReauthenticateByCodeView, "confirm.html", extra_context={"by": "code"})
confirm_by_passkey = account_page(webauthn.ReauthenticateWebAuthnView, "confirm.html", extra_context={"by": "passkey"})
