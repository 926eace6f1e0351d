"""Signing in with a name and a password or with a passkey, the second step with a second factor, and signing out."""

import json
from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib.auth import views
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from publication.models import Publication
from publication.staff.accounts import StaffAccountError
from publication.staff.sign_in_limits import normal_name
from web.console.signing_in.delayed_try import DelayedTryError
from web.texts import refusal_texts


class SignInForm(LoginForm):
    """The library's form with the field names that browsers' password stores have learned."""

    expired = ""  # the right password, but a temporary one that was not used in time

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else str(super().add_prefix(field_name))

    def clean_login(self) -> str:
        """Normalised in the same way as the limits."""
        return normal_name(self.cleaned_data["login"])

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()  # type: ignore[no-any-return]
        except StaffAccountError as fault:
            self.expired = refusal_texts.refusal(fault)
            raise ValidationError(self.expired) from None


def as_json(options: dict[str, Any]) -> str:
    """The options of a passkey's creation or use, as an attribute of the page: no inline script may carry them."""
    return json.dumps(options, cls=DjangoJSONEncoder)


class DoorPage:
    """Mixin for pages that people see before they are signed in."""

    heading: Promise | str = ""

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        # Not the library's texts, which name the host as the site.
        found: dict[str, Any] = super().get_context_data(**values)  # type: ignore[misc]
        return {**found, "publication": Publication.objects.filter(pk=1).first(), "heading": self.heading, **values}


def show_door(request: HttpRequest, template: str, heading: str, *, status: int = 200, **values: Any) -> HttpResponse:
    """As `DoorPage`, for pages that are not the library's."""
    publication = Publication.objects.filter(pk=1).first()
    return render(request, template, {"publication": publication, "heading": heading, **values}, status=status)


class Login(DoorPage, LoginView):
    """Tries are counted before the password is checked (`AccountAdapter.authenticate`)."""

    template_name = "console/login.html"
    heading = _("Sign in")

    def get_form_class(self) -> type[SignInForm]:
        return SignInForm

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().post(request, *args, **kwargs)
        except DelayedTryError as delayed:
            self._cached_form = SignInForm(request=request)
            page: HttpResponse = self.render_to_response(self.get_context_data(form=self._cached_form, **delayed.context()))
            return delayed.finish(page)
        return answer


class SecondStep(DoorPage, AuthenticateView):
    """After the right password: the code of an authenticator app, a recovery code, or a passkey."""

    template_name = "console/account/second_step.html"
    heading = _("Confirm that it is you")

    @sensitive_variables()
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except DelayedTryError as delayed:
            self.auth_form = self.get_form_class()(user=self.stage.login.user)
            self.webauthn_form = self.get_webauthn_form_class()(user=self.stage.login.user)
            return delayed.finish(self.render_to_response(self.get_context_data(**delayed.context())))
        return answer

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        context = super().get_context_data(**values)
        options = context["js_data"]["request_options"]
        has_passkey = bool(options["publicKey"].get("allowCredentials"))
        return {**context, "passkey": as_json(options) if has_passkey else "", "has_app": self._has_app()}

    def _has_app(self) -> bool:
        return bool(self.stage.login.user.authenticator_set.exclude(type="webauthn").exists())


class PasskeyLogin(LoginWebAuthnView):
    """Signing in with a passkey alone. GET gives the browser its challenge; the form posts the answer."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse(passkeys.begin_authentication(user=None))


login = Login.as_view()
second_step = SecondStep.as_view()
passkey_login = PasskeyLogin.as_view()
logout = views.LogoutView.as_view(next_page="/console/login/")
