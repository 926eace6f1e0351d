"""Template filters that put states, reasons and languages into the reader's words, those of `web.texts.state_labels`."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from publication import clock
from web.texts import bounce_labels, state_labels

register = template.Library()
register.filter(state_labels.held)


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
    return state_labels.word(term or "")


@register.filter
def bounce_cause(code: str) -> str:
    """The cause of a bounce in the reader's language."""
    return bounce_labels.cause(code)


@register.filter
def bounce_fix(code: str) -> str:
    """What to do about a rejection."""
    return bounce_labels.remedy(code)


@register.filter
def number(value: int | None) -> str:
    """With separators of thousands; both languages use the comma."""
    return f"{value or 0:,}"


@register.filter
def counted(value: int | None) -> str:
    """A number that may not be known yet."""
    return "–" if value is None else number(value)


@register.filter
def share(value: int, total: int) -> str:
    """Per cent of `total` with one decimal; a share that is not empty never reads 0.0 %."""
    if not total:
        return "–"
    percent = value * 100 / total
    return "< 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"


@register.filter
def moment(value: datetime | None, zone: str = "UTC") -> str:
    """A time in the publication's zone, the same in every language."""
    # Not by strftime, which writes the year 1 as "1".
    return clock.in_zone(value, zone).isoformat(" ", "minutes")[:16] if value else "–"
