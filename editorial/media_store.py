"""The store of pictures: read for whoever looks at them, and tried with an object that is written, read and deleted there."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

_T = TypeVar("_T")


class StoreFault(Exception):
    """`step` is what failed: looked up, written, read or deleted; `reason` is what the store said, in one line."""

    def __init__(self, step: str, reason: str) -> None:
        self.step, self.reason = step, reason
        super().__init__(f"not {step}: {reason}")


def place() -> str:
    """Where pictures are kept, for whoever runs the installation."""
    options = settings.STORAGES["default"].get("OPTIONS", {})
    if bucket := options.get("bucket_name"):
        return f"bucket {bucket} at {options['endpoint_url'] or 'Amazon, ' + options['region_name']}"
    return f"files in {settings.MEDIA_ROOT}"


def holds(name: str) -> bool:
    """Raises StoreFault where the store does not say."""
    return _asked("looked up", lambda: default_storage.exists(name))


def size_of(name: str) -> int:
    """Bytes. Raises StoreFault."""
    return _asked("looked up", lambda: default_storage.size(name))


def opened(name: str) -> File[bytes]:
    """A file that can be read to its end, whatever becomes of the store meanwhile. Raises StoreFault."""

    def open_it() -> File[bytes]:
        file = default_storage.open(name)
        file.seek(0)  # what is in a bucket is fetched now
        return file

    return _asked("read", open_it)


def probe() -> None:
    """Writes an object that no picture is called like, reads it and removes it. Raises StoreFault."""
    name, data = f"probe-{secrets.token_hex(8)}.txt", secrets.token_hex(16).encode()
    # A look-up comes before each picture, too: whoever may not ask gets a refusal instead of "not there".
    _try("looked up", lambda: not default_storage.exists(name), "a name that was never used is said to be there")
    _try("written", lambda: default_storage.save(name, ContentFile(data)) == name, "it was kept under another name")
    _try("read", lambda: _content(name) == data, "other bytes came back than were written")
    _try("deleted", lambda: _gone(name), f"{name} is still there")


def _gone(name: str) -> bool:
    default_storage.delete(name)
    return not default_storage.exists(name)


def _content(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def _try(step: str, act: Callable[[], bool], otherwise: str) -> None:
    if not _asked(step, act):
        raise StoreFault(step, otherwise)


def _asked(step: str, act: Callable[[], _T]) -> _T:
    try:
        return act()
    except Exception as error:  # of the file system, of the S3 client or of the network: all are told alike
        raise StoreFault(step, " ".join(str(error).split()) or type(error).__name__) from error
