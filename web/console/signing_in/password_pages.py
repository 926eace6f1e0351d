"""Passwords chosen by a mailed link: a new one, which removes no second factor, and the first one of somebody who was invited."""

import math
from typing import Any

from allauth.account.internal.flows.login import Login, perform_password_login
from allauth.account.views import PasswordResetFromKeyView
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from publication.staff import accounts, invitations, staff_links
from publication.staff.accounts import StaffAccountError
from publication.staff.invitations import InvitationError
from publication.staff.passwords import password_resets
from web.console.signing_in.delayed_try import UNKNOWN_DEVICES, NoFreeSlotError
from web.console.signing_in.login_pages import DoorPage, show_door
from web.middleware.trusted_proxies import client_network
from web.texts import refusal_texts


def ask(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST mails the link if the address is that of an account. The answer is always the same."""
    if request.method == "POST":
        wait = password_resets.ask(request.POST.get("email", "")[:254], client_network(request))
        if not wait:
            return redirect("/console/password/asked/")
        page = show_door(request, "console/account/ask_password.html", _("New password"), minutes=math.ceil(wait / 60))
        page.status_code = 429
        page.headers["Retry-After"] = str(wait)
        return page
    return show_door(request, "console/account/ask_password.html", _("New password"))


def asked(request: HttpRequest) -> HttpResponse:
    return show_door(request, "console/account/password_asked.html", _("Check your email"))


class ChoosePassword(DoorPage, PasswordResetFromKeyView):
    """GET keeps the token in the session and redirects to an address without it; POST sets the password."""

    template_name = "console/account/choose_password.html"
    heading = gettext_lazy("Choose a new password")

    def get_success_url(self) -> str:
        return "/console/login/"

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        messages.success(self.request, _("Your password is changed. Sign in with it."))
        return answer

    def get_form_kwargs(self) -> dict[str, Any]:
        found: dict[str, Any] = super().get_form_kwargs()
        self.reset_user: User | None = found["user"]
        return found


choose = ChoosePassword.as_view()


@sensitive_variables()
def join(request: HttpRequest, token: str) -> HttpResponse:
    first = accounts.is_first() and staff_links.is_first_account(token)
    invitation = None if first else invitations.find_open(token)
    if not first and invitation is None:
        return show_door(request, "console/account/link_over.html", _("This link has ended"), status=404)
    if invitation is not None and invitation.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(invitation.language)
    typed = {name: request.POST.get(name, "") for name in ("username", "email", "password", "again")}
    values: dict[str, Any] = {"first": first, "invitation": invitation, "typed": typed, "fault": ""}
    if request.method == "POST":
        try:
            account = _create(first, token, typed)
        except (StaffAccountError, InvitationError) as fault:
            values["fault"] = refusal_texts.refusal(fault)
        except NoFreeSlotError:
            values["busy"] = True
        except _DifferentError:
            values["fault"] = _("The two passwords differ. Type them again.")
        else:
            return _sign_in(request, account)
    return show_door(
        request, "console/account/join.html", _("Welcome to Mailroom"), status=422 if values["fault"] else 200, **values
    )


class _DifferentError(Exception):
    """The two passwords differ."""


def _create(first: bool, token: str, typed: dict[str, str]) -> User:
    if typed["password"] != typed["again"]:
        raise _DifferentError
    with UNKNOWN_DEVICES.taken():
        if first:
            return accounts.add_first(typed["username"], typed["email"], typed["password"])
        return invitations.accept(token, typed["username"], typed["password"])


def _sign_in(request: HttpRequest, account: User) -> HttpResponse:
    """As after a sign-in with the password that was just chosen. Ends the session of anybody else in this browser."""
    if request.user.is_authenticated:
        auth.logout(request)
    login = Login(user=account, redirect_url="/console/")
    response: HttpResponse = perform_password_login(request, {"username": account.get_username()}, login)
    messages.success(request, _("Your account is ready, and you are signed in."))
    return response
