"""SQL of the webhook's health: what waits, which attempts have events, how late events arrive.

An attempt is "due" once events of it can come: from its gate, or from its release if the provider was to wait.
"""

from datetime import datetime, timedelta

from publication.database.statement_sql import number, query

NEWEST_ATTEMPTS, NEWEST_EVENTS = 200, 2000


def count_waiting(seconds: float = 0.0) -> int:
    """Payloads not split and events not applied that arrived more than `seconds` ago."""
    return number(
        """
        SELECT (SELECT count(*) FROM provider_payload WHERE split_at IS NULL
                AND received_at <= clock_timestamp() - make_interval(secs => %s))
             + (SELECT count(*) FROM event WHERE applied_at IS NULL
                AND received_at <= clock_timestamp() - make_interval(secs => %s))
        """,
        [seconds, seconds],
    )


def count_answered(since: datetime, until: datetime) -> tuple[int, int]:
    """Of the newest attempts that the provider accepted and that were due between the two times: (all, those with events)."""
    return query(
        """
        SELECT count(*), count(evidence_at) FROM (
            SELECT evidence_at FROM attempt WHERE http_status = 202 AND GREATEST(gate_at, send_at) BETWEEN %s AND %s
            ORDER BY id DESC LIMIT %s) AS newest
        """,
        [since, until, NEWEST_ATTEMPTS],
    )[0]


def slowest_event(within: timedelta) -> timedelta:
    """The longest delay between an event and its arrival, among the events that arrived in the last `within`."""
    slowest = query(
        """
        SELECT max(received_at - at) FROM (SELECT received_at, at FROM event ORDER BY id DESC LIMIT %s) AS newest
        WHERE received_at > clock_timestamp() - %s
        """,
        [NEWEST_EVENTS, within],
    )[0][0]
    return slowest or timedelta()
