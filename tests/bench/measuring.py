"""Starts the processes of a case with logs, samples their memory and CPU, and ends them by pid."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
WORK = Path(os.environ.get("BENCH_WORK") or ROOT / "var" / "bench").resolve()
MIB = 1024 * 1024


class BenchError(Exception):
    """A case could not be measured, or its result was wrong; the message says why."""


@contextmanager
def alone() -> Iterator[None]:
    """Lock the work folder, because a run empties it and stops its servers. The lock ends with its process."""
    WORK.mkdir(parents=True, exist_ok=True)
    handle = os.open(WORK / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchError(f"another run measures in {WORK}; wait for it, or set BENCH_WORK to another folder") from None
        yield
    finally:
        os.close(handle)


def wait_until(condition: Callable[[], object], seconds: float, what: str, pause: float = 0.01) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)


@dataclass
class Running:
    """A child process with its log; a context manager that ends it."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, name: str, command: Sequence[str], environment: dict[str, str] | None = None, folder: Path = ROOT) -> Running:
        log = WORK / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(command), cwd=folder, env=environment or os.environ.copy(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        return cls(name, process, log)

    def first_line(self, word: str, seconds: float = 20.0) -> str:
        """The first line of the log that contains `word`."""
        found: list[str] = []

        def look() -> bool:
            ended = self.process.poll() is not None  # before reading, so that the last lines are in the log
            found[:] = [line for line in self.log.read_text(errors="replace").splitlines() if word in line]
            if ended and not found:
                raise BenchError(f"{self.name} ended before it printed “{word}”: {self.tail()}")
            return bool(found)

        wait_until(look, seconds, f"{self.name} says {word!r}", 0.02)
        return found[0]

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-600:]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, seconds: float = 45.0) -> None:
        """Send TERM, and KILL to its group after the time-out."""
        if self.alive:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class SinkProcess(Running):
    """The HTTP sink (tests/bench/sink.py) and its counters."""

    port: int

    @classmethod
    def open(cls, latency: float = 0.0) -> SinkProcess:
        started = cls.start("sink", [sys.executable, str(HERE / "sink.py"), "--latency", str(latency)])
        sink = cls(started.name, started.process, started.log)
        sink.port = int(sink.first_line("listening on").rpartition(":")[2])
        return sink

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def count(self) -> dict[str, Any]:
        counted: dict[str, Any] = json.loads(self._get("/count"))
        return counted

    def keep(self) -> None:
        self._get("/keep")

    def kept(self) -> bytes:
        return self._get("/kept")


@dataclass
class Usage:
    """One part of a case: CPU seconds while the clock ran, and the peak memory of one process and of all together."""

    cpu: float = 0.0
    peak_process: float = 0.0  # MiB
    peak_sum: float = 0.0  # MiB, shared pages counted once


@dataclass
class Sampler:
    """Samples processes by part (worker, database, ...) every half second; `parts` names their root processes, children are included."""

    parts: dict[str, Sequence[int]]
    usage: dict[str, Usage] = field(default_factory=dict)
    _first: dict[tuple[str, int], float] = field(default_factory=dict)
    _last: dict[tuple[str, int], float] = field(default_factory=dict)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._look(first=True)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        self._look()
        for (part, pid), spent in self._last.items():
            self.usage[part].cpu += spent - self._first.get((part, pid), 0.0)

    @property
    def cpu(self) -> float:
        return sum(usage.cpu for usage in self.usage.values())

    def _run(self) -> None:
        while not self._end.wait(0.5):
            self._look()

    def _look(self, first: bool = False) -> None:
        for part, roots in self.parts.items():
            usage = self.usage.setdefault(part, Usage())
            private = shared = 0.0
            for process in family(roots):
                try:
                    times, memory = process.cpu_times(), process.memory_info()
                except psutil.Error:
                    continue
                spent = times.user + times.system
                self._last[part, process.pid] = spent
                if first:
                    self._first[part, process.pid] = spent
                usage.peak_process = max(usage.peak_process, high_water(process.pid) or memory.rss / MIB)
                private += (memory.rss - getattr(memory, "shared", 0)) / MIB
                shared = max(shared, getattr(memory, "shared", 0) / MIB)
            usage.peak_sum = max(usage.peak_sum, private + shared)


def family(roots: Iterable[int]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for pid in roots:
        try:
            root = psutil.Process(pid)
            found += [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
    return found


def high_water(pid: int) -> float | None:
    """VmHWM in MiB: the kernel's own peak of resident memory."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    at = status.find("VmHWM:")
    return int(status[at:].split()[1]) / 1024 if at >= 0 else None
