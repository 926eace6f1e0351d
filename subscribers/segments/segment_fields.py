"""The fields of the segment language: the comparisons and values that each takes, and the condition it becomes.

Every condition is true or false, never NULL, so that each negative comparison is exactly the opposite of the positive one:
`role != "editor"` holds for people without a role too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, Expression, F, Func, JSONField, Q, TextField, Value, When, lookups
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce

from publication import clock, measured_actions
from subscribers.addresses import ascii_domain, key_of, normalise
from subscribers.attributes import Type, half_width, in_range, read_country, read_date, read_language, read_name
from subscribers.errors import InputError
from subscribers.segments.grammar import Clause, SegmentError

OPPOSITES = {
    "!=": "=",
    "not in": "in",
    "!~": "~",
    "not startswith": "startswith",
    "not endswith": "endswith",
}
_ORDER = frozenset({"<", "<=", ">", ">="})
_LOOKUPS: dict[str, Any] = {
    "=": lookups.Exact,
    "<": lookups.LessThan,
    "<=": lookups.LessThanOrEqual,
    ">": lookups.GreaterThan,
    ">=": lookups.GreaterThanOrEqual,
    "~": lookups.IContains,
    "startswith": lookups.IStartsWith,
    "endswith": lookups.IEndsWith,
}
_AGO = re.compile(r"(\d{1,5}) days? ago", re.ASCII)


@dataclass(frozen=True)
class SegmentField:
    """One field. `test(operator, value, prefix)` is the condition for a positive operator and one value.

    `of_subscription`: the field belongs to a subscription, not to the person. `takes` is the Python type of a value.
    A field that is not `is_measured` is refused, because it would select nobody.
    """

    name: str
    operators: frozenset[str]
    takes: type | tuple[type, ...]
    described: str
    test: Callable[[str, Any, str], Q]
    empty: Callable[[str], Q] | None = None
    of_subscription: bool = False
    is_measured: bool = True

    def condition(self, clause: Clause, prefix: str) -> Q:
        """The clause as a condition; `prefix` leads from the queried model to the one with the field."""
        operator = OPPOSITES.get(clause.operator, clause.operator)
        if operator not in self.operators:
            usable = sorted(self.operators | {no for no, yes in OPPOSITES.items() if yes in self.operators})
            raise SegmentError(
                "operator", f"{self.name} cannot be compared with {clause.operator}", clause.column, "use " + " ".join(usable)
            )
        values = clause.value if isinstance(clause.value, list) else [clause.value]
        positive = reduce(or_, [self._one(operator, value, clause, at, prefix) for at, value in enumerate(values)])
        return ~positive if clause.operator in OPPOSITES else positive

    def _one(self, operator: str, value: Any, clause: Clause, at: int, prefix: str) -> Q:
        column = clause.column_of(at)
        if value is None and self.empty and operator == "=" and not isinstance(clause.value, list):
            return self.empty(prefix)
        # To Python a bool is an int; to people it is not.
        if not isinstance(value, self.takes) or (isinstance(value, bool) and self.takes is not bool):
            raise SegmentError("value", f"{self.name} is compared with {self.described}", column, _example(self))
        try:
            return self.test("=" if operator == "in" else operator, value, prefix)
        except InputError as fault:
            raise SegmentError("value", fault.message, column, fault.hint) from None


def _example(field: SegmentField) -> str:
    examples = {bool: "True", str: '"..."'}
    return f"such as {field.name} = {'5' if isinstance(field.takes, tuple) else examples[field.takes]}"


_EQUAL = frozenset({"=", "in"})
_TEXT = _EQUAL | {"~", "startswith", "endswith"}


def text_column(name: str, column: str, spelled: Callable[[str], str]) -> SegmentField:
    """A column of text; "" means that nothing is known. `spelled` brings a whole value into the spelling that is stored."""

    def test(operator: str, value: str, prefix: str) -> Q:
        return Q(_LOOKUPS[operator](F(prefix + column), Value(spelled(value) if value and operator == "=" else value)))

    return SegmentField(name, _TEXT, str, "text in quotation marks", test, lambda prefix: Q(**{prefix + column: ""}))


def _email() -> SegmentField:
    """The address. As a whole it is compared by its key, so that every spelling of the same address is found."""

    def test(operator: str, value: str, prefix: str) -> Q:
        known = Q(**{f"{prefix}address__isnull": False})
        if operator == "=":
            return known & Q(**{f"{prefix}address_key": key_of(normalise(value))})
        text = Coalesce(F(f"{prefix}address"), Value(""), output_field=TextField())
        return known & Q(_LOOKUPS[operator](text, Value(value)))

    return SegmentField(
        "email", _TEXT, str, "text in quotation marks", test, lambda prefix: Q(**{f"{prefix}address__isnull": True})
    )


def moment(name: str, column: str, zone: str, *, of_subscription: bool = False) -> SegmentField:
    """A point in time, compared by days of the publication's zone: `> D` is after the end of D, `<= D` until its end."""

    def test(operator: str, value: str, prefix: str) -> Q:
        day = read_day(value, zone)
        zone_info = clock.place_of(zone) or UTC
        starts = datetime.combine(day, time(), zone_info)
        ends = datetime.combine(day + timedelta(days=1), time(), zone_info)
        path = prefix + column
        known = Q(**{f"{path}__isnull": False})
        if operator == "=":
            return known & Q(**{f"{path}__gte": starts, f"{path}__lt": ends})
        lookup = {">": ("gte", ends), ">=": ("gte", starts), "<": ("lt", starts), "<=": ("lt", ends)}[operator]
        return known & Q(**{f"{path}__{lookup[0]}": lookup[1]})

    return SegmentField(
        name, _EQUAL | _ORDER, str, 'a day such as "2024-05-31" or "30 days ago"', test,
        lambda prefix: Q(**{f"{prefix}{column}__isnull": True}), of_subscription,
    )  # fmt: skip


def read_day(value: str, zone: str) -> date:
    """`2024-05-31`, or `30 days ago` counted from today in `zone`. Raises InputError."""
    if ago := _AGO.fullmatch(value.strip()):
        return in_range(clock.in_zone(clock.now(), zone).date() - timedelta(days=int(ago[1])))
    return in_range(read_date(value.strip()))


def attribute(name: str, attribute_type: Type, zone: str) -> SegmentField:
    """An attribute of the publication's schema. A stored value of another type counts as missing."""
    if attribute_type is Type.DATE:
        return _date_attribute(name, zone)
    fields = {Type.TEXT: _text_attribute, Type.NUMBER: _number_attribute, Type.YESNO: _yesno_attribute}
    return fields.get(attribute_type, _words_attribute)(name)


def _stored(name: str, prefix: str) -> Expression:
    # An expression and not a lookup path: an attribute may be called `contains` or `gt`.
    return KeyTransform(name, prefix + "attributes")


def _is_stored_as(name: str, prefix: str, kind: str) -> lookups.Exact:
    stored_type = Func(_stored(name, prefix), function="jsonb_typeof", output_field=TextField())
    return lookups.Exact(Coalesce(stored_type, Value(""), output_field=TextField()), Value(kind))


def _stored_text(name: str, prefix: str) -> Expression:
    text = KeyTextTransform(name, prefix + "attributes")
    return Case(When(Q(_is_stored_as(name, prefix, "string")), then=text), default=Value(""), output_field=TextField())


def _text_attribute(name: str) -> SegmentField:
    def test(operator: str, value: str, prefix: str) -> Q:
        # Values are stored in half-width characters now; those of before may have the full-width ones of the segment.
        spellings = {value, half_width(value)}
        return reduce(or_, [Q(_LOOKUPS[operator](_stored_text(name, prefix), Value(spelling))) for spelling in sorted(spellings)])

    return SegmentField(name, _TEXT, str, "text in quotation marks", test, lambda prefix: test("=", "", prefix))


def _number_attribute(name: str) -> SegmentField:
    def test(operator: str, value: int | Decimal, prefix: str) -> Q:
        number = Value(value if isinstance(value, int) else float(value), output_field=JSONField())
        return Q(_is_stored_as(name, prefix, "number")) & Q(_LOOKUPS[operator](_stored(name, prefix), number))

    return SegmentField(
        name, _EQUAL | _ORDER, (int, Decimal), "a number without quotation marks", test,
        lambda prefix: ~Q(_is_stored_as(name, prefix, "number")),
    )  # fmt: skip


def _date_attribute(name: str, zone: str) -> SegmentField:
    def test(operator: str, value: str, prefix: str) -> Q:
        text = _stored_text(name, prefix)
        return Q(lookups.GreaterThan(text, Value(""))) & Q(_LOOKUPS[operator](text, Value(read_day(value, zone).isoformat())))

    return SegmentField(
        name, _EQUAL | _ORDER, str, 'a day such as "2024-05-31" or "30 days ago"', test,
        lambda prefix: Q(lookups.Exact(_stored_text(name, prefix), Value(""))),
    )  # fmt: skip


def _yesno_attribute(name: str) -> SegmentField:
    def test(operator: str, value: bool, prefix: str) -> Q:
        stored = lookups.Exact(_stored(name, prefix), Value(value, output_field=JSONField()))
        return Q(_is_stored_as(name, prefix, "boolean")) & Q(stored)

    return SegmentField(
        name, _EQUAL, bool, "True or False", test, lambda prefix: ~Q(_is_stored_as(name, prefix, "boolean"))
    )  # fmt: skip


def _words_attribute(name: str) -> SegmentField:
    def test(operator: str, value: str, prefix: str) -> Q:
        holds = Func(_stored(name, prefix), Value(value), function="jsonb_exists", output_field=BooleanField())
        return Q(_is_stored_as(name, prefix, "array")) & Q(holds)

    def empty(prefix: str) -> Q:
        nothing = lookups.Exact(_stored(name, prefix), Value([], output_field=JSONField()))
        return ~(Q(_is_stored_as(name, prefix, "array")) & ~Q(nothing))

    return SegmentField(name, _EQUAL, str, "a word in quotation marks", test, empty)


def fixed(zone: str) -> dict[str, SegmentField]:
    """The fields that every publication has in addition to its own attributes and `list`."""
    states = ("pending", "confirmed", "unsubscribed")

    def state(operator: str, value: str, prefix: str) -> Q:
        if value not in states:
            raise InputError("state", f"“{value[:40]}” is not a state of a subscription", "use one of " + ", ".join(states))
        return Q(**{f"{prefix}state": value})

    fields = [
        _email(),
        text_column("name", "name", read_name),
        text_column("domain", "domain", ascii_domain),
        text_column("language", "language", read_language),
        text_column("country", "country", read_country),
        moment("created", "created_at", zone),
        replace(moment("engaged", "engaged_at", zone), is_measured=measured_actions.is_any_measured()),
        moment("joined", "joined_at", zone, of_subscription=True),
        SegmentField("list_state", _EQUAL, str, "a state in quotation marks", state, None, of_subscription=True),
    ]
    return {field.name: field for field in fields}
