"""The page of one person: who it is, their lists, what they were sent, and what is on record about them."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from campaigns.provider_lists import lifting
from campaigns.reporting import reports
from publication import clock
from publication.installation import publication
from subscribers import attributes
from subscribers.consent import address_changes, pauses, subscriptions, suppressed_domains
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.models import ImportRun, MailingList, Subscriber, Subscription, Suppression
from subscribers.records import history
from web.access import may_post
from web.console.console_page import actor_of, show
from web.console.people import person_details
from web.texts import refusal_texts
from web.texts.people import history_sentences
from web.texts.people.list_texts import reader_language
from web.texts.people.shown_people import SEE_ADDRESSES, shown_address, shown_name

State = Subscription.State
_BAD_OUTCOMES = ("bounced", "dropped", "complained", "failed")
_RESULTS = ("delivered", *_BAD_OUTCOMES)
_STANDINGS = (State.CONFIRMED, State.PENDING, State.UNSUBSCRIBED)  # the best first
MOST = 20  # mails and entries that are shown at first
View = Callable[..., HttpResponse]


class ListLine(NamedTuple):
    """A list of the person: since when its state is what it is, how they agreed or left, and by which words."""

    subscription: Subscription
    since: datetime | None
    how: str
    agreed: str
    left: str


def person(request: HttpRequest, person_id: int) -> HttpResponse:
    record = get_object_or_404(Subscriber, pk=person_id)
    if record.merged_into_id is not None:
        return redirect("people-person", person_id=record.merged_into_id)
    return page(request, record)


def of_present_person(view: View) -> View:
    """The view gets the person of the URL. A record that was erased or merged, also meanwhile, shows its page and the reason.

    A POST needs the permission that web.urls asks of it.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, person_id: int) -> HttpResponse:
        if request.method == "POST" and not may_post(request):
            raise PermissionDenied
        record = get_object_or_404(Subscriber, pk=person_id)
        try:
            subscriptions.require_present(record)
            return view(request, record)
        except SubscriberStateError as fault:
            if fault.code not in ("erased", "merged"):
                raise
            messages.error(request, refusal_texts.refusal(fault))
            return redirect("people-person", person_id=record.pk)

    return wrapped


def page(request: HttpRequest, record: Subscriber, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a person, with `more` of a form that is open or wrong. The look is recorded, if that is the policy."""
    history.record_view(actor_of(request), record)
    may_see, everything = request.user.has_perm(SEE_ADDRESSES), request.GET.get("all") == "1"
    mails = reports.of_person(record.pk, reports.MOST_CAMPAIGNS if everything else MOST + 1)
    zone = publication().zone
    entries = history_sentences.shown(
        record.pk, history.of_person(record), dict(MailingList.objects.values_list("slug", "name")),
        {name: facts.label_in(reader_language()) for name, facts in attributes.declarations().items()}, zone,
    )  # fmt: skip
    lines = _lines(record, may_see=may_see)
    states = {line.subscription.state for line in lines}
    most = len(entries) if everything else MOST
    return show(
        request, "console/people/person.html", status, person=record, may_see=may_see,
        standing=next((state for state in _STANDINGS if state in states), ""),
        has_bounced=next((mail.outcome for mail in mails if mail.outcome in _RESULTS), "") == "bounced",
        bad_outcomes=_BAD_OUTCOMES,
        is_present=record.erased_at is None and record.merged_into_id is None,
        **names_of(request, record), lines=lines,
        facts=person_details.facts(record, left_out=("name",) if record.name else ()) if may_see else [],
        may_leave=any(line.subscription.state != State.UNSUBSCRIBED for line in lines),
        mails=mails if everything else mails[:MOST], entries=entries[:most],
        is_cut=(len(mails) > MOST and not everything) or len(entries) > most,
        paused_until=record.paused_until if pauses.is_paused(record) else None, latest_pause=clock.now() + pauses.LONGEST,
        **_suppression(record), change=address_changes.open_change(record), views_are_recorded=history.records_views(), **more,
    )  # fmt: skip


def names_of(request: HttpRequest, record: Subscriber) -> dict[str, Any]:
    """The address and the name as this account sees them, and the better one as a title."""
    address, name = shown_address(request.user, record.address), shown_name(request.user, record.name)
    return {"address": address, "name": name, "title": name or address}


def _lines(record: Subscriber, *, may_see: bool) -> list[ListLine]:
    rows = list(Subscription.objects.filter(subscriber=record).select_related("list").order_by("list__name", "id"))
    runs = {f"import:{run.pk}": run for run in ImportRun.objects.filter(pk__in=_imports(rows)).only("pk", "file_name", "consent")}
    return [_line(row, runs.get(row.source), may_see=may_see) for row in rows]


def _imports(rows: list[Subscription]) -> list[int]:
    numbers = (row.source.removeprefix("import:") for row in rows if row.source.startswith("import:"))
    return [int(number) for number in numbers if number.isascii() and number.isdecimal()]


def _line(row: Subscription, run: ImportRun | None, *, may_see: bool) -> ListLine:
    since = {
        State.PENDING: row.created_at, State.CONFIRMED: row.joined_at or row.confirmed_at or row.created_at,
        State.UNSUBSCRIBED: row.unsubscribed_at,
    }.get(State(row.state))  # fmt: skip
    agreed = (row.consent or (run.consent if run else "")) if may_see else ""
    left = history_sentences.how(row.unsubscribed_how) if row.state == State.UNSUBSCRIBED else ""
    return ListLine(row, since, history_sentences.how(row.source, file=run.file_name if run and may_see else ""), agreed, left)


def _suppression(record: Subscriber) -> dict[str, Any]:
    key = bytes(record.address_key)
    return {
        "suppression": Suppression.objects.filter(address_key=key).first(),
        "lifting": lifting.of_key(key),
        "domain": suppressed_domains.of_domain(record.domain),
    }
