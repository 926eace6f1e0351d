"""The subscriber fields that a condition of an issue can compare, for the dialog that builds conditions."""

from typing import Any

from subscribers import attributes
from subscribers.attribute_samples import common_values
from subscribers.models import MailingList
from web.texts.issues import editor_texts


def reader_fields() -> list[dict[str, Any]]:
    """Return name, label, type and suggested values (each with its label) of every field, the usual fields first.

    Fields with moments are left out: a condition compares only for equality.
    """
    declared = attributes.declarations()
    values = common_values({name: facts.type for name, facts in declared.items()})
    lists = [(slug, name) for slug, name in MailingList.objects.order_by("name").values_list("slug", "name")]
    system = {"country": "country", "language": "language", "list": "list", "domain": "text", "email": "text", "name": "text"}
    standard = [
        _field(name, editor_texts.FIELD_LABELS[name], field_type, lists if field_type == "list" else ())
        for name, field_type in system.items()
        if field_type != "list" or lists
    ]
    own = [
        _field(name, facts.label, str(facts.type), [(value, value) for value in values.get(name, ())])
        for name, facts in declared.items()
        if name not in system
    ]
    return standard[:2] + own + standard[2:]


def _field(name: str, label: object, field_type: str, values: Any) -> dict[str, Any]:
    return {"name": name, "label": str(label), "type": field_type, "values": [list(pair) for pair in values]}
