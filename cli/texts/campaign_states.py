"""The states of campaigns, recipients and batches as commands print them, and why a campaign cannot move from one to another."""

from collections.abc import Mapping

# State -> (adjective for a sentence, what to do from there).
_CAMPAIGN: Mapping[str, tuple[str, str]] = {
    "draft": ("a draft", "to send it: mailroom campaign send {campaign}"),
    "scheduled": ("scheduled", "to take it back to a draft: mailroom campaign unschedule {campaign}"),
    "filling": (
        "choosing its recipients",
        "wait until it is sending, or stop it for good: mailroom campaign cancel {campaign}",
    ),
    "sending": (
        "sending",
        "to interrupt it: mailroom campaign pause {campaign}; to stop it for good: mailroom campaign cancel {campaign}",
    ),
    "paused": (
        "paused",
        "to continue: mailroom campaign resume {campaign}; to stop it for good: mailroom campaign cancel {campaign}",
    ),
    "held": (
        "on hold",
        "to see why: mailroom campaign show {campaign}; to continue: mailroom campaign resume {campaign}",
    ),
    "sent": ("sent", "to see the result: mailroom campaign report {campaign}"),
    "cancelled": ("cancelled", "to see how far it got: mailroom campaign report {campaign}"),
}
# What staff wanted to do, by the state that it leads to.
_WANTED: Mapping[str, str] = {
    "draft": "taken back to a draft",
    "scheduled": "resumed",
    "filling": "resumed",
    "sending": "resumed",
    "paused": "paused",
    "held": "put on hold",
    "sent": "finished",
    "cancelled": "cancelled",
}
BRAKE_LIMITS: Mapping[str, str] = {"complaints": "complaints (0.3 %)", "bounces": "hard bounces (5 %)"}
# The states of recipients and batches whose code is not the word for them.
_RECIPIENT: Mapping[str, str] = {
    "in_flight": "under way",
    "unknown": "waiting for a report",
    "held": "needs your decision",
    "abandoned": "not sent again",
    "decided": "decision about uncertain recipients",
    "settled_by_policy": "uncertain recipients settled by the policy",
}


def adjective(state: str) -> str:
    """A campaign's state for a sentence: `campaign 3 is a draft`."""
    return _CAMPAIGN[state][0] if state in _CAMPAIGN else state


def label(state: str) -> str:
    """A campaign's state for a cell: its code, but “on hold” for `held`."""
    return "on hold" if state == "held" else state


def recipient_label(state: str) -> str:
    """The state of a recipient or a batch for a cell."""
    return _RECIPIENT.get(state, state.replace("_", " "))


def refused_move(campaign: object, state: str, target_state: str) -> tuple[str, str]:
    """Why a campaign cannot move from `state` to `wanted`, and what can be done instead."""
    description, hint = _CAMPAIGN.get(state, (state, ""))
    goes_on = target_state in {"scheduled", "filling", "sending"} and state in {"scheduled", "filling", "sending"}
    if state == target_state or goes_on:
        message = f"campaign {campaign} is already {description}"
    else:
        message = f"campaign {campaign} is {description} and cannot be {_WANTED.get(target_state, target_state)}"
    return message, hint.format(campaign=campaign)
