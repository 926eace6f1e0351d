"""`mailroom issue`: new, import, check, build, export and preview work without a database; the others need one."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cli import bootstrap, output, variant_table
from cli.click_extensions import CommandGroup, IssueFolder, WholeNumber
from cli.error_reporting import CliError
from cli.issue import export_command, finding_output, list_command, source_commands
from cli.issue.finding_output import errors_of
from cli.texts.printed_values import near_path
from config.env import EMAIL_THEMES

if TYPE_CHECKING:
    from composer.errors import Finding
    from composer.issue.document import Issue

FOLDER = click.Path(path_type=Path)
EXISTING = IssueFolder()
TABLES = {".csv", ".tsv"}
TIGHT = 0.75  # of what Gmail shows: from here on the sizes of the articles are printed


@click.group(cls=CommandGroup)
def issue() -> None:
    """Write, check, build and store issues.

    Example: mailroom issue new spring && mailroom issue check spring
    """


@issue.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def new(folder: Path) -> None:
    """Create the folder DIR with a complete example issue to start from.

    Example: mailroom issue new issues/2027-01
    """
    from composer import building
    from composer.errors import ComposeError
    from composer.messages import finding_texts

    try:
        path = building.new_issue(folder)
    except ComposeError as error:
        message, hint = finding_texts.text(error.findings[0].code, error.findings[0].params)
        raise CliError(f"{folder}: {message}", hint) from None
    output.show({"folder": folder, "file": path}, f"{path} is created. Edit it, then: mailroom issue check {_quoted(folder)}")


@issue.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", "folder", metavar="DIR", type=FOLDER, required=True, help="The new folder for the issue.")
@click.option(
    "--tracked",
    type=click.Choice(["accept", "reject"]),
    help="For a Word document with tracked changes: accept or reject all of them.",
)
def import_(file: Path, folder: Path, tracked: Literal["accept", "reject"] | None) -> None:
    """Create an issue folder from a Word document, a PDF, a web page, Markdown or plain text.

    The kind is recognised by the content of FILE. Everything that was left out, changed or guessed is marked in the issue
    and listed in import-report.txt next to it; the first lines of the report say whether every word and every link was kept.

    Example: mailroom issue import newsletter.docx --to issues/2023-03 --tracked accept
    """
    from composer.importing import importer

    if file.suffix.lower() in TABLES:
        command = f"mailroom subscriber import {_quoted(file)} --list LIST --consent TEXT"
        output.note(f"{file.name} is a table. To import people: {command}")
    with output.busy(f"Reading {file.name}"):
        imported = importer.import_file(file, tracked=tracked)
        importer.write_import(imported, folder)
    document = {
        "folder": folder, "file": folder / "issue.md", "report": folder / "import-report.txt", "marks": len(imported.questions),
        "left_out": len(imported.left_out), "changes": len(imported.changes), "words_lost": list(imported.missing),
        "links_lost": [link.href for link in imported.missing_links], "pictures": len(imported.pictures),
    }  # fmt: skip
    output.show(document, lambda: _tell_import(document))
    if imported.missing:
        missing_words = ", ".join(imported.missing[:30])
        output.note(
            f"mailroom: words of the source are missing from the issue: {missing_words}. Add them by hand; see the report."
        )
    if imported.missing_links:
        lost = ", ".join(link.href for link in imported.missing_links[:30])
        output.note(f"mailroom: links of the source are missing from the issue: {lost}. Add them by hand; see the report.")
    if imported.missing or imported.missing_links:
        sys.exit(1)


def _tell_import(document: dict[str, Any]) -> None:
    pictures = f" with {output.count(document['pictures'], 'picture')}" if document["pictures"] else ""
    questions, left_out, changes = (document[key] for key in ("marks", "left_out", "changes"))
    output.say(f"{document['file']} is created{pictures}.")
    output.say(f"To answer in it: {output.count(questions, 'question')}.")
    listed = f"{output.count(left_out, 'piece')} left out, {output.count(changes, 'change')}"
    output.say(f"Listed in {document['report']}: {listed}.")


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--mail", is_flag=True, help="Also compose every variant of the mail and run all pre-send checks.")
@click.option(
    "--list",
    "slug",
    metavar="LIST",
    default="",
    help="Apply the requirements of this list and the publication's check levels; needs the database.",
)
@click.option("--online", is_flag=True, help="Also check that every link to a public address works.")
@click.option("--loopback", is_flag=True, help="With --online: also check links to this machine.")
@click.option("--spam", is_flag=True, help="Also score the mail with this machine's SpamAssassin, without the network.")
def check(folder: Path, mail: bool, slug: str, online: bool, loopback: bool, spam: bool) -> None:
    """Show every error in the issue in DIR, in all its languages, with its line and what to do; exit code 1 if there is an error.

    --list, --online and --spam include --mail.

    Example: mailroom issue check examples/cast-2023-03 --mail
    """
    from cli.issue import issue_check

    mail = mail or online or spam or bool(slug)
    if not mail:
        _tell_checked(folder, {"mail": False}, issue_check.check_source(folder))
        return
    rules = _rules_of(slug) if slug else {}
    with output.busy("Composing" + (" and checking the links" if online else "")):
        checked = issue_check.check_mail(folder, online=online, loopback=loopback, spam=spam, **rules)
    sizes = issue_check.budgets(checked.composition) if checked.composition else []
    more = {"mail": True, "sizes": sizes} | ({"spam": checked.spam} if spam else {})
    if slug and checked.composition:
        _note_languages(checked.composition.issues)
    _tell_checked(folder, more, checked.findings)


def _note_languages(issues: Iterable[Issue]) -> None:
    """Warn about conditions on a language that no subscriber has."""
    from composer.issue.variants import conditions_of
    from subscribers.errors import InputError
    from subscribers.segments import language_check

    for parsed_issue in issues:
        for text, line in conditions_of(parsed_issue):
            with suppress(InputError):  # reported as a finding
                for unused in language_check.unused_languages(text):
                    output.note(f"note: {near_path(parsed_issue.file)}:{line}: {unused.message}; {unused.hint}")


def _rules_of(slug: str) -> dict[str, Any]:
    """The requirements of the publication and of one of its lists, as arguments of `check_mail`."""
    bootstrap.set_up()
    from editorial import issue_versions
    from publication import installation
    from subscribers import mailing_lists

    mailing_list = mailing_lists.find_list(slug)
    return {
        "levels": installation.publication().check_levels, "conditions": issue_versions.condition_faults,
        "advertising": mailing_list.advertises_in_china,
        "without_archive": (mailing_list.name, slug) if mailing_list.archive == mailing_list.Archive.OFF else None,
    }  # fmt: skip


def _tell_checked(folder: Path, more: dict[str, Any], findings: tuple[Finding, ...]) -> None:
    faults = errors_of(findings)
    document = {
        "folder": folder, "ok": not faults, "errors": len(faults),
        "warnings": sum(finding.level == "warning" for finding in findings),
        "findings": [finding_output.document(finding) for finding in findings], **more,
    }  # fmt: skip

    def print_report() -> None:
        for size in more.get("sizes", ()):
            _tell_size(size, several=len(more["sizes"]) > 1)
        if "skipped" in (spam := more.get("spam") or {}):
            output.say(f"No spam score: {spam['skipped']}")
        _tell_findings(folder, findings, mail=bool(more["mail"]))

    output.show(document, print_report)
    if faults:
        sys.exit(1)


def _tell_size(size: dict[str, Any], *, several: bool) -> None:
    """Print how much of Gmail's limit is used; from three quarters on also article by article, while there is time to shorten."""
    used = size["html_bytes"] / size["limit"]
    which = f"{size['variant']}: " if several else ""
    left = f"{output.visible(size['left'])} left" if size["left"] >= 0 else f"{output.visible(-size['left'])} too many"
    bytes_ = f"{output.visible(size['html_bytes'])} of {output.visible(size['limit'])} bytes of HTML"
    output.say(f"{which}{bytes_}, {left}; {output.visible(size['quoted_printable_bytes'])} as quoted-printable")
    phone = size["phone"]
    picture = "" if phone["first_picture"] is None else f"; the first picture is on screen {int(phone['first_picture']) + 1}"
    minutes = output.count(phone["minutes"], "minute")
    output.say(f"{which}about {phone['screens']:g} screens of a phone, {minutes} to read{picture}")
    if used >= TIGHT:
        rows = sorted(size["articles"], key=lambda article: -article["bytes"])
        listed = [[article["bytes"], article["line"], article["title"]] for article in rows]
        output.show_table(("bytes", "line", "article"), [*listed, [size["rest"], None, "everything else"]])


def _tell_findings(folder: Path, findings: tuple[Finding, ...], *, mail: bool) -> None:
    finding_output.tell(findings)
    if faults := errors_of(findings):
        output.note(f"{output.count(len(faults), 'error')} in {folder}")
        return
    warnings = sum(finding.level == "warning" for finding in findings)
    counted_warnings = f", {output.count(warnings, 'warning')}" if warnings else ""
    further = "" if mail else f". To check the mail as well: mailroom issue check {_quoted(folder)} --mail"
    output.say(f"{folder if mail else f'the source of {folder}'}: no errors{counted_warnings}{further}")


def _refuse_errors(findings: Iterable[Finding], outcome: str) -> None:
    """Print the errors, if there are any, and exit with code 1: they forbid sending, whichever command finds them."""
    faults = errors_of(findings)
    finding_output.tell(faults)
    if faults:
        output.note(f"mailroom: {output.count(len(faults), 'error')}: {outcome}")
        sys.exit(1)


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--to", "out", metavar="OUT", type=FOLDER, required=True, help="A new folder, or the folder of an earlier build.")
@click.option("--raw", is_flag=True, help="Keep the tags of merge fields instead of sample values.")
def build(folder: Path, out: Path, raw: bool) -> None:
    """Write the finished mail of DIR to OUT: issue.html, issue.txt and images/, and issue.1.html and so on for more variants.

    Errors of the checks do not prevent building: they are reported, and the exit code is 1. An issue that cannot be composed,
    for example because a picture is not there, writes nothing.

    Example: mailroom issue build examples/cast-2023-03 --to /tmp/cast
    """
    from composer import building, output_folder

    with output.busy("Composing"):
        made = building.build(folder, out, EMAIL_THEMES, raw=raw)
    composed, composition = made.composed, made.composition
    document = {
        "out": out, "files": list(made.files), "subject": composed.subject, "digest": composition.digest,
        "html_bytes": len(composed.html.encode()), "pictures": len(composition.pictures),
        "variants": [
            {"variant": variant.number, "language": variant.language, "holds": list(variant.holds),
             "subject": variant.mail.subject, "html": output_folder.variant_file_names(variant.number)[0],
             "html_bytes": len(variant.mail.html.encode())}
            for variant in composition.variants
        ],
        "findings": [finding_output.document(finding) for finding in made.findings],
    }  # fmt: skip
    output.show(document, lambda: _tell_built(document))
    _refuse_errors(made.findings, "the mail is built, but it may not be sent")


def _tell_built(document: dict[str, Any]) -> None:
    output.say(f"{document['out']}: {output.count(len(document['files']), 'file')}, “{document['subject']}”")
    variant_table.tell(document["variants"], "html")


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--port", metavar="N", type=WholeNumber(0, 65535), help="Port to listen on; 0 takes any free one. [default: 8765]")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the web browser.")
@click.option("--png", "pictures", metavar="OUT", type=FOLDER, help="Write screenshots of every variant to this folder and exit.")
def preview(folder: Path, port: int | None, open_browser: bool, pictures: Path | None) -> None:
    """Show the finished mail of DIR in a browser while you write it, until Ctrl-C.

    Only this machine can open the page. It reloads when a file of the issue or its theme changes. It shows the mail on
    desktop and phone, light and dark, without pictures, without styles, in Outlook and as plain text, for any reader; its
    headers and sizes; and every finding next to its place. With --png, Chromium takes the screenshots.

    Example: mailroom issue preview examples/cast-2023-03
    """
    from cli.issue import preview_command

    if pictures is not None:
        preview_command.take_pictures(folder, pictures)
    else:
        preview_command.serve(folder, port, open_browser)


@issue.command(cls=bootstrap.DatabaseCommand)
@click.argument("folder", metavar="DIR", type=EXISTING)
def store(folder: Path) -> None:
    """Store the issue in DIR as a version that can be sent. Content that is already stored becomes the current version again.

    Example: mailroom issue store issues/2027-01
    """
    from campaigns import launch_checks
    from editorial import issue_versions, stored_variants

    with output.busy("Composing"):
        version, composed, is_new = issue_versions.store(bootstrap.actor(), folder)
    _note_languages(composed.issues)
    document = {
        "issue": version.issue.slug, "version": version.number, "new": is_new, "digest": version.digest,
        "subject": version.subject, "variants": stored_variants.outline(version), "pictures": len(composed.pictures),
        "findings": [finding_output.document(finding) for finding in composed.findings],
    }  # fmt: skip
    output.show(document, lambda: _tell_stored(document))
    _refuse_errors(launch_checks.levelled(composed.findings), "the version is stored, but it may not be sent")


def _tell_stored(document: dict[str, Any]) -> None:
    count = len(document["variants"])
    made = f", {count} variants" if count > 1 else ""
    output.say(f"{document['issue']} version {document['version']} {document['digest']}{made}")
    if not document["new"]:
        output.say(f"This content is already stored as version {document['version']}, which is now the current one.")
    variant_table.tell(document["variants"])


@issue.command(cls=bootstrap.DatabaseCommand)
@click.argument("slug", metavar="ISSUE")
@click.argument("wish", metavar="VISIBILITY", type=click.Choice(["shown", "withheld", "usual"]))
def archive(slug: str, wish: str) -> None:
    """Set whether archives show a stored issue.

    VISIBILITY is shown (always), withheld (never) or usual (only if the issue went to a whole list).

    Example: mailroom issue archive cast-newsletter-2026-12 withheld
    """
    from editorial import issue_versions

    record = issue_versions.show_in_archive(bootstrap.actor(), slug, wish)
    output.show({"issue": record.slug, "archive": record.archive}, f"Archive setting of {record.slug}: {record.archive}.")


issue.add_command(export_command.export)
issue.add_command(list_command.ls)
issue.add_command(source_commands.pull)
issue.add_command(source_commands.push)


def _quoted(path: Path) -> str:
    return f"'{path}'" if " " in str(path) else str(path)
