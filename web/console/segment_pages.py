"""The segments with their size.

The numbers are stored (subscribers.segments.stored_counts): opening a page starts no slow count; its button does.
"""

from collections.abc import Mapping
from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import statement_limits
from subscribers import attributes
from subscribers.models import Segment
from subscribers.segments import compiler, grammar, saved_segments, stored_counts
from subscribers.segments.grammar import SegmentError
from web.console.console_page import show
from web.texts import stored_texts
from web.texts.issues.editor_texts import FIELD_LABELS
from web.texts.people import list_texts

_FIXED: Mapping[str, str | Promise] = {
    **FIELD_LABELS, "created": gettext_lazy("Added to Mailroom"), "engaged": gettext_lazy("Last open or click"),
    "joined": gettext_lazy("Day of joining the list"), "list_state": gettext_lazy("State of the subscription"),
}  # fmt: skip


def segment_list(request: HttpRequest) -> HttpResponse:
    segments = [(segment, saved_segments.fault_of(segment)) for segment in Segment.objects.order_by("slug")]
    counts = {segment.pk: stored_counts.of_segment(segment) for segment, fault in segments if not fault}
    known = stored_counts.for_page([*counts.values()])
    lines, labels = [], _labels()
    for segment, fault in segments:
        count = stored_counts.NEVER if fault else known[counts[segment.pk].name]
        problem = stored_texts.segment_fault(fault) if fault else ""
        text = segment.text if fault else grammar.with_labels(segment.text, labels)
        lines.append(
            {
                "segment": segment, "people": (count.figures or {}).get("people"), "known": count, "fault": problem, "text": text,
            }
        )  # fmt: skip
    fields = [labels.get(name, name) for name in compiler.field_names()]
    return show(request, "console/segments.html", lines=lines, fields=fields)


def _labels() -> dict[str, str]:
    """What the fields of segments mean, by their names; an attribute whose label says the same as its name is left out."""
    language = list_texts.reader_language()
    own = {name: declared.label_in(language) for name, declared in attributes.declarations().items()}
    differing = {name: label for name, label in own.items() if label.casefold().replace(" ", "_") != name}
    return {**differing, **{name: str(label) for name, label in _FIXED.items()}}


def count_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    with suppress(SegmentError):  # the page says what is wrong with it
        _tell(request, stored_counts.of_segment(segment).make(statement_limits.WEB))
    return redirect("people-segments")


def _tell(request: HttpRequest, outcome: stored_counts.CountOutcome) -> None:
    if outcome is stored_counts.CountOutcome.BUSY:
        messages.info(request, _("Another count is running. The page shows the last known number. Try again in a few seconds."))
