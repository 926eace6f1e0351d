"""Who could be mailed, in numbers: lists by standing, suppressions by reason, segments with their size.

The numbers are stored ones (subscribers.segments.stored_counts): opening a page counts nothing that takes long; its button does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config import statement_limits
from subscribers.models import MailingList, Segment, Subscription
from subscribers.segments import compiler
from subscribers.segments import stored_counts as counts
from subscribers.segments.grammar import SegmentError
from web.console.console_page import show

STANDINGS = tuple(Subscription.State.values)


@dataclass(frozen=True)
class ListLine:
    """One list: how many stand how towards it, and how many of them may be mailed now; None where nobody has counted yet."""

    mailing_list: MailingList
    counts: list[tuple[str, int | None]]
    mailable: int | None


@dataclass(frozen=True)
class SegmentLine:
    """One segment: how many it matched when, or why it does not hold any more."""

    segment: Segment
    people: int | None
    known: counts.Known
    fault: str


@require_safe
def subscribers(request: HttpRequest) -> HttpResponse:
    wanted = {counts.AUDIENCE: ""}
    counts.count_quickly([(counts.known(wanted)[counts.AUDIENCE], counts.count_audience)])
    known = counts.known(wanted)[counts.AUDIENCE]
    figures = known.figures or {}
    suppressed = figures.get("suppressed", [])
    return show(
        request,
        "console/subscribers.html",
        lines=[_list_line(each, known.figures) for each in MailingList.objects.order_by("name", "id")],
        standings=STANDINGS,
        known=known,
        people=figures.get("people"),
        erased=figures.get("erased"),
        suppressed=suppressed,
        suppressed_count=sum(count for _reason, count in suppressed) if figures else None,
    )


def _list_line(mailing_list: MailingList, figures: counts.Figures | None) -> ListLine:
    if figures is None or str(mailing_list.pk) not in figures["mailable"]:  # a list that was made since
        return ListLine(mailing_list, [(state, None) for state in STANDINGS], None)
    standing = {(list_id, state): people for list_id, state, people in figures["standing"]}
    found: list[tuple[str, int | None]] = [(state, standing.get((mailing_list.pk, state), 0)) for state in STANDINGS]
    return ListLine(mailing_list, found, figures["mailable"][str(mailing_list.pk)])


@require_POST
def count_subscribers(request: HttpRequest) -> HttpResponse:
    """Count again, and show the page with the new numbers."""
    _tell(request, counts.count_audience(statement_limits.WEB))
    return redirect("subscribers")


@require_safe
def segment_list(request: HttpRequest) -> HttpResponse:
    found = list(Segment.objects.order_by("slug"))
    wanted = {counts.name_of(each): each.text for each in found}
    before = counts.known(wanted)
    counts.count_quickly((before[counts.name_of(each)], partial(_count, each)) for each in found)
    known = counts.known(wanted)
    lines = [_segment_line(each, known[counts.name_of(each)]) for each in found]
    return show(request, "console/segments.html", lines=lines, fields=compiler.field_names())


def _segment_line(segment: Segment, known: counts.Known) -> SegmentLine:
    try:
        compiler.compile(segment.text)
    except SegmentError as error:
        return SegmentLine(segment, None, known, str(error))
    return SegmentLine(segment, (known.figures or {}).get("people"), known, "")


@require_POST
def count_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Count one segment again, and show the page with the new number."""
    found = Segment.objects.filter(pk=segment_id).first()
    if found is None:
        raise Http404
    _tell(request, _count(found, statement_limits.WEB))
    return redirect("segments")


def _count(segment: Segment, within: timedelta) -> counts.Outcome:
    try:
        return counts.count_segment(segment, within)
    except SegmentError:
        return counts.Outcome.COUNTED  # nothing to count: the page says what is wrong with it


def _tell(request: HttpRequest, outcome: counts.Outcome) -> None:
    if outcome is counts.Outcome.BUSY:
        messages.info(request, _("Another count is running. The page shows the last known number; try again in some seconds."))
