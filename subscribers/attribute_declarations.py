"""Declares attributes: checks their names, and adds them to the publication's schema."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import transaction

from publication import audit
from publication.models import Actor, Publication
from subscribers import attributes
from subscribers.attributes import Type
from subscribers.errors import InputError
from subscribers.segments import segment_fields

MOST = 200  # attributes of a publication: each is a column of every export and a field of every segment
# Columns of every import and export, and words of the segment language; fields of segments reserve their own names.
_COLUMNS = {"email", "name", "zone", "state", "state_at", "suppression", "suppression_at"}
_KEYWORDS = {"and", "or", "not", "in", "startswith", "endswith", "true", "false", "none", "id", "list"}
RESERVED = frozenset(_COLUMNS | _KEYWORDS | segment_fields.fixed("UTC").keys() | segment_fields.NEWER)
MOST_VALUES = 100  # of one attribute: all are shown to readers
LONGEST_LABEL = 100  # characters, also of a value
_WITH_VALUES = (Type.TEXT, Type.WORDS)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def is_name(name: str) -> bool:
    """Whether an attribute may have this name."""
    return _NAME.fullmatch(name) is not None and name not in RESERVED


def declare(actor: Actor, name: str, attribute_type: Type | str) -> None:
    """Add an attribute to the schema; repeating it changes nothing. Raises InputError."""
    if not is_name(name):
        raise InputError(
            "attribute_name",
            f"“{name}” cannot be the name of an attribute",
            "begin with a letter; use lower-case letters, digits and underscores, and none of: " + ", ".join(sorted(RESERVED)),
        )
    with transaction.atomic():
        publication = Publication.objects.select_for_update().get()
        known = publication.attribute_schema.get(name)
        if known is not None and known.get("type") != Type(attribute_type):
            message = f"the attribute “{name}” already has the type {known.get('type')}"
            raise InputError("type", message, "an attribute cannot change its type; choose another name")
        if known is not None:
            return
        if len(publication.attribute_schema) >= MOST:
            raise InputError("most", f"there are already {MOST} attributes, which is the limit", "use one of them")
        position = 1 + max((int(facts.get("position") or 0) for facts in publication.attribute_schema.values()), default=0)
        facts = {"type": str(Type(attribute_type)), "position": position}
        publication.attribute_schema = {**publication.attribute_schema, name: facts}
        publication.save(update_fields=["attribute_schema"])
        audit.record(actor, "declare_attribute", publication, name=name, type=str(Type(attribute_type)))


def declare_labelled(
    actor: Actor, label: str, attribute_type: Type | str, name_of: Callable[[str, Collection[str]], str]
) -> str:  # fmt: skip
    """Add an attribute with this label; returns its name, which is the label itself if that can be a name. Raises InputError.

    `name_of` makes a name of any other label, and gets the names that are taken. Another process that declares an attribute
    waits, so that no two get the same name.
    """
    with transaction.atomic():
        taken = Publication.objects.select_for_update().get().attribute_schema
        labels = {text for facts in attributes.declarations().values() for text in (facts.label, *facts.labels.values())}
        if _compared(label) in set(map(_compared, taken.keys() | labels)):
            raise InputError("attribute_taken", f"there is already an attribute “{label[:40]}”", "choose another name")
        if not label or is_name(label) or label.lower() in RESERVED:
            declare(actor, label, attribute_type)
            return label
        name = name_of(label, taken)
        declare(actor, name, attribute_type)
        configure(actor, name, label=label)
    return name


def _compared(label: str) -> str:
    """A label as it is compared with others: in half width and without case."""
    return attributes.half_width(label).casefold()


def configure(
    actor: Actor, name: str, *, is_open: bool | None = None, label: str | None = None, labels: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None, in_table: bool | None = None,
) -> attributes.Declared:  # fmt: skip
    """Let people see and change this attribute of theirs, or not, and name it and its values for them; None leaves a setting.

    An empty label means the attribute's own name. `labels`: language -> label, an empty one removes it. `values`: the only values
    that may be stored from now on, with their labels by language; no value allows all of the type. What is stored stays until
    somebody changes it. `in_table`: whether the table of people shows it. Raises InputError.
    """
    attributes.find(name)
    given: dict[str, Any] = {
        "open": is_open, "label": None if label is None else _label(label),
        "labels": None if labels is None else _labels(labels),
        "values": None if values is None else _values(name, values), "in_table": in_table,
    }  # fmt: skip
    changes = {setting: value for setting, value in given.items() if value is not None}
    with transaction.atomic():
        publication = Publication.objects.select_for_update().get()
        before = publication.attribute_schema[name]
        if "labels" in changes:
            merged = {**before.get("labels", {}), **changes["labels"]}
            changes["labels"] = {language: text for language, text in merged.items() if text}
        after = {**before, **changes}
        if after != before:
            publication.attribute_schema = {**publication.attribute_schema, name: after}
            publication.save(update_fields=["attribute_schema"])
            audit.record(actor, "describe_attribute", publication, name=name, **audit.changes(before, after))
    return attributes.declarations()[name]


def delete(actor: Actor, name: str) -> None:
    """Take an attribute off the schema. The caller has made sure that nothing uses it. Raises InputError if it is unknown."""
    attributes.find(name)
    with transaction.atomic():
        publication = Publication.objects.select_for_update().get()
        publication.attribute_schema = {key: facts for key, facts in publication.attribute_schema.items() if key != name}
        publication.save(update_fields=["attribute_schema"])
        audit.record(actor, "delete_attribute", publication, name=name)


def _label(text: str) -> str:
    label = attributes.read_name(text.strip())
    if len(label) > LONGEST_LABEL:
        raise InputError("too_long", f"“{label[:20]}…” is too long", f"use at most {LONGEST_LABEL} characters")
    return label


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {attributes.read_language(language.strip()): _label(text) for language, text in labels.items()}


def _values(name: str, values: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """The allowed values as they are stored. Raises InputError."""
    if values and attributes.declarations()[name].type not in _WITH_VALUES:
        raise InputError("values_type", f"the values of “{name}” cannot be limited", "only text and words have allowed values")
    if len(values) > MOST_VALUES:
        raise InputError("values_most", f"there are {len(values)} allowed values", f"use at most {MOST_VALUES}")
    stored: list[dict[str, Any]] = []
    taken: set[str] = set()
    for text, labels in values.items():
        value, by_language = _label(text), {language: label for language, label in _labels(labels).items() if label}
        if not value or any(";" in part or "\uff1b" in part for part in (value, *by_language.values())):
            raise InputError(
                "value", f"“{value}” cannot be an allowed value", "write a text without semicolons", value=value[:40]
            )
        spellings = {part.casefold() for part in (value, *by_language.values())}
        if spellings & taken:
            raise InputError(
                "value_twice", f"“{value}” is there twice, as a value or as a label", "give each value once", value=value[:40]
            )
        taken |= spellings
        stored.append({"value": value, "labels": by_language})
    return stored
