"""The language of the console: each person's own, and the browser's before they sign in."""

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.i18n import set_language

from publication.staff import staff_languages


def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Django checks the language, sets the cookie, and checks that the redirect stays on this site."""
    user = request.user
    if user.is_authenticated and user.is_staff and isinstance(user, User):
        chosen = request.POST.get("language", "")
        if chosen in dict(settings.LANGUAGES):
            staff_languages.choose(user, chosen)
    return set_language(request)


def use_language_of(user: User, response: HttpResponse) -> None:
    """After a sign-in: the pages have the person's language on this browser, too."""
    if language := staff_languages.chosen(user.pk):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
