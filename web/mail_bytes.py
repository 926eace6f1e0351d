"""Mail bytes in a browser: the one view class that serves them, at a URL of their own, with a policy of their own.

A mail is foreign ground: it gets no script, no cookie, no form and no origin (docs/security.md).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views import View

from campaigns import audience_variants
from campaigns.models import Campaign
from composer.issue.merge_fields import fill, preview_values, values
from editorial.models import IssueVariant
from editorial.stored_variants import find_variant, merge_fields
from subscribers import tokens
from subscribers.models import Subscriber
from web.middleware.security_headers import mail_policy
from web.public.links.link_page import TEST_LINK, show, unknown_link


class MailBytes(View):
    """Serves what `html` returns; a response in its place is served as it is."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, **where: Any) -> HttpResponse:
        found = self.html(**where)
        if isinstance(found, HttpResponse):
            return found
        return HttpResponse(
            found,
            content_type="text/html; charset=utf-8",
            headers={
                "Content-Security-Policy": mail_policy(),
                # A browser refuses to open a sandboxed page on top that asks for an opener policy.
                "Cross-Origin-Opener-Policy": "unsafe-none",
                "X-Frame-Options": "SAMEORIGIN",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
                "X-Robots-Tag": "noindex",
            },
        )

    def html(self, **where: Any) -> str | HttpResponse:
        raise NotImplementedError


class PersonalMail(MailBytes):
    """View in browser: a campaign's mail as one person got it."""

    def html(self, **where: Any) -> str | HttpResponse:
        token: str = where["token"]
        if token == TEST_LINK:
            return show("public/test_mail.html")
        claims = tokens.read(tokens.Purpose.VIEW, token)
        campaign = Campaign.objects.select_related("version").filter(pk=claims.scope).first() if claims else None
        person = Subscriber.objects.filter(pk=claims.subject).first() if claims else None
        if claims is None or campaign is None or person is None:
            return unknown_link()
        return personal_html(campaign, person)


def personal_html(campaign: Campaign, person: Subscriber) -> str:
    """The stored mail of their variant, filled as the worker fills it. Of someone erased nothing is known any more."""
    root, leave = settings.PUBLIC_URL, tokens.unsubscribe_token(person.pk, campaign.pk)
    known = {
        "name": person.name,
        "email": person.address or "",
        "unsubscribe_url": f"{root}/u/{leave}",
        "view_url": f"{root}/v/{tokens.view_token(person.pk, campaign.pk)}",
    }
    mail = find_variant(campaign.version_id, audience_variants.of_person(campaign, person))
    return fill(mail.html, values(merge_fields(mail), known))


class VersionMail(MailBytes):
    """Staff's look at a variant of a version: harmless values, links that lead nowhere."""

    def html(self, **where: Any) -> str:
        try:
            mail = find_variant(where["version_id"], where.get("number", 0))
        except IssueVariant.DoesNotExist:
            raise Http404 from None
        return fill(mail.html, preview_values(merge_fields(mail)))
