"""An append-only file of JSON lines that survives kill -9: an incomplete last line is removed when it is opened again."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson


class Journal:
    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def read(self) -> Iterator[Any]:
        """All complete entries; call it once, before the first `write`."""
        end = 0
        with open(self._file, "rb", closefd=False) as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                end += len(line)
                yield orjson.loads(line)
        os.ftruncate(self._file, end)

    def write(self, entries: Iterable[Any]) -> None:
        os.write(self._file, b"".join(orjson.dumps(entry) + b"\n" for entry in entries))

    def clear(self) -> None:
        os.ftruncate(self._file, 0)
