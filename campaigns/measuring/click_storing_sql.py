"""SQL of storing clicks: of people who agreed with their number, of everybody else as a count."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from campaigns.measuring.click_spool import Arrival
from campaigns.measuring.machine_reasons import ALONE
from publication.database.statement_sql import changed, column, exists, number, query


def begin_batch(batch: UUID) -> bool:
    """Note that this file is being stored, in the same transaction; False if it was stored before."""
    return exists("INSERT INTO click_batch (id) VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1", [batch])


def measured_among(subscriber_ids: Sequence[int]) -> dict[int, int]:
    """Those of these people who agree to be measured -> the number of their record now, which others may have been merged into.

    Their records stay locked: somebody who withdraws meanwhile waits, and then unlinks what was stored.
    """
    current = dict(
        query("SELECT id, COALESCE(merged_into_id, id) FROM subscriber WHERE id = ANY(%s)", [sorted(set(subscriber_ids))])
    )
    measured = set(
        column(
            "SELECT id FROM subscriber WHERE id = ANY(%s) AND measured_since IS NOT NULL ORDER BY id FOR SHARE",
            [sorted(set(current.values()))],
        )
    )
    return {old: new for old, new in current.items() if new in measured}


_ADD_COUNTS = """
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (campaign_id, link_id, hour, reasons) DO UPDATE SET clicks = k.clicks + excluded.clicks
"""
STORE = f"""
    WITH arrived AS (SELECT * FROM jsonb_to_recordset(%s::jsonb)
        AS a (at double precision, link_id bigint, campaign_id bigint, subscriber_id bigint, reasons smallint)),
    counted AS (
        SELECT a.*, to_timestamp(a.at) AS moment, c.measuring = 'individual' AND a.subscriber_id IS NOT NULL AS is_personal
        FROM arrived a JOIN campaign c ON c.id = a.campaign_id
        JOIN measured_link l ON l.id = a.link_id AND l.version_id = c.version_id
        WHERE CASE WHEN l.position = 0 THEN c.opens ELSE c.measuring <> 'off' END),
    personal AS (
        INSERT INTO click (campaign_id, link_id, subscriber_id, at, reasons)
        SELECT campaign_id, link_id, subscriber_id, moment, reasons FROM counted WHERE is_personal RETURNING 1)
    INSERT INTO click_count AS k (campaign_id, link_id, hour, reasons, clicks)
    SELECT campaign_id, link_id, date_trunc('hour', moment, 'UTC'), reasons, count(*) FROM counted WHERE NOT is_personal
    {_ADD_COUNTS}
"""


def store(arrivals: Sequence[Arrival], people: dict[int, int]) -> None:
    """Store clicks. `people`: whose clicks keep their number; the others are counted.

    Left out are clicks of deleted campaigns, and of links of another version than the campaign's, which only a forger combines.
    """
    rows = [{**arrival._asdict(), "subscriber_id": people.get(arrival.subscriber_id)} for arrival in arrivals]
    changed(STORE, [orjson.dumps(rows).decode()])


# Of the reasons stay those that a click without a name can have.
COUNTED = f"""
    WITH gone AS (DELETE FROM click WHERE {{which}} RETURNING campaign_id, link_id, at, reasons),
    counted AS (
        INSERT INTO click_count AS k (campaign_id, link_id, hour, reasons, clicks)
        SELECT campaign_id, link_id, date_trunc('hour', at, 'UTC'), reasons & {int(ALONE)}, count(*) FROM gone
        {_ADD_COUNTS})
    SELECT count(*) FROM gone
"""


def unlink(subscriber_ids: Sequence[int]) -> int:
    """Turn the clicks of these people into counts; how many."""
    return number(COUNTED.format(which="subscriber_id = ANY(%s)"), [list(subscriber_ids)])


def unlink_before(moment: datetime) -> int:
    """The same with clicks from before a moment."""
    return number(COUNTED.format(which="at < %s"), [moment])
