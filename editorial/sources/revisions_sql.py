"""The statement behind the list of an issue's revisions."""

from datetime import datetime

from publication.database.statement_sql import query

Row = tuple[int, str, str, datetime, int, int]


def listed(issue: int, limit: int, offset: int) -> list[Row]:
    """Revisions (number, reason, author, time, edit, number of parts and pictures changed since the one before), newest first.

    The reason is `delete` where the edits that follow, which were made in one go, deleted parts.
    """
    return query(
        """
        SELECT r.number, CASE WHEN r.reason = 'pause' AND EXISTS (
            SELECT FROM issue_edit f JOIN issue_edit d ON d.issue_id = f.issue_id AND d.created_at = f.created_at
            WHERE f.issue_id = r.issue_id AND f.number = r.edit + 1 AND d.number > r.edit AND d.kind = 'text' AND d.text IS NULL
        ) THEN 'delete' ELSE r.reason END, a.name, r.created_at, r.edit, (
            SELECT count(DISTINCT (e.kind, e.file, e.part)) FROM issue_edit e
            WHERE e.issue_id = r.issue_id AND e.number > COALESCE(
                (SELECT max(b.edit) FROM issue_revision b WHERE b.issue_id = r.issue_id AND b.edit < r.edit), 0
            ) AND e.number <= r.edit AND e.kind <> 'outline'
        )
        FROM issue_revision r JOIN actor a ON a.id = r.actor_id
        WHERE r.issue_id = %s ORDER BY r.number DESC LIMIT %s OFFSET %s
        """,
        [issue, limit, offset],
    )
