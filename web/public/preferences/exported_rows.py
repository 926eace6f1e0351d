"""An exported document as tables to read: one part for each group of values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from web.texts import export_labels, state_labels, zoned_times

# Names of values that are codes; all others are somebody's own words.
CODES = frozenset({"state", "outcome", "reason", "source", "unsubscribed_how", "unsubscribed_reason", "how"})


class Row(NamedTuple):
    label: str
    value: str


class Part(NamedTuple):
    """`groups`: one for the values of a mapping, one for each element of a list."""

    title: str
    groups: list[list[Row]]


def parts(document: Mapping[str, Any], zone: str = "UTC") -> list[Part]:
    """First the plain values, then a part for each list or mapping. Works for any document of JSON values and times."""
    plain = {name: value for name, value in document.items() if not _is_nested(value)}
    found = [Part("", [list(_rows(plain, zone))])] if plain else []
    for name, value in document.items():
        if _is_nested(value):
            elements = [value] if isinstance(value, Mapping) else value
            groups = [list(_rows(each, zone)) for each in elements]
            found.append(Part(export_labels.label(name), [group for group in groups if group]))
    return found


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(each, Mapping) for each in value))


def _rows(values: Mapping[str, Any], zone: str, before: str = "") -> Iterator[Row]:
    for name, value in values.items():
        label = f"{before}{export_labels.label(name)}"
        if isinstance(value, Mapping):
            yield from _rows(value, zone, f"{label} · ")
        elif _is_nested(value):
            for number, each in enumerate(value, 1):
                nested = each if isinstance(each, Mapping) else {"": each}
                yield from _rows(nested, zone, f"{label} {number} · ")
        else:
            yield Row(
                label, state_labels.word(value) if name in CODES and isinstance(value, str) and value else _shown(value, zone)
            )


def _shown(value: Any, zone: str) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return zoned_times.with_zone(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return _(", ").join(map(str, value))
    return str(value)
