"""The errors of an import: the text, the file or the folder cannot be used, and what to do about it."""

from __future__ import annotations

from composer.errors import Finding


class ImportRefusedError(ValueError):
    """Nothing was written. The message is for the editor and tells the way out."""


class TooLongError(ImportRefusedError):
    """The text is more than one mail holds. `finding` has the code, and in its parameters how long the text is and may be."""

    def __init__(self, name: str, size: int, limit: int, unit: str) -> None:
        parts = max(2, -(-size // limit))
        params: dict[str, object] = {"size": f"{size:,}", "limit": f"{limit:,}", "unit": unit, "parts": parts}
        self.finding = Finding("import-too-long", params=params, file=name)
        super().__init__(str(self.finding))
