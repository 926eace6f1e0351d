"""The subscriber fields that a condition of an issue can compare, for the dialog that builds conditions."""

from __future__ import annotations

from typing import Any

from subscribers import attributes
from subscribers.attribute_samples import common_values
from subscribers.models import MailingList
from web.texts.issues import editor_texts


def reader_fields() -> list[dict[str, Any]]:
    """Name, label, type and suggested values (each with its label) of every field, the usual ones first.

    Fields with moments are left out: a condition compares only for equality.
    """
    declared = attributes.declarations()
    values = common_values({name: facts.type for name, facts in declared.items()})
    lists = [(slug, name) for slug, name in MailingList.objects.order_by("name").values_list("slug", "name")]
    system = {"country": "country", "language": "language", "list": "list", "domain": "text", "email": "text", "name": "text"}
    found = [
        _field(name, editor_texts.FIELD_LABELS[name], type, lists if type == "list" else ())
        for name, type in system.items()
        if type != "list" or lists
    ]
    own = [
        _field(name, facts.label, str(facts.type), [(value, value) for value in values.get(name, ())])
        for name, facts in declared.items()
        if name not in system
    ]
    return found[:2] + own + found[2:]


def _field(name: str, label: object, type: str, values: Any) -> dict[str, Any]:
    return {"name": name, "label": str(label), "type": type, "values": [list(each) for each in values]}
