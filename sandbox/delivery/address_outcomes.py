"""The outcome of a mail, chosen by a word in its address, so that a person can try each outcome. Ordinary names never match."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.tracking_settings import NEEDS


@dataclass(frozen=True, slots=True)
class OutcomeEvent:
    """One event: seconds after acceptance (at normal speed), its name and its fields."""

    after: float
    event: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailOutcome:
    """The steps after `processed` (or instead of it, for a drop), and the suppression list that gets the address."""

    about: str
    steps: tuple[OutcomeEvent, ...]
    listed: str = ""  # bounces, blocks, spam_reports, unsubscribes


PROCESSING = 0.05
DELIVERY = 0.2
_DELIVERED = OutcomeEvent(DELIVERY, "delivered", {"response": "250 OK", "ip": "127.0.0.25", "tls": 1})
_HARD = {
    "reason": "550 5.1.1 The email account that you tried to reach does not exist.",
    "status": "5.1.1",
    "type": "bounce",
    "bounce_classification": "Invalid Address",
    "ip": "127.0.0.25",
    "tls": 1,
}
_SOFT = {
    "reason": "552 5.2.2 The mailbox is full; try again later.",
    "status": "5.2.2",
    "type": "blocked",
    "bounce_classification": "Mailbox Unavailable",
    "tls": 1,
}
_REFUSED_SENDER = {
    "reason": "550 5.7.515 Access denied, sending domain does not meet the required authentication level.",
    "status": "5.7.515",
    "type": "bounce",
    "bounce_classification": "Invalid Address",  # SendGrid also uses this class for bounces that are not about the address
    "tls": 1,
}
_BARE_BOUNCE = {"reason": "The message was returned.", "type": "bounce", "bounce_classification": "Unclassified"}
_EXPIRED = {"reason": "Unable to deliver: retried for 72 hours", "type": "blocked", "status": "4.4.7"}
_BUSY = {"response": "451 4.7.1 Please try again later", "domain": "mx.example", "tls": 1}
_AGENT = {"ip": "127.0.0.80", "useragent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
_PROXY = {"ip": "127.0.0.81", "useragent": "Mozilla/5.0"}
_OPEN = OutcomeEvent(0.4, "open", {**_AGENT, "sg_machine_open": False, "sg_content_type": "html"})
_CLICK = OutcomeEvent(0.5, "click", _AGENT)

ORDINARY = MailOutcome("processed, delivered", (_DELIVERED,))
_OPENED = MailOutcome("processed, delivered, open", (_DELIVERED, _OPEN))
_CLICKED = MailOutcome("processed, delivered, open, click", (_DELIVERED, _OPEN, _CLICK))
_CLICK_ONLY = MailOutcome("processed, delivered, click", (_DELIVERED, _CLICK))

OUTCOMES = {
    "late-bounce": MailOutcome(
        "delivered; later a bounce without message id and custom args",
        (_DELIVERED, OutcomeEvent(0.8, "late-bounce", _HARD)),
        "bounces",
    ),
    "bare-bounce": MailOutcome("hard bounce without status and ip", (OutcomeEvent(DELIVERY, "bounce", _BARE_BOUNCE),), "bounces"),
    "bounce": MailOutcome("hard bounce, listed under bounces", (OutcomeEvent(DELIVERY, "bounce", _HARD),), "bounces"),
    "blocked": MailOutcome(
        "soft bounce (type blocked), listed under blocks", (OutcomeEvent(DELIVERY, "bounce", _SOFT),), "blocks"
    ),
    "soft": MailOutcome("soft bounce (type blocked), listed under blocks", (OutcomeEvent(DELIVERY, "bounce", _SOFT),), "blocks"),
    "defer": MailOutcome(
        "deferred twice, then delivered",
        (
            OutcomeEvent(0.2, "deferred", {**_BUSY, "attempt": "1"}),
            OutcomeEvent(0.35, "deferred", {**_BUSY, "attempt": "2"}),
            OutcomeEvent(0.5, "delivered", _DELIVERED.fields),
        ),
    ),
    "expire": MailOutcome(
        "deferred, then given up (bounce of type blocked)",
        (OutcomeEvent(0.2, "deferred", {**_BUSY, "attempt": "1"}), OutcomeEvent(0.5, "bounce", _EXPIRED)),
        "blocks",
    ),
    "reputation": MailOutcome(
        "hard bounce because of the sender (DMARC), listed under bounces",
        (OutcomeEvent(DELIVERY, "bounce", _REFUSED_SENDER),),
        "bounces",
    ),
    "drop": MailOutcome("dropped: Invalid Address", (OutcomeEvent(PROCESSING, "dropped", {"reason": "Invalid Address"}),)),
    "spam-content": MailOutcome("dropped: Spam Content", (OutcomeEvent(PROCESSING, "dropped", {"reason": "Spam Content"}),)),
    "complain": MailOutcome("delivered, then spamreport", (_DELIVERED, OutcomeEvent(0.6, "spamreport")), "spam_reports"),
    "unsub": MailOutcome("delivered, then unsubscribe", (_DELIVERED, OutcomeEvent(0.6, "unsubscribe")), "unsubscribes"),
    "group-unsub": MailOutcome("delivered, then group_unsubscribe", (_DELIVERED, OutcomeEvent(0.6, "group_unsubscribe", _AGENT))),
    "machine-open": MailOutcome(
        "delivered, then a machine open", (_DELIVERED, OutcomeEvent(0.3, "open", {**_PROXY, "sg_machine_open": True}))
    ),
    "plain-open": MailOutcome("delivered, then an open without sg_machine_open", (_DELIVERED, OutcomeEvent(0.4, "open", _AGENT))),
    "open": _OPENED,
    "click": _CLICKED,
    "strange": MailOutcome(
        "delivered, then an event with an unknown name and unknown fields",
        (_DELIVERED, OutcomeEvent(0.4, "teleported", {"destination": {"planet": 3}, "again": None})),
    ),
    "silent": MailOutcome("accepted, then no events", ()),
}
_WORDS = "|".join(OUTCOMES)
# The word is the whole local part, or starts it before - . +, or ends it after +; or it is the domain WORD.example.
_RULE = re.compile(rf"^({_WORDS})(?=[-.+@])|\+({_WORDS})@|@({_WORDS})\.example$", re.MULTILINE)


def all_ordinary(addresses: Iterable[str]) -> bool:
    """Whether none of these addresses asks for an outcome; one search for all of them."""
    return _RULE.search("\n".join(addresses).lower()) is None


def foresee(address: str) -> str:
    """The word of the outcome that this address asks for, or an empty string for an ordinary one."""
    match = _RULE.search(address.lower())
    return match[match.lastindex or 0] if match else ""


def reported(outcome: MailOutcome, switches: Container[str]) -> MailOutcome:
    """The outcome as it is reported of a mail with these tracking switches on: without the events that need another."""
    steps = tuple(step for step in outcome.steps if NEEDS.get(step.event, "") in switches or step.event not in NEEDS)
    if len(steps) == len(outcome.steps):
        return outcome
    return next(rest for rest in (ORDINARY, _OPENED, _CLICK_ONLY) if rest.steps == steps)


def drop_for(reason: str) -> MailOutcome:
    """A mail to an address on a suppression list."""
    return MailOutcome(f"dropped: {reason}", (OutcomeEvent(PROCESSING, "dropped", {"reason": reason}),))
