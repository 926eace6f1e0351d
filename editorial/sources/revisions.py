"""Revisions: named points in the edits of an issue. Names them, lists them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from editorial.models import IssueRecord, IssueRevision, IssueSource
from editorial.sources import edits_sql, revisions_sql
from publication import audit, clock
from publication.models import Actor

PAUSE = timedelta(minutes=10)


def name_point(actor: Actor, issue: IssueRecord, edit: int, reason: str) -> IssueRevision:
    """Name the source at an edit, in the caller's transaction. If the newest revision is there already, returns that one."""
    IssueSource.objects.select_for_update().get(issue=issue)
    newest = issue.revisions.order_by("-number").first()
    if newest is not None and newest.edit == edit and (reason != IssueRevision.Reason.REVIEW or newest.reason == reason):
        return newest
    number = (newest.number if newest else 0) + 1
    made = IssueRevision.objects.create(issue=issue, number=number, edit=edit, reason=reason, actor=actor)
    IssueSource.objects.filter(issue=issue, revised__lt=edit).update(revised=edit)
    audit.record(actor, "name_revision", issue, issue=issue.slug, revision=number, edit=edit, reason=reason)
    return made


def name_before_replacing(actor: Actor, issue: IssueRecord) -> IssueRevision:
    """Name the newest text before words in it are replaced, so that all of it can come back at once."""
    with transaction.atomic():
        head = IssueSource.objects.select_for_update().get(issue=issue).head
        return name_point(actor, issue, head, IssueRevision.Reason.REPLACE)


@dataclass(frozen=True, slots=True)
class ListedRevision:
    """`changed`: the number of parts and pictures that changed since the revision before."""

    number: int
    reason: str
    author: str
    at: datetime
    edit: int
    changed: int


def listed(issue: IssueRecord, limit: int, offset: int) -> list[ListedRevision]:
    return [ListedRevision(*row) for row in revisions_sql.listed(issue.pk, limit, offset)]


def name_pauses() -> int:
    """Name a revision of each issue that nobody edited for ten minutes since its last edit; the number named."""
    named = 0
    for issue_id, head, actor_id in edits_sql.paused(clock.now() - PAUSE):
        with transaction.atomic():
            record = IssueRecord.objects.get(pk=issue_id)
            if IssueSource.objects.select_for_update().get(issue=record).head == head:
                name_point(Actor.objects.get(pk=actor_id), record, head, IssueRevision.Reason.PAUSE)
                named += 1
    return named


def mark_stored(issue: IssueRecord, edit: int) -> None:
    """Note that a folder that was not pulled was stored as the source at this edit, which a revision names."""
    IssueSource.objects.filter(issue=issue).update(stored=edit)


def stored_edit(issue: IssueRecord) -> int:
    """The edit of the last folder that was stored without having been pulled; 0 if there was none."""
    return IssueSource.objects.filter(issue=issue).values_list("stored", flat=True).first() or 0
