"""What events say of a person beside consent: last open or click, soft bounces. Only writer of these two columns."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from subscribers.models import Subscriber


def note_engaged(moments: dict[int, datetime]) -> None:
    """Set each subscriber's engaged_at to the moment given, where it is later than what stands there."""
    for subscriber_id, moment in moments.items():
        Subscriber.objects.filter(Q(engaged_at__isnull=True) | Q(engaged_at__lt=moment), pk=subscriber_id).update(
            engaged_at=moment
        )


def note_soft_bounces(counts: dict[bytes, int]) -> None:
    """Set each subscriber's count, by address key, to the number given (counted anew from the events each time)."""
    for key, count in counts.items():
        Subscriber.objects.filter(address_key=key).update(soft_bounces=count)
