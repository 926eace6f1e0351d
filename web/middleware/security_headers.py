"""Security headers of every answer (docs/security.md): the policies, and the middleware that adds what a view left out."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_CLOSED = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# Public pages and whatever sets nothing itself.
PUBLIC_POLICY = _CLOSED
# Staff pages: our one script file, its requests, and the frame with the mail. No inline anything.
CONSOLE_POLICY = f"{_CLOSED}; script-src 'self'; connect-src 'self'; frame-src 'self'"
PERMISSIONS_POLICY = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
    "midi=(), payment=(), usb=()"
)


def _elsewhere() -> str:
    """The origin of pictures where it is not ours."""
    media = urlsplit(settings.MEDIA_URL)
    public = urlsplit(settings.PUBLIC_URL)
    return f" {media.scheme}://{media.netloc}" if media.netloc and media.netloc != public.netloc else ""


def public_policy() -> str:
    """Of public pages that show pictures of issues."""
    return PUBLIC_POLICY.replace("img-src 'self'", f"img-src 'self'{_elsewhere()}")


def mail_policy() -> str:
    """Mail bytes in a browser: the one exception, because a mail has nothing but inline styles. It may do nothing else."""
    allowed = f"default-src 'none'; img-src 'self'{_elsewhere()}; style-src 'unsafe-inline'"
    return f"sandbox; {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


class SecurityHeaders:
    """Adds the headers; a view that set one of them itself keeps its own.

    HSTS, nosniff, Referrer-Policy and Cross-Origin-Opener-Policy come from Django's SecurityMiddleware and its settings.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", PUBLIC_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response
