"""The people whom a text selects: how many, some of them, and their numbers by list and by language."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.http import HttpRequest

from subscribers.models import Subscriber
from subscribers.segments import estimates
from subscribers.segments.estimates import Breakdown, Estimate
from web.texts.people.shown_people import shown_address, shown_name


class PersonLine(NamedTuple):
    """A person with what the role may see."""

    person: Subscriber
    address: str
    name: str


class SelectedPeople(NamedTuple):
    """`number` and `breakdown` are None if even an estimate takes too long."""

    number: Estimate | None
    breakdown: Breakdown | None
    sample: Sequence[PersonLine]


def people_of(request: HttpRequest, text: str, within: timedelta = estimates.QUICK) -> SelectedPeople:
    """`within`: the time for exact numbers; without it, they are estimated if they take longer than a part of a second.

    Raises SegmentError.
    """
    sample = [
        PersonLine(person, shown_address(request.user, person.address), shown_name(request.user, person.name))
        for person in estimates.sample(text)
    ]
    return SelectedPeople(estimates.estimate(text, within), estimates.by_list_and_language(text, within), sample)
