"""The file with all people of an installation: a zip with a CSV file for each table, and a manifest.

docs/moving.md describes it. PostgreSQL writes and reads the CSV files itself, so that an empty text and a missing value stay
different.
"""

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
    """The file cannot be imported; nothing was changed."""
