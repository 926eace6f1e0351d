"""`mailroom issue pull` and `push`: the source of an issue in the database as a folder of files."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import IssueFolder
from cli.texts import domain_texts
from cli.texts.printed_values import near_path

if TYPE_CHECKING:
    from editorial.sources.edits import EditConflictError
    from editorial.sources.folders import Pushed
    from editorial.sources.issue_state import Change, Conflict

_MOST_LISTED = 20


@click.command(cls=bootstrap.DatabaseCommand)
@click.argument("slug", metavar="ISSUE")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def pull(slug: str, folder: Path) -> None:
    """Write the newest source of an issue, with its pictures, to the folder DIR.

    DIR is new, or was pulled before and has no changes that are not pushed. Its file .mailroom-issue.json tells push what was
    pulled: keep it.

    Example: mailroom issue pull cast-newsletter-2026-12 issues/2026-12
    """
    from editorial.sources import folders

    issue, state = folders.pull(slug, folder)
    document = {
        "issue": issue.slug, "folder": folder, "edit": state.number, "files": list(state.files), "pictures": list(state.pictures),
    }  # fmt: skip
    files = output.count(len(state.files), "file")
    pictures = output.count(len(state.pictures), "picture")
    then = f"then: mailroom issue push {near_path(folder)} --as ACCOUNT"
    output.show(document, f"{issue.slug}: {files} and {pictures} are in {folder}. Edit them, {then}")


@click.command(cls=bootstrap.DatabaseCommand)
@click.argument("folder", metavar="DIR", type=IssueFolder())
@click.option("--as", "account", metavar="ACCOUNT", required=True, help="The staff account that is the author of the changes.")
def push(folder: Path, account: str) -> None:
    """Merge the files and pictures in DIR into the source of their issue.

    Changes of different parts (an article, the heading of a section, the head) are merged. If somebody else changed the same part
    since DIR was pulled, nothing is stored, both texts are shown, and the exit code is 1. A folder that was not pulled becomes a
    new issue.

    Example: mailroom issue push issues/2026-12 --as wei
    """
    from editorial.sources import folders
    from editorial.sources.edits import EditConflictError

    author = folders.author(account)
    try:
        pushed = folders.push(author, folder)
    except EditConflictError as conflict:
        _tell_conflict(conflict, folder)
        sys.exit(1)
    revision = pushed.applied.revision
    document = {
        "issue": pushed.issue.slug, "folder": folder, "edit": pushed.applied.state.number, "author": author.name,
        "revision": revision.number if revision and pushed.applied.changes else None,
        "changes": [_named(change) for change in pushed.applied.changes], "others": [_named(change) for change in pushed.others],
        "files_with_new_ids": list(pushed.named),
    }  # fmt: skip
    output.show(document, lambda: _tell_pushed(document, pushed))


def _named(change: Change) -> str:
    """`issue.md dates`; a change of the order of parts is named by its file."""
    (_, file, part), _value = change
    return f"{file} {part}".strip()


def _tell_pushed(document: dict[str, Any], pushed: Pushed) -> None:
    slug, changes, others = document["issue"], document["changes"], document["others"]
    if changes:
        output.say(
            f"{slug}: {output.count(len(changes), 'change')} stored as revision {document['revision']}: {_listed(changes)}"
        )
    else:
        output.say(f"{slug}: nothing to push; the database has everything that is in {document['folder']}.")
    if pushed.named:
        output.say(f"Ids of sections and articles were written to {', '.join(pushed.named)}.")
    if others:
        output.say(f"Others changed {_listed(others)}. To get it: mailroom issue pull {slug} {near_path(document['folder'])}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more


def _tell_conflict(conflict: EditConflictError, folder: Path) -> None:
    message, hint = domain_texts.error_text(conflict)
    slug = conflict.params["issue"]
    documents = [
        {"file": changed_part.file or changed_part.part, "part": changed_part.part if changed_part.file else "",
         "line": _line(folder, changed_part), "base": changed_part.base, "theirs": changed_part.theirs,
         "mine": changed_part.mine, "author": changed_part.author, "at": changed_part.at}
        for changed_part in conflict.conflicts
    ]  # fmt: skip
    if output.wants_json():
        output.show({"issue": slug, "folder": folder, "conflicts": documents}, "")
        return
    output.note(f"mailroom: {message}. Nothing was stored.")
    for document in documents:
        _tell_part(document)
    output.note(f"\n{hint}")


def _tell_part(document: dict[str, Any]) -> None:
    """Print both texts of one part, and what each changed."""
    line = f":{document['line']}" if document["line"] else ""
    part = f", part “{document['part']}”" if document["part"] else ""
    output.note(f"\n=== {document['file']}{line}{part}")
    when = f" on {output.moment(document['at'])}" if document["at"] else ""
    by = f", changed by {output.visible(document['author'])}{when}" if document["author"] else ""
    for side, heading in (("theirs", f"in the database{by}"), ("mine", "in your folder")):
        output.note(f"--- {heading}:")
        text = document[side]
        output.note("(deleted)" if text is None else _changed(document["base"], text))


def _changed(base: str | None, text: str) -> str:
    """The text, its lines marked with + where they are new; removed lines of the base are marked with -."""
    if base is None:
        return text.rstrip("\n")
    lines = difflib.ndiff(base.splitlines(), text.splitlines())
    return "\n".join(line.rstrip() for line in lines if not line.startswith("?"))


def _line(folder: Path, conflict: Conflict) -> int | None:
    """The line in the folder's file where the part begins."""
    if not conflict.file or not conflict.mine:
        return None
    try:
        text = (folder / conflict.file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return None
    # Ids may be missing in the file, so the part is found by the text before its id.
    heading = conflict.mine.split("\n", 1)[0].split(" {#", 1)[0]
    return next((number for number, line in enumerate(text.split("\n"), 1) if line.startswith(heading)), None)
