"""`mailroom campaign watch`: shows progress until the campaign is sent or, on request, until every mail has an outcome."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from cli import bootstrap, output
from cli.campaign.campaign_facts import WHICH, find, hold_words
from cli.campaign.report_commands import tell_balances
from cli.error_reporting import Refused

OPEN = ("planned", "claimed", "in_flight")
TOLD = ("in_flight", "delivered", "deferred", "bounced", "dropped", "complained", "skipped", "failed", "unknown", "held")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option("--until-settled", is_flag=True, help="Go on until no mail is awaiting or deferred.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Give up after that long, with exit 1.")
@click.option("--every", type=click.FloatRange(0.1, 60), default=1, show_default=True, metavar="SECONDS", help="Look that often.")
def watch(campaign_id: int, until_settled: bool, timeout: float | None, every: float) -> None:
    """Follow a campaign until it is sent. Exit 1 where it is held or cancelled, or time is up.

    Example: mailroom campaign watch 7 --until-settled --timeout 600
    """
    if find(campaign_id).state == "draft":
        raise Refused(f"campaign {campaign_id} is a draft; nothing will happen", f"mailroom campaign send {campaign_id}")
    deadline = None if timeout is None else time.monotonic() + timeout
    numbers, ended = _follow(campaign_id, until_settled, deadline, every)
    output.show(numbers, lambda: _tell_end(numbers))
    if not ended:
        output.note(f"mailroom: time is up; campaign {campaign_id} is {numbers['state']}")
    if numbers["state"] == "held":
        output.note(f"mailroom: {hold_words(numbers['held_reason'], numbers['held_detail'])}")
    if not ended or numbers["state"] != "sent":
        sys.exit(1)


def _follow(campaign_id: int, until_settled: bool, deadline: float | None, every: float) -> tuple[dict[str, Any], bool]:
    """The last numbers, and whether the end was reached before the deadline."""
    from campaigns.reporting import reports

    shown = ""
    with output.screen() as draw:
        while True:
            numbers = reports.report(campaign_id).as_dict()
            line = progress_line(numbers)
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
    """`sending 62 %: 1 240 of 2 000 accepted, 800 delivered, 12 skipped`"""
    total = numbers["recipients"]
    if not total:
        return str(numbers["state"])
    done = total - sum(numbers[state] for state in OPEN)
    parts = [f"{output.visible(numbers['accepted'])} of {output.visible(total)} accepted"]
    parts += [f"{output.visible(numbers[name])} {name.replace('_', ' ')}" for name in TOLD if numbers[name]]
    return f"{numbers['state']} {100 * done // total} %: {', '.join(parts)}"


def _tell_end(numbers: dict[str, Any]) -> None:
    output.say(f"campaign {numbers['campaign']}: {numbers['state']}")
    tell_balances(numbers)
