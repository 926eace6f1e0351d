"""Counts of requests to subscribe per list and hour. The only writer of sign_up_hour."""

from datetime import datetime
from typing import NamedTuple

from publication.database.statement_sql import changed, number, query

HOURS = 7 * 24  # before the current hour; hours without a request have no row and count as zero

# The median of the last week's hours without a row for each: the middle of all values, of which the missing ones are zero.
TRAFFIC = """
WITH known AS (
    SELECT hour, requests FROM sign_up_hour WHERE list_id = %(list)s AND hour >= %(hour)s - make_interval(hours => %(hours)s)
        AND hour <= %(hour)s
), every AS (
    SELECT COALESCE(known.requests, 0) AS requests
    FROM generate_series(
        %(hour)s - make_interval(hours => %(hours)s), %(hour)s - interval '1 hour', interval '1 hour'
    ) AS h (hour)
    LEFT JOIN known ON known.hour = h.hour
)
SELECT COALESCE((SELECT requests FROM known WHERE hour = %(hour)s), 0),
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY requests) FROM every)
"""


class Traffic(NamedTuple):
    """Requests to one list in this hour, and in a usual hour."""

    requests: int
    usual: float


def traffic(list_id: int, hour: datetime) -> Traffic:
    """`hour`: the beginning of the current hour."""
    requests, usual = query(TRAFFIC, {"list": list_id, "hour": hour, "hours": HOURS})[0]
    return Traffic(requests, float(usual))


def count(list_id: int, hour: datetime) -> int:
    """Count one request; returns how many there are in this hour."""
    return number(
        "INSERT INTO sign_up_hour AS h (list_id, hour, requests) VALUES (%s, %s, 1) "
        "ON CONFLICT (list_id, hour) DO UPDATE SET requests = h.requests + 1 RETURNING requests",
        [list_id, hour],
    )


def restart(list_id: int, hour: datetime) -> None:
    """Begin to count this hour again."""
    changed("UPDATE sign_up_hour SET requests = 0 WHERE list_id = %s AND hour = %s", [list_id, hour])
