"""The language of a mail that somebody asks for on a page: one of those that are offered there, never anything that was typed."""

from django.conf import settings
from django.utils.translation import get_language, get_supported_language_variant

from publication.models import Publication


def offered(about: Publication) -> list[str]:
    """The publication's languages (BCP 47), the first one first."""
    return list(dict.fromkeys([about.language, *about.languages]))


def nearest(page_language: str, languages: list[str]) -> str:
    """Return the first of `languages` whose pages are in `page_language`; empty if there is none."""
    return next((language for language in languages if _page_language(language) == page_language), "")


def of_page() -> str:
    """The publication's language nearest to that of the page that is shown now; empty if there is none."""
    # Not `installation.publication`, which creates the row if there is none: showing a page writes nothing.
    about = Publication.objects.filter(pk=1).first() or Publication()
    return nearest(get_language() or settings.LANGUAGE_CODE, offered(about))


def _page_language(language: str) -> str:
    try:
        return get_supported_language_variant(language.lower())
    except LookupError:
        return settings.LANGUAGE_CODE
