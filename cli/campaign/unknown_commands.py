"""`mailroom unknown`: slices whose recipients may or may not have received the mail: list, show, settle."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.campaign.campaign_facts import find, webhook_words
from cli.click_extensions import with_yes

if TYPE_CHECKING:
    from campaigns.models import Attempt
    from campaigns.recovery.uncertain_slices import Uncertain

WAITS = {
    "events": "the provider's events",
    "policy": "the policy settle=resend",
    "release": "its release, taken back",
    "operator": "an operator",
}
DONE = {"resend": "will be sent again", "abandon": "are given up"}


@click.group(cls=bootstrap.DatabaseGroup)
def unknown() -> None:
    """Whoever may or may not have received a mail: list, show, settle.

    Example: mailroom unknown ls
    """


@unknown.command("ls")
@click.option("--campaign", "campaign_id", type=click.IntRange(1), help="Only those of this campaign.")
def ls(campaign_id: int | None) -> None:
    """List every uncertain slice: how many people, what is known, and what it waits for.

    Example: mailroom unknown ls --campaign 7
    """
    from campaigns.recovery import uncertain_slices
    from campaigns.tracking import webhook_health

    if campaign_id is not None:
        find(campaign_id)
    found = uncertain_slices.uncertain(campaign_id)
    document = {
        "campaign": campaign_id, "uncertain": sum(one.people for one in found),
        "webhook": asdict(webhook_health.webhook_health()), "slices": [asdict(one) for one in found],
    }  # fmt: skip
    output.show(document, lambda: tell_list(found))


def tell_list(found: list[Uncertain]) -> None:
    """A table of uncertain slices, and what it depends on whether they stay so."""
    rows = [
        [str(one.slice), str(one.campaign), one.state, one.people, one.since, str(one.attempt or "none"),
         str(one.http_status or "no answer"), one.detail, str(one.events), _waits(one)] for one in found
    ]  # fmt: skip
    columns = ("slice", "campaign", "state", "people", "since (UTC)", "attempt", "HTTP", "what is known", "events", "waits for")
    output.show_table(columns, rows, empty="nothing is uncertain")
    if found:
        output.say(f"{output.count(sum(one.people for one in found), 'person')} may or may not have received this.")
        output.say(webhook_words())
        output.say("mailroom unknown show SLICE tells more; mailroom unknown settle SLICE decides.")


def _waits(one: Uncertain) -> str:
    words = WAITS[one.waits_for] + (f", from {output.visible(one.until)}" if one.waits_for in ("policy", "release") else "")
    if one.waits_for == "events":
        words += f" until {output.visible(one.until)}"
    return words + (f" ({one.waiting} not applied yet)" if one.waiting else "")


@unknown.command()
@click.argument("slice_id", metavar="[SLICE]", type=click.IntRange(1), required=False)
@click.option("--attempt", "attempt_id", type=click.IntRange(1), help="The slice of this attempt instead.")
@click.option("--people", "with_people", is_flag=True, help="With everybody's address.")
def show(slice_id: int | None, attempt_id: int | None, with_people: bool) -> None:
    """Show everything on record about one uncertain slice: its attempts, answers, events, log and people.

    Example: mailroom unknown show 12 --people
    """
    from campaigns.recovery import uncertain_slices

    if (slice_id is None) == (attempt_id is None):
        raise click.UsageError("name one slice, or one attempt with --attempt; mailroom unknown ls shows both")
    whole = uncertain_slices.whole(slice_id if slice_id is not None else uncertain_slices.slice_of_attempt(attempt_id or 0))
    document: dict[str, Any] = asdict(whole.one) | {
        "attempts": [_attempt(each) for each in whole.attempts],
        "log": [
            {"at": each.at, "kind": each.kind, "attempt": each.attempt_id, "actor": str(each.actor or ""), "detail": each.detail}
            for each in whole.log
        ],
        "subscribers": [
            {"subscriber": person} | ({"address": address} if with_people else {}) for person, address in whole.people
        ],
    }
    output.show(document, lambda: _tell(document, whole.one, with_people))


def _attempt(each: Attempt) -> dict[str, Any]:
    return {
        "attempt": each.pk, "worker": each.worker, "size": each.size, "gate_at": each.gate_at, "ended_at": each.ended_at,
        "outcome": each.outcome, "http_status": each.http_status, "message_id": each.message_id, "detail": each.detail,
        "send_at": each.send_at, "fenced_at": each.fenced_at, "evidence_at": each.evidence_at,
    }  # fmt: skip


def _tell(document: dict[str, Any], one: Uncertain, with_people: bool) -> None:
    hidden = {"attempts", "log", "subscribers", "waits_for", "until"}
    output.show_facts((name.replace("_", " "), value) for name, value in document.items() if name not in hidden)
    output.show_facts([("waits for", _waits(one))])
    rows = [
        [str(each["attempt"]), each["size"], each["gate_at"], each["outcome"] or "open", str(each["http_status"] or "no answer"),
         each["message_id"] or "none", each["detail"], each["worker"]] for each in document["attempts"]
    ]  # fmt: skip
    columns = ("attempt", "people", "gate (UTC)", "outcome", "HTTP", "X-Message-Id", "detail", "worker")
    output.show_table(
        columns, rows, empty="no attempt is on record: it may have been made in a part of the database that was lost"
    )
    if document["log"]:
        lines = [[each["at"], each["kind"], each["detail"], each["actor"]] for each in document["log"]]
        output.show_table(("at (UTC)", "what", "detail", "who"), lines)
    if with_people:
        people = [[str(each["subscriber"]), each["address"] or "erased"] for each in document["subscribers"]]
        output.show_table(("subscriber", "address"), people)


@unknown.command()
@click.argument("slice_ids", metavar="[SLICE]...", type=click.IntRange(1), nargs=-1)
@click.option("--campaign", "campaign_id", type=click.IntRange(1), help="With --all: every uncertain slice of this campaign.")
@click.option("--all", "everything", is_flag=True, help="All that is uncertain in the campaign.")
@click.option("--resend", "decision", flag_value="resend", help="Send again: who did receive it gets it twice.")
@click.option("--abandon", "decision", flag_value="abandon", help="Give up: who did not receive it never will.")
@click.option("--reason", default="", metavar="TEXT", help="What was found out; it stays on record.")
@click.option("--force", is_flag=True, help="Decide although events wait to be applied, or the provider may release it yet.")
@with_yes
def settle(
    slice_ids: tuple[int, ...], campaign_id: int | None, everything: bool, decision: str | None, reason: str, force: bool,
    yes: bool,
) -> None:  # fmt: skip
    """Decide what is uncertain, by your name: send it again, or give it up. Shows the numbers and asks.

    Example: mailroom unknown settle 12 13 --abandon --reason "the provider's log has them"
    """
    from campaigns.recovery import uncertain_slices

    if decision is None:
        raise click.UsageError("say which: --resend or --abandon")
    if not reason.strip():
        raise click.UsageError("say why, with --reason: it stays on record")
    if everything != (campaign_id is not None) or everything == bool(slice_ids):
        raise click.UsageError("name slices, or --campaign ID --all; mailroom unknown ls shows what is uncertain")
    found = uncertain_slices.uncertain(find(campaign_id).pk if campaign_id else None, None if everything else list(slice_ids))
    wanted = sorted({one.slice for one in found} if everything else set(slice_ids))
    if not wanted:
        output.show({"slices": [], "campaigns": [], "people": 0}, "nothing is uncertain")
        return
    if found and not yes:
        _warn(found, decision)
    output.ask(f"{'Send again' if decision == 'resend' else 'Give up'} {output.count(len(wanted), 'slice')}?", yes)
    decided = uncertain_slices.decide(bootstrap.actor(), wanted, decision, reason, force=force)  # type: ignore[arg-type]
    bootstrap.wake("pump")
    people = output.count(decided.people, "person")
    output.show(asdict(decided), f"{people} in {len(decided.slices)} slices {DONE[decision]}.")


def _warn(found: list[Uncertain], decision: str) -> None:
    people = sum(one.people for one in found)
    earliest = min((one.since for one in found if one.since), default=None)
    output.note(f"{output.count(people, 'person')} in {output.count(len(found), 'slice')}, uncertain since "
                f"{output.visible(earliest) or 'a restore'} UTC.")  # fmt: skip
    output.note(webhook_words())
    output.note(
        "Whoever did receive it gets it twice." if decision == "resend" else "Whoever did not receive it will not get it."
    )
