"""Middleware that adds the security headers which a view left out (docs/security.md)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from web.content_policies import PUBLIC_POLICY

PERMISSIONS_POLICY = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
    "midi=(), payment=(), usb=()"
)


class SecurityHeaders(MiddlewareMixin):
    """Adds the headers; a view that set one of them itself keeps its own.

    HSTS, nosniff, Referrer-Policy and Cross-Origin-Opener-Policy come from Django's SecurityMiddleware and its settings.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Security-Policy", PUBLIC_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response
