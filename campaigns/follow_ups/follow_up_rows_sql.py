"""SQL of the fill of a follow-up: one after the other for each followed campaign, and each person once."""

from publication.database.statement_sql import changed, query


def lock(followed_id: int) -> None:
    """Wait for the fills of other follow-ups of this campaign, and let them wait until the caller's transaction ends.

    A fill locks its own campaign first, and then the one that it follows, which is always older: no deadlock.
    """
    query("SELECT 1 FROM campaign WHERE id = %s FOR NO KEY UPDATE", [followed_id])


def keep(campaign_id: int) -> int:
    """Record the recipients of a follow-up that was just filled. The table's key rejects anybody who is in it already."""
    number = int(campaign_id)
    return changed(
        f"""
        INSERT INTO follow_up_recipient (followed_id, kind, subscriber_id, campaign_id)
        SELECT c.followed_id, c.follow_up, d.subscriber_id, c.id
        FROM campaign c JOIN filling.delivery_{number} d ON d.campaign_id = c.id WHERE c.id = %s
        """,
        [number],
    )
