"""Decides which variant of an issue each recipient gets. The forecast and the fill use the same query.

A person's variant depends on the language they are served in and on the issue's conditions, both evaluated at the fill.
The fill stores the variant with the delivery, so later changes do not affect it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Expression, Q, QuerySet, SmallIntegerField, Value, When

from campaigns.audience.audiences import people_of
from campaigns.models import Campaign, Delivery
from composer.issue import languages
from composer.issue.variants import Choice, choose_for_anybody
from editorial.models import IssueVersion
from editorial.stored_variants import choices_of, outline
from subscribers.models import Subscriber
from subscribers.segments import compiler


@dataclass(frozen=True, slots=True)
class VariantLine:
    """One variant with its numbers. `holds`: the outcomes of the conditions that lead to it; empty: everybody of its language.

    In a forecast `accepted` and `delivered` are 0.
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
    """An expression over `people` that gives each person's variant; None where everybody gets the same one.

    Raises SegmentError where a condition is no longer valid.
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
    """Offered language -> the subscribers' languages that it serves. There are few, so each is matched once, not per person.

    A language that appears only after this query gets the first offered language.
    """
    offered = [choice.language for choice in choices]
    served: dict[str, list[str]] = {}
    for language in people.order_by().values_list("language", flat=True).distinct():
        served.setdefault(languages.best_language(language, offered), []).append(language)
    return served


def _outcome(choice: Choice) -> Expression:
    """The variant number by the outcome of the comparisons. A comparison that no longer matters is left out."""
    conditions = [compiler.compile_comparison(text) for text in choice.comparisons]

    def decide(numbers: Sequence[int], asked: Sequence[Q]) -> Expression:
        if len(set(numbers)) == 1:
            return Value(numbers[0], output_field=SmallIntegerField())
        # The last comparison is the highest bit: the first half applies where it is false.
        half = len(numbers) // 2
        fails, holds = decide(numbers[:half], asked[:-1]), decide(numbers[half:], asked[:-1])
        return Case(When(asked[-1], then=holds), default=fails, output_field=SmallIntegerField())

    return decide(choice.numbers, conditions)


def require_askable(version: IssueVersion) -> None:
    """Raise SegmentError where a condition is no longer valid: a list or attribute that it names was deleted, or a segment asks
    who clicked now.
    """
    for choice in choices_of(version):
        for text in choice.comparisons:
            compiler.compile_comparison(text)


# ------------------------------------------------------------------------------------------------------------- forecast
def forecast_of(campaign: Campaign) -> list[VariantLine]:
    """How many people would get each variant of a campaign that is not filled yet, by the fill's own query.

    Raises SegmentError.
    """
    version, people = campaign.version, people_of(campaign)
    number = number_of(version, people)
    if number is None:
        return lines(version, {0: {"recipients": people.count()}})
    counts = people.order_by().values(variant=number).annotate(people=Count("pk")).values_list("variant", "people")
    return lines(version, {variant: {"recipients": count} for variant, count in counts})


def lines(version: IssueVersion, counts: Mapping[int, Mapping[str, int]]) -> list[VariantLine]:
    """Every variant with its numbers: recipients, accepted, delivered."""
    return [VariantLine(**{**variant_fields, **counts.get(variant_fields["variant"], {})}) for variant_fields in outline(version)]


# ------------------------------------------------------------------------------------------------------------ one person
def of_person(campaign: Campaign, person: Subscriber, recipient: int | None = None) -> int:
    """The variant that this person was sent, otherwise the default variant for their language.

    `recipient`: the record that got the campaign, if it was merged into `person` since.
    """
    who = recipient or person.pk
    sent = Delivery.objects.filter(campaign_id=campaign.pk, subscriber_id=who).values_list("variant", flat=True).first()
    return sent if sent is not None else of_language(campaign.version, person.language)


def of_language(version: IssueVersion, language: str) -> int:
    """The default variant for this language, as the archive shows it: nothing but the language is known of the reader."""
    return choose_for_anybody(language, choices_of(version))
