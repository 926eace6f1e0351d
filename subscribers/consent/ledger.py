"""The consent ledger: who agreed to what, when, in which words, and how we know that the address is theirs. Append-only.

Rows hold ids, codes and wordings, never an address, a name or a network, so they stay when a person is erased. What staff write
about a person's consent is stored without that person's address, name and attributes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from publication import audit, clock
from publication.models import Actor
from subscribers.consent import ledger_sql
from subscribers.consent.text_erasure import PersonalIdentifiers
from subscribers.models import ConsentRecord, ConsentWording, Subscriber


class Act(StrEnum):
    """What a person, or somebody for them, decided."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    ADDED = "added"  # by staff, with a statement of consent
    LEFT = "left"
    GAVE_REASON = "gave_reason"  # for having left; the line's detail has its code
    RETURNED = "returned"  # undid an unsubscribe
    PAUSED = "paused"
    RESUMED = "resumed"
    AGREED_MEASURING = "agreed_measuring"  # that their clicks are kept with their name
    WITHDREW_MEASURING = "withdrew_measuring"
    MEASURING_ENDED = "measuring_ended"  # not by a decision of theirs: an import was undone, or two records were merged
    ASKED_ADDRESS_CHANGE = "asked_address_change"
    CHANGED_ADDRESS = "changed_address"
    EXPORTED = "exported"
    ERASED = "erased"
    MERGED = "merged"
    IMPORT_UNDONE = "import_undone"  # staff undid the import that had put them on the list


class Proof(StrEnum):
    """What shows that the person at the address decided it."""

    NONE = "none"  # anybody can type an address into a form
    CONFIRMATION_LINK = "confirmation_link"  # the link of a confirmation mail, valid for 7 days
    MAIL_LINK = "mail_link"  # the link of an issue; people to whom the mail was forwarded have it, too
    PRIVATE_LINK = "private_link"  # the link of a mail that the person asked for, valid for a day
    BOTH_ADDRESSES = "both_addresses"  # the links of the mails to the old and to the new address
    STATEMENT = "statement"  # what staff wrote about how the person agreed
    PROVIDER = "provider"  # the mail provider reported it


_DIGEST_SIZE = 16
STAFF = "staff"  # key of a line's detail: the id of the audit's actor, if staff caused it
_BY_STAFF = ("staff", "cli")  # sources of a consent in the words of staff


def wording(text: str, language: str = "") -> ConsentWording | None:
    """The stored version of this text, created when it is new; None for an empty text. Takes two queries in every case."""
    if not text:
        return None
    digest = blake2b(f"{language}\n{text}".encode(), digest_size=_DIGEST_SIZE).digest()
    ConsentWording.objects.bulk_create([ConsentWording(text=text, language=language, digest=digest)], ignore_conflicts=True)
    return ConsentWording.objects.get(digest=digest)


def record(
    actor: Actor, act: Act, subscriber_id: int, list_id: int | None = None, *, source: str, proof: Proof, text: str = "",
    language: str = "", **detail: Any,
) -> None:  # fmt: skip
    """Append one line, in the caller's transaction. `text` is what the person agreed to; no address in `detail`."""
    record_many(actor, act, [(subscriber_id, list_id)], source=source, proof=proof, text=text, language=language, **detail)


def record_many(
    actor: Actor, act: Act, whom: Iterable[tuple[int, int | None]], *, source: str, proof: Proof, text: str = "",
    language: str = "", **detail: Any,
) -> None:  # fmt: skip
    """The same act of several (subscriber id, list id), in one statement. Of staff, the lines have the id of the actor."""
    lines = list(whom)
    if proof == Proof.STATEMENT or source in _BY_STAFF:
        text = _impersonal(text, {person for person, _ in lines})
    now, agreed = clock.now(), wording(audit.without_addresses(text), language)
    detail = audit.without_addresses(detail) | _by(actor)
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            at=now, subscriber_id=person, list_id=list_id, act=act, source=source, proof=proof, wording=agreed, detail=detail
        )
        for person, list_id in lines
    )


def _by(actor: Actor) -> dict[str, int]:
    """What a line says about who caused it: the id of the actor if it is staff, under the key STAFF."""
    return {STAFF: actor.pk} if actor.kind == Actor.Kind.STAFF else {}


def _impersonal(text: str, subscriber_ids: set[int]) -> str:
    """What staff wrote about how people agreed, without the address, name and attributes of these people."""
    return PersonalIdentifiers.of(Subscriber.objects.filter(pk__in=subscriber_ids)).remove_all(text) if text else ""


def record_lines(
    actor: Actor, act: Act, lines: Iterable[tuple[int, int | None, dict[str, Any]]], *, source: str, proof: Proof
) -> None:  # fmt: skip
    """Append lines of (subscriber id, list id, detail), such as the rows of a file; no address in a detail."""
    now, by = clock.now(), _by(actor)
    ConsentRecord.objects.bulk_create(
        (
            ConsentRecord(at=now, subscriber_id=person, list_id=list_id, act=act, source=source, proof=proof, detail=detail | by)
            for person, list_id, detail in lines
        ),
        batch_size=5000,
    )


def record_unless_recent(
    actor: Actor, act: Act, subscriber_id: int, list_id: int, *, since: datetime, source: str, proof: Proof, text: str = "",
    language: str = "",
) -> None:  # fmt: skip
    """Append one line, unless there is one with the same wording since a moment. Takes the same statements in both cases."""
    agreed = wording(_impersonal(text, {subscriber_id}) if source in _BY_STAFF else text, language)
    ledger_sql.record_unless_recent(
        act, subscriber_id, list_id, source, proof, agreed.pk if agreed else None, _by(actor), now=clock.now(), since=since
    )


def last_request(subscriber_id: int, list_id: int) -> tuple[str, str] | None:
    """(source, wording) of the newest request to join this list that showed a wording."""
    requests = ConsentRecord.objects.filter(
        subscriber_id=subscriber_id, list_id=list_id, act=Act.REQUESTED, wording__isnull=False
    )
    return requests.order_by("-id").values_list("source", "wording__text").first()


def language_of(text: str) -> str:
    """The language in which this text was last shown to somebody who asked to subscribe; empty if it never was."""
    shown_languages = ConsentWording.objects.filter(text=text).order_by("-id").values_list("language", flat=True)
    return shown_languages.first() or ""


def moved_since(subscriber_ids: Sequence[int], moment: datetime) -> bool:
    """Whether the person got another address after this moment: a link that was mailed before may be in a mailbox they left."""
    moves = ConsentRecord.objects.filter(subscriber_id__in=subscriber_ids, act=Act.CHANGED_ADDRESS)
    return moves.filter(at__gte=moment).exists()


def of_people(subscriber_ids: Sequence[int]) -> list[ConsentRecord]:
    """The lines about a person, oldest first; several ids if records were merged."""
    records = ConsentRecord.objects.filter(subscriber_id__in=subscriber_ids).select_related("list", "wording")
    return list(records.order_by("id"))
