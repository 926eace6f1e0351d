"""A real subscriber as the reader of a preview: the values and the variant that they would get."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import BooleanField, Case, Value, When

from composer.composition import ComposedVariant, Composition
from composer.issue import languages
from editorial.previewing.sample_reader import Reader
from subscribers.models import Subscriber
from subscribers.segments import compiler


@dataclass(frozen=True, slots=True)
class SubscriberReader(Reader):
    """`truths`: comparison in the issue -> whether it holds for this person."""

    truths: Mapping[str, bool] = field(default_factory=dict)

    def own(self, composition: Composition) -> ComposedVariant:
        served = languages.best_language(self.language, [choice.language for choice in composition.choices])
        choice = next(choice for choice in composition.choices if choice.language == served)
        return composition.variants[choice.number([self.truths.get(text, False) for text in choice.comparisons])]


def reader_of(person: Subscriber, composition: Composition, variant: int | None = None) -> SubscriberReader:
    """The person as a reader. Conditions are asked of the database, in the same words as when a campaign is filled.

    Raises SegmentError if a condition is no longer valid.
    """
    texts = list(dict.fromkeys(text for choice in composition.choices for text in choice.comparisons))
    truths: dict[str, bool] = {}
    if texts:
        asked = {
            f"holds_{at}": Case(
                When(compiler.compile_comparison(text), then=Value(value=True)),
                default=Value(value=False),
                output_field=BooleanField(),
            )
            for at, text in enumerate(texts)
        }
        row = Subscriber.objects.filter(pk=person.pk).annotate(**asked).values_list(*asked).first()
        truths = dict(zip(texts, row or (), strict=False))
    return SubscriberReader(person.name, person.language, {}, variant, person.address or "", truths)
