"""The subscribers in numbers: lists by state of subscription, suppressions by reason, segments with their size.

The numbers are stored (subscribers.segments.stored_counts): opening a page starts no slow count; its button does.
"""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from config import statement_limits
from subscribers.models import MailingList, Segment, Subscription
from subscribers.segments import compiler, saved_segments, stored_counts
from subscribers.segments.grammar import SegmentError
from subscribers.segments.stored_counts import AUDIENCE
from web.console.console_page import show
from web.texts import stored_texts

STANDINGS = tuple(Subscription.State)


def subscribers(request: HttpRequest) -> HttpResponse:
    known = stored_counts.for_page([AUDIENCE])[AUDIENCE.name]
    figures = known.figures or {}
    suppressed = figures.get("suppressed", [])
    return show(
        request,
        "console/subscribers.html",
        lines=[_list_line(mailing_list, known.figures) for mailing_list in MailingList.objects.order_by("name", "id")],
        standings=STANDINGS,
        known=known,
        people=figures.get("people"),
        erased=figures.get("erased"),
        suppressed=suppressed,
        suppressed_count=sum(count for _reason, count in suppressed) if figures else None,
    )


def _list_line(mailing_list: MailingList, figures: stored_counts.Figures | None) -> dict[str, Any]:
    """A list with its subscriptions by state and how many may be mailed now; None for numbers that were not counted yet."""
    if figures is None or str(mailing_list.pk) not in figures["mailable"]:  # a list that was made since
        return {"mailing_list": mailing_list, "counts": [(state, None) for state in STANDINGS], "mailable": None}
    standing = {(list_id, state): people for list_id, state, people in figures["standing"]}
    counts = [(state, standing.get((mailing_list.pk, state), 0)) for state in STANDINGS]
    return {"mailing_list": mailing_list, "counts": counts, "mailable": figures["mailable"][str(mailing_list.pk)]}


def count_subscribers(request: HttpRequest) -> HttpResponse:
    _tell(request, AUDIENCE.make(statement_limits.WEB))
    return redirect("people-lists")


def segment_list(request: HttpRequest) -> HttpResponse:
    segments = [(segment, saved_segments.fault_of(segment)) for segment in Segment.objects.order_by("slug")]
    counts = {segment.pk: stored_counts.of_segment(segment) for segment, fault in segments if not fault}
    known = stored_counts.for_page([*counts.values()])
    lines = []
    for segment, fault in segments:
        count = stored_counts.NEVER if fault else known[counts[segment.pk].name]
        problem = stored_texts.segment_fault(fault) if fault else ""
        lines.append({"segment": segment, "people": (count.figures or {}).get("people"), "known": count, "fault": problem})
    return show(request, "console/segments.html", lines=lines, fields=compiler.field_names())


def count_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    with suppress(SegmentError):  # the page says what is wrong with it
        _tell(request, stored_counts.of_segment(segment).make(statement_limits.WEB))
    return redirect("people-segments")


def _tell(request: HttpRequest, outcome: stored_counts.CountOutcome) -> None:
    if outcome is stored_counts.CountOutcome.BUSY:
        messages.info(request, _("Another count is running. The page shows the last known number. Try again in a few seconds."))
