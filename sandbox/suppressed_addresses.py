"""The account's suppression lists: which addresses, since when and why. Kept in a journal, so that they survive a restart."""

import threading
from pathlib import Path
from typing import Any

from sandbox.journal import Journal

BOUNCES, BLOCKS, INVALID, SPAM, GLOBAL = "bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes"
LISTS = (BOUNCES, BLOCKS, INVALID, SPAM, GLOBAL)
Row = dict[str, Any]
# In the order in which SendGrid checks them. Blocks are not included: a block does not suppress later mail.
REASONS = (
    (BOUNCES, "Bounced Address", "bypass_bounce_management"),
    (INVALID, "Invalid", ""),
    (SPAM, "Spam Reporting Address", "bypass_spam_management"),
    (GLOBAL, "Unsubscribed Address", "bypass_unsubscribe_management"),
)


class Suppressions:
    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._lists: dict[str, dict[str, Row]] = {}
        self._journal = Journal(folder / "suppressions.jsonl")
        for name, address, row in self._journal.read():
            self._apply(name, address, row)

    def _apply(self, name: str, address: str, row: Row | None) -> None:
        rows = self._lists.setdefault(name, {})
        if row is None:
            rows.pop(address, None)
        else:
            rows[address] = row

    def add(self, name: str, rows: list[Row], created: float) -> int:
        """Put addresses on a list, in one write; returns how many are new. The others keep their rows.

        `created` is the time of rows without one."""
        with self._lock:
            known = self._lists.setdefault(name, {})
            added: dict[str, Row] = {}
            for row in rows:
                key = str(row["email"]).lower()
                if key not in known and key not in added:
                    added[key] = {**row, "created": int(row.get("created", created))}
            self._journal.write([[name, key, row] for key, row in added.items()])
            known.update(added)
        return len(added)

    def remove(self, name: str, address: str) -> bool:
        """Remove an address from a list; False if it was not on it."""
        key = address.lower()
        if key not in self._lists.get(name, {}):
            return False
        with self._lock:
            self._journal.write([[name, key, None]])
            self._apply(name, key, None)
        return True

    def rows(self, name: str) -> list[Row]:
        with self._lock:
            return list(self._lists.get(name, {}).values())

    def row(self, name: str, address: str) -> Row | None:
        return self._lists.get(name, {}).get(address.lower())

    @property
    def any(self) -> bool:
        return bool(self._lists)

    def why_dropped(self, address: str, bypasses: set[str], number: int) -> str:
        """The documented reason for which a mail to this address is dropped, or an empty string.

        Rows that the request `number` or a later request caused do not count."""
        if not self._lists or "bypass_list_management" in bypasses:
            return ""
        key = address.lower()
        for name, reason, bypass in REASONS:
            if self._is_listed(name, key, number) and bypass not in bypasses:
                return reason
        return ""

    def _is_listed(self, name: str, key: str, number: int) -> bool:
        rows = self._lists.get(name)
        row = rows.get(key) if rows else None
        return row is not None and row.get("request", 0) < number

    def reset(self) -> None:
        with self._lock:
            self._journal.clear()
            self._lists.clear()
