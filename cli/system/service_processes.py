"""Starts, watches and stops workers, beat, web server and sandbox as child processes: for `mailroom up` and the demo."""

import json
import os
import shlex
import shutil
import socket
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cli.error_reporting import CliError
from cli.texts.printed_values import near_path
from config import private_files
from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_watch import ServerWatch
from config.env import LOOPBACK, PREFIX, ROOT, Environment, sandbox_file
from config.processes import log_rotation, process_commands
from config.processes.child_processes import Child, ProcessGroup

SANDBOX_PORT = 8026
# Trusted as front servers unless the setting says otherwise: everything runs on one machine, and no packet from outside has
# these addresses.
THIS_MACHINE = "127.0.0.0/8,::1"
SANDBOX_KEY = "SG.sandbox"


class ServiceProcesses:
    """The processes over one data directory; `start` them, `watch` them, `stop` them."""

    def __init__(self, environment: Environment, say: Callable[[str], None], servers: EmbeddedServers | None = None) -> None:
        self.environment, self.say, self.sandbox_url = environment, say, ""
        self.data_dir: Path = environment["DATA_DIR"]
        self.group = ProcessGroup(self.data_dir / "run" / "up.json", self._report)
        self._server_watch = ServerWatch(servers, self._report) if servers is not None else None

    def _report(self, line: str) -> None:
        """Report what happens to the processes, on the terminal and in the log."""
        self.say(line)
        self._record(line)

    def _record(self, line: str) -> None:
        log = self.data_dir / "log" / "up.log"
        log_rotation.rotate(log)
        with private_files.append(log) as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC {line}\n".encode())

    def start(self, *, sandbox_arguments: tuple[str, ...] = ()) -> None:
        """Start all processes, each after those that it needs."""
        if not may_bind(self.environment["BIND"]):
            taken = f"another program listens on {self.environment['BIND']}"
            raise CliError(taken, "choose another port: MAILROOM_BIND=127.0.0.1:PORT")
        if not self.environment["SENDGRID_API_KEY"]:
            self._start_sandbox(sandbox_arguments)
        self._add("web", process_commands.web(self.environment["BIND"]))
        self._add("sending", process_commands.sending_worker(self.environment["SEND_SLOTS"]))
        self._add("upkeep", process_commands.upkeep_worker())
        self._add("beat", process_commands.beat())
        self._record("started")

    def watch(self) -> None:
        if self._server_watch is not None:
            self._server_watch.look()
        self.group.watch()

    def stop(self) -> None:
        sandbox_file(self.data_dir).unlink(missing_ok=True)
        self.group.stop()
        self._record("stopped")

    def _add(self, name: str, command: list[str]) -> Child:
        child = Child(name, command, self._environment(), self.data_dir / "log" / f"{name}.log")
        self.group.add(child)
        return child

    def _environment(self) -> Mapping[str, str]:
        ours = {f"{PREFIX}DATA_DIR": str(self.data_dir), "PYTHONUNBUFFERED": "1"}
        if not os.environ.get(f"{PREFIX}TRUSTED_PROXIES", "").strip():
            ours[f"{PREFIX}TRUSTED_PROXIES"] = THIS_MACHINE
        return {**os.environ, **ours}

    def _start_sandbox(self, arguments: tuple[str, ...]) -> None:
        log = self.data_dir / "log" / "sandbox.log"
        private_files.make_folder(log.parent.resolve())
        private_files.create(log).close()
        hook = f"http://{self.environment['BIND']}/hooks/sendgrid"
        # The sandbox itself finds out whether the port is taken: another `mailroom up` may start at this moment.
        command = process_commands.sandbox(SANDBOX_PORT, self.data_dir / "sandbox", "--other-port", "--webhook", hook, *arguments)
        child = self._add("sandbox", command)
        self.sandbox_url, public_key = _read_first_lines(log, child)
        if not any(f"//{host}:" in self.sandbox_url for host in LOOPBACK):
            raise CliError(f"the sandbox listens on {self.sandbox_url}, which is not loopback")
        known = {"SENDGRID_HOST": self.sandbox_url, "SENDGRID_API_KEY": SANDBOX_KEY, "SENDGRID_WEBHOOK_KEYS": [public_key]}
        known["PUBLIC_URL"] = self.environment["PUBLIC_URL"]  # another port than the default may be in MAILROOM_BIND, only here
        # A restarted sandbox must have the same address, because the workers use this one.
        port = int(self.sandbox_url.rpartition(":")[2])
        child.command = process_commands.sandbox(port, self.data_dir / "sandbox", "--webhook", hook, *arguments)
        path = sandbox_file(self.data_dir)
        draft = path.with_suffix(".new")
        with private_files.create(draft) as file:
            json.dump(known, file)
        draft.replace(path)


def _read_first_lines(log: Path, child: Child) -> tuple[str, str]:
    """The sandbox's address and public key, as it prints them."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and child.alive:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        address = next((line for line in lines if "listening on " in line), None)
        key = next((line for line in lines if line.startswith("public key ")), None)
        if address and key:
            return address.rpartition(" ")[2], key.rpartition(" ")[2]
        time.sleep(0.05)
    raise CliError("the sandbox did not start", f"see its log: {near_path(log)}")


def may_bind(bind: str) -> bool:
    """Whether no program listens on this address yet."""
    host, _, port = bind.rpartition(":")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError:
            return False
    return True


def typed(data_dir: Path, *arguments: str) -> str:
    """A command on this data directory, as it must be typed in the shell that started this process."""
    called = sys.argv[0]
    installed = shutil.which("mailroom")
    if Path(called).name != "mailroom" or (installed and Path(called).resolve() == Path(installed).resolve()):
        called = "mailroom"
    line = " ".join(shlex.quote(word) for word in (called, *arguments))
    return line if data_dir == ROOT / "var" else f"{PREFIX}DATA_DIR={shlex.quote(str(data_dir))} {line}"
