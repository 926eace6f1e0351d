"""The process that imports one document within limits of memory and time, for the console's worker.

`python -m composer.importing.import_process`; `editorial.importing.document_imports` starts it. A file that makes a reader crash
or run for ever ends only this process.
"""

from pathlib import Path
from typing import Any, Literal

from composer.importing import importer
from composer.importing.files.file_kinds import find_kind, read_file
from composer.importing.manuscript.import_log import written_question
from composer.importing.refusals import ImportRefusedError, TrackedChangesError
from composer.importing.report.import_report import shown
from composer.limited_process import Message, serve

MEMORY = 1536 * 1024 * 1024  # a document of 100 MB with its pictures, twice
SECONDS = 50.0  # of processor time; the client waits a little longer


def work(request: dict[str, Any], _: bytes) -> Message:
    """`folder` contains the document `file` and the pictures that were uploaded with it.

    Marks are (place in the source, text of the question, passage of the source); what was left out is (first place, last place,
    text, reason). Places count `unit`: line, paragraph or page.
    """
    path = Path(request["folder"]) / request["file"]
    tracked: Literal["accept", "reject"] | None = request["tracked"] or None
    try:
        imported = importer.import_file(path, tracked=tracked)
        kind = find_kind(read_file(path), path.name).name.lower()
    except TrackedChangesError as asked:
        return {"tracked": {"counts": dict(asked.counts), "authors": dict(asked.authors), "samples": asked.samples}}, b""
    except ImportRefusedError as refusal:
        return {"refused": refusal.code, "message": str(refusal)}, b""
    questions = zip(imported.questions, imported.passages, strict=True)
    return {
        "kind": kind,
        "issue": imported.issue_md,
        "unit": imported.unit,
        "marks": [[question.line, written_question(question.text), passage] for question, passage in questions],
        "left_out": [[passage.line_from, passage.line_to, shown(passage), passage.reason] for passage in imported.left_out],
        "changes": len(imported.changes),
        "missing": list(imported.missing),
        "complete": imported.complete,
        "report": imported.report,
        "pictures": [[name, len(data)] for name, data in imported.pictures.items()],
    }, b"".join(imported.pictures.values())


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
