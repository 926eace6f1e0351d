"""Statements over the edits of issues: the source at an edit, moving the head, pruning."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publication.database.statement_sql import changed, query


def newest(issue: int, number: int) -> list[tuple[Any, ...]]:
    """The newest edit of each part, outline and picture up to an edit: (kind, file, part, number, text, outline, picture)."""
    return query(
        """
        SELECT DISTINCT ON (kind, file, part) kind, file, part, number, text, outline, COALESCE(original_id, media_id)
        FROM issue_edit WHERE issue_id = %s AND number <= %s
        ORDER BY kind, file, part, number DESC
        """,
        [issue, number],
    )


def texts_at(issue: int, file: str, numbers: Mapping[str, int]) -> dict[str, str]:
    """For each part its text at an edit of the issue: the newest one up to there that is kept."""
    rows = query(
        """
        SELECT DISTINCT ON (e.part) e.part, e.text
        FROM unnest(%s::text[], %s::int[]) AS asked (part, number)
        JOIN issue_edit e ON e.part = asked.part AND e.number <= asked.number
        WHERE e.issue_id = %s AND e.kind = 'text' AND e.file = %s AND e.text IS NOT NULL ORDER BY e.part, e.number DESC
        """,
        [list(numbers), list(numbers.values()), issue, file],
    )
    return dict(rows)


def advance(issue: int, head: int, count: int, now: datetime) -> bool:
    """Move the head by `count` edits if nobody moved it since. In a transaction, the row stays locked until its end."""
    return changed(
        "UPDATE issue_source SET head = head + %s, changed_at = %s WHERE issue_id = %s AND head = %s", [count, now, issue, head]
    ) == 1  # fmt: skip


def prune(before: datetime, limit: int = 5000) -> int:
    """Remove edits older than a moment that belong to no revision: a later edit of the same thing, which is as old, comes before
    the next revision. Returns the number removed."""
    return changed(
        """
        DELETE FROM issue_edit WHERE id IN (
            SELECT e.id FROM issue_edit e
            CROSS JOIN LATERAL (
                SELECT l.number, l.created_at FROM issue_edit l
                WHERE l.issue_id = e.issue_id AND l.kind = e.kind AND l.file = e.file AND l.part = e.part AND l.number > e.number
                ORDER BY l.number LIMIT 1
            ) later
            WHERE e.created_at < %(before)s AND later.created_at < %(before)s AND NOT EXISTS (
                SELECT FROM issue_revision r WHERE r.issue_id = e.issue_id AND r.edit >= e.number AND r.edit < later.number
            )
            ORDER BY e.id LIMIT %(limit)s
        )
        """,
        {"before": before, "limit": limit},
    )


def paused(before: datetime) -> list[tuple[Any, ...]]:
    """Issues that were edited since their newest revision, but not since a moment: (issue, head, actor of the last edit)."""
    return query(
        """
        SELECT s.issue_id, s.head, e.actor_id FROM issue_source s
        JOIN issue_edit e ON e.issue_id = s.issue_id AND e.number = s.head
        WHERE s.head > s.revised AND s.changed_at < %s ORDER BY s.issue_id
        """,
        [before],
    )
