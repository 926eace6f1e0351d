"""Declares what becomes of each model field that can hold personal data of subscribers: in an export, an erasure and a merge.

Each app declares its models in its module `data_protection`. Mailroom does not start while a field has no declaration. The code
of exports, erasures and merges chooses the rows of each model, and takes their fields and values from the declarations.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Model, QuerySet
from django.utils.module_loading import autodiscover_modules


class Erasure(Enum):
    """What an erasure does with a field for which no value is declared."""

    KEEPS = "the value stays"
    BY_CODE = "code of its own removes the value"


class PersonalField(NamedTuple):
    """The declaration of one field.

    export: its key in the export; or several keys, with an attribute or a function of the value for each.
    erased: the value after an erasure, or a function that returns it, or an `Erasure`.
    merge: which value the kept record has after a merge (`_MERGES`); by default its own.
    quotes: the text may quote anybody's address, so an erasure removes the address from every row.
    """

    export: str | Mapping[str, str | Callable[[Any], Any]] = ""
    erased: Any = Erasure.KEEPS
    merge: Literal["", "fill", "later", "unite", "take"] = ""
    quotes: bool = False


QUOTES = PersonalField(quotes=True)
BY_CODE = PersonalField(erased=Erasure.BY_CODE)
_MERGES: Mapping[str, Callable[[Any, Any], Any]] = {
    "fill": lambda kept, other: kept or other,
    "later": lambda kept, other: max((moment for moment in (kept, other) if moment), default=None),
    "unite": lambda kept, other: {**other, **kept},
    "take": lambda _, other: other,
}
_SUBSCRIBER = "subscribers.Subscriber"
DECLARED: dict[type[Model], Mapping[str, PersonalField]] = {}
# Fields of these types need no declaration in a model that is neither exported nor about a subscriber.
_WITHOUT_TEXT = (models.ForeignKey, models.BooleanField, models.DateField, models.FloatField, models.IntegerField)


def declare(model: str, plain: str = "", /, **fields: PersonalField) -> None:
    """Declare the fields of a model, such as "subscribers.Notice". `plain` names those without personal data of subscribers."""
    DECLARED[apps.get_model(model)] = {**fields, **dict.fromkeys(plain.split(), PersonalField())}


def same(names: str, **more: Any) -> dict[str, PersonalField]:
    """Fields that are exported by their own names."""
    return {name: PersonalField(name, **more) for name in names.split()}


def load() -> None:
    """Import the declarations of all apps. Raises ImproperlyConfigured if a field needs one and has none."""
    autodiscover_modules("data_protection")
    exporting_apps = {model._meta.app_label for model in DECLARED if _is_exported(model)}
    if faults := [fault for model in apps.get_models() for fault in _faults(model, model._meta.app_label in exporting_apps)]:
        raise ImproperlyConfigured(
            "declare in the app's data_protection.py how these fields are exported, erased and merged: " + ", ".join(faults)
        )


def is_about_subscribers(model: type[Model]) -> bool:
    """Whether each row of the model belongs to a subscriber, by a relation or by a number."""
    fields = [*model._meta.concrete_fields, *model._meta.many_to_many]
    return any(
        field.name in ("subscriber", "subscriber_id")
        or (field.remote_field and field.related_model is apps.get_model(_SUBSCRIBER))
        for field in fields
    )


def _is_exported(model: type[Model]) -> bool:
    return any(field.export for field in DECLARED.get(model, {}).values())


def _faults(model: type[Model], declares_texts: bool) -> list[str]:
    declared = DECLARED.get(model, {})
    names = {field.name for field in model._meta.concrete_fields}
    if is_about_subscribers(model) or _is_exported(model):
        needed = names
    elif declares_texts:
        fields = model._meta.concrete_fields
        needed = {field.name for field in fields if not (field.choices or isinstance(field, _WITHOUT_TEXT))}
    else:
        needed = set()
    return sorted(f"{model.__name__}.{name}" for name in (needed - declared.keys()) | (declared.keys() - names))


def exported(row: Model) -> dict[str, Any]:
    """The exported values of a row, by their keys, in the order of the declarations."""
    values: dict[str, Any] = {}
    for name, field in DECLARED[type(row)].items():
        if not isinstance(field.export, str):
            value = getattr(row, name)
            values |= {key: get(value) if callable(get) else getattr(value, get, None) for key, get in field.export.items()}
        elif field.export:
            values[field.export] = row.serializable_value(name)
    return values


def erased(model: type[Model]) -> dict[str, Any]:
    """The values of a row of which no personal data is left."""
    declared = {name: field.erased for name, field in DECLARED[model].items() if not isinstance(field.erased, Erasure)}
    return {name: value() if callable(value) else value for name, value in declared.items()}


def empty(rows: QuerySet[Any]) -> int:
    """Remove the personal data of these rows; returns how many there are."""
    return rows.update(**erased(rows.model))


def merged(kept: Model, other: Model) -> dict[str, Any]:
    """The values of `kept` after `other` was merged into it, of the fields that a merge can change."""
    return {
        name: _MERGES[field.merge](getattr(kept, name), getattr(other, name))
        for name, field in DECLARED[type(kept)].items()
        if field.merge
    }


def quoting() -> Iterator[tuple[type[Model], list[str]]]:
    """The models with texts that may quote anybody's address, and the names of these fields."""
    for model, fields in DECLARED.items():
        if names := [name for name, field in fields.items() if field.quotes]:
            yield model, names
