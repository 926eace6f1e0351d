"""Adding a suppression, and lifting one: each has a page of its own that says what it means."""

from datetime import UTC, date, datetime, time

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.provider_lists import lifting
from publication import clock
from publication.installation import publication
from subscribers import addresses
from subscribers.consent import suppressions
from subscribers.errors import InputError
from subscribers.models import Subscriber, Subscription, Suppression
from web.console.console_page import actor_of, show
from web.console.people import typed_searches
from web.console.suppressions import suppression_rows
from web.console.suppressions.suppression_rows import typed_reason
from web.console.suppressions.suppressions_page import show_address
from web.texts.people import suppression_texts
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number
from worker.wake import wake

_LONGEST_ADDRESS = 320
_FIELDS = {"unasked": "sure"}  # the field of the form that a fault belongs to


def add(request: HttpRequest) -> HttpResponse:
    """GET shows the form, with the address of the search `q` or of the person `person`; POST suppresses."""
    if request.method != "POST":
        return _add_page(request, {"address": _asked_address(request), "reason": Suppression.Reason.MANUAL})
    typed = {name: request.POST.get(name, "").strip() for name in ("address", "reason", "detail", "until")}
    typed["address"] = addresses.as_read(typed["address"])
    problems: dict[str, str] = {}
    if "@" not in typed["address"] or len(typed["address"]) > _LONGEST_ADDRESS or " " in typed["address"]:
        problems["address"] = _("This is not an address. Write it as name@example.org.")
    if typed["reason"] not in suppression_texts.ADDED:
        problems["reason"] = _("Choose one of the reasons.")
    detail, until = typed_reason(typed["detail"], problems), typed_day(typed["until"], problems)
    if problems:
        return _add_page(request, typed, problems)
    actor = actor_of(request)
    try:
        changed = suppressions.suppress(actor, typed["address"], typed["reason"], detail, until)
    except InputError as fault:
        return _add_page(request, typed, {"until": str(suppression_texts.FAULTS[fault.code])})
    lifting.withdraw(actor, typed["address"])
    if changed:
        messages.success(request, _("Nothing is mailed to this address any more."))
    else:
        messages.info(request, _("This address was suppressed before, for the same or a stronger reason. That one stays."))
    return show_address(request, typed["address"])


def _add_page(request: HttpRequest, typed: dict[str, str], problems: dict[str, str] | None = None) -> HttpResponse:
    return show(
        request, "console/suppressions/add.html", 422 if problems else 200, typed=typed, problems=problems or {},
        choices=[(code, str(text)) for code, text in suppression_texts.ADDED.items()],
    )  # fmt: skip


def _asked_address(request: HttpRequest) -> str:
    if number := request.GET.get("q", ""):
        text = typed_searches.text_of(request, number) or ""
        return text if "@" in text else ""
    number_of_person = whole_number(request.GET.get("person", ""))
    if number_of_person is None or not request.user.has_perm(SEE_ADDRESSES):
        return ""
    return Subscriber.objects.filter(pk=number_of_person).values_list("address", flat=True).first() or ""


def typed_day(text: str, problems: dict[str, str]) -> datetime | None:
    """The moment at which a typed day begins in the publication's zone; None without a day, or if `problems` now says why."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), clock.place_of(publication().zone) or UTC)
    except ValueError:
        problems["until"] = _("Write a day like 2026-03-31.")
        return None


def lift(request: HttpRequest, suppression_id: int) -> HttpResponse:
    """GET says what lifting means, or why this account cannot lift it; POST plans the lift, or lifts it only here."""
    suppression = Suppression.objects.filter(pk=suppression_id).first()
    if suppression is None:
        messages.error(request, str(suppression_texts.FAULTS["gone"]))
        return redirect("people-suppressions")
    if request.method != "POST":
        return _lift_page(request, suppression)
    problems: dict[str, str] = {}
    detail = typed_reason(request.POST.get("detail", ""), problems)
    address = _address_of(suppression) or addresses.as_read(request.POST.get("address", ""))
    if addresses.key_of_spelling(address) != bytes(suppression.address_key):
        problems["address"] = _("This is another address than the one that is suppressed here.")
    if problems:
        return _lift_page(request, suppression, problems)
    actor = actor_of(request)
    try:
        if request.POST.get("where") == "here":
            done = lifting.lift_here(actor, address, detail)
            text = _("This address can be mailed again.")
        else:
            done = lifting.plan_lift(actor, address, detail, on_request=request.POST.get("sure") == "yes")
            text = _("The suppression is being lifted. First the address is taken off the provider's lists.")
            wake("sync_lists")
    except InputError as fault:
        return _lift_page(request, suppression, {_FIELDS.get(fault.code, ""): str(suppression_texts.FAULTS[fault.code])})
    if done:
        messages.success(request, text)
    else:
        messages.error(request, str(suppression_texts.FAULTS["gone"]))
    return show_address(request, address)


def _address_of(suppression: Suppression) -> str:
    """The address, if it is stored: with the suppression, or with the person who has it."""
    people = Subscriber.objects.filter(address_key=suppression.address_key, erased_at=None)
    return suppression.address or people.values_list("address", flat=True).first() or ""


def _lift_page(request: HttpRequest, suppression: Suppression, problems: dict[str, str] | None = None) -> HttpResponse:
    row = suppression_rows.rows(request, [suppression])[0]
    unliftable, decided = lifting.barrier(request.user, suppression), suppressions.unliftable(suppression)
    key = bytes(suppression.address_key)
    confirmed = (
        Subscription.objects.filter(subscriber=row.person, state="confirmed").select_related("list").order_by("list__name")
    )
    under_way = lifting.of_key(key)
    return show(
        request, "console/suppressions/lift.html", 422 if problems else 200, row=row, problems=problems or {},
        unliftable=str(suppression_texts.UNLIFTABLE[unliftable]) if unliftable else "", under_way=under_way,
        on_request=suppression_texts.ON_REQUEST[decided] if decided and not unliftable else "",
        failed=[str(suppression_texts.LISTS.get(which, which)) for which in under_way.failed] if under_way else [],
        lists=[subscription.list for subscription in confirmed] if row.person else [],
        checked=[str(suppression_texts.LISTS[which]) for which in lifting.lists_of(suppression.reason, key)],
        has_key=bool(settings.SENDGRID_API_KEY), is_automatic=suppression.reason in suppressions.AUTOMATIC,
        typed={name: request.POST.get(name, "") for name in ("detail", "address", "where", "sure")},
    )  # fmt: skip
