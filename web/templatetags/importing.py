"""Template filters of the pages of imports: names of their states, and places in the original document."""

from django import template
from django.utils.translation import gettext_lazy as _

from editorial.importing.source_places import SourcePlace
from web.texts.issues import import_texts

_STATES = {
    "waiting": _("waits to be read"), "reading": _("is being read"), "asking": _("needs a decision"),
    "ready": _("is read, not an issue yet"), "done": _("is an issue"), "failed": _("failed"), "cancelled": _("cancelled"),
}  # fmt: skip

register = template.Library()


@register.filter
def import_state(state: str) -> str:
    return str(_STATES[state])


@register.filter
def source_place(source: SourcePlace) -> str:
    """Where a passage is in its document: “line 21”."""
    return import_texts.describe_position(source.unit, source.number)
