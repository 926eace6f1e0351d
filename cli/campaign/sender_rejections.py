"""Prints which receiving domains reject a campaign because of its sender, or complain and bounce, and what to do about it."""

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
            alarm["domain"],
            bounce_texts.CAUSES.get(alarm["cause"], alarm["cause"]),
            alarm["rejected"] + alarm["dropped"],
            alarm["outcomes"] or None,
            alarm["deferred"],
            textwrap.shorten(alarm["sample"], 60, placeholder="…"),
        ]
        for alarm in alarms[:SHOWN]
    ]
    output.say("Receiving domains rejected mails because of the sender; nobody is suppressed for that.")
    output.show_table(("domain", "cause", "rejected", "of", "deferred", "answer"), rows)
    if len(alarms) > SHOWN:
        output.say(f"There are {len(alarms) - SHOWN} more; --json prints all of them.")
    for remedy in dict.fromkeys(alarm["remedy"] for alarm in alarms if alarm["remedy"]):
        output.say(f"What to do: {bounce_texts.REMEDIES.get(remedy, '')}")


def tell_brakes(brakes: list[dict[str, Any]], left_out_domains: list[str]) -> None:
    """Print the domains with many complaints or hard bounces, and those without which staff went on."""
    from cli.texts.campaign_states import BRAKE_LIMITS

    if brakes:
        rows = [
            [
                outcome["domain"] or "all together",
                outcome["complained"],
                outcome["delivered"],
                outcome["hard_bounced"],
                outcome["answered"],
                ", ".join(BRAKE_LIMITS[limit] for limit in outcome["limits"]) or None,
            ]
            for outcome in brakes[:SHOWN]
        ]
        output.say("Complaints from 0.1 % of the delivered mails on, and domains above a limit:")
        output.show_table(("domain", "complaints", "of delivered", "hard bounces", "of answered", "above the limit"), rows)
        if len(brakes) > SHOWN:
            output.say(f"There are {len(brakes) - SHOWN} more; --json prints all of them.")
    if left_out_domains:
        output.say(f"Sending went on without {output.visible(', '.join(left_out_domains))}.")
