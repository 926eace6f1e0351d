"""SQL of an erasure in the tables of sending."""

from collections.abc import Sequence
from datetime import datetime

from publication.database.statement_sql import changed, column, query

# An address in an answer of the provider, which older versions stored; newer ones mask it themselves.
MASKED = r"regexp_replace({text}, '[^\s<>()\[\]\"'':;,@]+@[^\s<>()\[\]\"'':;,]+', '…@…', 'g')"


def lock_deliveries(subscriber_ids: list[int]) -> None:
    """Lock the deliveries of these people, in an order that is always the same."""
    for campaign_id in column("SELECT id FROM campaign WHERE recipients > 0 ORDER BY id"):
        query(
            f"SELECT 1 FROM delivery WHERE campaign_id = {int(campaign_id)} AND subscriber_id = ANY(%s) "
            "ORDER BY subscriber_id FOR UPDATE",
            [subscriber_ids],
        )


def forget_deliveries(subscriber_ids: list[int]) -> set[bytes]:
    """Give the deliveries of these people random keys, and return the keys that they had.

    One campaign after the other: in a single statement the planner would read and lock the deliveries of every campaign
    (docs/decisions/partitions.md). With 200 campaigns this takes 0.15 s.
    """
    keys: set[bytes] = set()
    for campaign_id in column("SELECT id FROM campaign WHERE recipients > 0 ORDER BY id"):
        rows = query(
            f"""
            WITH old AS (SELECT subscriber_id, address_key FROM delivery
                         WHERE campaign_id = {int(campaign_id)} AND subscriber_id = ANY(%s) FOR UPDATE)
            UPDATE delivery d SET address_key = uuid_send(gen_random_uuid()), reason = {MASKED.format(text="d.reason")}
            FROM old WHERE d.campaign_id = {int(campaign_id)} AND d.subscriber_id = old.subscriber_id
            RETURNING old.address_key
            """,
            [subscriber_ids],
        )
        keys |= {bytes(key) for (key,) in rows}
    return keys


def forget_events(keys: Sequence[bytes], of_subscribers: list[int] | None = None) -> int:
    """Remove the hash of an address from its bounces, or only from those of mails to these people.

    Other events have none (`event_inbox_sql.end_events`).
    """
    return changed(
        f"""
        UPDATE event SET address_key = NULL, detail = detail || jsonb_strip_nulls(jsonb_build_object(
            'reason', {MASKED.format(text="detail ->> 'reason'")}, 'response', {MASKED.format(text="detail ->> 'response'")}))
        WHERE address_key = ANY(%s) AND cause <> '' AND applied_at IS NOT NULL
          AND (%s::bigint[] IS NULL OR subscriber_id = ANY(%s::bigint[]))
        """,
        [list(keys), of_subscribers, of_subscribers],
    )


def forget_late() -> int:
    """Remove the keys of erased people from bounces that came later, and from deliveries made while they were erased.

    Only erasures of the last two days, and campaigns that got recipients in that time.
    """
    keys = column("SELECT address_key FROM suppression WHERE erased_at > now() - interval '2 days'")
    if not keys:
        return 0
    count = forget_events(keys)
    for campaign_id in column(
        "SELECT id FROM campaign WHERE started_at > now() - interval '2 days' "
        "OR (welcome_to_id IS NOT NULL AND recipients > 0) ORDER BY id"
    ):
        count += changed(
            f"""
            UPDATE delivery d SET address_key = uuid_send(gen_random_uuid()) FROM subscriber s
            WHERE d.campaign_id = {int(campaign_id)} AND d.address_key = ANY(%s) AND s.id = d.subscriber_id
              AND s.erased_at IS NOT NULL
            """,
            [keys],
        )
    return count


def recipients_since(subscriber_ids: Sequence[int], since: datetime) -> set[int]:
    """Those of these people with a delivery of a campaign that began since, after the campaigns that are being filled now."""
    query("SELECT 1 FROM campaign WHERE state = 'filling' FOR SHARE")
    recipients: set[int] = set()
    # One campaign after the other: in a single statement the planner would lock the deliveries of every campaign.
    for campaign_id in column(
        "SELECT id FROM campaign WHERE recipients > 0 AND (started_at IS NULL OR started_at >= %s)", [since]
    ):
        recipients |= set(
            column(
                "SELECT subscriber_id FROM delivery WHERE campaign_id = %s AND subscriber_id = ANY(%s)",
                [campaign_id, list(subscriber_ids)],
            )
        )
    return recipients
