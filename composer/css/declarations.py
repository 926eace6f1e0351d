"""Declarations of a style attribute or of a rule's body: `name: value !important`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2

_PIXELS = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")


@dataclass(frozen=True, slots=True)
class Declaration:
    """One `name: value` of CSS; `tokens` are tinycss2's."""

    name: str
    value: str
    important: bool
    tokens: tuple[Any, ...]


# Seven rules and the cascade read the same style attributes; kept for the next mail too, parsing them again would take 4 ms.
@lru_cache(maxsize=2048)
def declarations(style: str) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
    """Returns the declarations of a style attribute or of a rule's body, and the messages of its syntax errors."""
    body: list[Declaration] = []
    faults: list[str] = []
    for item in tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True):
        if item.type == "declaration":
            tokens = tuple(item.value)
            body.append(Declaration(item.lower_name, tinycss2.serialize(tokens).strip(), item.important, tokens))
        else:
            faults.append(getattr(item, "message", "") or "this is not a declaration")
    return tuple(body), tuple(faults)


def value_in(style: str, name: str) -> str:
    """Returns the value that a style attribute gives the property, in lower case, or ""; the last declaration wins."""
    return next((declaration.value.lower() for declaration in reversed(declarations(style)[0]) if declaration.name == name), "")


def pixels(value: str | None) -> float | None:
    """`520` or `520px` -> 520.0; None for anything else."""
    match = _PIXELS.fullmatch(value or "")
    return float(match[1]) if match else None
