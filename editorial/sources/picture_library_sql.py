"""The statement behind the library of pictures: each picture of the newest sources of all issues once, with where it is used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from publication.database.statement_sql import query

# The newest picture at each path of each issue.
_HELD = """
    SELECT * FROM (
        SELECT DISTINCT ON (issue_id, kind, file, part)
               issue_id, file AS path, COALESCE(original_id, media_id) AS digest, created_at
        FROM issue_edit WHERE kind = 'picture' ORDER BY issue_id, kind, file, part, number DESC
    ) newest WHERE digest IS NOT NULL
"""
# What the newest texts say about pictures: the line of a picture, `![alternative text](path)`, with the lines of caption and
# credit until the next picture. It looks at lines, in linear time, because a text may have a megabyte.
_DESCRIPTIONS = """
    SELECT issue_id, btrim(max(path), '<>') AS path, string_agg(line, ' ') AS text FROM (
        SELECT *, count(path) OVER (PARTITION BY issue_id, file, part ORDER BY number) AS figure FROM (
            SELECT t.issue_id, t.file, t.part, l.line, l.number,
                   CASE WHEN l.line LIKE '%%![%%](%%)%%' THEN split_part(split_part(l.line, '](', -1), ')', 1) END AS path
            FROM (
                SELECT DISTINCT ON (issue_id, kind, file, part) issue_id, file, part, text
                FROM issue_edit WHERE kind = 'text' ORDER BY issue_id, kind, file, part, number DESC
            ) t
            CROSS JOIN LATERAL string_to_table(t.text, E'\\n') WITH ORDINALITY l (line, number)
            WHERE t.text LIKE '%%](%%' AND (l.line LIKE '%%![%%](%%)%%' OR l.line ~* '^[ >]*(caption|credit)[ \\t]*[:：]')
        ) lines
    ) figures WHERE figure > 0 GROUP BY issue_id, file, part, figure
"""
Row = tuple[str, int, str, str, str, datetime, int, int]


def listed(patterns: Sequence[str], limit: int, offset: int) -> list[Row]:
    """Rows (digest, issue, its slug, its title, path, time, number of uses, number of all rows), the newest first.

    `words`: patterns of ILIKE that must all occur in path, title, number or what is said about the picture.
    """
    parameters: dict[str, Any] = {"limit": limit, "offset": offset} | {f"word{at}": word for at, word in enumerate(patterns)}
    conditions = " AND ".join(f"(s.searched ILIKE %(word{at})s)" for at in range(len(patterns))) or "TRUE"
    descriptions = f"""
        LEFT JOIN (
            SELECT issue_id, path, string_agg(text, ' ') AS text FROM ({_DESCRIPTIONS}) shown GROUP BY issue_id, path
        ) described ON described.issue_id = held.issue_id AND described.path = held.path
    """ if patterns else ""  # fmt: skip
    searched = "concat_ws(' ', held.path, i.slug, i.title, described.text)" if patterns else "''"
    return query(
        f"""
        WITH matching AS (
            SELECT held.*, i.slug, i.title FROM ({_HELD}) held JOIN issue i ON i.id = held.issue_id {descriptions}
            CROSS JOIN LATERAL (SELECT {searched} AS searched) s WHERE {conditions}
        ), once AS (
            SELECT DISTINCT ON (digest) *, count(*) OVER (PARTITION BY digest) AS uses FROM matching
            ORDER BY digest, created_at DESC, issue_id DESC, path
        )
        SELECT digest, issue_id, slug, title, path, created_at, uses, count(*) OVER () FROM once
        ORDER BY created_at DESC, digest LIMIT %(limit)s OFFSET %(offset)s
        """,
        parameters,
    )


def texts(issues: Sequence[int]) -> list[tuple[int, str, str, str]]:
    """The newest texts of some issues that show pictures: (issue, file, part, text)."""
    return query(
        """
        SELECT issue_id, file, part, text FROM (
            SELECT DISTINCT ON (issue_id, kind, file, part) issue_id, file, part, text
            FROM issue_edit WHERE kind = 'text' AND issue_id = ANY(%s) ORDER BY issue_id, kind, file, part, number DESC
        ) newest WHERE text LIKE '%%](%%' ORDER BY issue_id, file, part
        """,
        [list(issues)],
    )


def holders(digest: str) -> list[tuple[int, str]]:
    """Where a picture is in a newest source, the newest use first: (issue, path)."""
    return query(
        f"SELECT issue_id, path FROM ({_HELD}) held WHERE digest = %s ORDER BY created_at DESC, issue_id DESC, path",
        [digest],
    )
