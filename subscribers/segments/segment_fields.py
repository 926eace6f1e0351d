"""The fields of the segment language: the comparisons and values that each takes, and the condition it becomes.

Every condition is true or false, never NULL, so that each negative comparison is exactly the opposite of the positive one:
`role != "editor"` holds for people without a role too. Only fields about what is measured differ: see `SegmentField.scope`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, Expression, F, Func, JSONField, Q, TextField, Value, When, lookups
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce

from publication import clock
from subscribers.addresses import ascii_domain, key_of, normalise
from subscribers.attributes import Type, half_width, in_range, read_country, read_date, read_language, read_name
from subscribers.errors import InputError
from subscribers.models import Subscription
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


Test = Callable[[str, list[Any], str], Q]
Scope = Callable[[list[Any], str], Q]


def _always() -> bool:
    return True


def _as_written(operator: str, value: Any) -> Any:
    return value


@dataclass(frozen=True)
class SegmentField:
    """One field. `test(operator, values, prefix)` is the condition for a positive operator that one of the values meets: "="
    has one or several, every other operator has one. `read(operator, value)` gives a value its stored spelling, or raises
    InputError.

    `of_subscription`: the field belongs to a subscription, not to the person. `takes` is the Python type of a value.

    `scope(values, prefix)`: the people who were measured, for a field about what is measured. Nothing is known of the others, so
    that neither a condition about an action that nobody saw nor its opposite selects them. Such a field is refused while
    `is_measured()` is false, because it would select nobody.
    """

    name: str
    operators: frozenset[str]
    takes: type | tuple[type, ...]
    described: str
    test: Test
    empty: Callable[[str], Q] | None = None
    read: Callable[[str, Any], Any] = _as_written
    of_subscription: bool = False
    scope: Scope | None = None
    is_measured: Callable[[], bool] = _always

    @property
    def usable(self) -> list[str]:
        """The operators that the field can be compared with, negative ones too."""
        return sorted(self.operators | {negative for negative, positive in OPPOSITES.items() if positive in self.operators})

    def condition(self, clause: Clause, prefix: str, *, holds_if_unknown: bool = False) -> Q:
        """The clause as a condition; `prefix` leads from the queried model to the one with the field.

        `holds_if_unknown`: whether it is met by people about whom the field knows nothing, because they were not measured.
        """
        operator = OPPOSITES.get(clause.operator, clause.operator)
        if operator not in self.operators:
            problem = f"{self.name} cannot be compared with {clause.operator}"
            raise SegmentError("operator", problem, clause.column, "use " + " ".join(self.usable))
        is_negative, asks_for_nothing = clause.operator in OPPOSITES, False
        values: list[Any] = []
        if clause.value is None and self.empty and operator == "=":
            positive, asks_for_nothing = self.empty(prefix), True
        else:
            operator = "=" if operator == "in" else operator
            values = [self._read(operator, value, clause.column_of(at)) for at, value in enumerate(clause.values)]
            positive = self.test(operator, values, prefix)
        condition = ~positive if is_negative else positive
        # That somebody did it is known because it is stored; that they did not is known only of people who were measured.
        denies = is_negative != asks_for_nothing
        if self.scope is None or denies == holds_if_unknown:
            return condition
        scope = self.scope(values, prefix)
        return ~(scope & ~condition) if holds_if_unknown else scope & condition

    def _read(self, operator: str, value: Any, column: int) -> Any:
        # To Python a bool is an int; to people it is not.
        if not isinstance(value, self.takes) or (isinstance(value, bool) and self.takes is not bool):
            raise SegmentError("value", f"{self.name} is compared with {self.described}", column, self._hint())
        try:
            return self.read(operator, value)
        except InputError as fault:
            raise SegmentError("value", fault.message, column, fault.hint) from None

    def _hint(self) -> str:
        example = "True" if self.takes is bool else '"..."' if self.takes is str else "5"
        return f"such as {self.name} = {example}"


EQUAL = frozenset({"=", "in"})
ORDERED = EQUAL | _ORDER
_TEXT = EQUAL | {"~", "startswith", "endswith"}


def _compared(operator: str, path: Any, values: list[Any]) -> Q:
    """One expression against one value, or against several of which it must be one."""
    if operator == "=" and len(values) > 1:
        return Q(lookups.In(path, values))
    return Q(_LOOKUPS[operator](path, values[0]))


def text_column(name: str, column: str, spelled: Callable[[str], str]) -> SegmentField:
    """A column of text; "" means that nothing is known. `spelled` brings a whole value into the spelling that is stored."""
    return SegmentField(
        name, _TEXT, str, "text in quotation marks",
        lambda operator, values, prefix: _compared(operator, F(prefix + column), [Value(value) for value in values]),
        lambda prefix: Q(**{prefix + column: ""}),
        lambda operator, value: spelled(value) if value and operator == "=" else value,
    )  # fmt: skip


def _email() -> SegmentField:
    """The address. As a whole it is compared by its key, so that every spelling of the same address is found."""

    def test(operator: str, values: list[Any], prefix: str) -> Q:
        known = Q(**{f"{prefix}address__isnull": False})
        if operator == "=":
            return known & Q(**{f"{prefix}address_key__in": values})
        text = Coalesce(F(f"{prefix}address"), Value(""), output_field=TextField())
        return known & Q(_LOOKUPS[operator](text, Value(values[0])))

    return SegmentField(
        "email", _TEXT, str, "text in quotation marks", test, lambda prefix: Q(**{f"{prefix}address__isnull": True}),
        lambda operator, value: key_of(normalise(value)) if operator == "=" else value,
    )  # fmt: skip


def moment(name: str, column: str, zone: str, *, only: Q | None = None, **more: Any) -> SegmentField:
    """A point in time, compared by days of the publication's zone: `> D` is after the end of D, `<= D` until its end.

    Rows that do not meet `only` have no such time.
    """

    def known(prefix: str) -> Q:
        stored = Q(**{f"{prefix}{column}__isnull": False})
        return stored & only if only else stored

    return SegmentField(
        name, ORDERED, str, DAY,
        lambda operator, values, prefix: known(prefix) & reduce(
            or_, [in_days(prefix + column, operator, day, zone) for day in values]
        ),
        lambda prefix: ~known(prefix), lambda operator, value: read_day(value, zone), **more,
    )  # fmt: skip


DAY = 'a day such as "2024-05-31" or "30 days ago"'


def in_days(path: str, operator: str, day: date, zone: str) -> Q:
    """Compare the time at `path` with a day of `zone`. False for no time."""
    zone_info = clock.place_of(zone) or UTC
    starts = datetime.combine(day, time(), zone_info)
    ends = datetime.combine(day + timedelta(days=1), time(), zone_info)
    if operator == "=":
        return Q(**{f"{path}__gte": starts, f"{path}__lt": ends})
    lookup = {">": ("gte", ends), ">=": ("gte", starts), "<": ("lt", starts), "<=": ("lt", ends)}[operator]
    return Q(**{f"{path}__{lookup[0]}": lookup[1]})


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
    def test(operator: str, values: list[Any], prefix: str) -> Q:
        # Values are stored in half-width characters now; those of before may have the full-width ones of the segment.
        spellings = sorted({spelling for value in values for spelling in (value, half_width(value))})
        text = _stored_text(name, prefix)
        if operator == "=":
            return _compared("=", text, [Value(spelling) for spelling in spellings])
        return reduce(or_, [Q(_LOOKUPS[operator](text, Value(spelling))) for spelling in spellings])

    return SegmentField(name, _TEXT, str, "text in quotation marks", test, lambda prefix: test("=", [""], prefix))


def _number_attribute(name: str) -> SegmentField:
    def test(operator: str, values: list[Any], prefix: str) -> Q:
        numbers = [
            Value(number if isinstance(number, int) else float(number), output_field=JSONField()) for number in values
        ]  # fmt: skip
        return Q(_is_stored_as(name, prefix, "number")) & _compared(operator, _stored(name, prefix), numbers)

    return SegmentField(
        name, ORDERED, (int, Decimal), "a number without quotation marks", test,
        lambda prefix: ~Q(_is_stored_as(name, prefix, "number")),
    )  # fmt: skip


def _date_attribute(name: str, zone: str) -> SegmentField:
    def test(operator: str, values: list[Any], prefix: str) -> Q:
        text = _stored_text(name, prefix)
        return Q(lookups.GreaterThan(text, Value(""))) & _compared(operator, text, [Value(day.isoformat()) for day in values])

    return SegmentField(
        name, ORDERED, str, DAY, test,
        lambda prefix: Q(lookups.Exact(_stored_text(name, prefix), Value(""))), lambda operator, value: read_day(value, zone),
    )  # fmt: skip


def _yesno_attribute(name: str) -> SegmentField:
    def test(operator: str, values: list[Any], prefix: str) -> Q:
        answers = [Value(value, output_field=JSONField()) for value in values]
        return Q(_is_stored_as(name, prefix, "boolean")) & _compared("=", _stored(name, prefix), answers)

    return SegmentField(
        name, EQUAL, bool, "True or False", test, lambda prefix: ~Q(_is_stored_as(name, prefix, "boolean"))
    )  # fmt: skip


def _words_attribute(name: str) -> SegmentField:
    def test(operator: str, values: list[Any], prefix: str) -> Q:
        array = Value(values, output_field=ArrayField(TextField()))
        holds = Func(_stored(name, prefix), array, function="jsonb_exists_any", output_field=BooleanField())
        return Q(_is_stored_as(name, prefix, "array")) & Q(holds)

    def empty(prefix: str) -> Q:
        nothing = lookups.Exact(_stored(name, prefix), Value([], output_field=JSONField()))
        return ~(Q(_is_stored_as(name, prefix, "array")) & ~Q(nothing))

    return SegmentField(name, EQUAL, str, "a word in quotation marks", test, empty)


ORIGINS = ("form", "api", "import", "staff", "preferences")
_IMPORT = re.compile(r"import:[0-9]{1,15}", re.ASCII)


def _origin() -> SegmentField:
    """How somebody came to a list. `import` is any import, `import:7` is that one."""

    def read(operator: str, value: str) -> str:
        if value not in ORIGINS and not _IMPORT.fullmatch(value):
            raise InputError("origin", f"“{value[:40]}” is not an origin", "use one of " + ", ".join(ORIGINS) + ", or import:7")
        return value

    def test(operator: str, values: list[Any], prefix: str) -> Q:
        exact = [value for value in values if value != "import"]
        condition = Q(**{f"{prefix}source__in": [*exact, "cli"] if "staff" in exact else exact})
        return condition | Q(**{f"{prefix}source__startswith": "import:"}) if "import" in values else condition

    return SegmentField("origin", EQUAL, str, "an origin in quotation marks", test, read=read, of_subscription=True)


def _list_state() -> SegmentField:
    states = ("pending", "confirmed", "unsubscribed")

    def read(operator: str, value: str) -> str:
        if value not in states:
            raise InputError("state", f"“{value[:40]}” is not a state of a subscription", "use one of " + ", ".join(states))
        return value

    return SegmentField(
        "list_state", EQUAL, str, "a state in quotation marks",
        lambda operator, values, prefix: Q(**{f"{prefix}state__in": values}), read=read, of_subscription=True,
    )  # fmt: skip


def fixed(zone: str) -> dict[str, SegmentField]:
    """The fields that every publication has in addition to its own attributes, `list` and `segment`."""
    fields = [
        _email(),
        text_column("name", "name", read_name),
        text_column("domain", "domain", ascii_domain),
        text_column("language", "language", read_language),
        text_column("country", "country", read_country),
        moment("created", "created_at", zone),
        moment("joined", "joined_at", zone, of_subscription=True),
        _list_state(),
    ]
    return {field.name: field for field in fields}


# Names that are newer than the attributes of some publications: an attribute that was declared before keeps its name.
NEWER = frozenset(
    {"segment", "left", "origin", "got", "was_to_get", "last_delivery", "bounce_cause", "engaged", "clicked"}
)  # fmt: skip
# Makes the fields about what was sent to people and what they did, for a zone; `campaigns`, a layer above, sets it.
OF_CAMPAIGNS: list[Callable[[str], Sequence[SegmentField]]] = []


def newer(zone: str) -> dict[str, SegmentField]:
    """The fields of NEWER, except `segment`."""
    left = moment("left", "unsubscribed_at", zone, only=Q(state=Subscription.State.UNSUBSCRIBED), of_subscription=True)
    fields = [left, _origin(), *(field for make in OF_CAMPAIGNS for field in make(zone))]
    return {field.name: field for field in fields}
