"""A sample of people, read block by block: its time does not grow with the number of people."""

from publication.database.statement_sql import number, query

SAMPLE = 5000  # people
_SEED = 1  # the same people every time: a further condition never makes an estimate larger


def people() -> int:
    """About how many records the table of people has, as the last ANALYZE saw it; -1 if it saw none."""
    return number("SELECT reltuples::bigint FROM pg_class WHERE oid = 'subscriber'::regclass")


def sampled_ids() -> tuple[list[int], float]:
    """The numbers of about SAMPLE people, and how many people each of them stands for."""
    known = max(people(), 1)
    share = min(1.0, SAMPLE / known)
    rows = query("SELECT id FROM subscriber TABLESAMPLE SYSTEM (%s) REPEATABLE (%s)", [share * 100, _SEED])
    return [row[0] for row in rows], max(known / len(rows), 1.0) if rows else 1.0
