"""SQL that splits the recipients of a campaign by language, domain, variant and list, and its bounces by cause."""

from collections.abc import Sequence
from typing import Any

from campaigns.states import ACCEPTED_STATES, DELIVERED_STATES, GOT_STATES
from publication.database.statement_sql import query
from transport.provider_events import EventKind

_ACCEPTED = ", ".join(f"'{state}'" for state in ACCEPTED_STATES)
_DELIVERED = ", ".join(f"'{state}'" for state in DELIVERED_STATES)
_GOT = ", ".join(f"'{state}'" for state in GOT_STATES)
_COUNTS = f"""
    count(*), count(*) FILTER (WHERE p.state IN ({_ACCEPTED})), count(*) FILTER (WHERE p.state IN ({_DELIVERED})),
    count(*) FILTER (WHERE p.state = 'bounced'), count(*) FILTER (WHERE p.state = 'complained'),
    count(*) FILTER (WHERE p.has_left), count(*) FILTER (WHERE p.is_measured), count(*) FILTER (WHERE p.has_clicked)
"""
_PEOPLE = f"""
    SELECT v.subscriber_id, v.variant, v.state, s.domain, s.language,
           s.measured_since <= c.started_at AND v.state IN ({_GOT}) AS is_measured,
           l.subscriber_id IS NOT NULL AS has_left, k.subscriber_id IS NOT NULL AS has_clicked
    FROM delivery_state v JOIN campaign c ON c.id = v.campaign_id LEFT JOIN subscriber s ON s.id = v.subscriber_id
    LEFT JOIN (SELECT DISTINCT subscriber_id FROM subscription WHERE unsubscribed_campaign = %(campaign)s) l
           ON l.subscriber_id = v.subscriber_id
    LEFT JOIN (SELECT DISTINCT c.subscriber_id FROM click c JOIN measured_link m ON m.id = c.link_id AND m.position > 0
               WHERE c.campaign_id = %(campaign)s AND c.reasons = 0) k ON k.subscriber_id = v.subscriber_id
    WHERE v.campaign_id = %(campaign)s
"""


def count_parts(campaign_id: int) -> list[tuple[Any, ...]]:
    """(kind, value, recipients, accepted, delivered, bounced, complained, left, measured, clicked), the largest first.

    Kinds are variant, language, domain and list. People count in each list of the campaign that they were on when it began.
    The value is the number of the variant, the language, the domain, or the id of the list, as text; "" is unknown.
    """
    split: Sequence[tuple[Any, ...]] = query(
        f"""
        SELECT CASE WHEN GROUPING(variant) = 0 THEN 'variant' WHEN GROUPING(language) = 0 THEN 'language' ELSE 'domain' END,
               COALESCE(variant::text, language, domain, ''), {_COUNTS}
        FROM ({_PEOPLE}) p GROUP BY GROUPING SETS ((variant), (language), (domain)) ORDER BY 3 DESC, 2
        """,
        {"campaign": campaign_id},
    )
    by_list: Sequence[tuple[Any, ...]] = query(
        f"""
        SELECT 'list', b.list_id::text, {_COUNTS} FROM ({_PEOPLE}) p
        JOIN subscription b ON b.subscriber_id = p.subscriber_id
        JOIN campaign_lists m ON m.mailinglist_id = b.list_id AND m.campaign_id = %(campaign)s
        JOIN campaign c ON c.id = m.campaign_id AND COALESCE(b.confirmed_at, b.created_at) <= c.started_at
         AND COALESCE(b.unsubscribed_at > c.started_at, b.state = 'confirmed')
        GROUP BY b.list_id ORDER BY 3 DESC, 2
        """,
        {"campaign": campaign_id},
    )
    return [*split, *by_list]


def count_causes(campaign_id: int) -> list[tuple[str, int]]:
    """(cause, people) of those whose mail bounced, the most frequent first; "" if the event did not name us."""
    return query(
        """
        WITH last AS (
            SELECT DISTINCT ON (subscriber_id) subscriber_id, cause FROM event
            WHERE campaign_id = %(campaign)s AND kind = ANY(%(kinds)s) ORDER BY subscriber_id, at DESC)
        SELECT COALESCE(last.cause, ''), count(*) FROM delivery d LEFT JOIN last ON last.subscriber_id = d.subscriber_id
        WHERE d.campaign_id = %(campaign)s AND d.state = 'bounced' GROUP BY 1 ORDER BY 2 DESC, 1
        """,
        {"campaign": campaign_id, "kinds": [EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT]},
    )
