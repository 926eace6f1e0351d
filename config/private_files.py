"""Folders and files that only their owner may read, whatever the umask: creates them, corrects modes, changes owners.

Everything uses a descriptor that was opened without following symbolic links, because in a folder that others may write to
(/tmp) a name can be replaced between the check and the change.
"""

import errno
import os
import pwd
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

FOLDER, PARENT, FILE = 0o700, 0o755, 0o600
UMASK = 0o077


class NotPrivateError(Exception):
    """The path is a symbolic link or of the wrong kind, belongs to another user, or others may write there; for the operator."""


class TargetExistsError(Exception):
    """The file that the operator wants to write already exists. `hint` says what to do."""

    hint = "name another file; Mailroom overwrites nothing"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} already exists")


def make_folder(folder: Path, user: int | None = None, group: int | None = None) -> None:
    """Create `folder` with mode 0700, or correct the mode of an existing one. As root: `user` gets it. Raises NotPrivateError.

    A folder that does not belong to `user` or to this process's user is rejected and stays unchanged.
    """
    user = os.geteuid() if user is None else user
    make_parents(folder)
    try:
        folder.mkdir(mode=FOLDER)
    except FileExistsError:
        pass
    with _opened(folder) as handle:
        status = os.fstat(handle)
        if status.st_uid not in {user, os.geteuid()}:
            raise NotPrivateError(
                f"{folder} belongs to {_name_of(status.st_uid)}, but should belong to {_name_of(user)}; start Mailroom as the "
                "user that started it before. If the folder came from another machine, keep what is in it and correct its owner: "
                f"chown -R {user} '{folder}'"
            )
        if os.geteuid() == 0:
            os.fchown(handle, user, status.st_gid if group is None else group)
        os.fchmod(handle, FOLDER)


def _name_of(user: int) -> str:
    """Such as "postgres (user id 105)"."""
    try:
        return f"{pwd.getpwuid(user).pw_name} (user id {user})"
    except KeyError:
        return f"user id {user}, which has no name on this machine"


def make_parents(path: Path) -> None:
    """Create the missing parents of `path` with mode 0755 whatever the umask, so that only their owner may write there."""
    for step in reversed(path.parents):
        try:
            step.mkdir(mode=FOLDER)
        except OSError:  # it exists, or the file system above it is read-only
            if not step.is_dir():
                raise
            continue
        with _opened(step) as handle:
            os.fchmod(handle, PARENT)  # also under umask 077: as root, the servers' user has to pass through


def check_folder(folder: Path, *, sticky: bool = True) -> None:
    """Reject a folder in which another user could replace Mailroom's files. Raises NotPrivateError, FileNotFoundError.

    Only root and this process's user may own it, because a folder's owner can replace the files in it. For the same reason
    root does not work in an ordinary user's folder. Group and others may write there only if the sticky bit keeps them from
    renaming other users' files; if `sticky` is false, never.
    """
    with _opened(folder) as handle:
        status = os.fstat(handle)
    if status.st_uid not in {0, os.geteuid()}:
        raise NotPrivateError(
            f"{folder} belongs to another user, {_name_of(status.st_uid)}, who could replace its files; start Mailroom as that "
            f"user, or give it to yours: chown {os.geteuid()} '{folder}'"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not (sticky and status.st_mode & stat.S_ISVTX):
        raise NotPrivateError(
            f"{folder} can be written by other users (mode {stat.S_IMODE(status.st_mode):04o}); check that nobody put anything "
            f"there, then: chmod go-w '{folder}'"
        )


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except NotADirectoryError:
        kind = f"is a symbolic link to {folder.readlink()}" if folder.is_symlink() else "is a file"
        raise NotPrivateError(
            f"{folder} {kind}, where Mailroom needs a folder of its own; find out who put it there, and move it away"
        ) from None
    try:
        yield handle
    finally:
        os.close(handle)


def append(path: Path) -> BinaryIO:
    """Open a log file for appending, with mode 0600 even if an older version made it readable."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, FILE)
    os.fchmod(handle, FILE)
    return os.fdopen(handle, "ab")


def create(path: Path) -> TextIO:
    """Create a text file with mode 0600 in one of Mailroom's folders, or empty our own file at `path`. Raises NotPrivateError.

    For a path that the operator chose, use `new_file`.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, FILE)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        os.close(handle)
        kind = (
            "is not a regular file" if not stat.S_ISREG(status.st_mode) else f"belongs to another user, {_name_of(status.st_uid)}"
        )
        raise NotPrivateError(f"{path} {kind}; find out who put it there, and move it away")
    file = os.fdopen(handle, "w", encoding="utf-8")
    os.fchmod(handle, FILE)
    os.ftruncate(handle, 0)
    return file


def read_secret(path: Path) -> str:
    """The text of a file that only this process's user (or root) can have written. Raises NotPrivateError, FileNotFoundError."""
    advice = "find out who wrote it; then replace it with your own file with mode 0600, or remove it to have a new one created"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise NotPrivateError(f"{path} is a symbolic link; {advice}") from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise NotPrivateError(f"{path} is not a regular file; {advice}")
        if status.st_uid != os.geteuid():
            raise NotPrivateError(f"{path} belongs to another user, {_name_of(status.st_uid)}; {advice}")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise NotPrivateError(f"{path} can be written by other users (mode {stat.S_IMODE(status.st_mode):04o}); {advice}")
        return file.read().decode("ascii").strip()


def refuse_existing(path: Path) -> None:
    """Raises TargetExistsError if anything exists at `path`, even a broken symbolic link."""
    if os.path.lexists(path):
        raise TargetExistsError(path)


@contextmanager
def new_file(path: Path, *, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Write a file with mode 0600 at a path that the operator chose; it appears only when complete. Raises TargetExistsError.

    Nothing at that path is ever overwritten or followed, not even if it appears while the file is written.
    """
    refuse_existing(path)
    draft = path.with_name(f".{path.name[:50]}.{secrets.token_hex(6)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE)
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent)) from None
    try:
        with os.fdopen(handle, "w", encoding=encoding, newline="") as stream:
            yield stream
        _put_in_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _put_in_place(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)  # unlike rename it fails if the name exists
    except FileExistsError:
        raise TargetExistsError(path) from None
    except OSError:  # a file system without hard links
        refuse_existing(path)
        draft.rename(path)


def replace(folder: Path, name: str, text: str, user: int, group: int) -> bool:
    """Write `text` atomically to the file `name` in another user's folder, without following links; whether it changed."""
    with _opened(folder) as within:
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=within)
            with os.fdopen(handle, encoding="utf-8", errors="replace") as file:
                if file.read() == text:
                    return False
        except OSError:
            pass  # missing, or a link
        draft = f".{name}.{secrets.token_hex(6)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE, dir_fd=within)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                if os.geteuid() == 0:
                    os.fchown(handle, user, group)
                os.fchmod(handle, FILE)
                file.write(text)
            os.replace(draft, name, src_dir_fd=within, dst_dir_fd=within)
        except BaseException:
            os.unlink(draft, dir_fd=within)
            raise
    return True


def tighten(folder: Path) -> None:
    """Remove all rights of group and others on `folder` and its contents. Symbolic links are not followed."""
    if not folder.is_dir():
        return
    for _, _, files, handle in os.fwalk(folder, follow_symlinks=False):
        if os.fstat(handle).st_mode & UMASK and os.fstat(handle).st_uid == os.geteuid():
            os.fchmod(handle, FOLDER)
        for name in files:
            status = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_mode & UMASK and status.st_uid == os.geteuid():
                os.chmod(name, stat.S_IMODE(status.st_mode) & ~UMASK, dir_fd=handle)
