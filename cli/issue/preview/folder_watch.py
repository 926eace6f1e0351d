"""Watches the folder of an issue: composes it again after a change, and keeps the last good mail."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cli import error_reporting
from composer.errors import ComposeError, Finding
from config.env import EMAIL_THEMES
from editorial.previewing.proof import MEDIA, Proof, place_all

PAUSE = 0.3  # seconds between two looks at the folder
_MOST_FILES = 3000  # a folder with more is not an issue; further files are not watched


class FolderWatcher:
    """Watches one folder. `watch` runs in its own thread; other threads read `proof` or wait for the next one."""

    def __init__(self, folder: Path, themes: Path = EMAIL_THEMES) -> None:
        self.folder, self.themes = folder, themes
        self._proof = Proof(0)
        self._seen: tuple[object, ...] = ()
        self._changed = threading.Condition()
        self._stopped = threading.Event()

    def watch(self) -> None:
        """Watch until `stop`."""
        while not self._stopped.is_set():
            self.look()
            self._stopped.wait(PAUSE)

    def stop(self) -> None:
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def look(self) -> Proof:
        """Compose again if a file has changed since the last look."""
        seen = tuple(self._traces())
        if seen != self._seen or not self._proof.revision:
            self._seen = seen
            made = self._compose()
            with self._changed:
                self._proof = made
                self._changed.notify_all()
        return self._proof

    def proof(self, after: int = 0, patience: float = 30.0) -> Proof:
        """The newest proof; waits up to `patience` seconds for one with a revision above `after`."""
        until = time.monotonic() + patience
        with self._changed:
            while self._proof.revision <= after and not self.stopped:
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            return self._proof

    def _traces(self) -> Iterator[tuple[str, int, int]]:
        """Path, time and size of every file that may be part of the mail."""
        left = _MOST_FILES
        for root in (self.folder, self.themes):
            for place, folders, files in os.walk(root):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(files):
                    path = os.path.join(place, name)
                    try:
                        found = os.stat(path)
                    except OSError:
                        continue  # gone between the listing and the look
                    yield path, found.st_mtime_ns, found.st_size
                    left -= 1
                    if left <= 0:
                        return

    def _compose(self) -> Proof:
        from composer.composition import compose_folder

        now = time.time()
        old = replace(self._proof, revision=self._proof.revision + 1, faults=(), trouble="")
        try:
            composition = compose_folder(
                self.folder, theme_root=self.themes, picture_url=lambda picture: f"{MEDIA}{picture.name}"
            )
        except ComposeError as error:
            sources = self._read(error.findings)
            return replace(old, faults=place_all(error.findings, sources), sources={**old.sources, **sources})
        except OSError as error:
            # A file was deleted or became unreadable between two stages; the next look finds the folder at rest.
            return replace(old, trouble=f"{error.filename or self.folder}: {error.strerror or error}")
        except Exception as fault:  # a bug in a stage must not end the watch: the next change may avoid it
            return replace(old, trouble=told_bug(fault))
        files = [Finding("", file=issue.file) for issue in composition.issues]
        sources = self._read((*composition.findings, *files))
        return Proof(old.revision, composition, old.composition, sources=sources, made_at=now)

    def _read(self, findings: tuple[Finding, ...]) -> dict[str, tuple[str, ...]]:
        """The lines of the files that the findings name, where these belong to the issue or its theme."""
        roots = (self.folder.resolve(), self.themes.resolve())
        found: dict[str, tuple[str, ...]] = {}
        for name in {finding.file for finding in findings if finding.file}:
            path = Path(name).resolve()
            if not any(path.is_relative_to(root) for root in roots):
                continue
            try:
                found[name] = tuple(path.read_text(encoding="utf-8", errors="replace").split("\n"))
            except OSError:
                continue  # the finding says that the file is missing
        return found


def told_bug(fault: Exception) -> str:
    """One line about a bug; its traceback goes to a file that only the operator can read."""
    return f"this is a bug in Mailroom ({type(fault).__name__}). The traceback is in {error_reporting.keep_traceback(fault)}"
