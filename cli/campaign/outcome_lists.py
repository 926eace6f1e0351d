"""Lists the people behind one number of a report: as a table, or streamed as CSV or JSON so that memory stays small."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import WholeNumber

if TYPE_CHECKING:
    from campaigns.reporting.reports import Person

# The same as in campaigns.reporting.reports, which the help must not import; a test compares them.
OUTCOMES = (
    "accepted", "delivered", "measured", "clicked", "not_clicked", "uncertain", "bounced", "dropped", "complained", "skipped",
    "failed", "unsubscribed",
)  # fmt: skip
VERBS = {
    "accepted": "was accepted by the provider", "delivered": "got it", "measured": "is measured", "clicked": "clicked",
    "not_clicked": "is known not to have clicked", "uncertain": "is uncertain",
    "bounced": "bounced", "dropped": "was dropped", "complained": "complained", "skipped": "was skipped", "failed": "failed",
    "unsubscribed": "unsubscribed through it",
}  # fmt: skip
SHOWN = 100
PEOPLE = click.option(
    "--people", "outcome", type=click.Choice(OUTCOMES), help="List the people with this outcome, with the reason."
)
WITH_CSV = click.option("--csv", "as_csv", is_flag=True, help="Print the numbers as CSV; with --people, all of these people.")
TO = click.option(
    "--to", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="With --csv: write to this new file instead of standard output.",
)  # fmt: skip
LIMIT = click.option(
    "--limit", type=WholeNumber(1), default=None, help=f"With --people: list at most this many; without it, a table has {SHOWN}."
)


def show(campaign_id: int, outcome: str, *, as_csv: bool, path: Path | None, limit: int | None) -> None:
    """Print the people with this outcome, one row each."""
    from campaigns.reporting import reports
    from publication import audit

    require_csv_alone(as_csv=as_csv, path=path)
    if output.wants_json():
        head = {"campaign": campaign_id, "outcome": outcome}
        count = _write_json(head, reports.people(campaign_id, outcome, most=limit))
    elif as_csv:
        with output.new_file(path) as stream:
            rows = reports.as_cells(reports.people(campaign_id, outcome, most=limit))
            count = sum(1 for _ in map(csv.writer(stream).writerow, rows)) - 1  # without the header
        if path is not None:
            output.say(f"{path}: {output.count(count, 'person')}")
    else:
        count = _tell(campaign_id, outcome, limit or SHOWN)
    audit.record(bootstrap.actor(), "list_people", None, campaign=campaign_id, outcome=outcome, rows=count)


def require_csv_alone(*, as_csv: bool, path: Path | None) -> None:
    """Refuse --csv together with --json, and --to without --csv."""
    if as_csv and output.wants_json():
        raise click.UsageError("--csv and --json exclude each other; give one of them", click.get_current_context())
    if path is not None and not as_csv:
        raise click.UsageError("--to needs --csv", click.get_current_context())


def _write_json(head: dict[str, Any], people: Iterator[Person]) -> int:
    """One document, written row by row: memory does not grow with the number of people."""
    sys.stdout.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "people": [')
    count = 0
    for count, person in enumerate(people, 1):
        row = person._asdict() | {"at": person.at and person.at.isoformat()}
        sys.stdout.write(("," if count > 1 else "") + "\n  " + json.dumps(row, ensure_ascii=False))
    sys.stdout.write("\n]}\n")
    return count


def _tell(campaign_id: int, outcome: str, most: int) -> int:
    from campaigns.reporting import reports

    people = reports.people(campaign_id, outcome, most=most + 1)
    rows = [
        [person.address or f"(erased, subscriber {person.subscriber})", person.name, person.reason, person.at]
        for person in islice(people, most)
    ]
    output.show_table(("address", "name", "reason", "at"), rows, empty=f"no recipient of campaign {campaign_id} {VERBS[outcome]}")
    if next(people, None) is not None:
        command = f"mailroom campaign report {campaign_id} --people {outcome} --csv --to FILE"
        output.say(f"There are more. To write all of them: {command}")
    return len(rows)
