"""The part of the mark that names campaigns: to how many people each was sent from here, kept outside the database.

Each sending process has one file per campaign in MARK_DIR/campaigns: eight bytes with the number of people whose mail passed
a gate, then a JSON text about the campaign. The text is written once. The number is overwritten by one `pwrite` after each
gate's commit, before the first byte is sent, without waiting for the disk. `campaigns.json` collects the files and outlasts
them. campaigns/sending/quarantine.py compares all of it with the database.
"""

import fcntl
import json
import os
import secrets
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from publication import audit, clock

log = structlog.get_logger("mailroom.mark")

KEEP_SECONDS = 600.0  # for the file of an ended process: longer than the lag of any standby worth promoting
MOST_OPEN = 64  # campaigns per process
MOST_KEPT = 2000  # campaigns in campaigns.json, about 300 bytes each: the newest
_COUNT = struct.Struct("<q")
_ENDED = ""  # in campaigns.json: the people of all files that are gone


@dataclass(frozen=True)
class CampaignMark:
    """A campaign that was sent from here. `created_at` tells it from a later campaign that got the same id after a restore."""

    campaign: int
    created_at: datetime
    digest: str
    name: str
    subjects: tuple[str, ...]
    lists: tuple[str, ...]  # short names
    first_at: datetime
    people: int = 0

    @property
    def key(self) -> tuple[int, datetime]:
        return self.campaign, self.created_at


def folder() -> Path:
    return Path(settings.MARK_DIR) / "campaigns"


def report_fault(what: str, error: Exception) -> None:
    # Sending goes on: without a mark it is as safe as on any other machine, and the doctor reports that there is none.
    log.error(what, folder=str(settings.MARK_DIR), error=str(error))


@contextmanager
def locked() -> Iterator[None]:
    """Hold the lock of MARK_DIR, which serialises all writers of its JSON files. Raises OSError."""
    root = Path(settings.MARK_DIR)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(root / "mark.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_json(name: str, document: dict[str, Any]) -> None:
    """Replace a file of MARK_DIR; a power cut leaves the old one or the new one. Call it under the lock. Raises OSError."""
    root = Path(settings.MARK_DIR)
    draft = root / f"{name}.{os.getpid()}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())  # at most every two seconds; a mark emptied by a power cut would be useless
    draft.replace(root / name)


# ------------------------------------------------------------------------------------------------------------- this process
class CampaignLedger:
    """This process's file of one campaign. If the disk fails, mails still go out and the number is kept in memory."""

    def __init__(self, mark: CampaignMark) -> None:
        self.mark, self.people = mark, 0
        self.path = folder() / f"{mark.campaign}-{os.getpid()}-{secrets.token_hex(4)}"
        self.handle: int | None = None
        self.is_written = False
        try:
            self.handle = _create(self.path, _COUNT.pack(0) + json.dumps(_plain(mark)).encode())
            self.is_written = True
        except OSError as error:
            report_fault("mark_not_written", error)

    def add(self, people: int) -> None:
        self.people += people
        try:
            if self.handle is not None:
                os.pwrite(self.handle, _COUNT.pack(self.people), 0)
            elif self.is_written:  # closed while an attempt was under way
                with self.path.open("r+b") as file:
                    file.write(_COUNT.pack(self.people))
        except OSError as error:
            report_fault("mark_not_written", error)

    def close(self) -> None:
        """Release the file's lock. `collect` removes the file once it is old."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


def _create(path: Path, data: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)  # held as long as the process uses it, so that nobody removes it
    os.pwrite(handle, data, 0)
    return handle


class Ledgers:
    """The open files of this process, and the attempts that have passed the gate and have no answer yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.folder: Path | None = None
        self.open: OrderedDict[int, CampaignLedger] = OrderedDict()
        self.under_way: dict[int, tuple[CampaignLedger, int]] = {}

    def of(self, campaign: int, load: Callable[[], CampaignMark]) -> CampaignLedger:
        """This process's file of the campaign. `load` is called once per process and campaign."""
        with self.lock:
            if self.folder != folder():
                self._close()
                self.folder = folder()
            if campaign in self.open:
                self.open.move_to_end(campaign)
                return self.open[campaign]
        mark = load()  # a query: other threads need not wait for it
        with self.lock:
            if campaign not in self.open:
                self.open[campaign] = CampaignLedger(mark)
                while len(self.open) > MOST_OPEN:
                    self.open.popitem(last=False)[1].close()
            return self.open[campaign]

    def passed(self, ledger: CampaignLedger, attempt_id: int, people: int) -> None:
        """Record that the gate of an attempt to so many people has committed. Call it before the first byte is sent."""
        with self.lock:
            ledger.add(people)
            self.under_way[attempt_id] = ledger, people

    def ended(self, attempt_id: int, *, rejected: bool) -> None:
        """Take the people of an attempt back if it is proved that the provider did not take its request."""
        with self.lock:
            ledger, people = self.under_way.pop(attempt_id, (None, 0))
            if ledger is not None and rejected:
                ledger.add(-people)

    def close(self) -> None:
        """Close this process's files. After a restore an id may name another campaign."""
        with self.lock:
            self._close()

    def _close(self) -> None:
        for ledger in self.open.values():
            ledger.close()
        self.open.clear()


ledgers = Ledgers()


def _after_fork() -> None:
    global ledgers
    ledgers = Ledgers()


os.register_at_fork(after_in_child=_after_fork)


# ------------------------------------------------------------------------------------------------------------- this machine
@dataclass(frozen=True)
class KnownCampaigns:
    """All campaigns known on this machine. `machine` is the id of this MARK_DIR, wherever it is used."""

    machine: str
    marks: tuple[CampaignMark, ...]


def known() -> KnownCampaigns:
    """What campaigns.json and the files of all processes say. Campaigns whose requests were all rejected are left out."""
    document = _read()
    merged = _merge(document, [*_ledger_marks(), *_unwritten()])
    marks = (replace(mark, people=sum(files.values())) for mark, files in merged.values())
    return KnownCampaigns(
        document["machine"], tuple(sorted((mark for mark in marks if mark.people > 0), key=lambda mark: mark.key))
    )


def collect() -> None:
    """Write what all processes know into campaigns.json, and remove the files of processes that ended a while ago."""
    try:
        with locked():
            document = _read()
            kept = _merge(document, _ledger_marks())
            names = {path.name for path in _files()}  # after reading them: nobody removes one without the lock
            rows = []
            for mark, files in sorted(kept.values(), key=lambda each: each[0].first_at)[-MOST_KEPT:]:
                gone = sum(people for name, people in files.items() if name not in names)
                present = {name: people for name, people in sorted(files.items()) if name in names}
                rows.append(_plain(mark) | {"people": ({_ENDED: gone} if gone else {}) | present})
            if rows != document["campaigns"]:
                write_json("campaigns.json", {"machine": document["machine"] or secrets.token_hex(8), "campaigns": rows})
            remove_ended(_files())
    except OSError as error:
        report_fault("mark_not_written", error)


_Merged = dict[tuple[int, datetime], tuple[CampaignMark, dict[str, int]]]


def _merge(document: dict[str, Any], ledgers: Iterable[tuple[str, CampaignMark]]) -> _Merged:
    """Campaign -> its mark, and its people by file. What a file says is newer than what campaigns.json says of it."""
    merged: _Merged = {}
    for row in document["campaigns"]:
        mark = _mark(row)
        merged[mark.key] = mark, dict(row["people"])
    for name, mark in ledgers:
        before, files = merged.get(mark.key, (mark, {}))
        merged[mark.key] = replace(before, first_at=min(before.first_at, mark.first_at)), files | {name: mark.people}
    return merged


def _ledger_marks() -> Iterator[tuple[str, CampaignMark]]:
    for path in _files():
        try:
            data = path.read_bytes()
            yield path.name, replace(_mark(json.loads(data[_COUNT.size :])), people=_COUNT.unpack_from(data)[0])
        except FileNotFoundError:
            continue  # removed meanwhile: then it is in campaigns.json
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            report_fault("mark_not_readable", error)  # cut off by a power failure


def _unwritten() -> list[tuple[str, CampaignMark]]:
    """What only this process remembers, because the disk failed."""
    with ledgers.lock:
        here = ledgers.open.values() if ledgers.folder == folder() else ()
        return [(ledger.path.name, replace(ledger.mark, people=ledger.people)) for ledger in here if not ledger.is_written]


def _files() -> list[Path]:
    with suppress(OSError):
        return sorted(folder().iterdir())
    return []


_read_last: tuple[tuple[str, int, int], dict[str, Any]] | None = None


def _read() -> dict[str, Any]:
    """The contents of campaigns.json, parsed only if the file changed. Do not change the result."""
    global _read_last
    path = Path(settings.MARK_DIR) / "campaigns.json"
    try:
        state = path.stat()
        version = (str(path), state.st_mtime_ns, state.st_ino)
        if _read_last is None or _read_last[0] != version:
            document = json.loads(path.read_text(encoding="utf-8"))
            for row in document["campaigns"]:
                _mark(row)
            _read_last = version, {"machine": str(document["machine"]), "campaigns": document["campaigns"]}
        return _read_last[1]
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        report_fault("mark_not_readable", error)
    return {"machine": "", "campaigns": []}


def _plain(mark: CampaignMark) -> dict[str, Any]:
    plain = asdict(mark) | {"created_at": mark.created_at.isoformat(), "first_at": mark.first_at.isoformat()}
    del plain["people"]
    return plain | {"subjects": list(mark.subjects), "lists": list(mark.lists)}


def _mark(row: dict[str, Any]) -> CampaignMark:
    return CampaignMark(
        int(row["campaign"]), datetime.fromisoformat(row["created_at"]), str(row["digest"]), str(row["name"]),
        tuple(map(str, row["subjects"])), tuple(map(str, row["lists"])), datetime.fromisoformat(row["first_at"]),
    )  # fmt: skip


def mark_of(campaign: int, created_at: datetime, digest: str, name: str, subjects: list[str], lists: list[str]) -> CampaignMark:
    """The mark of a campaign whose first request from this process goes out now."""
    name, *subjects = audit.without_addresses([name, *subjects])  # an erasure does not reach these files
    return CampaignMark(campaign, created_at, digest, name, tuple(subjects), tuple(lists), clock.now())


def remove_ended(paths: Iterable[Path]) -> None:
    """Remove the files of processes that ended a while ago. Call it under the lock, when a common file has what they hold."""
    for path in paths:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime < KEEP_SECONDS:
                continue
            handle = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its process lives
                path.unlink()
            finally:
                os.close(handle)
