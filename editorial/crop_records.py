"""Records of how pictures were cut; `editorial.models` has them among the others."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from publication.models import Actor


class CropRecord(models.Model):
    """How a picture was cut out of the whole one: a rectangle, and the focal point that it was chosen for."""

    # In pixels of the whole picture as it is seen, that is, turned as its EXIF data say.
    left = models.IntegerField()
    top = models.IntegerField()
    width = models.IntegerField()
    height = models.IntegerField()
    focus_x = models.IntegerField(help_text="the point that a crop with a fixed shape keeps in its middle")
    focus_y = models.IntegerField()
    shape = models.TextField(help_text="one of SHAPES in editorial/sources/picture_crops.py")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class PictureCrop(CropRecord):
    """A picture that was cut out of another one, and how it was cut first: for issues that took it from another issue."""

    cropped = models.OneToOneField("editorial.Original", primary_key=True, on_delete=models.PROTECT, related_name="crop")
    # The whole picture is one of these, as in an edit. It is never itself a crop.
    original = models.ForeignKey("editorial.Original", null=True, on_delete=models.PROTECT, related_name="crops")
    media = models.ForeignKey("editorial.Media", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "picture_crop"
        default_permissions: ClassVar = ()


class IssueCrop(CropRecord):
    """How an issue cut a picture, so that it can cut it again. Two issues may cut the same picture for different focal points."""

    issue = models.ForeignKey("editorial.IssueRecord", on_delete=models.CASCADE, related_name="crops", db_index=False)
    cropped = models.ForeignKey("editorial.Original", on_delete=models.PROTECT, related_name="issue_crops")
    original = models.ForeignKey("editorial.Original", null=True, on_delete=models.PROTECT, related_name="+")
    media = models.ForeignKey("editorial.Media", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "issue_crop"
        default_permissions: ClassVar = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "cropped"], name="issue_crop_once")]
