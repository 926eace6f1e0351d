"""Mail bytes in a browser: the one view class that serves them, at a URL of their own, with a policy of their own.

A mail is untrusted content: it gets no script, no cookie, no form and no origin (docs/security.md).
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import View

from web.content_policies import mail_policy


class MailBytes(View):
    """Serves what `html` returns; a response in its place is served as it is."""

    def get(self, request: HttpRequest, **where: Any) -> HttpResponse:
        content = self.html(**where)
        if isinstance(content, HttpResponse):
            return content
        return HttpResponse(
            content,
            content_type="text/html; charset=utf-8",
            headers={
                "Content-Security-Policy": self.policy(),
                # A browser refuses to open a sandboxed page on top that asks for an opener policy.
                "Cross-Origin-Opener-Policy": "unsafe-none",
                "X-Frame-Options": "SAMEORIGIN",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
                "X-Robots-Tag": "noindex",
            },
        )

    def policy(self) -> str:
        return mail_policy()

    def html(self, **where: Any) -> str | HttpResponse:
        raise NotImplementedError
