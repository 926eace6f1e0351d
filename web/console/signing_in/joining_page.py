"""The page of an invitation, and of the link to the first account: choosing a name and a password. GET changes nothing.

Creating an account also signs the person in.
"""

from typing import Any

from allauth.account.internal.flows.login import Login, perform_password_login
from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from publication.staff import accounts, invitations, staff_links
from publication.staff.accounts import StaffAccountError
from publication.staff.invitations import InvitationError
from web.console.signing_in.hash_slots import UNKNOWN_DEVICES, NoFreeSlotError
from web.console.signing_in.login_pages import show_door
from web.texts import refusal_texts


@sensitive_variables()
def join(request: HttpRequest, token: str) -> HttpResponse:
    first = accounts.is_first() and staff_links.is_first_account(token)
    invitation = None if first else invitations.find_open(token)
    if not first and invitation is None:
        return show_door(request, "console/account/link_over.html", _("This link has ended"), status=404)
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
