"""The processes of a chaos run as the harness sees them: which should run, how each died, which is started again."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.processes import process_commands

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Member:
    """One process that should run: `role` names its task, `pid` is its process id now, or 0."""

    name: str
    role: str
    command: Sequence[str]
    pid: int = 0
    armed: str = ""
    stopped_until: float = 0.0
    away_until: float = 0.0
    since: float = 0.0


@dataclass
class Death:
    """How a member died: at a named point, killed by the harness, or by itself (a fault of the product)."""

    member: Member
    pid: int
    status: int
    point: str
    ours: bool


@dataclass
class Company:
    """The members, and the zygote that forks them."""

    folder: Path
    environment: Mapping[str, str]
    bug: str = ""
    members: list[Member] = field(default_factory=list)
    killed_by_us: set[int] = field(default_factory=set)
    started: dict[int, str] = field(default_factory=dict)
    _buffer: bytes = b""
    _seen: int = 0
    _points: dict[int, str] = field(default_factory=dict)
    _starting: dict[str, Member] = field(default_factory=dict)

    def open(self, guard: Sequence[int] = ()) -> None:
        self.log = self.folder / "log" / "processes.log"
        self.witness = self.folder / "run" / "witness"
        self.witness.touch()
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **self.environment}
        with self.log.open("ab") as log:
            self.zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.zygote"], cwd=ROOT, env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        first = self._read(30)
        if not any("ready" in line for line in first):
            raise RuntimeError(f"the zygote did not start: {self.tail()}")
        for pid in guard:
            self._order(guard=pid)

    def close(self) -> None:
        if self.zygote.stdin and self.zygote.stdout:
            try:
                self._order(bye=True)
                self.zygote.stdin.close()
            except OSError:
                pass
            self.zygote.wait(30)
            self.zygote.stdout.close()

    def tail(self, size: int = 3000) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-size:]

    # -- which processes should run

    def engage(self, name: str, role: str, command: Sequence[str]) -> Member:
        member = Member(name, role, command)
        self.members.append(member)
        self.start(member)
        return member

    def sending(self, name: str, slots: int) -> Member:
        return self.engage(name, "sending", process_commands.sending_worker(slots, name))

    def upkeep(self, name: str) -> Member:
        return self.engage(name, "upkeep", process_commands.upkeep_worker(name))

    def beat(self, name: str) -> Member:
        return self.engage(name, "beat", process_commands.beat())

    def web(self, port: int) -> Member:
        return self.engage("web", "web", process_commands.web(f"127.0.0.1:{port}"))

    def alive(self, role: str = "") -> list[Member]:
        return [m for m in self.members if m.pid and not m.stopped_until and role in ("", m.role)]

    # -- orders

    def _order(self, **order: object) -> None:
        assert self.zygote.stdin is not None
        self.zygote.stdin.write(json.dumps(order).encode() + b"\n")
        self.zygote.stdin.flush()

    def start(self, member: Member, arm: str = "") -> None:
        """Start it and wait until it has a pid (milliseconds)."""
        at = list(member.command).index("-m")
        request = {
            "name": member.name, "module": member.command[at + 1], "arguments": list(member.command[at + 2 :]),
            "arm": arm, "bug": self.bug, "log": str(self.log), "witness": str(self.witness),
        }  # fmt: skip
        self._starting[member.name] = member
        member.armed, member.since, member.stopped_until = arm, time.monotonic(), 0.0
        self._order(start=request)

    def arm(self, member: Member, spec: str) -> None:
        """Set the failpoints of a living process; "" removes them."""
        member.armed = spec
        # An empty datagram would be read as the end of the orders.
        self._order(arm=spec or ",", pid=member.pid)

    def signal(self, member: Member, number: int) -> None:
        if number == signal.SIGKILL:
            self.killed_by_us.add(member.pid)
        self._order(signal=number, pid=member.pid)

    def kill(self, member: Member) -> None:
        self.signal(member, signal.SIGKILL)

    def stop(self, member: Member, seconds: float) -> None:
        member.stopped_until = time.monotonic() + seconds
        self.signal(member, signal.SIGSTOP)

    def processes(self) -> list[tuple[int, str, str, int]]:
        """All processes that the zygote has, known here or not: pid, state, name of the member, threads."""
        import psutil

        names = {member.pid: member.name for member in self.members}
        found = psutil.Process(self.zygote.pid).children(recursive=True)
        return [(p.pid, p.status(), names.get(p.pid, "?"), p.num_threads()) for p in found if p.is_running()]

    # -- news

    def _read(self, seconds: float) -> list[dict[str, object]]:
        assert self.zygote.stdout is not None
        lines: list[dict[str, object]] = []
        deadline = time.monotonic() + seconds
        while not lines and (left := deadline - time.monotonic()) > 0:
            if not select.select([self.zygote.stdout], [], [], left)[0]:
                break
            data = os.read(self.zygote.stdout.fileno(), 65536)
            if not data:
                raise RuntimeError(f"the zygote ended: {self.tail()}")
            *whole, self._buffer = (self._buffer + data).split(b"\n")
            lines += [json.loads(line) for line in whole]
        return lines

    def news(self, seconds: float = 0.05) -> list[Death]:
        """Wait up to `seconds` for deaths; also wake members that were stopped long enough and start missing ones."""
        deaths = []
        for line in self._read(seconds):
            if "started" in line:
                member = self._starting.pop(str(line["started"]))
                member.pid = int(str(line["pid"]))
                self.started[member.pid] = member.name
            elif "died" in line:
                deaths.append(self._note_death(int(str(line["died"])), int(str(line["status"]))))
        self._read_witness()
        now = time.monotonic()
        for member in self.members:
            if member.stopped_until and now > member.stopped_until:
                member.stopped_until = 0.0
                self.signal(member, signal.SIGCONT)
        return [death for death in deaths if death]

    def _note_death(self, pid: int, status: int) -> Death:
        self._read_witness()
        member = next(m for m in self.members if m.pid == pid)
        member.pid, member.stopped_until = 0, 0.0
        return Death(member, pid, status, self._points.pop(pid, ""), pid in self.killed_by_us)

    def _read_witness(self) -> None:
        with self.witness.open("rb") as file:
            file.seek(self._seen)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._seen += len(whole)
        for line in whole.decode().splitlines():
            name, pid, how = line.rsplit(" ", 2)
            if how == "stop":
                self.stops_seen.append((int(pid), name))
                continue
            self._points[int(pid)] = name
            self.points_seen.append((int(pid), name))

    points_seen: list[tuple[int, str]] = field(default_factory=list)
    stops_seen: list[tuple[int, str]] = field(default_factory=list)
