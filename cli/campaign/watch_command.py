"""`mailroom campaign watch`: shows progress until the campaign is sent or, on request, until every mail has an outcome."""

import sys
import time
from typing import Any

import click

from cli import bootstrap, output
from cli.campaign.campaign_facts import WHICH, find, hold_words
from cli.campaign.report_commands import tell_balances
from cli.click_extensions import Seconds
from cli.error_reporting import CliError
from cli.texts import campaign_states

OPEN = ("planned", "claimed", "in_flight")
MOVING = ("scheduled", "filling", "sending")
# The parts of all recipients, and below them the parts of the accepted ones.
OTHERS = ("in_flight", "skipped", "failed", "uncertain", "abandoned")
FACTS = ("delivered", "deferred", "bounced", "dropped", "complained")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option("--until-settled", is_flag=True, help="Continue until no mail is awaiting or deferred.")
@click.option("--timeout", type=Seconds(min=0), metavar="SECONDS", help="Stop after this time, with exit code 1.")
@click.option("--every", type=Seconds(0.1, 60), default=1, show_default=True, metavar="SECONDS", help="Time between two looks.")
def watch(campaign_id: int, until_settled: bool, timeout: float | None, every: float) -> None:
    """Follow a campaign until it is sent. Exit code 1 if it is put on hold or cancelled, or if the time is up.

    Example: mailroom campaign watch 7 --until-settled --timeout 600
    """
    if find(campaign_id).state == "draft":
        raise CliError(
            f"campaign {campaign_id} is a draft; nothing is sent yet", f"send it: mailroom campaign send {campaign_id}"
        )
    deadline = None if timeout is None else time.monotonic() + timeout
    numbers, ended = _follow(campaign_id, until_settled, deadline, every)
    output.show(numbers, lambda: _tell_end(numbers))
    if not ended:
        output.note(f"mailroom: the time is up; campaign {campaign_id} is {campaign_states.adjective(numbers['state'])}")
    if numbers["state"] == "held":
        output.note(f"mailroom: {hold_words(numbers['held_reason'], numbers['held_detail'])}")
    if not ended or numbers["state"] != "sent":
        sys.exit(1)


def _follow(campaign_id: int, until_settled: bool, deadline: float | None, every: float) -> tuple[dict[str, Any], bool]:
    """The last numbers, and whether the end was reached before the deadline."""
    from campaigns.reporting import reports
    from cli.texts import process_texts

    shown = ""
    with output.screen() as draw:
        while True:
            numbers = reports.report(campaign_id).as_dict()
            line = progress_line(numbers)
            if numbers["state"] in MOVING:
                line = "; ".join((line, *process_texts.missing_sentences()))
            if line != shown:
                draw(line)
                shown = line
            if _is_over(numbers, until_settled):
                return numbers, True
            if deadline is not None and time.monotonic() >= deadline:
                return numbers, False
            time.sleep(every)


def _is_over(numbers: dict[str, Any], until_settled: bool) -> bool:
    if numbers["state"] in {"held", "draft"}:
        return True
    if numbers["state"] not in {"sent", "cancelled"}:
        return False
    return not until_settled or not any(numbers[name] for name in ("awaiting", "deferred", "in_flight", "unsettled_events"))


def progress_line(numbers: dict[str, Any]) -> str:
    """`sending, 62 % done: of 2,000 recipients 1,228 accepted, 12 skipped; 800 delivered`. No percentage once it has ended."""
    total, state = numbers["recipients"], campaign_states.label(numbers["state"])
    if not total:
        return state
    if numbers["state"] not in {"sent", "cancelled"}:
        state += f", {100 * (total - sum(numbers[open_state] for open_state in OPEN)) // total} % done"
    parts, facts = (
        [f"{output.visible(numbers[name])} {campaign_states.recipient_label(name)}" for name in names if numbers[name]]
        for names in (OTHERS, FACTS)
    )
    parts.insert(0, f"{output.visible(numbers['accepted'])} accepted")
    line = f"{state}: of {output.count(total, 'recipient')} {', '.join(parts)}"
    return f"{line}; {', '.join(facts)}" if facts else line


def _tell_end(numbers: dict[str, Any]) -> None:
    output.say(f"campaign {numbers['campaign']}: {campaign_states.label(numbers['state'])}")
    tell_balances(numbers)
