"""The languages to choose from, by their names in the language of the page."""

from collections.abc import Collection
from typing import NamedTuple

from django.conf.locale import LANG_INFO

from composer.issue.languages import spelt
from web.texts.language_names import language_name

# What most newsletters of this kind are written in; they come first.
_USUAL = ("zh-Hans", "en", "zh-Hant", "fr", "de", "es", "ru", "ja", "ko", "ar", "pt", "it")


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
    return (_USUAL.index(choice.tag) if choice.tag in _USUAL else len(_USUAL)), choice.name.casefold()


def _with_tag(tag: str, name: str, names: Collection[str]) -> str:
    """The name, with the tag where several languages have the same name, or where the name says nothing."""
    return f"{name} ({tag})" if name != tag and list(names).count(name) > 1 else name
