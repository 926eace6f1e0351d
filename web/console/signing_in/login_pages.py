"""Login with limits, logout, and choosing the console's language."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from publication import audit
from publication.models import Publication
from publication.staff.sign_in_limits import SignInTry, account_key, normal_name
from web.console.signing_in import known_devices
from web.console.signing_in.hash_places import KNOWN_DEVICES, UNKNOWN_DEVICES, NoFreePlace
from web.middleware.trusted_proxies import client_network

BUSY_SECONDS = 5


class NameField(UsernameField):
    """Normalises the name in the same way as the limits."""

    def to_python(self, value: str | None) -> str:
        return normal_name(value or "")


class StaffForm(AuthenticationForm):
    """Staff accounts only; other accounts get the same answer as a wrong password."""

    username = NameField()

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)  # type: ignore[arg-type]
        if not getattr(user, "is_staff", False):
            raise self.get_invalid_login_error()


class Login(views.LoginView):
    """Attempts are counted before the password is checked."""

    template_name = "console/login.html"
    authentication_form = StaffForm
    http_method_names = ("get", "head", "post")

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.POST.get("username", "")
        device = known_devices.known_device(request, name)
        self.sign_in = SignInTry(account_key(name), client_network(request), device)
        form = self.get_form()
        try:
            # The place comes first: a request without a place costs no query and no attempt.
            with (KNOWN_DEVICES if device else UNKNOWN_DEVICES).taken():
                wait = self.sign_in.admit()
                valid = not wait and form.is_valid()
        except NoFreePlace:
            return self._later(503, BUSY_SECONDS, busy=True)
        if wait:
            return self._later(429, wait, minutes=math.ceil(wait / 60))
        return self.form_valid(form) if valid else self.form_invalid(form)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        self.sign_in.succeed()
        user = form.get_user()
        audit.record(audit.staff(user), "login", user)
        response = super().form_valid(form)
        known_devices.remember(self.request, response, user)
        return response

    def _later(self, status: int, seconds: int, **context: Any) -> HttpResponse:
        page = self.render_to_response(self.get_context_data(form=StaffForm(self.request), **context))
        page.status_code = status
        page.headers["Retry-After"] = str(seconds)
        return page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "publication": Publication.objects.filter(pk=1).first(),
            "heading": _("Sign in"),
            **super().get_context_data(**kwargs),
        }


login = Login.as_view()
logout = views.LogoutView.as_view(next_page="/console/login/")
# English or Chinese for this browser; Django checks that the redirect stays on this site.
choose_language = require_POST(set_language)
