"""SendGrid's suppression lists: reads them page by page, and removes an address from the bounce list.

Reading is the free way to learn of bounces and complaints that the webhook missed. Source: SendGrid's suppressions reference
(limit 500, offset from 0, times in Unix seconds, inclusive).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from transport.errors import ProviderError
from transport.outcomes import Outcome, OutcomeKind
from transport.sendgrid.client import ApiClient

PAGE = 500
NOT_FOUND = 404
# A list that never ends is a fault at SendGrid's side: no sender here can have more than 2 million rows.
MAX_PAGES = 4000
_LATEST = 4_102_444_800  # 2100-01-01


class SuppressionList(StrEnum):
    """The provider's lists by our names; `path` uses theirs. BLOCKS do not stop later mail, the others do."""

    BOUNCES = "bounces"
    BLOCKS = "blocks"
    INVALID = "invalid"
    COMPLAINTS = "complaints"
    UNSUBSCRIBES = "unsubscribes"

    @property
    def path(self) -> str:
        return f"suppression/{_PATHS.get(self, self.value)}"


_PATHS = {SuppressionList.INVALID: "invalid_emails", SuppressionList.COMPLAINTS: "spam_reports"}


@dataclass(frozen=True, slots=True)
class ListedAddress:
    """One row of a list. `status` and `reason` quote the receiving server, if the list has them."""

    address: str = field(repr=False)
    listed_at: datetime | None
    reason: str | None = field(default=None, repr=False)
    status: str | None = None


def listed(
    client: ApiClient, which: SuppressionList, start_time: int | None = None, end_time: int | None = None
) -> Iterator[ListedAddress]:
    """All rows of a list. Raises ProviderError at the page that failed.

    A list that grows meanwhile shifts its pages, so rows can come twice or be missed. Query overlapping windows of
    time, and write each row so that a repetition changes nothing.
    """
    query: dict[str, Any] = {"limit": PAGE, "offset": 0}
    if start_time is not None:
        query["start_time"] = start_time
    if end_time is not None:
        query["end_time"] = end_time
    for page in range(MAX_PAGES):
        query["offset"] = page * PAGE
        _, body = client.ask("GET", f"{which.path}?{urlencode(query)}")
        rows = _rows(which, body)
        yield from (row for row in map(_row, rows) if row is not None)
        if len(rows) < PAGE:
            return


class SendGridBounceList:
    """The list of bounced addresses, as `transport.provider.BounceList`."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def remove(self, address: str) -> bool:
        """Remove an address from the list, so that SendGrid delivers to it again; False if it was not on it."""
        try:
            self._client.ask("DELETE", f"{SuppressionList.BOUNCES.path}/{quote(address, safe='')}")
        except ProviderError as error:
            if error.outcome.status == NOT_FOUND:
                return False
            raise
        return True


def _rows(which: SuppressionList, body: bytes) -> list[Any]:
    try:
        rows = orjson.loads(body)
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        raise ProviderError(f"GET {which.path}", Outcome(OutcomeKind.UNKNOWN, detail="the answer is not a list"))
    return rows


def _row(row: Any) -> ListedAddress | None:
    if not isinstance(row, dict) or not isinstance(row.get("email"), str):
        return None
    created = row.get("created")
    return ListedAddress(
        address=row["email"],
        listed_at=datetime.fromtimestamp(created, UTC) if isinstance(created, int) and 0 <= created < _LATEST else None,
        reason=row["reason"] if isinstance(row.get("reason"), str) else None,
        status=row["status"] if isinstance(row.get("status"), str) else None,
    )
