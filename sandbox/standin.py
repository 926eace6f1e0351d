"""The whole stand-in: its parts, put together; start, stop, reset, and the refusal of the next request."""

import fcntl
import os
import tempfile
from pathlib import Path

from sandbox.account import Account
from sandbox.batches import Batches
from sandbox.clock import Clock
from sandbox.connection import Connection
from sandbox.exchange import serve
from sandbox.faults import Plan
from sandbox.ledger import Ledger
from sandbox.listener import Listener
from sandbox.signing import load_or_make
from sandbox.suppressions import Suppressions
from sandbox.tally import Tallies
from sandbox.timeline import Timeline
from sandbox.webhook import Webhook

REFUSE_FOR = 1.0


class FolderTakenError(Exception):
    """Another sandbox runs on this data folder."""


class StandIn:
    """`folder` None = a temporary one, removed at the end. `inbox` is full or ledger."""

    def __init__(self, host: str, port: int, folder: Path | None, inbox: str = "full") -> None:
        self.listener = Listener(host, port, self._serve)
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
        self.clock, self.account, self.plan, self.batches = Clock(), Account(), Plan(), Batches()
        self.ledger = Ledger(self.folder, keep_bodies=inbox == "full")
        self.tallies = Tallies(self.ledger)
        self.suppressions = Suppressions(self.folder)
        keys = [load_or_make(self.folder / name) for name in ("webhook-key.pem", "webhook-key-2.pem")]
        self.webhook = Webhook(keys[0], keys[1], self.clock)
        self.timeline = Timeline(self.ledger, self.suppressions, self.webhook, self.batches, self.clock)

    def _lock_folder(self) -> None:
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderTakenError(f"another sandbox uses {self.folder}: stop it, or choose another --data") from error

    def _serve(self, connection: Connection) -> None:
        serve(self, connection)

    def start(self) -> None:
        self.webhook.start()
        self.timeline.start()
        self.listener.start()
        self.refuse_next()

    def stop(self) -> None:
        self.listener.stop()
        self.timeline.stop()
        self.webhook.stop()
        os.close(self._lock)
        if self._temporary:
            self._temporary.cleanup()

    def reset(self) -> None:
        """As new: no mail, no faults, no suppressions, nothing to post. Webhook settings, account and keys stay."""
        self.plan.clear()
        self.ledger.reset()
        self.suppressions.reset()
        self.webhook.reset()
        self.batches.reset()
        self.clock.offset = 0.0

    def must_refuse_next(self) -> bool:
        return self.plan.refusal(self.ledger.next_number) is not None

    def refuse_next(self) -> None:
        """Go down when the fault of the next request is `refuse`: it uses up that number, whoever comes meanwhile."""
        action = self.plan.refusal(self.ledger.next_number)
        if action is None:
            return
        number = self.ledger.take_number()
        self.listener.go_down(action.seconds(REFUSE_FOR))
        self.ledger.append(
            {
                "request": number,
                "at": self.clock.now(),
                "id": None,
                "status": None,
                "fault": str(action),
                "accepted": False,
                "people": [],
            }
        )
