"""Statements over stored originals: finding and removing those that nothing refers to."""

from datetime import datetime

from publication.database.statement_sql import changed, column, query


def lock(digest: str) -> None:
    """Wait until nobody else stores or removes this original; until the end of the transaction."""
    query("SELECT pg_advisory_xact_lock(hashtextextended('mailroom original ' || %s, 0))", [digest])


def unused(before: datetime, limit: int) -> list[str]:
    """Digests of originals that were stored before a moment and that no edit, no crop and no import refers to."""
    return column(
        """
        SELECT digest FROM original o
        WHERE created_at < %s AND NOT EXISTS (SELECT FROM issue_edit e WHERE e.original_id = o.digest)
        AND NOT EXISTS (SELECT FROM picture_crop c WHERE c.original_id = o.digest)
        AND NOT EXISTS (SELECT FROM issue_crop c WHERE c.original_id = o.digest)
        AND NOT EXISTS (SELECT FROM imported_file f WHERE f.original_id = o.digest)
        ORDER BY created_at LIMIT %s
        """,
        [before, limit],
    )


def remove(digest: str, before: datetime) -> bool:
    """Remove the row of an original if it is still unused, with the notes of what it was cut out of. In a transaction."""
    removed = changed(
        """
        DELETE FROM original o WHERE digest = %s AND created_at < %s
        AND NOT EXISTS (SELECT FROM issue_edit e WHERE e.original_id = o.digest)
        AND NOT EXISTS (SELECT FROM picture_crop c WHERE c.original_id = o.digest)
        AND NOT EXISTS (SELECT FROM issue_crop c WHERE c.original_id = o.digest)
        AND NOT EXISTS (SELECT FROM imported_file f WHERE f.original_id = o.digest)
        """,
        [digest, before],
    ) == 1  # fmt: skip
    if removed:
        changed("DELETE FROM issue_crop WHERE cropped_id = %s", [digest])
        changed("DELETE FROM picture_crop WHERE cropped_id = %s", [digest])  # foreign keys are checked at the commit
    return removed
