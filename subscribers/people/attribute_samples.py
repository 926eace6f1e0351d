"""Common values of the publication's attributes, which forms suggest.

They come from the newest subscribers, so that the query costs the same for every size of the list.
"""

from collections import Counter
from collections.abc import Mapping

from subscribers.attributes import Type
from subscribers.models import Subscriber

NEWEST = 1000  # subscribers
MOST_VALUES = 12  # an attribute with more values is typed, not chosen
LEAST_PEOPLE = 3  # so that no suggestion says something about one person


def common_values(schema: Mapping[str, Type]) -> dict[str, tuple[str, ...]]:
    """Attribute -> its values that several people share, in alphabetical order. Only texts and words, where they are few."""
    names = [name for name, attribute_type in schema.items() if attribute_type in (Type.TEXT, Type.WORDS)]
    if not names:
        return {}
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for attributes in Subscriber.objects.order_by("-pk").values_list("attributes", flat=True)[:NEWEST]:
        for name in names:
            stored = attributes.get(name)
            counts[name].update(
                {text for text in (stored if isinstance(stored, list) else [stored]) if isinstance(text, str) and text}
            )
    shared = {name: sorted(value for value, people in tally.items() if people >= LEAST_PEOPLE) for name, tally in counts.items()}
    return {name: tuple(values) if len(values) <= MOST_VALUES else () for name, values in shared.items()}
