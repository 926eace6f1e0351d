"""What is on record about a person (`subscribers.records.history`), one sentence for each entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers.records import history
from subscribers.records.history import HistoryEntry
from subscribers.run_records import IMPORTED_DETAILS
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
    "agreed_measuring": _("Agreed that clicks are kept with their name"),
    "withdrew_measuring": _("Withdrew the agreement that clicks are kept with their name"),
    "measuring_ended": _("Clicks are not kept with their name any more"),
    "asked_address_change": _("Asked for mail at another address"),
    "changed_address": _("Has another address from now on"),
    "exported": _("Their data was exported"),
    "erased": _("Their data was erased"),
    "merged": _("Record %(other)s was merged into this one"),
    "import_undone": _("Was taken off %(list)s, because the import was undone"),
    # suppressions
    "suppressed": _("Is not mailed any more: %(reason)s%(cause)s"),
    history.DOMAIN_SUPPRESSED: _("Nothing is mailed to addresses at %(domain)s any more"),
    "lifted": _("May be mailed again: lifted was “%(reason)s”"),
    # what only the audit has
    "send_confirmation_again": _("Was asked once more to confirm the subscription to %(list)s"),
    "edit_subscriber": _("Details changed: %(fields)s"),
    "import_details": _("Details changed by an import: %(fields)s"),
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
    "measuring_agree": "agreed_measuring", "measuring_withdraw": "withdrew_measuring",
}  # fmt: skip
_BY_NAME = _("by %(name)s, in the console")
_CAUSE = _(" (%(cause)s)")
_EVERY_LIST = _("all lists")
_WITH_HOW = _("%(sentence)s (%(how)s)")
_FROM_TO, _FROM, _TO = _("%(old)s → %(new)s"), _("before: %(old)s"), _("new address: %(new)s")
_OF_RECORD = _("Record %(number)s: %(sentence)s")
# How we know, or where it was done: by the proof of a line of the ledger, else by its source. Both as in a person's copy of their
# data, except for what is said to the person there.
_PRIVATE_PAGE = _("on their private page")
_BY_PROOF: Mapping[str, str | Promise] = {**person_words.BY_PROOF, "private_link": _PRIVATE_PAGE}
_BY_SOURCE: Mapping[str, str | Promise] = {
    **person_words.BY_SOURCE,
    "preferences": _("on the page of their preferences"),
    "private page": _PRIVATE_PAGE,
    "embedded form": person_words.BY_SOURCE["api"],
    "staff": _("by staff, in the console"),
    "cli": _("by staff, on the command line"),
    "erased": _("when their data was erased"),
    "refused": _("when their request was refused"),
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


class ShownEntry(NamedTuple):
    """A line of the timeline: when, the sentence, the text that the person agreed to or the note of staff, if there was one, and
    the addresses of a change that are known.
    """

    at: datetime
    sentence: str
    quoted: str
    addresses: str


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
    record: int, entries: Sequence[HistoryEntry], lists: Mapping[str, str], labels: Mapping[str, str], zone: str
) -> list[ShownEntry]:  # fmt: skip
    """The sentences, the newest first. `lists`: short name -> name; `labels`: attribute -> label; times are in `zone`.

    What was of another record before it was merged into `record` begins with its number.
    """
    acts = [entry for entry in entries if entry.origin == history.LEDGER]
    kept = [entry for entry in entries if not _is_in_ledger(entry, acts) and not _is_other_side(entry)]
    return [_shown(record, entry, lists, labels, zone) for entry in reversed(kept)]


def _is_other_side(entry: HistoryEntry) -> bool:
    """Whether it is the line of a record that was merged: that of the record that stays says the same."""
    return entry.what == "merged" and entry.detail.get("kept") not in (None, entry.detail.get("record"))


def _is_in_ledger(entry: HistoryEntry, acts: Sequence[HistoryEntry]) -> bool:
    act = _SAME.get(entry.what) if entry.origin == history.AUDIT else None
    return act is not None and any(line.what == act and abs(line.at - entry.at) < history.MOMENT for line in acts)


def _shown(
    record: int, entry: HistoryEntry, lists: Mapping[str, str], labels: Mapping[str, str], zone: str
) -> ShownEntry:  # fmt: skip
    detail = entry.detail
    sentence = template(_key(entry)) % _values(entry, lists, labels, zone)
    if by := _by(entry):
        sentence = str(_WITH_HOW) % {"sentence": sentence, "how": by}
    if detail.get("record", record) != record:
        sentence = str(_OF_RECORD) % {"number": detail["record"], "sentence": sentence}
    quoted = str(detail.get("wording") or detail.get("consent") or detail.get("note") or "")
    quoted = quoted or stored_texts.stored(str(detail.get("stored") or ""))
    return ShownEntry(entry.at, sentence, quoted, _addresses(detail))


def _addresses(detail: Mapping[str, Any]) -> str:
    old, new = detail.get("old_address", ""), detail.get("new_address", "")
    text = _FROM_TO if old and new else _FROM if old else _TO if new else ""
    return str(text) % {"old": old, "new": new} if text else ""


def template(what: str) -> str:
    """The sentence for an act of the ledger or a verb of the audit, still with its %(…)s; the code itself if there is none."""
    return str(_SENTENCES.get(what) or _SENTENCES.get(_ACT_OF.get(what, "")) or person_words.CHANGES.get(what) or what)


def _by(entry: HistoryEntry) -> str:
    """Who did it, or where and how."""
    kind, _, name = entry.by.partition(" ")
    detail = entry.detail
    source = str(detail.get("source", ""))
    if kind == "staff" and name and (source in ("", "staff") or source.startswith("action:")):
        return str(_BY_NAME) % {"name": name}
    if entry.origin == history.SUPPRESSION and entry.what != history.DOMAIN_SUPPRESSED:
        return suppression_texts.origin(kind, name) if kind else ""
    if entry.what == history.DOMAIN_SUPPRESSED or (entry.origin == history.AUDIT and entry.what != IMPORTED_DETAILS):
        return state_labels.word(kind) if kind in ("subscriber", "system") else f"{state_labels.word(kind)} {name}"
    way = how(source, str(detail.get("proof", "")), str(detail.get("file", "")))
    return gettext(", ").join(filter(None, (way, name)))


def _key(entry: HistoryEntry) -> str:
    detail = entry.detail
    if entry.what == "left" and detail.get("again"):
        return "left again"
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
        "domain": str(detail.get("domain", "")),
        "fields": gettext(", ").join(names) or "–",
    }
