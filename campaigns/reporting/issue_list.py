"""Lists issues for staff: with number, date and state, found by words of their text, page by page."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from campaigns.reporting import issue_list_sql
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts.outline import language_of
from composer.issue.parts.splitting import HEAD, Part
from editorial.issue_records import number_in
from editorial.models import Review
from editorial.review import requests
from publication import clock, policies

PER_PAGE = 30
# In the order in which an issue usually passes through them. `stopped`: sending is paused or on hold; `changed`: since approval;
# `edited`: since it was sent; `past`: sent without Mailroom, and in its archive.
IN_PROGRESS = ("writing", "review", "changes", "approved", "changed")
STATES = (*IN_PROGRESS, "scheduled", "sending", "stopped", "sent", "edited", "past")
_IN_PROGRESS_FOR = timedelta(days=90)  # an issue that nobody touched for longer was given up
_MOST_WORDS, _LONGEST = 5, 100
# Not the whole parser: a page lists many issues, and a head may be unfinished.
_VALUE = re.compile(r"^(title|number|subject):[ \t]*([\"']?)([^\n]*?)\2[ \t]*(?:[ \t]#[^\n]*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ListedIssue:
    """`at`: when it will be or was sent. `editor`: who changed it last, at `changed_at`. `due_at`: until when a review is due.

    `languages`: tags, that of issue.md first.
    """

    slug: str
    title: str
    number: str
    subject: str
    state: str
    at: datetime | None
    changed_at: datetime
    due_at: datetime | None
    editor: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssuePage:
    issues: tuple[ListedIssue, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class ListedIssueState:
    """`code`: one of STATES. `version`: the number of the newest version, 0 if there is none. `number`: of the issue, as text."""

    code: str
    version: int
    number: str


def find(search: str = "", state: str = "", page: int = 1, first: Collection[str] = ()) -> IssuePage:
    """A page of the issues that contain each word of `search` in title, number or newest text; the newest first.

    `state`: only issues in one of STATES. `first`: slugs of issues that come before the others. The nearest page if there is
    none with this number.
    """
    patterns = [_pattern(word) for word in search[:_LONGEST].split()[:_MOST_WORDS]]
    state = state if state in STATES else ""
    needed = _needed()
    page = min(max(1, page), 1_000_000)
    rows = issue_list_sql.listed(patterns, state, needed, PER_PAGE, (page - 1) * PER_PAGE, first)
    if not rows and page > 1:
        newest = issue_list_sql.listed(patterns, state, needed, 1, 0)
        page = -(-newest[0][-1] // PER_PAGE) if newest else 1
        rows = issue_list_sql.listed(patterns, state, needed, PER_PAGE, (page - 1) * PER_PAGE, first)
    total = rows[0][-1] if rows else 0
    return IssuePage(tuple(map(_listed, rows)), page, max(1, -(-total // PER_PAGE)), total)


def state_of(issue_id: int) -> ListedIssueState:
    """What the frame of every page of an issue shows. One query."""
    state, version, head = issue_list_sql.state_of(issue_id, _needed())
    return ListedIssueState(state, version or 0, number_in({ISSUE_FILE: head or ""}))


def in_progress(limit: int) -> tuple[ListedIssue, ...]:
    """The issues that are neither scheduled nor sent, what was changed last first."""
    rows = issue_list_sql.changed_last(IN_PROGRESS, clock.now() - _IN_PROGRESS_FOR, _needed(), limit)
    return tuple(map(_listed, rows))


def to_change(user: User, issues: Sequence[ListedIssue]) -> list[ListedIssue]:
    """Return the issues with a request for changes that the person edited last or asked to have reviewed."""
    with_changes = [issue for issue in issues if issue.state == "changes"]
    if not with_changes:
        return []
    own = Review.objects.filter(version__issue__slug__in=[issue.slug for issue in with_changes], actor__user=user)
    slugs = set(own.values_list("version__issue__slug", flat=True))
    return [issue for issue in with_changes if issue.slug in slugs or issue.editor == user.username]


def waiting(user: User) -> frozenset[str]:
    """The slugs of issues that wait for a person: that they review them, or change what was asked for."""
    asked = {request.review.version.issue.slug for request in requests.open_requests(user)}
    return frozenset(asked | {issue.slug for issue in to_change(user, in_progress(PER_PAGE))})


def _needed() -> int:
    """How many approvals make an issue approved; one also if sending needs none."""
    return max(1, int(policies.number("approvals")))


def _pattern(word: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", word.replace("\0", "")) + "%"


def _listed(row: issue_list_sql.Row) -> ListedIssue:
    _, slug, title, state, scheduled_at, sent_at, changed_at, due_at, editor, head, heads, _ = row
    values = {name: value for name, _, value in _VALUE.findall((head or "").partition("\n---")[0])}
    at = scheduled_at if state == "scheduled" else sent_at if state in ("sent", "edited") else None
    assert changed_at is not None  # noqa: S101 - every issue was made at some time
    return ListedIssue(
        slug, values.get("title") or title, values.get("number", ""), values.get("subject", ""), state, at, changed_at,
        due_at, editor or "", tuple(tag for text in heads or (head or "",) if (tag := language_of((Part(HEAD, text),)))),
    )  # fmt: skip
