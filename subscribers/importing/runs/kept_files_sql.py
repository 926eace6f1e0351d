"""One process at a time rewrites the results of imports: of two, the second would bring back what the first removed."""

from publication.database.statement_sql import query

_LOCK = 0x696D7266


def lock_results() -> None:
    """Wait for erasures and imports that write results; until the end of the caller's transaction they wait for it."""
    query("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
