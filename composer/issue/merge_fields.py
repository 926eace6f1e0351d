"""Merge fields: how they are written, which tag stands for them in a finished mail, and filling them for one recipient.

A tag is made only of a-z, underscore and hyphen, so that every engine on the way leaves it alone. One field has one
tag per way of escaping, because the provider puts a value in without escaping it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never
from urllib.parse import urlsplit

from composer.errors import FaultError, nearest
from composer.issue.document import Emphasis, Field, Inlines, Issue, LineBreak, Link, Span, Strong, Text, contents, walk_inlines

Escape = Literal["html", "text", "url"]

FIELDS = ("name", "email", "view_url", "unsubscribe_url")
URL_FIELDS = ("view_url", "unsubscribe_url")
# For looking at the text of a mail, in which an address is read: at a name that leads nowhere (RFC 2606).
EXAMPLE_PAGES = {name: f"https://newsletter.example.org/{name.removesuffix('_url')}" for name in URL_FIELDS}
LONGEST_VALUE = 320  # characters; the longest address there can be, and far above any name

WRITTEN = re.compile(r"(?<!\\)\{\{(.*?)(?<!\\)\}\}")  # for whole strings; in a long text, `written_in` is not misled into hours
TAG = re.compile(r"-mr_[a-z_]+-")
TAG_BEGINNING = "-mr_"
TAG_START = re.compile(TAG_BEGINNING)
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"))
_INSIDE = re.compile(r"""\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\bor\s+(?:"([^"]*)"|'([^']*)'|“([^”]*)”)\s*)?\Z""")
# What a value could begin with to complete a tag that the text or the value before it began.
_PIECE = re.compile(r"(-mr|\A(?:m?r)?)_")
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\x00-\x1f\x7f-\x9f]+")
_PLAIN = re.compile(r"[ !#-%(-;=?-^`-~\w]*\Z")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$()*+,;=%-]+\Z")


@dataclass(frozen=True, slots=True)
class MergeField:
    """One place of the finished mail: its tag, the field it shows, what stands there when empty, how it is escaped."""

    tag: str
    name: str
    default: str
    escape: Escape


def read_field(inside: str) -> Field:
    """The field written as `name or "reader"` between its braces. Raises FaultError."""
    match = _INSIDE.match(inside)
    if match is None:
        raise FaultError("field-shape", text="{{" + inside + "}}")
    name = match[1]
    if name not in FIELDS:
        raise FaultError("field-unknown", name=name, nearest=nearest(name.lower(), FIELDS) or "name")
    default = next((words for words in match.groups()[1:] if words is not None), "")
    if default and name in URL_FIELDS:
        raise FaultError("field-default-url", name=name)
    return Field(name, default)


def write_field(field: Field) -> str:
    """The field as an editor writes it."""
    if not field.default:
        return "{{ " + field.name + " }}"
    opening, closing = next((pair for pair in _QUOTES if not {*pair} & {*field.default}), _QUOTES[0])
    return "{{ " + f"{field.name} or {opening}{field.default}{closing}" + " }}"


def written_in(line: str) -> Iterator[tuple[int, int, str]]:
    """(beginning, end, what is between the braces) of everything that is written as a merge field in one line."""
    at = 0
    while (start := unescaped(line, "{{", at)) >= 0 and (end := unescaped(line, "}}", start + 2)) >= 0:
        yield start, end + 2, line[start + 2 : end]
        at = end + 2


def unescaped(text: str, sign: str, at: int) -> int:
    """Where the next `sign` is that has no backslash before it, or -1; a backslash that is itself escaped is none."""
    found = text.find(sign, at)
    while found > at:
        first = found
        while first > at and text[first - 1] == "\\":
            first -= 1
        if (found - first) % 2 == 0:
            break
        found = text.find(sign, found + 1)
    return found


def replaced(line: str, replacement: Callable[[str, str], str]) -> str:
    """The line with each written field replaced by what `replacement(as written, inside)` says."""
    parts: list[str] = []
    last = 0
    for start, end, inside in written_in(line):
        parts += (line[last:start], replacement(line[start:end], inside))
        last = end
    return "".join((*parts, line[last:]))


def fields_in(line: str) -> Iterator[Field]:
    """Every merge field of one line of text. Raises FaultError."""
    for _, _, inside in written_in(line):
        yield read_field(inside)


class Tags:
    """The tags of one issue. A field that is used with several defaults has one tag for each of them."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._defaults: dict[str, list[str]] = {}
        for field in fields:
            self._position(field)

    def tag(self, field: Field, escape: Escape) -> str:
        ending = "" if field.name in URL_FIELDS else f"_{escape}"
        return f"-mr_{field.name}{_letters(self._position(field))}{ending}-"

    def _position(self, field: Field) -> int:
        """Which of its field's defaults it has, the first that was met first."""
        defaults = self._defaults.setdefault(field.name, [])
        if field.default not in defaults:
            defaults.append(field.default)
        return defaults.index(field.default)

    def place(self, text: str, escape: Escape) -> str:
        """The text with its written fields replaced by tags."""
        return replaced(text, lambda _, inside: self.tag(read_field(inside), escape))

    def used(self, *parts: str) -> tuple[MergeField, ...]:
        """The merge fields whose tags stand in the parts, in a fixed order. Raises ValueError for a stranger."""
        known: dict[str, MergeField] = {}
        for name, defaults in self._defaults.items():
            ways: tuple[Escape, ...] = ("url",) if name in URL_FIELDS else ("html", "text")
            for default in defaults:
                for escape in ways:
                    tag = self.tag(Field(name, default), escape)
                    known[tag] = MergeField(tag, name, default, escape)
        found = {tag for part in parts for tag in TAG.findall(part)}
        strangers = sorted(found - known.keys())
        if strangers:
            raise ValueError(f"unknown tags {', '.join(strangers)}")
        return tuple(known[tag] for tag in sorted(found))


def _letters(position: int) -> str:
    """'' for the first default, then _b, _c … _z, _bb: digits are not allowed in a tag."""
    if position == 0:
        return ""
    digits = ""
    while position:
        position, rest = divmod(position, 26)
        digits = chr(ord("a") + rest) + digits
    return f"_{digits}"


def tags_of(issue: Issue) -> Tags:
    """The tags of an issue, numbered in reading order, so that the same issue always gets the same ones."""
    fields = [*fields_in(issue.subject), *fields_in(issue.preheader)]
    for block in issue.blocks():
        fields += [field for content in contents(block) for field in _inline_fields(content)]
    return Tags([*fields, Field("view_url"), Field("unsubscribe_url")])


def _inline_fields(content: Inlines) -> Iterator[Field]:
    for node in walk_inlines(content):
        if isinstance(node, Field):
            yield node
        elif isinstance(node, Link):
            yield from fields_in(node.href)


def words(content: Inlines) -> str:
    """The words and link addresses of inline content; a field shows nothing, so that it joins no neighbours."""
    parts: list[str] = []
    for node in content:
        match node:
            case Text(text):
                parts.append(text)
            case Field(default=default):
                parts.append(f" {default} ")
            case Link(href, children):
                parts.append(f"{words(children)} {href} ")
            case Strong(children) | Emphasis(children) | Span(children=children):
                parts.append(words(children))
            case LineBreak():
                parts.append(" ")
            case other:
                assert_never(other)
    return "".join(parts)


def values(fields: Iterable[MergeField], person: Mapping[str, str]) -> dict[str, str]:
    """Tag -> what stands there for one recipient, escaped, and unable to form a tag with anything around it.

    Raises ValueError when an address of a page is not a plain http(s) URL without `&` (so that the same value is
    right in HTML and in text), and KeyError when such an address is not given at all.
    """
    return {
        field.tag: _url_value(field.name, person[field.name])
        if field.escape == "url"
        else shown(field, person.get(field.name, ""))
        for field in fields
    }


def shown(field: MergeField, words: str) -> str:
    """What stands at a field that is no address of a page for somebody whose value is `words`: escaped, never empty."""
    if not is_plain(words):
        words = unicodedata.normalize("NFC", _HIDDEN.sub(" ", words))
    words = words.strip()[:LONGEST_VALUE] or unicodedata.normalize("NFC", field.default)
    if is_plain(words):
        return words
    if field.escape == "html":
        return html.escape(words).replace("_", "&#95;")
    return _PIECE.sub("\\1\u2060_", words)


def is_plain(words: str) -> bool:
    """Whether `words` stand in HTML and in text as they are: letters, and printable ASCII without anything that is escaped."""
    if _PLAIN.match(words) is None or "_" in words:
        return False
    return words.isascii() or unicodedata.is_normalized("NFC", words)


def _url_value(name: str, url: str) -> str:
    if not _SAFE_URL.match(url) or not urlsplit(url).hostname:
        raise ValueError(f"{name} must be a plain http(s) address without & and quotes, not {url!r}")
    return TAG_START.sub("-mr%5F", url)


def preview_values(fields: Iterable[MergeField], name: str = "", pages: Mapping[str, str] | None = None) -> dict[str, str]:
    """Harmless values for looking at a mail: every page address is `#`, or what `pages` has for its field."""
    fields = tuple(fields)
    person = {"name": name, "email": "reader@example.org"}
    filled = values((field for field in fields if field.escape != "url"), person)
    return filled | {field.tag: (pages or {}).get(field.name, "#") for field in fields if field.escape == "url"}


def fill(text: str, filled: Mapping[str, str]) -> str:
    """The text with its tags replaced in one pass. An unknown tag stays as it is."""
    return TAG.sub(lambda match: filled.get(match[0], match[0]), text)
