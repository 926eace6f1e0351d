"""Names of languages in the reader's language, and the languages to choose from."""

from collections.abc import Collection
from typing import NamedTuple

from babel import Locale
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language, get_language_info, get_supported_language_variant, to_locale

from composer.issue.languages import spelt

# What most newsletters of this kind are written in; they come first.
USUAL = ("zh-Hans", "en", "zh-Hant", "fr", "de", "es", "ru", "ja", "ko", "ar", "pt", "it")


def language_name(language: str) -> str:
    """The name of a language in the reader's language; the tag of a language that nobody knows.

    The locale data knows more languages than Django has texts for, in every language of the pages.
    """
    name = Locale.parse(to_locale(get_language() or "en")).languages.get(to_locale(language))
    if name:
        return str(name)
    try:
        return str(get_language_info(language.lower())["name_translated"])
    except KeyError:
        return language


def own_name(language: str) -> str:
    """The name of a language in that language; its tag if the name is not known."""
    try:
        return str(get_language_info(language.lower())["name_local"])
    except KeyError:
        return language


class LanguageChoice(NamedTuple):
    """A language: its tag as issues write it, such as zh-Hans, and its name in the language of the page."""

    tag: str
    name: str


def language_choices(*, besides: Collection[str] = (), current: str = "") -> list[LanguageChoice]:
    """Return all languages that Django knows except `besides`: the usual ones first, then by name.

    `current` is always included, even if Django does not know it.
    """
    left_out = {tag.lower() for tag in besides} - {current.lower()}
    names = {
        spelt(code): language_name(code) for code, facts in LANG_INFO.items() if "fallback" not in facts and code not in left_out
    }
    if current and current.lower() not in {tag.lower() for tag in names}:
        names[current] = language_name(current)
    elif current:
        spelling = next(tag for tag in names if tag.lower() == current.lower())
        names[current] = names.pop(spelling)
    choices = (LanguageChoice(tag, _with_tag(tag, name, names.values())) for tag, name in names.items())
    return sorted(choices, key=_sort_key)


def _sort_key(choice: LanguageChoice) -> tuple[int, str]:
    return (USUAL.index(choice.tag) if choice.tag in USUAL else len(USUAL)), choice.name.casefold()


def _with_tag(tag: str, name: str, names: Collection[str]) -> str:
    """The name, with the tag where several languages have the same name, or where the name says nothing."""
    return f"{name} ({tag})" if name != tag and list(names).count(name) > 1 else name


def page_language(language: str) -> str:
    """The page language nearest to a BCP 47 tag; empty if there is none."""
    try:
        return get_supported_language_variant(language) if language else ""
    except LookupError:
        return ""
