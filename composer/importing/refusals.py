"""The errors of an import: what is wrong with the file, its text or the folder, and what to do."""

from __future__ import annotations

from composer.errors import Finding


class ImportRefusedError(ValueError):
    """The import was refused and wrote nothing. The message is for the editor and says what to do."""


class TooLongError(ImportRefusedError):
    """The text is too long for one mail. The parameters of `finding` are the length and the limit."""

    def __init__(self, name: str, size: int, limit: int, unit: str) -> None:
        parts = max(2, -(-size // limit))
        params: dict[str, object] = {"size": f"{size:,}", "limit": f"{limit:,}", "unit": unit, "parts": parts}
        self.finding = Finding("import-too-long", params=params, file=name)
        super().__init__(str(self.finding))
