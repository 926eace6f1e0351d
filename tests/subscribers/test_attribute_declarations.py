"""Attributes of people are declared once: their names and types stay."""

import pytest

from subscribers import attribute_declarations, attributes
from subscribers.errors import InputError
from subscribers.segments import compiler


def test_an_attribute_keeps_its_name_and_type(actor):
    attribute_declarations.declare(actor, "city", "text")
    attribute_declarations.declare(actor, "city", attributes.Type.TEXT)
    assert attributes.schema()["city"] == "text"
    assert "city" in compiler.field_names()
    for name, attribute_type in [
        ("city", "number"),
        ("email", "text"),
        ("list", "text"),
        ("a-b", "text"),
        ("", "text"),
        ("A", "text"),
    ]:
        with pytest.raises(InputError):
            attribute_declarations.declare(actor, name, attribute_type)
