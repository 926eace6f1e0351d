"""Who may be mailed: the only query that answers it."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from publication import clock
from subscribers.models import MailingList, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.segments import compiler


def recipients(lists: Sequence[MailingList], segment_text: str | None = None) -> QuerySet[Subscriber]:
    """Select people, each once: confirmed on any of `lists`, matching the segment, and neither suppressed, paused nor erased.

    Unordered and without joins, so that a caller can embed `.values("id", "address_key")` in one statement.
    Raises SegmentError when the text is no segment (any more).
    """
    confirmed = Subscription.objects.filter(
        subscriber=OuterRef("pk"), list_id__in=[mailing_list.pk for mailing_list in lists], state=Subscription.State.CONFIRMED
    )
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    now = clock.now()
    domain = SuppressedDomain.objects.in_effect(now).filter(domain=OuterRef("domain"))
    mailable = Subscriber.objects.filter(
        Exists(confirmed), ~Exists(suppressed), ~Exists(domain), erased_at=None, address__isnull=False
    ).exclude(paused_until__gt=now)
    if segment_text and segment_text.strip():
        mailable = mailable.filter(compiler.compile_stored(segment_text))
    return mailable


def count(lists: Sequence[MailingList], segment_text: str | None = None) -> int:
    """Count the people who would be mailed now. Raises SegmentError."""
    return recipients(lists, segment_text).count()


def zones(lists: Sequence[MailingList], segment_text: str | None = None) -> list[str]:
    """The distinct zones of those who would be mailed now, as they are written there. Raises SegmentError."""
    return list(recipients(lists, segment_text).order_by().values_list("zone", flat=True).distinct())
