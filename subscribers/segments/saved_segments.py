"""Saved segments: created, changed, deleted, found by slug."""

from __future__ import annotations

import difflib
import re

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from publication import audit
from publication.models import Actor
from subscribers import attributes
from subscribers.models import Segment
from subscribers.segments.compiler import compile

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class SegmentFault(ValueError):
    """A segment that cannot be stored: `code` (slug, slug_taken, in_use) and a `hint`."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code = code
        self.hint = hint
        super().__init__(message)


class UnknownSegment(LookupError):
    """No segment has this slug; `nearest` is the one that was probably meant (or "")."""

    def __init__(self, slug: str, existing: list[str]) -> None:
        self.slug = slug
        self.existing = existing
        self.nearest = next(iter(difflib.get_close_matches(slug, existing, 1)), "")
        self.hint = (
            f"did you mean {self.nearest!r}?" if self.nearest else "there are: " + (", ".join(existing[:20]) or "none yet")
        )
        super().__init__(f"no segment is called {slug!r}; {self.hint}")


def create(actor: Actor, slug: str, text: str, *, description: str = "") -> Segment:
    """Store a segment. Raises SegmentError (the text), SegmentFault (the slug), ValueFault (the description)."""
    if not _SLUG.fullmatch(slug):
        raise SegmentFault("slug", f"{slug!r} cannot be a segment's short name", "lower-case letters, digits and hyphens")
    compile(text)
    description = attributes.read_lines("description", "the description holds", description)
    try:
        with transaction.atomic():
            created = Segment.objects.create(slug=slug, text=text, description=description)
            audit.record(actor, "create_segment", created, slug=slug)
    except IntegrityError:
        raise SegmentFault("slug_taken", f"there already is a segment {slug!r}", "choose another short name") from None
    return created


def change(actor: Actor, segment: Segment, text: str) -> Segment:
    """Give a stored segment another text; campaigns already scheduled keep the one they had. Raises SegmentError."""
    compile(text)
    with transaction.atomic():
        segment.text = text
        segment.save(update_fields=["text", "updated_at"])
        audit.record(actor, "change_segment", segment, slug=segment.slug)
    return segment


def delete(actor: Actor, segment: Segment) -> None:
    """Delete a stored segment. Raises SegmentFault while a campaign names it: its record must stay readable."""
    try:
        with transaction.atomic():
            audit.record(actor, "delete_segment", segment, slug=segment.slug, text=segment.text)
            segment.delete()
    except ProtectedError:
        raise SegmentFault(
            "in_use",
            f"campaigns name the segment {segment.slug!r}",
            "it stays as long as they do; give it another text instead",
        ) from None


def find(slug: str) -> Segment:
    """The segment with this slug. Raises UnknownSegment."""
    found = Segment.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownSegment(slug, list(Segment.objects.order_by("slug").values_list("slug", flat=True)))
    return found
