"""The segments with their size and what uses them.

The numbers are stored (subscribers.segments.stored_counts): opening a page starts no slow count; its button does.
"""

from contextlib import suppress
from operator import itemgetter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from campaigns import removing
from config import statement_limits
from subscribers.models import Segment
from subscribers.segments import saved_segments, stored_counts
from subscribers.segments.grammar import SegmentError
from web.console.console_page import show
from web.texts import stored_texts
from web.texts.people.shown_people import shown_conditions
from web.texts.segment_sentences import SegmentSentences


def segment_list(request: HttpRequest) -> HttpResponse:
    segments = list(Segment.objects.order_by("name", "slug"))
    faults = saved_segments.faults_of(segments)
    counts = {segment.pk: stored_counts.of_segment(segment) for segment in segments if segment.pk not in faults}
    known = stored_counts.for_page([*counts.values()])
    uses, sentences = removing.uses_of_segments(segments), SegmentSentences()
    lines = [
        facts_of(request, segment, sentences, faults.get(segment.pk))
        | {"known": known[counts[segment.pk].name] if segment.pk in counts else stored_counts.NEVER, "uses": uses[segment.pk]}
        for segment in segments
    ]
    counted = [{"at": line["known"].at, "segment": line["segment"]} for line in lines if line["known"].at]
    oldest = min(counted, key=itemgetter("at"), default=None)  # what “Count again” counts where no script counts all
    return show(request, "console/segments/list.html", lines=lines, oldest=oldest)


def facts_of(request: HttpRequest, segment: Segment, sentences: SegmentSentences, fault: SegmentError | None) -> dict[str, Any]:
    """What pages show of a segment: its text and its sentence, or what is wrong with it."""
    text = shown_conditions(request.user, segment.text)
    return {
        "segment": segment, "text": text, "fault": stored_texts.fault_of_stored_segment(fault) if fault else "",
        "sentence": "" if fault else sentences.sentence_of(text),
    }  # fmt: skip


def count_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    with suppress(SegmentError):  # the page says what is wrong with it
        _tell(request, stored_counts.of_segment(segment).make(statement_limits.WEB))
    return redirect("people-segments")


def _tell(request: HttpRequest, outcome: stored_counts.CountOutcome) -> None:
    if outcome is stored_counts.CountOutcome.BUSY:
        messages.info(request, _("Another count is running. The page shows the last known number. Try again in a few seconds."))
