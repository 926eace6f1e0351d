"""The search for people: what is typed comes by POST, the other conditions are in the URL."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers import attributes
from subscribers.attributes import Declared, Type
from subscribers.models import MailingList, Segment, Subscriber, Suppression
from subscribers.people import result_counts, search
from subscribers.people.people_filter import STATES, PeopleFilter
from subscribers.people.result_counts import Precision, ResultCount
from subscribers.people.search import FoundPeople
from subscribers.people.typed_text import NOTHING, TypedText
from subscribers.segments.grammar import SegmentError
from web.console.console_page import show
from web.console.people import people_filters, people_rows
from web.texts import stored_texts
from web.texts.people import list_texts
from web.whole_numbers import whole_number


def people(request: HttpRequest) -> HttpResponse:
    """GET shows a page of the people found; POST keeps what was typed and leads there. `table=1`: only the table."""
    given: QueryDict = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        query = people_filters.query_string(given, people_filters.NAMES, **people_filters.keep(request, request.POST))
        return redirect(f"/console/subscribers/?{query}{'&table=1' if given.get('table') else ''}")
    asked, problems, typed = people_filters.read(request, given)
    after, is_table = whole_number(given.get("after", "")), bool(given.get("table"))
    people_page = FoundPeople([], None, False)
    try:
        if not problems:
            people_page = _page(asked, after)
            if not people_page.people and after is None and asked.text and not asked.inside and search.is_small():
                asked, given = replace(asked, inside=True), QueryDict(people_filters.query_string(given, part="1"))
                people_page = _page(asked, after)
    except SegmentError as fault:
        problems.append(stored_texts.segment_fault(fault))
    rows = people_rows.rows(request, people_page.people, TypedText.of(asked.text) if asked.inside else NOTHING)
    exact = _exact(request, asked, people_page) if after is None else []
    return show(
        request, "console/people/_results.html" if is_table else "console/people/search.html", asked=asked, typed=typed,
        problems=problems, people_page=people_page,
        rows=rows, details_heading=people_rows.details_heading(rows), exact=exact, columns=people_rows.columns([*rows, *exact]),
        query=people_filters.query_string(given),
        inside=people_filters.query_string(given, part="1") if asked.text and not asked.inside else "",
        is_first=asked == PeopleFilter() and not Subscriber.objects.exists(), after=after,
        count=_count(asked, people_page, after) if not problems else None,
        everywhere=people_filters.query_string({}, q=given.get("q")) if _has_conditions(asked) else "",
        conditions=[(name, value) for name in people_filters.NAMES if (value := given.get(name))], **_choices(),
    )  # fmt: skip


def _page(asked: PeopleFilter, after: int | None) -> FoundPeople:
    """A page of people; on the first one, who has exactly the typed address comes first, and on the only one exactly the name."""
    people_page = search.page(asked, after)
    if after is not None:
        return people_page
    people = people_page.people
    if (holder := search.holder(asked)) is not None:
        people = [holder, *(person for person in people if person != holder)]
    elif asked.text and people_page.after is None:
        people = sorted(people, key=lambda person: person.name != asked.text)
    return people_page._replace(people=people)


def _count(asked: PeopleFilter, people_page: FoundPeople, after: int | None) -> ResultCount | None:
    """How many people the filter means, without a slow count; None on a later page, and where the search is not at its end."""
    if people_page.is_partial:
        return None
    if after is None and people_page.after is None:
        return ResultCount(len(people_page.people))
    return result_counts.of(asked) or (ResultCount(search.PAGE, Precision.MORE_THAN) if after is None else None)


def _exact(request: HttpRequest, asked: PeopleFilter, people_page: FoundPeople) -> list[people_rows.PersonRow]:
    """The person whose address was typed, if the search does not find it: they had it before they moved or were merged."""
    if "@" not in asked.text:
        return []
    person = search.by_address(asked.text)
    return people_rows.rows(request, [person]) if person and person not in people_page.people else []


def _has_conditions(asked: PeopleFilter) -> bool:
    """Whether the search has conditions besides its text."""
    return bool(asked.text) and replace(asked, text="", inside=False) != PeopleFilter()


class _AttributeChoice(NamedTuple):
    """An attribute in the form, with its known values; without any, a value is typed."""

    name: str
    label: str
    values: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, name: str, facts: Declared) -> Self:
        language = list_texts.reader_language()
        known = [(value, facts.value_in(language, value)) for value in facts.values]
        if facts.type is Type.YESNO:
            known = [(attributes.as_text(value), str(label)) for value, label in list_texts.YES_NO.items()]
        return cls(name, facts.label_in(language), [(f"{name}{people_filters.CHOSEN}{value}", label) for value, label in known])


def _choices() -> dict[str, Any]:
    return {
        "lists": MailingList.objects.order_by("name", "id"), "segments": Segment.objects.order_by("name", "slug"),
        "states": STATES, "languages": search.languages(), "causes": [*CAUSES], "reasons": [*Suppression.Reason],
        "attributes": [_AttributeChoice.of(name, facts) for name, facts in attributes.declarations().items()],
    }  # fmt: skip
