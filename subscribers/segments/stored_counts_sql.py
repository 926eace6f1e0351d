"""The lock that lets only one count over all people run at a time in the installation."""

from publication.database.statement_sql import query

COUNT_LOCK = 0x436F756E  # "Coun"; any number that nothing else of ours uses


def try_lock() -> bool:
    """Whether nobody else is counting; held until the transaction ends."""
    return bool(query("SELECT pg_try_advisory_xact_lock(%s)", [COUNT_LOCK])[0][0])
