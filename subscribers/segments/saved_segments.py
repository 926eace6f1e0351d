"""Saved segments: created, changed, found by slug, and their versions."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from publication import audit
from publication.models import Actor
from subscribers import attributes
from subscribers.errors import InputError, UnknownSlugError
from subscribers.mailing_lists import SLUG, slug_of
from subscribers.models import Segment, SegmentVersion
from subscribers.segments import compiler
from subscribers.segments.grammar import SegmentError
from subscribers.segments.recorded_text import without_personal_values

LONGEST_NAME = 100


class UnknownSegmentError(UnknownSlugError):
    """No segment has this slug."""

    kind, none_yet = "segment", "none is stored yet"


def create(actor: Actor, slug: str, text: str, *, name: str = "", description: str = "") -> Segment:
    """Store a segment; without a name, it is called like its slug.

    Raises SegmentError for the text, InputError for slug, name and description.
    """
    if not SLUG.fullmatch(slug):
        raise InputError("slug", f"“{slug}” cannot be the short name of a segment", "use lower-case letters, digits and hyphens")
    compiler.check(slug, text)
    name, description = _read_name(name) or slug, attributes.read_description(description)
    try:
        with transaction.atomic():
            created = Segment.objects.create(slug=slug, name=name, text=text, description=description)
            _keep_version(actor, created)
            audit.record(actor, "create_segment", created, slug=slug, text=without_personal_values(text))
    except IntegrityError:
        raise InputError("slug_taken", f"there is already a segment “{slug}”", "choose another short name") from None
    return created


def create_named(actor: Actor, name: str, text: str, *, description: str = "") -> Segment:
    """Store a segment under a short name that is made of its name. Raises SegmentError, InputError."""
    return create(actor, free_slug(_required_name(name)), text, name=name, description=description)


def free_slug(name: str) -> str:
    """A short name that no segment has yet: the Latin letters of the name, else `segment-7`. It stays in the audit, so it is
    not made of an address.
    """
    made = "" if "@" in name else slug_of(name)
    taken = set(Segment.objects.filter(slug__startswith=made or "segment-").values_list("slug", flat=True))
    numbered = (f"{made or 'segment'}-{number}" for number in range(2 if made else 1, len(taken) + 3))
    return next(slug for slug in filter(None, (made, *numbered)) if slug not in taken)


def change(
    actor: Actor, segment: Segment, text: str, *, name: str | None = None, description: str | None = None,
    seen: int | None = None,
) -> Segment:  # fmt: skip
    """Give a stored segment another text, name or note; campaigns already scheduled keep the text they had.

    `seen`: the version from which somebody began. Raises SegmentError for the text, InputError for the others, also if
    somebody else stored a version since.
    """
    with transaction.atomic():
        # All of them, in one order: of two people who make two segments name each other, the second is refused.
        rows = Segment.objects.select_for_update(no_key=True).order_by("pk")
        locked = {row.pk: row for row in rows}.get(segment.pk)
        if locked is None:
            raise UnknownSegmentError(segment.slug, [])
        if seen is not None and (newest := newest_version(locked)) is not None and newest.pk != seen:
            raise InputError("segment_changed", "somebody else changed the segment meanwhile", "compare both texts")
        if text != locked.text or name is None:
            compiler.check(locked.slug, text)
        before = _recorded(locked)
        segment.text = text
        segment.name = locked.name if name is None else _required_name(name)
        segment.description = locked.description if description is None else attributes.read_description(description)
        segment.save(update_fields=["text", "name", "description", "updated_at"])
        if (locked.text, locked.name, locked.description) != (segment.text, segment.name, segment.description):
            _keep_version(actor, segment)
        audit.record(actor, "change_segment", segment, slug=segment.slug, **audit.changes(before, _recorded(segment)))
    return segment


def restore(actor: Actor, segment: Segment, version: SegmentVersion) -> Segment:
    """Give a segment the text, name and note of an earlier version, as a new change. Raises SegmentError, InputError."""
    return change(actor, segment, version.text, name=version.name, description=version.description)


def versions(segment: Segment) -> QuerySet[SegmentVersion]:
    """All versions, the newest first, with those who stored them."""
    return SegmentVersion.objects.filter(segment=segment).select_related("actor").order_by("-pk")


def newest_version(segment: Segment) -> SegmentVersion | None:
    return versions(segment).first()


def _keep_version(actor: Actor, segment: Segment) -> None:
    SegmentVersion.objects.create(
        segment=segment, name=segment.name, text=segment.text, description=segment.description, actor=actor
    )


def _required_name(name: str) -> str:
    if not (read := _read_name(name)):
        raise InputError("segment_name", "the segment has no name", "write what staff call it")
    return read


def _read_name(name: str) -> str:
    """Raises InputError."""
    read = attributes.read_name(name).strip()
    if len(read) > LONGEST_NAME:
        raise InputError("segment_name_long", f"the name has more than {LONGEST_NAME} characters", "shorten it")
    return read


def _recorded(segment: Segment) -> dict[str, str]:
    """What the audit keeps of a segment."""
    return {"text": without_personal_values(segment.text), "name": segment.name, "description": segment.description}


def faults_of(segments: Sequence[Segment]) -> dict[int, SegmentError]:
    """Number of a segment that cannot be used any more -> why."""
    faults = compiler.faults([segment.text for segment in segments])
    return {segment.pk: fault for segment, fault in zip(segments, faults, strict=True) if fault is not None}


def find(slug: str) -> Segment:
    """The segment with this slug. Raises UnknownSegmentError."""
    segment = Segment.objects.filter(slug=slug).first()
    if segment is None:
        raise UnknownSegmentError(slug, list(Segment.objects.order_by("slug").values_list("slug", flat=True)))
    return segment
