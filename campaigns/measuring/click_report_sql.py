"""SQL of the report on clicks: those of people who agreed and those without a name, together."""

from datetime import datetime

from campaigns.states import GOT_STATES
from publication.database.statement_sql import query

# (link, hour, reasons, clicks)
_ALL = """
    SELECT k.link_id, k.hour, k.reasons, k.clicks FROM click_count k WHERE k.campaign_id = %(campaign)s
    UNION ALL
    SELECT c.link_id, date_trunc('hour', c.at, 'UTC'), c.reasons, count(*) FROM click c WHERE c.campaign_id = %(campaign)s
    GROUP BY 1, 2, 3
"""


def count_by_link(campaign_id: int) -> list[tuple[str, str, bool, int, int, int, int]]:
    """(url, text, whether it is the picture, clicks of people, of machines, people who agreed and clicked, number of the first
    link) of each destination.

    A destination that several variants have is one row; those that nobody followed are there, too.
    """
    return query(
        f"""
        WITH counted AS (
            SELECT link_id, sum(clicks) FILTER (WHERE reasons = 0) AS people, sum(clicks) FILTER (WHERE reasons <> 0) AS machines
            FROM ({_ALL}) a GROUP BY 1),
        named AS (
            SELECT l.url, count(DISTINCT c.subscriber_id) AS persons FROM click c JOIN measured_link l ON l.id = c.link_id
            WHERE c.campaign_id = %(campaign)s AND c.reasons = 0 GROUP BY 1)
        SELECT l.url, (array_agg(l.text ORDER BY l.text = '', l.variant, l.position))[1], l.url = '',
               COALESCE(sum(k.people), 0)::bigint, COALESCE(sum(k.machines), 0)::bigint, COALESCE(max(n.persons), 0), min(l.id)
        FROM campaign c JOIN measured_link l ON l.version_id = c.version_id
        LEFT JOIN counted k ON k.link_id = l.id LEFT JOIN named n ON n.url = l.url
        WHERE c.id = %(campaign)s GROUP BY l.url ORDER BY min(l.variant), min(l.position)
        """,
        {"campaign": campaign_id},
    )


def count_by_hour(campaign_id: int) -> list[tuple[datetime, int, int]]:
    """(hour, clicks of people, clicks of machines) of each hour with any, without the picture's."""
    return query(
        f"""
        SELECT a.hour, COALESCE(sum(a.clicks) FILTER (WHERE a.reasons = 0), 0)::bigint,
               COALESCE(sum(a.clicks) FILTER (WHERE a.reasons <> 0), 0)::bigint
        FROM ({_ALL}) a JOIN measured_link l ON l.id = a.link_id AND l.position > 0 GROUP BY 1 ORDER BY 1
        """,
        {"campaign": campaign_id},
    )


def count_people(campaign_id: int) -> tuple[int, int, int]:
    """(people who agreed before the campaign began and who got it, people who clicked, the first who did not)."""
    [row] = query(
        """
        WITH clicked AS MATERIALIZED (
            SELECT DISTINCT k.subscriber_id FROM click k JOIN measured_link l ON l.id = k.link_id AND l.position > 0
            WHERE k.campaign_id = %(campaign)s AND k.reasons = 0)
        SELECT count(*), (SELECT count(*) FROM clicked), count(*) FILTER (WHERE k.subscriber_id IS NULL)
        FROM campaign c JOIN subscriber s ON s.measured_since <= c.started_at
        JOIN delivery_state d ON d.subscriber_id = s.id AND d.campaign_id = c.id AND d.state = ANY(%(got)s)
        LEFT JOIN clicked k ON k.subscriber_id = s.id WHERE c.id = %(campaign)s
        """,
        {"campaign": campaign_id, "got": [*GOT_STATES]},
    )
    return row[0], row[1], row[2]
