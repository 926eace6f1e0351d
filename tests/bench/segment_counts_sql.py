"""Attributes and reports of the benchmark of segments."""

from publication.database.statement_sql import query


def add_attributes() -> None:
    """Interests (two words of four) and visits (0 to 99); one person in ten has neither."""
    query(
        """
        UPDATE subscriber SET attributes = attributes || jsonb_build_object(
            'interests', jsonb_build_array((ARRAY['physics', 'energy', 'art', 'law'])[1 + id %% 4], (ARRAY['maths', 'a'])[1 + id %% 2]),
            'visits', id * 7 %% 100)
        WHERE id %% 10 <> 0
        """
    )


def report(campaign_id: int, days: int) -> None:
    """One in fifty bounced, the others were delivered so many days ago."""
    query(
        """
        UPDATE delivery SET state = CASE WHEN subscriber_id %% 50 = 0 THEN 'bounced' ELSE 'delivered' END,
                            delivered_at = CASE WHEN subscriber_id %% 50 = 0 THEN NULL ELSE now() - make_interval(days => %s) END
        WHERE campaign_id = %s
        """,
        [days, campaign_id],
    )
    query("UPDATE slice SET state = 'accepted' WHERE campaign_id = %s", [campaign_id])
