"""Names and descriptions that readers see: a thing's own texts, and those for the readers of other languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from django.conf import settings
from django.utils.translation import get_language

from composer.issue import languages
from publication.models import Publication


class ReaderText(NamedTuple):
    """What readers of one language see of a list or of the publication; an empty text means its own."""

    name: str = ""
    description: str = ""


class Described(Protocol):
    """Something with texts for readers; `texts` has those of other languages than its own, as in the database."""

    name: str
    description: str
    language: str
    texts: Mapping[str, Mapping[str, str]]


def text_in(thing: Described, language: str) -> ReaderText:
    """Name and description for a reader of `language`; the thing's own where it has none for it."""
    own = ReaderText(thing.name, thing.description)
    if not thing.texts:
        return own
    nearest = languages.best_language(language, [thing.language, *thing.texts])
    text = thing.texts.get(nearest, {})
    return ReaderText(text.get("name") or own.name, text.get("description") or own.description)


@dataclass(frozen=True, slots=True)
class PublicationTexts:
    """The publication as readers see it: name and description are in the language of the page or mail that is being made."""

    row: Publication = field(default_factory=lambda: Publication(name=""))

    @property
    def name(self) -> str:
        return self._text().name

    @property
    def description(self) -> str:
        return self._text().description

    @property
    def postal_address(self) -> str:
        return self.row.postal_address

    @property
    def zone(self) -> str:
        return self.row.zone

    def _text(self) -> ReaderText:
        return text_in(self.row, get_language() or settings.LANGUAGE_CODE)
