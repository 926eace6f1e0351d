"""`mailroom issue`: new, import, check, build and preview work without a database; store and archive need one."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cli import bootstrap, output, variant_table
from cli.click_extensions import CommandGroup, IssueFolder
from cli.issue import finding_output
from cli.issue.finding_output import errors_of
from config.env import EMAIL_THEMES

if TYPE_CHECKING:
    from composer.errors import Finding

FOLDER = click.Path(path_type=Path)
EXISTING = IssueFolder()
TABLES = {".csv", ".tsv"}
TIGHT = 0.75  # of what Gmail shows: from here on the sizes of articles are told


@click.group(cls=CommandGroup)
def issue() -> None:
    """Write, check, build and store issues.

    Example: mailroom issue new spring && mailroom issue check spring
    """


@issue.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def new(folder: Path) -> None:
    """Write a complete issue to start from into the new folder DIR.

    Example: mailroom issue new issues/2026-12
    """
    from composer import building

    path = building.new_issue(folder)
    output.show({"folder": folder, "file": path}, f"{path} is there; edit it, then: mailroom issue check {_quoted(folder)}")


@issue.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", "folder", metavar="DIR", type=FOLDER, required=True, help="The new folder of the issue.")
@click.option(
    "--tracked",
    type=click.Choice(["accept", "reject"]),
    help="Which text of a Word document with tracked changes is meant: with them, or before them.",
)
def import_(file: Path, folder: Path, tracked: Literal["accept", "reject"] | None) -> None:
    """Make an issue folder of a Word document, a PDF, a web page, Markdown or plain text.

    The content of FILE tells which it is. What was left out, changed or guessed is in import-report.txt beside the issue,
    and marked in it; its first lines say whether every word is there.

    Example: mailroom issue import newsletter.docx --to issues/2023-03 --tracked accept
    """
    from composer.importing import importer

    if file.suffix.lower() in TABLES:
        output.note(f"{file.name} is a table; people are imported with: mailroom subscriber import {_quoted(file)} --list LIST")
    with output.busy(f"Reading {file.name}"):
        imported = importer.import_file(file, tracked=tracked)
        importer.write_import(imported, folder)
    document = {
        "folder": folder, "file": folder / "issue.md", "report": folder / "import-report.txt", "marks": len(imported.marks),
        "left_out": len(imported.left_out), "changes": len(imported.changes), "words_lost": list(imported.missing),
        "pictures": len(imported.pictures),
    }  # fmt: skip
    output.show(document, lambda: _tell_import(document))
    if imported.missing:
        words = ", ".join(imported.missing[:30])
        output.note(f"mailroom: words of the source are missing in the issue: {words}. Add them by hand; see the report.")
        sys.exit(1)


def _tell_import(document: dict[str, Any]) -> None:
    pictures = f" with {output.count(document['pictures'], 'picture')}" if document["pictures"] else ""
    marks, left_out, changes = (document[key] for key in ("marks", "left_out", "changes"))
    verb = "is" if marks == 1 else "are"
    output.say(f"{document['file']} is there{pictures}: {output.count(marks, 'place')} to check {verb} marked in it,")
    told = f"{output.count(left_out, 'piece')} left out and {output.count(changes, 'change')}"
    output.say(f"{told} are told in {document['report']}")


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--mail", is_flag=True, help="Also compose the mail, in all variants, and hold it to every rule of sending.")
@click.option(
    "--list", "slug", metavar="LIST", default="", help="As for this list: its rules, the publication's levels and fields."
)
@click.option("--online", is_flag=True, help="Also ask every link whether it leads anywhere.")
@click.option("--loopback", is_flag=True, help="With --online: ask addresses of this machine, too, to try things out.")
@click.option("--spam", is_flag=True, help="Also ask this machine's SpamAssassin, without the network.")
def check(folder: Path, mail: bool, slug: str, online: bool, loopback: bool, spam: bool) -> None:
    """Tell every fault of the issue in DIR, in all its languages, with its line and a way out; exit 1 where there is an error.

    Each of --list, --online and --spam stands for --mail, too. Example: mailroom issue check examples/cast-2023-03 --mail
    """
    from cli.issue import issue_check

    mail = mail or online or spam or bool(slug)
    if not mail:
        _tell_checked(folder, {"mail": False}, issue_check.check_source(folder))
        return
    rules = _rules_of(slug) if slug else {}
    with output.busy("Composing" + (", and asking the links" if online else "")):
        checked = issue_check.check_mail(folder, online=online, loopback=loopback, spam=spam, **rules)
    sizes = issue_check.budgets(checked.composition) if checked.composition else []
    more = {"mail": True, "sizes": sizes} | ({"spam": checked.spam} if spam else {})
    _tell_checked(folder, more, checked.findings)


def _rules_of(slug: str) -> dict[str, Any]:
    """What the publication and one of its lists ask for, as `check_mail` takes it."""
    bootstrap.set_up()
    from editorial import issue_versions
    from publication import installation
    from subscribers import mailing_lists

    return {
        "levels": installation.publication().check_levels, "conditions": issue_versions.condition_faults,
        "advertising": mailing_lists.find_list(slug).advertises_in_china,
    }  # fmt: skip


def _tell_checked(folder: Path, more: dict[str, Any], findings: tuple[Finding, ...]) -> None:
    faults = errors_of(findings)
    document = {
        "folder": folder, "ok": not faults, "errors": len(faults),
        "warnings": sum(finding.level == "warning" for finding in findings),
        "findings": [finding_output.document(finding) for finding in findings], **more,
    }  # fmt: skip

    def words() -> None:
        for size in more.get("sizes", ()):
            _tell_size(size, several=len(more["sizes"]) > 1)
        if "skipped" in (spam := more.get("spam") or {}):
            output.say(f"no spam score: {spam['skipped']}")
        _tell_findings(folder, findings, mail=bool(more["mail"]))

    output.show(document, words)
    if faults:
        sys.exit(1)


def _tell_size(size: dict[str, Any], *, several: bool) -> None:
    """How much of what Gmail shows is used; article by article from three quarters on, while there is time to shorten."""
    used = size["html_bytes"] / size["limit"]
    which = f"{size['variant']}: " if several else ""
    left = f"{output.visible(size['left'])} left" if size["left"] >= 0 else f"{output.visible(-size['left'])} too many"
    bytes_ = f"{output.visible(size['html_bytes'])} of {output.visible(size['limit'])} bytes of HTML"
    output.say(f"{which}{bytes_}, {left}; {output.visible(size['quoted_printable_bytes'])} as quoted-printable")
    if used >= TIGHT:
        rows = sorted(size["articles"], key=lambda each: -each["bytes"])
        listed = [[each["bytes"], each["line"], each["title"]] for each in rows]
        output.show_table(("bytes", "line", "article"), [*listed, [size["rest"], None, "everything else"]])


def _tell_findings(folder: Path, findings: tuple[Finding, ...], *, mail: bool) -> None:
    finding_output.tell(findings)
    if faults := errors_of(findings):
        output.note(f"{output.count(len(faults), 'error')} in {folder}")
        return
    warnings = sum(finding.level == "warning" for finding in findings)
    told = f", with {output.count(warnings, 'warning')}" if warnings else ""
    further = "" if mail else f"; to check the mail as well: mailroom issue check {_quoted(folder)} --mail"
    output.say(f"{folder if mail else f'the source of {folder}'} is in order{told}{further}")


def _refuse_errors(findings: Iterable[Finding], outcome: str) -> None:
    """Reports the errors, if there are any, and ends with exit code 1: they forbid sending whichever command finds them."""
    faults = errors_of(findings)
    finding_output.tell(faults)
    if faults:
        output.note(f"mailroom: {output.count(len(faults), 'error')}: {outcome}")
        sys.exit(1)


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--to", "out", metavar="OUT", type=FOLDER, required=True, help="A new folder, or that of an earlier build.")
@click.option("--raw", is_flag=True, help="Leave the tags of merge fields instead of sample values.")
def build(folder: Path, out: Path, raw: bool) -> None:
    """Build the finished mail of DIR: issue.html, issue.txt and images/ in OUT; of each further variant issue.1.html and so on.

    Errors forbid sending, not building: they are reported, and the exit code is 1.

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
            {"variant": each.number, "language": each.language, "holds": list(each.holds), "subject": each.mail.subject,
             "html": output_folder.variant_file_names(each.number)[0], "html_bytes": len(each.mail.html.encode())}
            for each in composition.variants
        ],
        "findings": [finding_output.document(finding) for finding in made.findings],
    }  # fmt: skip
    output.show(document, lambda: _tell_built(document))
    _refuse_errors(made.findings, "the mail is built, but may not be sent")


def _tell_built(document: dict[str, Any]) -> None:
    output.say(f"{document['out']}: {output.count(len(document['files']), 'file')}, “{document['subject']}”")
    variant_table.tell(document["variants"], "html")


@issue.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--port", metavar="N", type=click.IntRange(0, 65535), help="Listen there; 0 takes any free one. [default: 8765]")
@click.option("--open", "open_browser", is_flag=True, help="Open it in the web browser.")
@click.option("--png", "pictures", metavar="OUT", type=FOLDER, help="Write pictures of every variant there, and end.")
def preview(folder: Path, port: int | None, open_browser: bool, pictures: Path | None) -> None:
    """Show the finished mail of DIR in a browser while it is written, until Ctrl-C.

    The page is on this machine only and renews itself when a file of the issue or its theme changes. It shows the mail
    on a desk and a phone, light and dark, without pictures, without styles, in Outlook, as plain text; for any reader;
    with its headers and sizes, and with every finding beside its place. With --png Chromium takes the pictures.

    Example: mailroom issue preview examples/cast-2023-03
    """
    from cli.issue.preview import preview_command

    if pictures is not None:
        preview_command.take_pictures(folder, pictures, port)
    else:
        preview_command.serve(folder, port, open_browser)


@issue.command(cls=bootstrap.DatabaseCommand)
@click.argument("folder", metavar="DIR", type=EXISTING)
def store(folder: Path) -> None:
    """Keep the issue in DIR as a version that can be sent; content that was stored before is that version, current again.

    Example: mailroom issue store issues/2026-12
    """
    from campaigns import launch_checks
    from editorial import issue_versions, stored_variants

    with output.busy("Composing"):
        version, composed, is_new = issue_versions.store(bootstrap.actor(), folder)
    document = {
        "issue": version.issue.slug, "version": version.number, "new": is_new, "digest": version.digest,
        "subject": version.subject, "variants": stored_variants.outline(version), "pictures": len(composed.pictures),
        "findings": [finding_output.document(finding) for finding in composed.findings],
    }  # fmt: skip
    output.show(document, lambda: _tell_stored(document))
    _refuse_errors(launch_checks.levelled(composed.findings), "the version is kept, but may not be sent")


def _tell_stored(document: dict[str, Any]) -> None:
    count = len(document["variants"])
    made = f", {count} variants" if count > 1 else ""
    output.say(f"{document['issue']} version {document['version']} {document['digest']}{made}")
    if not document["new"]:
        output.say(f"The same content was stored as version {document['version']} before; it is the current one.")
    variant_table.tell(document["variants"])


@issue.command(cls=bootstrap.DatabaseCommand)
@click.argument("slug", metavar="ISSUE")
@click.argument("wish", metavar="WISH", type=click.Choice(["shown", "withheld", "usual"]))
def archive(slug: str, wish: str) -> None:
    """Say whether a stored issue may stand in archives. WISH is shown (also if it went to a segment only), withheld (never), or
    usual: if it went to a whole list.

    Example: mailroom issue archive cast-newsletter-2026-12 withheld
    """
    from editorial import issue_versions

    record = issue_versions.show_in_archive(bootstrap.actor(), slug, wish)
    output.show({"issue": record.slug, "archive": record.archive}, f"{record.slug} is {record.archive}.")


def _quoted(path: Path) -> str:
    return f"'{path}'" if " " in str(path) else str(path)
