"""SQL of the schedule. An occurrence leaves `waiting` once, by compare-and-set, and time never brings it back.

Lock order, here and elsewhere: the campaign, then its occurrence.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from publication.database.statement_sql import changed, exists, first, number, query


class LocalHour(NamedTuple):
    """The hour, as staff wrote it, at which recipients get a campaign in their own zones; `first`: when it comes first."""

    hour: str
    first: datetime


def write(campaign_id: int, at: datetime, local: str, zone: str) -> int:
    """Schedule the campaign for this moment. A withdrawn occurrence waits again; one in `started` or `asked` does not (0)."""
    return changed(
        """
        INSERT INTO occurrence (campaign_id, at, local, zone, state) VALUES (%s, %s, %s, %s, 'waiting')
        ON CONFLICT (campaign_id, at) DO UPDATE
        SET state = 'waiting', decided_at = NULL, local = EXCLUDED.local, zone = EXCLUDED.zone
        WHERE occurrence.state = 'withdrawn'
        """,
        [campaign_id, at, local, zone],
    )


def due(now: datetime, early: float) -> list[tuple[int, int, datetime]]:
    """(occurrence, campaign, moment) of due occurrences; `early` seconds sooner for campaigns by local time."""
    return query(
        """
        SELECT o.id, o.campaign_id, o.at FROM occurrence o JOIN campaign c ON c.id = o.campaign_id
        WHERE o.state = 'waiting' AND c.state = 'scheduled'
          AND o.at <= %s + make_interval(secs => CASE WHEN c.local_time THEN %s ELSE 0 END)
        ORDER BY o.at, o.id
        """,
        [now, early],
    )


def lock_waiting(occurrence_id: int) -> bool:
    """Lock the campaign and the occurrence; False if somebody else has them or their state changed."""
    return exists(
        """
        SELECT 1 FROM campaign c JOIN occurrence o ON o.campaign_id = c.id
        WHERE o.id = %s AND o.state = 'waiting' AND c.state = 'scheduled'
        FOR UPDATE OF c, o SKIP LOCKED
        """,
        [occurrence_id],
    )


def decide(occurrence_id: int, state: str, now: datetime) -> int:
    """waiting -> started, or asked (put to staff)."""
    return changed(
        "UPDATE occurrence SET state = %s, decided_at = %s WHERE id = %s AND state = 'waiting'", [state, now, occurrence_id]
    )


def withdraw(campaign_id: int, now: datetime) -> int:
    """waiting, asked -> withdrawn, by staff."""
    return changed(
        "UPDATE occurrence SET state = 'withdrawn', decided_at = %s WHERE campaign_id = %s AND state IN ('waiting', 'asked')",
        [now, campaign_id],
    )


def start(campaign_id: int, now: datetime, before: str) -> int:
    """`before` -> started. From `asked`: staff decided to send it although it is late. From `waiting`: as it was scheduled."""
    return changed(
        "UPDATE occurrence SET state = 'started', decided_at = %s WHERE campaign_id = %s AND state = %s",
        [now, campaign_id, before],
    )


def is_waiting(campaign_id: int) -> bool:
    return exists("SELECT 1 FROM occurrence WHERE campaign_id = %s AND state = 'waiting'", [campaign_id])


def local_of(campaign_id: int) -> str:
    """The time as staff wrote it, from the occurrence that started the campaign or will start it; "" if there is none."""
    occurrence = first(
        "SELECT local FROM occurrence WHERE campaign_id = %s AND state <> 'withdrawn' ORDER BY id DESC LIMIT 1", [campaign_id]
    )
    return occurrence[0] if occurrence else ""


def local_hours(campaign_ids: Iterable[int]) -> dict[int, LocalHour]:
    """campaign -> its hour, for campaigns at the same hour in each recipient's zone. One that was cancelled keeps its last hour.

    Before the recipients are chosen, `first` is that of the audience at the time of scheduling; afterwards that of the waves.
    """
    rows = query(
        """
        SELECT DISTINCT ON (o.campaign_id) o.campaign_id, o.local,
               COALESCE((SELECT min(w.release_at) FROM wave w WHERE w.campaign_id = o.campaign_id), o.at)
        FROM occurrence o JOIN campaign c ON c.id = o.campaign_id
        WHERE c.local_time AND o.local <> '' AND o.campaign_id = ANY(%s)
        ORDER BY o.campaign_id, o.state = 'withdrawn', o.decided_at DESC NULLS FIRST, o.id DESC
        """,
        [list(campaign_ids)],
    )
    return {campaign_id: LocalHour(local, at) for campaign_id, local, at in rows}


def is_with_provider(campaign_id: int, now: datetime) -> bool:
    """Whether the provider still keeps mail of this campaign for a later time."""
    return exists(
        "SELECT 1 FROM attempt a JOIN slice s ON s.id = a.slice_id WHERE s.campaign_id = %s AND a.send_at > %s "
        "AND s.current_attempt_id = a.id AND s.state IN ('accepted', 'unknown', 'held') LIMIT 1",
        [campaign_id, now],
    )


def count_open(campaign_id: int) -> int:
    """The number of slices that are planned, claimed or in flight."""
    return number(
        "SELECT count(*) FROM slice WHERE campaign_id = %s AND state IN ('planned', 'claimed', 'in_flight')", [campaign_id]
    )


def ended_with_planned() -> list[tuple[int, str]]:
    """(campaign, state) of campaigns that are sent or cancelled but have a planned slice."""
    return query(
        "SELECT DISTINCT c.id, c.state FROM slice s JOIN campaign c ON c.id = s.campaign_id "
        "WHERE s.state = 'planned' AND c.state IN ('sent', 'cancelled') ORDER BY 1"
    )
