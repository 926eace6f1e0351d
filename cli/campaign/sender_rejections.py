"""Alarms of receiving domains that refuse a campaign because of its sender, as text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from cli import output
from cli.later import later

if TYPE_CHECKING:
    from cli.texts import bounce_texts as bounce_remedies
else:
    bounce_remedies = later("cli.texts.bounce_texts")

SHOWN = 10


def fix(remedy: str) -> str:
    """What to do about a rejection."""
    return bounce_remedies.REMEDIES.get(remedy, "")


def cause(code: str) -> str:
    return {str(each): text for each, text in bounce_remedies.CAUSES.items()}.get(code, code)


def tell(alarms: list[dict[str, Any]]) -> None:
    """A table of the domains, and under it each fix once; `alarms` as a report has them."""
    if not alarms:
        return
    rows = [
        [
            each["domain"],
            cause(each["cause"]),
            each["rejected"] + each["dropped"],
            each["outcomes"] or None,
            each["deferred"],
            textwrap.shorten(each["sample"], 60, placeholder="…"),
        ]
        for each in alarms[:SHOWN]
    ]
    output.say("Rejected because of the sender; nobody is suppressed for it.")
    output.show_table(("domain", "cause", "rejected", "of", "deferred", "answer"), rows)
    if len(alarms) > SHOWN:
        output.say(f"and {len(alarms) - SHOWN} more; --json has them")
    for remedy in dict.fromkeys(each["remedy"] for each in alarms if each["remedy"]):
        output.say(f"What to do: {fix(remedy)}")
