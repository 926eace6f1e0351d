"""Inline content of an issue: text, emphasis, links, merge fields, line breaks, spans in another language.

Line numbers are ignored in comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    children: Inlines


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: Inlines


@dataclass(frozen=True, slots=True)
class Link:
    """`href` as written; `{{ view_url }}` and the other page addresses may be a whole href."""

    href: str
    children: Inlines
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A merge field; `default` is shown if the recipient has no value."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class LineBreak:
    pass


@dataclass(frozen=True, slots=True)
class Span:
    """Text in another language than the text around it; `language` is a BCP 47 tag."""

    language: str
    children: Inlines


Inline = Text | Strong | Emphasis | Link | Field | LineBreak | Span
Inlines = tuple[Inline, ...]


def walk_inlines(content: Inlines) -> Iterator[Inline]:
    for node in content:
        yield node
        match node:
            case Strong(children) | Emphasis(children) | Link(children=children) | Span(children=children):
                yield from walk_inlines(children)
            case Text() | Field() | LineBreak():
                pass
            case other:
                assert_never(other)


def plain(content: Inlines) -> str:
    """Returns inline content as plain text; a merge field becomes its default."""
    parts: list[str] = []
    for node in walk_inlines(content):
        match node:
            case Text(text):
                parts.append(text)
            case Field(default=default):
                parts.append(default)
            case LineBreak():
                parts.append(" ")
            case Strong() | Emphasis() | Link() | Span():
                pass
            case other:
                assert_never(other)
    return "".join(parts)
