"""SQL of `why`: what is on record about one person and one campaign. Reads only."""

from datetime import datetime
from typing import Any, NamedTuple

import orjson

from publication.database.statement_sql import first, query
from transport.provider_events import EventKind


class PersonDelivery(NamedTuple):
    """The delivery of one person: the state that applies, with its slice; `since` is when the campaign was filled."""

    subscriber: int
    state: str
    reason: str
    proof: str
    variant: int
    wave: int
    slice_id: int
    number: int
    release_at: datetime | None


def deliveries_of(campaign_id: int, subscriber_ids: list[int]) -> list[PersonDelivery]:
    """The deliveries to any of these records, in the order of `subscriber_ids`."""
    rows = query(
        f"""
        SELECT v.subscriber_id, v.state, COALESCE(v.reason, ''), COALESCE(v.proof, ''), v.variant, v.wave, v.slice_id,
               v.slice_number, w.release_at
        FROM delivery_state v LEFT JOIN wave w ON w.campaign_id = v.campaign_id AND w.number = v.wave AND v.wave > 0
        WHERE v.campaign_id = {int(campaign_id)} AND v.subscriber_id = ANY(%s)
        ORDER BY array_position(%s::bigint[], v.subscriber_id)
        """,
        [subscriber_ids, subscriber_ids],
    )
    return [PersonDelivery._make(row) for row in rows]


# A slice and those that it was split from. A request for a larger one was made for its members, too.
_LINE = """
WITH RECURSIVE line AS (
    SELECT id, parent_id FROM slice WHERE id = %s
    UNION ALL SELECT p.id, p.parent_id FROM line l JOIN slice p ON p.id = l.parent_id)
"""


def attempts(slice_id: int) -> list[tuple[Any, ...]]:
    """(id, gate_at, ended_at, outcome, HTTP status, detail, fenced_at) of every attempt, in order."""
    return query(
        f"{_LINE} SELECT a.id, a.gate_at, a.ended_at, a.outcome, a.http_status, a.detail, a.fenced_at "
        "FROM line l JOIN attempt a ON a.slice_id = l.id ORDER BY a.gate_at, a.id",
        [slice_id],
    )


def decisions(campaign_id: int, slice_id: int, subscriber_id: int) -> list[tuple[Any, ...]]:
    """(at, kind, detail, actor's name) of what staff or a policy decided about the slice or the person, in order."""
    rows = query(
        f"""
        {_LINE}
        SELECT g.at, g.kind, g.detail::text, COALESCE(a.name, '') FROM delivery_log g LEFT JOIN actor a ON a.id = g.actor_id
        WHERE g.campaign_id = %s AND (g.slice_id IN (SELECT id FROM line) OR g.subscriber_id = %s)
          AND g.kind IN ('decided', 'settled_by_policy', 'possible_duplicate', 'fenced', 'recalled', 'fence_broken', 'held')
        ORDER BY g.id
        """,
        [slice_id, campaign_id, subscriber_id],
    )
    return [(at, kind, orjson.loads(detail), by) for at, kind, detail, by in rows]


def events(campaign_id: int, subscriber_id: int, most: int = 200) -> list[tuple[Any, ...]]:
    """(kind, at, detail) of what the provider reported, in order.

    The index on campaign and kind gives the rows of a campaign, not of a person: 0.2 s with 900,000 events.
    """
    rows = query(
        "SELECT kind, at, detail::text FROM event WHERE campaign_id = %s AND subscriber_id = %s AND kind <> %s "
        "ORDER BY at, id LIMIT %s",
        [campaign_id, subscriber_id, EventKind.OTHER, most],
    )
    return [(EventKind(kind), at, orjson.loads(detail)) for kind, at, detail in rows]


def clicks(campaign_id: int, subscriber_id: int, most: int = 200) -> list[tuple[datetime, str, bool]]:
    """(at, destination, whether a machine did it) of each click with the person's name, in order; "": the picture was loaded."""
    return query(
        "SELECT c.at, l.url, c.reasons <> 0 FROM click c JOIN measured_link l ON l.id = c.link_id "
        "WHERE c.campaign_id = %s AND c.subscriber_id = %s ORDER BY c.at, c.id LIMIT %s",
        [campaign_id, subscriber_id, most],
    )


def left_by(campaign_id: int, subscriber_id: int) -> tuple[datetime, str] | None:
    """When and how the person left a list through this campaign."""
    return first(
        "SELECT unsubscribed_at, unsubscribed_how FROM subscription "
        "WHERE subscriber_id = %s AND unsubscribed_campaign = %s ORDER BY unsubscribed_at LIMIT 1",
        [subscriber_id, campaign_id],
    )


def left_out_at(campaign_id: int, subscriber_id: int) -> datetime | None:
    """When staff went on without the domain of this person; None if the person has another domain now."""
    row = first(
        "SELECT z.created_at FROM left_out_domain z JOIN subscriber s ON s.domain = z.domain "
        "WHERE z.campaign_id = %s AND s.id = %s",
        [campaign_id, subscriber_id],
    )
    return row[0] if row else None
