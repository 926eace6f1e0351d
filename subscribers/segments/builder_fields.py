"""The fields that the builder of segments offers, and what the values of each are."""

from collections.abc import Mapping

from subscribers import attributes
from subscribers.attributes import Declared, Type
from subscribers.segments import compiler, segment_fields
from subscribers.segments.builder_model import ValueKind

_OF_PEOPLE = {
    "list": ValueKind.NAMED,
    "joined": ValueKind.DAY,
    "list_state": ValueKind.NAMED,
    "left": ValueKind.DAY,
    "origin": ValueKind.NAMED,
    "language": ValueKind.TEXT,
    "country": ValueKind.TEXT,
    "domain": ValueKind.TEXT,
    "email": ValueKind.TEXT,
    "name": ValueKind.TEXT,
    "created": ValueKind.DAY,
}
_OF_MAIL = {
    "got": ValueKind.CAMPAIGN,
    "was_to_get": ValueKind.CAMPAIGN,
    "last_delivery": ValueKind.DAY,
    "bounce_cause": ValueKind.CAUSE,
    "clicked": ValueKind.CAMPAIGN,
    "engaged": ValueKind.DAY,
}
_OF_TYPE = {
    Type.TEXT: ValueKind.TEXT,
    Type.NUMBER: ValueKind.NUMBER,
    Type.DATE: ValueKind.DAY,
    Type.YESNO: ValueKind.YESNO,
    Type.WORDS: ValueKind.WORDS,
}


def offered(declared: Mapping[str, Declared]) -> dict[str, ValueKind]:
    """The fields in the order in which a form offers them. Attributes that have the name of a newer field take its place."""
    usable = compiler.field_names()
    fixed = {name: kind for name, kind in (_OF_PEOPLE | _OF_MAIL | {"segment": ValueKind.NAMED}).items() if name in usable}
    reserved = {*segment_fields.fixed("UTC"), "list"}
    own = {name: _OF_TYPE[facts.type] for name, facts in declared.items() if name not in reserved}
    return fixed | own


def kinds(declared: Mapping[str, Declared] | None = None) -> dict[str, ValueKind]:
    """The fields that a condition can name, also attributes by their labels."""
    declared = attributes.declarations() if declared is None else declared
    known = offered(declared)
    return {label: known[name] for label, name in compiler.names_by_label(declared).items() if name in known} | known
