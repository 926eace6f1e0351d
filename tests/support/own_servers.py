"""PostgreSQL and Redis or Valkey of Debian's packages, on loopback, set up as docs/operations.md says."""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path
from typing import Self

import psycopg

from tests.support.processes import free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
OLDEST_POSTGRES = 16
ADMINISTRATOR = "postgres"


def postgres_binaries() -> Path | None:
    """The newest installed version that Mailroom supports."""
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    supported = [path for path in folders if int(path.parent.name) >= OLDEST_POSTGRES]
    return max(supported, key=lambda path: int(path.parent.name), default=None)


def broker_binary() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


class OwnServers:
    """Both servers in `folder`; a context manager that ends them. The database has the two roles of the documentation."""

    def __init__(self, folder: Path) -> None:
        binaries, broker = postgres_binaries(), broker_binary()
        assert binaries is not None
        assert broker is not None
        self._binaries, self._broker_binary, self._folder = binaries, broker, folder
        # PostgreSQL refuses to run as root.
        self._user = ADMINISTRATOR if os.geteuid() == 0 else None
        self._postgres_port, self._broker_port = free_port(), free_port()
        self.broker: subprocess.Popen[bytes] | None = None
        self.broker_url = f"redis://127.0.0.1:{self._broker_port}/0"

    def __enter__(self) -> Self:
        self._start_postgres()
        self._create_database()
        self.start_broker()
        return self

    def __exit__(self, *_: object) -> None:
        if self.broker is not None:
            self.broker.kill()
            self.broker.wait()
        self._control("stop", "-m", "immediate")

    def database_url(self, role: str) -> str:
        return f"postgresql://{role}:one@127.0.0.1:{self._postgres_port}/mailroom"

    def start_broker(self) -> None:
        """Start the broker with nothing in it."""
        command = [
            self._broker_binary,
            "--port",
            str(self._broker_port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self.broker = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        wait_until(self._broker_answers, 30, "the broker answers")

    def kill_broker(self) -> None:
        assert self.broker is not None
        self.broker.kill()
        self.broker.wait()

    def _broker_answers(self) -> bool:
        from redis import Redis
        from redis.exceptions import ConnectionError as Away

        try:
            with Redis.from_url(self.broker_url) as client:
                return bool(client.ping())
        except Away:
            return False

    def _start_postgres(self) -> None:
        self._data = self._folder / "postgresql"
        self._data.mkdir(mode=0o700)
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._data, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", ADMINISTRATOR, "-A", "trust", "--no-sync")
        self._control("start", "-w", "-o", f"-p {self._postgres_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._data / "server.log"), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, *arguments], check=True, user=self._user, cwd="/", stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    def _create_database(self) -> None:
        documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("### Database roles")[2]
        as_administrator, in_database, *_ = re.findall(r"```sql\n(.*?)```", documented, re.DOTALL)
        address = f"host=127.0.0.1 port={self._postgres_port} user={ADMINISTRATOR}"
        for database, statements in (("postgres", as_administrator), ("mailroom", in_database)):
            with psycopg.connect(f"{address} dbname={database}", autocommit=True) as connection:
                for statement in statements.strip().splitlines():
                    connection.execute(statement.encode())


def documented_commands() -> dict[str, list[str]]:
    """The commands of the table "What runs", by the name of the process."""
    section = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("### What runs")[2].partition("\n### ")[0]
    return {name: command.split() for name, command in re.findall(r"^\| ([a-z ]+) \| `([^`]+)` \|", section, re.MULTILINE)}
