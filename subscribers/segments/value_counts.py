"""The values of fields that people have, with how many have them, for the choices of the builder of segments.

They are stored as a count (`stored_counts`): a page reads them again only when they are old.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from subscribers.segments import stored_counts, value_counts_sql
from subscribers.segments.stored_counts import Figures, PeopleCount

LEAST = 3  # people, so that no choice says something about one person
WITHIN = timedelta(seconds=1)
MOST = 40  # values of a field; others are typed
_ATTRIBUTE = "attribute:"


class ValueCount(NamedTuple):
    """A value and the people who have it."""

    value: str
    people: int


class ValueCounts(NamedTuple):
    """Field or attribute -> its frequent values, most people first. `is_exact`: everybody was counted, not a sample."""

    of_fields: Mapping[str, Sequence[ValueCount]]
    of_attributes: Mapping[str, Sequence[ValueCount]]
    is_exact: bool


def _figures() -> Figures:
    rows, each_stands_for = value_counts_sql.values(LEAST, MOST)
    fields: Figures = {}
    for field, value, people in rows:
        fields.setdefault(field, []).append([value, round(people * each_stands_for)])
    return {"fields": fields, "is_exact": each_stands_for <= 1}


VALUES = PeopleCount("values", "", _figures)


def frequent() -> ValueCounts:
    """The frequent values as they were counted last."""
    figures = stored_counts.up_to_date(VALUES, WITHIN).figures or {"fields": {}, "is_exact": False}
    named = {field: [ValueCount(value, people) for value, people in rows] for field, rows in figures["fields"].items()}
    return ValueCounts(
        {field: rows for field, rows in named.items() if not field.startswith(_ATTRIBUTE)},
        {field.removeprefix(_ATTRIBUTE): rows for field, rows in named.items() if field.startswith(_ATTRIBUTE)},
        figures["is_exact"],
    )
