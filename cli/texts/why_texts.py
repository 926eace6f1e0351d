"""What the command line prints for the codes of `campaigns.reporting.why`: the shared sentences with their parameters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaigns.reporting import why_texts
from cli.texts.campaign_states import recipient_label
from cli.texts.printed_values import printable, time_with_zone

NOT_MEASURED = "Opens and clicks of this person are not measured."
# Commands take the numbers of attempts, which the console calls requests.
STEPS: Mapping[str, str] = {
    **why_texts.STEPS,
    "attempt": "Sending began: attempt %(attempt)s",
    "answer_accepted": "The provider accepted attempt %(attempt)s (HTTP %(status)s)",
    "answer_rejected": "The provider rejected attempt %(attempt)s: %(detail)s",
    "answer_never_connected": "Attempt %(attempt)s did not reach the provider",
    "answer_unknown": "Attempt %(attempt)s ended without an answer: %(detail)s",
    "answer_taken_back": "Attempt %(attempt)s was recalled from the provider",
    "no_answer_yet": "Attempt %(attempt)s is under way",
}


def sentence(table: Mapping[str, str], finding: Mapping[str, Any]) -> str:
    """The sentence of one finding, as `Finding.as_dict` gives it."""
    shown = {name: _shown(name, value) for name, value in finding.items() if name not in ("code", "at")}
    return table[finding["code"]] % shown


def _shown(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return time_with_zone(value)
    if isinstance(value, list):
        return ", ".join(printable(str(element)) for element in value)
    if name == "how":
        return why_texts.DOORS.get(value, value)
    if name == "origin":
        return why_texts.ORIGINS.get(value, value)
    if name == "state":
        return recipient_label(value)
    if name == "reason":
        return printable(value.replace("_", " ")).rstrip(".") or "none was given"
    if name == "variant":
        return str(value + 1)  # people count from 1; JSON counts from 0
    return printable(str(value))
