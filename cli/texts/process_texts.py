"""What commands print when a kind of process is missing."""

from __future__ import annotations

from cli.texts import printed_values
from publication import heartbeats
from publication.heartbeats import BEAT, SENDING, UPKEEP, WEB, KindStatus

NAMES = {WEB: "web server", SENDING: "sending worker", UPKEEP: "upkeep worker", BEAT: "beat"}
_CONSEQUENCES = {
    SENDING: "nothing is being sent",
    UPKEEP: "campaigns do not begin or end, and no events are read",
    BEAT: "campaigns do not begin or go on",
}
START = "start it: mailroom up, or docs/operations.md, What runs"


def missing_sentences() -> list[str]:
    """One sentence for each kind without which no campaign goes on, and of which no process is alive."""
    return [f"{_CONSEQUENCES[each.kind]}: {absence(each)}" for each in heartbeats.missing(heartbeats.CAMPAIGN_KINDS)]


def absence(status: KindStatus) -> str:
    """`no sending worker has been alive since 2027-01-05 09:00`."""
    name = "beat process" if status.kind == BEAT else NAMES[status.kind]
    if status.since is None:
        return f"no {name} has been started yet"
    if status.stopped:
        return f"the {name} was stopped at {printed_values.time_with_zone(status.since)}"
    return f"no {name} has been alive since {printed_values.time_with_zone(status.since)}"
