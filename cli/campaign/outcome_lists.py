"""Lists the people behind one number of a report: as a table, or streamed as CSV or JSON so that memory stays small."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from cli import bootstrap, output

if TYPE_CHECKING:
    from campaigns.reporting.reports import Person

# Those of campaigns.reporting.reports, which the help must not import (a test compares).
OUTCOMES = ("bounced", "dropped", "complained", "skipped", "failed", "unsubscribed")
SHOWN = 100
WITH_CSV = click.option("--csv", "as_csv", is_flag=True, help="With --people: all of them as CSV.")
TO = click.option(
    "--to", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="With --csv: write there, not to standard output.",
)  # fmt: skip
LIMIT = click.option(
    "--limit", type=click.IntRange(1), default=None, help=f"With --people: at most so many; of the table without it {SHOWN}."
)


def show(campaign_id: int, outcome: str, *, as_csv: bool, as_json: bool, path: Path | None, limit: int | None) -> None:
    """Print everybody with this outcome, one row each."""
    from campaigns.reporting import reports
    from publication import audit

    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two formats; give one of them", click.get_current_context())
    if path is not None and not as_csv:
        raise click.UsageError("--to needs --csv", click.get_current_context())
    if not as_csv and not as_json:
        count = _tell(campaign_id, outcome, limit or SHOWN)
    elif as_json:
        head = {"campaign": campaign_id, "outcome": outcome}
        count = _write_json(sys.stdout, head, reports.people(campaign_id, outcome, most=limit))
    else:
        with output.new_file(path) as stream:
            count = _write_csv(stream, reports.people(campaign_id, outcome, most=limit))
        if path is not None:
            output.say(f"{path}: {output.count(count, 'person', 'people')}")
    audit.record(bootstrap.actor(), "list_people", None, campaign=campaign_id, outcome=outcome, rows=count)


def _write_csv(stream: TextIO, found: Iterator[Person]) -> int:
    from campaigns.reporting import reports

    writer = csv.writer(stream)
    rows = 0
    for row in reports.as_cells(found):
        writer.writerow(row)
        rows += 1
    return rows - 1  # without the header


def _write_json(stream: TextIO, head: dict[str, Any], found: Iterator[Person]) -> int:
    """One document, written row by row: memory does not grow with the number of people."""
    stream.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "people": [')
    count = 0
    for count, each in enumerate(found, 1):
        row = each._asdict() | {"at": each.at and each.at.isoformat()}
        stream.write(("," if count > 1 else "") + "\n  " + json.dumps(row, ensure_ascii=False))
    stream.write("\n]}\n")
    return count


def _tell(campaign_id: int, outcome: str, most: int) -> int:
    from campaigns.reporting import reports

    found = reports.people(campaign_id, outcome, most=most + 1)
    rows = [
        [each.address or f"(erased, subscriber {each.subscriber})", each.name, each.reason, each.at]
        for each in islice(found, most)
    ]
    output.show_table(("address", "name", "reason", "at (UTC)"), rows, empty=f"nobody of campaign {campaign_id} is {outcome}")
    if next(found, None) is not None:
        output.say(f"and more; mailroom campaign report {campaign_id} --people {outcome} --csv --to FILE writes all of them")
    return len(rows)
