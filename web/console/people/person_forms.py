"""The forms of one person's page: details, unsubscribing, pause, measuring and change of address."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from config import public_urls
from publication.installation import publication
from subscribers import addresses, attributes
from subscribers.addresses import AddressError
from subscribers.consent import address_changes, measuring_consent, pauses, subscriptions
from subscribers.consent.address_changes import AddressChangeError
from subscribers.consent.ledger import Proof
from subscribers.errors import InputError
from subscribers.models import Subscriber, Subscription
from subscribers.people import search
from web.console.console_page import actor_of, show
from web.console.people import people_rows, person_details, person_page, typed_addresses
from web.console.people.person_page import names_of, of_present_person
from web.texts import refusal_texts
from web.texts.people import input_faults
from web.whole_numbers import whole_number
from worker.wake import wake

STAFF = "staff"  # the source of what staff do for a person
EVERY_LIST = "all"


@of_present_person
def edit(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """The person's page with the form of their details; POST stores the fields that were changed on it."""
    if request.method != "POST":
        return _editing(request, person)
    read = person_details.read(person, request.POST)
    if read.faults:
        return _editing(request, person, 422, read)
    try:
        changes = subscriptions.edit(actor_of(request), person, **read.texts, attributes=read.attributes, without=read.without)
    except InputError as fault:  # an attribute or an allowed value was deleted meanwhile
        return _editing(request, person, 422, read, input_faults.text(fault))
    messages.success(request, _("The details are stored.") if changes else _("Nothing was changed."))
    return redirect("people-person", person_id=person.pk)


def _editing(
    request: HttpRequest, person: Subscriber, status: int = 200, read: person_details.ReadDetails | None = None, problem: str = ""
) -> HttpResponse:
    return person_page.page(
        request, person, status, fields=person_details.fields(person, read), zones=person_details.zones(), is_editing=True,
        edit_problem=problem, edit_faults=bool(read and read.faults),
    )  # fmt: skip


@of_present_person
def unsubscribe(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """Take the person off one list or all, as they asked staff. Leaving again changes nothing."""
    open_ones = _open_subscriptions(person)
    if request.method != "POST" or not open_ones:
        return _unsubscribing(request, person, open_ones)
    chosen, comment = request.POST.get("list", ""), request.POST.get("comment", "")
    leaving = open_ones if chosen == EVERY_LIST else [row for row in open_ones if row.list_id == whole_number(chosen)]
    if not chosen:
        return _unsubscribing(request, person, open_ones, _("Choose one list, or all lists."))
    if not leaving:
        messages.info(request, _("This person is not on that list any more. Nothing was changed."))
        return redirect("people-person", person_id=person.pk)
    try:
        subscriptions.unsubscribe(
            actor_of(request), person.pk, list_ids=None if chosen == EVERY_LIST else [row.list_id for row in leaving],
            how=STAFF, proof=Proof.STATEMENT, comment=comment,
        )  # fmt: skip
    except InputError as fault:
        return _unsubscribing(request, person, open_ones, input_faults.text(fault))
    names = _(", ").join(row.list.name for row in leaving)
    messages.success(request, _("Unsubscribed from: %(lists)s. No further issue is sent.") % {"lists": names})
    return redirect("people-person", person_id=person.pk)


def _open_subscriptions(person: Subscriber) -> list[Subscription]:
    rows = Subscription.objects.filter(subscriber=person).exclude(state=Subscription.State.UNSUBSCRIBED)
    return list(rows.select_related("list").order_by("list__name", "id"))


def _unsubscribing(request: HttpRequest, person: Subscriber, rows: list[Subscription], problem: str = "") -> HttpResponse:
    posted = request.POST if problem else {}
    # Nothing that cannot be taken back is chosen before staff choose it, but for the only list.
    only = str(rows[0].list_id) if len(rows) == 1 else ""
    return show(
        request, "console/people/unsubscribe.html", 422 if problem else 200, person=person, **names_of(request, person),
        rows=rows, problem=problem, chosen=posted.get("list", only), details=people_rows.details(request, person),
        ways_back=[(row.list.name, public_urls.subscribe_url(row.list.slug)) for row in rows if row.list.sign_up != "closed"],
        longest=attributes.LONGEST_COMMENT,
        comment=posted.get("comment", _("Asked for it on the telephone")),
    )  # fmt: skip


@of_present_person
def pause(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """Pause all mail until a day that the person named, or end the pause."""
    if request.POST.get("step") == "resume":
        if pauses.resume(actor_of(request), person, source=STAFF, proof=Proof.STATEMENT):
            messages.success(request, _("The pause has ended. The person gets the next issue."))
        return redirect("people-person", person_id=person.pk)
    typed = request.POST.get("until", "")
    try:
        day = attributes.read_date(typed.strip())
        until = pauses.start_of(day, person.zone, publication().zone)
        pauses.pause(actor_of(request), person, until, source=STAFF, proof=Proof.STATEMENT)
    except InputError:
        fault = _("Choose a day that is after today and within a year.")
        return person_page.page(request, person, 422, pause_fault=fault, pause_typed=typed)
    messages.success(request, _("No issue is sent to this person before %(day)s.") % {"day": day.isoformat()})
    return redirect("people-person", person_id=person.pk)


@of_present_person
def measuring(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """Withdraw the agreement that clicks are kept with the person's name, as they asked staff. Nobody of staff can give it."""
    if measuring_consent.withdraw(actor_of(request), person, source=STAFF, proof=Proof.STATEMENT):
        messages.success(request, _("Clicks are no longer kept with this person's name. What was kept is counted without it."))
    return redirect("people-person", person_id=person.pk)


@of_present_person
def address(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """Ask the new address to confirm that mail goes there, or stop a change that waits for that."""
    if request.method != "POST":
        return _changing_address(request, person)
    if request.POST.get("step") == "withdraw":
        change = address_changes.open_change(person)
        if change is not None and address_changes.withdraw(actor_of(request), change):
            messages.success(request, _("The change of address is stopped. Mail goes where it went before."))
        return redirect("people-person", person_id=person.pk)
    typed = typed_addresses.read(request.POST)
    if typed.meant:
        return _changing_address(request, person)
    try:
        address_changes.ask_as_staff(
            actor_of(request), person, typed.address, reason=request.POST.get("reason", ""), language=publication().language
        )
    except AddressError:
        return _changing_address(request, person, {"address": str(input_faults.FAULTS["address"])})
    except InputError as fault:
        return _changing_address(request, person, {"reason": input_faults.text(fault)})
    except AddressChangeError as refused:
        other = search.by_address(typed.address) if refused.code == "taken" else None
        return _changing_address(request, person, {"address": refusal_texts.refusal(refused)}, other)
    wake("send_singles")
    messages.success(request, _("A mail asks the new address to confirm the change. Until then, nothing changes."))
    return redirect("people-person", person_id=person.pk)


def _changing_address(
    request: HttpRequest, person: Subscriber, faults: dict[str, str] | None = None, other: Subscriber | None = None
) -> HttpResponse:  # fmt: skip
    """The form, as typed after a POST."""
    return show(
        request, "console/people/address.html", 422 if request.method == "POST" else 200, person=person,
        **names_of(request, person), change=address_changes.open_change(person), faults=faults or {}, other=other,
        asked=typed_addresses.read(request.POST), reason=request.POST.get("reason", ""),
        longest_address=addresses.LONGEST, longest=attributes.LONGEST_COMMENT,
        days=address_changes.OPEN_FOR.days,
    )  # fmt: skip
