"""SendGrid's suppression lists: reads them page by page, adds global unsubscribes, removes addresses.

Source: SendGrid's suppressions reference (limit 500, offset from 0, times in Unix seconds, inclusive). It has no cursor, only
an offset, so rows that are deleted between two calls move later rows to lower offsets, and a reader that only adds 500 would
miss as many rows as were deleted. `read` therefore repeats the last OVERLAP rows of the page before, and checks that it sees at
least one row of that page again:

- The list keeps the relative order of its rows. (SendGrid does not document by what; `created` never changes.)
- Everything up to the end of an accepted page has been read. If a later page contains a row of the accepted page, all rows
  before that row have been read, and all rows after it, to the end of the later page, are in it. So nothing is missed.
- If a later page contains no row of the accepted page, more than OVERLAP rows were deleted. It is discarded, and the page
  before it is read, down to the start of the list, where nothing can precede it.

Rows that are added while the list is read are in a later window: the caller fixes `until`, and lets its windows overlap.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from transport.errors import ProviderError
from transport.outcomes import Outcome, OutcomeKind
from transport.provider_lists import ListedAddress, ListPage, ProviderList
from transport.sendgrid.answers import retry_after_of, rows_of
from transport.sendgrid.client import ApiClient

PAGE = 500
OVERLAP = 50
NOT_FOUND = 404
# A list that never ends is a fault at SendGrid's side: no sender here can have more than 2 million rows.
MAX_PAGES = 5000
_LATEST = 4_102_444_800  # 2100-01-01
_GLOBAL = "asm/suppressions/global"
_PATHS = {ProviderList.INVALID: "invalid_emails", ProviderList.COMPLAINTS: "spam_reports"}


class SendGridSuppressionLists:
    """The account's lists, as `transport.provider.SuppressionLists`."""

    most_added = 500

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._free_at = 0.0

    @property
    def pause(self) -> float:
        """Seconds until X-RateLimit-Reset, if the last answer said that no call is left until then; else 0."""
        return max(0.0, self._free_at - time.monotonic())

    def read(self, which: ProviderList, since: datetime | None, until: datetime, position: str = "") -> ListPage:
        """One page. Raises ProviderError; then the same position can be read again."""
        read_position = _ReadPosition.of(position)
        query: dict[str, Any] = {"limit": PAGE, "offset": read_position.offset, "end_time": int(until.timestamp())}
        if since is not None:
            query["start_time"] = int(since.timestamp())
        path = _list_path(which)
        rows = rows_of(path, self._ask("GET", f"{path}?{urlencode(query)}"))
        if read_position.pages >= MAX_PAGES:
            raise ProviderError(f"GET {path}", Outcome(OutcomeKind.UNKNOWN, detail="the list does not end"))
        marks = [_mark(row) for row in rows]
        if read_position.offset and read_position.marks.isdisjoint(marks):
            return ListPage((), read_position.stepped_back().text)
        listed = [
            row for row, mark in zip(map(_row, rows), marks, strict=True) if row is not None and mark not in read_position.marks
        ]
        return ListPage(listed, None if len(rows) < PAGE else read_position.after(marks).text)

    def add_unsubscribes(self, addresses: Sequence[str]) -> None:
        """Put addresses on the list of global unsubscribes; those that are on it stay as they are. Raises ProviderError."""
        self._ask("POST", _GLOBAL, {"recipient_emails": list(addresses)})

    def remove(self, which: ProviderList, address: str) -> bool:
        """Take an address off a list; False if it was not on it. Raises ProviderError."""
        path = _GLOBAL if which is ProviderList.UNSUBSCRIBES else _list_path(which)
        try:
            self._ask("DELETE", f"{path}/{quote(address, safe='')}")
        except ProviderError as error:
            if error.outcome.status == NOT_FOUND:
                return False
            raise
        return True

    def _ask(self, method: str, path: str, content: Any = None) -> bytes:
        headers, body = self._client.ask(method, path, content=content)
        if _is_used_up(headers):
            self._free_at = time.monotonic() + (retry_after_of(headers) or 0.0)
        return body


@dataclass(frozen=True, slots=True)
class _ReadPosition:
    """Where to read next, and marks of the rows of the page before. A mark names no address and is kept only while reading."""

    offset: int = 0
    pages: int = 0
    marks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, position: str) -> _ReadPosition:
        if not position:
            return cls()
        stored = orjson.loads(position)
        return cls(stored["offset"], stored["pages"], frozenset(stored["marks"]))

    @property
    def text(self) -> str:
        return orjson.dumps({"offset": self.offset, "pages": self.pages, "marks": sorted(self.marks)}).decode()

    def after(self, marks: Iterable[str]) -> _ReadPosition:
        return _ReadPosition(self.offset + PAGE - OVERLAP, self.pages + 1, frozenset(marks))

    def stepped_back(self) -> _ReadPosition:
        return _ReadPosition(max(0, self.offset - (PAGE - OVERLAP)), self.pages + 1, self.marks)


def _mark(row: Any) -> str:
    return blake2b(orjson.dumps(row, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def _is_used_up(headers: Message) -> bool:
    return str(headers.get("X-RateLimit-Remaining", "")).strip() == "0"


def _list_path(which: ProviderList) -> str:
    return f"suppression/{_PATHS.get(which, which.value)}"


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
