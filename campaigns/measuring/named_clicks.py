"""Reads the clicks that are kept with a person's name, of people who agreed to it."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max, Q, QuerySet

from campaigns.measuring.measured_links import PICTURE
from campaigns.models import Click, MeasuredLink


def clicks_of_people(condition: Q) -> QuerySet[Click]:
    """The clicks that meet the condition, without a machine's. Opens, which the picture counts, are no clicks."""
    pictures = MeasuredLink.objects.filter(position=PICTURE).values("pk")
    return Click.objects.filter(condition, reasons=0).exclude(link_id__in=pictures)


def last_click(subscriber_ids: Sequence[int]) -> datetime | None:
    """When a person last clicked. `subscriber_ids`: the number of the record, and of those that were merged into it."""
    newest: datetime | None = clicks_of_people(Q(subscriber_id__in=subscriber_ids)).aggregate(at=Max("at"))["at"]
    return newest
