"""Reads the JSON of the rich text editor, which a browser sent: whatever its shape, wrong input gives one kind of error."""

import reprlib
from collections.abc import Mapping
from typing import Any

EditorNode = Mapping[str, Any]


class EditorDocumentError(ValueError):
    """The document has something that the editor never makes. `kind`: what is wrong; `value`: the beginning of it."""

    def __init__(self, kind: str, value: str = "") -> None:
        super().__init__(kind, value)
        self.kind, self.value = kind, value[:80]


def mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise EditorDocumentError("shape", reprlib.repr(value))
    return value


def listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise EditorDocumentError("shape", reprlib.repr(value))
    return value


def text(of: Mapping[str, Any], key: str) -> str:
    """A text in an object; empty if it is absent or null. Raises EditorDocumentError."""
    value = of.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise EditorDocumentError("shape", f"{key}: {reprlib.repr(value)}")
    return value


def attrs_of(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(node.get("attrs") or {})


def content_of(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [mapping(child) for child in listed(node.get("content") or [])]
