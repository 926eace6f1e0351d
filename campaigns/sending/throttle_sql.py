"""The send rate and the concurrency limit of all workers, kept in the database so that losing the broker does not reset them.

This is the only writer of send_rate. The token bucket may go below zero: the next taker waits until that debt is paid.
So a slice larger than the bucket can be sent too, and those behind it wait longer.
"""

import math

from publication.database.statement_sql import changed, first

CAMPAIGNS = "campaigns"
MOST_SLOTS = 64


def take(recipients: int, rate: int | None, longest: float = math.inf) -> float | None:
    """Take `recipients` from the bucket that fills at `rate` a second; the seconds to wait before sending them.

    None if the wait would exceed `longest`; then nothing is taken. Tokens taken for mails that are not sent would increase
    the debt each time, until nobody could send any more.
    """
    if rate is None:
        return 0.0
    refilled = (
        "LEAST(EXCLUDED.burst, r.available + EXCLUDED.rate "
        # A clock that was put back must not count as debt.
        "* GREATEST(0, EXTRACT(EPOCH FROM clock_timestamp() - r.refilled_at)))"
    )
    taken = first(
        f"""
        INSERT INTO send_rate AS r (name, rate, burst, available, refilled_at, slots)
        VALUES (%s, %s, %s, %s::float - %s, clock_timestamp(), %s)
        ON CONFLICT (name) DO UPDATE SET
            rate = EXCLUDED.rate, burst = EXCLUDED.burst, refilled_at = clock_timestamp(), available = {refilled} - %s
        WHERE {refilled} >= EXCLUDED.rate * -(%s::float)
        RETURNING GREATEST(0, -(available + %s) / rate)
        """,
        [CAMPAIGNS, rate, rate, rate, recipients, MOST_SLOTS, recipients, longest, recipients],
    )
    return taken[0] if taken else None


def halve() -> None:
    """After a 429: halve the number of concurrent requests, at least one."""
    changed(
        """
        INSERT INTO send_rate (name, rate, burst, available, refilled_at, slots)
        VALUES (%s, 0, 0, 0, clock_timestamp(), %s)
        ON CONFLICT (name) DO UPDATE SET slots = GREATEST(1, send_rate.slots / 2)
        """,
        [CAMPAIGNS, MOST_SLOTS // 2],
    )


def widen() -> None:
    """At each beat: add half as many slots again, up to the maximum. Writes nothing if the limit was never lowered."""
    changed(
        "UPDATE send_rate SET slots = LEAST(%s, slots + slots / 2 + 1) WHERE name = %s AND slots < %s",
        [MOST_SLOTS, CAMPAIGNS, MOST_SLOTS],
    )
