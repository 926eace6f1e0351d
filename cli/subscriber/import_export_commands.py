"""`mailroom subscriber import` and `export`: streams CSV files of subscribers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from cli import bootstrap, output
from subscribers.importing.source_formats import FORMATS

if TYPE_CHECKING:
    from subscribers.models import ImportRun, MailingList

STEPS = 1000  # of the progress bar
# A run is kept after people are erased, so it stores no text that quotes an address: for these refusals only the code.
ADDRESS_FAULTS = {  # code -> (message, hint)
    "syntax": ("this is not an address", "write it as name@example.org, one address in each cell"),
    "too_long": ("an address has at most 254 characters", "check that the cell contains nothing else"),
    "unsendable": ("the part before the @ has letters that mail cannot carry yet", "ask for an address in ASCII letters"),
    "domain": ("mail cannot reach this domain", "check the spelling"),
    "missing": ("the address is missing", "fill in the address, or remove the row"),
}


KEPT_OUT = {
    "left": "left this list; only they themselves can come back",
    "left_all": "left everything at once; only they themselves can come back",
    "left_other": "left another list",
    "suppressed": "must not be mailed: bounced, complained, unsubscribed at the provider, or suppressed by staff",
    "domain": "their domain is suppressed until it is lifted; import them afterwards",
    "erased": "asked to be forgotten",
}
# What a recognised file does not say.
GAPS = {
    "listmonk": (
        "listmonk's file does not say who left one list or has not confirmed it. Export these people of the list, too, and import"
        " them with --from listmonk-unsubscribed and --from listmonk-unconfirmed"
    ),
    "sendgrid-contacts": (
        "SendGrid's contacts include people who unsubscribed, bounced or complained. Import the suppressions, too, before you"
        " send"
    ),
    "mautic-contacts": (
        "Mautic's contacts include people who unsubscribed or bounced. Import its report of do-not-contact entries, too, before"
        " you send"
    ),
}


WORKBOOK = {
    "title_rows": "rows above the header that are not read: {number}",
    "hidden_rows": "hidden rows that are read, too: {number}",
    "hidden_columns": "hidden columns that are read, too: {number}",
    "merged": "groups of merged cells, of which only the first cell has the value: {number}",
    "formulas": "cells with a formula, of which the stored result is read: {number}",
    "unsaved_formulas": "of them without a stored result, which count as empty: {number}; save the file in a spreadsheet program",
    "faults": "cells with a fault such as #N/A, which count as empty: {number}",
    "has_macros": "the workbook has macros, which are not run",
}


@click.command("import", cls=bootstrap.DatabaseCommand)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--list", "slug", metavar="LIST", help="The list that the people join or left.")
@click.option("--consent", default="", help="Where and when these people agreed; kept for each person as the proof.")
@click.option(
    "--from", "format_name", metavar="SYSTEM", type=click.Choice(tuple(FORMATS)),
    help="What the file is, if its columns do not tell: such as sendgrid-bounces (docs/importing-people.md).",
)  # fmt: skip
@click.option(
    "--despite-leaving-another-list", "despite_left", metavar="REASON", default="",
    help="Also import people who left another list, and why that is right. It does not bring back anybody else.",
)  # fmt: skip
@click.option(
    "--measuring-document", metavar="NAME", default="",
    help="The document in which these people also agreed that their clicks are kept with their name; only if it says so.",
)  # fmt: skip
@click.option(
    "--map", "mapped", metavar="COLUMN=WHAT", multiple=True,
    help="What a column is: email, name, language, country, joined, state, attribute, attribute:NAME, or - for nothing.",
)  # fmt: skip
@click.option("--sheet", metavar="NAME", default="", help="The sheet of a workbook; without it, the first one that is visible.")
@click.option("--fill-only", is_flag=True, help="Of known people only fill in what is empty, and overwrite nothing.")
@click.option("--dry-run", is_flag=True, help="Check every row and change nothing.")
@click.option("--create-attributes", is_flag=True, help="Declare unknown columns as new attributes; at most 20.")
@click.option(
    "--encoding", metavar="NAME", default=None,
    help="The file's encoding, such as windows-1252; UTF-8, UTF-16 and GB18030 are recognised without it.",
)  # fmt: skip
@click.option(
    "--refused", "refused_path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the refused rows to this new file, each with its reason, so that you can correct and import them.",
)  # fmt: skip
def import_(
    file: Path, slug: str | None, consent: str, format_name: str | None, despite_left: str, measuring_document: str,
    mapped: tuple[str, ...], sheet: str, fill_only: bool, dry_run: bool, create_attributes: bool, encoding: str | None,
    refused_path: Path | None,
) -> None:  # fmt: skip
    """Import a CSV file or an .xlsx workbook with a column `email`, or an export of another system.

    It reads the exports of listmonk, Mailchimp, Ghost, Keila, SendGrid and Mautic.

    Good rows are imported. Bad rows are shown with the reason, and make the exit code 1. --list and --consent are needed unless
    the file only says who must not be mailed.

    FILE may be a pipe, or - for standard input. People who left, bounced, complained or were erased are not brought back,
    whatever the file says. Importing the same file twice has the same result as importing it once.

    Example: mailroom subscriber import people.csv --list news --consent "signed up at the 2027 fair" --refused bad.csv
    """
    from subscribers import mailing_lists
    from subscribers.importing import importer

    mailing_list = mailing_lists.find_list(slug) if slug else None
    source: Path | BinaryIO = sys.stdin.buffer if str(file) == "-" else file
    with output.bar(f"Importing {file.name}", STEPS) as advance:
        run = importer.import_file(
            bootstrap.actor(), source, mailing_list, consent=consent, dry_run=dry_run, create_attributes=create_attributes,
            encoding=encoding, refused_path=refused_path, progress=lambda _, fraction: advance(round(fraction * STEPS)),
            format_name=format_name, despite_left=despite_left, measuring_document=measuring_document, sheet=sheet,
            chosen=dict(map(_mapping, mapped)), fill_only=fill_only,
        )  # fmt: skip
    document = _document(run, refused_path)
    output.show(document, lambda: _tell(document))
    _tell_refusals(document)
    if document["refused"] or document["stopped"]:
        sys.exit(1)


def _mapping(text: str) -> tuple[str, str]:
    column, sign, what = text.rpartition("=")
    if not (column.strip() and sign and what.strip()):
        raise click.BadParameter(f"“{text}” is not COLUMN=WHAT", param_hint="--map")
    return column.strip(), what.strip()


def _document(run: ImportRun, refused_path: Path | None) -> dict[str, Any]:
    details = run.details
    return {
        "import": run.pk, "file": run.file_name, "list": run.list.slug if run.list else None, "dry_run": run.dry_run,
        "stopped": run.state == run.State.STOPPED,
        "format": run.format or None, "rows": run.rows_read, "created": run.created_count, "updated": run.updated_count,
        "unchanged": run.unchanged_count, "subscribed": run.subscribed_count,
        **{name: details.get(name, 0) for name in ("measured", "pending", "left", "suppressed", "addresses_suppressed")},
        "kept_out": run.kept_out_count, "refused": run.refused_count, "kept_out_reasons": details.get("kept_out", {}),
        "left_another_list": details.get("left_other", []), "details_left_out": details.get("left_out", 0),
        "left_out_at": details.get("left_out_at", []),
        "columns_not_read": details.get("not_read", []),
        "refused_file": refused_path if run.refused_count else None, "attributes": run.attributes,
        "headings": details.get("headings", {}), "workbook": run.choices.get("workbook"),
        "refusals": [_with_text(refusal) for refusal in run.refusals],
    }  # fmt: skip


def _with_text(refusal: dict[str, Any]) -> dict[str, Any]:
    """A refused row with its message and its hint, which are not stored where they would quote an address."""
    message, hint = ADDRESS_FAULTS.get(refusal["reason"], (refusal["reason"], ""))
    shown = {"message": refusal["message"] or message, "hint": refusal["hint"] or hint}
    return refusal | shown | ({"hint": hint} if shown["hint"] == shown["message"] else {})


def _tell(document: dict[str, Any]) -> None:
    if document["dry_run"]:
        output.say("Dry run, nothing was changed. An import would give:")
    if document["format"]:
        output.say(f"The file is recognised as: {document['format']}")
    names = ["rows", "created", "updated", "unchanged", "subscribed"]
    names += [name for name in ("measured", "pending", "left", "suppressed", "addresses_suppressed") if document[name]]
    output.show_facts([(name.replace("_", " "), document[name]) for name in [*names, "kept_out", "refused"]])
    for reason, count in document["kept_out_reasons"].items():
        output.say(f"kept out: {output.count(count, 'person')} {KEPT_OUT[reason]}")
    _tell_left_another(document)
    if gap := GAPS.get(document["format"] or ""):
        output.note(gap)
    _tell_workbook(document["workbook"] or {})
    if document["columns_not_read"]:
        columns = ", ".join(map(output.visible, document["columns_not_read"]))
        output.note(f"columns that were not read: {columns}; --create-attributes makes attributes of those that can be one")
    if document["headings"]:
        named = ", ".join(f"{name} is “{output.visible(heading)}”" for name, heading in document["headings"].items())
        output.say(f"New attributes that cannot be called as their columns: {named}")
    if document["details_left_out"]:
        _tell_left_out(document)
    if document["stopped"]:
        output.note("the import was stopped; import the file again for the rest")
    elif not document["rows"]:
        output.note("the file has no rows below its heading, so nothing was imported")


def _tell_workbook(facts: dict[str, Any]) -> None:
    """Say what of a sheet may not be as somebody sees it in the spreadsheet program."""
    for name, text in WORKBOOK.items():
        if number := facts.get(name):
            output.note(f"sheet “{output.visible(facts['sheet'])}”: " + text.format(number=int(number)))


def _tell_left_out(document: dict[str, Any]) -> None:
    verb = "was" if document["details_left_out"] == 1 else "were"
    output.note(
        f"{output.count(document['details_left_out'], 'detail')} could not be used and {verb} left out; the people count:"
    )
    for cell in document["left_out_at"][:20]:
        output.note(f"line {cell['line']}: {output.visible(cell['column'])}")
    if document["details_left_out"] > 20:
        output.note(f"and {output.visible(document['details_left_out'] - 20)} more")


def _tell_left_another(document: dict[str, Any]) -> None:
    for row in document["left_another_list"][:20]:
        output.note(f"line {row['line']}: this person left {output.visible(row['lists'])}")
    if (count := document["kept_out_reasons"].get("left_other", 0)) > 20:
        output.note(f"and {count - 20} more who left another list")
    if count:
        output.note("if they agreed to this list since: --despite-leaving-another-list REASON")


def _tell_refusals(document: dict[str, Any]) -> None:
    for refusal in document["refusals"][:20]:
        hint = f" — {refusal['hint']}" if refusal["hint"] else ""
        output.note(f"line {refusal['line']}: {output.visible(refusal['message'] + hint)}")
    if document["refused"] > 20:
        output.note(f"and {output.visible(document['refused'] - 20)} more rows")
    if document["refused"]:
        where = f"they are in {document['refused_file']}" if document["refused_file"] else "to keep them: --refused FILE"
        output.note(f"mailroom: {output.count(document['refused'], 'row')} refused; {where}")


@click.command(cls=bootstrap.DatabaseCommand)
@click.option("--list", "slug", metavar="LIST", required=True, help="The list to export.")
@click.option("--segment", "segment_slug", metavar="SEGMENT", default="", help="Export only the people in this segment.")
@click.option(
    "--to", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this new file instead of standard output.",
)  # fmt: skip
@click.option("--plain", is_flag=True, help="Write cells that a spreadsheet would calculate as they are; for programs.")
@click.option(
    "--columns", "codes", metavar="NAMES",
    help="Write only these columns, with commas: email,name,lists,list:news:joined,attribute:unit … `--columns ?` lists all.",
)  # fmt: skip
def export(slug: str, segment_slug: str, path: Path | None, plain: bool, codes: str | None) -> None:
    """Write the people of a list as CSV, in the format of `import`, each with the state of the subscription.

    Cells that a spreadsheet would calculate get an apostrophe in front, which `import` removes again. With --columns, or if FILE
    ends with .xlsx, the file is for people: you choose the columns, and it is not in the format of `import`. A spreadsheet has at
    most 100,000 people, and every cell is text.

    Example: mailroom subscriber export --list news --columns email,name,attribute:unit --to news.xlsx
    """
    from subscribers import mailing_lists
    from subscribers.importing import exporter
    from subscribers.segments import compiler, saved_segments

    if output.wants_json() and path is None:
        raise click.UsageError("--json needs --to FILE, because standard output cannot carry both", click.get_current_context())
    mailing_list = mailing_lists.find_list(slug)
    if codes is not None or (path and path.suffix.lower() == ".xlsx"):
        _export_columns(mailing_list, segment_slug, path, codes, plain)
        return
    people = compiler.matching(saved_segments.find(segment_slug).text) if segment_slug else None
    with output.new_file(path) as stream:
        count = exporter.export(bootstrap.actor(), stream, mailing_list, people=people, guard_formulas=not plain)
    _tell_exported(slug, segment_slug, path, count)


def _export_columns(mailing_list: MailingList, segment_slug: str, path: Path | None, codes: str | None, plain: bool) -> None:
    from subscribers.people import exporting
    from subscribers.people.people_filter import PeopleFilter
    from subscribers.segments import saved_segments

    if codes == "?":
        columns = [column.code for column in exporting.columns()]
        output.show({"columns": columns}, "\n".join(columns))
        return
    is_xlsx = path is not None and path.suffix.lower() == ".xlsx"
    if plain and is_xlsx:
        raise click.UsageError("--plain is for CSV: in a spreadsheet every cell is text", click.get_current_context())
    segment_id = saved_segments.find(segment_slug).pk if segment_slug else None
    column_codes = exporting.DEFAULT if codes is None else [code for part in codes.split(",") if (code := part.strip())]
    with output.new_file(path) as stream:
        count = exporting.write(
            bootstrap.actor(), PeopleFilter(list_id=mailing_list.pk, segment_id=segment_id), column_codes, stream.buffer,
            exporting.XLSX if is_xlsx else exporting.CSV, headings={}, terms={}, guard_formulas=not plain,
        )  # fmt: skip
    _tell_exported(mailing_list.slug, segment_slug, path, count)


def _tell_exported(slug: str, segment_slug: str, path: Path | None, count: int) -> None:
    document = {"list": slug, "segment": segment_slug or None, "file": path, "people": count}
    if path is not None:
        output.show(document, f"{path}: {output.count(count, 'person')}")
