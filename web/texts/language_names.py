"""Names of languages in the reader's language."""

from __future__ import annotations

from babel import Locale
from django.utils.translation import get_language, get_language_info, to_locale


def language_name(language: str) -> str:
    """The name of a language in the reader's language; the tag of a language that nobody knows."""
    try:
        return str(get_language_info(language.lower())["name_translated"])
    except KeyError:  # such as zh, without a script
        return name_in_locale_data(language) or language


def name_in_locale_data(language: str) -> str | None:
    """The name in the reader's language of any language that CLDR knows, also of those that Django has no texts for."""
    name = Locale.parse(to_locale(get_language() or "en")).languages.get(to_locale(language))
    return None if name is None else str(name)
