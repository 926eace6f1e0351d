"""The builder of segments: a new one and changes of a stored one, and the answers to its script while somebody builds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from campaigns import removing
from config import statement_limits
from subscribers.errors import InputError
from subscribers.models import Segment
from subscribers.segments import compiler, estimates, language_check, saved_segments
from subscribers.segments.grammar import LONGEST, SegmentError
from web.console.console_page import actor_of, show
from web.console.segments.builder_form import BuilderForm
from web.console.segments.builder_rows import JOINS, BuilderRows
from web.console.segments.segment_people import people_of
from web.texts import stored_texts
from web.texts.people import input_faults
from web.texts.people.shown_people import require_sight, shown_conditions
from web.texts.segment_sentences import SegmentSentences
from web.whole_numbers import whole_number


@dataclass(frozen=True)
class TextFault:
    """What is wrong with the text; `column` counts from 1, 0 for a fault that is not at a character."""

    problem: str
    column: int = 0


def new(request: HttpRequest) -> HttpResponse:
    """A new segment; `?copy=7` begins with the conditions of another one."""
    sentences = SegmentSentences()
    if request.method == "POST":
        return _answer(request, sentences, BuilderForm.of_post(sentences.kinds, request.POST), None)
    form = BuilderForm(sentences.kinds)
    if (number := whole_number(request.GET.get("copy", ""))) is not None:
        copied = get_object_or_404(Segment, pk=number)
        if (refused := _unsighted(request, copied)) is not None:
            return refused
        form = BuilderForm.of_segment(sentences.kinds, copied)
        form = replace(form, name=_("%(name)s (copy)") % {"name": form.name})
    return _page(request, sentences, form, None)


def edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, sentences = get_object_or_404(Segment, pk=segment_id), SegmentSentences()
    if (refused := _unsighted(request, segment)) is not None:
        return refused
    if request.method == "POST":
        return _answer(request, sentences, BuilderForm.of_post(sentences.kinds, request.POST), segment)
    newest = saved_segments.newest_version(segment)
    return _page(request, sentences, BuilderForm.of_segment(sentences.kinds, segment, newest.pk if newest else None), segment)


def _unsighted(request: HttpRequest, segment: Segment) -> HttpResponse | None:
    """The page of the segment instead of the builder, if the segment names people and the account sees no addresses and names."""
    if shown_conditions(request.user, segment.text) == segment.text:
        return None
    messages.error(request, _("This segment names people. Your role sees no addresses and names, so somebody else changes it."))
    return redirect("people-segment", segment_id=segment.pk)


def _answer(request: HttpRequest, sentences: SegmentSentences, form: BuilderForm, segment: Segment | None) -> HttpResponse:
    action = request.POST.get("action", "")
    if action != "store":
        changed = form.after(action).with_text()
        refused = action == "conditions" and changed.mode == "text"
        return _page(request, sentences, changed, segment, 422 if refused else 200, counts=action == "count")
    form = form.with_text()
    problem = ""
    try:
        if form.is_complete:
            stored = _stored(request, form, segment)
            messages.success(request, _("The segment “%(name)s” is stored.") % {"name": stored.name})
            return redirect("people-segment", segment_id=stored.pk)
    except SegmentError:
        pass  # the page says it beside the text
    except InputError as fault:
        problem = input_faults.text(fault)
    return _page(request, sentences, form, segment, 422, problem=problem, checks=True)


def _stored(request: HttpRequest, form: BuilderForm, segment: Segment | None) -> Segment:
    actor = actor_of(request)
    require_sight(request.user, form.text)
    if segment is None:
        return saved_segments.create_named(actor, form.name, form.text, description=form.note)
    return saved_segments.change(actor, segment, form.text, name=form.name, description=form.note, seen=form.seen)


def _page(
    request: HttpRequest, sentences: SegmentSentences, form: BuilderForm, segment: Segment | None, status: int = 200, *,
    problem: str = "", checks: bool = False, counts: bool = False,
) -> HttpResponse:  # fmt: skip
    form = form.with_text()
    uses = removing.uses_of_segment(segment) if segment else None
    fault = _fault(request, form, segment, checks=checks or form.mode == "text" or counts)
    return show(
        request, "console/segments/builder.html", status, segment=segment, problem=problem, uses=uses, form=form, fault=fault,
        newest=saved_segments.newest_version(segment) if segment and problem else None,
        longest=LONGEST, longest_name=saved_segments.LONGEST_NAME,
        scheduled=[campaign for campaign in uses.frozen if campaign.state == "scheduled"] if uses else [],
        people=people_of(request, form.text, statement_limits.WEB) if counts and fault is None else None,
        **_conditions(request, sentences, form, checks=checks),
    )  # fmt: skip


def _conditions(request: HttpRequest, sentences: SegmentSentences, form: BuilderForm, *, checks: bool) -> dict[str, Any]:
    """The values of the part of the page with the conditions."""
    moves = request.POST.get("action", "").startswith("remove:")  # what was typed was typed beside another row
    rows = BuilderRows(sentences, {} if moves else request.POST.dict(), checks=checks)
    return {
        "group": rows.group(form.group), "joins": JOINS.items(), "is_text": form.mode == "text",
        "sentence": sentences.sentence_of(form.text),
    }  # fmt: skip


def _fault(request: HttpRequest, form: BuilderForm, segment: Segment | None, *, checks: bool) -> TextFault | None:
    """What is wrong with the text. One that nobody has begun to write is no fault yet, unless the form `checks`."""
    if not form.text.strip() and not checks:
        return None
    try:
        compiler.check(segment.slug if segment else "", form.text)
        require_sight(request.user, form.text)
    except SegmentError as error:
        return TextFault(stored_texts.segment_fault(error), error.column)
    return None


def follow(request: HttpRequest) -> HttpResponse:
    """The form after a button of it, as JSON: the conditions as HTML, the text, the sentence, and what is wrong with the text."""
    sentences = SegmentSentences()
    segment = Segment.objects.filter(pk=whole_number(request.POST.get("segment", "")) or 0).first()
    form = BuilderForm.of_post(sentences.kinds, request.POST).after(request.POST.get("action", "")).with_text()
    fault = _fault(request, form, segment, checks=form.mode == "text")
    values = _conditions(request, sentences, form, checks=False) | {"is_text": False}
    unused = language_check.unused_languages(form.text) if fault is None and form.text.strip() else []
    return JsonResponse(
        {
            "mode": form.mode, "text": form.text, "sentence": values["sentence"],
            "conditions": render_to_string("console/segments/_conditions.html", values, request),
            "problem": fault.problem if fault else "", "column": fault.column if fault else 0,
            "notes": [_("Nobody has the language of character %(column)s.") % {"column": note.column} for note in unused],
        }
    )  # fmt: skip


def preview(request: HttpRequest) -> HttpResponse:
    """How many people a text selects, some of them, and their lists and languages, as a part of the page."""
    text, people = request.POST.get("text", "").replace("\r\n", "\n"), None
    within = statement_limits.WEB if request.POST.get("exact") else estimates.QUICK
    try:
        if text.strip():
            require_sight(request.user, text)
            people = people_of(request, text, within)
    except SegmentError:
        pass  # the page says it beside the text
    return show(request, "console/segments/_people.html", people=people)
