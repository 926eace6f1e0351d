"""SQL of the reports. Reads only, mostly through the view delivery_state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from campaigns.states import ACCEPTED_STATES, DELIVERED_STATES, GOT_STATES, UNCERTAIN_STATES
from campaigns.totals import slice_totals_sql
from publication.database.statement_sql import exists, number, query
from transport.provider_events import EventKind


def use_one_snapshot() -> None:
    """Make the statements of this transaction see one snapshot; not possible inside a transaction that began earlier."""
    if not connection.savepoint_ids:
        query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def count_unsettled_events() -> int:
    """Payloads not yet split and events not yet applied, of any campaign: while there are some, the numbers still change."""
    return number(
        "SELECT (SELECT count(*) FROM provider_payload WHERE split_at IS NULL) "
        "+ (SELECT count(*) FROM event WHERE applied_at IS NULL)"
    )


def count_attempts(campaign_id: int) -> int:
    return number("SELECT count(*) FROM attempt WHERE campaign_id = %s", [campaign_id])


_DOUBLED = """
    FROM delivery_log l JOIN slice s ON s.id = l.slice_id
    JOIN delivery d ON d.campaign_id = l.campaign_id AND d.slice = s.number AND d.state IS DISTINCT FROM 'skipped'
     AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id
    WHERE l.campaign_id = %s AND l.kind = 'possible_duplicate'
"""


def count_doubled(campaign_id: int) -> int:
    """People who may have received the campaign twice."""
    return number(f"SELECT count(DISTINCT d.subscriber_id) {_DOUBLED}", [campaign_id])


def list_doubled(campaign_id: int) -> list[dict[str, Any]]:
    """Pairs of attempts for the same people that may both have been accepted."""
    names = ("at", "slice", "first_attempt", "second_attempt", "people")
    rows = query(
        f"""
        SELECT l.at, l.slice_id, l.attempt_id, (l.detail ->> 'current_attempt')::bigint, count(*) {_DOUBLED}
        GROUP BY l.id ORDER BY l.id
        """,
        [campaign_id],
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


_NOT_ACCEPTED = ("planned", "claimed", "in_flight", "skipped", "failed", "abandoned")
# Of a large campaign, only the slices are read that have such people.
_NARROWED = "AND v.slice_id = ANY(%(slices)s) AND v.subscriber_id <= %(last)s"


def _narrowed(campaign_id: int, states: Sequence[str], after: int, most: int) -> dict[str, Any]:
    """The parameters of _NARROWED."""
    slices = slice_totals_sql.narrow(campaign_id, states, after, most)
    return {"slices": [row[0] for row in slices], "last": slices[0][1] if slices else 0}


def list_not_accepted(campaign_id: int, limit: int, *, is_large: bool) -> list[dict[str, Any]]:
    """Uncertain recipients come first, so that skipped ones cannot push them beyond the limit."""
    names = ("subscriber", "state", "reason", "slice", "attempt", "gate_at", "http_status", "outcome", "detail")
    rows: list[tuple[Any, ...]] = []
    # Nobody is uncertain by a state of their own.
    uncertain = exists(
        "SELECT 1 FROM slice WHERE campaign_id = %s AND state = ANY(%s) LIMIT 1", [campaign_id, [*UNCERTAIN_STATES]]
    )
    for states in (UNCERTAIN_STATES, _NOT_ACCEPTED) if uncertain else (_NOT_ACCEPTED,):
        most = limit - len(rows)
        rows += query(
            f"""
            SELECT v.subscriber_id, v.state, v.reason, v.slice_id, a.id, a.gate_at, a.http_status, a.outcome, a.detail
            FROM delivery_state v LEFT JOIN attempt a ON a.id = v.attempt_id
            WHERE v.campaign_id = %(campaign)s AND v.state = ANY(%(states)s) {_NARROWED if is_large else ""}
            ORDER BY v.subscriber_id LIMIT %(most)s
            """,
            {"campaign": campaign_id, "states": [*states], "most": most}
            | (_narrowed(campaign_id, states, 0, most) if is_large else {}),
        )
    return [dict(zip(names, row, strict=True)) for row in rows]


# The people of one outcome, ordered by subscriber id: the next `most` after `after`. Each row is (subscriber, reason, time or
# None).
_IN_STATES = """
    SELECT v.subscriber_id, {reason}, {at}
    FROM delivery_state v JOIN campaign c ON c.id = v.campaign_id LEFT JOIN attempt a ON a.id = v.attempt_id
    WHERE v.campaign_id = %(campaign)s AND v.subscriber_id > %(after)s AND v.state = ANY(%(states)s) {narrowed}
    ORDER BY v.subscriber_id LIMIT %(most)s
"""
_LEFT = """
    SELECT p.subscriber_id, min(p.unsubscribed_how), max(p.unsubscribed_at) FROM subscription p
    WHERE p.subscriber_id > %(after)s AND p.unsubscribed_campaign = %(campaign)s
    GROUP BY p.subscriber_id ORDER BY p.subscriber_id LIMIT %(most)s
"""
# The links that they followed, or that one, and their first click.
_CLICKED = """
    SELECT k.subscriber_id, left(string_agg(DISTINCT COALESCE(NULLIF(l.text, ''), l.url), ' · '), 500), min(k.at)
    FROM click k JOIN measured_link l ON l.id = k.link_id AND l.position > 0 AND %(link)s IN ('', l.url)
    WHERE k.subscriber_id > %(after)s AND k.campaign_id = %(campaign)s AND k.reasons = 0
    GROUP BY k.subscriber_id ORDER BY k.subscriber_id LIMIT %(most)s
"""
# People who agreed before it began, and who got it.
_MEASURED = """
    SELECT s.id, NULL, NULL::timestamptz FROM campaign c JOIN subscriber s ON s.measured_since <= c.started_at
    JOIN delivery_state v ON v.campaign_id = c.id AND v.subscriber_id = s.id AND v.state = ANY(%(states)s)
    WHERE c.id = %(campaign)s AND s.id > %(after)s {clicked} ORDER BY s.id LIMIT %(most)s
"""
_NOT_CLICKED = """
    AND NOT EXISTS (SELECT 1 FROM click k JOIN measured_link l ON l.id = k.link_id AND l.position > 0
                    WHERE k.campaign_id = %(campaign)s AND k.subscriber_id = s.id AND k.reasons = 0)
"""


class PeopleBehind(NamedTuple):
    """How the people of an outcome are found: by their states, or by a statement of its own.

    `reason` and `at` are SQL; None is the time of the last of the `events`, or of the delivery.
    """

    states: tuple[str, ...] = ()
    statement: str = _IN_STATES
    is_of_measured: bool = False  # of no use without clicks of people by name
    reason: str = "NULL"
    at: str = "NULL::timestamptz"
    events: tuple[EventKind, ...] = ()


_REQUEST = "a.gate_at"
# The time is that of the rejected request, or of the cancel or another decision by staff; the gate itself stores no time.
_CANCELLED = """
    CASE WHEN v.reason = 'campaign cancelled' THEN c.finished_at
         WHEN v.reason = 'domain left out' THEN (
             SELECT z.created_at FROM left_out_domain z JOIN subscriber s ON s.domain = z.domain
             WHERE z.campaign_id = v.campaign_id AND s.id = v.subscriber_id)
         ELSE a.gate_at END
"""
OUTCOMES: dict[str, PeopleBehind] = {
    "accepted": PeopleBehind(ACCEPTED_STATES, at=_REQUEST),
    "delivered": PeopleBehind(DELIVERED_STATES, events=(EventKind.COMPLAINED,)),
    "measured": PeopleBehind(GOT_STATES, _MEASURED.format(clicked=""), is_of_measured=True),
    "clicked": PeopleBehind(statement=_CLICKED, is_of_measured=True),
    "not_clicked": PeopleBehind(GOT_STATES, _MEASURED.format(clicked=_NOT_CLICKED), is_of_measured=True),
    "uncertain": PeopleBehind(UNCERTAIN_STATES, at=_REQUEST),
    "bounced": PeopleBehind(("bounced",), reason="v.reason", events=(EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT)),
    "dropped": PeopleBehind(("dropped",), reason="v.reason", events=(EventKind.DROPPED,)),
    "complained": PeopleBehind(("complained",), reason="v.reason", events=(EventKind.COMPLAINED,)),
    "skipped": PeopleBehind(("skipped",), reason="v.reason", at=_CANCELLED),
    "failed": PeopleBehind(("failed",), reason="v.reason", at="a.ended_at"),
    "unsubscribed": PeopleBehind(statement=_LEFT),
}


def list_people(
    campaign_id: int, outcome: str, after: int, most: int, *, is_large: bool, link: str = ""
) -> list[tuple[Any, ...]]:  # fmt: skip
    """(subscriber, address or None, name, language, reason, time or None) of up to `most` people after `after`.

    `link`: of those who clicked, only people who followed this destination.
    """
    kind = OUTCOMES[outcome]
    narrows = is_large and kind.statement is _IN_STATES
    statement = kind.statement.format(reason=kind.reason, at=kind.at, narrowed=_NARROWED if narrows else "")
    rows = query(
        f"""
        WITH page (subscriber_id, reason, at) AS MATERIALIZED ({statement})
        SELECT p.subscriber_id, s.address, s.name, s.language, COALESCE(p.reason, ''), COALESCE(p.at, d.delivered_at)
        FROM page p JOIN subscriber s ON s.id = p.subscriber_id LEFT JOIN delivery d
          ON d.campaign_id = %(campaign)s AND d.subscriber_id = p.subscriber_id AND d.state = ANY(%(delivered)s)
        ORDER BY p.subscriber_id
        """,
        {
            "campaign": campaign_id,
            "states": [*kind.states],
            "after": after,
            "most": most,
            "link": link,
            "delivered": [*DELIVERED_STATES],
        }
        | (_narrowed(campaign_id, kind.states, after, most) if narrows else {}),
    )
    lacks_time = bool(kind.events) and any(row[5] is None for row in rows)
    event_times = _event_times(campaign_id, kind.events, rows[0][0], rows[-1][0]) if lacks_time else {}
    return [(*row[:5], row[5] or event_times.get(row[0])) for row in rows]


def _event_times(campaign_id: int, kinds: Sequence[str], first: int, last: int) -> dict[int, datetime]:
    """Subscriber -> the last time the provider reported one of these kinds, for the subscribers from `first` to `last`.

    In separate statements: joined with the page, the planner expects a few rows and compares every row with every other.
    An event without our ids is found by the address it names, if it came after the campaign began. The extra minute is
    because the provider's clock counts whole seconds.
    """
    named: list[tuple[int, datetime]] = query(
        "SELECT subscriber_id, max(at) FROM event WHERE campaign_id = %s AND kind = ANY(%s) "
        "AND subscriber_id BETWEEN %s AND %s GROUP BY 1",
        [campaign_id, list(kinds), first, last],
    )
    unnamed: list[tuple[int, datetime]] = query(
        "SELECT d.subscriber_id, max(e.at) FROM event e JOIN delivery d ON d.address_key = e.address_key "
        "WHERE d.campaign_id = %s AND d.subscriber_id BETWEEN %s AND %s AND e.campaign_id IS NULL AND e.kind = ANY(%s) "
        "AND e.at > (SELECT started_at - interval '1 minute' FROM campaign WHERE id = %s) GROUP BY 1",
        [campaign_id, first, last, list(kinds), campaign_id],
    )
    return dict(unnamed) | dict(named)


def list_campaigns_of(subscriber_id: int, most: int) -> list[tuple[Any, ...]]:
    """(campaign, name, outcome, reason, time or None, whether they unsubscribed through it) of each, newest first."""
    return query(
        """
        SELECT v.campaign_id, c.name, CASE v.state WHEN 'accepted' THEN 'awaiting' ELSE v.state END, COALESCE(v.reason, ''),
               CASE WHEN v.state NOT IN ('planned', 'claimed', 'skipped') THEN a.gate_at END,
               EXISTS (SELECT 1 FROM subscription p WHERE p.subscriber_id = v.subscriber_id
                       AND p.unsubscribed_campaign = v.campaign_id)
        FROM delivery_state v JOIN campaign c ON c.id = v.campaign_id LEFT JOIN attempt a ON a.id = v.attempt_id
        WHERE v.subscriber_id = %s ORDER BY v.campaign_id DESC LIMIT %s
        """,
        [subscriber_id, most],
    )


def list_last_mails(subscriber_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """(subscriber, campaign, name, when it began) of the newest campaign that each of these people was a recipient of."""
    return query(
        """
        SELECT i.id, m.* FROM unnest(%s::bigint[]) AS i (id) CROSS JOIN LATERAL (
            SELECT c.id, c.name, c.started_at FROM campaign c JOIN delivery d ON d.campaign_id = c.id AND d.subscriber_id = i.id
            WHERE c.started_at IS NOT NULL ORDER BY c.id DESC LIMIT 1
        ) m
        """,
        [list(subscriber_ids)],
    )
