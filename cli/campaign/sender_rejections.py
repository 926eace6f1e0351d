"""Prints which receiving domains reject a campaign because of its sender, and what to do about it."""

from __future__ import annotations

import textwrap
from typing import Any

from cli import output

SHOWN = 10


def tell(alarms: list[dict[str, Any]]) -> None:
    """A table of the domains, and under it each fix once; `alarms` as a report has them."""
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
    output.say("Rejected because of the sender; nobody is suppressed for it.")
    output.show_table(("domain", "cause", "rejected", "of", "deferred", "answer"), rows)
    if len(alarms) > SHOWN:
        output.say(f"and {len(alarms) - SHOWN} more; --json has them")
    for remedy in dict.fromkeys(each["remedy"] for each in alarms if each["remedy"]):
        output.say(f"What to do: {bounce_texts.REMEDIES.get(remedy, '')}")
