"""Declares how long records of issues and imports of documents are kept."""

from datetime import timedelta

from editorial.models import DocumentImport, Presence
from editorial.sources import edits_sql, originals, presence
from publication.retention import RETENTIONS, Retention

RETENTIONS["DOCUMENT_IMPORTS"] = Retention(
    timedelta(days=30), "Imports of documents that failed or were cancelled, with their files",
    lambda before: DocumentImport.objects.filter(
        state__in=(DocumentImport.State.FAILED, DocumentImport.State.CANCELLED), changed_at__lt=before
    ).delete()[0],
    is_personal=False,
)  # fmt: skip
RETENTIONS["ISSUE_EDITS"] = Retention(
    timedelta(days=30),
    "Edits of an issue between two of its revisions; every revision stays whole",
    edits_sql.prune,
    is_personal=False,
)
RETENTIONS["PRESENCE"] = Retention(
    presence.SILENCE, "Who has the page of an issue open, and which part they edit",
    lambda before: Presence.objects.filter(seen_at__lte=before).delete()[0],
)  # fmt: skip
# After the imports and edits that refer to them.
RETENTIONS["ORIGINALS"] = Retention(
    timedelta(days=30), "Uploaded files that no edit refers to", originals.forget_unused, is_personal=False
)
