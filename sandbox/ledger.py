"""The ledger: one line per mail/send request, appended before its answer goes out. A complete line survives kill -9 of the
sandbox. The request of an incomplete line was never answered, so the line is removed at the next start.

Mail that waits for its `send_at` gets a second line when it is released or discarded."""

import os
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

# One recipient of an accepted request: index in the request, personalization, address, kind (to, cc, bcc), custom args.
Record = dict[str, Any]
MOST_CACHED = 20_000  # recipients of recent requests, cached because their events follow soon


@dataclass(frozen=True, slots=True)
class ScheduledMailEnd:
    """The end of mail that waited for its `send_at`: released or discarded, when, and why."""

    state: str
    at: float
    reason: str = ""


WAITING = ScheduledMailEnd("waiting", 0.0)


def unaccepted(number: int, at: float, received_at: float, status: int | None, fault: object) -> Record:
    """The record of a request that was not accepted."""
    head = {"request": number, "at": at, "received_at": received_at, "id": None, "status": status}
    return {**head, "fault": str(fault) if fault else None, "accepted": False, "people": []}


def moment_of(record: Record, person: list[Any]) -> int:
    """The `send_at` this recipient's mail waits for; 0 = it went out at once."""
    moments = record.get("moments")
    moment = moments[person[0]] if moments else record.get("send_at")
    return moment if moment and moment > record["at"] else 0


def moments_in(record: Record) -> set[int]:
    """The `send_at` times of this request's mails; includes 0 if some went out at once."""
    if not record.get("moments"):
        return {moment_of(record, [0])}
    return {moment_of(record, person) for person in record["people"]}


class Ledger:
    """Keeps 24 bytes per request in memory and nothing per recipient; everything else is read from the file.

    A slot is the position of a record in the order of writing; an ordinal counts accepted recipients in that order."""

    def __init__(self, folder: Path, keep_bodies: bool) -> None:
        self._lock = threading.Lock()
        self.keep_bodies = keep_bodies
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        self._file = os.open(folder / "ledger.jsonl", flags, 0o600)
        self._bodies = os.open(folder / "bodies.bin", flags, 0o600)
        self.era = 0  # grows with each reset: a request that took its number before a reset writes nothing after it
        self._forget()
        self._load()

    def _forget(self) -> None:
        self._offsets, self._through, self._slots = array("Q"), array("Q"), array("q")
        self._end = 0
        self._body_end = os.fstat(self._bodies).st_size
        self._last_number = 0
        self._recent: OrderedDict[int, Record] = OrderedDict()  # by slot
        self._cached = 0
        self.accepted_requests = 0
        self.scheduled: dict[int, dict[int, ScheduledMailEnd]] = {}  # number -> moment -> how it ended
        self.discards: list[tuple[int, int]] = []  # slot and moment, in the order of discarding

    def _load(self) -> None:
        with open(self._file, "rb", closefd=False) as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._note(orjson.loads(line), len(line))
        os.ftruncate(self._file, self._end)

    def _note(self, record: Record, length: int) -> None:
        # Some readers do not hold the lock, so set the end first, then the offset that makes the slot visible.
        start, self._end = self._end, self._end + length
        number = record["request"]
        if "ending" in record:
            self._end_waiting(record)
            return
        if record["accepted"]:
            self.accepted_requests += 1
            if "moments" in record or (record.get("send_at") or 0) > record["at"]:
                self.scheduled[number] = {moment: WAITING for moment in moments_in(record) if moment}
        self._through.append(self.recipients + len(record["people"]))
        self._offsets.append(start)
        self._slots.extend([-1] * (number + 1 - len(self._slots)))
        self._slots[number] = len(self._offsets) - 1
        self._last_number = max(self._last_number, number)

    def _end_waiting(self, line: Record) -> None:
        number, moment = line["request"], line["moment"]
        self.scheduled.setdefault(number, {})[moment] = ScheduledMailEnd(line["ending"], line["at"], line["reason"])
        if line["ending"] == "discarded":
            self.discards.append((self._slots[number], moment))

    def take_number(self) -> int:
        """The number of the request that has just arrived: 1, 2, 3, …"""
        with self._lock:
            self._last_number += 1
            return self._last_number

    @property
    def next_number(self) -> int:
        return self._last_number + 1

    @property
    def recipients(self) -> int:
        return self._through[-1] if self._through else 0

    def __len__(self) -> int:
        return len(self._offsets)

    def append(self, record: Record, body: bytes | None = None, era: int | None = None) -> bool:
        """Write one record, and the body from which the inbox renders its messages. Returns when both are written;
        False if there was a reset in between."""
        line = orjson.dumps(record) + b"\n" if body is None or not self.keep_bodies else b""
        with self._lock:
            if era is not None and era != self.era:
                return False
            if not line and body is not None:
                record["body"] = [self._body_end, len(body)]
                _write_all(self._bodies, body)
                self._body_end += len(body)
                line = orjson.dumps(record) + b"\n"
            _write_all(self._file, line)
            self._note(record, len(line))
            if record.get("people"):
                self._cache(len(self._offsets) - 1, record)
            return True

    def _cache(self, slot: int, record: Record) -> None:
        self._recent[slot] = record
        self._cached += len(record["people"])
        while self._cached > MOST_CACHED and len(self._recent) > 1:
            _, oldest = self._recent.popitem(last=False)
            self._cached -= len(oldest["people"])

    def end_waiting(self, number: int, moment: int, state: str, at: float, reason: str = "") -> None:
        """Record that the mail that waited for `moment` was released or discarded."""
        self.append({"request": number, "ending": state, "moment": moment, "at": at, "reason": reason})

    def ending_of(self, record: Record, person: list[Any]) -> ScheduledMailEnd:
        """Whether this recipient's mail is waiting, was released (and when), or was discarded."""
        moment = moment_of(record, person)
        if not moment:
            return ScheduledMailEnd("released", record["at"])
        return self.scheduled.get(record["request"], {}).get(moment, WAITING)

    def hides(self, record: Record) -> bool:
        """Whether some of this request's mail was not delivered, because it is waiting or was discarded."""
        endings = self.scheduled.get(record["request"])
        return endings is not None and any(ending.state != "released" for ending in endings.values())

    def tell_apart(self) -> tuple[int, int]:
        """How many recipients wait for their `send_at`, and how many mails were discarded."""
        waiting = discarded = 0
        for number, endings in list(self.scheduled.items()):
            if all(ending.state == "released" for ending in endings.values()) or not (record := self.by_number(number)):
                continue
            states = [self.ending_of(record, person).state for person in record["people"]]
            waiting, discarded = waiting + states.count("waiting"), discarded + states.count("discarded")
        return waiting, discarded

    def line(self, slot: int) -> bytes:
        start = self._offsets[slot]
        end = self._offsets[slot + 1] if slot + 1 < len(self._offsets) else self._end
        return os.pread(self._file, end - start, start).split(b"\n", 1)[0]

    def record(self, slot: int) -> Record:
        """The record. It is shared: do not change it."""
        found: Record | None = self._recent.get(slot)
        return found or orjson.loads(self.line(slot))

    def by_number(self, number: int) -> Record | None:
        slot = self._slots[number] if 0 < number < len(self._slots) else -1
        return self.record(slot) if slot >= 0 else None

    def body_of(self, record: Record) -> bytes | None:
        """The request body as received, or None if bodies are not kept."""
        body_position = record.get("body")
        return os.pread(self._bodies, body_position[1], body_position[0]) if body_position else None

    def recipients_in(self, slot: int) -> int:
        return self._through[slot] - (self._through[slot - 1] if slot else 0)

    def people(self, since: int, limit: int) -> Iterator[tuple[Record, list[Any]]]:
        """Accepted recipients from the ordinal `since` on, each with the record of its request."""
        slot = bisect_right(self._through, since)
        skip = since - (self._through[slot - 1] if slot else 0)
        while limit > 0 and slot < len(self._offsets):
            if self.recipients_in(slot):
                record = self.record(slot)
                for person in record["people"][skip : skip + limit]:
                    yield record, person
                    limit -= 1
            skip, slot = 0, slot + 1

    def reset(self) -> None:
        """Delete everything; request numbers start at 1 again."""
        with self._lock:
            os.ftruncate(self._file, 0)
            os.ftruncate(self._bodies, 0)
            self.era += 1
            self._forget()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
