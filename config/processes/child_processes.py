"""Starts, watches, restarts and stops the child processes of one machine, and finds those that a killed run left behind.

Each pid is stored with its process's creation time, because the system may have given the pid to another program.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from config import private_files
from config.processes import log_rotation

STOP_SECONDS = 45.0  # a request that is being sent ends within 35 s: docs/delivery.md


@dataclass
class Child:
    """One process of the group: its command and how often it was restarted."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started_at: float = 0.0

    def start(self) -> None:
        private_files.make_folder(self.log.parent.resolve())
        with private_files.append(self.log) as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                list(self.command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=dict(self.environment),
                cwd=Path(__file__).resolve().parents[2], umask=private_files.UMASK,
                start_new_session=True,  # Ctrl-C in the terminal reaches only this process, which stops the children
            )  # fmt: skip
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class ProcessGroup:
    """The processes of `mailroom up`. The file `record` lists them for the next run."""

    record: Path
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)

    def add(self, child: Child) -> None:
        child.start()
        self.children.append(child)
        self._write()

    def _write(self) -> None:
        known = []
        for child in self.children:
            if child.process is None:
                continue
            try:
                created = psutil.Process(child.process.pid).create_time()
            except psutil.NoSuchProcess:
                continue
            known.append({"name": child.name, "pid": child.process.pid, "created": created})
        me = psutil.Process()
        private_files.make_folder(self.record.parent.resolve())
        draft = self.record.with_suffix(".new")
        with private_files.create(draft) as file:
            json.dump({"pid": me.pid, "created": me.create_time(), "children": known}, file)
        draft.replace(self.record)

    def watch(self) -> None:
        """Restart processes that ended by themselves, with growing pauses; rotate the logs. Call it once a second."""
        for child in self.children:
            log_rotation.rotate(child.log)
            if child.alive:
                continue
            pause = min(30.0, 0.5 * 2**child.restarts)
            if time.monotonic() - child.started_at < pause:
                continue
            self.say(f"{child.name} ended ({_ending(child)}); started again, its log: {child.log}")
            child.restarts += 1
            child.start()
            self._write()

    def stop(self) -> None:
        """Send TERM to all in reverse order, and KILL to those still running after 45 s."""
        for child in reversed(self.children):
            if child.alive and child.process is not None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self.children):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not end in {STOP_SECONDS:.0f} s and was killed")
                _kill_tree(child.process.pid)
                child.process.wait(5)
        self.record.unlink(missing_ok=True)


def _ending(child: Child) -> str:
    code = child.process.returncode if child.process else None
    return f"signal {-code}" if code is not None and code < 0 else f"exit {code}"


def _kill_tree(pid: int) -> None:
    try:
        family = [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        _signal(process, signal.SIGKILL)


def _ours(pid: int, created: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - created) < 1.0 and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _read(record: Path) -> dict[str, Any]:
    """The record of the last `mailroom up`; empty if there is none."""
    try:
        recorded: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return recorded


def running_owner(record: Path) -> int | None:
    """The pid of the `mailroom up` that wrote the record, if it is alive."""
    known = _read(record)
    owner = _ours(known["pid"], known["created"]) if known else None
    return owner.pid if owner and owner.pid != os.getpid() else None


def stop_leftovers(record: Path) -> list[str]:
    """End the children of a killed run; returns their names. Does nothing while that run is alive."""
    known = _read(record)
    if not known or running_owner(record) is not None:
        return []
    left = [(line["name"], process) for line in known["children"] if (process := _ours(line["pid"], line["created"]))]
    families = [(name, [process, *process.children(recursive=True)]) for name, process in left]
    for _, family in families:
        for process in family:
            _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs([process for _, family in families for process in family], timeout=STOP_SECONDS)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    record.unlink(missing_ok=True)
    return [name for name, _ in families]


def _signal(process: psutil.Process, which: signal.Signals) -> None:
    try:
        process.send_signal(which)
    except psutil.NoSuchProcess:
        pass


def python(*arguments: str) -> list[str]:
    """A command with the Python that runs this process, independent of PATH and working directory."""
    return [sys.executable, *arguments]
