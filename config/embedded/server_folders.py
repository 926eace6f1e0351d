"""The folders of the embedded servers: creates them and keeps them private."""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from config import private_files
from config.embedded import server_account
from config.embedded.server_binaries import postgres_binaries, valkey_binary
from config.embedded.server_paths import EmbeddedError, EmbeddedPaths
from config.env import KEPT_SECRETS, keep_secret

SOCKET_PATH_LIMIT = 60
START_SECONDS = 60.0


@dataclass
class EmbeddedFolders:
    """The folders of one data directory's servers; also runs the servers' programs."""

    paths: EmbeddedPaths
    user: str = server_account.DEFAULT
    may_chmod: bool = True
    major: str = "18"
    notices: list[str] = field(default_factory=list)

    def _postgres_dir(self) -> Path:
        return self.paths.postgres_dir(self.major)

    def _postmaster(self) -> psutil.Process | None:
        return find_process(self._postgres_dir() / "postmaster.pid", {"postgres", "pg_ctl"})

    @property
    def _as_root(self) -> bool:
        return os.getuid() == 0

    def _server_account(self) -> pwd.struct_passwd:
        return server_account.server_account(self.user)

    def _make_data_dir(self) -> None:
        """Create the data directory, private to its owner; the servers' user may only pass through it to its own folders.

        An existing directory is rejected if another user could replace files in it.
        """
        if not self.paths.data_dir.exists():
            self._make_private(self.paths.data_dir)
            if self._as_root:
                self.paths.data_dir.chmod(0o711)
        try:
            private_files.check_folder(self.paths.data_dir)
        except private_files.NotPrivateError as fault:
            raise EmbeddedError(str(fault)) from None

    def _make_folders(self) -> None:
        account = self._server_account()
        self._check_secrets()
        self._make_private(self.paths.log_dir)
        for name in ("log", "run", "secrets", "sandbox"):  # a copy of the folder may have the rights that the umask gives
            private_files.tighten((self.paths.data_dir / name).resolve())
        for folder in (self.paths.socket_dir, self.paths.valkey_dir):
            self._make_private(folder, account)
        if len(os.fsencode(self.paths.socket_dir)) > SOCKET_PATH_LIMIT:
            raise EmbeddedError(f"{self.paths.socket_dir} is too long for a socket; unset TMPDIR, or set it to a shorter path")
        if self._as_root:
            self._let_pass(self.paths.data_dir, account)
            self._let_pass(postgres_binaries(self.major), account)
            self._let_pass(valkey_binary().parent, account)

    def _check_secrets(self) -> None:
        """Reject secrets that another user may have planted. This must happen before their folder is made private, because
        after that they would look like ours. Secrets that others can only read are accepted.
        """
        folder = self.paths.data_dir / "secrets"
        try:
            keep_secret(folder / "valkey_password")  # before a server runs: checks that the folder is safe and writable
            for path in (folder / name for name in KEPT_SECRETS):
                if os.path.lexists(path):
                    private_files.read_secret(path)
        except private_files.NotPrivateError as fault:
            raise EmbeddedError(str(fault)) from None

    def _make_private(self, folder: Path, account: pwd.struct_passwd | None = None) -> None:
        try:
            private_files.make_folder(folder, account.pw_uid if account else None, account.pw_gid if account else None)
        except private_files.NotPrivateError as fault:
            raise EmbeddedError(str(fault)) from None

    def _let_pass(self, folder: Path, account: pwd.struct_passwd) -> None:
        """As root: add the right of others to pass through (never to list) `folder` and its parents, if it is missing."""
        for step in [folder, *folder.parents]:
            status = step.stat()
            if status.st_mode & stat.S_IXOTH or status.st_uid == account.pw_uid:
                continue
            if not self.may_chmod:
                raise EmbeddedError(
                    f"the user “{account.pw_name}” cannot pass through {step}, and MAILROOM_EMBEDDED_CHMOD=no forbids a change; "
                    "set MAILROOM_DATA_DIR to another place, start Mailroom as an ordinary user, or set MAILROOM_DATABASE_URL"
                )
            try:
                step.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)
            except OSError as error:
                raise EmbeddedError(f"cannot let the user “{account.pw_name}” pass through {step}: {error.strerror}") from None
            notice = f"{step}: others may now pass through it (o+x), so that PostgreSQL can run as “{account.pw_name}”"
            self.notices.append(notice)
            print(notice, file=sys.stderr)

    def _run(self, command: Sequence[object], *, log: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
        """Run a server's program as the servers' user, or as the cluster's owner. `given` is its standard input."""
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.paths.socket_dir), "LC_ALL": "C"}
        identity: dict[str, Any] = {}
        if self._as_root:
            account, folder = self._server_account(), self._postgres_dir()
            user, group = (folder.stat().st_uid, folder.stat().st_gid) if folder.exists() else (account.pw_uid, account.pw_gid)
            identity = {"user": user, "group": group, "extra_groups": []}
        with private_files.append(self.paths.log_dir / log) as output:
            return subprocess.run(  # noqa: S603 - our own binaries, no shell
                [str(part) for part in command],
                input=given.encode(),
                stdout=output,
                stderr=output,
                env=environment,
                cwd="/",
                umask=private_files.UMASK,
                start_new_session=True,  # Ctrl-C in the terminal must reach this process only, never the servers
                check=False,
                timeout=START_SECONDS * 2,
                **identity,
            )

    @staticmethod
    def _tail(log: Path) -> str:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])


def find_process(pid_file: Path, names: set[str]) -> psutil.Process | None:
    """The running process that a pid file names; None if it has ended, or the pid now belongs to another program."""
    try:
        process = psutil.Process(int(pid_file.read_text(encoding="ascii").split()[0]))
        return process if process.name() in names and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None
