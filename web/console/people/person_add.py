"""Adds one person to a list. Where and when they agreed is required; without a document they must confirm by mail."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from subscribers.addresses import AddressError
from subscribers.consent import confirmations, subscriptions
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.errors import InputError
from subscribers.models import MailingList, Subscriber, Subscription
from subscribers.people import search
from subscribers.people.people_filter import LONGEST_TEXT, PeopleFilter
from web.console.console_page import actor_of, show
from web.console.people import people_rows, person_details, typed_addresses, typed_consent
from web.console.people.person_details import ReadDetails
from web.console.people.person_forms import STAFF
from web.console.people.typed_addresses import TypedAddress
from web.console.people.typed_consent import TypedConsent
from web.texts import refusal_texts
from web.texts.people import input_faults
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number
from worker.wake import wake

MOST_ALIKE = 3  # records with the same name that are named


def add(request: HttpRequest) -> HttpResponse:
    """The form, for somebody new or (`?person=`) for one who is here; POST adds them."""
    given = request.POST if request.method == "POST" else request.GET
    known = _known(given.get("person", ""))
    if request.method != "POST":
        return _page(request, known)
    faults: dict[str, str] = {}
    typed = TypedAddress()
    if known is None:
        typed = typed_addresses.read(request.POST)
        if typed.is_valid and (same := search.by_address(typed.address)) is not None:
            return _page(request, same, is_recognised=True)
        if not typed.is_valid and not typed.meant:
            faults["address"] = str(input_faults.FAULTS["address"])
    mailing_list = MailingList.objects.filter(pk=whole_number(request.POST.get("list", "")) or 0).first()
    if mailing_list is None:
        faults["list"] = _("Choose a list.")
    consent = typed_consent.read(request.POST, faults)
    details = ReadDetails() if known else person_details.read(Subscriber(), request.POST)
    if mailing_list is None or faults or details.faults or typed.meant:
        return _page(request, known, faults, details, asked=typed)
    try:
        added = _store(request, known, known.address or "" if known else typed.address, mailing_list, consent, details)
    except SubscriberStateError as refused:
        return _page(request, known, {"": refusal_texts.refusal(refused)}, details, asked=typed)
    except AddressError:  # an address that was stored under older rules
        return _page(request, known, {"": str(input_faults.FAULTS["address"])}, details, asked=typed)
    except InputError as fault:  # an attribute or an allowed value was deleted meanwhile
        return _page(request, known, {"": input_faults.text(fault)}, details, asked=typed)
    if known is None:
        _note_same_name(request, added.subscriber)
    return redirect("people-person", person_id=added.subscriber_id)


def _note_same_name(request: HttpRequest, person: Subscriber) -> None:
    """Name the newest records with exactly the same name, which may be the same person with another address."""
    if not person.name or not request.user.has_perm(SEE_ADDRESSES):
        return
    alike = search.page(PeopleFilter(text=person.name[:LONGEST_TEXT])).people
    same = [other.pk for other in alike if other.name.casefold() == person.name.casefold() and other.pk != person.pk]
    if same:
        links = format_html_join(
            _(", "), '<a href="{}">{}</a>',
            ((resolve_url("people-person", person_id=number), number) for number in same[:MOST_ALIKE]),
        )  # fmt: skip
        text = _("Another record has the same name. If it is the same person, merge the two. The other record:")
        messages.info(request, format_html("{} {}", text, links))


def _known(number: str) -> Subscriber | None:
    present = Subscriber.objects.filter(erased_at=None, merged_into=None)
    return present.filter(pk=whole_number(number) or 0).first()


def _store(
    request: HttpRequest, known: Subscriber | None, address: str, mailing_list: MailingList, consent: TypedConsent,
    details: ReadDetails,
) -> Subscription:  # fmt: skip
    """Add them at once if a document proves that they agreed, else ask them by mail."""
    actor, about = actor_of(request), {"name": details.texts.get("name", ""), "language": details.texts.get("language", "")}
    about_list = {"list": mailing_list.name}
    with transaction.atomic():  # read before a worker can see the mail and send it
        if consent.document:
            result = subscriptions.add_confirmed(
                actor, mailing_list, address, consent=consent.statement, source=STAFF, attributes=details.attributes, **about
            )
            subscription = result.subscription
            done = _("The person is on %(list)s now.") if result.joined else _("The person was already on %(list)s.")
        else:
            subscription = subscriptions.subscribe(
                actor, mailing_list, address, consent=consent.statement, source=STAFF, attributes=details.attributes, **about
            )
            done = _asked(subscription)
        country, zone = (details.texts.get(name) or None for name in ("country", "zone"))
        if country or zone:
            subscriptions.edit(actor, subscription.subscriber, country=country, zone=zone)
    wake("send_singles")
    messages.success(request, done % about_list)
    return subscription


def _asked(subscription: Subscription) -> str:
    if subscription.state == Subscription.State.CONFIRMED:
        return _("The person was already on %(list)s.")
    if not confirmations.is_planned(subscription):
        return _("No mail was sent: this address was asked too often recently. Try again later.")
    if subscription.state == Subscription.State.UNSUBSCRIBED:
        return _("A mail asks the person to confirm. They left %(list)s before; only their confirmation brings them back.")
    return _("A mail asks the person to confirm that they want %(list)s.")


def _page(
    request: HttpRequest, known: Subscriber | None, faults: dict[str, str] | None = None, details: ReadDetails | None = None, *,
    is_recognised: bool = False, asked: TypedAddress | None = None,
) -> HttpResponse:  # fmt: skip
    """The form as typed. `is_recognised`: the typed address belongs to somebody who is here. `asked`: it may be misspelt."""
    asked = asked or TypedAddress()
    wrong = bool(faults) or is_recognised or bool(asked.meant) or bool(details and details.faults)
    typed: Any = request.POST if request.method == "POST" else {}
    return show(
        request, "console/people/add.html", 422 if wrong else 200, known=known, is_recognised=is_recognised, asked=asked,
        rows=people_rows.rows(request, [known]) if known else [], faults=faults or {},
        fields_wrong=bool(details and details.faults), problem=(faults or {}).get("", ""),
        typed=typed, fields=[] if known else person_details.fields(Subscriber(), details or ReadDetails(typed=typed)),
        zones=person_details.zones(), lists=MailingList.objects.order_by("name", "id"), longest=typed_consent.LONGEST,
        chosen=whole_number(typed.get("list", "") or request.GET.get("list", "")), today=typed_consent.today(),
    )  # fmt: skip
