"""SQL of changes at the provider's lists: planned for any number of addresses in one statement."""

from collections.abc import Sequence

from publication.database.statement_sql import changed, query

# The address is stored only if no subscriber has it in this spelling, or if the caller says that the subscriber is being erased.
# The provider's spelling counts when it differs: it may not find the address by another one.
PLAN = """
INSERT INTO provider_list_change AS old (list, change, address_key, address, state, detail, tries, planned_at)
SELECT w.list, %(change)s, w.key, CASE WHEN NOT %(keep)s AND EXISTS (SELECT FROM subscriber s
           WHERE s.address_key = w.key AND (s.address = w.address OR w.address = '')) THEN '' ELSE w.address END,
       'planned', '', 0, clock_timestamp()
FROM unnest(%(lists)s::text[], %(keys)s::bytea[], %(addresses)s::text[]) AS w (list, key, address)
ORDER BY w.key, w.list
ON CONFLICT (address_key, list) DO UPDATE
    SET change = EXCLUDED.change, state = 'planned', detail = '', tries = 0, not_before = NULL, ended_at = NULL,
        planned_at = EXCLUDED.planned_at, address = COALESCE(NULLIF(EXCLUDED.address, ''), old.address)
    WHERE old.change <> EXCLUDED.change OR old.state <> 'planned' OR old.address <> EXCLUDED.address
"""


def plan(change: str, rows: Sequence[tuple[str, bytes, str]], *, keep_address: bool = False) -> int:
    """Plan one change for rows of (list, key, address or ""); the number of rows that are new or planned again."""
    lists, keys, addresses = (list(column) for column in zip(*rows, strict=True))
    return changed(PLAN, {"change": change, "keep": keep_address, "lists": lists, "keys": keys, "addresses": addresses})


def due(change: str, most: int) -> list[tuple[int, str, bytes, str | None, str]]:
    """The next changes, lifts by staff first: (id, list, key, address, version). Each new wish has another version."""
    rows = query(
        """
        SELECT c.id, c.list, c.address_key, COALESCE(NULLIF(c.address, ''), s.address), c.planned_at::text
        FROM provider_list_change c LEFT JOIN subscriber s ON s.address_key = c.address_key
        LEFT JOIN lift_request l ON l.address_key = c.address_key
        WHERE c.state = 'planned' AND c.change = %s AND (c.not_before IS NULL OR c.not_before <= clock_timestamp())
        ORDER BY l.id IS NULL, c.id LIMIT %s
        """,
        [change, most],
    )
    return [(id_, which, bytes(key), address, version) for id_, which, key, address, version in rows]


def end(rows: Sequence[tuple[int, str]], detail: str) -> None:
    """Record rows of (id, version) as done, unless somebody wished something else meanwhile; forget their addresses."""
    query(
        """
        WITH ended AS (
            UPDATE provider_list_change c SET state = 'done', detail = %(detail)s, address = '', not_before = NULL,
                   ended_at = clock_timestamp()
            FROM unnest(%(ids)s::bigint[], %(versions)s::timestamptz[]) AS e (id, version)
            WHERE c.id = e.id AND c.planned_at = e.version AND c.state = 'planned'
            RETURNING c.address_key, c.list, c.change)
        DELETE FROM provider_list_entry x USING ended e
        WHERE e.change = 'remove' AND x.address_key = e.address_key AND x.list = e.list
        """,
        {"detail": detail, "ids": [id_ for id_, _ in rows], "versions": [version for _, version in rows]},
    )


def postpone(rows: Sequence[tuple[int, str]], detail: str, most_tries: int, first: float, longest: float) -> None:
    """Count a failed call of rows of (id, version): try again after a pause that doubles, or end as failed."""
    query(
        """
        UPDATE provider_list_change c
        SET tries = c.tries + 1, detail = %(detail)s,
            state = CASE WHEN c.tries + 1 >= %(most)s THEN 'failed' ELSE 'planned' END,
            ended_at = CASE WHEN c.tries + 1 >= %(most)s THEN clock_timestamp() END,
            not_before = clock_timestamp() + LEAST(%(longest)s, %(first)s * 2 ^ c.tries) * interval '1 second'
        FROM unnest(%(ids)s::bigint[], %(versions)s::timestamptz[]) AS e (id, version)
        WHERE c.id = e.id AND c.planned_at = e.version AND c.state = 'planned'
        """,
        {"detail": detail, "most": most_tries, "first": first, "longest": longest, "ids": [id_ for id_, _ in rows],
         "versions": [version for _, version in rows]},
    )  # fmt: skip


def hold(seconds: float) -> None:
    """Make no call for planned changes during the next seconds; it counts as no failed call."""
    query(
        "UPDATE provider_list_change SET not_before = clock_timestamp() + %s * interval '1 second' "
        "WHERE state = 'planned' AND (not_before IS NULL OR not_before < clock_timestamp() + %s * interval '1 second')",
        [seconds, seconds],
    )
