"""What a condition of the builder can be compared with: the values that exist, with how many people have each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from campaigns.follow_ups.recorded_outcomes import campaigns_with_names
from campaigns.models import Campaign
from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers.models import MailingList, Segment, Subscription
from subscribers.people import list_counts
from subscribers.segments import stored_counts, value_counts
from subscribers.segments.builder_model import ValueKind
from web.texts.people import list_texts
from web.texts.segment_sentences import ORIGINS, SegmentSentences

MOST_CAMPAIGNS = 100  # the newest


class ValueChoice(NamedTuple):
    """A value with its name, and how many people have it; None if nobody counted."""

    value: str
    label: str
    people: int | None = None


class ChoiceLists:
    """The choices of each field, for one page. Only fields that the page shows are read."""

    def __init__(self, sentences: SegmentSentences) -> None:
        self._sentences = sentences

    def of(self, field: str, chosen: Iterable[str] = ()) -> list[ValueChoice]:
        """The values to choose from; `chosen` ones that nobody has any more are among them, where others cannot be typed."""
        offered = self._offered(field)
        known = {choice.value for choice in offered}
        gone = [] if self.is_open(field) else [value for value in dict.fromkeys(chosen) if value not in known]
        return [*offered, *(ValueChoice(value, self._sentences.value(field, value)) for value in gone)]

    def is_open(self, field: str) -> bool:
        """Whether values can be typed that are not among the choices."""
        return self._sentences.kinds.get(field) in (ValueKind.TEXT, ValueKind.WORDS, ValueKind.NUMBER)

    def _offered(self, field: str) -> Sequence[ValueChoice]:
        kind, is_own = self._sentences.kinds.get(field), field in self._sentences.declared
        if kind is ValueKind.NAMED and field == "list":
            return self._lists
        if kind is ValueKind.NAMED and field == "segment":
            return self._segments
        if kind is ValueKind.CAMPAIGN:  # how many of its recipients got it is another number
            measured = self._measured_campaigns if field == "clicked" else None
            campaigns = [choice for choice in self._campaigns if measured is None or choice.value in measured]
            return [choice if field == "was_to_get" else choice._replace(people=None) for choice in campaigns]
        fixed = {"list_state": [*Subscription.State], "origin": [*ORIGINS], "bounce_cause": [*CAUSES]}
        if kind in (ValueKind.NAMED, ValueKind.CAUSE):
            return [ValueChoice(value, self._sentences.value(field, value)) for value in fixed[field]]
        if is_own:
            return self._attribute(field)
        return [ValueChoice(value, self._named(field, value), people) for value, people in self._values.of_fields.get(field, ())]

    def _named(self, field: str, value: str) -> str:
        return value if field in ("domain", "email", "name") else self._sentences.value(field, value)

    @cached_property
    def _values(self) -> value_counts.ValueCounts:
        return value_counts.frequent()

    def _attribute(self, name: str) -> list[ValueChoice]:
        if self._sentences.kinds[name] not in (ValueKind.TEXT, ValueKind.WORDS):
            return []
        counted = dict(self._values.of_attributes.get(name, ()))
        declared, language = self._sentences.declared[name], list_texts.reader_language()
        values = dict.fromkeys([*declared.values, *counted])
        return [ValueChoice(value, declared.value_in(language, value), counted.get(value)) for value in values]

    @cached_property
    def _lists(self) -> list[ValueChoice]:
        confirmed, numbers = list_counts.totals(), dict(MailingList.objects.values_list("slug", "pk"))
        return [
            ValueChoice(slug, name, confirmed.get(numbers.get(slug, 0), {}).get(Subscription.State.CONFIRMED))
            for slug, name in self._sentences.lists.items()
        ]

    @cached_property
    def _segments(self) -> list[ValueChoice]:
        counts = {segment.slug: stored_counts.of_segment(segment) for segment in Segment.objects.all()}
        known = stored_counts.known([*counts.values()])
        return [
            ValueChoice(slug, name, (known[counts[slug].name].figures or {}).get("people") if slug in counts else None)
            for slug, name in self._sentences.segments.items()
        ]

    @cached_property
    def _campaigns(self) -> list[ValueChoice]:
        newest = Campaign.objects.exclude(recipients=None).order_by("-pk").values_list("pk", "recipients")[:MOST_CAMPAIGNS]
        return [ValueChoice(str(number), self._sentences.value("got", str(number)), people) for number, people in newest]

    @cached_property
    def _measured_campaigns(self) -> frozenset[str]:
        return frozenset(map(str, campaigns_with_names().values_list("pk", flat=True)))
