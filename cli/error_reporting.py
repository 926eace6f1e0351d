"""Turns an error into a message and an exit code. A bug is logged with its traceback, which MAILROOM_DEBUG=1 also prints."""

import errno
import traceback
from datetime import UTC, datetime
from pathlib import Path

from cli.texts.domain_texts import error_text
from cli.texts.printed_values import near_path
from config import log_masking, private_files
from config.env import load
from config.processes import log_rotation

DONE, REFUSED, INTERRUPTED, BROKEN_PIPE = 0, 1, 130, 141  # 2 is wrong use, by click

# The exceptions that refuse a request, by name, so that comparing imports nothing. Each says what to do in its message or
# in `hint`. Their subclasses count, too.
WORDED = {
    "cli.error_reporting.CliError",
    "composer.errors.ComposeError",
    "composer.importing.refusals.ImportRefusedError",
    "config.embedded.server_paths.EmbeddedError",
    "config.env.SettingsError",
    "config.private_files.NotPrivateError",
    "config.private_files.TargetExistsError",
    "subscribers.errors.InputError",
    "subscribers.errors.UnknownSlugError",
}
DOMAIN_ERROR = "publication.domain_errors.DomainError"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_STORE = {"boto3.exceptions.Boto3Error", "botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError"}
QUERY_CANCELED, DISK_FULL = "57014", "53100"  # SQLSTATE
NO_CONNECTION = {"django.db.utils.OperationalError", "django.db.utils.InterfaceError"}


class CliError(Exception):
    """The command cannot do what was asked. `hint` says what to do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = message, hint
        super().__init__(message)


def tell(error: BaseException) -> list[str] | None:
    """The error as lines for standard error; None for a bug, which is not the user's mistake."""
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if DOMAIN_ERROR in names:
        message, hint = error_text(error)  # type: ignore[arg-type]  # recognised by its name
        return [f"{message} — {hint}" if hint else message]
    if names & WORDED:
        return _worded(error)
    if names & NO_CONNECTION:
        return _database(error)
    if names & NO_STORE:
        reason = " ".join(str(error).split())
        return [f"the picture bucket rejects the request or does not answer: {reason}", "find the cause: mailroom system doctor"]
    if isinstance(error, OSError) and error.filename is not None:
        return [f"{error.filename}: {error.strerror or error}"]
    if isinstance(error, OSError) and error.errno in NO_ROOM:  # a write names no file
        return [f"the disk is full: {error.strerror}", "free some space or choose another folder; no half-written file is left"]
    return None


def _worded(error: BaseException) -> list[str]:
    findings = [finding for finding in getattr(error, "findings", ()) if finding.level == "error"]
    text = "\n".join(map(str, findings)) or str(error)  # what is not an error comes with the others, once it is mended
    lines = [line for line in text.splitlines() if line.strip()] or [type(error).__name__]
    hint = getattr(error, "hint", "")
    if isinstance(hint, str) and hint and hint not in str(error):
        lines[-1] += f" — {hint}"
    existing = getattr(error, "existing", [])
    if existing and existing[0] not in "".join(lines[1:]) and "there are" not in lines[-1]:
        lines.append("there are: " + ", ".join(existing[:20]))
    return lines


def _database(error: BaseException) -> list[str]:
    text = str(error)
    reason = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    if sqlstate == QUERY_CANCELED:
        return [
            "a database statement took longer than this command allows and was ended; nothing of it was stored",
            'try again when it has less to do; docs/operations.md, "Time limits", says how to change the limit',
        ]
    if sqlstate == DISK_FULL:
        return [
            f"the disk of the database is full: {reason}",
            "free space on the disk of the PostgreSQL server, then run the command again; the failed statement stored nothing",
        ]
    if "connect" not in text and "server" not in text:
        return [f"the database rejects the request: {reason}"]
    environment = load()
    if environment.embedded_database:
        log = environment["DATA_DIR"] / f"postgres-{environment['EMBEDDED_POSTGRES']}" / "server.log"
        return [
            f"the embedded PostgreSQL does not answer: {reason}",
            "try again: a running `mailroom up` restarts it within seconds, and without one the next command starts it. "
            f"Its log: {near_path(log)}",
        ]
    given = environment["DATABASE_URL"]
    server = f"{given['HOST'] or 'localhost'}:{given['PORT'] or 5432}/{given['NAME']}"
    return [
        f"cannot connect to PostgreSQL at {server}: {reason}",
        "correct MAILROOM_DATABASE_URL, or start the server",
    ]


def keep_traceback(error: BaseException) -> str:
    """Write the traceback of a bug to a file that only the operator can read; the file's path, or why there is none."""
    try:
        folder: Path = load()["DATA_DIR"] / "log"
        private_files.make_folder(folder.resolve())
        path = folder / "cli.log"
        log_rotation.rotate(path)
        formatted = "".join(traceback.format_exception(error))
        with private_files.append(path) as log:
            log.write(
                log_masking.mask(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n{formatted}").encode(errors="backslashreplace")
            )
    except private_files.NotPrivateError as problem:
        return f"nowhere ({problem})"
    except OSError as problem:
        return f"nowhere ({problem.strerror})"
    return near_path(path)
