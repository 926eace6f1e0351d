"""The preview of an issue folder on disk: composed again when a file of the issue or of the themes has changed."""

import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from composer.issue.parsing.issue_file import LARGEST_FILE, unified
from editorial.previewing import unfinished
from editorial.previewing.issue_preview import IssuePreview, Trouble
from editorial.sources.issue_state import EMPTY

_MOST_FILES = 3000  # a folder with more is not an issue; further files are not watched
log = logging.getLogger("mailroom.preview")


class FolderPreview:
    """The preview of one folder. Other threads may read `newest`, and `good`, the newest one with a mail, while one composes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.newest = IssuePreview(0, "0", EMPTY)
        self.good: IssuePreview | None = None
        self._composed_files: tuple[object, ...] | None = None
        self._lock = threading.Lock()

    def look(self) -> IssuePreview:
        """The newest preview; composed now if a file has changed since the last look."""
        with self._lock:
            files = tuple(self._files())
            if files != self._composed_files:
                self._composed_files = files
                self.newest = self._compose(self.newest.state.number + 1)
                self.good = self.newest if self.newest.composition is not None else self.good
            return self.newest

    def _files(self) -> Iterator[tuple[str, int, int]]:
        """Path, time and size of every file that may be part of the mail."""
        left = _MOST_FILES
        for root in (self.folder, settings.EMAIL_THEMES):
            for parent, folders, files in os.walk(root):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(files):
                    path = os.path.join(parent, name)
                    try:
                        status = os.stat(path)
                    except OSError:
                        continue  # gone between the listing and the look
                    yield path, status.st_mtime_ns, status.st_size
                    left -= 1
                    if left <= 0:
                        return

    def _compose(self, number: int) -> IssuePreview:
        """The preview of the files as they are. Conditions are not compared with attributes: those are in a database."""
        blank = IssuePreview(0, str(number), replace(EMPTY, number=number))
        try:
            loaded = unfinished.load(self.folder, self._sources(), lambda issues: ())
            composition, faults = unfinished.compose(self.folder, loaded, lambda issues: ())
        except Exception:
            # A file was deleted or became unreadable between two stages, or a stage has a bug. The next change may avoid it.
            log.exception("the mail of %s cannot be composed", self.folder)
            return replace(blank, trouble=Trouble.FAILED)
        return replace(blank, composition=composition, faults=faults)

    def _sources(self) -> dict[str, str]:
        """The texts of the issue's files. A file that cannot be read is left to the composer, which reports it."""
        texts: dict[str, str] = {}
        for path in self.folder.glob("issue.*md"):
            try:
                if path.is_file() and path.stat().st_size <= LARGEST_FILE:
                    texts[path.name] = unified(path.read_text(encoding="utf-8-sig"))
            except (OSError, UnicodeDecodeError):
                continue
        return texts
