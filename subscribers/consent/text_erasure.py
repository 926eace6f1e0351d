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
from subscribers.models import (
    AddressChange,
    ImportRun,
    Notice,
    Segment,
    StoredCount,
    Subscriber,
    Subscription,
    may_quote_address,
)

GONE = "…"
# Characters of an address: `anna@example.org` is not quoted by `hanna@example.org` or `anna@example.org.uk`, but it is by
# the file name `anna@example.org.csv`.
_BEFORE, _AFTER = r"(?<![\w.!#$&'*+/=?^`{|}~-])", r"(?![\w-]|\.(?!(?:csv|tsv|txt|gz|zip|xlsx?)\b)[\w-])"
_SHORTEST = 3  # a name or value with fewer ASCII characters is part of too many other words


class QuotingText(NamedTuple):
    """A text that quotes a person and that only staff can change: `segment` or `campaign`, and its short name or number."""

    kind: str
    name: str


@dataclass(frozen=True)
class PersonalIdentifiers:
    """The personal data that texts may quote: the spellings of a person's addresses, their name and their attributes.

    Names and attributes are searched only in texts about the person, because other people have the same name.
    """

    subscriber_ids: tuple[int, ...]
    spellings: tuple[str, ...]
    names_and_attributes: tuple[str, ...] = ()

    @classmethod
    def of(cls, people: Iterable[Subscriber]) -> PersonalIdentifiers:
        records = list(people)
        spellings = {spelling for person in records if person.address for spelling in _spellings(person.address)}
        texts = {text for person in records for text in (person.name, *_texts(person.attributes)) if _is_distinctive(text)}
        # The longest first, so that "Anna Schmidt" goes as a whole.
        longest_first = sorted(texts, key=lambda text: (-len(text), text))
        return cls(tuple(person.pk for person in records), tuple(sorted(spellings)), tuple(longest_first))

    @cached_property
    def _addresses(self) -> re.Pattern[str]:
        return re.compile(_BEFORE + "(?:" + "|".join(map(re.escape, self.spellings)) + ")" + _AFTER, re.IGNORECASE)

    @cached_property
    def _names(self) -> re.Pattern[str]:
        whole_words = (rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])" for text in self.names_and_attributes)
        return re.compile("|".join(whole_words), re.IGNORECASE)

    def quotes_address(self, text: str) -> bool:
        return bool(self.spellings) and self._addresses.search(text) is not None

    def quotes_name(self, text: str) -> bool:
        return bool(self.names_and_attributes) and self._names.search(text) is not None

    def remove_address(self, text: str) -> str:
        return self._addresses.sub(GONE, text) if self.spellings else text

    def remove_all(self, text: str) -> str:
        """The text without address, name and attributes: for texts about this person."""
        text = self.remove_address(text)
        return self._names.sub(GONE, text) if self.names_and_attributes else text

    def rows_quoting(self, *fields: str) -> Q:
        """The condition for rows that may quote the address in one of these columns. `quotes_address` decides."""
        quoting = Q(pk__in=[])
        for field in fields:
            for spelling in self.spellings:
                quoting |= Q(**{f"{field}__icontains": spelling})
        return quoting


def _spellings(address: str) -> set[str]:
    local, _, domain = addresses.normalise(address).rpartition("@")
    domains = {domain, address.rpartition("@")[2].lower()}
    try:
        domains.add(idna.decode(domain))
    except (idna.IDNAError, UnicodeError):
        pass
    # The second form is that of a link's parameter.
    return {f"{local}{at}{spelling}" for spelling in domains for at in ("@", "%40")}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for member in value.values() for text in _texts(member)]
    if isinstance(value, list):
        return [text for member in value for text in _texts(member)]
    return [value] if isinstance(value, str) else []


def _is_distinctive(text: str) -> bool:
    return len(text) >= _SHORTEST or (len(text) > 1 and not text.isascii())


def _rewrite(model: type[Model], identifiers: PersonalIdentifiers, fields: Sequence[str]) -> None:
    """Remove the address from these columns of text or JSON, in every row that quotes it."""
    as_text = {f"{name}_text": Cast(name, TextField()) for name in fields}
    rows = model._base_manager.annotate(**as_text).filter(identifiers.rows_quoting(*as_text))
    if all(isinstance(model._meta.get_field(name), TextField) for name in fields):
        rows = rows.filter(may_quote_address(*fields))  # the condition of the index that the largest table has for this
    for row in rows:
        values = {name: _without_address(getattr(row, name), identifiers) for name in fields}
        changed = {name: value for name, value in values.items() if value != getattr(row, name)}
        if changed:
            model._base_manager.filter(pk=row.pk).update(**changed)


def _without_address(value: Any, identifiers: PersonalIdentifiers) -> Any:
    if isinstance(value, dict):
        return {identifiers.remove_address(key): _without_address(member, identifiers) for key, member in value.items()}
    if isinstance(value, list):
        return [_without_address(member, identifiers) for member in value]
    return identifiers.remove_address(value) if isinstance(value, str) else value


def erase_quotations(identifiers: PersonalIdentifiers) -> list[QuotingText]:
    """Remove the quotations from the tables of all apps; returns the texts of this app that only staff can change."""
    about = Q(subscriber_id__in=identifiers.subscriber_ids)
    for subscription in Subscription.objects.filter(about).exclude(consent="", unsubscribed_comment=""):
        consent = identifiers.remove_all(subscription.consent)
        Subscription.objects.filter(pk=subscription.pk).update(consent=consent, unsubscribed_comment="")
    for model, fields in personal_data.quoting():
        _rewrite(model, identifiers, fields)
    _erase_from_refusals(identifiers)
    _erase_mails(about, identifiers)
    StoredCount.objects.filter(identifiers.rows_quoting("of")).delete()  # counted again, from the segment's text of then
    return _segments_quoting(identifiers)


def _erase_from_refusals(identifiers: PersonalIdentifiers) -> None:
    """Empty messages of refused rows that quote the person's name or attributes: a message quotes cells of its row."""
    if not identifiers.names_and_attributes:
        return
    runs = ImportRun.objects.exclude(refusals=[]).annotate(text=Cast("refusals", TextField()))
    quoting = Q()
    for quoted in identifiers.names_and_attributes:
        quoting |= Q(text__icontains=json.dumps(quoted, ensure_ascii=False)[1:-1])
    for run in runs.filter(quoting):
        refusals = [
            {name: "" if isinstance(text, str) and identifiers.quotes_name(text) else text for name, text in refusal.items()}
            for refusal in run.refusals
        ]
        ImportRun.objects.filter(pk=run.pk).update(refusals=refusals)


def _erase_mails(about: Q, identifiers: PersonalIdentifiers) -> None:
    """Empty notices to the person or to the address, and changes of address to it, also those that other people asked for.

    Changes that other people asked for stay open: they would learn from their end that the address was a subscriber's.
    """
    quoting = Notice.objects.filter(identifiers.rows_quoting("address")).values_list("pk", "address")
    notices = about | Q(pk__in=[pk for pk, address in quoting if identifiers.quotes_address(address)])
    confirmations.cancel("erased", notices)
    personal_data.empty(Notice.objects.filter(notices))
    requested = AddressChange.objects.filter(identifiers.rows_quoting("address")).values_list("pk", "address")
    for change in AddressChange.objects.filter(about):
        ended = {"state": AddressChange.State.ENDED, "ended_at": clock.now()} if change.state == AddressChange.State.OPEN else {}
        AddressChange.objects.filter(pk=change.pk).update(**personal_data.erased(AddressChange), **ended)
    mask_requested_addresses(Q(pk__in=[pk for pk, address in requested if identifiers.quotes_address(address)]))


def mask_address(address: str) -> str:
    """Reduce an address to its first letter and domain, by which people who know the address recognise it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if local else ""


def mask_requested_addresses(which: Q) -> None:
    """Replace the address in these changes of address by its first letter and domain, which is all that their pages show.

    When such a change ends, at the latest after 7 days, this is removed, too. It cannot take effect any more.
    """
    for change in AddressChange.objects.filter(which):
        values = {"address": mask_address(change.address), "address_key": addresses.random_key()}
        AddressChange.objects.filter(pk=change.pk).update(**values)


def _segments_quoting(identifiers: PersonalIdentifiers) -> list[QuotingText]:
    """The segments that quote the person. There the name and the attributes are whole values in quotation marks."""
    quoted_values = [json.dumps(text, ensure_ascii=False).lower() for text in identifiers.names_and_attributes]
    quoting = []
    for segment in Segment.objects.order_by("slug"):
        text = f"{segment.text}\n{segment.description}"
        if identifiers.quotes_address(text) or any(quoted in text.lower() for quoted in quoted_values):
            quoting.append(QuotingText("segment", segment.slug))
    return quoting
