"""Finds out why a mail bounced, was deferred or was dropped, and what follows from that. Pure: no database, no Django.

A specific text of the receiving server outranks the provider's classification, because a wrong DMARC record is
answered with 550 like an unknown address, and the classification can be wrong or missing. If the text is not specific,
the enhanced status and the classification decide. If these two disagree about an invalid address, the other cause
counts, so that nobody is suppressed in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from campaigns.tracking.bounces import mailbox_providers
from campaigns.tracking.bounces.bounce_types import BounceCause, BounceRule
from campaigns.tracking.bounces.classifier_rules import REJECTED_ADDRESS, RULES
from transport.provider_events import EventKind

__all__ = ["DEFAULT_REMEDIES", "EFFECTS", "BounceCause", "BounceDiagnosis", "Effect", "cause_of"]


class Effect(StrEnum):
    """What follows from a cause."""

    SUPPRESS = "suppress"  # suppress the address at once
    COUNT = "count"  # suppress the address after several campaigns without a delivery between them
    ALARM = "alarm"  # suppress nobody; raise an alarm that names the fix
    NONE = "none"


EFFECTS: Mapping[BounceCause, Effect] = {
    BounceCause.INVALID_ADDRESS: Effect.SUPPRESS,
    BounceCause.MAILBOX_FULL: Effect.COUNT,
    BounceCause.MAILBOX_INACTIVE: Effect.COUNT,
    BounceCause.TECHNICAL: Effect.NONE,
    BounceCause.CONTENT: Effect.ALARM,
    BounceCause.REPUTATION: Effect.ALARM,
    BounceCause.VOLUME: Effect.ALARM,
    BounceCause.UNCLASSIFIED: Effect.COUNT,
}

# The fix if only a status or a classification is known.
DEFAULT_REMEDIES: Mapping[BounceCause, str] = {
    BounceCause.CONTENT: "content_filter",
    BounceCause.REPUTATION: "sender_refused",
    BounceCause.VOLUME: "slow_down",
}

READ_CHARACTERS = 8000  # more than any server writes; the rest of a longer text is ignored


@dataclass(frozen=True, slots=True)
class BounceDiagnosis:
    """The cause, the code of the fix ("" if there is none), the rule that decided, and the provider's family."""

    cause: BounceCause
    remedy: str
    rule: str
    family: str

    @property
    def effect(self) -> Effect:
        return EFFECTS[self.cause]


def cause_of(*, kind: EventKind, status: str, text: str, classification: str, domain: str = "") -> BounceDiagnosis:
    """The cause of one event. The arguments except `kind` are "" where they are not known."""
    answer = BounceAnswer.of(text, status, domain)
    if kind == EventKind.DROPPED and (own := _DROPS.get(answer.text.strip())):
        return _diagnosis(*own, answer.family)
    rule = next((rule for rule in RULES if _fits(rule, answer)), None)
    if rule is None and _fits(REJECTED_ADDRESS, answer) and not any(code[1:4] == ".7." for code in answer.codes):
        rule = REJECTED_ADDRESS
    if rule is not None:
        return _diagnosis(_cause_by(rule, answer), rule.id, answer.family, rule.remedy)
    return _by_codes(answer, _CLASSIFICATIONS.get(classification.strip().lower()))


def _diagnosis(cause: BounceCause, rule: str, family: str, remedy: str = "") -> BounceDiagnosis:
    return BounceDiagnosis(cause, remedy or DEFAULT_REMEDIES.get(cause, ""), rule, family)


# -- reading an answer

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]\u3000-\u9fff\uff00-\uffef]*")
_ADDRESS = re.compile(r"[a-z0-9._%+=/…-]{1,64}@[a-z0-9.-]{1,255}")
_ENHANCED = re.compile(r"(?:\b[45][0-9][0-9][ -])?(?<![0-9.])([45]\.[0-9]{1,3}\.[0-9]{1,3})(?!\.?[0-9])")
_CONTINUED = re.compile(r"\b[45][0-9][0-9]-")
_REPLY = re.compile(r"(?:^|said: )(?:smtp; ?)?([45])[0-9][0-9](?![0-9])")
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,12}[a-z]{2,24}")
_SEPARATORS = re.compile(r"[^0-9a-z\u00c0-\u024f\u3400-\u9fff]+")
# Cisco's gateways write this around any answer of the server behind them, even a rejection by policy.
_WRAPPER = "unknown address error"
# Two words with a missing space ("later.Please") look like a host name of two labels, so these need a known ending.
_ENDINGS = frozenset(["com", "net", "org", "de", "ru", "cn", "fr", "uk", "it", "jp", "eu", "io", "info", "example"])


@dataclass(frozen=True, slots=True)
class BounceAnswer:
    """A parsed server answer. `text` begins and ends with a space, and has no addresses, hosts, links or codes."""

    text: str
    codes: tuple[str, ...]
    links: str
    family: str
    is_temporary: bool

    @classmethod
    def of(cls, text: str, status: str, domain: str) -> BounceAnswer:
        raw = " ".join(text[:READ_CHARACTERS].lower().replace("’", "").replace("'", "").split())
        plain = _ADDRESS.sub(" ", _LINK.sub(" ", raw)).replace(_WRAPPER, " ")
        codes = tuple(dict.fromkeys([*_ENHANCED.findall(plain), *_ENHANCED.findall(status)]))
        plain = _CONTINUED.sub(" ", _ENHANCED.sub(" ", plain))
        hosts = [token for token in plain.split() if _is_host(token)]
        bare_text = _SEPARATORS.sub(" ", " ".join(token for token in plain.split() if not _is_host(token)))
        reply = _REPLY.search(raw)
        first = reply[1] if reply else (codes[0][0] if codes else "")
        return cls(
            f" {bare_text.strip()} ",
            codes,
            " ".join([*_LINK.findall(raw), *hosts]),
            mailbox_providers.of(domain, raw),
            first == "4",
        )


def _is_host(token: str) -> bool:
    bare = token.strip("[]()<>,;:.")
    if not _HOST.fullmatch(bare) or bare.startswith(("resolver.", "storedrv.", "transport.")):
        return False  # Exchange's names of faults look like hosts
    return bare.count(".") > 1 or bare.rpartition(".")[2] in _ENDINGS


# -- the table


GAP = 60


def _fits(rule: BounceRule, answer: BounceAnswer) -> bool:
    if rule.families and answer.family not in rule.families:
        return False
    if rule.needs and all(code[2:] != rule.needs for code in answer.codes):
        return False
    plain, pairs = _needles(rule.phrases)
    text = answer.text
    return (
        any(needle in text for needle in plain)
        or any(code[2:] in rule.codes for code in answer.codes)
        or any(link in answer.links for link in rule.links)
        or any(_follows(first, second, text) for first, second in pairs)
    )


@cache
def _needles(phrases: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Phrases to look for, and pairs of phrases with a gap between. Chinese has no spaces between words."""
    plain = tuple(f" {phrase}" if phrase.isascii() else phrase for phrase in phrases if "*" not in phrase)
    pairs = tuple((f" {first}", f" {second}") for first, star, second in (phrase.partition("*") for phrase in phrases) if star)
    return plain, pairs


def _follows(first: str, second: str, text: str) -> bool:
    """Whether `second` begins at most GAP characters after `first`."""
    start = text.find(first)
    while start >= 0:
        end = start + len(first)
        if text.find(second, end, end + GAP + len(second)) >= 0:
            return True
        start = text.find(first, end)
    return False


def _cause_by(rule: BounceRule, answer: BounceAnswer) -> BounceCause:
    """The rule's cause. A temporary answer does not prove an invalid address: servers give it while their directory is down."""
    if rule.cause is BounceCause.INVALID_ADDRESS and answer.is_temporary:
        return BounceCause.TECHNICAL if rule is REJECTED_ADDRESS else BounceCause.MAILBOX_INACTIVE
    return rule.cause


# -- if the text is not specific

# SendGrid's own reasons for mail that it did not send. The first three are not causes: the cause is that of the event that put
# the address on the provider's list.
_DROPS: Mapping[str, tuple[BounceCause, str]] = {
    "bounced address": (BounceCause.UNCLASSIFIED, "listed-bounced"),
    "spam reporting address": (BounceCause.UNCLASSIFIED, "listed-complained"),
    "unsubscribed address": (BounceCause.UNCLASSIFIED, "listed-unsubscribed"),
    "invalid": (BounceCause.INVALID_ADDRESS, "listed-invalid"),
    "invalid address": (BounceCause.INVALID_ADDRESS, "listed-invalid"),
    "spam content": (BounceCause.CONTENT, "sendgrid-content"),
}

_CLASSIFICATIONS: Mapping[str, BounceCause] = {
    "invalid address": BounceCause.INVALID_ADDRESS,
    "mailbox unavailable": BounceCause.MAILBOX_INACTIVE,
    "technical": BounceCause.TECHNICAL,
    "technical failure": BounceCause.TECHNICAL,
    "content": BounceCause.CONTENT,
    "reputation": BounceCause.REPUTATION,
    "frequency/volume": BounceCause.VOLUME,
    "frequency/volume too high": BounceCause.VOLUME,
    "frequency or volume too high": BounceCause.VOLUME,
}

# Enhanced status codes (RFC 3463, IANA): the whole detail first, then its subject.
_DETAILS: Mapping[str, BounceCause] = {
    "1.1": BounceCause.INVALID_ADDRESS,
    "1.3": BounceCause.INVALID_ADDRESS,
    "1.6": BounceCause.INVALID_ADDRESS,
    "1.2": BounceCause.TECHNICAL,
    "1.7": BounceCause.REPUTATION,
    "2.1": BounceCause.MAILBOX_INACTIVE,
    "2.2": BounceCause.MAILBOX_FULL,
}
_SUBJECTS: Mapping[str, BounceCause] = {
    "3": BounceCause.TECHNICAL,
    "4": BounceCause.TECHNICAL,
    "5": BounceCause.TECHNICAL,
    "6": BounceCause.CONTENT,
    "7": BounceCause.REPUTATION,
}


def _by_codes(answer: BounceAnswer, classified: BounceCause | None) -> BounceDiagnosis:
    status_cause = next((cause for code in answer.codes if (cause := _by_status(code))), None)
    if status_cause is BounceCause.INVALID_ADDRESS and classified:
        status_cause = classified
    if answer.is_temporary:
        status_cause = BounceCause.MAILBOX_INACTIVE if status_cause is BounceCause.INVALID_ADDRESS else status_cause
        classified = None if classified is BounceCause.INVALID_ADDRESS else classified
    if status_cause:
        return _diagnosis(status_cause, "status", answer.family)
    if classified:
        return _diagnosis(classified, "classification", answer.family)
    if answer.is_temporary:
        return _diagnosis(BounceCause.TECHNICAL, "temporary", answer.family)
    return _diagnosis(BounceCause.UNCLASSIFIED, "none", answer.family)


def _by_status(code: str) -> BounceCause | None:
    """The cause of an enhanced status. x.0.0, x.1.0 and x.2.0 are too general, and Outlook.com writes 5.5.0 for everything."""
    if code == "5.5.0":
        return None
    return _DETAILS.get(code[2:]) or _SUBJECTS.get(code[2])
