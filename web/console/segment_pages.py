"""The segments with their size.

The numbers are stored (subscribers.segments.stored_counts): opening a page starts no slow count; its button does.
"""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from config import statement_limits
from subscribers.models import Segment
from subscribers.segments import compiler, saved_segments, stored_counts
from subscribers.segments.grammar import SegmentError
from web.console.console_page import show
from web.texts import stored_texts


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
