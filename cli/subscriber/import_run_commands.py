"""`mailroom import`: the imports of people, the end of one that runs, and the undo of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import WholeNumber, with_yes

if TYPE_CHECKING:
    from subscribers.models import ImportRun

# Why an undo leaves somebody alone.
TOUCHED = {
    "mailed": "have got mail since, or are about to",
    "edited": "were edited since",
    "decided": "decided something since, or staff did for them",
    "left": "left the list",
    "suppressed": "were suppressed since",
    "imported_again": "are in a later import",
    "merged": "were merged with another record",
    "erased": "were erased",
}


@click.group("import", cls=bootstrap.DatabaseGroup)
def imports() -> None:
    """Imports of people: list them, stop one, undo one.

    Example: mailroom import ls
    """


@imports.command("ls")
@click.option("--limit", type=WholeNumber(1), default=50, show_default=True, help="Show at most this many, the newest first.")
def ls(limit: int) -> None:
    """List the imports, from the command line and from the console.

    Example: mailroom import ls
    """
    from subscribers import models
    from subscribers.importing.runs import corrected_rows

    runs = list(models.ImportRun.objects.select_related("list", "actor").order_by("-pk")[:limit])
    handled = corrected_rows.handled_in(*runs)
    columns = ("import", "file", "list", "state", "rows", "created", "updated", "refused", "by", "began")
    output.show_list(
        "imports", [_document(run, len(handled[run.pk].lines)) for run in runs], columns, empty="nobody has imported a file yet"
    )


@imports.command()
@click.argument("number", metavar="IMPORT", type=WholeNumber(1))
def stop(number: int) -> None:
    """Stop an import that waits or runs, in the console or on the command line.

    The rows that it is at are not imported. What it has imported until then stays, and can be undone. To go on, import the file
    again: nobody is imported twice.

    Example: mailroom import stop 12
    """
    from subscribers.importing import undo as undoing
    from subscribers.importing.runs import import_runs

    run = undoing.find(number)
    import_runs.stop(bootstrap.actor(), run)
    document = {"import": run.pk, "state": run.state, "rows": run.rows_read, "subscribed": run.subscribed_count}
    output.show(document, lambda: _tell_stopped(document))


def _tell_stopped(document: dict[str, Any]) -> None:
    if document["state"] == "draft":
        output.say(f"Import {document['import']} was only checked: nothing was imported, and its draft stays.")
        return
    output.say(
        f"Import {document['import']} {'is' if document['state'] == 'stopped' else 'is being'} stopped."
        f" Imported until now: {output.count(document['rows'], 'row')}, of which {document['subscribed']} joined the list."
    )


@imports.command()
@click.argument("number", metavar="IMPORT", type=WholeNumber(1))
@with_yes
def undo(number: int, yes: bool) -> None:
    """Undo an import, up to 30 days after it: take those off the list whom nobody has mailed or changed since.

    People whom the import made are deleted. Who left by the file stays off the list, and suppressions that it brought stay.
    Changed details stay as they are.

    Example: mailroom import undo 12
    """
    from subscribers.importing import undo as undoing

    run = undoing.find(number)
    if (fault := undoing.why_not(run)) is not None:
        raise fault
    counted = undoing.count(run)
    question = f"Undo the import of {run.file_name}?"
    if counted:
        question = (
            f"Undo the import of {run.file_name}: end {output.count(counted['ended'], 'subscription')}, and delete"
            f" {output.count(counted['deleted'], 'person')}? Left alone: {output.count(sum(counted['kept'].values()), 'person')}."
            f" {output.count(counted['updated'], 'person')} keep the details that the import brought."
        )
    output.ask(question, yes)
    run = undoing.undo(bootstrap.actor(), run)
    document = {"import": run.pk, **{name: run.undone.get(name) for name in ("ended", "deleted", "kept", "updated")}}
    output.show(document, lambda: _print_undone(document))


def _print_undone(document: dict[str, Any]) -> None:
    output.say(
        f"Import {document['import']} is undone: {output.count(document['ended'], 'subscription')} ended,"
        f" {output.count(document['deleted'], 'person')} deleted."
    )
    for reason, number in document["kept"].items():
        output.say(f"left alone: {output.count(number, 'person')} {TOUCHED.get(reason, reason)}")
    if document["updated"]:
        output.note(f"{output.count(document['updated'], 'person')} keep the details that the import brought")


def _document(run: ImportRun, handled: int) -> dict[str, Any]:
    return {
        "import": run.pk, "file": run.file_name, "list": run.list.slug if run.list else None,
        "state": "trial" if run.dry_run and run.state == "done" else run.state, "rows": run.rows_read,
        "created": run.created_count, "updated": run.updated_count, "refused": run.refused_count - handled,
        "by": run.actor.name, "began": run.started_at,
    }  # fmt: skip
