"""`mailroom suppression sync` and `provider`: the provider's suppression lists. The worker makes all calls."""

import sys
import time
from dataclasses import asdict
from typing import Any

import click

from cli import bootstrap, output
from cli.click_extensions import Seconds
from cli.error_reporting import CliError

COUNTS = {
    "read": "read",
    "suppressed": "suppressed",
    "known": "known here",
    "removals": "to remove there",
    "lifted": "lifted before",
    "senders_fault": "sender's fault",
    "mailbox": "mailbox full",
    "ours": "ours",
    "stale": "ours, ended",
}


@click.command(cls=bootstrap.DatabaseCommand)
@click.option("--pull", is_flag=True, help="Only read the provider's lists.")
@click.option("--push", is_flag=True, help="Only send our complaints and manual suppressions.")
@click.option("--full", is_flag=True, help="Read the lists from their beginning, not only what is new.")
@click.option("--dry-run", is_flag=True, help="Change nothing; report what would change.")
@click.option("--wait", is_flag=True, help="Follow the run until it has ended; exit code 1 if it failed.")
@click.option("--timeout", type=Seconds(min=0), metavar="SECONDS", help="Stop following after this time, with exit code 1.")
def sync(pull: bool, push: bool, full: bool, dry_run: bool, wait: bool, timeout: float | None) -> None:
    """Synchronise the suppressions with the provider's lists. Plans the run; the worker does it.

    Without --pull or --push it does both. The result of each run is shown by `mailroom suppression provider`.

    Example: mailroom suppression sync --full --dry-run --wait
    """
    from django.conf import settings

    from campaigns.suppression_sync import sync_runs
    from worker.wake import wake

    if full and push and not pull:
        raise CliError("--full is about reading, and --push reads nothing", "leave one of them out, or add --pull")
    both = pull == push
    run = sync_runs.plan(bootstrap.actor(), pulls=both or pull, pushes=both or push, full=full, dry_run=dry_run)
    wake("sync_lists")
    if not settings.SENDGRID_API_KEY:
        output.note("mailroom: no API key is set here; if the worker has none either, the run waits until it has one")
    if not wait:
        message = f"Planned as run {run.pk}; the worker does it. See how far it is: mailroom suppression provider"
        output.show(sync_runs.describe(run.pk), message)
        return
    document, ended = _follow(run.pk, timeout)
    output.show(document, lambda: _tell(document))
    if not ended:
        output.note(f"mailroom: the time is up; run {run.pk} continues as long as a worker runs")
    if document["state"] != "done":
        sys.exit(1)


def _follow(run_id: int, timeout: float | None) -> tuple[dict[str, Any], bool]:
    from campaigns.suppression_sync import sync_runs

    deadline = None if timeout is None else time.monotonic() + timeout
    shown = ""
    with output.screen() as draw:
        while True:
            document = sync_runs.describe(run_id)
            line = _progress(document)
            if line != shown:
                draw(line)
                shown = line
            if document["state"] in ("done", "failed"):
                return document, True
            if deadline is not None and time.monotonic() >= deadline:
                return document, False
            time.sleep(0.5)


def _progress(document: dict[str, Any]) -> str:
    read = ", ".join(f"{name} {output.visible(counts.get('read', 0))}" for name, counts in document["lists"].items())
    waits = f", waits: {document['detail']}" if document["detail"] and document["state"] != "done" else ""
    return f"run {document['run']}: {document['state']}{', read ' + read if read else ''}{waits}"


def _tell(document: dict[str, Any]) -> None:
    facts = ("run", "state", "planned_at", "started_at", "ended_at", "not_before", "detail")
    rows = [(name.replace("_", " "), document[name]) for name in facts]
    kind = [word for word, on in (("pull", document["pulls"]), ("push", document["pushes"])) if on]
    kind += ["full"] * document["full"] + ["dry run, nothing was changed"] * document["dry_run"]
    pushed = "to put on the global unsubscribes" if document["dry_run"] else "planned for the global unsubscribes"
    output.show_facts([*rows[:2], ("kind", ", ".join(kind)), *rows[2:], (pushed, document["pushed"])])
    if document["lists"]:
        shown = [name for name in COUNTS if any(counts.get(name) for counts in document["lists"].values()) or name == "read"]
        table = [[name, *(counts.get(column, 0) for column in shown)] for name, counts in document["lists"].items()]
        output.show_table(("list", *(COUNTS[column] for column in shown)), table)


@click.command(cls=bootstrap.DatabaseCommand)
@click.option("--retry", is_flag=True, help="Retry the changes that failed.")
def provider(retry: bool) -> None:
    """Show the latest synchronisation, and how many changes at the provider's lists are planned, done, or failed.

    Example: mailroom suppression provider
    """
    from campaigns.provider_lists import lifting, list_changes
    from campaigns.suppression_sync import sync_runs
    from worker.wake import wake

    retried = list_changes.retry(bootstrap.actor()) if retry else 0
    if retried:
        wake("sync_lists")
    changes = {"removals": asdict(list_changes.counts(list_changes.REMOVE)), "additions": asdict(list_changes.counts("add"))}
    runs = {"run": sync_runs.latest(), "dry_run": sync_runs.latest(dry_run=True)}
    document = {
        **changes,
        "being_lifted": lifting.under_way(),
        "retried": retried,
        "last_fault": list_changes.last_fault() or None,
        **{name: sync_runs.describe(run.pk) if run else None for name, run in runs.items()},
    }
    output.show(document, lambda: _tell_provider(document))


def _tell_provider(document: dict[str, Any]) -> None:
    rows = [[name, *document[name].values()] for name in ("removals", "additions")]
    output.show_table(("changes", "planned", "done", "failed"), rows)
    facts = ("being_lifted", "retried", "last_fault")
    output.show_facts((name.replace("_", " "), document[name] or None) for name in facts)
    for name, heading in (("run", "The latest synchronisation:"), ("dry_run", "The latest dry run:")):
        if document[name]:
            output.say(f"\n{heading}")
            _tell(document[name])
    if not document["run"]:
        output.say("The suppressions were never synchronised with the provider's lists.")
