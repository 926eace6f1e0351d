"""What all recipients of a campaign share, made once per thread: envelope bytes, tags, token makers, list ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from campaigns.models import Campaign
from composer.merge import MergeField, values
from editorial.models import IssueVersion
from publication.models import Sender
from subscribers.models import MailingList
from subscribers.tokens import TokenMaker
from transport import message


def merge_fields(version: IssueVersion) -> tuple[MergeField, ...]:
    return tuple(MergeField(**field) for field in version.fields)


def list_id(mailing_list: MailingList) -> str:
    """RFC 2919: one per message, stable for the list's life."""
    return f"{mailing_list.name} <{mailing_list.slug}.{urlsplit(settings.PUBLIC_URL).hostname}>"


def envelope_of(
    version: IssueVersion, sender: Sender, mailing_list: MailingList | None, subject: str = ""
) -> message.EnvelopeBytes:
    headers = {"Precedence": "bulk"}
    if mailing_list is not None:
        headers["List-Id"] = list_id(mailing_list)
    return message.EnvelopeBytes.of(
        message.Envelope(
            sender=message.Sender(email=sender.email, name=sender.name, reply_to=sender.reply_to or None),
            subject=subject or version.subject,
            html=version.html,
            text=version.text,
            headers=headers,
        )
    )


@dataclass(frozen=True)
class Kit:
    """Everything constant of one campaign's mails. `personalize` gives the bytes of one recipient."""

    campaign_id: int
    digest: str
    list_ids: list[int]
    envelope: message.EnvelopeBytes
    personalize: Callable[[int, str, str], bytes]
    attempt_token: Callable[[int], str]

    @classmethod
    def of(cls, campaign_id: int) -> Kit:
        campaign = Campaign.objects.select_related("version", "sender").get(pk=campaign_id)
        lists = list(campaign.lists.order_by("id"))
        attempt_maker = TokenMaker("attempt")
        return cls(
            campaign_id=campaign_id,
            digest=campaign.digest,
            list_ids=[mailing_list.pk for mailing_list in lists],
            envelope=envelope_of(campaign.version, campaign.sender, lists[0]),
            personalize=_personalizer(campaign_id, merge_fields(campaign.version)),
            attempt_token=lambda attempt_id: attempt_maker.make(campaign_id, attempt_id),
        )


def _personalizer(campaign_id: int, fields: tuple[MergeField, ...]) -> Callable[[int, str, str], bytes]:
    unsubscribe, view, delivery = (TokenMaker(purpose) for purpose in ("unsubscribe", "view", "delivery"))
    unsubscribe_root = f"{settings.PUBLIC_URL}/u/"
    view_root = f"{settings.PUBLIC_URL}/v/"

    def personalize(subscriber_id: int, address: str, name: str) -> bytes:
        leave = unsubscribe_root + unsubscribe.make(campaign_id, subscriber_id)
        person = {
            "name": name,
            "email": address,
            "unsubscribe_url": leave,
            "view_url": view_root + view.make(campaign_id, subscriber_id),
        }
        return message.personalization(
            address,
            name,
            values(fields, person),
            {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            {message.DELIVERY_ARG: delivery.make(campaign_id, subscriber_id)},
        )

    return personalize
