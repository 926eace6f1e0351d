"""The sample reader: subscriber fields from the page's address, the variant they get, and their merge values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.composition import ComposedVariant, Composition
from composer.issue import conditions, merge_fields
from composer.issue.conditions import Value
from config.public_urls import PREFERENCES, SUBSCRIBE, UNSUBSCRIBE, VIEW

ADDRESS = "reader@example.org"
SITE = "newsletter.example.org"  # for MAILROOM_PUBLIC_URL, which need not be set on an editor's machine
TOKEN = "TOKEN-OF-THIS-RECIPIENT"  # noqa: S105  (stands for one)
PAGES = {
    "unsubscribe_url": f"https://{SITE}/{UNSUBSCRIBE}/{TOKEN}", "view_url": f"https://{SITE}/{VIEW}/{TOKEN}",
    "preferences_url": f"https://{SITE}/{PREFERENCES}/{TOKEN}", "subscribe_url": f"https://{SITE}/{SUBSCRIBE}/",
}  # fmt: skip
FIELD = "f."  # before the name of a field in the URL, so that a field may have any name
_OWN = ("name", "email", "language")
LONGEST = 200  # characters of one value


class Sample(NamedTuple):
    """A fictitious subscriber to begin with; `key` is that of their label in the texts of the page."""

    key: str
    name: str
    language: str
    country: str


SAMPLES = (
    Sample("sample-usual", "Maria Lindqvist", "en", "SE"),
    Sample("sample-empty", "", "en", ""),
    Sample("sample-long", "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Konstantinopoulos the Younger", "en", "US"),
    Sample("sample-chinese", "欧阳明月", "zh-Hans", "CN"),
    Sample("sample-arabic", "عبد الرحمن بن عبد الله", "ar", "EG"),
    Sample("sample-odd", 'O\'Neill & "Sons" <x>', "en", "IE"),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """`fields` are the fields for conditions, as typed; `variant` is the one chosen by hand, or None."""

    name: str = ""
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    variant: int | None = None
    email: str = ADDRESS

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Reader:
        """Read the reader from a URL. Raises ValueError for a variant that is not a number."""
        picked = query.get("variant", "")
        fields = {key.removeprefix(FIELD): value[:LONGEST] for key, value in query.items() if key.startswith(FIELD)}
        return cls(query.get("name", "")[:LONGEST], query.get("language", "")[:40], fields, int(picked) if picked else None)

    def own(self, composition: Composition) -> ComposedVariant:
        """The variant for this reader's fields."""
        person = {"name": self.name, "email": self.email, "language": self.language} | {
            name: _value(typed, values)
            for name, values in asked(composition).items()
            if name not in _OWN and (typed := self.fields.get(name, "").strip())
        }
        return composition.choose(self.language, person)

    def shown(self, composition: Composition) -> ComposedVariant:
        """The variant to show: the one chosen by hand, if the issue still has it, else this reader's own."""
        if self.variant is not None and 0 <= self.variant < len(composition.variants):
            return composition.variants[self.variant]
        return self.own(composition)

    @property
    def known(self) -> dict[str, str]:
        """The values of the merge fields."""
        return {"name": self.name, "email": self.email, **PAGES}

    def fill(self, text: str, fields: Iterable[merge_fields.MergeField]) -> str:
        """The text with this reader's values."""
        return merge_fields.fill(text, merge_fields.values(fields, self.known))

    def fill_page(self, html: str, fields: tuple[merge_fields.MergeField, ...]) -> str:
        """The HTML with this reader's values; links to personal pages lead nowhere."""
        known = merge_fields.values(fields, self.known)
        return merge_fields.fill(html, known | {each.tag: "#" for each in fields if each.escape == "url"})


def asked(composition: Composition) -> dict[str, tuple[Value, ...]]:
    """The fields in the issue's conditions, each with the values in them, in reading order."""
    found: dict[str, dict[Value, None]] = {}
    for choice in composition.choices:
        for text in choice.comparisons:
            for each in conditions.parse(text).comparisons:
                found.setdefault(each.field, {}).update(dict.fromkeys(each.values))
    return {name: tuple(values) for name, values in found.items()}


def _value(typed: str, values: tuple[Value, ...]) -> object:
    """The typed text as a stored value: a comma makes a list of words; yes, no and numbers as conditions write them."""
    known = {str(value).lower(): value for value in values} | {"true": True, "false": False}
    parts: list[object] = [known.get(part.lower(), part) for part in map(str.strip, typed.split(",")) if part]
    return parts[0] if len(parts) == 1 else parts
