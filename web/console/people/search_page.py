"""The search for people: what is typed comes by POST, the other conditions are in the URL."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers.models import MailingList, Segment, Subscriber, Suppression
from subscribers.people import search
from subscribers.people.people_filter import STATES, PeopleFilter
from subscribers.people.search import FoundPeople
from subscribers.segments.grammar import SegmentError
from web.console.console_page import show
from web.console.people import people_filters, people_rows, typed_searches
from web.texts import stored_texts
from web.whole_numbers import whole_number


def people(request: HttpRequest) -> HttpResponse:
    """GET shows a page of the people found; POST keeps what was typed and leads there. `table=1`: only the table."""
    given = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        number = typed_searches.keep(request, given.get("text", ""))
        query = people_filters.query_string(given, q=str(number or ""), part=None)
        return redirect(f"/console/subscribers/?{query}{'&table=1' if given.get('table') else ''}")
    asked, problems = people_filters.read(request, given)
    after = whole_number(given.get("after", ""))
    people_page = FoundPeople([], None, False)
    try:
        people_page = people_page if problems else search.page(asked, after)
    except SegmentError as fault:
        problems.append(stored_texts.segment_fault(fault))
    template = "console/people/_results.html" if given.get("table") else "console/people/search.html"
    return show(
        request, template, asked=asked, problems=problems, people_page=people_page,
        rows=people_rows.rows(request, people_page.people),
        exact=_exact(request, asked, people_page) if after is None else [], query=people_filters.query_string(given),
        inside=people_filters.query_string(given, part="1") if asked.text and not asked.inside else "",
        is_first=asked == PeopleFilter() and not Subscriber.objects.exists(), number=given.get("q", ""), after=after,
        conditions=[(name, value) for name in people_filters.NAMES if (value := given.get(name))], **_choices(),
    )  # fmt: skip


def _exact(request: HttpRequest, asked: PeopleFilter, people_page: FoundPeople) -> list[people_rows.PersonRow]:
    """The person whose address was typed, if the search does not find it: they had it before they moved or were merged."""
    if "@" not in asked.text:
        return []
    person = search.by_address(asked.text)
    return people_rows.rows(request, [person]) if person and person not in people_page.people else []


def _choices() -> dict[str, Any]:
    return {
        "lists": MailingList.objects.order_by("name", "id"), "segments": Segment.objects.order_by("slug"), "states": STATES,
        "languages": search.languages(), "causes": [*CAUSES], "reasons": [*Suppression.Reason],
    }  # fmt: skip
