"""What people choose on their pages: lists, and details about themselves. One form is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from publication import clock
from publication.models import Actor
from subscribers import addresses, request_counts
from subscribers.consent import confirmations, measuring_consent, merged_records, preferences_sql, subscriptions
from subscribers.consent.ledger import Proof
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.models import MailingList, Subscriber, Subscription
from subscribers.subscriber_details import DetailChange

State = Subscription.State
PRIVATE_LINK = "person"  # the purpose of the mail with it
HOW = "preferences"  # `unsubscribed_how` of people who left with these pages
AGREED, WITHDRAWN = "agreed", "withdrawn"


class ListChoice(NamedTuple):
    """A list that a person is on or may join, and the state of their subscription ("": they never had one)."""

    list: MailingList
    state: str

    @property
    def is_on(self) -> bool:
        return self.state == State.CONFIRMED


@dataclass(frozen=True)
class Wish:
    """What the person chose. Lists that the page did not show stay as they are: `shown` are those whose box was ticked then."""

    shown: frozenset[int] = frozenset()
    ticked: frozenset[int] = frozenset()
    details: Mapping[str, str] = field(default_factory=dict)  # name, language, zone; "" empties one
    attributes: Mapping[str, Any] = field(default_factory=dict)
    without: Sequence[str] = ()
    agrees: str = ""  # the sentence about measuring that they ticked
    withdraws: bool = False  # they took that tick away


@dataclass(frozen=True)
class Saved:
    """What was changed; `asked` are lists for which a confirmation is mailed, `refused` those that cannot be joined now."""

    left: list[MailingList] = field(default_factory=list)
    joined: list[MailingList] = field(default_factory=list)
    asked: list[MailingList] = field(default_factory=list)
    refused: list[MailingList] = field(default_factory=list)
    changes: list[DetailChange] = field(default_factory=list)
    measuring: list[str] = field(default_factory=list)  # AGREED or WITHDRAWN, if that is a change

    def __bool__(self) -> bool:
        return any((self.left, self.joined, self.asked, self.refused, self.changes, self.measuring))


def person_of(subscriber_id: int) -> Subscriber | None:
    """The person whom a link names, also after a merge; None if there is no such person any more."""
    return Subscriber.objects.filter(pk=merged_records.current_id(subscriber_id), erased_at=None, address__isnull=False).first()


def choices(person: Subscriber) -> list[ListChoice]:
    """The lists that the person is on, and all other lists that are open to everybody, by name."""
    states = dict(Subscription.objects.filter(subscriber=person).values_list("list_id", "state"))
    on = [number for number, state in states.items() if state == State.CONFIRMED]
    offered = MailingList.objects.filter(Q(pk__in=on) | Q(sign_up=MailingList.SignUp.OPEN)).order_by("name", "id")
    return [ListChoice(mailing_list, states.get(mailing_list.pk, "")) for mailing_list in offered]


def apply(
    actor: Actor, person: Subscriber, wish: Wish, *, proof: Proof, campaign_id: int | None = None,
    wording: Callable[[MailingList], str], language: str = "", mail_language: str = "",
) -> Saved:  # fmt: skip
    """Do what the person chose. With a private link they join at once, with the link of a mail they must confirm.

    With the link of a mail, which may be forwarded, nobody agrees to be measured; withdrawing that needs no more than the link.

    `wording(list)` is what they agreed to by ticking a list, in `language`. Mails to people whose language is not known are in
    `mail_language`. Raises InputError, SubscriberStateError(erased).
    """
    saved = Saved()
    with transaction.atomic():
        offered = choices(person)
        left = [choice.list for choice in offered if choice.is_on and choice.list.pk in wish.shown - wish.ticked]
        if left:
            ids = [mailing_list.pk for mailing_list in left]
            subscriptions.unsubscribe(actor, person.pk, list_ids=ids, how=HOW, campaign_id=campaign_id, proof=proof)
            saved.left.extend(left)
        for choice in offered:
            if not choice.is_on and choice.list.pk in wish.ticked - wish.shown:
                _join(
                    actor, person, choice.list, saved,
                    proof=proof, consent=wording(choice.list), language=language, mail_language=person.language or mail_language,
                )  # fmt: skip
        if wish.details or wish.attributes or wish.without:
            changes = subscriptions.edit(
                actor, person, **wish.details, attributes=wish.attributes, without=wish.without
            )  # fmt: skip
            saved.changes.extend(changes)
        if wish.withdraws and measuring_consent.withdraw(actor, person, source=HOW, proof=proof):
            saved.measuring.append(WITHDRAWN)
        elif (
            wish.agrees
            and proof is Proof.PRIVATE_LINK
            and measuring_consent.agree(actor, person, source=HOW, proof=proof, wording=wish.agrees, language=language)
        ):
            saved.measuring.append(AGREED)
    return saved


def _join(
    actor: Actor, person: Subscriber, mailing_list: MailingList, saved: Saved, *,
    proof: Proof, consent: str, language: str, mail_language: str,
) -> None:  # fmt: skip
    try:
        if proof is Proof.PRIVATE_LINK:
            subscriptions.join(
                actor, person, mailing_list, consent=consent, source=HOW, wording_language=language, mail_language=mail_language
            )
            saved.joined.append(mailing_list)
        elif Subscriber.objects.select_for_update().filter(pk=person.pk, erased_at=None, address=person.address).exists():
            subscriptions.subscribe(
                actor, mailing_list, person.address or "",
                source=HOW, consent=consent, wording_language=language, mail_language=mail_language,
            )  # fmt: skip
            saved.asked.append(mailing_list)
        else:  # erased, or moved, since the page read the record
            saved.refused.append(mailing_list)
    except (SubscriberStateError, addresses.AddressError):  # suppressed, or accepted under older rules
        saved.refused.append(mailing_list)


def ask_private_link(actor: Actor, key: bytes, *, language: str = "") -> None:
    """Plan the mail with the private link for the person with this address key, if there is one and the limits allow it.

    It is in the person's language; if that is not known, in `language`.

    The same statements in every case, and no result: a stranger who types an address into a public form must not learn whether
    somebody has it. Nothing is stored about unknown addresses. The worker checks suppressions before it sends.
    """
    now, limits = clock.now(), confirmations.Limits.current()
    preferences_sql.plan(
        key, actor.pk, PRIVATE_LINK, now, paused_since=now - limits.pause, day_since=now - timedelta(days=1), most=limits.per_day,
        long_since=now - request_counts.UNANSWERED_FOR, most_unproved=limits.unanswered, language=language,
    )  # fmt: skip
