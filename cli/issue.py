"""`mailroom issue`: new, import, check, build need neither Django nor a database; store and archive do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import house, output, variants
from cli.commands import Group, with_json
from cli.later import later
from config.env import ROOT

if TYPE_CHECKING:
    from cli import issue_check
    from composer import building, errors, messages
    from composer.importing import text as importing
    from editorial import issues as stored
    from editorial import variants as outlines
else:
    issue_check, building, messages = later("cli.issue_check"), later("composer.building"), later("composer.messages")
    importing, stored = later("composer.importing.text"), later("editorial.issues")
    outlines = later("editorial.variants")

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
@with_json
def import_(file: Path, folder: Path, as_json: bool) -> None:
    """Make an issue folder of plain text that came out of a PDF or a scan.

    What was left out, changed or guessed is in import-report.txt beside the issue, and marked in it.

    Example: mailroom issue import newsletter.txt --to issues/2023-03
    """
    with output.busy(f"Reading {file.name}"):
        imported = importing.import_text(importing.read_text_file(file), name=file.name)
        importing.write_import(imported, folder)
    document = {
        "folder": folder, "file": folder / "issue.md", "report": folder / "import-report.txt", "marks": len(imported.marks),
        "left_out": len(imported.left_out), "changes": len(imported.changes), "words_lost": list(imported.missing),
    }  # fmt: skip
    output.show(document, as_json, lambda: _tell_import(document))
    if imported.missing:
        output.note(f"mailroom: words were lost by the import: {', '.join(imported.missing[:30])}")
        sys.exit(1)


def _tell_import(document: dict[str, object]) -> None:
    output.say(f"{document['file']} is there: {document['marks']} places to check are marked in it,")
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
    """Build the finished mail of DIR: issue.html, issue.txt and images/ in OUT; of each further variant issue.1.html and so on.

    Example: mailroom issue build examples/cast-2023-03 --to /tmp/cast
    """
    with output.busy("Composing"):
        made = building.build(folder, out, THEMES, raw=raw)
    composed, composition = made.composed, made.composition
    document = {
        "out": out, "files": list(made.files), "subject": composed.subject, "digest": composition.digest,
        "html_bytes": len(composed.html.encode()), "pictures": len(composition.pictures),
        "variants": [
            {"variant": each.number, "language": each.language, "holds": list(each.holds), "subject": each.mail.subject,
             "html": building.names_of(each.number)[0], "html_bytes": len(each.mail.html.encode())}
            for each in composition.variants
        ],
        "findings": [_finding(finding) for finding in composition.findings],
    }  # fmt: skip
    output.show(document, as_json, lambda: _tell_built(document))


def _tell_built(document: dict[str, Any]) -> None:
    output.say(f"{document['out']}: {output.count(len(document['files']), 'file')}, “{document['subject']}”")
    variants.tell(document["variants"], "html")


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
        "variants": outlines.outline(version), "pictures": len(composed.pictures),
        "findings": [_finding(finding) for finding in composed.findings],
    }  # fmt: skip
    output.show(document, as_json, lambda: _tell_stored(document))
    faults = [finding for finding in composed.findings if finding.level == "error"]
    if faults:
        _tell_findings(folder, tuple(faults))
        output.note("mailroom: the version is kept, but may not be sent")
        sys.exit(1)


def _tell_stored(document: dict[str, Any]) -> None:
    count = len(document["variants"])
    made = f", {count} variants" if count > 1 else ""
    output.say(f"{document['issue']} version {document['version']} {document['digest']}{made}")
    variants.tell(document["variants"])


@issue.command()
@click.argument("slug", metavar="ISSUE")
@click.argument("wish", metavar="WISH", type=click.Choice(["shown", "withheld", "usual"]))
@with_json
@house.inside
def archive(slug: str, wish: str, as_json: bool) -> None:
    """Say whether a stored issue may stand in archives. WISH is shown (also if it went to a segment only), withheld (never), or
    usual: if it went to a whole list.

    Example: mailroom issue archive cast-newsletter-2026-12 withheld
    """
    record = stored.show_in_archive(house.actor(), slug, wish)
    output.show(
        {"issue": record.slug, "archive": record.archive}, as_json, lambda: output.say(f"{record.slug} is {record.archive}.")
    )  # fmt: skip


def _quoted(path: Path) -> str:
    return f"'{path}'" if " " in str(path) else str(path)
