"""Records of segments and of counts over all people. `subscribers.models` makes them known to Django."""

from django.db import models
from django.db.models.functions import Now

from publication.models import Actor


class Segment(models.Model):
    """A stored query over subscribers, as text in the segment language."""

    slug = models.TextField(unique=True)
    name = models.TextField(blank=True, default="", db_default="", help_text="what staff call it; the slug if it is empty")
    text = models.TextField()
    description = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "segment"

    def __str__(self) -> str:
        return self.name or self.slug


class SegmentVersion(models.Model):
    """A segment as it was stored at one time; the newest version is the segment as it is now. Rows are only added."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE)
    name = models.TextField()
    text = models.TextField()
    description = models.TextField(blank=True, default="")
    actor = models.ForeignKey(Actor, null=True, on_delete=models.PROTECT, help_text="NULL: before versions were kept")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "segment_version"


class StoredCount(models.Model):
    """Counts over all people, with their time and the seconds they took. Written only by `segments.stored_counts`."""

    name = models.TextField(primary_key=True, help_text="audience, values, or segment:ID")
    of = models.TextField(blank=True, default="", help_text="what was counted: the text of the segment then")
    figures = models.JSONField(null=True, help_text="NULL: no count came to its end yet")
    counted_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0, help_text="what the last finished count took")
    tried_at = models.DateTimeField()
    gave_up_after = models.FloatField(default=0, help_text="seconds, where the last try was stopped; else 0")

    class Meta:
        db_table = "stored_count"
