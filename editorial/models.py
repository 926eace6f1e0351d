"""Records of issues: IssueRecord, IssueVersion, IssueVariant, Media. Fields and keys, no verbs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from publication.models import Actor


class IssueRecord(models.Model):
    """One issue of the publication, over all its versions."""

    class Archive(models.TextChoices):
        USUAL = "usual"
        SHOWN = "shown"
        WITHHELD = "withheld"

    slug = models.TextField(unique=True, help_text="its number in the address bar and the CLI")
    title = models.TextField()
    archive = models.TextField(choices=Archive.choices, default=Archive.USUAL, db_default=Archive.USUAL)
    # Not always the one with the highest number: an earlier content may have been stored again.
    current = models.ForeignKey("IssueVersion", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "issue"

    def __str__(self) -> str:
        return self.slug


class IssueVersion(models.Model):
    """The issue's files at one moment. Its variants are the mails composed from them; `choices` says who gets which.

    A version never changes; another content is another version.
    """

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    # {"issue.md": "---...", "issue.zh-Hans.md": "---..."}
    sources = models.JSONField(default=dict, help_text="file name -> text, of every language")
    theme = models.TextField(default="cast", help_text="of issue.md")
    subject = models.TextField(help_text="of variant 0, by which staff know the version")
    # [{"language": "en", "comparisons": ["country = \"CN\""], "numbers": [0, 1]}]: composer.issue.variants.Choice.
    choices = models.JSONField(default=list)
    # [["images/light.jpg", "light-0123456789ab.jpg"]]: the stored picture of each figure in the sources.
    pictures = models.JSONField(default=list)
    digest = models.TextField(help_text="SHA-256 over everything that reaches a recipient and who gets what, hex")
    # [{"code": "postal-address", "level": "error", "params": {}, "file": "issue.md", "line": 3}]: what preflight found.
    findings = models.JSONField(default=list)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "issue_version"
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "number"], name="issue_version_number")]

    def __str__(self) -> str:
        return f"{self.issue_id} version {self.number}"


class IssueVariant(models.Model):
    """One finished mail of a version: in one language, for recipients for whom one of `holds` is true (all if it is empty)."""

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT, related_name="variants", db_index=False)
    number = models.SmallIntegerField(help_text="from 0 on, in the order of languages and outcomes")
    language = models.TextField(default="en")
    # ["country = \"CN\" and member != True"]: the outcomes of conditions that select this variant.
    holds = models.JSONField(default=list)
    subject = models.TextField()
    preheader = models.TextField(blank=True, default="")
    html = models.TextField()
    text = models.TextField()
    # [{"tag": "-mr_name_html-", "name": "name", "default": "reader", "escape": "html"}]
    fields = models.JSONField(default=list)
    digest = models.TextField(help_text="SHA-256 over everything of it that reaches a recipient, hex")

    class Meta:
        db_table = "issue_variant"
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "number"], name="issue_variant_number")]

    def __str__(self) -> str:
        return f"{self.version_id} variant {self.number}"


class Media(models.Model):
    """A re-encoded picture, stored once per digest; never deleted while a sent campaign uses it."""

    digest = models.TextField(primary_key=True)
    path = models.TextField(help_text="name in Django's default storage")
    content_type = models.TextField()
    width = models.IntegerField()
    height = models.IntegerField()
    byte_count = models.IntegerField()
    versions = models.ManyToManyField(IssueVersion, related_name="media")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "media"
        verbose_name_plural = "media"

    def __str__(self) -> str:
        return self.path
