"""`mailroom subscriber why`, `history` and `export-data`: what is on record about one person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import WholeNumber
from cli.subscriber.person_lookup import find
from config.env import LANGUAGE_CODES

if TYPE_CHECKING:
    from subscribers.records.history import HistoryEntry


@click.command(cls=bootstrap.DatabaseCommand)
@click.argument("address")
@click.option(
    "--campaign", "campaign_id", metavar="ID", type=WholeNumber(1), required=True,
    help="The campaign; mailroom campaign ls shows all.",
)  # fmt: skip
def why(address: str, campaign_id: int) -> None:
    """Explain why a person got a campaign or did not, with every step on record.

    ADDRESS is the person's present address, or # and the number of a record.

    Example: mailroom subscriber why wei@example.org --campaign 3
    """
    from campaigns.launch_guards import find_campaign
    from campaigns.reporting import why as answers

    explanation = answers.explain(address, find_campaign(campaign_id))
    document = {"address": address, **explanation.as_dict()}
    output.show(document, lambda: _tell(document, explanation.is_unmeasured))


def _tell(document: dict[str, Any], is_unmeasured: bool) -> None:
    from campaigns.reporting.why_texts import MEANINGS, REASONS
    from cli.texts import why_texts

    name = output.visible(document["name"])
    output.say(f"{output.visible(document['address'])} and campaign {document['campaign']}, “{name}”")
    output.say(why_texts.sentence(MEANINGS, document["meaning"]))
    if is_unmeasured:
        output.say(why_texts.NOT_MEASURED)
    for reason in document["reasons"]:
        when = f" ({output.visible(reason['at'])})" if reason["at"] else ""
        output.say(f"- {why_texts.sentence(REASONS, reason)}{when}")
    if document["steps"]:
        rows = [[step["at"], why_texts.sentence(why_texts.STEPS, step)] for step in document["steps"]]
        output.show_table(("at", "what happened"), rows)
    elif any(reason["at"] for reason in document["reasons"]):
        output.say(f"Times are in {output.zone()}.")


@click.command(cls=bootstrap.DatabaseCommand)
@click.argument("address")
def history(address: str) -> None:
    """Show a person's history: what they agreed to and withdrew, and what was changed, with times.

    Example: mailroom subscriber history wei@example.org
    """
    from subscribers.records import history as timeline

    person = find(address)
    entries = timeline.of_person(person)
    document = {"subscriber": person.pk, "history": [entry._asdict() for entry in entries]}
    rows = [[entry.at, entry.what.replace("_", " "), entry.list, _details(entry)] for entry in entries]
    output.show(document, lambda: output.show_table(("at", "what", "list", "detail"), rows, empty="nothing is on record"))


def _details(entry: HistoryEntry) -> str:
    """The facts of one line in a fixed order; ids of rows are only in the JSON."""
    detail = entry.detail
    parts = [entry.by, _door(str(detail.get("source", ""))), str(detail.get("proof", "")).replace("_", " ")]
    forms = (("file", "{}"), ("line", "line {}"), ("day", "on {}"))  # of an import
    parts.append(", ".join(form.format(detail[name]) for name, form in forms if detail.get(name)))
    parts += [f"“{detail[name]}”" for name in ("wording", "consent") if detail.get(name)]
    if detail.get("changed"):
        parts.append(", ".join(map(str, detail["changed"])))
    if "other" in detail:
        parts.append(f"with subscriber {detail['other']}")
    return "; ".join(part for part in parts if part and part != "none")


def _door(source: str) -> str:
    from campaigns.reporting.why_texts import DOORS

    number = source.removeprefix("import:")
    return f"import {number}" if number != source else DOORS.get(source, source)


@click.command("export-data", cls=bootstrap.DatabaseCommand)
@click.argument("address")
@click.option("--to", "path", type=click.Path(path_type=Path), help="Write the JSON to this new file instead of standard output.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Also write a readable page to this new file.")
@click.option("--language", type=click.Choice(LANGUAGE_CODES), default="en", show_default=True, help="The page's language.")
def export_data(address: str, path: Path | None, page: Path | None, language: str) -> None:
    """Write everything that is stored about one person as JSON, to give it to them.

    The people of a list are written by mailroom subscriber export.

    Example: mailroom subscriber export-data wei@example.org --to wei.json --html wei.html
    """
    from campaigns.reporting import person_export, person_page
    from config import private_files
    from subscribers.consent.ledger import Proof

    person = find(address)
    for file in (path, page):
        if file is not None:
            private_files.refuse_existing(file)
    document = person_export.hand_over(bootstrap.actor(), person, source="cli", proof=Proof.STATEMENT)
    if page is not None:
        with output.new_file(page) as stream:
            stream.write(person_page.render_page(document, language))
    if path is None and (page is None or output.wants_json()):
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if path is not None:
        with output.new_file(path) as stream:
            stream.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    written = [str(file) for file in (path, page) if file is not None]
    output.show({"subscriber": person.pk, "files": written}, f"Written: {', '.join(written)}. Only you can read the files.")
