"""Declares what becomes of each model field that can hold personal data of subscribers: in an export, an erasure and a merge.

Each app declares its models in its module `data_protection`. Exports, erasures and merges iterate over the declarations, and
Mailroom does not start while a field has none.
"""

from __future__ import annotations

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
DECLARED: dict[type[Model], Mapping[str, PersonalField]] = {}
# Fields of these types need a declaration only in models with exported fields.
_WITHOUT_TEXT = (models.ForeignKey, models.BooleanField, models.DateField, models.FloatField, models.IntegerField)


def declare(model: str, plain: str = "", /, **fields: PersonalField) -> None:
    """Declare the fields of a model, such as "subscribers.Notice". `plain` names those without personal data of subscribers."""
    DECLARED[apps.get_model(model)] = {**fields, **dict.fromkeys(plain.split(), PersonalField())}


def same(names: str, **more: Any) -> dict[str, PersonalField]:
    """Fields that are exported by their own names."""
    return {name: PersonalField(name, **more) for name in names.split()}


def load() -> None:
    """Import the declarations of all apps. Raises ImproperlyConfigured if a field has none in an app with data of subscribers."""
    autodiscover_modules("data_protection")
    labels = {model._meta.app_label for model, fields in DECLARED.items() if any(field.export for field in fields.values())}
    if faults := [
        fault for label in sorted(labels) for model in apps.get_app_config(label).get_models() for fault in _faults(model)
    ]:
        raise ImproperlyConfigured(
            "declare in the app's data_protection.py how these fields are exported, erased and merged: " + ", ".join(faults)
        )


def _faults(model: type[Model]) -> list[str]:
    declared = DECLARED.get(model, {})
    is_exported = any(field.export for field in declared.values())
    names = {field.name for field in model._meta.concrete_fields}
    needed = {
        field.name
        for field in model._meta.concrete_fields
        if is_exported or not (field.choices or isinstance(field, _WITHOUT_TEXT))
    }
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
