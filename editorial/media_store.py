"""Reads pictures from their store, and tests the store by writing, reading and deleting an object."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

_T = TypeVar("_T")


class StoreError(Exception):
    """A failure of the store. `step` is looked up, written, read or deleted; `reason` is the store's error, in one line."""

    def __init__(self, step: str, reason: str) -> None:
        self.step, self.reason = step, reason
        super().__init__(f"not {step}: {reason}")


def location() -> str:
    """Where pictures are stored, as text for operators."""
    options = settings.STORAGES["default"].get("OPTIONS", {})
    if bucket := options.get("bucket_name"):
        return f"bucket {bucket} at {options['endpoint_url'] or 'Amazon, ' + options['region_name']}"
    return f"files in {settings.MEDIA_ROOT}"


def holds(name: str) -> bool:
    return _asked("looked up", lambda: default_storage.exists(name))


def size_of(name: str) -> int:
    return _asked("looked up", lambda: default_storage.size(name))


def opened(name: str) -> File[bytes]:
    """An open file that can be read to its end even if the store fails meanwhile. Raises StoreError."""

    def open_it() -> File[bytes]:
        file = default_storage.open(name)
        file.seek(0)  # fetches the object from a bucket now
        return file

    return _asked("read", open_it)


def probe() -> None:
    """Write an object under a name that no picture has, read it and remove it. Raises StoreError."""
    name, data = f"probe-{secrets.token_hex(8)}.txt", secrets.token_hex(16).encode()
    # Each picture is looked up before it is written. An account without permission to list gets an error, not "not found".
    _try("looked up", lambda: not default_storage.exists(name), "the store reports that a new, unused name exists")
    _try("written", lambda: default_storage.save(name, ContentFile(data)) == name, "the object was stored under another name")
    _try("read", lambda: _content(name) == data, "the bytes read differ from the bytes written")
    _try("deleted", lambda: _gone(name), f"{name} still exists")


def _gone(name: str) -> bool:
    default_storage.delete(name)
    return not default_storage.exists(name)


def _content(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def _try(step: str, act: Callable[[], bool], otherwise: str) -> None:
    if not _asked(step, act):
        raise StoreError(step, otherwise)


def _asked(step: str, act: Callable[[], _T]) -> _T:
    try:
        return act()
    except Exception as error:  # file system, S3 client and network raise different errors; all are reported alike
        raise StoreError(step, " ".join(str(error).split()) or type(error).__name__) from error
