"""Finds the texts that quote a person, removes the quotation, and lists the texts that only staff can change.

Addresses also get into texts in which nobody looks for them: a statement of consent, the comment of somebody who left, the
provider's answer, the name of an imported file. Each app declares them in `data_protection`. Tables that nobody can change
(audit, consent ledger, delivery log) get no such text in the first place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import idna
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast, Lower
from django.db.models.lookups import In

from publication import clock, personal_data
from subscribers import addresses
from subscribers.consent import confirmations
from subscribers.models import (
    AddressChange,
    ImportRun,
    Notice,
    Segment,
    SegmentVersion,
    StoredCount,
    Subscriber,
    Subscription,
    may_quote_address,
)
from subscribers.segments import grammar

GONE = "…"
# Characters of an address: `anna@example.org` is not quoted by `hanna@example.org` or `anna@example.org.uk`, but it is by
# the file name `anna@example.org.csv`.
_BEFORE, _AFTER = r"(?<![\w.!#$&'*+/=?^`{|}~-])", r"(?![\w-]|\.(?!(?:csv|tsv|txt|gz|zip|xlsx?)\b)[\w-])"
_SHORTEST = 3  # a name or value with fewer ASCII characters is part of too many other words
_FEW = 8  # spellings: of more, a statement would compare each text with each of them
_SIGN = re.compile(r"@|%40")
_LOCAL = re.compile(r"[\w.!#$&'*+/=?^`{|}~%-]*")
_DOMAIN = re.compile(r"[\w.-]*")
_DOMAIN_END = re.compile(r"\Z|\.(?:\Z|\.|(?:csv|tsv|txt|gz|zip|xlsx?)\b)")
_REMEMBERED = 1000  # texts
_LOCAL_WINDOW = 2 * addresses.LONGEST_LOCAL
# In SQL: a text with an address. Masked ones (`addresses.masked`) have the sign of one and no local part.
_ANY_ADDRESS = r"[^…](@|%40)"


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
    def united(cls, several: Sequence[PersonalIdentifiers]) -> PersonalIdentifiers:
        """Those of several people, for texts that are about nobody in particular."""
        if len(several) == 1:
            return several[0]
        return cls(
            tuple(number for person in several for number in person.subscriber_ids),
            tuple(sorted({spelling for person in several for spelling in person.spellings})),
            _longest_first({text for person in several for text in person.names_and_attributes}),
        )

    @classmethod
    def of(cls, people: Iterable[Subscriber]) -> PersonalIdentifiers:
        records = list(people)
        spellings = {spelling for person in records if person.address for spelling in _spellings(person.address)}
        texts = {text for person in records for text in (person.name, *_texts(person.attributes)) if _is_distinctive(text)}
        return cls(tuple(person.pk for person in records), tuple(sorted(spellings)), _longest_first(texts))

    @cached_property
    def _addresses(self) -> re.Pattern[str]:
        return _pattern(self.spellings)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.spellings)

    @cached_property
    def _unusual(self) -> tuple[str, ...]:
        """Spellings whose local part has characters that `_LOCAL` does not know."""
        locals_ = ((spelling, _SIGN.split(spelling)[0]) for spelling in self.spellings)
        return tuple(spelling for spelling, local in locals_ if not _LOCAL.fullmatch(local) or len(local) >= _LOCAL_WINDOW)

    def _quoted(self, text: str) -> re.Pattern[str] | None:
        """The pattern of the addresses that the text may quote; None if it quotes none.

        Of many people, one pattern with all addresses would try each of them at each character.
        """
        if len(self.spellings) <= _FEW:
            return self._addresses if self.spellings else None
        quoted = {spelling for sign in _SIGN.finditer(text) for spelling in _written_at(text, sign) if spelling in self._known}
        if self._unusual:
            lower = text.lower()
            quoted |= {spelling for spelling in self._unusual if spelling in lower}
        return _pattern(sorted(quoted)) if quoted else None

    @cached_property
    def _names(self) -> re.Pattern[str]:
        whole_words = (rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])" for text in self.names_and_attributes)
        return re.compile("|".join(whole_words), re.IGNORECASE)

    def quotes_address(self, text: str) -> bool:
        pattern = self._quoted(text)
        return pattern is not None and pattern.search(text) is not None

    def quotes_name(self, text: str) -> bool:
        return bool(self.names_and_attributes) and self._names.search(text) is not None

    def remove_address(self, text: str) -> str:
        pattern = self._quoted(text)
        return pattern.sub(GONE, text) if pattern is not None else text

    def remove_all(self, text: str) -> str:
        """The text without address, name and attributes: for texts about this person."""
        text = self.remove_address(text)
        return self._names.sub(GONE, text) if self.names_and_attributes else text

    def rows_quoting(self, *fields: str) -> Q:
        """The condition for rows that may quote the address in one of these columns. `quotes_address` decides."""
        quoting = Q(pk__in=[])
        for field in fields:
            if len(self.spellings) > _FEW:
                quoting |= Q(**{f"{field}__regex": _ANY_ADDRESS})
                continue
            for spelling in self.spellings:
                quoting |= Q(**{f"{field}__icontains": spelling})
        return quoting

    def rows_with(self, field: str) -> Q:
        """The condition for rows whose column is the address, in any spelling."""
        return Q(In(Lower(field), list(self.spellings))) if self.spellings else Q(pk__in=[])


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    """In this order "Anna Schmidt" goes as a whole."""
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))


def _pattern(spellings: Iterable[str]) -> re.Pattern[str]:
    return re.compile(_BEFORE + "(?:" + "|".join(map(re.escape, spellings)) + ")" + _AFTER, re.IGNORECASE)


def _written_at(text: str, sign: re.Match[str]) -> Iterator[str]:
    """The addresses that a text may have at this sign: from each beginning of a local part to each end of a domain."""
    backwards = _LOCAL.match(text[max(0, sign.start() - _LOCAL_WINDOW) : sign.start()][::-1])
    after = _DOMAIN.match(text, sign.end())
    local, domain = (backwards[0][::-1].lower() if backwards else ""), (after[0].lower() if after else "")
    beginnings = [0, *(at + 1 for at, character in enumerate(local) if character == "%")]
    for end in range(1, len(domain) + 1):
        if _DOMAIN_END.match(domain, end):
            for beginning in beginnings:
                yield f"{local[beginning:]}{sign[0]}{domain[:end]}"


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
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _is_distinctive(text: str) -> bool:
    return len(text) >= _SHORTEST or (len(text) > 1 and not text.isascii())


def _rewrite(model: type[Model], identifiers: PersonalIdentifiers, fields: Sequence[str]) -> None:
    """Remove the address from these columns of text or JSON, in every row that quotes it."""
    as_text = {f"{name}_text": Cast(name, TextField()) for name in fields}
    rows = model._base_manager.annotate(**as_text).filter(identifiers.rows_quoting(*as_text))
    if is_text := all(isinstance(model._meta.get_field(name), TextField) for name in fields):
        rows = rows.filter(may_quote_address(*fields))  # the condition of the index that the largest table has for this
    texts_of = rows.order_by("pk").values_list("pk", *fields)
    quoting_others: set[tuple[str, ...]] = set()  # such as the statement of an import, which all of its people have
    for number, *texts in texts_of.iterator(chunk_size=500) if len(identifiers.spellings) > _FEW else texts_of:
        if is_text and tuple(texts) in quoting_others:
            continue
        if not _changed(fields, texts, identifiers):
            if is_text and len(quoting_others) < _REMEMBERED:
                quoting_others.add(tuple(texts))
            continue
        # Read again under a lock: another erasure may just remove somebody else from the same text.
        row = model._base_manager.filter(pk=number)
        for locked in row.select_for_update().values_list(*fields):
            if changed := _changed(fields, locked, identifiers):
                row.update(**changed)


def _changed(fields: Sequence[str], texts: Sequence[Any], identifiers: PersonalIdentifiers) -> dict[str, Any]:
    """The columns of a row that quote the address, without it."""
    values = {name: _without_address(text, identifiers) for name, text in zip(fields, texts, strict=True)}
    return {name: values[name] for name, text in zip(fields, texts, strict=True) if values[name] != text}


def _without_address(value: Any, identifiers: PersonalIdentifiers) -> Any:
    if isinstance(value, dict):
        return {identifiers.remove_address(key): _without_address(member, identifiers) for key, member in value.items()}
    if isinstance(value, list):
        return [_without_address(member, identifiers) for member in value]
    return identifiers.remove_address(value) if isinstance(value, str) else value


def erase_quotations(people: Sequence[PersonalIdentifiers]) -> list[QuotingText]:
    """Remove the quotations from the tables of all apps; returns the texts of this app that only staff can change.

    One statement for all people, because the tables grow with the history.
    """
    identifiers = PersonalIdentifiers.united(people)
    about = Q(subscriber_id__in=identifiers.subscriber_ids)
    person_of = {number: person for person in people for number in person.subscriber_ids}
    for subscription in Subscription.objects.filter(about).exclude(consent="", unsubscribed_comment=""):
        consent = person_of[subscription.subscriber_id].remove_all(subscription.consent)
        Subscription.objects.filter(pk=subscription.pk).update(consent=consent, unsubscribed_comment="")
    for model, fields in personal_data.quoting():
        _rewrite(model, identifiers, fields)
    _erase_from_refusals(identifiers)
    _erase_mails(about, identifiers)
    # Counted again, from the segment's text of then.
    counts = StoredCount.objects.filter(identifiers.rows_quoting("of")).values_list("pk", "of")
    StoredCount.objects.filter(pk__in=[name for name, text in counts if identifiers.quotes_address(text)]).delete()
    _erase_from_versions(identifiers)
    return _segments_quoting(identifiers)


def _erase_from_versions(identifiers: PersonalIdentifiers) -> None:
    """Remove the name and the attributes from the versions of segments, where a condition compares with exactly this value.

    A value that others have, too, such as a field of research, says nothing about the person and stays.
    """
    own = {text.lower() for text in identifiers.names_and_attributes}
    shared: dict[tuple[str, str], bool] = {}

    def is_personal(field: str, value: object) -> bool:
        if not isinstance(value, str) or value.lower() not in own:
            return False
        if (field, value) not in shared:
            others = Subscriber.objects.filter(erased_at=None).exclude(pk__in=identifiers.subscriber_ids)
            condition = Q(name=value) if field == "name" else Q(attributes__contains={field: value})
            condition |= Q(attributes__contains={field: [value]})
            shared[field, value] = others.filter(condition).exists()
        return not shared[field, value]

    for pk, text in SegmentVersion.objects.values_list("pk", "text") if own else ():
        if not any(personal in text.lower() for personal in own):
            continue
        try:
            tree = grammar.parse(text, grammar.STORED)
        except grammar.SegmentError:
            SegmentVersion.objects.filter(pk=pk).update(text=identifiers.remove_all(text))
            continue
        quoting = False
        for clause in grammar.clauses_of(tree):
            kept = [GONE if is_personal(clause.name, value) else value for value in clause.values]
            if kept != clause.values:
                quoting, clause.value = True, kept if isinstance(clause.value, list) else kept[0]
        if quoting:
            SegmentVersion.objects.filter(pk=pk).update(text=grammar.printed(tree))


def _erase_from_refusals(identifiers: PersonalIdentifiers) -> None:
    """Empty messages of refused rows that quote the person's name or attributes: a message quotes cells of its row."""
    if not identifiers.names_and_attributes:
        return
    quoted_texts = [json.dumps(text, ensure_ascii=False)[1:-1].lower() for text in identifiers.names_and_attributes]
    runs = ImportRun.objects.exclude(refusals=[]).annotate(text=Lower(Cast("refusals", TextField())))
    quoting = [
        number
        for number, text in runs.values_list("pk", "text").iterator(chunk_size=100)
        if any(quoted in text for quoted in quoted_texts)
    ]
    for run in ImportRun.objects.filter(pk__in=quoting).select_for_update().order_by("pk").only("refusals"):
        refusals = [
            {name: "" if isinstance(text, str) and identifiers.quotes_name(text) else text for name, text in refusal.items()}
            for refusal in run.refusals
        ]
        ImportRun.objects.filter(pk=run.pk).update(refusals=refusals)


def _erase_mails(about: Q, identifiers: PersonalIdentifiers) -> None:
    """Empty notices to the person or to the address, and changes of address to it, also those that other people asked for.

    Changes that other people asked for stay open: they would learn from their end that the address was a subscriber's.
    """
    notices = about | Q(pk__in=list(Notice.objects.filter(identifiers.rows_with("address")).values_list("pk", flat=True)))
    confirmations.cancel("erased", notices)
    personal_data.empty(Notice.objects.filter(notices))
    requested = list(AddressChange.objects.filter(identifiers.rows_with("address")).exclude(about).values_list("pk", flat=True))
    for change in AddressChange.objects.filter(about):
        ended = {"state": AddressChange.State.ENDED, "ended_at": clock.now()} if change.state == AddressChange.State.OPEN else {}
        AddressChange.objects.filter(pk=change.pk).update(**personal_data.erased(AddressChange), **ended)
    mask_requested_addresses(Q(pk__in=requested))


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
        text = f"{segment.text}\n{segment.name}\n{segment.description}"
        if identifiers.quotes_address(text) or any(quoted in text.lower() for quoted in quoted_values):
            quoting.append(QuotingText("segment", segment.slug))
    return quoting
