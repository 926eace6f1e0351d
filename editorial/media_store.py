"""The store of pictures, tried: can a small object be written, read and deleted there?"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


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
    try:
        done = act()
    except Exception as error:  # of the file system, of the S3 client or of the network: all are told alike
        raise StoreFault(step, " ".join(str(error).split()) or type(error).__name__) from error
    if not done:
        raise StoreFault(step, otherwise)
