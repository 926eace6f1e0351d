"""Merge fields: their syntax, their tags in a composed mail, and filling them for one recipient.

A tag consists only of a-z, underscore and hyphen, so that no engine changes it. A field has a separate tag for each kind of
escaping, because the provider inserts values without escaping them.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never
from urllib.parse import urlsplit

from composer.errors import ContentError, nearest
from composer.issue.inline_content import Emphasis, Field, Inlines, LineBreak, Link, Span, Strong, Text, walk_inlines

Escape = Literal["html", "text", "url"]

URL_FIELDS = ("view_url", "unsubscribe_url", "preferences_url", "subscribe_url")
FIELDS = ("name", "email", *URL_FIELDS)
ANSWER_URL = "answer_url"  # the beginning of the addresses of answers; only blocks write it (`answer_href`)
READ_URL = "read_url"  # the beginning of the addresses of articles; only templates write it (`article_href`)
PAGE_FIELDS = (*URL_FIELDS, ANSWER_URL, READ_URL)
# Example addresses for viewing the text part of a mail, with a reserved domain (RFC 2606).
EXAMPLE_PAGES = {name: f"https://newsletter.example.org/{name.removesuffix('_url')}" for name in PAGE_FIELDS}
LONGEST_VALUE = 320  # characters; the maximum length of an email address, and far above any name

WRITTEN = re.compile(r"(?<!\\)\{\{(.*?)(?<!\\)\}\}")  # for short strings only; `written_in` takes linear time
TAG = re.compile(r"-mr_[a-z_]+-")
ANSWER_HREF = re.compile(r"-mr_answer_url-/[a-z0-9-]+/[0-9]")
READ_HREF = re.compile(r"-mr_read_url-/[a-z0-9-]+")
TAG_BEGINNING = "-mr_"
TAG_START = re.compile(TAG_BEGINNING)
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"))
_INSIDE = re.compile(r"""\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\bor\s+(?:"([^"]*)"|'([^']*)'|“([^”]*)”)\s*)?\Z""")
# The beginnings of a value that could complete a tag which the text or value before it began.
_PIECE = re.compile(r"(-mr|\A(?:m?r)?)_")
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\x00-\x1f\x7f-\x9f]+")
_PLAIN = re.compile(r"[ !#-%(-;=?-^`-~\w]*\Z")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$()*+,;=%-]+\Z")


@dataclass(frozen=True, slots=True)
class MergeField:
    """One kind of place in the composed mail: its tag, its field, its default, and its escaping."""

    tag: str
    name: str
    default: str
    escape: Escape


def read_field(inside: str) -> Field:
    """Parses the inside of the braces, such as `name or "reader"`. Raises ContentError."""
    match = _INSIDE.match(inside)
    if match is None:
        raise ContentError("field-shape", text="{{" + inside + "}}")
    name = match[1]
    if name not in FIELDS:
        raise ContentError("field-unknown", name=name, nearest=nearest(name.lower(), FIELDS) or "name")
    default = next((text for text in match.groups()[1:] if text is not None), "")
    if default and name in URL_FIELDS:
        raise ContentError("field-default-url", name=name)
    return Field(name, default)


def write_field(field: Field) -> str:
    if not field.default:
        return "{{ " + field.name + " }}"
    opening, closing = next((pair for pair in _QUOTES if not {*pair} & {*field.default}), _QUOTES[0])
    return "{{ " + f"{field.name} or {opening}{field.default}{closing}" + " }}"


def written_in(line: str) -> Iterator[tuple[int, int, str]]:
    """Yields (start, end, text between the braces) for everything in a line that has the syntax of a merge field."""
    at = 0
    while (start := unescaped(line, "{{", at)) >= 0 and (end := unescaped(line, "}}", start + 2)) >= 0:
        yield start, end + 2, line[start + 2 : end]
        at = end + 2


def unescaped(text: str, character: str, at: int) -> int:
    """Returns the position of the next `character` without a backslash before it, or -1; an escaped backslash does not count."""
    position = text.find(character, at)
    while position > at:
        first = position
        while first > at and text[first - 1] == "\\":
            first -= 1
        if (position - first) % 2 == 0:
            break
        position = text.find(character, position + 1)
    return position


def replaced(line: str, replacement: Callable[[str, str], str]) -> str:
    """Replaces each merge field in the line by `replacement(as written, inside)`."""
    parts: list[str] = []
    last = 0
    for start, end, inside in written_in(line):
        parts += (line[last:start], replacement(line[start:end], inside))
        last = end
    return "".join((*parts, line[last:]))


def fields_in(line: str) -> Iterator[Field]:
    for _, _, inside in written_in(line):
        yield read_field(inside)


class Tags:
    """The tags of one issue. A field with several defaults has one tag for each default."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._defaults: dict[str, list[str]] = {}
        for field in fields:
            self._position(field)

    def tag(self, field: Field, escape: Escape) -> str:
        ending = "" if field.name in PAGE_FIELDS else f"_{escape}"
        return f"-mr_{field.name}{_letters(self._position(field))}{ending}-"

    def _position(self, field: Field) -> int:
        """Returns the index of its default among the defaults of its field, in order of first use."""
        defaults = self._defaults.setdefault(field.name, [])
        if field.default not in defaults:
            defaults.append(field.default)
        return defaults.index(field.default)

    def replace_fields(self, text: str, escape: Escape) -> str:
        return replaced(text, lambda _, inside: self.tag(read_field(inside), escape))

    def answer_href(self, question: str, number: int) -> str:
        """The address of an answer: the merge value names the person, and the text that all recipients share the answer."""
        return f"{self.tag(Field(ANSWER_URL), 'url')}/{question}/{number}"

    def article_href(self, article: str) -> str:
        """The address of the page of an article: the merge value names the mail, the same for all its recipients."""
        return f"{self.tag(Field(READ_URL), 'url')}/{article}"

    def used(self, *parts: str) -> tuple[MergeField, ...]:
        """Returns the merge fields whose tags are in the parts, in a fixed order. Raises ValueError for an unknown tag."""
        known: dict[str, MergeField] = {}
        for name, defaults in self._defaults.items():
            ways: tuple[Escape, ...] = ("url",) if name in PAGE_FIELDS else ("html", "text")
            for default in defaults:
                for escape in ways:
                    tag = self.tag(Field(name, default), escape)
                    known[tag] = MergeField(tag, name, default, escape)
        tags = {tag for part in parts for tag in TAG.findall(part)}
        strangers = sorted(tags - known.keys())
        if strangers:
            raise ValueError(f"unknown tags {', '.join(strangers)}")
        return tuple(known[tag] for tag in sorted(tags))


def _letters(position: int) -> str:
    """Returns '' for the first default, then _b, _c … _z, _bb, because digits are not allowed in a tag."""
    if position == 0:
        return ""
    digits = ""
    while position:
        position, rest = divmod(position, 26)
        digits = chr(ord("a") + rest) + digits
    return f"_{digits}"


def fields_of(content: Inlines) -> Iterator[Field]:
    """Yields the merge fields of inline content, also those in the addresses of links."""
    for node in walk_inlines(content):
        if isinstance(node, Field):
            yield node
        elif isinstance(node, Link):
            yield from fields_in(node.href)


def text_with_addresses(content: Inlines) -> str:
    """Returns the text and link addresses of inline content; a field becomes its default with spaces, so that it does not join
    its neighbours."""
    parts: list[str] = []
    for node in content:
        match node:
            case Text(text):
                parts.append(text)
            case Field(default=default):
                parts.append(f" {default} ")
            case Link(href, children):
                parts.append(f"{text_with_addresses(children)} {href} ")
            case Strong(children) | Emphasis(children) | Span(children=children):
                parts.append(text_with_addresses(children))
            case LineBreak():
                parts.append(" ")
            case other:
                assert_never(other)
    return "".join(parts)


def values(fields: Iterable[MergeField], person: Mapping[str, str]) -> dict[str, str]:
    """Returns tag -> value for one recipient, escaped so that it cannot form a tag together with its neighbours.

    Raises ValueError if a page address is not a plain http(s) URL without `&` (the same value is used in HTML and text), and
    KeyError if a page address is missing.
    """
    return {
        field.tag: _url_value(field.name, person[field.name])
        if field.escape == "url"
        else shown(field, person.get(field.name, ""))
        for field in fields
    }


def shown(field: MergeField, value: str) -> str:
    """Returns the escaped value of a field that is not a page address, for a recipient with the value `value`, or its default."""
    if not is_plain(value):
        value = unicodedata.normalize("NFC", _HIDDEN.sub(" ", value))
    value = value.strip()[:LONGEST_VALUE] or unicodedata.normalize("NFC", field.default)
    if is_plain(value):
        return value
    if field.escape == "html":
        return html.escape(value).replace("_", "&#95;")
    return _PIECE.sub("\\1\u2060_", value)


def is_plain(value: str) -> bool:
    """Whether `value` needs no escaping in HTML and in text: letters, and printable ASCII without special characters."""
    if _PLAIN.match(value) is None or "_" in value:
        return False
    return value.isascii() or unicodedata.is_normalized("NFC", value)


def _url_value(name: str, url: str) -> str:
    if not _SAFE_URL.match(url) or not urlsplit(url).hostname:
        raise ValueError(f"{name} must be a plain http(s) address without & and quotes, not {url!r}")
    return without_tag(url)


def without_tag(url: str) -> str:
    """Returns the same address, written so that no part of it looks like the beginning of a tag."""
    return TAG_START.sub("-mr%5F", url)


def preview_values(fields: Iterable[MergeField], name: str = "", pages: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns example values for viewing a mail: every page address is `#`, or the one in `pages`."""
    fields = tuple(fields)
    person = {"name": name, "email": "reader@example.org"}
    filled = values((field for field in fields if field.escape != "url"), person)
    return filled | {field.tag: (pages or {}).get(field.name, "#") for field in fields if field.escape == "url"}


def fill(text: str, filled: Mapping[str, str]) -> str:
    """Replaces the tags in the text in one pass. An unknown tag stays unchanged."""
    return TAG.sub(lambda match: filled.get(match[0], match[0]), text)
