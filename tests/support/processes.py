"""Real processes of Mailroom against the test's own database: workers, beat, web server; started, killed, stopped by pid."""

import itertools
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

from config.processes import process_commands
from tests.support.servers import DATA_DIR
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_NUMBERS = itertools.count()


class Processes:
    """The processes of one test; a context manager that ends whatever is left. `broker` is a Valkey database number."""

    # Parallel test workers share one Valkey server but use different databases, so that their queues are separate.
    OWN_BROKER = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

    def __init__(self, provider: str, webhook_keys: Sequence[str] = (), *, broker: int | None = None, **more: str) -> None:
        database = connection.settings_dict
        self.web_port = free_port()
        self.log_dir = DATA_DIR / "test-log" / f"{os.getpid()}-{next(_NUMBERS)}"  # without output of other tests
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONWARNINGS": "error::ResourceWarning",
            "MAILROOM_DATA_DIR": str(DATA_DIR),
            # This test's own mark: tests empty the database, so by another test's mark it would have gone back in time.
            "MAILROOM_MARK_DIR": str(settings.MARK_DIR),
            "MAILROOM_DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}",
            "MAILROOM_BROKER_URL": settings.BROKER_URL.replace("virtual_host=0", f"virtual_host={broker or self.OWN_BROKER}"),
            "MAILROOM_SECRET_KEY": settings.SECRET_KEY,
            "MAILROOM_LINK_KEYS": ",".join(settings.LINK_KEYS),
            "MAILROOM_SENDGRID_API_KEY": "SG.test",
            "MAILROOM_SENDGRID_HOST": provider,
            "MAILROOM_SENDGRID_WEBHOOK_KEYS": ",".join(webhook_keys),
            "MAILROOM_PUBLIC_URL": f"http://127.0.0.1:{self.web_port}",
            "MAILROOM_LOG_LEVEL": "info",
            **more,
        }
        self.clock_offset = 0.0
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.running):
            self.kill(name)

    @property
    def hook(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/hooks/sendgrid"

    def advance_clock(self, seconds: float) -> None:
        """Move the clock of all processes; leases do not move. The object must have been created with MAILROOM_CLOCK_FILE."""
        path = Path(self.environment["MAILROOM_CLOCK_FILE"])
        self.clock_offset += seconds
        draft = path.with_name(f"{path.name}.new")
        draft.write_text(str(self.clock_offset), encoding="ascii")
        draft.replace(path)  # atomic: a reader sees the old value or the new one

    def start(self, name: str, command: Sequence[str], failpoints: str = "") -> subprocess.Popen[bytes]:
        environment = {**self.environment, **({"MAILROOM_FAILPOINTS": failpoints} if failpoints else {})}
        with (self.log_dir / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                list(command), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.running[name] = process
        return process

    def start_sending(self, slots: int = 4, name: str = "sending", failpoints: str = "") -> subprocess.Popen[bytes]:
        return self.start(name, process_commands.sending_worker(slots, name), failpoints)

    def start_upkeep(self, name: str = "upkeep", failpoints: str = "") -> subprocess.Popen[bytes]:
        return self.start(name, process_commands.upkeep_worker(name), failpoints)

    def start_beat(self, name: str = "beat") -> subprocess.Popen[bytes]:
        return self.start(name, process_commands.beat())

    def start_web(self, failpoints: str = "") -> subprocess.Popen[bytes]:
        process = self.start("web", process_commands.web(f"127.0.0.1:{self.web_port}"), failpoints)
        wait_until(self._web_answers, 60, "the web server answers")
        return process

    def _web_answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.web_port}/health/live", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self, name: str) -> None:
        """Send SIGKILL to the whole process group, without warning, as an out-of-memory killer does."""
        process = self.running.pop(name)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(60)

    def died(self, name: str) -> bool:
        return self.running[name].poll() is not None

    def log(self, name: str) -> str:
        return (self.log_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace")
