"""Who could be mailed, in numbers: lists by standing, suppressions by reason, segments with their size."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from subscribers import recipients, segments
from subscribers.models import MailingList, Segment, Subscriber, Subscription, Suppression
from web.console.page import show

STANDINGS = tuple(Subscription.State.values)


@dataclass(frozen=True)
class ListLine:
    """One list: how many stand how towards it, and how many of them may be mailed now."""

    mailing_list: MailingList
    counts: list[tuple[str, int]]
    mailable: int


@dataclass(frozen=True)
class SegmentLine:
    """One segment: how many it matches, or why it does not hold any more."""

    segment: Segment
    count: int | None
    fault: str


@require_safe
def subscribers(request: HttpRequest) -> HttpResponse:
    standing = {
        (row["list_id"], row["state"]): row["people"]
        for row in Subscription.objects.values("list_id", "state").annotate(people=Count("id")).order_by()
    }
    lines = [
        ListLine(each, [(state, standing.get((each.pk, state), 0)) for state in STANDINGS], recipients.count([each]))
        for each in MailingList.objects.order_by("name", "id")
    ]
    suppressed = Suppression.objects.values_list("reason").annotate(people=Count("id")).order_by("-people")
    return show(
        request,
        "console/subscribers.html",
        lines=lines,
        standings=STANDINGS,
        people=Subscriber.objects.filter(erased_at=None).count(),
        erased=Subscriber.objects.filter(erased_at__isnull=False).count(),
        suppressed=list(suppressed),
        suppressed_count=sum(count for _, count in suppressed),
    )


@require_safe
def segment_list(request: HttpRequest) -> HttpResponse:
    lines = [_segment_line(each) for each in Segment.objects.order_by("slug")]
    return show(request, "console/segments.html", lines=lines, fields=segments.field_names())


def _segment_line(segment: Segment) -> SegmentLine:
    try:
        return SegmentLine(segment, segments.matching(segment.text).count(), "")
    except segments.SegmentError as error:
        return SegmentLine(segment, None, str(error))
