"""The part of an erasure in the tables of sending: deliveries, events, webhook payloads, test mails, answers of the provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns import forgetting_sql as sql
from campaigns.models import Attempt, Campaign, ProviderListChange, Rejection, Slice, TestSend
from campaigns.sending import single_mails
from campaigns.tracking import event_inbox
from subscribers.consent import erasing
from subscribers.consent.traces import Place, Traces, rewrite

# Before the fill the text decides who gets the campaign; afterwards it is only shown.
_WAITING = ("draft", "scheduled", "filling", "held")


def forget_person(key: bytes, subscriber_ids: Sequence[int], **_: Any) -> set[bytes]:
    """Receiver of `person_erased`: their deliveries get random keys. Returns the keys that they had.

    If somebody else has an earlier address of theirs now, its key is not returned and stays in the bounces of the new owner.
    """
    keys = sql.forget_deliveries(list(subscriber_ids))
    owned = erasing.owned_by_others(keys, subscriber_ids)
    sql.forget_events(sorted({key, *keys} - owned))
    sql.forget_events(sorted(owned), of_subscribers=list(subscriber_ids))
    return keys - owned


def forget_texts(traces: Traces, **_: Any) -> list[Place]:
    """Receiver of `address_forgotten`: nothing that the provider answered or staff wrote quotes the address any more."""
    event_inbox.split_quoting(traces.spellings)
    single_mails.forget(traces)
    for model, fields in (
        (TestSend, ("reason", "parameters")), (Attempt, ("detail",)), (Slice, ("reason",)), (Rejection, ("sample",)),
        (ProviderListChange, ("detail",)), (Campaign, ("name", "held_detail", "override")),
    ):  # fmt: skip
        rewrite(model, traces, *fields)
    places = []
    for campaign in Campaign.objects.filter(traces.quoting("segment_text")).order_by("id"):
        if not traces.quoted_in(campaign.segment_text):
            continue
        if campaign.recipients is None and campaign.state in _WAITING:
            places.append(Place("campaign", str(campaign.pk)))
        else:
            Campaign.objects.filter(pk=campaign.pk).update(segment_text=traces.without_address(campaign.segment_text))
    return places


def forget_late() -> int:
    """What came in after an erasure, or was filled while it ran, gets no key of an erased person either; how many rows."""
    return sql.forget_late()
