"""The people whom a text selects: how many, some of them, and their numbers by list and by language."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.http import HttpRequest

from subscribers.models import Subscriber
from subscribers.segments import estimates
from subscribers.segments.estimates import Breakdown, Estimate
from web.texts.people.shown_people import shown_address, shown_conditions, shown_name
from web.texts.segment_sentences import SegmentSentences

_MOST_LANGUAGES = 12


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
    # If nobody matches, the sentences of the conditions that nobody meets; None if that is not known.
    emptied_by: Sequence[str] | None

    @property
    def languages(self) -> Sequence[tuple[str, int]]:
        """The most frequent ones."""
        return self.breakdown.languages[:_MOST_LANGUAGES] if self.breakdown else ()

    @property
    def other_languages(self) -> int:
        """How many people have one of the others."""
        return sum(people for _, people in self.breakdown.languages[_MOST_LANGUAGES:]) if self.breakdown else 0


def people_of(request: HttpRequest, text: str, within: timedelta = estimates.QUICK) -> SelectedPeople:
    """`within`: the time for exact numbers; without it, they are estimated if they take longer than a part of a second.

    Raises SegmentError.
    """
    sample = [
        PersonLine(person, shown_address(request.user, person.address), shown_name(request.user, person.name))
        for person in estimates.sample(text)
    ]
    number, emptied_by = estimates.estimate(text, within), None
    if number and number.is_exact and not number.people:
        sentences, parts = SegmentSentences(), estimates.conditions_of_nobody(text)
        emptied_by = None if parts is None else [sentences.sentence_of(shown_conditions(request.user, part)) for part in parts]
    return SelectedPeople(number, estimates.by_list_and_language(text, within), sample, emptied_by)
