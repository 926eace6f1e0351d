"""SQL of agreements to be measured that an import brings or takes back: many people in one statement."""

from collections.abc import Sequence
from datetime import datetime

from publication.database.statement_sql import column

AGREE = """
UPDATE subscriber s SET measured_since = %(now)s
FROM subscription p
WHERE s.address_key = ANY(%(keys)s) AND p.subscriber_id = s.id AND p.list_id = %(list)s AND p.source = %(source)s
  AND p.state = 'confirmed' AND p.confirmed_at = %(now)s AND s.measured_since IS NULL AND s.erased_at IS NULL
  AND NOT EXISTS (SELECT FROM consent_record c WHERE c.subscriber_id = s.id AND c.act = 'withdrew_measuring')
  AND NOT EXISTS (
      SELECT FROM subscriber m JOIN consent_record c ON c.subscriber_id = m.id AND c.act = 'withdrew_measuring'
      WHERE m.merged_into_id = s.id
  )
RETURNING s.id
"""


def agree(keys: Sequence[bytes], list_id: int, source: str, now: datetime) -> list[int]:
    """Agree for those of the people with these addresses whom the import `source` confirmed on a list in this moment.

    Left out are people who withdrew an agreement before. Returns who agrees now.
    """
    return column(AGREE, {"keys": list(keys), "list": list_id, "source": source, "now": now})


TAKE_BACK = """
UPDATE subscriber s SET measured_since = NULL
WHERE s.id = ANY(%(ids)s) AND s.measured_since IS NOT NULL AND %(source)s = (
    SELECT c.source FROM consent_record c WHERE c.subscriber_id = s.id AND c.act = 'agreed_measuring' ORDER BY c.id DESC LIMIT 1
)
RETURNING s.id
"""


def take_back(subscriber_ids: Sequence[int], source: str) -> list[int]:
    """End the agreements of these people whose last one came by the import `source`; returns whose ended."""
    return column(TAKE_BACK, {"ids": list(subscriber_ids), "source": source})
