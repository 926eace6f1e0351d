"""SQL of waves: open them when their hour is near, give each one handle of the provider, take them back by it.

Decisions by wall clock get the time as a parameter; leases and `not_before` use the database's own clock.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from campaigns.sending.filling_sql import Select
from campaigns.sending.strict_mode_sql import HeldBack
from campaigns.states import move_of
from publication.database.statement_sql import changed, column, first, query

# `not_before` of slices whose wave is not open: no database clock reaches it, and every driver can read it.
SHUT = datetime(9999, 1, 1, tzinfo=UTC)


class WavePlan(NamedTuple):
    """The wave number of each zone; recipients in any other zone get `default`."""

    numbers: dict[str, int]
    default: int


class Handover(NamedTuple):
    """The wave data that a request needs: the wave, when the provider is to release it, the handle ("" if not yet created)."""

    wave_id: int
    release_at: datetime
    batch_id: str


class WaveLine(NamedTuple):
    """One wave in numbers: all recipients, those whose mail the provider accepted, and when it was taken back."""

    wave: int
    release_at: datetime
    recipients: int
    taken: int
    taken_back_at: datetime | None


def insert(campaign_id: int, moments: Sequence[datetime]) -> None:
    """Insert one wave per moment, numbered from 1 in their order."""
    changed(
        "INSERT INTO wave (campaign_id, number, release_at, batch_id) "
        "SELECT %s, m.number, m.at, '' FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS m (at, number)",
        [campaign_id, list(moments)],
    )


def with_wave(audience: Select, plan: WavePlan) -> Select:
    """For the fill: (id, address_key, variant, zone) -> (id, address_key, variant, wave)."""
    audience_sql, parameters = audience
    return (
        f"""
        SELECT a.id, a.address_key, a.variant, COALESCE(z.number, %s)
        FROM ({audience_sql}) AS a (id, address_key, variant, zone)
        LEFT JOIN unnest(%s::text[], %s::smallint[]) AS z (zone, number) ON z.zone = a.zone
        """,
        [plan.default, *parameters, list(plan.numbers), list(plan.numbers.values())],
    )


def shut(campaign_id: int) -> int:
    """Prevent slices of waves from being claimed until their wave is opened."""
    return changed("UPDATE slice SET not_before = %s WHERE campaign_id = %s AND wave > 0", [SHUT, campaign_id])


def open_until(campaign_id: int, until: datetime) -> int:
    """Allow claims of the slices of all waves released at or before `until`; the number of slices opened."""
    return changed(
        """
        UPDATE slice s SET not_before = NULL FROM wave w
        WHERE s.campaign_id = %s AND s.state = 'planned' AND s.not_before = %s
          AND w.campaign_id = s.campaign_id AND w.number = s.wave AND w.release_at <= %s
        """,
        [campaign_id, SHUT, until],
    )


def due_to_open(until: datetime) -> list[tuple[int, datetime]]:
    """(campaign, earliest release of a wave that is still shut) of sending campaigns that have a wave to open by now."""
    return query(
        """
        SELECT c.id, min(w.release_at) FROM campaign c JOIN wave w ON w.campaign_id = c.id
        WHERE c.state = 'sending' AND c.local_time AND w.release_at <= %s
          AND EXISTS (SELECT 1 FROM slice s WHERE s.campaign_id = c.id AND s.wave = w.number AND s.state = 'planned'
                      AND s.not_before = %s)
        GROUP BY c.id ORDER BY c.id
        """,
        [until, SHUT],
    )


def of_slice(slice_id: int) -> Handover | None:
    """The wave data for a request of this slice; None if it is in no wave."""
    wave = first(
        "SELECT w.id, w.release_at, w.batch_id FROM slice s JOIN wave w ON w.campaign_id = s.campaign_id AND w.number = s.wave "
        "WHERE s.id = %s AND s.wave > 0",
        [slice_id],
    )
    return Handover(*wave) if wave else None


def keep_batch(wave_id: int, batch_id: str) -> str:
    """Give the wave this handle unless it has one already; returns the one it has."""
    changed("UPDATE wave SET batch_id = %s WHERE id = %s AND batch_id = ''", [batch_id, wave_id])
    return str(query("SELECT batch_id FROM wave WHERE id = %s", [wave_id])[0][0])


def list_waves(campaign_id: int) -> list[WaveLine]:
    rows = query(
        """
        SELECT w.number, w.release_at, COALESCE(sum(s.count), 0)::int,
               COALESCE(sum(s.count) FILTER (WHERE s.state IN ('accepted', 'dropped')), 0)::int, w.cancelled_at
        FROM wave w LEFT JOIN slice s ON s.campaign_id = w.campaign_id AND s.wave = w.number AND s.state <> 'split'
        WHERE w.campaign_id = %s GROUP BY w.id ORDER BY w.number
        """,
        [campaign_id],
    )
    return [WaveLine(*row) for row in rows]


# ------------------------------------------------------------------------------------------------------------ take back
def count_kept(campaign_id: int, now: datetime, cancel_until: datetime) -> tuple[int, int]:
    """Recipients whose mail the provider keeps for later: (those whom a cancel still stops, those whom it does not)."""
    return query(
        """
        SELECT COALESCE(sum(a.size) FILTER (WHERE a.send_at > %s), 0), COALESCE(sum(a.size) FILTER (WHERE a.send_at <= %s), 0)
        FROM slice s JOIN attempt a ON a.id = s.current_attempt_id
        WHERE s.campaign_id = %s AND s.state IN ('in_flight', 'accepted', 'unknown', 'held') AND a.send_at > %s
        """,
        [cancel_until, cancel_until, campaign_id, now],
    )[0]


def to_cancel(cancel_until: datetime) -> list[HeldBack]:
    """The waves of cancelled campaigns that a cancel still stops, most urgent first."""
    rows = query(
        "SELECT w.id, w.campaign_id, w.batch_id FROM wave w JOIN campaign c ON c.id = w.campaign_id "
        "WHERE c.state = 'cancelled' AND w.batch_id <> '' AND w.cancelled_at IS NULL AND w.release_at > %s "
        "ORDER BY w.release_at, w.id",
        [cancel_until],
    )
    return [HeldBack(*row) for row in rows]


def confirm(wave_id: int, now: datetime, cancel_until: datetime) -> int:
    """Record that the provider confirmed in time; 0 where it is too late to count."""
    return changed(
        "UPDATE wave SET cancelled_at = %s WHERE id = %s AND cancelled_at IS NULL AND release_at > %s",
        [now, wave_id, cancel_until],
    )


TAKEN_BACK = """
    FROM wave w, attempt a
    WHERE w.cancelled_at IS NOT NULL AND w.batch_id <> '' AND w.release_at > %s
      AND s.campaign_id = w.campaign_id AND s.wave = w.number AND a.id = s.current_attempt_id AND a.batch_id = w.batch_id
"""
DROP_MOVE = move_of("accepted", "dropped")
FREE_MOVE = move_of("unknown", "planned")


def drop_accepted(now: datetime) -> int:
    """accepted -> dropped in cancelled waves whose release is still to come; the number of slices moved."""
    return changed(
        "UPDATE slice s SET state = 'dropped', reason = 'cancelled before its release', proof = 'batch'"
        + TAKEN_BACK
        + "AND s.state = 'accepted'",
        [now],
    )


def free_unknown(now: datetime) -> list[int]:
    """unknown -> planned in these waves: whatever became of the request, it is not released. The campaigns, to be skipped."""
    campaigns = column(
        "UPDATE slice s SET state = 'planned', reason = 'cancelled before its release', proof = 'fence', lease_until = NULL"
        + TAKEN_BACK
        + "AND s.state = 'unknown' RETURNING s.campaign_id",
        [now],
    )
    return sorted(set(campaigns))


def with_handle(released_until: datetime) -> list[tuple[int, str]]:
    """(wave, batch id) of cancelled waves released so long ago that the provider no longer needs to keep the cancel."""
    return query(
        "SELECT id, batch_id FROM wave WHERE cancelled_at IS NOT NULL AND batch_id <> '' AND release_at <= %s ORDER BY id",
        [released_until],
    )


def end_handle(wave_id: int) -> int:
    return changed("UPDATE wave SET batch_id = '' WHERE id = %s", [wave_id])
