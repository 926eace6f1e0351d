"""SQL of how fast a campaign is being sent."""

from publication.database.statement_sql import query

# Of all campaigns together: more than thirty seconds of the fastest sending. So the table is never read whole.
_LATEST = 5000


def lately(campaign_id: int, seconds: float) -> tuple[int, float]:
    """(recipients whose mail was accepted within the last `seconds`, seconds since the first of their requests began)."""
    [row] = query(
        f"""
        SELECT COALESCE(sum(a.size), 0)::int, COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(a.gate_at)), 0)::float
        FROM (SELECT * FROM attempt ORDER BY id DESC LIMIT {_LATEST}) a
        WHERE a.campaign_id = %s AND a.outcome = 'accepted' AND a.gate_at > clock_timestamp() - make_interval(secs => %s)
        """,
        [campaign_id, seconds],
    )
    return row[0], row[1]
