"""Batch ids and scheduled sends: which batches are paused or cancelled, and until when that is possible. Kept in a journal."""

import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

from sandbox.account import Account
from sandbox.http.sendgrid_answers import RefusedRequestError
from sandbox.journal import Journal
from sandbox.movable_clock import Clock

VALID_FOR = 10 * 24 * 3600
DEADLINE = 600  # seconds before send_at after which a hold is too late


@dataclass(slots=True)
class Hold:
    status: str  # pause or cancel
    since: float  # when the batch was first held; a change of the status does not move it


class Batches:
    """A hold works for mail whose `send_at` is at least ten minutes later. The account's `late_hold` decides what a later
    hold does: SendGrid documents only that such mail is "not guaranteed to be cancelled"."""

    def __init__(self, folder: Path, account: Account, clock: Clock) -> None:
        self._account, self._clock = account, clock
        self._lock = threading.Lock()
        self._created: dict[str, float] = {}
        self.held: dict[str, Hold] = {}
        self._journal = Journal(folder / "batches.jsonl")
        for kind, batch, status, at in self._journal.read():
            self._apply(kind, batch, status, at)

    def _apply(self, kind: str, batch: str, status: str, at: float) -> None:
        if kind == "create":
            self._created[batch] = at
        elif kind == "hold":
            self.held[batch] = Hold(status, at)
        elif kind == "change":
            self.held[batch].status = status
        else:
            self.held.pop(batch, None)

    def _note(self, kind: str, batch: str, status: str = "") -> None:
        at = self._clock.now()
        self._journal.write([[kind, batch, status, at]])
        self._apply(kind, batch, status, at)

    def create(self) -> str:
        batch = secrets.token_urlsafe(36)
        with self._lock:
            self._note("create", batch)
        return batch

    def __contains__(self, batch: object) -> bool:
        """Whether this id was created here within the last ten days."""
        created = self._created.get(batch) if isinstance(batch, str) else None
        return created is not None and self._clock.now() - created <= VALID_FOR

    def hold(self, batch: str, status: str, next_send_at: float | None) -> None:
        """Pause or cancel for the first time. `next_send_at` is the due time of the batch's first waiting mail."""
        with self._lock:
            if batch not in self._created:
                raise RefusedRequestError(400, "batch id not found", "batch_id")
            _check_status(status)
            if batch in self.held:
                raise RefusedRequestError(400, "a status update already exists for this batch id", "batch_id")
            if len(self.held) >= self._account.most_held:
                text = f"at most {self._account.most_held} batches may be paused or cancelled at once"
                raise RefusedRequestError(400, text, "batch_id")
            late = next_send_at is not None and self._clock.now() > next_send_at - DEADLINE
            if late and self._account.late_hold == "refused":
                raise RefusedRequestError(
                    400, "a batch can not be paused or cancelled later than 10 minutes before send_at", "batch_id"
                )
            self._note("hold", batch, status)

    def change(self, batch: str, status: str) -> None:
        _check_status(status)
        self._note_of_held("change", batch, status)

    def release(self, batch: str) -> None:
        self._note_of_held("release", batch)

    def _note_of_held(self, kind: str, batch: str, status: str = "") -> None:
        with self._lock:
            if batch not in self.held:
                raise RefusedRequestError(404, "batch id not found")
            self._note(kind, batch, status)

    def status_for(self, batch: str | None, send_at: float) -> str:
        """The status that holds mail of this batch and time: pause, cancel, or an empty string."""
        hold = self.held.get(batch or "")
        if hold is None or (hold.since > send_at - DEADLINE and self._account.late_hold != "honoured"):
            return ""
        return hold.status

    def reset(self) -> None:
        with self._lock:
            self._journal.clear()
            self._created.clear()
            self.held.clear()


def _check_status(status: str) -> None:
    if status not in ("pause", "cancel"):
        raise RefusedRequestError(400, "status must be either cancel or pause", "status")
