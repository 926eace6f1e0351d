"""Skips the recipients of a cancelled campaign who are still waiting."""

from campaigns.sending import cancelling_sql as sql


def skip_unsent(campaign_id: int) -> int:
    """Skip recipients who wait for their first request; those waiting for a resend stay uncertain. The number of slices moved."""
    return sql.uncertain_again(campaign_id) + sql.cancel_slices(campaign_id)
