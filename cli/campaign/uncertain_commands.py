"""`mailroom uncertain`: batches whose recipients may or may not have received the mail: list, show, settle."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.campaign.campaign_facts import find, webhook_words
from cli.click_extensions import WholeNumber, with_yes
from cli.texts.campaign_states import recipient_label

if TYPE_CHECKING:
    from campaigns.models import Attempt
    from campaigns.recovery.uncertain_slices import Uncertain

WAITS = {
    "events": "the provider's events",
    "policy": "the policy settle=resend",
    "release": "the release time of its request, which was taken back:",
    "operator": "your decision",
}
JOINED = {"events": " until ", "policy": ", from ", "release": " "}  # between what it waits for and the moment
DONE = {"resend": "will be sent again", "abandon": "will not be sent again"}


@click.group(cls=bootstrap.DatabaseGroup)
def uncertain() -> None:
    """Recipients who may or may not have received a mail: list, show, settle.

    They wait for evidence from the provider first; without any, they need your decision.

    Example: mailroom uncertain ls
    """


@uncertain.command("ls")
@click.option("--campaign", "campaign_id", type=WholeNumber(1), help="List only this campaign.")
def ls(campaign_id: int | None) -> None:
    """List every uncertain batch: how many people, what is known, and what it waits for.

    Example: mailroom uncertain ls --campaign 7
    """
    from campaigns.recovery import uncertain_slices
    from campaigns.tracking import webhook_health

    if campaign_id is not None:
        find(campaign_id)
    batches = uncertain_slices.uncertain(campaign_id)
    document = {
        "campaign": campaign_id, "uncertain": sum(batch.people for batch in batches),
        "webhook": webhook_health.webhook_health().as_dict(), "slices": [asdict(batch) for batch in batches],
    }  # fmt: skip
    output.show(document, lambda: tell_list(batches))


def tell_list(batches: list[Uncertain]) -> None:
    """Print a table of uncertain batches, and the webhook's health, which decides whether evidence can come."""
    rows = [
        [str(batch.slice), str(batch.campaign), recipient_label(batch.shown_state), batch.people, batch.since,
         str(batch.attempt or "none"), str(batch.http_status or "no answer"), batch.detail,
         str(batch.events), _waits(batch)] for batch in batches
    ]  # fmt: skip
    columns = ("batch", "campaign", "state", "people", "since", "attempt", "HTTP", "what is known", "events", "waits for")
    output.show_table(columns, rows, empty="Nobody is uncertain.")
    if batches:
        output.say(f"{output.count(sum(batch.people for batch in batches), 'person')} may or may not have received this.")
        output.say(webhook_words())
        output.say("See more: mailroom uncertain show BATCH. Decide: mailroom uncertain settle BATCH")


def _waits(batch: Uncertain) -> str:
    text = WAITS[batch.waits_for]
    if batch.until is not None:
        text += f"{JOINED[batch.waits_for]}{output.visible(batch.until)}"
    return text + (f" ({batch.waiting} not processed yet)" if batch.waiting else "")


@uncertain.command()
@click.argument("slice_id", metavar="[BATCH]", type=WholeNumber(1), required=False)
@click.option("--attempt", "attempt_id", type=WholeNumber(1), help="Show the batch of this attempt instead.")
@click.option("--people", "with_people", is_flag=True, help="Also list everybody's address.")
def show(slice_id: int | None, attempt_id: int | None, with_people: bool) -> None:
    """Show everything on record about one uncertain batch: its attempts, answers, events, log and people.

    Example: mailroom uncertain show 12 --people
    """
    from campaigns.recovery import uncertain_slices

    if (slice_id is None) == (attempt_id is None):
        raise click.UsageError("name one batch, or one attempt with --attempt; mailroom uncertain ls lists both")
    whole = uncertain_slices.whole(slice_id if slice_id is not None else uncertain_slices.slice_of_attempt(attempt_id or 0))
    document: dict[str, Any] = asdict(whole.uncertain) | {
        "attempts": [_attempt(attempt) for attempt in whole.attempts],
        "log": [
            {"at": line.at, "kind": line.kind, "attempt": line.attempt_id, "actor": str(line.actor or ""), "detail": line.detail}
            for line in whole.log
        ],
        "subscribers": [
            {"subscriber": person} | ({"address": address} if with_people else {}) for person, address in whole.people
        ],
    }
    output.show(document, lambda: _tell(document, whole.uncertain, with_people))


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.pk, "worker": attempt.worker, "size": attempt.size, "gate_at": attempt.gate_at,
        "ended_at": attempt.ended_at, "outcome": attempt.outcome, "http_status": attempt.http_status,
        "message_id": attempt.message_id, "detail": attempt.detail, "send_at": attempt.send_at,
        "fenced_at": attempt.fenced_at, "evidence_at": attempt.evidence_at,
    }  # fmt: skip


NAMES = {"slice": "batch", "gate_at": "request sent at", "send_at": "to be released at", "fenced_at": "taken back at"}


def _tell(document: dict[str, Any], batch: Uncertain, with_people: bool) -> None:
    hidden = {"attempts", "log", "subscribers", "waits_for", "until"}
    shown = document | {"state": recipient_label(batch.shown_state)}
    facts = [(NAMES.get(name, name.replace("_", " ")), value) for name, value in shown.items() if name not in hidden]
    output.show_facts([*facts, ("waits for", _waits(batch))])
    rows = [
        [str(attempt["attempt"]), attempt["size"], attempt["gate_at"], recipient_label(attempt["outcome"] or "open"),
         str(attempt["http_status"] or "no answer"), attempt["message_id"] or "none", attempt["detail"], attempt["worker"]]
        for attempt in document["attempts"]
    ]  # fmt: skip
    columns = ("attempt", "people", "request sent at", "outcome", "HTTP", "X-Message-Id", "detail", "worker")
    output.show_table(
        columns, rows, empty="No attempt is on record. It may have been made in a part of the database that was lost."
    )
    if document["log"]:
        lines = [[line["at"], recipient_label(line["kind"]), line["detail"], line["actor"]] for line in document["log"]]
        output.show_table(("at", "what", "detail", "who"), lines)
    if with_people:
        people = [[str(person["subscriber"]), person["address"] or "(erased)"] for person in document["subscribers"]]
        output.show_table(("subscriber", "address"), people)


@uncertain.command()
@click.argument("slice_ids", metavar="[BATCH]...", type=WholeNumber(1), nargs=-1)
@click.option("--campaign", "campaign_id", type=WholeNumber(1), help="With --all: the campaign.")
@click.option("--all", "everything", is_flag=True, help="Settle all uncertain batches of --campaign.")
@click.option(
    "--resend", "decision", flag_value="resend", help="Send again: recipients who already received it will get a duplicate."
)
@click.option(
    "--abandon", "decision", flag_value="abandon", help="Do not send again: recipients who did not receive it will never get it."
)
@click.option("--reason", default="", metavar="TEXT", help="What you found out; it stays on record.")
@click.option("--force", is_flag=True, help="Decide although events are not processed yet or the provider may still send it.")
@with_yes
def settle(
    slice_ids: tuple[int, ...], campaign_id: int | None, everything: bool, decision: str | None, reason: str, force: bool,
    yes: bool,
) -> None:  # fmt: skip
    """Decide what happens to uncertain batches: send them again, or never again. Shows the numbers and asks first.

    Example: mailroom uncertain settle 12 13 --abandon --reason "the provider's log has them"
    """
    from campaigns.recovery import uncertain_slices

    if decision is None:
        raise click.UsageError("choose --resend or --abandon")
    if not reason.strip():
        raise click.UsageError("give a reason with --reason; it stays on record")
    if everything != (campaign_id is not None) or everything == bool(slice_ids):
        raise click.UsageError("name batches, or give --campaign ID --all; mailroom uncertain ls lists what is uncertain")
    undecided = uncertain_slices.uncertain(find(campaign_id).pk if campaign_id else None, None if everything else list(slice_ids))
    chosen = sorted({batch.slice for batch in undecided} if everything else set(slice_ids))
    if not chosen:
        output.show({"slices": [], "campaigns": [], "people": 0}, "Nobody is uncertain.")
        return
    if undecided and not yes:
        _warn(undecided, decision)
    question = f"{'Send again' if decision == 'resend' else 'Never send again'} {output.count(len(chosen), 'batch')}?"
    decided = bootstrap.confirmed(
        question,
        yes,
        lambda: uncertain_slices.decide(bootstrap.actor(), chosen, decision, reason, force=force),  # type: ignore[arg-type]
    )
    bootstrap.wake("run_due_work")
    people, batches = output.count(decided.people, "person"), output.count(len(decided.slices), "batch")
    output.show(asdict(decided), f"{people} in {batches} {DONE[decision]}.")


def _warn(batches: list[Uncertain], decision: str) -> None:
    people = output.count(sum(batch.people for batch in batches), "person")
    earliest = min((batch.since for batch in batches if batch.since), default=None)
    since = output.moment(earliest) if earliest else "a restore"
    output.note(f"{people} in {output.count(len(batches), 'batch')}, uncertain since {since}.")
    output.note(webhook_words())
    output.note(
        "Recipients who already received it will get a duplicate."
        if decision == "resend"
        else "Recipients who did not receive it will never get it."
    )
