"""Prints which receiving domains reject a campaign because of its sender, and what to do about it."""

from __future__ import annotations

import textwrap
from typing import Any

from cli import output

SHOWN = 10


def tell(alarms: list[dict[str, Any]]) -> None:
    """Print a table of the domains, and under it each fix once; `alarms` are those of a report."""
    from campaigns.tracking.bounces import bounce_texts

    if not alarms:
        return
    rows = [
        [
            each["domain"],
            bounce_texts.CAUSES.get(each["cause"], each["cause"]),
            each["rejected"] + each["dropped"],
            each["outcomes"] or None,
            each["deferred"],
            textwrap.shorten(each["sample"], 60, placeholder="…"),
        ]
        for each in alarms[:SHOWN]
    ]
    output.say("Receiving domains rejected mails because of the sender; nobody is suppressed for that.")
    output.show_table(("domain", "cause", "rejected", "of", "deferred", "answer"), rows)
    if len(alarms) > SHOWN:
        output.say(f"There are {len(alarms) - SHOWN} more; --json prints all of them.")
    for remedy in dict.fromkeys(each["remedy"] for each in alarms if each["remedy"]):
        output.say(f"What to do: {bounce_texts.REMEDIES.get(remedy, '')}")
