"""Reading campaigns: ls, show, report, uncertain."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli import bootstrap, output, variant_table
from cli.campaign import outcome_lists, sender_rejections
from cli.campaign.campaign_facts import (
    WHICH,
    describe,
    find,
    forecast,
    hold_words,
    mailable,
    scheduled_words,
    tell_approvals,
    webhook_words,
)
from cli.campaign.uncertain_commands import tell_list
from cli.click_extensions import WholeNumber
from cli.texts import campaign_states, printed_values

if TYPE_CHECKING:
    from campaigns.models import Campaign, DeliveryLog

Counted = TypeVar("Counted")
NUMBERS = ("recipients", "accepted", "delivered")  # of each variant


@click.command("ls", cls=bootstrap.DatabaseCommand)
@click.option("--state", default="", help="List only campaigns in this state, such as sending; held means on hold.")
@click.option("--limit", type=WholeNumber(1, 100_000), default=50, show_default=True, help="How many to list.")
def ls(state: str, limit: int) -> None:
    """List the latest campaigns.

    Example: mailroom campaign ls --state sending
    """
    from campaigns import models, states
    from campaigns.sending import schedule

    campaigns = models.Campaign.objects.select_related("version__issue", "sender", "segment").order_by("-id")
    if state:
        if state not in states.CAMPAIGN_MOVES:
            raise click.BadParameter(f"“{state}” is not one of: {', '.join(states.CAMPAIGN_MOVES)}", param_hint="--state")
        campaigns = campaigns.filter(state=state)
    documents = [describe(campaign) for campaign in campaigns.prefetch_related("lists")[:limit]]
    hours = schedule.local_hours(document["campaign"] for document in documents)
    due = {campaign: f"{local.hour} in each zone" for campaign, local in hours.items()}
    rows = [
        [str(document["campaign"]), document["name"], campaign_states.label(document["state"]), document["recipients"],
         document["lists"], due.get(document["campaign"], document["scheduled_at"])] for document in documents
    ]  # fmt: skip
    columns = ("id", "name", "state", "recipients", "lists", "due")
    output.show({"campaigns": documents}, lambda: output.show_table(columns, rows, empty="no campaign yet"))


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option(
    "--limit",
    type=WholeNumber(0, 10_000),
    default=10_000,
    help="With --json: list at most this many recipients who are not accepted.",
)
def show(campaign_id: int, limit: int) -> None:
    """Show one campaign: its properties, its numbers, its history, and 20 recipients who are not accepted, with the reason.

    Example: mailroom campaign show 7 --json
    """
    from campaigns import campaign_approvals
    from campaigns.reporting import reports
    from campaigns.sending import waves

    campaign = find(campaign_id)
    report = reports.report(campaign_id).as_dict()
    document = describe(campaign) | {
        "mailable": _as_of_now(mailable, campaign),
        "report": report,
        "approvals": campaign_approvals.kept(campaign),
        "variants": _as_of_now(forecast, campaign) or list(report["variants"]),
        "not_accepted": _not_accepted(campaign_id, limit),
        "waves": [wave._asdict() for wave in waves.lines(campaign_id)],
        "moves": _moves(campaign_id),
    }
    output.show(document, lambda: _tell_campaign(document, scheduled_words(campaign)))


def _as_of_now(count: Callable[[Campaign], Counted], campaign: Campaign) -> Counted | None:
    """Count what would be sent now; None once the recipients are chosen, and where the segment is no longer valid."""
    from subscribers.segments import grammar

    if campaign.recipients is not None or campaign.state == "cancelled":
        return None
    try:
        return count(campaign)
    except grammar.SegmentError:  # scheduling reports it, or the reason for the hold
        return None


def _not_accepted(campaign_id: int, limit: int) -> list[dict[str, Any]]:
    from campaigns.reporting import reports
    from subscribers import models

    recipients = reports.not_accepted(campaign_id, limit)
    ids = {recipient["subscriber"] for recipient in recipients}
    addresses = dict(models.Subscriber.objects.filter(pk__in=ids).values_list("pk", "address"))
    return [{"address": addresses.get(recipient["subscriber"]), **recipient} for recipient in recipients]


def _moves(campaign_id: int) -> list[dict[str, Any]]:
    from campaigns import models

    moves = models.DeliveryLog.objects.filter(campaign_id=campaign_id).select_related("actor").order_by("id")
    return [{"at": move.at, "kind": move.kind, "actor": str(move.actor or ""), **_of_move(move)} for move in moves]


def _of_move(line: DeliveryLog) -> dict[str, Any]:
    kept = {"slice": line.slice_id, "attempt": line.attempt_id, "subscriber": line.subscriber_id}
    return {name: value for name, value in kept.items() if value is not None} | {"detail": line.detail}


def _tell_campaign(document: dict[str, Any], due: str) -> None:
    output.show_facts(_facts(document, due))
    if document["override"]:
        output.say(_override_words(document["override"]))
    tell_approvals(document["approvals"])
    if document["state"] == "held":
        output.say(hold_words(document["held_reason"], document["held_detail"]))
    if document["mailable"] is not None:
        output.say(f"to {output.count(document['mailable'], 'recipient')} as of now")
    else:
        sender_rejections.tell(document["report"]["rejections"])
        sender_rejections.tell_brakes(document["report"]["brakes"], document["report"]["left_out_domains"])
        tell_balances(document["report"])
    if len(document["variants"]) > 1 and document["recipients"] is None:
        output.say(f"The issue has {len(document['variants'])} variants. As of now they would go to:")
    variant_table.tell(document["variants"], *NUMBERS[: 1 if document["recipients"] is None else None])
    if document["not_accepted"]:
        rows = [
            [recipient["address"] or f"subscriber {recipient['subscriber']}", campaign_states.recipient_label(recipient["state"]),
             recipient["reason"] or recipient["detail"], str(recipient["attempt"] or "")]
            for recipient in document["not_accepted"][:20]
        ]  # fmt: skip
        output.show_table(("not accepted", "state", "reason", "attempt"), rows)
        if len(document["not_accepted"]) > 20:
            output.say(f"There are {output.visible(len(document['not_accepted']) - 20)} more; --json prints all of them.")
    if document["waves"]:
        columns = ("wave", "released at", "recipients", "with the provider or sent", "taken back at")
        output.show_table(columns, [[str(wave["wave"]), *list(wave.values())[1:]] for wave in document["waves"]])
    rows = [
        [move["at"], campaign_states.recipient_label(move["kind"]), _move_words(move["detail"]), move["actor"]]
        for move in document["moves"]
    ]
    if rows:
        output.show_table(("at", "what", "detail", "who"), rows)


def _facts(document: dict[str, Any], due: str) -> list[tuple[str, object]]:
    """The campaign's properties. The zone in which it was scheduled is shown only where it says more than the last line.

    `due` is the time of a campaign at the same hour in each recipient's zone.
    """
    hidden = {"report", "mailable", "variants", "not_accepted", "waves", "moves", "digest", "override", "each_zone", "approvals"}
    hidden |= {"held_reason", "held_detail"}
    if not document["each_zone"] and document["zone"] == output.zone():
        hidden.add("zone")
    shown = document | {"state": campaign_states.label(document["state"])}
    names = {"zone": "scheduled in zone", "attempt_size": "recipients per request"}
    if document["each_zone"]:
        shown["scheduled_at"] = due
        names["zone"] = "zone where unknown"
    return [(names.get(name, name.replace("_", " ")), value) for name, value in shown.items() if name not in hidden]


def _override_words(override: dict[str, Any]) -> str:
    from campaigns import launch_checks

    return "\n".join(
        f"Errors overridden by {output.visible(decision['by'])}: {', '.join(decision['codes'])}. "
        f"Reason: “{output.visible(decision['reason'])}”"
        for decision in launch_checks.overrides_of(override)
    )


def _move_words(detail: dict[str, Any]) -> str:
    if "from" in detail and "to" in detail:
        more = " ".join(str(detail[key]) for key in ("reason", "detail") if detail.get(key))
        before, after = (campaign_states.label(str(detail[key])) for key in ("from", "to"))
        return f"{before} → {after}" + (f": {output.visible(more)}" if more else "")
    if "variant" in detail:
        detail = detail | {"variant": detail["variant"] + 1}  # counted from 1, as in tables
    return output.visible(detail)


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@outcome_lists.PEOPLE
@outcome_lists.WITH_CSV
@outcome_lists.TO
@outcome_lists.LIMIT
def report(campaign_id: int, outcome: str | None, as_csv: bool, path: Path | None, limit: int | None) -> None:
    """Show the numbers as they are now: recipients, accepted mails and what became of them, and uncertain recipients.

    With --csv it prints one row per number. With --people it lists the people behind one of the numbers: as a table of the
    first 100, or all as CSV or JSON.

    Example: mailroom campaign report 7 --people bounced --csv --to bounced.csv
    """
    from campaigns import campaign_approvals
    from campaigns.reporting import reports

    campaign = find(campaign_id)
    if outcome:
        outcome_lists.show(campaign.pk, outcome, as_csv=as_csv, path=path, limit=limit)
        return
    if limit is not None:
        raise click.UsageError("--limit needs --people OUTCOME", click.get_current_context())
    outcome_lists.require_csv_alone(as_csv=as_csv, path=path)
    numbers = reports.report(campaign.pk).as_dict()
    if as_csv:
        _write_numbers(numbers, path)
        return
    numbers |= {"approvals": campaign_approvals.kept(campaign)}
    output.show(numbers, lambda: _tell_report(numbers))


def _write_numbers(numbers: dict[str, Any], path: Path | None) -> None:
    """Write a row for each number, by its name in the JSON; what is not measured is empty."""
    rows = [(name, value) for name, value in numbers.items() if name != "campaign" and _is_number(value)]
    for question in numbers["questions"]:
        counts = enumerate((answer["people"] for answer in question["answers"]), start=1)
        rows += [(f"question {question['name']} {number}", people) for number, people in counts]
    with output.new_file(path) as stream:
        csv.writer(stream).writerows([("number", "value"), *rows])
    if path is not None:
        output.say(f"{path}: {output.count(len(rows), 'number')}")


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _tell_report(numbers: dict[str, Any]) -> None:
    from campaigns.measuring import click_report

    state = campaign_states.label(numbers["state"])
    output.say(f"campaign {numbers['campaign']} “{output.visible(numbers['name'])}”: {state}")
    if numbers["state"] == "held":
        output.say(hold_words(numbers["held_reason"], numbers["held_detail"]))
    sender_rejections.tell(numbers["rejections"])
    sender_rejections.tell_brakes(numbers["brakes"], numbers["left_out_domains"])
    tell_balances(numbers)
    variant_table.tell(numbers["variants"], *NUMBERS)
    tell_approvals(numbers["approvals"])
    names = {
        "clicks": "clicks", "machine_clicks": "clicks of programs, which are not counted",
        "measured": "people who agreed to be measured", "clicked": "of them clicked",
        "not_clicked": "of them did not click", "opens": "opens, which are unreliable",
        "unsubscribed": "unsubscribed through this campaign", "attempts": "requests",
        "possible_duplicates": "requests that may be duplicates",
    }  # fmt: skip
    for name in click_report.unknown(numbers):
        del names[name]
    if numbers["sent_before_restore"]:
        names["sent_before_restore"] = "people sent to before, in a part of the database that a restore lost"
    output.show_facts([(label, printed_values.measured(numbers[name])) for name, label in names.items()])
    if numbers["duplicates"]:
        rows = [[str(duplicate["slice"]), str(duplicate["first_attempt"]), str(duplicate["second_attempt"]), duplicate["people"],
                 duplicate["at"]]
                for duplicate in numbers["duplicates"]]  # fmt: skip
        output.show_table(("batch", "attempt", "and again", "people", "found at"), rows)
        output.say(f"{output.count(numbers['possible_duplicate_people'], 'person')} may have received this twice.")
    for question in numbers["questions"]:
        rows = [[answer["answer"], answer["people"]] for answer in question["answers"]]
        output.show_table((output.visible(question["text"]), "people"), rows)
    output.say(webhook_words())
    if numbers["skipped_reasons"]:
        output.show_table(("skipped because", "people"), sorted(numbers["skipped_reasons"].items()))
    if listed := [outcome for outcome in outcome_lists.OUTCOMES if numbers[outcome]]:
        output.say(f"To see who: mailroom campaign report {numbers['campaign']} --people {'|'.join(listed)}")


def tell_balances(numbers: dict[str, Any]) -> None:
    """Print the two sums as tables with their totals, and how many recipients are uncertain."""
    from campaigns import states

    balance = [(campaign_states.recipient_label(state), numbers[state]) for state in states.BALANCE_STATES]
    _tell_sum("recipients", numbers["recipients"], balance)
    facts = [(fact, numbers[fact]) for fact in states.FACTS_WITHIN_ACCEPTED]
    notes = {
        "bounced": f" (hard {numbers['hard']}, soft {numbers['soft']})",
        "delivered": f" (complained: {numbers['complained']})" if numbers["complained"] else "",
    }
    facts = [(f"{name}{notes.get(name, '')}" if count else name, count) for name, count in facts]
    _tell_sum("accepted", numbers["accepted"], facts)
    if numbers["recipients"] and not numbers["balances"]:
        output.say("Internal error: the totals do not add up. Keep the database as it is and report this bug.")
    if numbers["uncertain"]:
        sentence = f"{output.count(numbers['uncertain'], 'person')} may or may not have received this."
        output.say(f"{sentence} See what they wait for: mailroom uncertain ls --campaign {numbers['campaign']}")


def _tell_sum(name: str, total: int, parts: list[tuple[str, int]]) -> None:
    if not total and not any(count for _, count in parts):
        output.say(f"{name}: 0")
        return
    sign = "=" if sum(count for _, count in parts) == total else "≠"
    output.show_table(("", "people"), [[part, count] for part, count in parts if count], total=(f"{sign} {name}", total))


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
def uncertain(campaign_id: int) -> None:
    """List the uncertain attempts of a campaign: no answer came, and no event has settled them yet.

    Example: mailroom campaign uncertain 7
    """
    from campaigns.recovery import uncertain_slices

    batches = uncertain_slices.uncertain(find(campaign_id).pk)
    attempts = [asdict(batch) | {"recipients": batch.people, "ended_at": batch.since} for batch in batches]
    document = {"campaign": campaign_id, "uncertain": sum(batch.people for batch in batches), "attempts": attempts}
    output.show(document, lambda: tell_list(batches))
