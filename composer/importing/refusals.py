"""The errors of an import: what is wrong with the file, its text or the folder, and what to do."""

from collections.abc import Mapping
from typing import NamedTuple

from composer.errors import Finding


class ImportRefusedError(ValueError):
    """The import was refused and wrote nothing. The message is for the editor and says what to do.

    `code` is for readers of another language: the console has a text for each (`web.texts.issues.import_texts.REFUSALS`).
    """

    def __init__(self, message: str, code: str = "other") -> None:
        super().__init__(message)
        self.code = code


class TooLongError(ImportRefusedError):
    """The text is too long for one mail. The parameters of `finding` are the length and the limit."""

    def __init__(self, name: str, size: int, limit: int, unit: str) -> None:
        parts = max(2, -(-size // limit))
        params: dict[str, object] = {"size": f"{size:,}", "limit": f"{limit:,}", "unit": unit, "parts": parts}
        self.finding = Finding("import-too-long", params=params, file=name)
        super().__init__(str(self.finding), "long")


class TrackedSample(NamedTuple):
    """One tracked change of a Word document. `kind`: insertion, deletion or move."""

    kind: str
    author: str
    text: str


class TrackedChangesError(ImportRefusedError):
    """Somebody has to decide about the tracked changes first. `counts`: kind -> number; `authors`: name -> number of changes."""

    def __init__(
        self, message: str, counts: Mapping[str, int], authors: Mapping[str, int], samples: tuple[TrackedSample, ...]
    ) -> None:
        super().__init__(message, "tracked")
        self.counts, self.authors, self.samples = counts, authors, samples
