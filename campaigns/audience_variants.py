"""Who gets which variant of a campaign's issue: the same query for the fill that decides it and for the forecast before it.

A person's variant follows from the language they are served in and from the comparisons of its conditions, both as they are at
the moment of the fill; from then on it stands in their delivery.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Expression, Q, QuerySet, SmallIntegerField, Value, When

from campaigns.models import Campaign, Delivery
from composer.issue import languages
from composer.issue.variants import Choice, choose_for_anybody
from editorial.models import IssueVersion
from editorial.stored_variants import choices_of, outline
from subscribers.models import MailingList, Subscriber
from subscribers.segments import compiler, recipients


@dataclass(frozen=True, slots=True)
class VariantLine:
    """One variant in numbers. `holds`: the outcomes of the conditions that lead to it; empty: everybody of its language.

    In a forecast nobody is accepted yet.
    """

    variant: int
    language: str
    subject: str
    holds: list[str]
    recipients: int = 0
    accepted: int = 0
    delivered: int = 0


# ----------------------------------------------------------------------------------------------------------------- fill
def number_of(version: IssueVersion, people: QuerySet[Subscriber]) -> Expression | None:
    """Each one's variant as an expression over `people`; None where all get the same.

    Raises SegmentError where a condition cannot be asked any more.
    """
    choices = choices_of(version)
    if not any(number for choice in choices for number in choice.numbers):
        return None
    served = _served(people, choices) if len(choices) > 1 else {}
    return Case(
        *(
            When(language__in=served[choice.language], then=_outcome(choice))
            for choice in choices[1:]
            if choice.language in served
        ),
        default=_outcome(choices[0]),
        output_field=SmallIntegerField(),
    )


def _served(people: QuerySet[Subscriber], choices: Sequence[Choice]) -> dict[str, list[str]]:
    """Language offered -> those that are read and that it serves. Few: each is looked at once, and not once per person.

    A language that nobody read until this moment is served by the first.
    """
    offered = [choice.language for choice in choices]
    served: dict[str, list[str]] = {}
    for wanted in people.order_by().values_list("language", flat=True).distinct():
        served.setdefault(languages.serving(wanted, offered), []).append(wanted)
    return served


def _outcome(choice: Choice) -> Expression:
    """The number by the outcome of the comparisons; what decides nothing any more is not asked."""
    conditions = [compiler.compile(text) for text in choice.comparisons]

    def decide(numbers: Sequence[int], asked: Sequence[Q]) -> Expression:
        if len(set(numbers)) == 1:
            return Value(numbers[0], output_field=SmallIntegerField())
        # The last comparison is the highest bit: where it does not hold the first half applies.
        half = len(numbers) // 2
        fails, holds = decide(numbers[:half], asked[:-1]), decide(numbers[half:], asked[:-1])
        return Case(When(asked[-1], then=holds), default=fails, output_field=SmallIntegerField())

    return decide(choice.numbers, conditions)


def require_askable(version: IssueVersion) -> None:
    """Raises SegmentError where a condition cannot be asked any more: a list or an attribute that it names is gone."""
    for choice in choices_of(version):
        for text in choice.comparisons:
            compiler.compile(text)


# ------------------------------------------------------------------------------------------------------------- forecast
def forecast(version: IssueVersion, lists: Iterable[MailingList], segment_text: str | None = None) -> list[VariantLine]:
    """How many would get each variant now, by the query of the fill. Raises SegmentError."""
    people = recipients.recipients(list(lists), segment_text)
    number = number_of(version, people)
    if number is None:
        return lines(version, {0: {"recipients": people.count()}})
    counts = people.order_by().values(variant=number).annotate(people=Count("pk")).values_list("variant", "people")
    return lines(version, {variant: {"recipients": count} for variant, count in counts})


def forecast_of(campaign: Campaign) -> list[VariantLine]:
    """The forecast for a campaign that is not filled yet. Raises SegmentError."""
    return forecast(campaign.version, campaign.lists.all(), segment_of(campaign))


def segment_of(campaign: Campaign) -> str | None:
    """The text of its segment: as it is now for a draft, else as it was when the campaign was scheduled."""
    drafted = campaign.segment.text if campaign.segment else None
    return drafted if campaign.state == "draft" else campaign.segment_text or None


def lines(version: IssueVersion, counts: Mapping[int, Mapping[str, int]]) -> list[VariantLine]:
    """Every variant with its numbers: recipients, accepted, delivered."""
    return [VariantLine(**{**one, **counts.get(one["variant"], {})}) for one in outline(version)]


# ------------------------------------------------------------------------------------------------------------ one person
def of_person(campaign: Campaign, person: Subscriber) -> int:
    """The variant that this person was sent; where they were sent none, the one for their language and nothing known of them."""
    sent = Delivery.objects.filter(campaign_id=campaign.pk, subscriber_id=person.pk).values_list("variant", flat=True).first()
    return sent if sent is not None else of_language(campaign.version, person.language)


def of_language(version: IssueVersion, language: str) -> int:
    """The variant for a reader of this language of whom nothing else is known, as in the archive."""
    return choose_for_anybody(language, choices_of(version))
