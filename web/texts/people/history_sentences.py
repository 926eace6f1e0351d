"""What is on record about a person (`subscribers.records.history`), one sentence for each entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers.records import history
from subscribers.records.history import HistoryEntry
from web.texts import state_labels, stored_texts, zoned_times
from web.texts.people import person_words, suppression_texts

# Entry -> sentence, with %(list)s and what `_values` gives. The ledger's acts, and what a subscription itself records.
_SENTENCES: Mapping[str, str | Promise] = {
    "requested": _("Asked to subscribe to %(list)s"),
    "confirmed": _("Joined %(list)s"),
    "added": _("Was added to %(list)s"),
    "left": _("Left %(list)s"),
    "left again": _("Left %(list)s once more"),
    "unsubscribed": _("Left %(list)s"),
    "gave_reason": _("Said why they left %(list)s: %(reason)s"),
    "returned": _("Took back that they left %(list)s"),
    "paused": _("Paused all mail until %(until)s"),
    "resumed": _("Ended the pause"),
    "asked_address_change": _("Asked for mail at another address"),
    "changed_address": _("Has another address from now on"),
    "exported": _("Their data was exported"),
    "erased": _("Their data was erased"),
    "merged": _("Record %(other)s was merged into this one"),
    "merged into": _("This record was merged into record %(kept)s"),
    "import_undone": _("Was taken off %(list)s, because the import was undone"),
    # suppressions and imports
    "suppressed": _("Is not mailed any more: %(reason)s%(cause)s"),
    "lifted": _("May be mailed again: lifted was “%(reason)s”"),
    "import_updated": _("Details were changed by an import"),
    # what only the audit has
    "send_confirmation_again": _("Was asked once more to confirm the subscription to %(list)s"),
    "edit_subscriber": _("Details changed: %(fields)s"),
    "confirm_address_change": _("The new address was confirmed"),
    "withdraw_address_change": _("The change of address was stopped"),
    "ask_private_link": _("Asked for a private link"),
}
# The audit's verb -> the act with the same sentence, where there is no ledger.
_ACT_OF: Mapping[str, str] = {
    "subscribe": "requested", "confirm": "confirmed", "join": "confirmed", "add_confirmed": "added",
    "undo_unsubscribe": "returned",
    "erase": "erased", "ask_address_change": "asked_address_change", "change_address": "changed_address",
    "export_person": "exported", "pause_subscriber": "paused", "resume_subscriber": "resumed",
}  # fmt: skip
_BY_NAME = _("by %(name)s, in the console")
_CAUSE = _(" (%(cause)s)")
_EVERY_LIST = _("all lists")
_WITH_HOW = _("%(sentence)s (%(how)s)")
# How we know, or where it was done: by the proof of a line of the ledger, else by its source.
_BY_PROOF: Mapping[str, str | Promise] = {
    "private_link": _("on their private page"),
    "both_addresses": _("with the links in the mails to both addresses"),
    "confirmation_link": _("with the link in the confirmation mail"),
}
_BY_SOURCE: Mapping[str, str | Promise] = {
    "one-click": _("with one click in the mail program"),
    "page": _("on the unsubscribe page"),
    "unsubscribe page": _("on the unsubscribe page"),
    "preferences": _("on the page of their preferences"),
    "private page": _("on their private page"),
    "address page": _("with the links in the mails to both addresses"),
    "form": _("with the sign-up form"),
    "embedded form": _("with the sign-up form on another website"),
    "api": _("with the sign-up form on another website"),
    "provider": _("through the provider's link"),
    "staff": _("by staff, in the console"),
    "cli": _("by staff, on the command line"),
    "erased": _("when their data was erased"),
    "merged": _("when two records were merged"),
    "import": _("before the move to Mailroom"),
}
_OF_FILE = _("import %(number)s, “%(file)s”")
# The audit's verb -> the ledger's act of the same moment, which says more.
_SAME = {
    "join": "confirmed",
    "pause_subscriber": "paused",
    "resume_subscriber": "resumed",
    "export_person": "exported",
}
_MOMENT = timedelta(seconds=5)  # within one transaction


class ShownEntry(NamedTuple):
    """A line of the timeline: when, the sentence, and the text that the person agreed to, if there was one."""

    at: datetime
    sentence: str
    quoted: str


def how(source: str, proof: str = "", file: str = "") -> str:
    """Where or how somebody did it."""
    if proof in _BY_PROOF:
        return str(_BY_PROOF[proof])
    number = source.removeprefix("import:")
    if source.startswith("action:"):
        return str(_BY_SOURCE["staff"])
    if number == source:
        return str(_BY_SOURCE.get(source, source))
    return str(_OF_FILE) % {"number": number, "file": file} if file else person_words.source_word(source)


def shown(
    entries: Sequence[HistoryEntry], lists: Mapping[str, str], labels: Mapping[str, str], zone: str
) -> list[ShownEntry]:  # fmt: skip
    """The sentences, the newest first. `lists`: short name -> name; `labels`: attribute -> label; times are in `zone`."""
    acts = [entry for entry in entries if entry.origin == history.LEDGER]
    kept = [entry for entry in entries if not _is_told_by_ledger(entry, acts)]
    return [_shown(entry, lists, labels, zone) for entry in reversed(kept)]


def _is_told_by_ledger(entry: HistoryEntry, acts: Sequence[HistoryEntry]) -> bool:
    act = _SAME.get(entry.what) if entry.origin == history.AUDIT else None
    return act is not None and any(line.what == act and abs(line.at - entry.at) < _MOMENT for line in acts)


def _shown(entry: HistoryEntry, lists: Mapping[str, str], labels: Mapping[str, str], zone: str) -> ShownEntry:
    detail = entry.detail
    sentence = template(_key(entry)) % _values(entry, lists, labels, zone)
    if by := _by(entry):
        sentence = str(_WITH_HOW) % {"sentence": sentence, "how": by}
    quoted = str(detail.get("wording") or detail.get("consent") or "") or stored_texts.stored(str(detail.get("stored") or ""))
    return ShownEntry(entry.at, sentence, quoted)


def template(what: str) -> str:
    """The sentence for an act of the ledger or a verb of the audit, still with its %(…)s; the code itself if there is none."""
    return str(_SENTENCES.get(what) or _SENTENCES.get(_ACT_OF.get(what, "")) or person_words.CHANGES.get(what) or what)


def _by(entry: HistoryEntry) -> str:
    """Who did it, or where and how."""
    kind, _, name = entry.by.partition(" ")
    if entry.origin == history.SUPPRESSION:
        return suppression_texts.origin(kind) if kind else ""
    detail = entry.detail
    if entry.origin == history.IMPORT:
        source = how(str(detail["source"]), file=str(detail.get("file", "")))
        return gettext(", ").join(filter(None, (source, name)))
    if kind == "staff" and name and not str(detail.get("source", "")).startswith("import:"):
        return str(_BY_NAME) % {"name": name}
    if entry.origin == history.AUDIT:
        return state_labels.word(kind) if kind in ("subscriber", "system") else f"{state_labels.word(kind)} {name}"
    return how(str(detail.get("source", "")), str(detail.get("proof", "")), str(detail.get("file", "")))


def _key(entry: HistoryEntry) -> str:
    detail = entry.detail
    if entry.what == "left" and detail.get("again"):
        return "left again"
    if entry.what == "merged" and detail.get("kept") not in (None, detail.get("record")):
        return "merged into"
    return entry.what


def _values(
    entry: HistoryEntry, lists: Mapping[str, str], labels: Mapping[str, str], zone: str
) -> dict[str, str]:  # fmt: skip
    detail = entry.detail
    cause = str(detail.get("cause") or "")
    until = parse_datetime(str(detail.get("until", "")))
    names = [str(person_words.FIELDS.get(name) or labels.get(name, name)) for name in detail.get("changed", [])]
    return {
        "list": f"“{lists.get(entry.list, entry.list)}”" if entry.list else str(_EVERY_LIST),
        "reason": state_labels.word(str(detail.get("reason", ""))),
        "cause": str(_CAUSE) % {"cause": gettext(CAUSES.get(cause) or cause)} if cause else "",
        "until": zoned_times.with_zone(until, zone) if until else "–",
        "other": str(detail.get("other", "")),
        "kept": str(detail.get("kept", "")),
        "fields": gettext(", ").join(names) or "–",
    }
