"""Names of languages in the reader's language."""

from babel import Locale
from django.utils.translation import get_language, get_language_info, to_locale


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
