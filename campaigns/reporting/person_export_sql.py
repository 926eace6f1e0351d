"""SQL of a person's export: their deliveries. Reads only."""

from collections.abc import Sequence
from typing import Any

from publication.database.statement_sql import query
from transport.provider_events import EventKind

# Every other kind of event is exported, and needs a text in web/texts/people/person_words.py.
NOT_EXPORTED = (EventKind.PROCESSED, EventKind.GROUP_RESUBSCRIBED, EventKind.ACCOUNT_STATUS, EventKind.OTHER)
COLUMNS = (
    "campaign", "name", "subject", "record", "variant", "outcome", "reason", "sent_at", "delivered_at",
)  # fmt: skip


def list_deliveries(records: Sequence[int]) -> list[dict[str, Any]]:
    """Every campaign that any of these records was a recipient of, newest first."""
    rows = query(
        """
        SELECT v.campaign_id, c.name, i.subject, v.subscriber_id, v.variant,
               CASE v.state WHEN 'accepted' THEN 'awaiting' ELSE v.state END, COALESCE(v.reason, ''),
               CASE WHEN v.state NOT IN ('planned', 'claimed', 'skipped') THEN a.gate_at END, d.delivered_at
        FROM delivery_state v JOIN delivery d ON d.campaign_id = v.campaign_id AND d.subscriber_id = v.subscriber_id
        JOIN campaign c ON c.id = v.campaign_id JOIN issue_version i ON i.id = c.version_id
        LEFT JOIN attempt a ON a.id = v.attempt_id
        WHERE v.subscriber_id = ANY(%s) ORDER BY v.campaign_id DESC, v.subscriber_id
        """,
        [list(records)],
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
