"""One segment: its sentence and text, the people it selects, what uses it, and its earlier versions; restoring and deleting."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from campaigns import removing
from campaigns.removing import RemovalRefusedError
from subscribers.errors import InputError
from subscribers.models import Segment
from subscribers.segments import saved_segments, stored_counts
from subscribers.segments.grammar import SegmentError
from web.console.console_page import actor_of, show
from web.console.segments.segment_list import facts_of
from web.console.segments.segment_people import people_of
from web.texts import refusal_texts, stored_texts
from web.texts.people import input_faults
from web.texts.people.shown_people import shown_conditions
from web.texts.segment_sentences import SegmentSentences
from web.whole_numbers import whole_number


def segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """`?people=1` also shows some of its people and their numbers by list and language."""
    shown = get_object_or_404(Segment, pk=segment_id)
    return _page(request, shown)


def _page(request: HttpRequest, shown: Segment, status: int = 200, problem: str = "") -> HttpResponse:
    sentences, fault = SegmentSentences(), saved_segments.faults_of([shown]).get(shown.pk)
    counted = [] if fault else [stored_counts.of_segment(shown)]
    known = [*stored_counts.for_page(counted).values()]
    newest, earlier = None, [*saved_segments.versions(shown)]
    if earlier:
        newest = earlier.pop(0)
    texts = [shown_conditions(request.user, version.text) for version in earlier]
    return show(
        request, "console/segments/segment.html", status, problem=problem, uses=removing.uses_of_segment(shown),
        known=known[0] if known else stored_counts.NEVER, newest=newest,
        earlier=[(version, text, sentences.sentence_of(text)) for version, text in zip(earlier, texts, strict=True)],
        people=people_of(request, shown.text) if request.GET.get("people") and not fault else None,
        **facts_of(request, shown, sentences, fault),
    )  # fmt: skip


def restore(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Give the segment the text, name and note of an earlier version."""
    changed = get_object_or_404(Segment, pk=segment_id)
    number = whole_number(request.POST.get("version", ""))
    version = saved_segments.versions(changed).filter(pk=number).first() if number is not None else None
    if version is None:
        return _refused(request, segment_id, _("Choose an earlier version that is in the list."))
    try:
        saved_segments.restore(actor_of(request), changed, version)
    except SegmentError as error:
        return _refused(request, segment_id, stored_texts.segment_fault(error))
    except InputError as fault:
        return _refused(request, segment_id, input_faults.text(fault))
    messages.success(request, _("The earlier version is the segment's text again."))
    return redirect("people-segment", segment_id=segment_id)


def _refused(request: HttpRequest, segment_id: int, why: str) -> HttpResponse:
    problem = _("Nothing was changed, because this version is no longer valid. %(problem)s") % {"problem": why}
    return _page(request, get_object_or_404(Segment, pk=segment_id), 422, problem)


def delete(request: HttpRequest, segment_id: int) -> HttpResponse:
    """GET says whether the segment can be deleted, else what uses it; POST deletes it."""
    doomed = Segment.objects.filter(pk=segment_id).first()
    if doomed is None:
        if request.method == "POST":  # a doubled click
            return redirect("people-segments")
        raise Http404
    values: dict[str, Any] = {"segment": doomed, "problem": ""}
    if request.method == "POST":
        try:
            removing.delete_segment(actor_of(request), doomed)
        except RemovalRefusedError as refused:
            values["problem"] = refusal_texts.refusal(refused)
        else:
            messages.success(request, _("The segment “%(name)s” is deleted.") % {"name": str(doomed)})
            return redirect("people-segments")
    uses = removing.uses_of_segment(doomed)
    return show(request, "console/segments/delete.html", 422 if values["problem"] else 200, uses=uses, **values)
