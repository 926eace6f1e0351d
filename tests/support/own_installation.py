"""An installation on servers of its own, in an empty folder, with the commands of docs/operations.md under a supervisor."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.support.own_servers import ROOT, OwnServers, documented_commands
from tests.support.processes import free_port
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

PASSWORD = "correct horse battery staple"
MAILROOM = Path(sys.executable).with_name("mailroom")


@dataclass
class Ending:
    """A process that ended by itself."""

    name: str
    code: int
    at: float = field(default_factory=time.monotonic)


class OwnInstallation:
    """Starts each documented process, and starts it again when it ends, as a service manager does with Restart=always."""

    def __init__(self, folder: Path, servers: OwnServers, sandbox: SandboxProcess, **settings: str) -> None:
        self.folder, self.web_port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.web_port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "MAILROOM_DATA_DIR": str(folder / "data"),
            "MAILROOM_DATABASE_URL": servers.database_url("mailroom_app"),
            "MAILROOM_BROKER_URL": servers.broker_url,
            "MAILROOM_SECRET_KEY": secrets.token_urlsafe(48),
            "MAILROOM_LINK_KEYS": secrets.token_urlsafe(48),
            "MAILROOM_BIND": f"127.0.0.1:{self.web_port}",
            "MAILROOM_PUBLIC_URL": self.address,
            "MAILROOM_SENDGRID_API_KEY": "SG.test",
            "MAILROOM_SENDGRID_HOST": sandbox.url,
            "MAILROOM_SENDGRID_WEBHOOK_KEYS": sandbox.public_key,
            **settings,
        }
        self.commands = {name: _on_this_machine(command) for name, command in documented_commands().items()}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.endings: list[Ending] = []
        self.away: set[str] = set()  # names of those that stay down, because the test killed them

    # -- processes

    def start(self, name: str) -> None:
        self.away.discard(name)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def supervise(self) -> None:
        """Start those again that ended by themselves. Call it while you wait."""
        for name, process in self.processes.items():
            if name not in self.away and process.poll() is not None:
                self.endings.append(Ending(name, process.returncode))
                self.start(name)

    def kill(self, name: str) -> None:
        self.away.add(name)
        self.processes[name].kill()
        self.processes[name].wait()

    def pause(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGCONT)

    def end(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    # -- what it shows

    def run(self, *arguments: str, code: int | None = 0, given: str = "", **settings: str) -> Any:
        """The JSON document of a command."""
        done = subprocess.run(
            [MAILROOM, *arguments, "--json"], cwd=self.folder, env=self.environment | settings, input=given, text=True,
            capture_output=True, timeout=300,
        )  # fmt: skip
        assert code is None or done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout) if done.stdout.strip() else None

    def health(self, path: str = "/health/processes") -> tuple[int, dict[str, Any]]:
        try:
            with build_opener().open(f"{self.address}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def diagnosis(self, check: str) -> dict[str, str]:
        """The doctor's line about something."""
        [line] = [line for line in self.run("system", "doctor", code=None)["checks"] if line["check"] == check]
        return dict(line)

    def wait_until_all_are_alive(self, seconds: float = 60.0) -> None:
        def alive() -> bool:
            self.supervise()
            try:
                return self.health()[0] == 200
            except OSError:
                return False

        wait_until(alive, seconds, "each process is alive", 0.2)

    def sign_in(self, name: str) -> Browser:
        return Browser(self.address, name)


class Browser:
    """Pages of the console for one account, in a language."""

    def __init__(self, address: str, name: str) -> None:
        self._address, self._opener = address, build_opener(HTTPCookieProcessor(CookieJar()))
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page("/console/login/"))
        assert token is not None
        fields = {"csrfmiddlewaretoken": token[1], "username": name, "password": PASSWORD}
        self.page("/console/login/", urlencode(fields).encode())

    def page(self, path: str, posted: bytes | None = None, language: str = "en") -> str:
        headers = {"Accept-Language": language, "Referer": f"{self._address}/console/login/"}
        with self._opener.open(Request(f"{self._address}{path}", posted, headers), timeout=60) as answer:
            return str(answer.read().decode())


def _on_this_machine(command: list[str]) -> list[str]:
    program, *arguments = ["4" if part == "SLOTS" else part for part in command]
    return [sys.executable, *(["-m", program] if program == "celery" else []), *arguments]
