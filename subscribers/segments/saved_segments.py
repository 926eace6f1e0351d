"""Saved segments: created, changed, found by slug."""

from django.db import IntegrityError, transaction

from publication import audit
from publication.models import Actor
from subscribers import attributes
from subscribers.errors import InputError, UnknownSlugError
from subscribers.mailing_lists import SLUG
from subscribers.models import Segment
from subscribers.segments import compiler
from subscribers.segments.grammar import SegmentError
from subscribers.segments.recorded_text import without_personal_values


class UnknownSegmentError(UnknownSlugError):
    """No segment has this slug."""

    kind, none_yet = "segment", "none is stored yet"


def create(actor: Actor, slug: str, text: str, *, description: str = "") -> Segment:
    """Store a segment. Raises SegmentError for the text, InputError for slug and description."""
    if not SLUG.fullmatch(slug):
        raise InputError("slug", f"“{slug}” cannot be the short name of a segment", "use lower-case letters, digits and hyphens")
    compiler.check(slug, text)
    description = attributes.read_description(description)
    try:
        with transaction.atomic():
            created = Segment.objects.create(slug=slug, text=text, description=description)
            audit.record(actor, "create_segment", created, slug=slug, text=without_personal_values(text))
    except IntegrityError:
        raise InputError("slug_taken", f"there is already a segment “{slug}”", "choose another short name") from None
    return created


def change(actor: Actor, segment: Segment, text: str) -> Segment:
    """Give a stored segment another text; campaigns already scheduled keep the one they had. Raises SegmentError."""
    compiler.check(segment.slug, text)
    with transaction.atomic():
        before = {"text": without_personal_values(Segment.objects.select_for_update().get(pk=segment.pk).text)}
        segment.text = text
        segment.save(update_fields=["text", "updated_at"])
        changed = audit.changes(before, {"text": without_personal_values(text)})
        audit.record(actor, "change_segment", segment, slug=segment.slug, **changed)
    return segment


def fault_of(segment: Segment) -> SegmentError | None:
    """Why a stored segment cannot be used any more; None if it can."""
    try:
        compiler.compile_segment(segment.text)
    except SegmentError as error:
        return error
    return None


def find(slug: str) -> Segment:
    """The segment with this slug. Raises UnknownSegmentError."""
    segment = Segment.objects.filter(slug=slug).first()
    if segment is None:
        raise UnknownSegmentError(slug, list(Segment.objects.order_by("slug").values_list("slug", flat=True)))
    return segment
