"""The commands of the processes that make up a running Mailroom: one place for `mailroom up`, tests and service files."""

from pathlib import Path

from config.processes.child_processes import python
from config.web_pools import DATABASE_CONNECTIONS as WEB_CONNECTIONS

SLOTS_UPKEEP = 4
BEAT_CONNECTIONS = 2
COMMAND_CONNECTIONS = 1


def sending_worker(slots: int, name: str = "sending") -> list[str]:
    """Claims and sends slices. It uses a pool of threads: a slot costs a connection, not a process."""
    return _worker(name, "sending", slots)


def upkeep_worker(name: str = "upkeep") -> list[str]:
    """Pump, reaper, fill, events and single mails: in their own process, so that they never wait for a campaign."""
    return _worker(name, "singles,upkeep", SLOTS_UPKEEP)


def _worker(name: str, queues: str, slots: int) -> list[str]:
    return python(
        "-m", "celery", "-A", "worker.app", "worker", "-P", "threads", "-c", str(slots), "-Q", queues, "-n", f"{name}@%h",
        "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING",
    )  # fmt: skip


def beat() -> list[str]:
    return python("-m", "celery", "-A", "worker.app", "beat", "-l", "WARNING")


def web(bind: str) -> list[str]:
    return python("-m", "web.server", "--bind", bind)


def sandbox(port: int, data: Path, *arguments: str) -> list[str]:
    return python("-u", "-m", "sandbox", "--host", "127.0.0.1", "--port", str(port), "--data", str(data), *arguments)


def connections(slots: int) -> int:
    """The maximum number of database connections of one machine's processes, with those of their heartbeats."""
    return slots + 1 + SLOTS_UPKEEP + 1 + BEAT_CONNECTIONS + WEB_CONNECTIONS + COMMAND_CONNECTIONS
