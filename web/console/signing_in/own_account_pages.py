"""What people change about their own account besides second factors: mails, password, address, single sessions."""

from typing import Any

from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from publication import audit
from publication.staff import accounts, editor_tours, mail_choices
from publication.staff.accounts import StaffAccountError
from publication.staff.passwords import temporary_passwords
from web.console.console_page import show
from web.console.signing_in.delayed_try import DelayedTryError, password_try
from web.console.signing_in.second_factor_pages import account_page
from web.middleware import staff_sessions
from web.texts import refusal_texts


def choose_mails(request: HttpRequest) -> HttpResponse:
    mail_choices.choose_campaign_mails(_user(request), bool(request.POST.get("campaigns")))
    messages.success(request, _("Your choice is stored."))
    return redirect("/console/account/")


def end_tour(request: HttpRequest) -> HttpResponse:
    """The tour of the editor is not offered any more."""
    editor_tours.note_seen(_user(request))
    return HttpResponse(status=204)


@sensitive_post_parameters()
@sensitive_variables("given")
def password(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST sets a new password after checking the old one. All other sessions end."""
    if request.method != "POST":
        return _password_form(request)
    user, given = _user(request), request.POST
    try:
        _require_password(request, given.get("old", ""))
        temporary_passwords.require_valid(user.pk)
        if given.get("new", "") != given.get("again", ""):
            return _password_form(request, 422, fault=_("You typed two different new passwords."))
        changed = accounts.change_password(audit.staff(user), user.username, given.get("new", ""))
    except DelayedTryError as delayed:
        return delayed.finish(show(request, "console/account/wait.html", **delayed.context()))
    except StaffAccountError as fault:
        return _password_form(request, 422, fault=refusal_texts.refusal(fault))
    _stay_signed_in(request, changed)
    messages.success(request, _("Your password is changed. All your other sessions are ended."))
    return redirect("/console/account/")


@sensitive_variables("typed")
def _require_password(request: HttpRequest, typed: str) -> None:
    """Call it before anything else is checked: only a wrong password is a failed try.

    Raises DelayedTryError, StaffAccountError.
    """
    with password_try(request, _user(request).username) as attempt:
        accounts.require_password(_user(request), typed)
        attempt.succeed()


def _password_form(request: HttpRequest, status: int = 200, **values: Any) -> HttpResponse:
    temporary = temporary_passwords.of_account(_user(request).pk)
    return show(request, "console/account/own_password.html", status, temporary=temporary, **values)


def _stay_signed_in(request: HttpRequest, user: User) -> None:
    """The session of this request goes on, under another key; the new password has ended it as all others."""
    auth.update_session_auth_hash(request, user)
    staff_sessions.begin(request, user)
    request.user = user
    UserSession.objects.create_from_request(request)


@sensitive_post_parameters("password")
def address(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST sets another address after checking the password. Both addresses get a mail."""
    if request.method != "POST":
        return _address_form(request)
    user, given = _user(request), request.POST
    try:
        _require_password(request, given.get("password", ""))
        accounts.change_address(audit.staff(user), user.username, given.get("email", ""))
    except DelayedTryError as delayed:
        return delayed.finish(show(request, "console/account/wait.html", **delayed.context()))
    except StaffAccountError as fault:
        return _address_form(request, 422, fault=refusal_texts.refusal(fault))
    messages.success(request, _("Your address is changed. Both addresses get a mail about it."))
    return redirect("/console/account/")


def _address_form(request: HttpRequest, status: int = 200, **values: Any) -> HttpResponse:
    typed = request.POST.get("email", _user(request).email)[:254]
    return show(request, "console/account/own_address.html", status, typed=typed, **values)


sessions = account_page(ListUserSessionsView, "sessions.html")  # POST ends all other sessions


def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the person's own sessions, except that of this request."""
    user = _user(request)
    session = get_object_or_404(UserSession, pk=session_id, user=user)
    if session.session_key != request.session.session_key:
        session.end()
        audit.record(audit.staff(user), "end_session", user)
        messages.success(request, _("The session is ended."))
    return redirect("/console/account/sessions/")


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]
