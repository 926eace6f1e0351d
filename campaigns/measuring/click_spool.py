"""Keeps clicks in files until the database has stored them, so that no reader waits for it and none is lost with a process.

Each web process appends to a file of its own, which it keeps locked. A file that nobody has locked is complete, and any process
of this machine stores it.
"""

import fcntl
import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from config import private_files

MOST_BYTES = 256 * 1024 * 1024  # two million clicks, a day of 25 a second
FOLDER, ENDING = "clicks", ".clicks"  # in the data directory


class Arrival(NamedTuple):
    """One request: when (Unix seconds), the link, campaign and subscriber (0: nobody), and the reasons that it shows itself."""

    at: float
    link_id: int
    campaign_id: int
    subscriber_id: int
    reasons: int


class ClickSpool:
    """The files of one folder. Safe to share between threads."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most_bytes
        self._lock = threading.Lock()
        self._file: int | None = None
        self._room = 0
        self._lost = 0

    def add(self, arrival: Arrival) -> None:
        """Append a click. One that the disk does not take is counted as lost; the reader reaches the page all the same."""
        line = orjson.dumps([*arrival]) + b"\n"
        with self._lock:
            try:
                if self._file is None:
                    self._open()
                if self._file is None or self._room < len(line) or os.write(self._file, line) != len(line):
                    self._lost += 1
                else:
                    self._room -= len(line)
            except OSError:
                self._lost += 1

    def take_lost(self) -> int:
        """How many clicks were lost since the last call."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost

    def give_back_lost(self, lost: int) -> None:
        """The number could not be stored: count it again."""
        with self._lock:
            self._lost += lost

    def close_file(self) -> None:
        """Begin another file with the next click, so that this one can be stored."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)  # ends the lock
                self._file = None

    def complete_files(self) -> Iterator[tuple[uuid.UUID, Path]]:
        """Each file that nobody writes to, with its id; it stays locked until the next one is asked for."""
        for path in sorted(self._folder.glob(f"*{ENDING}")):
            try:
                handle = os.open(path, os.O_RDWR)
            except FileNotFoundError:  # another process stored it
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists():
                    yield uuid.UUID(path.stem), path
            except BlockingIOError:  # somebody writes to it, or stores it
                continue
            finally:
                os.close(handle)

    def _open(self) -> None:
        private_files.make_folder(self._folder)
        used = sum(map(_size, self._folder.glob(f"*{ENDING}")))
        path = self._folder / f"{uuid.uuid4()}{ENDING}"
        draft = path.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # It gets its name when it is locked: otherwise somebody could store and remove it before the first click is in it.
        draft.rename(path)
        self._file, self._room = handle, self._most - used


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # it was stored meanwhile
        return 0


def read_arrivals(path: Path) -> Iterator[Arrival]:
    """The clicks of a file. A line that a power cut left incomplete is skipped."""
    with path.open("rb") as file:
        for line in file:
            try:
                yield Arrival(*orjson.loads(line))
            except (orjson.JSONDecodeError, TypeError):
                continue
