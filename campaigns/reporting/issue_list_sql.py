"""The statement behind the list of issues."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from publication.database.statement_sql import query

# Whether the newest source differs from the one that the current version was made of. What was taken back does not differ, so the
# texts are compared, not only the numbers of the edits.
_DIFFERS = """
    (v.edit < s.head AND EXISTS (
        SELECT FROM (
            SELECT DISTINCT ON (kind, file, part) kind, file, part, text, outline, COALESCE(original_id, media_id) AS picture
            FROM issue_edit WHERE issue_id = i.id AND number > v.edit AND number <= s.head
            ORDER BY kind, file, part, number DESC
        ) newest
        LEFT JOIN LATERAL (
            SELECT b.text, b.outline, COALESCE(b.original_id, b.media_id) AS picture FROM issue_edit b
            WHERE b.issue_id = i.id AND b.kind = newest.kind AND b.file = newest.file AND b.part = newest.part
              AND b.number <= v.edit
            ORDER BY b.number DESC LIMIT 1
        ) stored ON TRUE
        WHERE (newest.text, newest.outline, newest.picture) IS DISTINCT FROM (stored.text, stored.outline, stored.picture)
    ))
"""
# The state of an issue: what its campaigns do, whether it was sent elsewhere, or else how far its review is. The first that is
# true counts.
_STATE = f"""
    CASE WHEN c.moving THEN 'sending' WHEN c.stopped THEN 'stopped' WHEN c.scheduled_at IS NOT NULL THEN 'scheduled'
         WHEN c.finished_at IS NOT NULL THEN CASE WHEN v.digest <> ALL(c.sent_digests) OR {_DIFFERS} THEN 'edited' ELSE 'sent' END
         WHEN EXISTS (SELECT FROM past_issue a JOIN issue_version o ON o.id = a.version_id WHERE o.issue_id = i.id) THEN 'past'
         WHEN d.changes > 0 THEN 'changes'
         WHEN d.approvals >= %(needed)s THEN CASE WHEN {_DIFFERS} THEN 'changed' ELSE 'approved' END
         WHEN r.asked THEN 'review'
         WHEN f.approvals > 0 THEN 'changed'
         ELSE 'writing' END
"""
# All newest texts of an issue's source, or of its version if it has no source.
_CONTAINS = """
    (i.title ILIKE %(word{0})s OR i.slug ILIKE %(word{0})s OR v.sources::text ILIKE %(word{0})s AND s.head IS NULL OR EXISTS (
        SELECT FROM (
            SELECT DISTINCT ON (file, part) text FROM issue_edit WHERE issue_id = i.id AND kind = 'text'
            ORDER BY file, part, number DESC
        ) newest WHERE text ILIKE %(word{0})s
    ))
"""
# Every issue that fulfils some conditions, with its state.
_FOUND = """
    SELECT i.id, i.slug, i.title, {state} AS state, c.scheduled_at, c.finished_at,
           COALESCE(s.changed_at, v.created_at, i.created_at) AS changed_at, s.head,
           v.sources, v.actor_id, r.due_at, v.number AS version
    FROM issue i
    LEFT JOIN issue_source s ON s.issue_id = i.id AND s.head > 0
    LEFT JOIN LATERAL (
        SELECT n.id, n.number, n.digest, n.sources, n.created_at, n.actor_id, p.edit
        FROM issue_version n LEFT JOIN issue_revision p ON p.id = n.revision_id WHERE n.id = i.current_id
    ) v ON TRUE
    CROSS JOIN LATERAL (
        SELECT bool_or(k.state IN ('filling', 'sending')) AS moving, bool_or(k.state IN ('held', 'paused')) AS stopped,
               min(k.scheduled_at) FILTER (WHERE k.state = 'scheduled') AS scheduled_at,
               max(k.finished_at) FILTER (WHERE k.state = 'sent') AS finished_at,
               array_agg(o.digest) FILTER (WHERE k.state = 'sent') AS sent_digests
        FROM campaign k JOIN issue_version o ON o.id = k.version_id WHERE o.issue_id = i.id AND k.welcome_to_id IS NULL
    ) c
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE kind = 'approve') AS approvals, count(*) FILTER (WHERE kind = 'changes') AS changes
        FROM (
            SELECT DISTINCT ON (e.actor_id) CASE WHEN w.id IS NULL THEN e.kind END AS kind
            FROM review_decision e JOIN issue_version o ON o.id = e.version_id
            LEFT JOIN withdrawn_decision w ON w.decision_id = e.id
            WHERE o.issue_id = i.id AND o.digest = v.digest ORDER BY e.actor_id, e.id DESC
        ) newest
    ) d
    CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS asked, max(w.due_at) AS due_at FROM review w JOIN issue_version o ON o.id = w.version_id
        WHERE o.issue_id = i.id AND w.ended_at IS NULL AND o.digest = v.digest
    ) r
    CROSS JOIN LATERAL (
        SELECT count(*) AS approvals FROM review_decision e JOIN issue_version o ON o.id = e.version_id
        WHERE o.issue_id = i.id AND o.digest <> v.digest AND e.kind = 'approve'
    ) f
    WHERE {conditions}
"""

Row = tuple[
    int, str, str, str, datetime | None, datetime | None, datetime | None, datetime | None, str | None, str | None,
    list[str] | None, int,
]  # fmt: skip
# The newest head of issue.md of an issue.
_HEAD = """
    LEFT JOIN LATERAL (
        SELECT text FROM issue_edit t
        WHERE t.issue_id = {0}.id AND t.kind = 'text' AND t.file = 'issue.md' AND t.part IN ('@head', '@whole')
        ORDER BY t.number DESC LIMIT 1
    ) h ON TRUE
"""
# The newest heads of all files of an issue, that of issue.md first.
_HEADS = """
    LEFT JOIN LATERAL (
        SELECT array_agg(t.text ORDER BY t.file <> 'issue.md', t.file) AS texts
        FROM (
            SELECT max(number) AS number FROM issue_edit
            WHERE issue_id = page.id AND kind = 'text' AND part IN ('@head', '@whole') GROUP BY file, part
        ) newest
        JOIN issue_edit t ON t.issue_id = page.id AND t.number = newest.number AND t.text IS NOT NULL
    ) heads ON TRUE
"""
# What a page shows of the issues that were found, in `page`.
_SHOWN = f"""
    SELECT page.id, page.slug, page.title, page.state, page.scheduled_at, page.finished_at, page.changed_at, page.due_at,
           COALESCE(a.name, b.name), COALESCE(h.text, page.sources->>'issue.md'), heads.texts, page.total
    FROM page
    LEFT JOIN issue_edit e ON e.issue_id = page.id AND e.number = page.head
    LEFT JOIN actor a ON a.id = e.actor_id
    LEFT JOIN actor b ON b.id = page.actor_id
    {_HEAD.format("page")} {_HEADS}
"""


def listed(patterns: Sequence[str], state: str, needed: int, limit: int, offset: int, first: Collection[str] = ()) -> list[Row]:
    """Rows (id, slug, title, state, scheduled at, sent at, changed at, review due at, editor, head of issue.md, heads of all
    files, number of all rows), the newest issue first, after those whose slugs are in `first`. `patterns`: of ILIKE, which must
    all occur. `needed`: approvals that make it approved.
    """
    parameters: dict[str, Any] = {"state": state, "needed": needed, "limit": limit, "offset": offset, "first": list(first)}
    parameters |= {f"word{at}": pattern for at, pattern in enumerate(patterns)}
    conditions = " AND ".join(_CONTAINS.format(at) for at in range(len(patterns))) or "TRUE"
    return query(
        f"""
        WITH found AS ({_FOUND.format(state=_STATE, conditions=conditions)}), page AS (
            SELECT *, count(*) OVER () AS total FROM found WHERE %(state)s = '' OR state = %(state)s
            ORDER BY slug = ANY(%(first)s::text[]) DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s
        )
        {_SHOWN} ORDER BY page.slug = ANY(%(first)s::text[]) DESC, page.id DESC
        """,
        parameters,
    )


def state_of(issue: int, needed: int) -> tuple[str, int | None, str | None]:
    """The state of one issue, the number of its newest version, and the newest head of issue.md; each only if it exists."""
    [row] = query(
        f"""
        SELECT found.state, found.version, COALESCE(h.text, found.sources->>'issue.md')
        FROM ({_FOUND.format(state=_STATE, conditions="i.id = %(issue)s")}) found {_HEAD.format("found")}
        """,
        {"issue": issue, "needed": needed},
    )
    return row


def changed_last(states: Sequence[str], since: datetime, needed: int, limit: int) -> list[Row]:
    """The same rows for issues in some states that were changed after a moment, what was changed last first."""
    return query(
        f"""
        WITH found AS ({_FOUND.format(state=_STATE, conditions="TRUE")}), page AS (
            SELECT *, count(*) OVER () AS total FROM found WHERE state = ANY(%(states)s) AND changed_at > %(since)s
            ORDER BY changed_at DESC, id DESC LIMIT %(limit)s
        )
        {_SHOWN} ORDER BY page.changed_at DESC, page.id DESC
        """,
        {"states": list(states), "since": since, "needed": needed, "limit": limit},
    )
