"""/v/<token>: a campaign's mail as one recipient received it."""

from typing import Any

from django.http import HttpResponse

from campaigns.audience import audience_variants
from campaigns.models import Campaign
from composer.issue.merge_fields import fill, values
from config.public_urls import READERS_TOKEN, TEST_TOKEN, answer_url, preferences_url, subscribe_url, unsubscribe_url, view_url
from editorial.stored_variants import find_variant, merge_fields
from subscribers import tokens
from subscribers.consent import ledger, merged_records
from subscribers.models import Subscriber
from web.mail_bytes import MailBytes
from web.public.links.link_page import show, unknown_link


class PersonalMail(MailBytes):
    """View in browser."""

    def html(self, **where: Any) -> str | HttpResponse:
        token: str = where["token"]
        if token == TEST_TOKEN:
            return show("public/test_mail.html")
        claims = tokens.read(tokens.Purpose.VIEW, token)
        campaign = Campaign.objects.select_related("version").filter(pk=claims.scope).first() if claims else None
        person = Subscriber.objects.filter(pk=merged_records.current_id(claims.subject)).first() if claims else None
        if claims is None or campaign is None or person is None:
            return unknown_link()
        return personal_html(campaign, person, claims.subject)


def personal_html(campaign: Campaign, person: Subscriber, recipient: int | None = None) -> str:
    """The stored mail of the person's variant, filled as the worker fills it. An erased person's fields get their defaults.

    `recipient`: the record that got the campaign, if it was merged into `person` since.
    """
    # Mails are forwarded: the page shows nobody what came later, another record's name or another address.
    is_theirs = recipient in (None, person.pk)
    moved = campaign.started_at is not None and ledger.moved_since([person.pk], campaign.started_at)
    known = {
        "name": person.name if is_theirs else "",
        "email": person.address or "" if is_theirs and not moved else "",
        "unsubscribe_url": unsubscribe_url(tokens.unsubscribe_token(person.pk, campaign.pk)),
        "view_url": view_url(tokens.view_token(person.pk, campaign.pk)),
        "preferences_url": preferences_url(tokens.preferences_token(person.pk, campaign.pk)),
        "subscribe_url": subscribe_url(),
        "answer_url": answer_url(READERS_TOKEN),  # people to whom this page is forwarded must not answer for the recipient
    }
    mail = find_variant(campaign.version_id, audience_variants.of_person(campaign, person, recipient))
    return fill(mail.html, values(merge_fields(mail), known))
