"""Which processes of this installation are alive. Each writes a heartbeat from the loop that takes its work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publication import heartbeats_sql
from publication.heartbeats_sql import BEAT_SECONDS

WEB, SENDING, UPKEEP, BEAT = "web", "sending", "upkeep", "beat"
KINDS = (WEB, SENDING, UPKEEP, BEAT)
# Without any of these, a campaign does not go on.
CAMPAIGN_KINDS = (SENDING, UPKEEP, BEAT)
# Four heartbeats that did not come. Monitoring must know within 30 s.
LONGEST_SILENCE = timedelta(seconds=4 * BEAT_SECONDS)


@dataclass(frozen=True, slots=True)
class Process:
    """One process: where it runs, its version, and when it was last heard of. `stopped` if it ended as it was told to."""

    kind: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    alive: bool
    stopped: bool


@dataclass(frozen=True, slots=True)
class KindStatus:
    """The processes of one kind: those that are alive, and those that fell silent without being stopped, newest first."""

    kind: str
    alive: tuple[Process, ...]
    silent: tuple[Process, ...]
    last: Process | None  # the one that was heard of last

    @property
    def missing(self) -> bool:
        return not self.alive

    @property
    def since(self) -> datetime | None:
        """When a process of this kind was last alive; None if none ever was."""
        return self.last.seen_at if self.last else None

    @property
    def stopped(self) -> bool:
        """Whether the last one was stopped, and did not die."""
        return self.last is not None and self.last.stopped


def statuses(kinds: Sequence[str] = KINDS) -> list[KindStatus]:
    """The state of each kind, in the order of `kinds`."""
    processes = [Process(*row) for row in heartbeats_sql.processes(LONGEST_SILENCE)]
    return [_status(kind, [process for process in processes if process.kind == kind]) for kind in kinds]


def _status(kind: str, processes: Sequence[Process]) -> KindStatus:
    alive = tuple(process for process in processes if process.alive)
    silent = tuple(
        process for process in processes if not (process.alive or process.stopped or _was_started_again(process, processes))
    )
    return KindStatus(kind, alive, silent, next(iter(processes), None))


def _was_started_again(process: Process, same_kind: Iterable[Process]) -> bool:
    return any(other.host == process.host and other.started_at > process.seen_at for other in same_kind)


def missing(kinds: Sequence[str] = KINDS) -> list[KindStatus]:
    """The kinds of which no process is alive."""
    return [status for status in statuses(kinds) if status.missing]


def versions() -> dict[str, list[Process]]:
    """The processes that are alive, by their version."""
    by_version: dict[str, list[Process]] = {}
    for status in statuses():
        for process in status.alive:
            by_version.setdefault(process.version, []).append(process)
    return by_version
