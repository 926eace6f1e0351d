"""Records that were merged into another one: who they mean now, and what they give away."""

from collections.abc import Sequence

from django.db.models import Q

from publication import personal_data
from publication.models import Actor
from subscribers.consent import former_addresses_sql, ledger
from subscribers.consent.ledger import Act, Proof
from subscribers.models import Subscriber


def give_record_to(actor: Actor, gone: Subscriber, keep: Subscriber, *, source: str, proof: Proof) -> None:
    """Remove the personal data of the record `gone`, which means `keep` from now on. The caller has locked both.

    A chain of merges has one step, so that every old link needs one query.
    """
    Subscriber.objects.filter(merged_into=gone).update(merged_into=keep)
    former_addresses_sql.give(gone.pk, keep.pk)
    Subscriber.objects.filter(pk=gone.pk).update(**personal_data.erased(Subscriber), merged_into=keep)
    for record, other in ((keep, gone), (gone, keep)):
        ledger.record(actor, Act.MERGED, record.pk, source=source, proof=proof, other=other.pk, kept=keep.pk)


def current_id(subscriber_id: int) -> int:
    """The id of the person's record now: another one if this one was merged into it. Links of old mails keep the old id."""
    merged = Subscriber.objects.filter(pk=subscriber_id, merged_into__isnull=False).values_list("merged_into_id", flat=True)
    return merged.first() or subscriber_id


def current_ids(subscriber_ids: Sequence[int]) -> set[int]:
    """`current_id` of many."""
    merged = Subscriber.objects.filter(pk__in=subscriber_ids, merged_into__isnull=False).values_list("pk", "merged_into_id")
    newest = dict(merged)
    return {newest.get(number, number) for number in subscriber_ids}


def all_ids(subscriber_ids: Sequence[int]) -> set[int]:
    """The ids of all records of these people: the newest ones, and those that were merged into them."""
    current = current_ids(subscriber_ids)
    return set(Subscriber.objects.filter(Q(pk__in=current) | Q(merged_into__in=current)).values_list("pk", flat=True))
