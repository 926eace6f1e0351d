"""The issue that `mailroom issue new` writes, from `templates/starter/`: a complete issue with the most common elements."""

from datetime import date
from pathlib import Path

from composer.issue.parsing.issue_file import ISSUE_FILE

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "starter"


def starter_files(today: date) -> dict[str, bytes]:
    """Returns the files of a starter issue dated `today`; the template is dated 1 January 2000."""
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.*")}
    text = files[ISSUE_FILE].decode().replace("2000-01-01", today.isoformat()).replace("2000-01", today.strftime("%Y-%m"))
    return files | {ISSUE_FILE: text.encode()}
