"""The file with all people of an installation: a zip with a CSV file for each table, and a manifest.

docs/moving.md describes it. PostgreSQL writes and reads the CSV files itself, so that an empty text and a missing value stay
different.
"""

from collections.abc import Mapping
from typing import ClassVar

from publication.domain_errors import DomainError

VERSION = 2
MANIFEST = "manifest.json"
NOT_CARRIED = "not-carried.csv"
# In the order in which they are read: later ones refer to earlier ones.
FILES = (
    "lists.csv", "people.csv", "imports.csv", "subscriptions.csv", "wordings.csv", "consent.csv", "suppressions.csv",
    "suppressed-domains.csv", "lifts.csv",
)  # fmt: skip


class MoveFileError(DomainError):
    """The file cannot be imported; nothing was changed.

    unreadable: no such file. damaged: the end of the zip is missing, or bytes were changed. not_ours: the file is something else.
    version: made by a newer Mailroom. incomplete: a file is missing. not_empty: this installation has people already. list: a
    list of this installation has the short name or the number of another list in the file. attribute: an attribute is declared
    with another type here.
    broken: a line cannot be read. mismatch: rows refer to rows that are not there.
    """

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "unreadable": ("path", "reason"),
        "damaged": ("path",),
        "not_ours": ("path",),
        "version": ("path", "version"),
        "incomplete": ("path", "file"),
        "not_empty": ("people", "suppressions"),
        "list": ("list",),
        "attribute": ("name", "there"),
        "broken": ("file", "line"),
        "mismatch": ("file", "expected", "imported"),
    }
