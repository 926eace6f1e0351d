"""The send rate and the concurrency shared by all workers, in the database: losing the broker must not reset them.

The only writer of send_rate. A bucket may go below zero: whoever takes next waits until the debt before them is paid. So a
slice larger than the bucket is sent, too, and those behind it wait the longer.
"""

from __future__ import annotations

import math

from publication.database.statement_sql import changed, first

CAMPAIGNS = "campaigns"
MOST_SLOTS = 64


def take(recipients: int, rate: int | None, longest: float = math.inf) -> float | None:
    """Take `recipients` from the bucket that fills at `rate` a second; the seconds to wait before sending them.

    None where that would be more than `longest`: then nothing was taken. Tokens taken for what is not sent after all
    would put the next further into debt each time, until nobody sends any more.
    """
    if rate is None:
        return 0.0
    refilled = (
        "LEAST(EXCLUDED.burst, r.available + EXCLUDED.rate "
        # A clock that was put back is no debt.
        "* GREATEST(0, EXTRACT(EPOCH FROM clock_timestamp() - r.refilled_at)))"
    )
    found = first(
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
    return found[0] if found else None


def halve() -> None:
    """After a 429: half the requests under way at once, at least one."""
    changed(
        """
        INSERT INTO send_rate (name, rate, burst, available, refilled_at, slots)
        VALUES (%s, 0, 0, 0, clock_timestamp(), %s)
        ON CONFLICT (name) DO UPDATE SET slots = GREATEST(1, send_rate.slots / 2)
        """,
        [CAMPAIGNS, MOST_SLOTS // 2],
    )


def widen() -> None:
    """Once a beat: half as many slots again, up to the most. Writes nothing while the limit was never lowered."""
    changed(
        "UPDATE send_rate SET slots = LEAST(%s, slots + slots / 2 + 1) WHERE name = %s AND slots < %s",
        [MOST_SLOTS, CAMPAIGNS, MOST_SLOTS],
    )
