"""What commands print when a kind of process is missing."""

from collections.abc import Sequence

from cli.texts import printed_values
from publication import heartbeats
from publication.heartbeats import BEAT, SENDING, UPKEEP, WEB, KindStatus, Process

NAMES = {WEB: "web server", SENDING: "sending worker", UPKEEP: "upkeep worker", BEAT: "beat"}
_CONSEQUENCES = {
    SENDING: "nothing is being sent",
    UPKEEP: "campaigns do not begin or end, and no events are read",
    BEAT: "campaigns do not begin or go on",
}
_START = "start it: mailroom up, or docs/operations.md, What runs"
_END = "if it hangs, end it on its host: kill -9 PID; what started it, such as mailroom up, starts it again"


def missing_sentences(kinds: Sequence[str] = heartbeats.CAMPAIGN_KINDS) -> list[str]:
    """One sentence for each of these kinds of which no process is alive."""
    return [f"{_CONSEQUENCES[status.kind]}: {absence(status)}" for status in heartbeats.missing(kinds)]


def warning(kinds: Sequence[str] = heartbeats.CAMPAIGN_KINDS) -> str:
    """The text to print after something was scheduled: the sentences and what to do, each in its own line; empty if all run."""
    missing = heartbeats.missing(kinds)
    sentences = [f"But {_CONSEQUENCES[status.kind]}: {absence(status)}." for status in missing]
    remedies = dict.fromkeys(remedy(status) for status in missing)
    return "".join(f"\n{line}" for line in (*sentences, *(text[0].upper() + text[1:] for text in remedies)))


def absence(status: KindStatus) -> str:
    """`no sending worker has been alive since 2027-01-05 09:00 (UTC); hangs or died: mail1:4711`."""
    name = "beat process" if status.kind == BEAT else NAMES[status.kind]
    if status.since is None:
        return f"no {name} has been started yet"
    if status.stopped:
        known = f"the {name} was stopped at {printed_values.time_with_zone(status.since)}"
    else:
        known = f"no {name} has been alive since {printed_values.time_with_zone(status.since)}"
    return f"{known}; hangs or died: {', '.join(map(host_and_pid, status.silent))}" if status.silent else known


def remedy(status: KindStatus) -> str:
    """Advise what to do about a kind of which no process is alive, or one is silent: `mailroom up` ends nothing that hangs."""
    if not status.silent:
        return _START
    return f"{_END}. If it died, {_START}" if status.missing else f"look at its log. {_END[0].upper()}{_END[1:]}"


def host_and_pid(process: Process) -> str:
    """`mail1:4711`: host and process id."""
    return f"{process.host}:{process.pid}"
