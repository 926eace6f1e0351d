"""The door of the console: login with a limit, logout, and the language of the pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from publication import audit
from publication.models import Publication
from web.console.attempts import LoginDoor


class StaffForm(AuthenticationForm):
    """Accounts of staff only; to all others it says what it says to a wrong password."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)  # type: ignore[arg-type]
        if not getattr(user, "is_staff", False):
            raise self.get_invalid_login_error()


class Login(views.LoginView):
    """Tries are counted before the password is looked at."""

    template_name = "console/login.html"
    authentication_form = StaffForm
    http_method_names = ("get", "head", "post")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.door = LoginDoor.of(request, request.POST.get("username", ""))
        if not self.door.may_try():
            page = self.render_to_response(self.get_context_data(form=StaffForm(request), shut=True))
            page.status_code = 429
            page.headers["Retry-After"] = "900"
            return page
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        self.door.opened(audit.staff(form.get_user()))
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "publication": Publication.objects.filter(pk=1).first(),
            "heading": _("Log in"),
            **super().get_context_data(**kwargs),
        }


login = Login.as_view()
logout = views.LogoutView.as_view(next_page="/console/login/")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """English or Chinese for this browser; Django checks that the way back is one of ours."""
    return set_language(request)
