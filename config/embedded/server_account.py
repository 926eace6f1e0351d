"""The operating system's user that the embedded servers run as: nobody else's, so that nobody else can read their files.

PostgreSQL refuses to run as root. A shared user such as `nobody` would do, but so does every other daemon that runs as it: each
of them could read all subscribers.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys

from config.embedded.server_paths import EmbeddedFault

DEFAULT = "mailroom"
NO_SHELL = "/usr/sbin/nologin"


def server_account(name: str) -> pwd.struct_passwd:
    """The user that runs the servers: this process's own, or as root the one named `name`. Raises EmbeddedFault."""
    if os.getuid() != 0:
        try:
            return pwd.getpwuid(os.getuid())
        except KeyError:
            raise EmbeddedFault(
                f"user id {os.getuid()} has no name, and PostgreSQL does not start without one; add a line to /etc/passwd, or "
                "set MAILROOM_DATABASE_URL and MAILROOM_BROKER_URL"
            ) from None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pass
    if name != DEFAULT:
        raise EmbeddedFault(f"there is no user {name!r}, which MAILROOM_EMBEDDED_USER names; create it, or unset the setting")
    return _create(name)


def _create(name: str) -> pwd.struct_passwd:
    tool = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is None:
        raise EmbeddedFault(f"PostgreSQL does not run as root, and there is no useradd to create {name!r}; {_remedy(name)}")
    done = subprocess.run(  # noqa: S603 - the system's own tool by its full path, with a fixed name
        [tool, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", NO_SHELL, name],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/bin"},
    )  # fmt: skip
    try:
        account = pwd.getpwnam(name)  # also where another process created it at the same moment
    except KeyError:
        why = " ".join(done.stderr.split()) or f"exit {done.returncode}"
        raise EmbeddedFault(f"the user {name!r} could not be created ({why}); {_remedy(name)}") from None
    if done.returncode == 0:
        print(f"created the system user {name!r}, which runs PostgreSQL and Valkey and has no password", file=sys.stderr)
    return account


def _remedy(name: str) -> str:
    return (
        f"create a system user {name!r} that nothing else uses, name another with MAILROOM_EMBEDDED_USER, start Mailroom as an "
        "ordinary user, or set MAILROOM_DATABASE_URL and MAILROOM_BROKER_URL"
    )
