"""Of a cancelled campaign, nobody who is still waiting is sent to."""

from __future__ import annotations

from campaigns.sending import cancelling_sql as sql


def skip_unsent(campaign_id: int) -> int:
    """Of a cancelled campaign, whoever waits to be sent to is skipped; who was to be sent to again stays uncertain."""
    return sql.uncertain_again(campaign_id) + sql.cancel_slices(campaign_id)
