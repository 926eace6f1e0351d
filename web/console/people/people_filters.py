"""The filter for people in the URL of a page: read, and written. `q` is the number of a typed text."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers.models import MailingList, Segment, Suppression
from subscribers.people.people_filter import STATES, PeopleFilter
from web.console.people import typed_searches
from web.whole_numbers import whole_number

NAMES = ("q", "part", "list", "state", "segment", "language", "cause", "since", "until")


class ReadFilter(NamedTuple):
    """The filter of a URL, and what is wrong with the URL."""

    asked: PeopleFilter
    problems: list[str]


def read(request: HttpRequest, given: QueryDict) -> ReadFilter:
    """The filter that a URL or a form names. A condition that cannot be read is a problem, never left out silently."""
    problems = []
    text: str | None = ""
    if number := given.get("q", ""):
        text = typed_searches.text_of(request, number)
        if text is None:
            problems.append(_("This search is not known any more. Type it again."))
    list_id = _known(given.get("list", ""), MailingList, _("This list does not exist any more."), problems)
    segment_id = _known(given.get("segment", ""), Segment, _("This segment does not exist any more."), problems)
    state, cause = given.get("state", ""), given.get("cause", "")
    if state and state not in STATES:
        problems.append(_("Choose one of the states."))
    if cause and cause not in {*CAUSES, *Suppression.Reason}:
        problems.append(_("Choose one of the causes."))
    since, until = (_day(given.get(name, ""), problems) for name in ("since", "until"))
    if since and until and since > until:
        problems.append(_("The first day is after the last day."))
    asked = PeopleFilter(
        text=text or "", inside=given.get("part") == "1", list_id=list_id, state=state, segment_id=segment_id,
        language=given.get("language", "")[:40], cause=cause, since=since, until=until,
    )  # fmt: skip
    return ReadFilter(asked, problems)


def _known(given: str, model: type[MailingList] | type[Segment], problem: str, problems: list[str]) -> int | None:
    if not given:
        return None
    number = whole_number(given)
    if number is None or not model.objects.filter(pk=number).exists():
        problems.append(problem)
    return number


def _day(given: str, problems: list[str]) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        problems.append(_("Write a day like 2026-03-31."))
        return None


def query_string(given: Mapping[str, str], names: Sequence[str] = NAMES, **changed: str | None) -> str:
    """The conditions of a URL as its query, with these changed; None removes one."""
    values = {name: given.get(name, "") for name in names} | changed
    return urlencode({name: value for name, value in values.items() if value})
