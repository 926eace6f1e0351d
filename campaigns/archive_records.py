"""The record of an issue that was sent before Mailroom was in use. `campaigns.models` makes it known to Django."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from editorial.models import IssueVersion
from publication.models import Actor
from subscribers.models import MailingList


class PastIssue(models.Model):
    """An issue that was sent before Mailroom was in use: the archive of its list shows it with that day."""

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT, related_name="past")
    list = models.ForeignKey(MailingList, on_delete=models.PROTECT, related_name="past_issues")
    day = models.DateField(help_text="when it was sent, in the publication's zone")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "past_issue"
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "list"], name="past_issue_once")]

    def __str__(self) -> str:
        return f"version {self.version_id} in list {self.list_id}, {self.day}"
