"""`mailroom issue`: new, import, check, build need neither Django nor a database; store keeps a version."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cli import house, output
from cli.commands import Group, with_json
from cli.later import later
from config.env import ROOT

if TYPE_CHECKING:
    from cli import issue_check
    from composer import building, errors, messages
    from composer.importing import document as importing
    from editorial import issues as stored
else:
    issue_check, building, messages = later("cli.issue_check"), later("composer.building"), later("composer.messages")
    importing, stored = later("composer.importing.document"), later("editorial.issues")

THEMES = ROOT / "templates" / "email"
FOLDER = click.Path(path_type=Path)
EXISTING = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group(cls=Group)
def issue() -> None:
    """Write, check, build and store issues.

    Example: mailroom issue new spring && mailroom issue check spring
    """


@issue.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@with_json
def new(folder: Path, as_json: bool) -> None:
    """Write a complete issue to start from into the new folder DIR.

    Example: mailroom issue new issues/2026-12
    """
    path = building.new_issue(folder)
    output.show(
        {"folder": folder, "file": path},
        as_json,
        lambda: output.say(f"{path} is there; edit it, then: mailroom issue check {_quoted(folder)}"),
    )


@issue.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", "folder", metavar="DIR", type=FOLDER, required=True, help="The new folder of the issue.")
@click.option(
    "--tracked",
    type=click.Choice(["accept", "reject"]),
    help="Which text of a Word document with tracked changes is meant: with them, or before them.",
)
@with_json
def import_(file: Path, folder: Path, tracked: Literal["accept", "reject"] | None, as_json: bool) -> None:
    """Make an issue folder of a Word document, a PDF, a web page, Markdown or plain text.

    The content of FILE tells which it is. What was left out, changed or guessed is in import-report.txt beside the issue,
    and marked in it; no word is lost.

    Example: mailroom issue import newsletter.docx --to issues/2023-03 --tracked accept
    """
    with output.busy(f"Reading {file.name}"):
        imported = importing.import_file(file, tracked=tracked)
        importing.write_import(imported, folder)
    document = {
        "folder": folder, "file": folder / "issue.md", "report": folder / "import-report.txt", "marks": len(imported.marks),
        "left_out": len(imported.left_out), "changes": len(imported.changes), "words_lost": list(imported.missing),
        "pictures": len(imported.pictures),
    }  # fmt: skip
    output.show(document, as_json, lambda: _tell_import(document))
    if imported.missing:
        output.note(f"mailroom: words were lost by the import: {', '.join(imported.missing[:30])}")
        sys.exit(1)


def _tell_import(document: dict[str, object]) -> None:
    pictures = f" with {output.count(int(str(document['pictures'])), 'picture')}" if document["pictures"] else ""
    output.say(f"{document['file']} is there{pictures}: {document['marks']} places to check are marked in it,")
    output.say(f"{document['left_out']} pieces left out and {document['changes']} changes are told in {document['report']}")


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--mail", is_flag=True, help="Also compose the mail and hold it to every rule of sending.")
@with_json
def check(folder: Path, mail: bool, as_json: bool) -> None:
    """Tell every fault of the issue in DIR with its line and a way out; exit 1 where there is an error.

    Example: mailroom issue check examples/cast-2023-03
    """
    findings = issue_check.check_mail(folder) if mail else issue_check.check_source(folder)
    faults = [finding for finding in findings if finding.level == "error"]
    document = {
        "folder": folder, "mail": mail, "ok": not faults, "errors": len(faults),
        "warnings": sum(finding.level == "warning" for finding in findings),
        "findings": [_finding(finding) for finding in findings],
    }  # fmt: skip
    output.show(document, as_json, lambda: _tell_findings(folder, findings))
    if faults:
        sys.exit(1)


def _finding(finding: errors.Finding) -> dict[str, object]:
    message, hint = messages.text(finding)
    return {
        "level": finding.level, "code": finding.code, "file": finding.file, "line": finding.line, "column": finding.column,
        "message": message, "hint": hint,
    }  # fmt: skip


def _tell_findings(folder: Path, findings: tuple[errors.Finding, ...]) -> None:
    for finding in findings:
        if finding.level == "error":
            output.note(f"error: {finding}")
        else:
            output.say(f"{finding.level}: {finding}")
    faults = sum(finding.level == "error" for finding in findings)
    if faults:
        output.note(f"{output.count(faults, 'error')} in {folder}")
    else:
        warnings = sum(finding.level == "warning" for finding in findings)
        output.say(f"{folder} is in order" + (f", with {output.count(warnings, 'warning')}" if warnings else ""))


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--to", "out", metavar="OUT", type=FOLDER, required=True, help="A new folder, or that of an earlier build.")
@click.option("--raw", is_flag=True, help="Leave the tags of merge fields instead of sample values.")
@with_json
def build(folder: Path, out: Path, raw: bool, as_json: bool) -> None:
    """Build the finished mail of DIR: issue.html, issue.txt and images/ in OUT.

    Example: mailroom issue build examples/cast-2023-03 --to /tmp/cast
    """
    with output.busy("Composing"):
        made = building.build(folder, out, THEMES, raw=raw)
    composed = made.composed
    document = {
        "out": out, "files": list(made.files), "subject": composed.subject, "digest": composed.digest,
        "html_bytes": len(composed.html.encode()), "pictures": len(composed.pictures),
        "findings": [_finding(finding) for finding in composed.findings],
    }  # fmt: skip
    output.show(document, as_json, lambda: output.say(f"{out}: {output.count(len(made.files), 'file')}, “{composed.subject}”"))


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@with_json
@house.inside
def store(folder: Path, as_json: bool) -> None:
    """Keep the issue in DIR as a version that can be sent; the same content twice is the same version.

    Example: mailroom issue store issues/2026-12
    """
    with output.busy("Composing"):
        version, composed = stored.store(house.actor(), folder)
    document = {
        "issue": version.issue.slug, "version": version.number, "digest": version.digest, "subject": version.subject,
        "pictures": len(composed.pictures), "findings": [_finding(finding) for finding in composed.findings],
    }  # fmt: skip
    output.show(document, as_json, lambda: output.say(f"{version.issue.slug} version {version.number} {version.digest}"))
    faults = [finding for finding in composed.findings if finding.level == "error"]
    if faults:
        _tell_findings(folder, tuple(faults))
        output.note("mailroom: the version is kept, but may not be sent")
        sys.exit(1)


def _quoted(path: Path) -> str:
    return f"'{path}'" if " " in str(path) else str(path)
