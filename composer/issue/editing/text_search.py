"""Finds and replaces words in the text of a part: in its title, its paragraphs and cards, and in the values of a head.

Only what readers see is searched: neither ids nor addresses nor marks. A replacement is text, too, whatever characters it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from composer.issue.editing import part_document
from composer.issue.editing.editor_inlines import Json
from composer.issue.parts import outline
from composer.issue.parts.part_texts import PartText, closed, opened
from composer.issue.parts.splitting import Part

CONTEXT = 40  # characters shown on each side of a hit
_WORDS_OF = {"figure": ("alt",), "portrait": ("alt",), "profile": ("name", "role")}
_SEARCHED_HEADS = ("head", "credits", "footer")
_YAML = re.compile(r"""[:#"'{}\[\]&*!|>%@`\\,?-]""")  # a replacement with one of these could change what the lines mean
_INLINE = "\ufffc"  # a merge field or a line break, in the text of a block


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the words are, with some text around it."""

    before: str
    found: str
    after: str


@dataclass(frozen=True, slots=True)
class Search:
    """The words, compared with or without case."""

    words: str
    match_case: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.words), 0 if self.match_case else re.IGNORECASE)


def hits(part: Part, search: Search) -> tuple[Hit, ...]:
    """Returns every place in a part, in reading order."""
    return tuple(_hit(text, match) for text in _texts(part) for match in search.pattern.finditer(text))


def _hit(text: str, match: re.Match[str]) -> Hit:
    start, end = match.span()
    before, after = (each.replace(_INLINE, " ") for each in (text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]))
    return Hit(("…" if start > CONTEXT else "") + before, match[0], after + ("…" if len(text) > end + CONTEXT else ""))


def can_replace(part: Part, search: Search, replacement: str) -> bool:
    """Whether the words can be replaced here. In a head, characters that have a meaning there are left to its own page, and a
    title must stay one."""
    if _is_head(part):
        return _YAML.search(search.words + replacement) is None
    title = opened(part.text).title
    return title is None or bool(_replace(title, search, replacement).strip())


def replaced(part: Part, search: Search, replacement: str) -> str:
    """Returns the text of a part with all places replaced. Call it only if `can_replace`."""
    text = part.text
    if _is_head(part):
        return "\n".join(_value_replaced(line, search, replacement) for line in text.split("\n"))
    edited = opened(text)
    title = _replace(edited.title, search, replacement) if edited.title is not None else None
    document = part_document.document_of(edited.body).json()
    swapped = document | {
        "doc": _with_words(document["doc"], lambda words: _replace(words, search, replacement), search, replacement)
    }
    return closed(PartText(title, part_document.source_of(swapped, edited.body)), text)


def _is_head(part: Part) -> bool:
    return outline.kind_of(part) in (*_SEARCHED_HEADS, "highlights", "whole")


def _texts(part: Part) -> Iterator[str]:
    kind = outline.kind_of(part)
    if kind in _SEARCHED_HEADS:
        yield from filter(None, (_key_and_value(line)[1] for line in part.text.split("\n")))
        return
    if _is_head(part):
        return
    edited = opened(part.text)
    if edited.title is not None:
        yield edited.title
    yield from _texts_of(part_document.document_of(edited.body).json()["doc"])


def _texts_of(node: Json) -> Iterator[str]:
    attrs = node.get("attrs") or {}
    yield from (attrs[name] for name in _WORDS_OF.get(node["type"], ()) if attrs.get(name))
    content = node.get("content") or []
    if any(map(_is_inline, content)):
        yield "".join(map(_inline_text, content))
        return
    for child in content:
        yield from _texts_of(child)


def _is_inline(node: Json) -> bool:
    return node["type"] in ("text", "mergeField", "hardBreak")


def _inline_text(node: Json) -> str:
    return str(node["text"]) if node["type"] == "text" else _INLINE


def _replace(words: str, search: Search, replacement: str) -> str:
    return search.pattern.sub(lambda _: replacement, words)


def _value_replaced(line: str, search: Search, replacement: str) -> str:
    key, value = _key_and_value(line)
    return key + _replace(value, search, replacement)


def _key_and_value(line: str) -> tuple[str, str]:
    """A line of a head, divided behind its hyphen and its key."""
    value = line.lstrip(" \t")
    if value.startswith("- "):
        value = value[2:].lstrip(" \t")
    key, colon, rest = value.partition(": ")
    if colon and key.replace("_", "").isalpha() and key.isascii():
        value = rest.lstrip(" \t")
    return line[: len(line) - len(value)], value


def _with_words(node: Json, change: Callable[[str], str], search: Search, replacement: str) -> Json:
    made: dict[str, Any] = dict(node)
    names = _WORDS_OF.get(node["type"], ())
    if names:
        made["attrs"] = {name: change(value) if name in names else value for name, value in node["attrs"].items()}
    content = node.get("content") or []
    if any(map(_is_inline, content)):
        made["content"] = _inlines_replaced(content, search, replacement)
    elif content:
        made["content"] = [_with_words(child, change, search, replacement) for child in content]
    return made


def _inlines_replaced(content: list[Json], search: Search, replacement: str) -> list[Json]:
    """Inline nodes with the places replaced. Words across several nodes get the marks of the first."""
    places = [match.span() for match in search.pattern.finditer("".join(map(_inline_text, content)))]
    made: list[Json] = []
    at = 0
    for node in content:
        text = _inline_text(node)
        if node["type"] == "text":
            kept = "".join(_kept(text, at, places, replacement))
            made += [node | {"text": kept}] if kept else []
        else:
            made.append(node)
        at += len(text)
    return made


def _kept(text: str, at: int, places: list[tuple[int, int]], replacement: str) -> Iterator[str]:
    """The pieces of a text node that begins at `at`: what is in no place, and the replacement where a place begins."""
    left = at
    for start, end in places:
        if end <= at or start >= at + len(text):
            continue
        if start >= at:
            yield text[left - at : start - at] + replacement
        left = min(end, at + len(text))
    yield text[left - at :]
