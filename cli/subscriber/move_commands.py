"""`mailroom subscriber export-all` and `import-all`: all people of an installation in one file."""

from pathlib import Path

import click

from cli import bootstrap, output

_FACTS = (
    ("lists.csv", "lists"), ("people.csv", "people"), ("subscriptions.csv", "subscriptions"),
    ("suppressions.csv", "suppressions"), ("suppressed-domains.csv", "suppressed domains"),
    ("consent.csv", "records of consent"), ("imports.csv", "imports"),
)  # fmt: skip


@click.command("export-all", cls=bootstrap.DatabaseCommand)
@click.option(
    "--to", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), required=True,
    help="Write this new file, such as people.zip; only you can read it.",
)  # fmt: skip
def export_all(path: Path) -> None:
    """Write all people to one file for another installation: lists, subscriptions, consent, suppressions, attributes.

    People who were erased are not carried; not-carried.csv in the file lists them by number. docs/moving.md describes the file.

    Example: mailroom subscriber export-all --to people.zip
    """
    from subscribers.moving import move_file

    with output.busy("Writing all people"):
        moved = move_file.write_people(bootstrap.actor(), path)
    document = {"file": path, "rows": moved.rows, "not_carried": moved.not_carried}
    output.show(document, lambda: _tell(moved.rows, moved.not_carried))


@click.command("import-all", cls=bootstrap.DatabaseCommand)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_all(file: Path) -> None:
    """Import the file of export-all into an installation without people; all of it, or nothing.

    Every person has the same state, dates, origin and consent on every list afterwards. Nobody is mailed.

    Example: mailroom subscriber import-all people.zip
    """
    from subscribers.moving import move_file

    with output.busy("Importing all people"):
        moved = move_file.read_people(bootstrap.actor(), file)
    document = {"file": file, "rows": moved.rows, "not_carried": moved.not_carried}
    output.show(document, lambda: _tell(moved.rows, moved.not_carried))


def _tell(rows: dict[str, int], not_carried: dict[str, int]) -> None:
    output.show_facts([(label, rows[file]) for file, label in _FACTS])
    for what, count in sorted(not_carried.items()):
        output.note(f"not carried: {output.count(count, what)}")
    if not_carried:
        output.note("they are listed by number in not-carried.csv; their addresses are not stored any more")
