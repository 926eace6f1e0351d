"""Declares attributes: checks their names, and adds them to the publication's schema."""

import re

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
RESERVED = frozenset(_COLUMNS | _KEYWORDS | segment_fields.fixed("UTC").keys())
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def is_name(name: str) -> bool:
    """Whether an attribute may have this name."""
    return _NAME.fullmatch(name) is not None and name not in RESERVED


def declare(actor: Actor, name: str, attribute_type: Type | str) -> None:
    """Add an attribute to the schema; repeating it changes nothing. Raises InputError."""
    if not is_name(name):
        raise InputError(
            "name",
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
        publication.attribute_schema = {**publication.attribute_schema, name: {"type": str(Type(attribute_type))}}
        publication.save(update_fields=["attribute_schema"])
        audit.record(actor, "declare_attribute", publication, name=name, type=str(Type(attribute_type)))


def configure(actor: Actor, name: str, *, is_open: bool | None = None, label: str | None = None) -> attributes.Declared:
    """Let people see and change this attribute of theirs, or not, and name it for them; None leaves a setting.

    An empty label means the attribute's own name. Raises InputError.
    """
    attributes.find(name)
    given = {"open": is_open, "label": None if label is None else attributes.read_name(label.strip())}
    changes = {setting: value for setting, value in given.items() if value is not None}
    with transaction.atomic():
        publication = Publication.objects.select_for_update().get()
        before = publication.attribute_schema[name]
        after = {**before, **changes}
        if after != before:
            publication.attribute_schema = {**publication.attribute_schema, name: after}
            publication.save(update_fields=["attribute_schema"])
            audit.record(actor, "describe_attribute", publication, name=name, changed=sorted(changes))
    return attributes.declarations()[name]
