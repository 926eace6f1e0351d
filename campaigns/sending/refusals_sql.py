"""SQL of rejections: how many in a row without anything accepted between, and which recipient is at fault."""

from datetime import datetime

from publication.database.statement_sql import changed, exists, first, number, query

NEWEST = 1000  # attempts of a campaign that are read, backwards by the primary key

_RELEASED = """
    COALESCE((SELECT max(l.at) FROM delivery_log l WHERE l.campaign_id = %s AND l.kind = 'campaign_moved'
              AND l.detail ->> 'to' = 'sending'), '-infinity')
"""


def in_a_row(campaign_id: int, slice_id: int, outcome: str) -> tuple[int, datetime | None]:
    """The slice's last attempts with this outcome and no other between, since the campaign was last resumed: how many, and
    when the first of them ended.
    """
    return query(
        f"""
        SELECT count(*), min(ended_at) FROM attempt
        WHERE slice_id = %s AND outcome = %s AND ended_at > {_RELEASED}
          AND id > COALESCE((SELECT max(id) FROM attempt WHERE slice_id = %s AND outcome <> %s), 0)
        """,
        [slice_id, outcome, campaign_id, slice_id, outcome],
    )[0]


def any_accepted_since(campaign_id: int, moment: datetime) -> bool:
    """Whether the provider accepted anything of this campaign since then."""
    return exists(
        f"""
        SELECT 1 FROM (SELECT outcome, ended_at FROM attempt WHERE campaign_id = %s ORDER BY id DESC LIMIT {NEWEST}) AS newest
        WHERE outcome = 'accepted' AND ended_at > %s LIMIT 1
        """,
        [campaign_id, moment],
    )


def refused_alike(campaign_id: int, status: int | None, detail: str) -> int:
    """Recipients rejected alone with this answer, since anything was accepted or the campaign was last resumed."""
    return number(
        f"""
        WITH newest AS (
            SELECT size, outcome, http_status, detail, ended_at FROM attempt
            WHERE campaign_id = %s ORDER BY id DESC LIMIT {NEWEST})
        SELECT count(*) FROM newest
        WHERE outcome = 'refused' AND size = 1 AND http_status IS NOT DISTINCT FROM %s AND detail = %s
          AND ended_at > {_RELEASED}
          AND ended_at > COALESCE((SELECT max(ended_at) FROM newest WHERE outcome = 'accepted'), '-infinity')
        """,
        [campaign_id, status, detail, campaign_id],
    )


def member_at(slice_id: int, index: int, size: int) -> int | None:
    """The recipient at this position of the body: members are read in the order of their ids. None if the slice has another
    number of members by now than the body had.
    """
    member = first(
        """
        SELECT d.subscriber_id, count(*) OVER () FROM delivery d JOIN slice s ON s.campaign_id = d.campaign_id
           AND s.number = d.slice AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id
        WHERE s.id = %s AND d.state IS NULL ORDER BY d.subscriber_id OFFSET %s LIMIT 1
        """,
        [slice_id, index],
    )
    return member[0] if member and member[1] == size else None


def isolate(slice_id: int, subscriber_id: int) -> int:
    """Replace a slice that ended as `split` by up to three: before the recipient, the recipient alone, after; rows inserted.

    Members with a state of their own count too: a range without a live slice would drop them from every report.
    """
    return changed(
        """
        WITH parent AS (SELECT * FROM slice WHERE id = %s AND state = 'split'),
        parts AS (
            SELECT sign(d.subscriber_id - %s)::int AS part, count(*) AS count
            FROM delivery d JOIN parent p ON d.campaign_id = p.campaign_id AND d.slice = p.number
                 AND d.subscriber_id BETWEEN p.first_subscriber_id AND p.last_subscriber_id
            GROUP BY 1)
        INSERT INTO slice (campaign_id, number, variant, wave, first_subscriber_id, last_subscriber_id, count,
                           parent_id, attempt_count)
        SELECT p.campaign_id, p.number, p.variant, p.wave,
               CASE part WHEN -1 THEN p.first_subscriber_id WHEN 0 THEN %s ELSE %s + 1 END,
               CASE part WHEN -1 THEN %s - 1 WHEN 0 THEN %s ELSE p.last_subscriber_id END,
               parts.count, p.id, p.attempt_count
        FROM parts CROSS JOIN parent p
        """,
        [slice_id, *[subscriber_id] * 5],
    )
