"""SQL of brakes: what became of a campaign's mail by receiving domain, counted as deliveries change."""

from collections.abc import Iterable, Sequence
from typing import Any

from publication.database.statement_sql import query

ARRIVED = "('delivered', 'complained')"
ANSWERED = "('delivered', 'complained', 'hard', 'soft')"


def _change(outcomes: str) -> str:
    return f"sum((m.after IN {outcomes})::int - (m.before IN {outcomes})::int)"


def count(moves: Sequence[tuple[int, int, str, str]]) -> None:
    """Count deliveries that changed: (campaign, subscriber, outcome before, outcome now), as `events_sql.raise_facts` returns.

    What is stored follows from the states of the deliveries, so an event that is repeated or late counts once. People without
    a domain, because they were erased, count for the whole only.
    """
    if not moves:
        return
    query(
        f"""
        INSERT INTO domain_outcome AS old (campaign_id, domain, delivered, complained, answered, hard_bounced,
                                           known_delivered, known_complained, known_answered, known_hard_bounced)
        SELECT m.campaign_id, x.domain, {_change(ARRIVED)}, {_change("('complained')")}, {_change(ANSWERED)},
               {_change("('hard')")}, 0, 0, 0, 0
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS m (campaign_id, subscriber_id, before, after)
        LEFT JOIN subscriber s ON s.id = m.subscriber_id
        CROSS JOIN LATERAL (VALUES (''), (NULLIF(s.domain, ''))) AS x (domain)
        WHERE x.domain IS NOT NULL GROUP BY m.campaign_id, x.domain ORDER BY m.campaign_id, x.domain
        ON CONFLICT (campaign_id, domain) DO UPDATE
            SET delivered = old.delivered + EXCLUDED.delivered, complained = old.complained + EXCLUDED.complained,
                answered = old.answered + EXCLUDED.answered, hard_bounced = old.hard_bounced + EXCLUDED.hard_bounced
        """,
        [list(column) for column in zip(*moves, strict=True)],
    )


_NUMBERS = ", ".join(
    [
        *(f"(o.{name} - COALESCE(x.{name}, 0))::int" for name in ("delivered", "complained", "answered", "hard_bounced")),
        *(f"o.known_{name}" for name in ("delivered", "complained", "answered", "hard_bounced")),
    ]
)
# Numbers of a whole campaign are without those of the domains that were left out. The condition on the row itself is that of the
# partial index.
_OUTCOMES = f"""
    SELECT o.campaign_id, o.domain, {_NUMBERS}
    FROM domain_outcome o JOIN campaign c ON c.id = o.campaign_id
    LEFT JOIN LATERAL (
        SELECT sum(l.delivered) AS delivered, sum(l.complained) AS complained, sum(l.answered) AS answered,
               sum(l.hard_bounced) AS hard_bounced
        FROM left_out_domain z JOIN domain_outcome l ON l.campaign_id = z.campaign_id AND l.domain = z.domain
        WHERE z.campaign_id = o.campaign_id AND o.domain = '') x ON true
    WHERE (o.complained > 0 OR o.hard_bounced > 25) AND {{campaigns}}
      AND NOT EXISTS (SELECT FROM left_out_domain z WHERE z.campaign_id = o.campaign_id AND z.domain = o.domain)
    ORDER BY o.campaign_id, o.domain
"""


def outcomes_of(campaign_id: int) -> list[tuple[Any, ...]]:
    """(campaign, domain, delivered, complained, answered, hard bounced, and the four numbers with which staff went on) of a
    campaign's domains with complaints or many hard bounces, and of the whole as the domain "". Not of domains left out.
    """
    return query(_OUTCOMES.format(campaigns="o.campaign_id = %s"), [campaign_id])


def outcomes_in(states: Sequence[str]) -> list[tuple[Any, ...]]:
    """As `outcomes_of`, of all campaigns in these states."""
    return query(_OUTCOMES.format(campaigns="c.state = ANY(%s)"), [list(states)])


def note_known(campaign_id: int, rows: Iterable[tuple[str, int, int, int, int]]) -> None:
    """Store the numbers with which staff go on: (domain, delivered, complained, answered, hard bounced)."""
    for domain, delivered, complained, answered, hard_bounced in rows:
        query(
            "UPDATE domain_outcome SET known_delivered = %s, known_complained = %s, known_answered = %s, known_hard_bounced = %s "
            "WHERE campaign_id = %s AND domain = %s",
            [delivered, complained, answered, hard_bounced, campaign_id, domain],
        )


def count_people(campaign_id: int, domain: str) -> tuple[int, int, int]:
    """The recipients at a domain: planned or claimed, in flight, and in any other state."""
    rows = query(
        """
        SELECT count(*) FILTER (WHERE v.state IN ('planned', 'claimed')), count(*) FILTER (WHERE v.state = 'in_flight'),
               count(*) FILTER (WHERE v.state NOT IN ('planned', 'claimed', 'in_flight'))
        FROM delivery_state v JOIN subscriber s ON s.id = v.subscriber_id WHERE v.campaign_id = %s AND s.domain = %s
        """,
        [campaign_id, domain],
    )
    return rows[0][0], rows[0][1], rows[0][2]
