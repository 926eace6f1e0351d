"""The file names of a built mail, and writing a folder all or nothing."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from composer.errors import ComposeError, Finding
from composer.issue import merge_fields
from composer.pipeline import ComposedIssue

PICTURES = "images"


def variant_file_names(number: int) -> tuple[str, str]:
    """The files of a variant: issue.html and issue.txt of variant 0, issue.1.html and issue.1.txt of the next."""
    stem = f"issue.{number}" if number else "issue"
    return f"{stem}.html", f"{stem}.txt"


def with_example_values(mail: ComposedIssue, name: str = "") -> tuple[str, str]:
    """HTML and text of a mail, for looking at it as somebody called `name`. Links to pages of ours lead nowhere."""
    html = merge_fields.fill(mail.html, merge_fields.preview_values(mail.fields, name))
    return html, merge_fields.fill(mail.text, merge_fields.preview_values(mail.fields, name, merge_fields.EXAMPLE_PAGES))


def refuse_foreign(out: Path, own: Collection[str]) -> None:
    """Raises ComposeError when `out` holds anything but what is `own`."""
    foreign = out.exists() and (not out.is_dir() or any(path.name not in own for path in out.iterdir()))
    if foreign:
        raise ComposeError(Finding("out-exists", params={"path": str(out)}, file=str(out)))


def write_folder(out: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Writes the files, by their names in `out`, beside it and then puts them in its place: nobody ever sees it half-written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    place = out.parent / f".{out.name}-{secrets.token_hex(6)}"
    old = place.with_name(f"{place.name}-old")
    place.mkdir()  # not mkdtemp, whose folders nobody else may read
    try:
        (place / PICTURES).mkdir()
        for name, data in files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(data)
        if out.exists():
            out.rename(old)
        place.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return tuple(out / name for name in files)
