"""Sums of the rows of list_count, and the statement that replaces the rows by their sums. The triggers add rows."""

from datetime import date

from publication.database.statement_sql import changed, query

TOTALS = """
SELECT list_id, kind, sum(people)::bigint FROM list_count WHERE kind = ANY (%(states)s) GROUP BY list_id, kind
"""
MONTHS = """
SELECT kind, month, origin, sum(people)::bigint FROM list_count
WHERE (%(list)s::bigint IS NULL OR list_id = %(list)s) AND kind = ANY (%(kinds)s) AND month >= %(since)s
GROUP BY kind, month, origin HAVING sum(people) <> 0 ORDER BY month, kind, origin
"""
# One statement, so that every reader sees either the rows or their sum. Rows that another process folds are left to it, and rows
# that a transaction adds meanwhile stay for the next time.
FOLD = """
WITH several AS (
    SELECT list_id, kind, month, origin FROM list_count GROUP BY list_id, kind, month, origin HAVING count(*) > 1
), folded AS (
    SELECT c.id FROM list_count c JOIN several s
        ON c.list_id = s.list_id AND c.kind = s.kind AND c.origin = s.origin AND c.month IS NOT DISTINCT FROM s.month
    FOR UPDATE OF c SKIP LOCKED
), removed AS (
    DELETE FROM list_count c USING folded f WHERE c.id = f.id RETURNING c.list_id, c.kind, c.month, c.origin, c.people
)
INSERT INTO list_count (list_id, kind, month, origin, people)
SELECT list_id, kind, month, origin, sum(people) FROM removed GROUP BY list_id, kind, month, origin HAVING sum(people) <> 0
"""


def totals(states: list[str]) -> list[tuple[int, str, int]]:
    """(list id, state, people) of all lists."""
    return [(int(row[0]), str(row[1]), int(row[2])) for row in query(TOTALS, {"states": states})]


def months(list_id: int | None, kinds: list[str], since: date) -> list[tuple[str, date, str, int]]:
    """(kind, month, origin, people) of one list or of all lists together, from a month on."""
    rows = query(MONTHS, {"list": list_id, "kinds": kinds, "since": since})
    return [(str(row[0]), row[1], str(row[2]), int(row[3])) for row in rows]


def fold() -> int:
    """Replace rows by their sums; returns how many sums were written."""
    return changed(FOLD)
