"""Turns an error into a message and an exit code. A bug is logged with its traceback, which MAILROOM_DEBUG=1 also prints."""

from __future__ import annotations

import errno
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cli.texts.domain_texts import error_text
from config import log_masking, private_files
from config.env import load
from config.processes import log_rotation

DONE, REFUSED, INTERRUPTED, BROKEN_PIPE = 0, 1, 130, 141  # 2 is wrong use, by click

# The exceptions that refuse a request, by name, so that comparing imports nothing. Each says what to do in
# its words or in `hint`. Their subclasses count, too.
WORDED = {
    "cli.error_reporting.Refused",
    "composer.errors.ComposeError",
    "composer.importing.refusals.ImportRefusedError",
    "config.embedded.server_paths.EmbeddedFault",
    "config.env.SettingsFault",
    "config.private_files.NotPrivate",
    "config.private_files.TargetExists",
    "subscribers.faults.InputFault",
    "subscribers.faults.UnknownSlug",
}
DOMAIN_ERROR = "publication.domain_errors.DomainError"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_STORE = {"boto3.exceptions.Boto3Error", "botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError"}
QUERY_CANCELED = "57014"  # SQLSTATE
NO_CONNECTION = {"django.db.utils.OperationalError", "django.db.utils.InterfaceError"}


class Refused(Exception):
    """The command cannot do what was asked. `hint` tells the way out."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = message, hint
        super().__init__(message)


@dataclass(frozen=True)
class Told:
    """A fault as it is shown: lines for standard error, and the exit code."""

    lines: list[str] = field(default_factory=list)
    code: int = REFUSED


def tell(error: BaseException) -> Told | None:
    """The fault in words; None for what is no mistake of the user's but a bug."""
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if DOMAIN_ERROR in names:
        message, hint = error_text(error)  # type: ignore[arg-type]  # told apart by name
        return Told([f"{message} — {hint}" if hint else message])
    if names & WORDED:
        return Told(_worded(error))
    if names & NO_CONNECTION:
        return Told(_database(error))
    if names & NO_STORE:
        reason = " ".join(str(error).split())
        return Told(
            [f"the bucket of pictures refuses, or does not answer: {reason}", "mailroom system doctor tells what is missing"]
        )
    if isinstance(error, OSError) and error.filename is not None:
        return Told([f"{error.filename}: {error.strerror or error}"])
    if isinstance(error, OSError) and error.errno in NO_ROOM:  # a write names no file
        return Told(
            [f"there is no room to write: {error.strerror}", "free some, or choose another place; nothing half-written stays"]
        )
    return None


def _worded(error: BaseException) -> list[str]:
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    hint = getattr(error, "hint", "")
    if isinstance(hint, str) and hint and hint not in str(error):
        lines[-1] += f" — {hint}"
    existing = getattr(error, "existing", [])
    if existing and existing[0] not in "".join(lines[1:]) and "there are" not in lines[-1]:
        lines.append("there are: " + ", ".join(existing[:20]))
    return lines


def _database(error: BaseException) -> list[str]:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    text = str(error)
    if getattr(error.__cause__, "sqlstate", None) == QUERY_CANCELED:
        return [
            "the database ended a statement that took longer than this command's limit; nothing of it was stored",
            'try again when it has less to do; docs/operations.md, "Time limits", says how to change the limit',
        ]
    if "connection" not in text and "connect" not in text and "server" not in text:
        return [f"the database refuses: {reason}"]
    environment = load()
    if environment.embedded_database:
        return [
            f"the embedded PostgreSQL does not answer: {reason}",
            "a running `mailroom up` starts it again within seconds: try again; without one, the next command starts it. "
            f"Its log: {environment['DATA_DIR']}/postgres-{environment['EMBEDDED_POSTGRES']}/server.log",
        ]
    given = environment["DATABASE_URL"]
    place = f"{given['HOST'] or 'localhost'}:{given['PORT'] or 5432}/{given['NAME']}"
    return [
        f"cannot connect to PostgreSQL at {place}: {reason}",
        "MAILROOM_DATABASE_URL says where it is; correct it, or start the server",
    ]


def keep_traceback(error: BaseException) -> str:
    """Writes the traceback of a bug where only the operator reads it; the file's path, or why there is none."""
    try:
        folder: Path = load()["DATA_DIR"] / "log"
        private_files.make_folder(folder.resolve())
        path = folder / "cli.log"
        log_rotation.rotate(path)
        told = "".join(traceback.format_exception(error))
        with private_files.append(path) as log:
            log.write(log_masking.mask(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n{told}").encode(errors="backslashreplace"))
    except private_files.NotPrivate as problem:
        return f"nowhere ({problem})"
    except OSError as problem:
        return f"nowhere ({problem.strerror})"
    return str(path)
