"""Finds the texts that quote a person, removes the quotation, and lists the texts that only staff can change.

Addresses also get into texts in which nobody looks for them: a statement of consent, the comment of somebody who left, the
provider's answer, the name of an imported file. Each app declares them in `data_protection`. Tables that nobody can change
(audit, consent ledger, delivery log) get no such text in the first place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import idna
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast

from publication import clock, personal_data
from subscribers import addresses
from subscribers.consent import confirmations
from subscribers.models import AddressChange, ImportRun, Notice, Segment, StoredCount, Subscriber, Subscription

GONE = "…"
# Characters of an address: `anna@example.org` is not quoted by `hanna@example.org` or `anna@example.org.uk`, but it is by
# the file name `anna@example.org.csv`.
_BEFORE, _AFTER = r"(?<![\w.!#$&'*+/=?^`{|}~-])", r"(?![\w-]|\.(?!(?:csv|tsv|txt|gz|zip|xlsx?)\b)[\w-])"
_SHORTEST = 3  # a name or value with fewer ASCII characters is part of too many other words


class Place(NamedTuple):
    """A text that quotes a person and that only staff can change: `segment` or `campaign`, and its short name or number."""

    kind: str
    name: str


@dataclass(frozen=True)
class Traces:
    """What texts may quote of a person. `words`, the name and the attributes, are looked for only in texts about the person:
    other people have the same name."""

    subscriber_ids: tuple[int, ...]
    spellings: tuple[str, ...]
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, people: Iterable[Subscriber]) -> Traces:
        found = list(people)
        written = {spelling for each in found if each.address for spelling in _spellings(each.address)}
        words = {word for each in found for word in (each.name, *_texts(each.attributes)) if _is_telling(word)}
        # The longest first, so that "Anna Schmidt" goes as a whole.
        return cls(
            tuple(each.pk for each in found), tuple(sorted(written)), tuple(sorted(words, key=lambda one: (-len(one), one)))
        )

    @cached_property
    def _addresses(self) -> re.Pattern[str]:
        return re.compile(_BEFORE + "(?:" + "|".join(map(re.escape, self.spellings)) + ")" + _AFTER, re.IGNORECASE)

    @cached_property
    def _words(self) -> re.Pattern[str]:
        return re.compile("|".join(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])" for word in self.words), re.IGNORECASE)

    def quoted_in(self, text: str) -> bool:
        """Whether the text quotes the address, in any spelling."""
        return bool(self.spellings) and self._addresses.search(text) is not None

    def named_in(self, text: str) -> bool:
        """Whether the text quotes the name or an attribute."""
        return bool(self.words) and self._words.search(text) is not None

    def without_address(self, text: str) -> str:
        return self._addresses.sub(GONE, text) if self.spellings else text

    def without(self, text: str) -> str:
        """The text without address, name and attributes: for texts about this person."""
        text = self.without_address(text)
        return self._words.sub(GONE, text) if self.words else text

    def quoting(self, *fields: str) -> Q:
        """The rows that may quote the address in one of these columns. `quoted_in` decides."""
        found = Q(pk__in=[])
        for field in fields:
            for spelling in self.spellings:
                found |= Q(**{f"{field}__icontains": spelling})
        return found


def _spellings(address: str) -> set[str]:
    local, _, domain = addresses.normalise(address).rpartition("@")
    domains = {domain, address.rpartition("@")[2].lower()}
    try:
        domains.add(idna.decode(domain))
    except (idna.IDNAError, UnicodeError):
        pass
    # The second form is that of a link's parameter.
    return {f"{local}{at}{each}" for each in domains for at in ("@", "%40")}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _is_telling(word: str) -> bool:
    return len(word) >= _SHORTEST or (len(word) > 1 and not word.isascii())


def _rewrite(model: type[Model], traces: Traces, fields: Sequence[str]) -> None:
    """Remove the address from these columns of text or JSON, in every row that quotes it."""
    as_text = {f"{name}_text": Cast(name, TextField()) for name in fields}
    for row in model._base_manager.annotate(**as_text).filter(traces.quoting(*as_text)):
        values = {name: _removed(getattr(row, name), traces) for name in fields}
        changed = {name: value for name, value in values.items() if value != getattr(row, name)}
        if changed:
            model._base_manager.filter(pk=row.pk).update(**changed)


def _removed(value: Any, traces: Traces) -> Any:
    if isinstance(value, dict):
        return {traces.without_address(key): _removed(each, traces) for key, each in value.items()}
    if isinstance(value, list):
        return [_removed(each, traces) for each in value]
    return traces.without_address(value) if isinstance(value, str) else value


def forget(traces: Traces) -> list[Place]:
    """Remove the quotations from the tables of all apps; returns the places of this app that only staff can change."""
    about = Q(subscriber_id__in=traces.subscriber_ids)
    for each in Subscription.objects.filter(about).exclude(consent="", unsubscribed_comment=""):
        consent = traces.without(each.consent)
        Subscription.objects.filter(pk=each.pk).update(consent=consent, unsubscribed_comment="")
    for model, fields in personal_data.quoting():
        _rewrite(model, traces, fields)
    _forget_refusals(traces)
    _forget_mails(about, traces)
    StoredCount.objects.filter(traces.quoting("of")).delete()  # counted again, from the segment's text of then
    return _in_segments(traces)


def _forget_refusals(traces: Traces) -> None:
    """The messages of refused rows quote cells, of the person's row too."""
    if not traces.words:
        return
    runs = ImportRun.objects.exclude(refusals=[]).annotate(text=Cast("refusals", TextField()))
    quoting = Q()
    for word in traces.words:
        quoting |= Q(text__icontains=json.dumps(word, ensure_ascii=False)[1:-1])
    for run in runs.filter(quoting):
        refusals = [
            {name: "" if isinstance(text, str) and traces.named_in(text) else text for name, text in refusal.items()}
            for refusal in run.refusals
        ]
        ImportRun.objects.filter(pk=run.pk).update(refusals=refusals)


def _forget_mails(about: Q, traces: Traces) -> None:
    """Notices to the person or to the address, and changes of address to it, also those that other people asked for.

    Changes that other people asked for stay open: they would learn from their end that the address was a subscriber's.
    """
    quoting = Notice.objects.filter(traces.quoting("address")).values_list("pk", "address")
    notices = about | Q(pk__in=[pk for pk, address in quoting if traces.quoted_in(address)])
    confirmations.cancel("erased", notices)
    personal_data.empty(Notice.objects.filter(notices))
    wished = AddressChange.objects.filter(traces.quoting("address")).values_list("pk", "address")
    for change in AddressChange.objects.filter(about):
        ended = {"state": AddressChange.State.ENDED, "ended_at": clock.now()} if change.state == AddressChange.State.OPEN else {}
        AddressChange.objects.filter(pk=change.pk).update(**personal_data.erased(AddressChange), **ended)
    hide_wished_address(Q(pk__in=[pk for pk, address in wished if traces.quoted_in(address)]))


def hidden(address: str) -> str:
    """The first letter and the domain, by which people who know an address recognise it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if local else ""


def hide_wished_address(which: Q) -> None:
    """Replace the address in these changes of address by its first letter and domain, which is all that their pages show.

    When such a change ends, at the latest after 7 days, this is removed, too. It cannot take effect any more.
    """
    for change in AddressChange.objects.filter(which):
        values = {"address": hidden(change.address), "address_key": addresses.random_key()}
        AddressChange.objects.filter(pk=change.pk).update(**values)


def _in_segments(traces: Traces) -> list[Place]:
    """In a segment the name and the attributes are whole values in quotation marks."""
    words = [json.dumps(word, ensure_ascii=False).lower() for word in traces.words]
    found = []
    for segment in Segment.objects.order_by("slug"):
        text = f"{segment.text}\n{segment.description}"
        if traces.quoted_in(text) or any(word in text.lower() for word in words):
            found.append(Place("segment", segment.slug))
    return found
