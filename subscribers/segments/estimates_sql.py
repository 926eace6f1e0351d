"""A sample of all people, from pages of the table that are spread evenly."""

from publication.database.statement_sql import column, query

SAMPLE = 5000  # people
_SEED = 1  # the same people every time: a further condition never makes an estimate larger


def about_how_many() -> int:
    """The number of records of people by the database's statistics; 0 where it has none yet."""
    return max(0, int(query("SELECT reltuples::bigint FROM pg_class WHERE oid = 'subscriber'::regclass")[0][0]))


def sample(records: int) -> list[int]:
    """The ids of about SAMPLE of `records` records."""
    percent = min(100.0, 100 * SAMPLE / records)
    return column(
        "SELECT id FROM subscriber TABLESAMPLE SYSTEM (%s) REPEATABLE (%s) WHERE erased_at IS NULL AND merged_into_id IS NULL",
        [percent, _SEED],
    )
