"""Template filters of reviews: the parts of an issue in words, and the marks of a difference."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from editorial.text_differences import ADDED, EQUAL, REMOVED, Row
from web.texts.review_states import PART_KINDS

register = template.Library()
_TAGS = {REMOVED: "del", ADDED: "ins"}


@register.filter
def part_kind(kind: str) -> str:
    """The kind of a part in the reader's language."""
    return gettext(PART_KINDS.get(kind, kind))


@register.filter
def marked(row: Row) -> SafeString:
    """A row of a difference; what was removed is in <del>, what was added in <ins>."""
    pieces = (
        (format_html("<{0}>{1}</{0}>", _TAGS[each.kind], each.text) if each.kind != EQUAL else each.text,)
        for each in row.segments
    )
    return format_html_join("", "{}", pieces)
