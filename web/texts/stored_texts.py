"""Texts that the domain stored in English, in the reader's language: details of a hold, reasons, answers of the provider.

A row keeps the sentence, not a code. It is recognised by the templates that made it; an unknown text is shown as it is.
"""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from campaigns.hold_details import TEXTS
from campaigns.tracking.bounces import bounce_texts
from campaigns.tracking.bounces.bounce_classifier import BounceCause, cause_of
from subscribers.segments.grammar import SegmentError
from transport.provider_events import EventKind
from web.texts import state_labels

# Whole reasons and answers.
EXACT: Mapping[str, str | Promise] = {
    # why a batch is where it is
    "busy": _("the provider was busy"),
    "not connected": _("no connection to the provider"),
    "the worker did not report": _("the sending process stopped before it reported the outcome"),
    "no evidence within the settle time": _("no report arrived in time"),
    "no evidence": _("no report arrived in time"),
    "proved by event": _("proved by a report"),
    "attempts used up": _("all attempts were rejected"),
    "cancelled before it was sent again": _("the campaign was cancelled before it was sent again"),
    "taken back before its release": _("recalled before the provider sent it"),
    "cancelled before its release": _("cancelled before the provider sent it"),
    "after a restore: may have been sent in the part that was lost": _(
        "it may have been sent in the part of the database that was lost"
    ),
    # how a request failed (transport)
    "time-out": _("no answer within the time limit"),
    "closed without an answer": _("the connection was closed without an answer"),
    "connection lost": _("the connection was lost"),
    "connection lost before the first byte": _("the connection was lost before anything was sent"),
    "connection refused": _("the connection was refused"),
    "connecting timed out": _("no connection within the time limit"),
    "name not found": _("the provider's host name was not found"),
    "no permitted address": _("the provider's host has no permitted address"),
    "the answer is not HTTP": _("the answer is not HTTP"),
    "answered before the whole request was sent": _("the provider answered before the whole request was sent"),
}

# Why the provider did not try to deliver (`dropped`), in lower case. In English the provider's own text is shown.
DROPS: Mapping[str, str | Promise] = {
    "invalid": _("invalid address"),
    "invalid address": _("invalid address"),
    "bounced address": _("the address bounced before"),
    "spam reporting address": _("the person complained before"),
    "unsubscribed address": _("unsubscribed at the provider"),
    "spam content": _("content rejected"),
}

# A text, and in brackets what somebody else wrote or what proves it.
_IN_BRACKETS = _("%(text)s (%(detail)s)")
BOUNCES: Mapping[str, str | Promise] = {
    "hard: ": _("hard bounce: %(rest)s"),
    "soft: ": _("soft bounce: %(rest)s"),
}

# Beginnings before words of somebody else.
PREFIXES: Mapping[str, str | Promise] = {
    "unsendable: ": _("cannot be sent to: %(rest)s"),
    "not written: ": _("the request could not be built: %(rest)s"),
    "gate: ": _("a database error before sending: %(rest)s"),
    "cannot connect: ": _("no connection: %(rest)s"),
    "TLS: ": _("no encrypted connection: %(rest)s"),
}

# The faults of a segment, in languages other than English, which has the text of the error itself.
SEGMENT_FAULTS: Mapping[str, str | Promise] = {
    "empty": _("The segment is empty."),
    "segment_gone": _("The segment was deleted."),
    "too_long": _("The segment is too long: split it."),
    "character": _("Character %(column)s: this character is not allowed, or a quotation mark is missing."),
    "too_deep": _("Character %(column)s: too many nested parentheses."),
    "syntax": _("Character %(column)s: this is not a valid condition. Write: field, comparison, value."),
    "ends": _("Character %(column)s: the segment ends too early. Write: field, comparison, value."),
    "parenthesis": _("Character %(column)s: this parenthesis has no other one that belongs to it."),
    "unquoted": _("Character %(column)s: put the value in quotation marks."),
    "lower_case": _("Character %(column)s: write “and”, “or” and “not” in lower case."),
    "negation": _(
        "Character %(column)s: put parentheses around what “not” applies to: not (…). For a single condition, use != or !~."
    ),
    "mixed": _("Character %(column)s: put parentheses around conditions when you mix “and” with “or”."),
    "too_many": _("Character %(column)s: too many conditions or values. Split the segment."),
    "number": _("Character %(column)s: this number is out of range."),
    "operator": _("Character %(column)s: this field cannot be compared in this way."),
    "value": _("Character %(column)s: this value does not fit the field."),
    "field": _("Character %(column)s: there is no field “%(field)s”."),
    "list": _("Character %(column)s: there is no such list."),
    "segment": _("Character %(column)s: there is no such segment."),
    "cycle": _("Character %(column)s: this segment contains itself."),
    "nested": _("Character %(column)s: the segment that is named here is not valid. Open it to see what is wrong."),
    "too_large": _("Character %(column)s: with the segments that it names, the segment is too large. Name fewer."),
    "personal": _("Character %(column)s: your role does not see addresses and names of people. Leave this condition out."),
    "got_taken": _("An attribute is called “got”, so that a campaign cannot be left out. Delete the attribute first."),
    "follow_up_records": _(
        "The records of the campaign that this one follows are not kept any more, so nobody knows who would get it."
    ),
    "not_measured": _("Character %(column)s: it is not measured who clicks, so this field cannot be used."),
    "not_in_issue": _("A condition of an issue cannot ask who clicked. Use a segment to choose the recipients by it."),
}

SEGMENT_ERROR = _("error at character %(column)s of the segment")
_TWICE = re.compile(r"(\d\.\d{1,3}\.\d{1,3}) (?=.*(?<![\d.])\1(?![\d.]))", re.DOTALL)  # a status that the answer names, too
_COLUMN = re.compile(r"column (\d{1,6}): ")
_PROVED = " (proved by event)"
_PARTS = re.compile(r"%\((\w+)\)s")


# Values that are words of somebody else, and may be a text of ours in their turn. All others hold no semicolon.
_FREE = ("answer", "problem")
_DEEPEST = 3  # of texts within texts


def stored(text: str | None) -> str:
    """The text in the reader's language; several texts that were joined by semicolons are translated one by one."""
    return _stored(text or "", 0)


def reader_stored(text: str | None) -> str:
    """As `stored`, for the person whom it is about, without our kinds of bounces."""
    known = text or ""
    return stored(next((known.removeprefix(kind) for kind in BOUNCES if known.startswith(kind)), known))


def _stored(text: str, depth: int) -> str:
    if depth > _DEEPEST:
        return text
    if (whole := _known(text, depth)) is not None:
        return whole
    return str(state_labels.SEMICOLON).join(
        part if (label := _known(part, depth)) is None else label for part in text.split("; ")
    )


def _known(text: str, depth: int) -> str | None:
    for labels in (EXACT, state_labels.WORDS):
        if text in labels:
            return str(labels[text])
    if (reason := DROPS.get(text.strip().lower())) and not _is_english():
        return str(_IN_BRACKETS) % {"text": reason, "detail": text}
    if (match := _COLUMN.match(text)) and not _is_english():  # the rest is the English text of a SegmentError
        return str(SEGMENT_ERROR) % {"column": match[1]}
    if text.endswith(_PROVED):
        before = _stored(text.removesuffix(_PROVED), depth + 1)
        return str(_IN_BRACKETS) % {"text": before, "detail": EXACT["proved by event"]}
    for prefix, label in BOUNCES.items():
        if text.startswith(prefix):
            return str(label) % {"rest": _bounce(prefix, text.removeprefix(prefix))}
    for prefix, label in PREFIXES.items():
        if text.startswith(prefix):
            return str(label) % {"rest": _stored(text.removeprefix(prefix), depth + 1)}
    for template in TEXTS.values():
        if (values := _values(template, text)) is not None:
            return gettext(template) % {name: _value(name, value, depth) for name, value in values.items()}
    return None


def _bounce(prefix: str, answer: str) -> str:
    """The cause of a bounce, and the mail server's answer without the status that is stored before it."""
    kind = EventKind.BOUNCED_HARD if prefix == "hard: " else EventKind.BOUNCED_SOFT
    cause = cause_of(kind=kind, status="", text=answer, classification="").cause
    answer = _TWICE.sub("", answer, count=1) if _TWICE.match(answer) else answer
    if cause is BounceCause.UNCLASSIFIED or not answer:
        return answer
    return str(_IN_BRACKETS) % {"text": gettext(bounce_texts.CAUSES[cause]), "detail": answer}


def _values(template: str, text: str) -> dict[str, str] | None:
    """Return the values with which the template gives this text, or None. Each value ends where the next literal text begins."""
    start, *rest = _PARTS.split(template)
    if not text.startswith(start):
        return None
    values, at = {}, len(start)
    for name, literal in zip(rest[::2], rest[1::2], strict=True):
        end = text.find(literal, at) if literal else len(text)
        if end <= at or (name not in _FREE and "; " in text[at:end]):
            return None
        values[name], at = text[at:end], end + len(literal)
    return values if at == len(text) else None


def _value(name: str, value: str, depth: int) -> str:
    if name == "cause":
        return gettext(bounce_texts.CAUSES.get(value, value))
    return _stored(value, depth + 1) if name in _FREE else value


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")


def answer(status: int | None, detail: str | None) -> str:
    """Return the provider's answer: the HTTP status, and its text if there is one."""
    text = stored(detail)
    return text if status is None or text.startswith(str(status)) else f"{status} {text}".strip()


def segment_fault(error: SegmentError) -> str:
    if _is_english() or error.code not in SEGMENT_FAULTS:
        return f"{error}."
    return str(SEGMENT_FAULTS[error.code]) % {"column": error.column, "field": error.field}


def fault_of_stored_segment(error: SegmentError) -> str:
    """What is wrong with a segment that was valid when it was stored. Nobody writes it here, so a missing field has no hint."""
    return gettext("the field %(field)s no longer exists.") % {"field": error.field} if error.field else segment_fault(error)
