"""The system user that runs the embedded servers. No other program uses it, so no other program can read their files.

PostgreSQL refuses to run as root. A shared user such as `nobody` would work, but every other daemon that runs as that user
could then read all subscribers.
"""

import os
import pwd
import shutil
import subprocess
import sys

from config.embedded.server_paths import EmbeddedError

DEFAULT = "mailroom"
NO_SHELL = "/usr/sbin/nologin"


def server_account(name: str) -> pwd.struct_passwd:
    """The user that runs the servers: this process's own user, or for root the user `name`. Raises EmbeddedError."""
    if os.getuid() != 0:
        try:
            return pwd.getpwuid(os.getuid())
        except KeyError:
            raise EmbeddedError(
                f"user id {os.getuid()} has no name, and PostgreSQL does not start without one; add a line to /etc/passwd, or "
                "set MAILROOM_DATABASE_URL and MAILROOM_BROKER_URL"
            ) from None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pass
    if name != DEFAULT:
        raise EmbeddedError(f"MAILROOM_EMBEDDED_USER: there is no user “{name}”; create it, or unset the setting")
    return _create(name)


def _create(name: str) -> pwd.struct_passwd:
    tool = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is None:
        raise EmbeddedError(f"PostgreSQL does not run as root, and useradd is missing; {_remedy(name)}")
    done = subprocess.run(  # noqa: S603 - the system's own tool by its full path, with a fixed name
        [tool, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", NO_SHELL, name],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/bin"},
    )  # fmt: skip
    try:
        account = pwd.getpwnam(name)  # also where another process created it at the same moment
    except KeyError:
        why = " ".join(done.stderr.split()) or f"exit {done.returncode}"
        raise EmbeddedError(f"the user “{name}” could not be created ({why}); {_remedy(name)}") from None
    if done.returncode == 0:
        print(f"created the system user “{name}”, which runs PostgreSQL and Valkey and has no password", file=sys.stderr)
    return account


def _remedy(name: str) -> str:
    return (
        f"create a system user “{name}” that nothing else uses, name another user in MAILROOM_EMBEDDED_USER, start Mailroom as "
        "an ordinary user, or set MAILROOM_DATABASE_URL and MAILROOM_BROKER_URL"
    )
