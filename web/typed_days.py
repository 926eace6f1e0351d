"""Days that people type into the filters of pages, in URLs."""

from datetime import date

from django.utils.translation import gettext as _

from subscribers import attributes
from subscribers.errors import InputError


def typed_day(text: str, problems: list[str]) -> date | None:
    """The day of a filter; None if there is none, or if it cannot be read, which is added to the problems."""
    if not text:
        return None
    try:
        return attributes.in_range(date.fromisoformat(text))
    except (ValueError, InputError):
        problems.append(_("Write a day like 2026-03-31."))
        return None
