"""Finds and replaces words in the text of a part: in its title, its paragraphs and cards, and in the values of a head.

Only what readers see is searched: neither ids nor addresses nor marks. A replacement is text, too, whatever characters it has.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from composer.issue.blocks import BLOCKS
from composer.issue.editing import head_values, part_document
from composer.issue.editing.head_values import HeadValues, UnreadableHeadError
from composer.issue.inlines.editor_inlines import Json
from composer.issue.parts import outline
from composer.issue.parts.part_texts import PartText, closed, opened
from composer.issue.parts.splitting import Part

CONTEXT = 40  # characters shown on each side of a hit
MOST_PLACES = 10_000  # of one part, which then has more; words of people are never so frequent in one
_EDITOR_TEXTS = tuple(text for kind in BLOCKS for text in kind.editor_texts)
# Values that readers see as text. Others, such as the theme, the language and addresses, are of a closed kind.
_SEARCHED_VALUES: Mapping[str, tuple[str, ...]] = {
    "head": ("title", "organisation", "tagline", "number", "subject", "preheader"), "credits": (), "footer": ("about", "address"),
}  # fmt: skip
_YAML = re.compile(r"""[:#"'{}\[\]&*!|>%@`\\,?-]""")  # a replacement with one of these could change what the lines mean
_INLINE = "\ufffc"  # a merge field or a line break, in the text of a block


@dataclass(frozen=True, slots=True)
class Hit:
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class Search:
    text: str
    match_case: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.text), 0 if self.match_case else re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SearchHits:
    """How often the text occurs in a part, and the first matches. With `more`, counting stopped at MOST_PLACES."""

    count: int
    shown: tuple[Hit, ...]
    more: bool

    def growth(self, search: Search, replacement: str) -> int:
        """Returns about how many bytes longer the part becomes; 0 if it does not become longer."""
        return self.count * max(0, len(replacement.encode()) - len(search.text.encode()))


def find_hits(part: Part, search: Search, most_shown: int) -> SearchHits:
    """Finds the text in a part, in reading order, and stops counting at MOST_PLACES."""
    matches = ((text, match) for text in _texts(part) for match in search.pattern.finditer(text))
    shown = tuple(_hit(text, match) for text, match in islice(matches, most_shown))
    count = len(shown) + sum(1 for _ in islice(matches, MOST_PLACES + 1 - len(shown)))
    return SearchHits(min(count, MOST_PLACES), shown, count > MOST_PLACES)


def _hit(text: str, match: re.Match[str]) -> Hit:
    start, end = match.span()
    before, after = (side.replace(_INLINE, " ") for side in (text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]))
    return Hit(("…" if start > CONTEXT else "") + before, match[0], after + ("…" if len(text) > end + CONTEXT else ""))


def can_replace(part: Part, search: Search, replacement: str) -> bool:
    """Whether the text can be replaced here. Check `SearchHits.growth` first.

    In a head, characters that have a meaning there are left to its own page, and so are lines that a form cannot keep. A title
    must stay one, and gets no mark for editors.
    """
    if _is_head(part):
        return _YAML.search(search.text + replacement) is None and _head_replaced(part, search, replacement) is not None
    title = opened(part.text).title
    if title is None:
        return True
    made = _replace(title, search, replacement)
    return bool(made.strip()) and "<!--" not in made


def replaced(part: Part, search: Search, replacement: str) -> str:
    """Returns the text of a part with all places replaced. Call it only if `can_replace`."""
    text = part.text
    if _is_head(part):
        return _head_replaced(part, search, replacement) or text
    edited = opened(text)
    title = _replace(edited.title, search, replacement) if edited.title is not None else None
    document = part_document.document_of(edited.body).json()
    swapped = document | {
        "doc": _text_replaced(document["doc"], lambda old: _replace(old, search, replacement), search, replacement)
    }
    return closed(PartText(title, part_document.source_of(swapped, edited.body)), text)


def _is_head(part: Part) -> bool:
    return outline.kind_of(part) in (*_SEARCHED_VALUES, "highlights", "whole")


def _texts(part: Part) -> Iterator[str]:
    kind = outline.kind_of(part)
    if kind in _SEARCHED_VALUES:
        try:
            values = head_values.values_of(kind, part.text)
        except UnreadableHeadError:
            yield from (line.partition(": ")[2] or line for line in part.text.split("\n"))
            return
        yield from filter(None, _searched(kind, values))
        return
    if _is_head(part):
        return
    edited = opened(part.text)
    if edited.title is not None:
        yield edited.title
    yield from _texts_of(part_document.document_of(edited.body).json()["doc"])


def _texts_of(node: Json) -> Iterator[str]:
    attrs = node.get("attrs") or {}
    yield from (attrs[name] for kind, name in _EDITOR_TEXTS if kind == node["type"] and attrs.get(name))
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


def _replace(text: str, search: Search, replacement: str) -> str:
    return search.pattern.sub(lambda _: replacement, text)


def _searched(kind: str, values: HeadValues) -> Iterator[str]:
    """The values of a head that readers see as text."""
    yield from (values.texts[name] for name in _SEARCHED_VALUES[kind])
    yield from (text for row in values.rows for text in row)


def _head_replaced(part: Part, search: Search, replacement: str) -> str | None:
    """The lines of a head with all places replaced, quoted where they would not be text; None if that is not possible here."""
    kind = outline.kind_of(part)
    if kind not in _SEARCHED_VALUES:
        return None
    try:
        values = head_values.values_of(kind, part.text)
        made = _values_replaced(kind, values, search, replacement)
        is_text = all(new.strip() or not old for old, new in zip(_searched(kind, values), _searched(kind, made), strict=True))
        return head_values.text_of(kind, made, part.text) if is_text else None
    except UnreadableHeadError:
        return None


def _values_replaced(kind: str, values: HeadValues, search: Search, replacement: str) -> HeadValues:
    names = _SEARCHED_VALUES[kind]
    texts = {name: _replace(text, search, replacement) if name in names else text for name, text in values.texts.items()}
    rows = tuple((_replace(first, search, replacement), _replace(second, search, replacement)) for first, second in values.rows)
    return HeadValues(texts, rows)


def _text_replaced(node: Json, change: Callable[[str], str], search: Search, replacement: str) -> Json:
    made: dict[str, Any] = dict(node)
    names = [name for kind, name in _EDITOR_TEXTS if kind == node["type"]]
    if names:
        made["attrs"] = {name: change(value) if name in names else value for name, value in node["attrs"].items()}
    content = node.get("content") or []
    if any(map(_is_inline, content)):
        made["content"] = _inlines_replaced(content, search, replacement)
    elif content:
        made["content"] = [_text_replaced(child, change, search, replacement) for child in content]
    return made


def _inlines_replaced(content: list[Json], search: Search, replacement: str) -> list[Json]:
    """Inline nodes with the places replaced. Words across several nodes get the marks of the first."""
    spans = [match.span() for match in search.pattern.finditer("".join(map(_inline_text, content)))]
    made: list[Json] = []
    at = first = 0
    for node in content:
        text = _inline_text(node)
        while first < len(spans) and spans[first][1] <= at:
            first += 1
        if node["type"] == "text":
            kept = "".join(_kept(text, at, map(spans.__getitem__, range(first, len(spans))), replacement))
            made += [node | {"text": kept}] if kept else []
        else:
            made.append(node)
        at += len(text)
    return made


def _kept(text: str, at: int, spans: Iterable[tuple[int, int]], replacement: str) -> Iterator[str]:
    """The pieces of a text node that begins at `at`: what is in no place, and the replacement where a place begins. `spans`: the
    places, from the first that ends in the node or behind it."""
    left = at
    for start, end in spans:
        if start >= at + len(text):
            break
        if start >= at:
            yield text[left - at : start - at] + replacement
        left = min(end, at + len(text))
    yield text[left - at :]
