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

    found = models.Campaign.objects.select_related("version__issue", "sender", "segment").order_by("-id")
    if state:
        if state not in states.CAMPAIGN_MOVES:
            raise click.BadParameter(f"“{state}” is not one of: {', '.join(states.CAMPAIGN_MOVES)}", param_hint="--state")
        found = found.filter(state=state)
    documents = [describe(each) for each in found.prefetch_related("lists")[:limit]]
    hours = schedule.local_hours(each["campaign"] for each in documents)
    due = {campaign: f"{local.hour} in each zone" for campaign, local in hours.items()}
    rows = [
        [str(each["campaign"]), each["name"], campaign_states.label(each["state"]), each["recipients"], each["lists"],
         due.get(each["campaign"], each["scheduled_at"])] for each in documents
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

    one = find(campaign_id)
    report = reports.report(campaign_id).as_dict()
    document = describe(one) | {
        "mailable": _as_of_now(mailable, one),
        "report": report,
        "approvals": campaign_approvals.kept(one),
        "variants": _as_of_now(forecast, one) or list(report["variants"]),
        "not_accepted": _not_accepted(campaign_id, limit),
        "waves": [each._asdict() for each in waves.lines(campaign_id)],
        "moves": _moves(campaign_id),
    }
    output.show(document, lambda: _tell_campaign(document, scheduled_words(one)))


def _as_of_now(count: Callable[[Campaign], Counted], one: Campaign) -> Counted | None:
    """What would be sent now; None once the recipients are chosen, and where the segment is no longer valid."""
    from subscribers.segments import grammar

    if one.recipients is not None or one.state == "cancelled":
        return None
    try:
        return count(one)
    except grammar.SegmentError:  # scheduling reports it, or the reason for the hold
        return None


def _not_accepted(campaign_id: int, limit: int) -> list[dict[str, Any]]:
    from campaigns.reporting import reports
    from subscribers import models

    found = reports.not_accepted(campaign_id, limit)
    ids = {line["subscriber"] for line in found}
    addresses = dict(models.Subscriber.objects.filter(pk__in=ids).values_list("pk", "address"))
    return [{"address": addresses.get(line["subscriber"]), **line} for line in found]


def _moves(campaign_id: int) -> list[dict[str, Any]]:
    from campaigns import models

    moves = models.DeliveryLog.objects.filter(campaign_id=campaign_id).select_related("actor").order_by("id")
    return [{"at": each.at, "kind": each.kind, "actor": str(each.actor or ""), **_of_move(each)} for each in moves]


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
        tell_balances(document["report"])
    if len(document["variants"]) > 1 and document["recipients"] is None:
        output.say(f"The issue has {len(document['variants'])} variants. As of now they would go to:")
    variant_table.tell(document["variants"], *NUMBERS[: 1 if document["recipients"] is None else None])
    if document["not_accepted"]:
        rows = [
            [each["address"] or f"subscriber {each['subscriber']}", campaign_states.recipient_label(each["state"]),
             each["reason"] or each["detail"], str(each["attempt"] or "")]
            for each in document["not_accepted"][:20]
        ]  # fmt: skip
        output.show_table(("not accepted", "state", "reason", "attempt"), rows)
        if len(document["not_accepted"]) > 20:
            output.say(f"There are {output.visible(len(document['not_accepted']) - 20)} more; --json prints all of them.")
    if document["waves"]:
        columns = ("wave", "released at", "recipients", "with the provider or sent", "taken back at")
        output.show_table(columns, [[str(each["wave"]), *list(each.values())[1:]] for each in document["waves"]])
    rows = [
        [each["at"], campaign_states.recipient_label(each["kind"]), _move_words(each["detail"]), each["actor"]]
        for each in document["moves"]
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
        f"Errors overridden by {output.visible(each['by'])}: {', '.join(each['codes'])}. "
        f"Reason: “{output.visible(each['reason'])}”"
        for each in launch_checks.overrides_of(override)
    )


def _move_words(detail: dict[str, Any]) -> str:
    if "from" in detail and "to" in detail:
        more = " ".join(str(detail[key]) for key in ("reason", "detail") if detail.get(key))
        before, after = (campaign_states.label(str(detail[key])) for key in ("from", "to"))
        return f"{before} → {after}" + (f": {output.visible(more)}" if more else "")
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

    one = find(campaign_id)
    if outcome:
        outcome_lists.show(one.pk, outcome, as_csv=as_csv, path=path, limit=limit)
        return
    if limit is not None:
        raise click.UsageError("--limit needs --people OUTCOME", click.get_current_context())
    outcome_lists.require_csv_alone(as_csv=as_csv, path=path)
    numbers = reports.report(one.pk).as_dict()
    if as_csv:
        _write_numbers(numbers, path)
        return
    numbers |= {"approvals": campaign_approvals.kept(one)}
    output.show(numbers, lambda: _tell_report(numbers))


def _write_numbers(numbers: dict[str, Any], path: Path | None) -> None:
    """Write a row for each number, by its name in the JSON; what is not measured is empty."""
    rows = [(name, value) for name, value in numbers.items() if name != "campaign" and _is_number(value)]
    with output.new_file(path) as stream:
        csv.writer(stream).writerows([("number", "value"), *rows])
    if path is not None:
        output.say(f"{path}: {output.count(len(rows), 'number')}")


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _tell_report(numbers: dict[str, Any]) -> None:
    state = campaign_states.label(numbers["state"])
    output.say(f"campaign {numbers['campaign']} “{output.visible(numbers['name'])}”: {state}")
    if numbers["state"] == "held":
        output.say(hold_words(numbers["held_reason"], numbers["held_detail"]))
    sender_rejections.tell(numbers["rejections"])
    tell_balances(numbers)
    variant_table.tell(numbers["variants"], *NUMBERS)
    tell_approvals(numbers["approvals"])
    names = {
        "opened": "opened", "clicked": "clicked", "unsubscribed": "unsubscribed through this campaign", "attempts": "requests",
        "possible_duplicates": "requests that may be duplicates",
    }  # fmt: skip
    if numbers["sent_before_restore"]:
        names["sent_before_restore"] = "people sent to before, in a part of the database that a restore lost"
    output.show_facts([(label, printed_values.measured(numbers[name])) for name, label in names.items()])
    if numbers["duplicates"]:
        rows = [[str(each["slice"]), str(each["first_attempt"]), str(each["second_attempt"]), each["people"], each["at"]]
                for each in numbers["duplicates"]]  # fmt: skip
        output.show_table(("batch", "attempt", "and again", "people", "found at"), rows)
        output.say(f"{output.count(numbers['possible_duplicate_people'], 'person')} may have received this twice.")
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
    facts = [(f"{name} (hard {numbers['hard']}, soft {numbers['soft']})" if name == "bounced" and count else name, count)
             for name, count in facts]  # fmt: skip
    _tell_sum("accepted", numbers["accepted"], facts)
    if numbers["recipients"] and not numbers["balances"]:
        output.say("Internal error: the totals do not add up. Keep the database as it is and report this bug.")
    if numbers["uncertain"]:
        words = f"{output.count(numbers['uncertain'], 'person')} may or may not have received this."
        output.say(f"{words} See what they wait for: mailroom uncertain ls --campaign {numbers['campaign']}")


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

    found = uncertain_slices.uncertain(find(campaign_id).pk)
    attempts = [asdict(one) | {"recipients": one.people, "ended_at": one.since} for one in found]
    document = {"campaign": campaign_id, "uncertain": sum(one.people for one in found), "attempts": attempts}
    output.show(document, lambda: tell_list(found))
