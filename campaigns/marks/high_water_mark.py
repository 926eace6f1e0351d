"""The high-water mark: a record of the mails that passed a gate here, kept where a restore of the database does not undo it.

There are two kinds of files in MARK_DIR. Each sending process has a ring file in `marks/` with the last mails that passed a
gate, eight bytes each. It is written after the gate's commit and before the first byte is sent, by one `pwrite` without
waiting for the disk. `mark.json` holds the identity of the database and the highest attempt ever known, which never goes down.
campaigns/sending/quarantine.py compares both with the database. A ring is needed because gates commit in another order than
their ids: what a lagging standby lacks may have ids below the highest.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import struct
import threading
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from campaigns.marks.campaign_marks import locked, remove_ended, report_fault, write_json
from publication import clock
from subscribers.tokens import SUBJECT_BITS

RING = 1024  # far more than the gates that one process can have under way at once
KINDS = ("attempt", "notice", "test_send", "staff_mail")  # in files: append only
_ENTRY = struct.Struct("<Q")
_ID_BITS, _NUMBER_BITS = SUBJECT_BITS, 14
FIRST_SINGLE = 1 << _ID_BITS  # a smaller entry is the id of an attempt


@dataclass(frozen=True, slots=True)
class Passed:
    """One mail that passed a gate: an attempt, or a single mail with the number of its attempt."""

    kind: str
    id: int
    number: int = 0

    def packed(self) -> int:
        number = min(self.number, (1 << _NUMBER_BITS) - 1)
        return KINDS.index(self.kind) << (_ID_BITS + _NUMBER_BITS) | number << _ID_BITS | self.id

    @classmethod
    def of(cls, entry: int) -> Passed:
        kind, number = entry >> (_ID_BITS + _NUMBER_BITS), entry >> _ID_BITS & (1 << _NUMBER_BITS) - 1
        return cls(KINDS[min(kind, len(KINDS) - 1)], entry & (1 << _ID_BITS) - 1, number)


@dataclass(frozen=True)
class DatabaseIdentity:
    """Identifies a database: another cluster, another timeline, or another database in the cluster differs in it."""

    system_identifier: str
    timeline: int
    database: int


@dataclass(frozen=True)
class Mark:
    """Everything known on this machine outside the database."""

    identity: DatabaseIdentity | None = None
    attempt_id: int = 0
    written_at: str = ""
    entries: frozenset[int] = field(default_factory=frozenset)  # packed, because thousands are compared every two seconds

    @property
    def attempts(self) -> list[int]:
        """Ids of attempts that passed the gate recently."""
        return [entry for entry in self.entries if entry < FIRST_SINGLE]

    @property
    def singles(self) -> list[Passed]:
        return [Passed.of(entry) for entry in self.entries if entry >= FIRST_SINGLE]

    @property
    def written(self) -> datetime | None:
        """When the file was written last; None if it was not, or if the text is damaged."""
        try:
            return datetime.fromisoformat(self.written_at)
        except ValueError:
            return None

    @property
    def exists(self) -> bool:
        return self.identity is not None

    def as_dict(self) -> dict[str, Any]:
        identity = asdict(self.identity) if self.identity else {}
        return {**identity, "attempt_id": self.attempt_id, "written_at": self.written_at}


def folder() -> Path:
    mark_dir: Path = settings.MARK_DIR
    return mark_dir


def is_writable() -> bool:
    """Whether this process could write a mark: the nearest existing folder must be writable."""
    nearest = next((path for path in (folder(), *folder().parents) if path.exists()), None)
    return nearest is not None and nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


# ------------------------------------------------------------------------------------------------------------- this process
class _Ring:
    """This process's own ring file. If the disk fails, mails still go out and the process remembers the entries in memory."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Start empty. A forked child does this too, because the file is its parent's."""
        self.folder: Path | None = None
        self.handle: int | None = None
        self.place = 0
        self.remembered: deque[int] = deque(maxlen=RING)

    def note(self, entry: int) -> None:
        with self.lock:
            if self.folder != folder():
                self._begin()
            self.remembered.append(entry)
            if self.handle is not None:
                try:
                    os.pwrite(self.handle, _ENTRY.pack(entry), _ENTRY.size * (self.place % RING))
                except OSError as error:
                    self._broken(error)
            self.place += 1

    def _begin(self) -> None:
        if self.handle is not None:
            os.close(self.handle)
        self.forget()
        self.folder = folder()
        try:
            self.handle = _open_ring(folder() / "marks")
        except OSError as error:
            self._broken(error)

    def _broken(self, error: OSError) -> None:
        self.handle = None
        report_fault("mark_not_written", error)


def _open_ring(ring_folder: Path) -> int:
    ring_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        path = ring_folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)  # held as long as the process lives, so that others see that it is alive
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(handle).st_ino:
                return handle
        os.close(handle)  # removed by remove_ended between the two calls


_ring = _Ring()


def _after_fork() -> None:
    global _ring
    _ring = _Ring()


os.register_at_fork(after_in_child=_after_fork)


def passed(attempt_id: int) -> None:
    """Record that an attempt's gate has committed. Call it before the first byte is sent."""
    _ring.note(attempt_id)


def passed_single(kind: str, single_id: int, number: int) -> None:
    """Record the same of a single mail."""
    _ring.note(Passed(kind, single_id, number).packed())


def highest_here() -> int:
    """The highest attempt that this process remembers, without reading a file."""
    if _ring.folder != folder():
        return 0
    return max((entry for entry in list(_ring.remembered) if entry < FIRST_SINGLE), default=0)


# ------------------------------------------------------------------------------------------------------------- this machine
def known() -> Mark:
    """Everything known on this machine, from this process and all others that use this MARK_DIR."""
    written = _read_mark()
    entries: set[int] = set(_ring.remembered) if _ring.folder == folder() else set()
    for path in _rings():
        entries.update(_read_ring(path))
    entries.discard(0)
    highest = max((entry for entry in entries if entry < FIRST_SINGLE), default=0)
    return Mark(written.identity, max(written.attempt_id, highest), written.written_at, frozenset(entries))


def fold(identity: DatabaseIdentity, attempt_id: int) -> None:
    """Record this database's identity, and the highest attempt known to it and to all rings; never lowers it.

    Call it only if nothing contradicts the database, because this adopts it.
    """
    try:
        with locked():
            before = _read_mark()
            highest = max(before.attempt_id, known().attempt_id, attempt_id)
            if (before.identity, before.attempt_id) != (identity, highest):
                write_json("mark.json", Mark(identity, highest, clock.now().isoformat(timespec="milliseconds")).as_dict())
            remove_ended(_rings())  # mark.json has the highest of their entries
    except OSError as error:
        report_fault("mark_not_written", error)


def _read_mark() -> Mark:
    try:
        stored = json.loads((folder() / "mark.json").read_text(encoding="utf-8"))
        identity = DatabaseIdentity(str(stored["system_identifier"]), int(stored["timeline"]), int(stored["database"]))
        return Mark(identity, int(stored["attempt_id"]), str(stored["written_at"]))
    except FileNotFoundError:
        return Mark()
    except (OSError, ValueError, KeyError, TypeError) as error:
        report_fault("mark_not_readable", error)
        return Mark()


def _rings() -> list[Path]:
    with suppress(OSError):
        return sorted((folder() / "marks").iterdir())
    return []


def _read_ring(path: Path) -> list[int]:
    with suppress(OSError):
        data = path.read_bytes()
        count = len(data) // _ENTRY.size
        return list(struct.unpack(f"<{count}Q", data[: count * _ENTRY.size]))
    return []
