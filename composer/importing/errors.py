"""The one error of an import: the text, the file or the folder cannot be used, and what to do about it."""

from __future__ import annotations


class ImportRefusedError(ValueError):
    """Nothing was written. The message is for the editor and tells the way out."""
