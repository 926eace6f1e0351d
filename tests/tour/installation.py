"""An installation of its own in var/tour/data, with embedded servers, sandbox, workers and web server, all on loopback."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli import bootstrap
from cli.error_reporting import CliError
from cli.system.service_processes import ServiceProcesses
from config.env import PREFIX, load
from config.processes import child_processes

WORKERS = ("sending", "upkeep", "beat")


@dataclass(frozen=True)
class Installation:
    """A running installation. `public_url` is the address of its web server, `sandbox_url` that of its inbox."""

    folder: Path
    public_url: str
    processes: ServiceProcesses

    @property
    def sandbox_url(self) -> str:
        return self.processes.sandbox_url

    def stop_workers(self) -> None:
        """End the processes that send, so that every campaign keeps its state while it is photographed."""
        ended = [child.process for child in self.processes.group.children if child.name in WORKERS and child.process]
        for process in ended:
            process.send_signal(signal.SIGTERM)
        for process in ended:
            process.wait(child_processes.STOP_SECONDS)


@contextmanager
def started(data: Path) -> Iterator[Installation]:
    """Start everything on an empty data directory, set up Django in this process, and stop everything at the end."""
    bind = _prepare(data)
    environment = bootstrap.set_up()
    processes = ServiceProcesses(environment, print, servers=bootstrap.joined_servers())
    try:
        processes.start(sandbox_arguments=("--speed", "0.2"))
        _use_sandbox()
        yield Installation(data.parent, f"http://{bind}", processes)
    finally:
        processes.stop()
        bootstrap.leave_servers()


def _prepare(data: Path) -> str:
    """Remove the data of the last tour and every setting of the caller. Returns the address of the web server."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    record = data / "run" / "up.json"
    if child_processes.running_owner(record) is not None:
        raise CliError("a tour is running already", "wait until it ends, or stop it with Ctrl-C")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    os.environ.update({f"{PREFIX}DATA_DIR": str(data), f"{PREFIX}BIND": bind, f"{PREFIX}ATTEMPT_SIZE": "50"})
    child_processes.stop_leftovers(record)
    if data.exists():
        bootstrap.embedded_servers(load()).shut_down()
        shutil.rmtree(data)
    return bind


def _use_sandbox() -> None:
    """Django read its settings before the sandbox had an address."""
    from django.conf import settings

    environment = load()
    settings.SENDGRID_API_KEY, settings.SENDGRID_HOST = environment["SENDGRID_API_KEY"], environment["SENDGRID_HOST"]
