"""Plans the mail with a private link in one statement, which is the same for every state of the address."""

from datetime import datetime

from publication.database.statement_sql import query

# The limits count notices of every state, also skipped ones, so that requests for a suppressed address add few rows, too.
# The token depends on the latest notice: two requests at once give one mail.
_PLAN = """
WITH person AS (
    SELECT id, address, language,
           EXISTS (SELECT 1 FROM subscription s WHERE s.subscriber_id = subscriber.id AND s.confirmed_at IS NOT NULL) AS proved,
           EXISTS (SELECT 1 FROM suppression x WHERE x.address_key = %(key)s AND x.reason = 'erased') AS forgotten
    FROM subscriber WHERE address_key = %(key)s AND address IS NOT NULL
), recent AS (
    SELECT count(*) FILTER (WHERE n.created_at > %(paused_since)s) AS in_pause,
           count(*) FILTER (WHERE n.created_at > %(day_since)s) AS in_day,
           count(*) FILTER (WHERE n.created_at > %(long_since)s) AS in_long, COALESCE(max(n.id), 0) AS latest
    FROM notice n JOIN person p ON p.id = n.subscriber_id WHERE n.purpose = %(purpose)s
), planned AS (
    INSERT INTO notice (purpose, token, address, parameters, state, reason, attempt, message_id, created_at, subscriber_id)
    SELECT %(purpose)s, p.id || ':' || r.latest, p.address,
           jsonb_build_object('language', COALESCE(NULLIF(p.language, ''), %(language)s)), 'planned', '', 0, '', %(now)s, p.id
    FROM person p, recent r WHERE r.in_pause = 0 AND r.in_day < %(most)s
      AND (p.proved OR (NOT p.forgotten AND r.in_long < %(most_unproved)s))
    ON CONFLICT (purpose, token) DO NOTHING RETURNING subscriber_id
)
INSERT INTO audit (at, actor_id, verb, object_kind, object_id, detail)
SELECT %(now)s, %(actor)s, 'ask_private_link', 'subscriber', subscriber_id, '{}' FROM planned
"""


def plan(
    key: bytes, actor: int, purpose: str, now: datetime, *,
    paused_since: datetime, day_since: datetime, most: int, long_since: datetime, most_unproved: int, language: str,
) -> None:  # fmt: skip
    """Store the notice for the person with this key, and its line in the audit; nothing for anybody else.

    Somebody who never confirmed anything gets at most `most_unproved` since `long_since`, and nothing if they asked to be
    forgotten before: a stranger may have typed the address.
    """
    query(
        _PLAN,
        {
            "key": key, "actor": actor, "purpose": purpose, "now": now, "paused_since": paused_since, "day_since": day_since,
            "most": most, "long_since": long_since, "most_unproved": most_unproved, "language": language,
        },
    )  # fmt: skip
