"""Declares attributes: checks their names, and adds them to the publication's schema."""

from __future__ import annotations

import re

from django.db import transaction

from publication import audit
from publication.models import Actor, Publication
from subscribers.attributes import Type
from subscribers.faults import InputFault
from subscribers.segments import segment_fields

MOST = 200  # attributes of a publication: each is a column of every export and a field of every segment
# Columns of every import and export, and words of the segment language; fields of segments reserve their own names.
_COLUMNS = {"email", "name", "zone", "state"}
_KEYWORDS = {"and", "or", "not", "in", "startswith", "endswith", "true", "false", "none", "id", "list"}
RESERVED = frozenset(_COLUMNS | _KEYWORDS | segment_fields.fixed("UTC").keys())
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def is_name(name: str) -> bool:
    """Whether an attribute may have this name."""
    return _NAME.fullmatch(name) is not None and name not in RESERVED


def declare(actor: Actor, name: str, type: Type | str) -> None:
    """Add an attribute to the schema; repeating it changes nothing. Raises InputFault."""
    if not is_name(name):
        raise InputFault(
            "name",
            f"“{name}” cannot be the name of an attribute",
            "begin with a letter; use lower-case letters, digits and underscores, and none of: " + ", ".join(sorted(RESERVED)),
        )
    with transaction.atomic():
        publication = Publication.objects.select_for_update().get()
        known = publication.attribute_schema.get(name)
        if known is not None and known.get("type") != Type(type):
            message = f"the attribute “{name}” already has the type {known.get('type')}"
            raise InputFault("type", message, "an attribute cannot change its type; choose another name")
        if known is not None:
            return
        if len(publication.attribute_schema) >= MOST:
            raise InputFault("most", f"there are already {MOST} attributes, which is the limit", "use one of them")
        publication.attribute_schema = {**publication.attribute_schema, name: {"type": str(Type(type))}}
        publication.save(update_fields=["attribute_schema"])
        audit.record(actor, "declare_attribute", publication, name=name, type=str(Type(type)))
