"""Documents for tests of imports in the console: a Word file with tracked changes, texts, and runs of the worker's task."""

from pathlib import Path

from editorial.importing import document_imports
from editorial.importing.document_imports import Upload
from editorial.models import DocumentImport, IssueRecord
from publication.models import Actor
from worker import upkeep

SAMPLES = Path(__file__).parents[1] / "samples" / "documents"
WORD = SAMPLES / "sample.docx"
TEXT = """Tidelines

Harbour news

The lighthouse opens

The lighthouse opened its doors on Monday. all visitors were welcome, and the keeper told them about the storm of 1953.

Photo credit: Harbour Museum

More than four hundred people climbed the stairs on the first day, and the museum counted a new record.

Source: Harbour Gazette

The ferry returns

The ferry returned after two years of repairs. It carries two hundred passengers and forty cars to the other side.

Source: Harbour Gazette
"""


def upload(path: Path, name: str = "") -> Upload:
    data = path.read_bytes()
    return Upload(name or path.name, [data], len(data))


def written(text: str, name: str = "tidelines.txt") -> Upload:
    data = text.encode()
    return Upload(name, [data], len(data))


def begun(actor: Actor, *uploads: Upload, template: IssueRecord | None = None) -> DocumentImport:
    return document_imports.begin(actor, uploads, template)


def read(run: DocumentImport) -> DocumentImport:
    """The run after the worker's task."""
    upkeep.read_documents()
    run.refresh_from_db()
    return run
