"""A new password by mail: asking for the link, and the page that it opens. It removes no second factor."""

import math
from typing import Any

from allauth.account.views import PasswordResetFromKeyView
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from publication.staff import password_resets
from web.console.signing_in.login_pages import DoorPage, show_door
from web.middleware.trusted_proxies import client_network


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
