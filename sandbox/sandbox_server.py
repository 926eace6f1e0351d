"""The sandbox server: assembles the parts; starts, stops, resets, and goes down before a request that must be refused.

The API is a layer above: the caller passes `api.dispatch.serve`, so that this module imports no endpoint."""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.account import Account
from sandbox.batches import Batches
from sandbox.delivery.timeline import Timeline
from sandbox.duplicate_counts import Tallies
from sandbox.http.fault_rules import FaultPlan
from sandbox.http.listener import Listener
from sandbox.http.server_connection import SandboxConnection
from sandbox.ledger import Ledger, unaccepted
from sandbox.movable_clock import Clock
from sandbox.rate_counts import RateCounts
from sandbox.readers.reader_pool import Readers
from sandbox.receipts import Receipts
from sandbox.suppressed_addresses import Suppressions
from sandbox.webhooks.progress import Progress
from sandbox.webhooks.registry import Webhooks

REFUSE_FOR = 1.0


class FolderTakenError(Exception):
    """Another sandbox already uses this data folder."""


class SandboxServer:
    """Without a `folder` a temporary one is used and removed at the end. `inbox` is full or ledger. `serve` answers one
    connection."""

    def __init__(
        self,
        host: str,
        port: int,
        folder: Path | None,
        inbox: str,
        serve: "Callable[[SandboxServer, SandboxConnection], None]",
    ) -> None:
        self.listener = Listener(host, port, lambda connection: serve(self, connection))
        try:
            self._prepare(folder, inbox)
        except BaseException:
            self.listener.stop()
            raise

    def _prepare(self, folder: Path | None, inbox: str) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="mail-sandbox-") if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary else Path(folder or ".")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock_folder()
        self.inbox = inbox
        self.clock, self.account, self.plan = Clock(self.folder / "clock"), Account(), FaultPlan()
        self.batches = Batches(self.folder, self.account, self.clock)
        self.ledger = Ledger(self.folder, keep_bodies=inbox == "full")
        self.tallies = Tallies(self.ledger)
        self.receipts, self.rates = Receipts(), RateCounts()
        self.suppressions = Suppressions(self.folder)
        self.progress = Progress(self.folder)
        self.webhooks = Webhooks(self.folder, self.clock, self.progress)
        self.readers = Readers(self.folder / "readers.json", self.ledger, self.clock, self._site_urls, self._substitutes_nested)
        self.timeline = Timeline(
            self.ledger, self.suppressions, self.webhooks, self.batches, self.clock, self.progress, self.readers
        )

    def _site_urls(self) -> list[str]:
        return [webhook.settings.url for webhook in self.webhooks]

    def _substitutes_nested(self) -> bool:
        return self.account.substitution_order == "nested"

    def _lock_folder(self) -> None:
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderTakenError(f"another sandbox uses {self.folder}; stop it, or choose another --data folder") from error

    def start(self) -> None:
        self.webhooks.start()
        self.timeline.start()
        self.listener.start()
        self.refuse_next()

    def stop(self) -> None:
        self.listener.stop()
        self.timeline.stop()
        self.readers.stop()
        self.webhooks.stop()
        os.close(self._lock)
        if self._temporary:
            self._temporary.cleanup()

    def reset(self) -> None:
        """Remove all mail, faults, suppressions and unposted events. Webhook settings, account and keys stay."""
        self.plan.clear()
        self.timeline.reset()
        self.readers.reset()
        self.ledger.reset()
        self.suppressions.reset()
        self.webhooks.reset()
        self.batches.reset()
        self.rates.reset()
        self.clock.reset()

    def must_refuse_next(self) -> bool:
        return self.plan.refusal(self.ledger.next_number) is not None

    def refuse_next(self) -> None:
        """Close the listener if the fault of the next request is `refuse`. Any connection uses up that number."""
        action = self.plan.refusal(self.ledger.next_number)
        if action is None:
            return
        number = self.ledger.take_number()
        self.listener.go_down(action.seconds(REFUSE_FOR))
        self.ledger.append(unaccepted(number, self.clock.now(), time.time(), None, action))
