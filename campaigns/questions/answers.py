"""The answers of readers: one for each person, which they can change while the question is open."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from uuid import UUID, uuid4

from django.db import transaction

from campaigns.measuring.measured_links import INDIVIDUAL
from campaigns.models import Campaign, MailQuestion
from campaigns.questions import answers_sql as sql
from campaigns.questions import questions
from publication import clock, policies
from subscribers.consent import merged_records
from subscribers.models import Subscriber


class Given(StrEnum):
    """What became of an answer. `OTHERWISE`: it would not be kept as the person was told, so nothing is stored."""

    STORED = "stored"
    CLOSED = "closed"
    ERASED = "erased"
    OTHERWISE = "otherwise"


def is_named(campaign: Campaign, recipient_id: int) -> bool | None:
    """Whether an answer of this recipient would be kept with their name; None if they were erased."""
    person = Subscriber.objects.filter(pk=merged_records.current_id(recipient_id), address__isnull=False).first()
    return None if person is None else _keeps_names(campaign) and person.measured_since is not None


def _keeps_names(campaign: Campaign) -> bool:
    return campaign.measuring == INDIVIDUAL and policies.choice("measuring") == INDIVIDUAL


def give(question: MailQuestion, recipient_id: int, answer: int, *, named: bool) -> Given:
    """Store the answer of the person behind this recipient, in the place of an earlier one. `named`: as they were told.

    `recipient_id` is the record that got the mail, also if it was merged into another since: one mail is one answer.
    """
    with transaction.atomic():
        agrees = sql.lock_person(recipient_id)
        if agrees is None:
            return Given.ERASED
        key = sql.lock_key(question.pk) if questions.is_open(question) else None
        if key is None:
            return Given.CLOSED
        if named != (agrees and _keeps_names(question.campaign)):
            return Given.OTHERWISE
        voter = voter_of(key, recipient_id)
        if named:
            sql.remove(voter)
            sql.store_named(question.pk, recipient_id, answer, clock.now())
        else:
            sql.remove_named(question.pk, recipient_id)
            sql.store(question.pk, voter, answer)
    return Given.STORED


def voter_of(key: bytes, recipient_id: int) -> UUID:
    """The hash under which the answer of a person to the question with this key is kept."""
    return UUID(bytes=blake2b(recipient_id.to_bytes(8), digest_size=16, key=key).digest())


def unlink(subscriber_ids: Sequence[int]) -> int:
    """Remove the names from the answers of people who withdrew their agreement; returns how many. They can still change them."""
    return _store_unnamed(sql.take_named(subscriber_ids=subscriber_ids))


def unlink_before(moment: datetime) -> int:
    """The same with answers from before a moment."""
    return _store_unnamed(sql.take_named(before=moment))


def _store_unnamed(taken: Sequence[tuple[int, int, int]]) -> int:
    keys = sql.open_keys() if taken else {}
    rows = []
    for question_id, subscriber_id, answer in taken:
        key = keys.get(question_id)
        rows.append((voter_of(key, subscriber_id) if key else uuid4(), question_id, answer))
    sql.store_all(rows)
    return len(rows)


def forget(subscriber_ids: Sequence[int]) -> None:
    """The answers of erased people belong to nobody any more; they are still counted."""
    unlink(subscriber_ids)
    keys = sql.open_keys().values()
    sql.forget_voters([voter_of(key, subscriber_id) for key in keys for subscriber_id in subscriber_ids])
