"""SQL of reconsidering: who is suppressed because of events, for which causes, and who is listed at the provider."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from campaigns.tracking.bounces.bounce_policy_sql import BOUNCED
from campaigns.tracking.bounces.negative_events import LISTED
from publication.database.statement_sql import query


class Suppressed(NamedTuple):
    """A suppression, with the present address of its person."""

    id: int
    key: bytes
    address: str | None
    reason: str
    detail: str
    evidence_at: datetime | None
    created_at: datetime


class Listed(NamedTuple):
    """A person who is not suppressed here, but whose last bounce put them on the provider's list."""

    key: bytes
    address: str
    cause: str
    at: datetime


def list_suppressed(reasons: Sequence[str], since: datetime | None, after: int, most: int) -> list[Suppressed]:
    rows = query(
        "SELECT x.id, x.address_key, s.address, x.reason, x.detail, x.evidence_at, x.created_at FROM suppression x "
        "LEFT JOIN subscriber s ON s.address_key = x.address_key "
        "WHERE x.reason = ANY(%s) AND x.created_at >= COALESCE(%s, '-infinity'::timestamptz) AND x.id > %s "
        "ORDER BY x.id LIMIT %s",
        [list(reasons), since, after, most],
    )
    return [Suppressed(row[0], bytes(row[1]), *row[2:]) for row in rows]


def causes_of(keys: Sequence[bytes]) -> dict[bytes, set[str]]:
    """The causes of all bounces of these addresses, and of drops that do not follow a bounce (`Invalid`)."""
    found: dict[bytes, set[str]] = {}
    for key, cause in query(
        f"SELECT DISTINCT address_key, cause FROM event WHERE cause <> '' AND address_key = ANY(%s) "
        f"AND (kind IN {BOUNCED} OR kind = 'dropped' AND lower(trim(detail ->> 'reason')) <> %s)",
        [list(keys), LISTED],
    ):
        found.setdefault(bytes(key), set()).add(cause)
    return found


def list_listed(causes: Sequence[str], since: datetime | None) -> list[Listed]:
    """People whose last hard bounce has one of these causes, without a delivery or a removal from the list since."""
    rows = query(
        """
        SELECT b.address_key, s.address, b.cause, b.at FROM (
            SELECT DISTINCT ON (address_key) address_key, cause, at FROM event
            WHERE cause <> '' AND kind = 'bounced_hard' AND address_key IS NOT NULL
            ORDER BY address_key, at DESC, cause) b
        JOIN subscriber s ON s.address_key = b.address_key AND s.erased_at IS NULL
        WHERE b.cause = ANY(%s) AND b.at >= COALESCE(%s, '-infinity'::timestamptz)
          AND NOT EXISTS (SELECT FROM suppression x WHERE x.address_key = b.address_key)
          AND NOT EXISTS (SELECT FROM provider_list_change u WHERE u.address_key = b.address_key AND u.list = 'bounces'
                          AND u.change = 'remove' AND u.state <> 'failed' AND u.planned_at >= b.at)
        ORDER BY b.address_key
        """,
        [list(causes), since],
    )
    keys = [bytes(row[0]) for row in rows]
    delivered = _last_delivered(keys, min((row[3] for row in rows), default=None))
    people = [Listed(bytes(row[0]), row[1], row[2], row[3]) for row in rows]
    return [person for person in people if person.key not in delivered or delivered[person.key] <= person.at]


def _last_delivered(keys: Sequence[bytes], since: datetime | None) -> dict[bytes, datetime]:
    if since is None:
        return {}
    rows = query(
        "SELECT address_key, max(delivered_at) FROM delivery WHERE address_key = ANY(%s) AND delivered_at > %s "
        "AND campaign_id IN (SELECT id FROM campaign WHERE finished_at IS NULL OR finished_at > %s) GROUP BY address_key",
        [list(keys), since, since],
    )
    return {bytes(key): at for key, at in rows}
