"""The paths of one data directory's embedded servers, computed without starting them, so that settings can use them."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.env import keep_secret

SUPERUSER, OWNER, APPLICATION = "mailroom", "mailroom_owner", "mailroom_app"  # config/embedded/roles_sql.py
POSTGRES_PORT = 5432  # only the name of the socket file: nothing listens on TCP


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message tells the operator why and what to do."""


@dataclass(frozen=True)
class EmbeddedPaths:
    data_dir: Path
    socket_dir: Path

    @classmethod
    def of(cls, data_dir: Path) -> "EmbeddedPaths":
        # A socket's path has at most 107 bytes, but a data directory's path can be longer. So the sockets are in a private
        # folder with a short path. /tmp and not $TMPDIR: processes with different environments must find the same server.
        shared = Path("/tmp")  # nosec B108 # noqa: S108 - what is made in it is a private folder
        temporary = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
        digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
        return cls(data_dir.resolve(), temporary / f"mailroom-{os.getuid()}-{digest}")

    @property
    def run_dir(self) -> Path:
        """Locks and pid files."""
        return self._folder("run")

    @property
    def log_dir(self) -> Path:
        return self._folder("log")

    @property
    def valkey_dir(self) -> Path:
        return self._folder("valkey")

    @property
    def valkey_socket(self) -> Path:
        return self.socket_dir / "valkey.sock"

    @property
    def valkey_password(self) -> str:
        """Created once and kept, readable only by its owner; letters, digits, - and _ only."""
        return keep_secret(self.data_dir / "secrets" / "valkey_password")

    @property
    def broker_url(self) -> str:
        return f"redis+socket://:{self.valkey_password}@{self.valkey_socket}?virtual_host=0"

    def postgres_dir(self, major: str) -> Path:
        return self._folder(f"postgres-{major}")

    def _folder(self, name: str) -> Path:
        # Only the owner can write to the data directory, so a link in it is the owner's: the folder is on another disk.
        return (self.data_dir / name).resolve()

    def django_database(self) -> dict[str, Any]:
        return {"NAME": "mailroom", "USER": APPLICATION, "PASSWORD": "", "HOST": str(self.socket_dir), "PORT": str(POSTGRES_PORT)}
