"""Parses, compares and stores name, language, country, zone and attributes of a subscriber, the same way everywhere.

The import reads the same values through the same functions of `attributes`, and merges them in `importing.importer_sql`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from publication import audit
from publication.models import Actor
from subscribers import attributes
from subscribers.models import Subscriber

_READERS: dict[str, Callable[[str], str]] = {
    "name": attributes.read_name,
    "language": attributes.read_language,
    "country": attributes.read_country,
    "zone": attributes.read_zone,
}


@dataclass(frozen=True)
class DetailChange:
    """A field or attribute of an existing subscriber whose value changed."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Details:
    """Parsed, valid values; None leaves a field unchanged, "" empties it."""

    name: str | None = None
    language: str | None = None
    country: str | None = None
    zone: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()  # attributes to remove

    @classmethod
    def read(cls, attributes_: Mapping[str, Any] | None = None, without: Iterable[str] = (), **texts: str | None) -> Details:
        """`texts`: name, language, country, zone. Raises InputError."""
        stripped = {field: text.strip() for field, text in texts.items() if text is not None}
        read = {field: _READERS[field](text) if text else "" for field, text in stripped.items()}
        taken = frozenset(attributes.find(name) for name in without)
        return cls(**read, attributes=attributes.read_attributes(attributes_ or {}), without=taken)

    def new(self) -> dict[str, Any]:
        """The fields of a new subscriber."""
        return {field: getattr(self, field) or "" for field in _READERS} | {"attributes": dict(self.attributes)}

    def change(self, person: Subscriber) -> list[DetailChange]:
        """Set the values on the record without saving it; returns what changed."""
        changes = []
        for name in _READERS:
            before, after = getattr(person, name), getattr(self, name)
            if after is not None and after != before:
                changes.append(DetailChange(name, before, after))
                setattr(person, name, after)
        kept = {name: value for name, value in person.attributes.items() if name not in self.without}
        new_attributes = kept | dict(self.attributes)
        for name in sorted(person.attributes.keys() | new_attributes.keys()):
            if person.attributes.get(name) != new_attributes.get(name):
                changes.append(DetailChange(name, person.attributes.get(name), new_attributes.get(name)))
        person.attributes = new_attributes
        return changes


def store(actor: Actor, person: Subscriber, details: Details) -> list[DetailChange]:
    """Change a subscriber's locked record; returns what changed. The audit gets the names of the fields, without values."""
    changes = details.change(person)
    if changes:
        person.save(update_fields=[*_READERS, "attributes"])
        audit.record(actor, "edit_subscriber", person, changed=[change.field for change in changes])
    return changes
