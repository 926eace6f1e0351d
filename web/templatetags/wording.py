"""Template filters that put states, reasons and languages into the reader's words; the words are those of `web.wording`."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from web import wording

register = template.Library()


@register.filter
def offered(language: str | None) -> str:
    """The language we have that comes nearest to `language` (BCP 47); ours by default."""
    try:
        return get_supported_language_variant(language or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE


@register.filter
def word(term: str | None) -> str:
    """A state, reason or other code of ours in the reader's language; an unknown one as it is."""
    return wording.word(term or "")


@register.filter
def held(reason: str) -> str:
    """What a held campaign waits for, and the way out."""
    return wording.held(reason)
