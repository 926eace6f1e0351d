"""SQL of recipients who are added to a campaign while it is being sent."""

from collections.abc import Sequence

from campaigns.sending.filling_sql import CUT_SLICES, Select
from publication.database.statement_sql import changed, column


def welcomed(campaign_id: int, others: Sequence[int], people: Sequence[int]) -> set[int]:
    """Those of these people who are recipients of the campaign, or whom one of the others reached or may have reached.

    A record that was merged into a person's is theirs.
    """
    return set(
        column(
            """
            WITH record AS (
                SELECT s.id AS person, s.id FROM subscriber s WHERE s.id = ANY(%(people)s)
                UNION ALL SELECT m.merged_into_id, m.id FROM subscriber m WHERE m.merged_into_id = ANY(%(people)s)
            )
            SELECT r.person FROM record r JOIN delivery_state v ON v.subscriber_id = r.id
            WHERE v.campaign_id = ANY(%(campaigns)s::bigint[])
              AND (v.campaign_id = %(campaign)s OR v.state NOT IN ('skipped', 'failed'))
            """,
            {"people": list(people), "campaign": campaign_id, "campaigns": [campaign_id, *others]},
        )
    )


def add(campaign_id: int, numbered: Select) -> int:
    """Add recipients to a campaign whose row the caller has locked, in slices of their own; how many.

    `numbered` gives (subscriber_id, slice, wave, variant, address_key), with slices from 0. Somebody at an address of another
    recipient is not added.
    """
    select_sql, parameters = numbered
    count: int = sum(
        column(
            f"""
            WITH made AS (
                INSERT INTO delivery (campaign_id, subscriber_id, slice, wave, variant, address_key)
                SELECT %s, n.subscriber_id, n.slice + last.number + 1, n.wave, n.variant, n.address_key
                FROM ({select_sql}) AS n (subscriber_id, slice, wave, variant, address_key),
                     (SELECT COALESCE(max(number), -1) AS number FROM slice WHERE campaign_id = %s AND state <> 'split') last
                ON CONFLICT DO NOTHING RETURNING campaign_id, subscriber_id, slice, wave, variant
            )
            {CUT_SLICES.format(deliveries="made")} RETURNING count
            """,
            [campaign_id, *parameters, campaign_id],
        )
    )
    changed("UPDATE campaign SET recipients = recipients + %s WHERE id = %s", [count, campaign_id])
    return count
