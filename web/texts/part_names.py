"""The parts of an issue in words: what each is, and its title."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

KINDS = {
    "head": _("Head"), "highlights": _("Highlights"), "credits": _("Credits"), "footer": _("Footer"), "opening": _("Opening"),
    "section": _("Section"), "article": _("Article"), "whole": _("Whole text"), "outline": _("Order of the parts"),
}  # fmt: skip
_TITLED = _("%(kind)s: %(title)s")


def part_kind(kind: str) -> str:
    """The kind of a part (composer.issue.parts.outline) in the reader's language."""
    return gettext(KINDS.get(kind, kind))


def part_name(kind: str, title: str) -> str:
    """`Article: The light source opens`."""
    return gettext(_TITLED) % {"kind": part_kind(kind), "title": title} if title else part_kind(kind)
