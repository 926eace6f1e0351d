"""Who has the pages of an issue open. The pages say so every few seconds, and count as closed after 45 seconds of silence."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User

from editorial.models import IssueRecord, Presence
from editorial.sources import presence_sql
from publication import clock

SILENCE = timedelta(seconds=45)
_MOST_SHOWN = 20
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Present:
    """Another member of staff, and the part that they edit; empty if they only look."""

    name: str
    file: str
    part: str


def note(account: User, issue: IssueRecord, file: str = "", part: str = "") -> tuple[Present, ...]:
    """Note that an account has a page of an issue open, with the part that it edits; returns the others.

    Somebody may have several pages open: one without a part does not hide that they edit a part in another.
    """
    now = clock.now()
    presence_sql.note(issue.pk, account.pk, file[:_LONGEST], part[:_LONGEST], now, now - SILENCE)
    return others(account, issue)


def others(account: User, issue: IssueRecord) -> tuple[Present, ...]:
    present = Presence.objects.filter(issue=issue, seen_at__gt=clock.now() - SILENCE).exclude(account=account)
    rows = present.select_related("account").order_by("account__username")[:_MOST_SHOWN]
    return tuple(Present(row.account.get_username(), row.file, row.part) for row in rows)
