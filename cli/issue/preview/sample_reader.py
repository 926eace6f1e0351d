"""The sample reader: subscriber fields from the page's address, the variant they get, and their merge values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.composition import ComposedVariant, Composition
from composer.issue import conditions, merge_fields
from composer.issue.conditions import Value
from config.public_urls import UNSUBSCRIBE, VIEW

ADDRESS = "reader@example.org"
SITE = "newsletter.example.org"  # stands for MAILROOM_PUBLIC_URL, which an editor's machine need not know
TOKEN = "TOKEN-OF-THIS-RECIPIENT"  # noqa: S105  (stands for one)
PAGES = {"unsubscribe_url": f"https://{SITE}/{UNSUBSCRIBE}/{TOKEN}", "view_url": f"https://{SITE}/{VIEW}/{TOKEN}"}
FIELD = "f."  # before the name of a field in the address line, so that a field may have any name
_OWN = ("name", "email", "language")
LONGEST = 200  # characters of one value


class Sample(NamedTuple):
    """An invented subscriber to begin with; `key` names them among the words of the page."""

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
    """`fields` are those that conditions may ask for, as typed; `variant` is the one picked by hand, or None."""

    name: str = ""
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    variant: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Reader:
        """Raises ValueError for a variant that is no number."""
        picked = query.get("variant", "")
        fields = {key.removeprefix(FIELD): value[:LONGEST] for key, value in query.items() if key.startswith(FIELD)}
        return cls(query.get("name", "")[:LONGEST], query.get("language", "")[:40], fields, int(picked) if picked else None)

    def own(self, composition: Composition) -> ComposedVariant:
        """The variant that they get by what is known of them."""
        person = {"name": self.name, "email": ADDRESS, "language": self.language} | {
            name: _value(typed, values)
            for name, values in asked(composition).items()
            if name not in _OWN and (typed := self.fields.get(name, "").strip())
        }
        return composition.choose(self.language, person)

    def shown(self, composition: Composition) -> ComposedVariant:
        """The variant to show: the one picked by hand, if the issue still has it, else their own."""
        if self.variant is not None and 0 <= self.variant < len(composition.variants):
            return composition.variants[self.variant]
        return self.own(composition)

    @property
    def known(self) -> dict[str, str]:
        """What stands at the merge fields."""
        return {"name": self.name, "email": ADDRESS, **PAGES}

    def fill(self, text: str, fields: Iterable[merge_fields.MergeField]) -> str:
        """The text as they get it."""
        return merge_fields.fill(text, merge_fields.values(fields, self.known))

    def fill_page(self, html: str, fields: tuple[merge_fields.MergeField, ...]) -> str:
        """The HTML as they get it, but addresses of pages lead nowhere."""
        known = merge_fields.values(fields, self.known)
        return merge_fields.fill(html, known | {each.tag: "#" for each in fields if each.escape == "url"})


def asked(composition: Composition) -> dict[str, tuple[Value, ...]]:
    """The fields that the issue's conditions ask for, each with the values they name, in reading order."""
    found: dict[str, dict[Value, None]] = {}
    for choice in composition.choices:
        for text in choice.comparisons:
            for each in conditions.parse(text).comparisons:
                found.setdefault(each.field, {}).update(dict.fromkeys(each.values))
    return {name: tuple(values) for name, values in found.items()}


def _value(typed: str, values: tuple[Value, ...]) -> object:
    """What was typed as a subscriber holds it: a comma makes a list of words; yes, no and numbers as conditions write them."""
    known = {str(value).lower(): value for value in values} | {"true": True, "false": False}
    parts: list[object] = [known.get(part.lower(), part) for part in map(str.strip, typed.split(",")) if part]
    return parts[0] if len(parts) == 1 else parts
