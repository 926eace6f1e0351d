"""Names the files of a built mail, and writes a folder all or nothing."""

import secrets
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from composer.errors import ComposeError, Finding
from composer.issue import merge_fields
from composer.pipeline import ComposedIssue

PICTURES = "images"


def variant_file_names(number: int) -> tuple[str, str]:
    """Returns the file names of a variant: issue.html and issue.txt for variant 0, issue.1.html and issue.1.txt for variant 1."""
    stem = f"issue.{number}" if number else "issue"
    return f"{stem}.html", f"{stem}.txt"


def with_example_values(mail: ComposedIssue, name: str = "") -> tuple[str, str]:
    """Returns HTML and text of a mail for viewing, for a reader called `name`. Links to Mailroom's own pages do nothing."""
    html = merge_fields.fill(mail.html, merge_fields.preview_values(mail.fields, name))
    return html, merge_fields.fill(mail.text, merge_fields.preview_values(mail.fields, name, merge_fields.EXAMPLE_PAGES))


def refuse_foreign(out: Path, own: Collection[str]) -> None:
    """Raises ComposeError if `out` contains anything except the names in `own`."""
    foreign = out.exists() and (not out.is_dir() or any(path.name not in own for path in out.iterdir()))
    if foreign:
        raise ComposeError(Finding("out-exists", params={"path": str(out)}, file=str(out)))


def write_folder(out: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Writes the files into a temporary folder next to `out`, then renames it, so that `out` is never incomplete."""
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.parent / f".{out.name}-{secrets.token_hex(6)}"
    old = temporary.with_name(f"{temporary.name}-old")
    temporary.mkdir()  # not mkdtemp, whose folders other users cannot read
    try:
        (temporary / PICTURES).mkdir()
        for name, data in files.items():
            (temporary / name).parent.mkdir(exist_ok=True)
            (temporary / name).write_bytes(data)
        if out.exists():
            out.rename(old)
        temporary.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return tuple(out / name for name in files)
