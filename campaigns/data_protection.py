"""Declares the personal data in the tables of sending, and how long records are kept; erases what needs code of its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.dispatch import receiver

from campaigns import data_protection_sql as sql
from campaigns.audience import forecasts
from campaigns.measuring import click_storing_sql
from campaigns.models import Campaign, ClickBatch, Event, ProviderPayload, SyncRun, Tester, TestSend
from campaigns.provider_lists import list_changes
from campaigns.questions import answers, questions
from campaigns.sending import single_mails
from campaigns.suppression_sync import sync_runs
from campaigns.tracking import event_inbox
from campaigns.tracking.event_effects import EFFECTS
from publication.personal_data import BY_CODE, QUOTES, Erasure, PersonalField, declare, empty, same
from publication.retention import RETENTIONS, Retention, by_policy
from subscribers.consent import erasing
from subscribers.consent.erasing import ErasedPerson
from subscribers.consent.text_erasure import PersonalIdentifiers, QuotingText
from subscribers.signals import address_forgotten, erasure_begins, mail_since, measuring_withdrawn, people_erased

# Before the fill the text decides who gets the campaign; afterwards it is only shown.
_WAITING = ("draft", "scheduled", "filling", "held")

_DETAIL = {
    "url": lambda detail: detail.get("url"),
    "by_machine": lambda detail: bool(detail.get("machine")),
    "answer": lambda detail: detail.get("reason") or detail.get("response"),
}
declare(
    "campaigns.Campaign", "state held_reason digest zone measuring follow_up",
    name=QUOTES, held_detail=QUOTES, override=QUOTES, segment_text=BY_CODE,
)  # fmt: skip
declare(
    "campaigns.Delivery", "slice wave proof",
    **same("campaign variant delivered_at"), subscriber_id=PersonalField("record"), state=PersonalField("outcome"),
    reason=PersonalField("reason", Erasure.BY_CODE), address_key=BY_CODE,
)  # fmt: skip
declare("campaigns.FollowUpRecipient", "followed_id kind subscriber_id campaign_id")  # the delivery is what the person learns
declare("campaigns.Slice", "state proof worker", reason=QUOTES)
declare("campaigns.SliceTotal", "state detail")
declare("campaigns.Attempt", "worker outcome message_id batch_id", detail=QUOTES)
declare(
    "campaigns.TestSend",
    "purpose token attempt not_before lease_until gate_at ended_at http_status message_id version sender campaign variant",
    id=PersonalField("id"), address=PersonalField("address", ""), **same("state created_at"),
    parameters=PersonalField(erased=dict, quotes=True), reason=QUOTES,
)  # fmt: skip
declare("campaigns.TesterGroup", name=QUOTES)
declare("campaigns.Tester", "id", group=PersonalField({"group": "name"}), address=PersonalField("address", Erasure.BY_CODE))
declare("campaigns.ProviderPayload", "faults", body=BY_CODE)
declare(
    "campaigns.Event", "id key campaign_id subscriber_id attempt_id single received_at applied_at effect cause",
    **same("kind at"), detail=PersonalField(_DETAIL, Erasure.BY_CODE), address_key=BY_CODE,
)  # fmt: skip
declare(
    "campaigns.Click", "id link_id reasons", campaign_id=PersonalField("campaign"), at=PersonalField("at"),
    subscriber_id=PersonalField("record", Erasure.BY_CODE),
)  # fmt: skip
declare(
    "campaigns.NamedAnswer", "id question answer", at=PersonalField("at"),
    subscriber_id=PersonalField("record", Erasure.BY_CODE),
)  # fmt: skip
declare("campaigns.MailQuestion", "name texts key")
declare("campaigns.MailAnswer", "question answer", voter=BY_CODE)  # of erased people it is random
declare("campaigns.MeasuredLink", "url text")
declare("campaigns.ClickBatch", "id")
declare("campaigns.ReportLink", name=QUOTES)
declare("campaigns.Rejection", "domain cause remedy", sample=QUOTES)
declare("campaigns.DomainOutcome", "domain")
declare("campaigns.LeftOutDomain", "domain")
declare("campaigns.ProviderListChange", "list change address_key state", detail=QUOTES, address=BY_CODE)
declare("campaigns.LiftRequest", "reason", address_key=BY_CODE, detail=QUOTES)
declare("campaigns.ProviderListEntry", "address_key list")  # the keyed hash stays, for the suppression at the provider
declare("campaigns.SyncRun", "state detail")
declare("campaigns.SyncPart", "list position counts")
declare("campaigns.Occurrence", "local zone state")
declare("campaigns.Wave", "batch_id")
declare("campaigns.LostCampaign", "digest name subjects lists people confirmed")
# Addresses are masked when a row is written, because rows cannot be changed.
declare("campaigns.DeliveryLog", "id at kind campaign_id slice_id attempt_id subscriber_id actor detail")

_ROUTINE = sorted(kind.value for kind, effect in EFFECTS.items() if not effect.is_kept)

RETENTIONS["WEBHOOK_PAYLOADS"] = by_policy(
    "keep_webhook_payloads", "Webhook payloads as the provider sent them, after they are split into events",
    lambda before: ProviderPayload.objects.filter(split_at__lt=before).delete()[0], by_database=True,
)  # fmt: skip
RETENTIONS["EVENTS"] = by_policy(
    "keep_events",
    f"Events of the kinds {', '.join(_ROUTINE[:-1])} and {_ROUTINE[-1]}; what they proved stays with the delivery",
    lambda before: Event.objects.filter(applied_at__lt=before, kind__in=_ROUTINE).delete()[0],
    by_database=True,
)  # fmt: skip
RETENTIONS["TEST_MAIL_ADDRESSES"] = by_policy(
    "keep_test_mail_addresses", "Addresses that test mails went to",
    lambda before: empty(TestSend.objects.filter(ended_at__lt=before).exclude(address="")),
)  # fmt: skip
RETENTIONS["CLICKS"] = by_policy(
    "keep_clicks",
    "Clicks and answers with the person's name, of people who agreed to be measured; then they are counted without it",
    lambda before: click_storing_sql.unlink_before(before) + answers.unlink_before(before),
)  # fmt: skip
RETENTIONS["QUESTION_KEYS"] = Retention(
    questions.OPEN_FOR,
    "Keys of questions to readers, after their campaign began, or after a welcome ended; then nobody can answer or look up an "
    "answer",
    questions.close_due,
)
RETENTIONS["CLICK_BATCHES"] = Retention(
    timedelta(days=7), "Numbers of the files of clicks that were stored",
    lambda before: ClickBatch.objects.filter(stored_at__lt=before).delete()[0], by_database=True, is_personal=False,
)  # fmt: skip
RETENTIONS["SYNC_RUNS"] = Retention(
    timedelta(days=90),
    "Synchronisations with the provider's suppression lists: numbers; the latest of each list stays",
    lambda before: SyncRun.objects.filter(ended_at__lt=before).exclude(pk__in=sync_runs.latest_of_lists()).delete()[0],
    is_personal=False,
)  # fmt: skip


@receiver(erasure_begins)
def lock_deliveries(subscriber_ids: Sequence[int], **_: Any) -> None:
    """Events lock deliveries before people. In the other order an erasure and events of a running campaign would deadlock."""
    sql.lock_deliveries(list(subscriber_ids))


@receiver(people_erased)
def forget_people(people: Sequence[ErasedPerson], **_: Any) -> set[bytes]:
    """Give the deliveries of these people random keys, and remove the addresses at the provider; returns the keys that they had.

    If somebody else has an earlier address of theirs now, its key is not returned and stays in the bounces of the new owner.
    """
    subscriber_ids = [number for person in people for number in person.subscriber_ids]
    keys = sql.forget_deliveries(subscriber_ids)
    owned = erasing.owned_by_others(keys, subscriber_ids)
    sql.forget_events(sorted({*(person.key for person in people), *keys} - owned))
    if owned:
        sql.forget_events(sorted(owned), of_subscribers=subscriber_ids)
    forecasts.forget()
    list_changes.forget([(person.address, person.key) for person in people if person.address])
    return keys - owned


@receiver(people_erased)
def unlink_clicks_of_erased(people: Sequence[ErasedPerson], **_: Any) -> set[bytes]:
    """The clicks of these people become counts, and their answers belong to nobody."""
    subscriber_ids = [number for person in people for number in person.subscriber_ids]
    click_storing_sql.unlink(subscriber_ids)
    answers.forget(subscriber_ids)
    return set()


@receiver(measuring_withdrawn)
def unlink_clicks(subscriber_ids: Sequence[int], **_: Any) -> None:
    """The clicks of people who withdrew their agreement become counts, and their answers lose the name."""
    click_storing_sql.unlink(subscriber_ids)
    answers.unlink(subscriber_ids)


@receiver(mail_since)
def recipients_since(subscriber_ids: Sequence[int], since: datetime, **_: Any) -> set[int]:
    """Those of these people who are recipients of a campaign that began after a moment, or did not begin yet."""
    return sql.recipients_since(subscriber_ids, since)


@receiver(address_forgotten)
def forget_texts(identifiers: PersonalIdentifiers, **_: Any) -> list[QuotingText]:
    """Remove addresses from waiting payloads, test mails, tester groups and segments of campaigns.

    Returns the campaigns whose segment only staff can change.
    """
    event_inbox.split_quoting(identifiers.spellings)
    single_mails.forget(identifiers)
    Tester.objects.filter(pk__in=[*Tester.objects.filter(identifiers.rows_with("address")).values_list("pk", flat=True)]).delete()
    places = []
    for campaign in Campaign.objects.filter(identifiers.rows_quoting("segment_text")).order_by("id"):
        if not identifiers.quotes_address(campaign.segment_text):
            continue
        if campaign.recipients is None and campaign.state in _WAITING:
            places.append(QuotingText("campaign", str(campaign.pk)))
        else:
            Campaign.objects.filter(pk=campaign.pk).update(segment_text=identifiers.remove_address(campaign.segment_text))
    return places
