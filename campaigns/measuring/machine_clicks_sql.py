"""SQL that finds the clicks of machines by what several clicks of a person, or the time of delivery, show.

Safe to repeat and in any order: reasons are only ever added, and come from what is stored.
"""

from collections.abc import Sequence

from campaigns.measuring.machine_reasons import Reason
from publication.database.statement_sql import changed

SOON_SECONDS = 10  # a person opens a mail after it was delivered, and reads before clicking
AT_ONCE_SECONDS = 3  # a person who opens links in tabs takes longer for three of them
ALL_SECONDS = 60
MOST_AT_ONCE = 3
MOST_IN_A_MINUTE = 10  # nobody reads ten pages in a minute, however many links the mail has
SHARE_OF_ALL = 0.8

# For each click: how many links of the mail were followed within seconds before and after it, and within a minute.
RECONSIDER = f"""
    WITH pair AS (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS p (campaign_id, subscriber_id)),
    own AS (
        SELECT c.id, c.campaign_id, c.subscriber_id, c.at, c.reasons, c.link_id, l.version_id, l.variant, l.position
        FROM pair p JOIN click c USING (campaign_id, subscriber_id) JOIN measured_link l ON l.id = c.link_id),
    judged AS (
        SELECT o.id, o.reasons AS before,
               CASE WHEN o.at < (SELECT d.delivered_at FROM delivery d WHERE d.campaign_id = o.campaign_id
                                 AND d.subscriber_id = o.subscriber_id) + interval '{SOON_SECONDS} seconds'
                    THEN {int(Reason.SOON)} ELSE 0 END
               | CASE WHEN o.position > 0 AND (followed.near >= LEAST({MOST_AT_ONCE}, GREATEST(2, mail.links))
                           OR followed.minute >= LEAST({MOST_IN_A_MINUTE}, GREATEST({MOST_AT_ONCE + 1},
                                                                                    {SHARE_OF_ALL} * mail.links)))
                      THEN {int(Reason.BURST)} ELSE 0 END AS found
        FROM own o
        CROSS JOIN LATERAL (SELECT count(*) AS links FROM measured_link m
                            WHERE m.version_id = o.version_id AND m.variant = o.variant AND m.position > 0) mail
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT x.link_id) FILTER (WHERE x.at BETWEEN o.at - interval '{AT_ONCE_SECONDS} s'
                                                     AND o.at + interval '{AT_ONCE_SECONDS} s') AS near,
                   count(DISTINCT x.link_id) AS minute
            FROM click x JOIN measured_link y ON y.id = x.link_id AND y.position > 0
            WHERE x.campaign_id = o.campaign_id AND x.subscriber_id = o.subscriber_id
            AND x.at BETWEEN o.at - interval '{ALL_SECONDS} s' AND o.at + interval '{ALL_SECONDS} s') followed)
    UPDATE click c SET reasons = j.before | j.found FROM judged j WHERE c.id = j.id AND j.before | j.found <> j.before
"""


def reconsider(pairs: Sequence[tuple[int, int]]) -> int:
    """Look again at the clicks of these (campaign, subscriber); how many turned out to be a machine's for another reason."""
    if not pairs:
        return 0
    return changed(RECONSIDER, [[campaign for campaign, _ in pairs], [subscriber for _, subscriber in pairs]])
