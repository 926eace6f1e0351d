"""A note for `mailroom system doctor`: X-Forwarded-For arrived from a peer that MAILROOM_TRUSTED_PROXIES does not name.

It is a file instead of a database row, because any request may write it, even if the database does not answer.
"""

import ipaddress
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Hint:
    peer: str
    at: datetime


def _path(data_dir: Path) -> Path:
    return data_dir / "run" / "untrusted-proxy.json"


def leave(data_dir: Path, peer: str) -> None:
    """Store the peer. Errors are ignored, because a page must not fail over a hint."""
    path = _path(data_dir)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(json.dumps({"peer": peer, "at": datetime.now(UTC).isoformat()}), encoding="ascii")
        draft.replace(path)
    except OSError:
        pass


def read(data_dir: Path) -> Hint | None:
    """The last hint of the past week."""
    try:
        noted = json.loads(_path(data_dir).read_text(encoding="ascii"))
        hint = Hint(str(ipaddress.ip_address(str(noted["peer"]))), datetime.fromisoformat(noted["at"]))
        return hint if datetime.now(UTC) - hint.at < RECENT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
