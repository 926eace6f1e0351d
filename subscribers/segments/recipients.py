"""Who may be mailed: the only query that answers it."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from publication import clock
from subscribers.models import MailingList, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.segments import compiler


def recipients(
    lists: Sequence[MailingList], segment_text: str | None = None, among: Q | None = None
) -> QuerySet[Subscriber]:  # fmt: skip
    """Select people, each once: confirmed on any of `lists`, matching the segment, and neither suppressed, paused nor erased.
    `among`: a condition that they also meet.

    Unordered and without joins, so that a caller can embed `.values("id", "address_key")` in one statement.
    Raises SegmentError when the text is no segment (any more).
    """
    mailable = Subscriber.objects.filter(confirmed_on(lists), *(~obstacle for obstacle in obstacles().values()))
    if segment_text and segment_text.strip():
        mailable = mailable.filter(compiler.compile_stored(segment_text))
    return mailable.filter(among) if among is not None else mailable


def confirmed_on(lists: Sequence[MailingList]) -> Q:
    """Whether a person is confirmed on any of the lists."""
    return on_lists(lists, Subscription.State.CONFIRMED)


def on_lists(lists: Sequence[MailingList], *states: str) -> Q:
    """Whether a person has a subscription to any of the lists, in one of the states if any are given."""
    of_person = Subscription.objects.filter(subscriber=OuterRef("pk"), list_id__in=[mailing_list.pk for mailing_list in lists])
    return Q(Exists(of_person.filter(state__in=states) if states else of_person))


def obstacles() -> dict[str, Q]:
    """Whatever keeps a person who is confirmed on a list from being mailed now, by code."""
    now = clock.now()
    return {
        "erased": Q(erased_at__isnull=False) | Q(address__isnull=True),
        "suppressed": Q(Exists(Suppression.objects.filter(address_key=OuterRef("address_key")))),
        "domain_suppressed": Q(Exists(SuppressedDomain.objects.in_effect(now).filter(domain=OuterRef("domain")))),
        "paused": Q(paused_until__gt=now),
    }


def count(lists: Sequence[MailingList], segment_text: str | None = None) -> int:
    """Count the people who would be mailed now. Raises SegmentError."""
    return recipients(lists, segment_text).count()


def zones(people: QuerySet[Subscriber]) -> list[str]:
    """The distinct zones of people, as they are written there."""
    return list(people.order_by().values_list("zone", flat=True).distinct())
