"""Requests to subscribe that wait: for the person's confirmation, or for staff because there were far too many."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from publication.models import Actor
from subscribers.addresses import AddressError
from subscribers.consent import subscriptions
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.errors import InputError
from subscribers.models import MailingList
from subscribers.sign_up import held_requests, pending_requests
from subscribers.sign_up.pending_requests import PendingRequest, RefusedRequests, SendingAgain
from web.access import may_post
from web.console.console_page import actor_of, show
from web.console.lists.list_pages import list_or_404
from web.console.people import typed_consent
from web.texts import refusal_texts
from web.texts.people import history_sentences, input_faults
from web.texts.people.shown_people import shown_address, shown_name
from web.whole_numbers import whole_number
from worker.wake import wake

PER_PAGE = 50


def listing(request: HttpRequest, list_id: int) -> HttpResponse:
    """GET shows what waits; POST sends confirmations again, refuses requests, or decides about all held ones."""
    if request.method == "POST" and not may_post(request):
        raise PermissionDenied
    mailing_list = list_or_404(list_id)
    if request.method != "POST":
        return _page(request, mailing_list)
    actor, action = actor_of(request), request.POST.get("action", "")
    chosen = [number for text in request.POST.getlist("request")[:PER_PAGE] if (number := whole_number(text)) is not None]
    if action in ("release", "discard"):
        _decide(request, actor, mailing_list, action)
    elif not chosen:
        messages.error(request, _("Choose at least one request."))
    elif action == "again":
        _send_again(request, actor, mailing_list, chosen)
    elif action == "refuse":
        messages.success(request, _refusal(pending_requests.refuse(actor, mailing_list, chosen)))
    return redirect("people-list-requests", list_id=list_id)


def _refusal(refused: RefusedRequests) -> str:
    """What became of refused requests, and of the records of their people."""
    if refused.requests == 1 and refused.erased:
        return _("The request is refused. Nothing else was known of the person, so their data is erased. They may ask again.")
    if refused.requests == 1:
        return _("The request is refused. The person's record stays, because more is known of them. They may ask again.")
    return _(
        "Requests that were refused: %(count)s. People whose data was erased, because nothing else was known of them: "
        "%(erased)s. All of them may ask again."
    ) % {"count": refused.requests, "erased": refused.erased}


def _decide(request: HttpRequest, actor: Actor, mailing_list: MailingList, action: str) -> None:
    if action == "release":
        count = held_requests.release(actor, mailing_list)
        wake("send_singles")
        done = _("Confirmation mails that are on their way: %(count)s.")
    else:
        count = held_requests.discard(actor, mailing_list)
        done = _("Confirmation mails that were discarded: %(count)s.")
    messages.success(request, done % {"count": f"{count:,}"})


def _send_again(request: HttpRequest, actor: Actor, mailing_list: MailingList, chosen: list[int]) -> None:
    outcomes = [pending_requests.send_again(actor, mailing_list, number) for number in chosen]
    if sent := outcomes.count(SendingAgain.PLANNED):
        wake("send_singles")
        messages.success(request, _("Confirmation mails that are on their way: %(count)s.") % {"count": sent})
    for outcome, text in input_faults.NOT_SENT.items():
        if count := outcomes.count(SendingAgain(outcome)):
            messages.error(request, f"{text} ({count})" if len(outcomes) > 1 else str(text))


def _page(request: HttpRequest, mailing_list: MailingList) -> HttpResponse:
    after = whole_number(request.GET.get("after", "")) or 0
    waiting = pending_requests.page(mailing_list, after, PER_PAGE + 1)
    shown, more = waiting[:PER_PAGE], len(waiting) > PER_PAGE
    return show(
        request, "console/lists/requests.html", mailing_list=mailing_list, rows=[_row(request, pending) for pending in shown],
        held=held_requests.held(mailing_list), after=after, next=shown[-1].subscription.subscriber_id if more else None,
        decide=request.GET.get("decide", ""),
    )  # fmt: skip


def _row(request: HttpRequest, waiting: PendingRequest) -> dict[str, Any]:
    person = waiting.subscription.subscriber
    return {
        "waiting": waiting, "request": waiting.subscription, "address": shown_address(request.user, person.address),
        "name": shown_name(request.user, person.name), "source": history_sentences.how(waiting.subscription.source),
    }  # fmt: skip


def add(request: HttpRequest, list_id: int, request_id: int) -> HttpResponse:
    """Add somebody who asked to subscribe, by a consent that a document proves."""
    mailing_list = list_or_404(list_id)
    waiting = pending_requests.find(mailing_list, request_id)
    if waiting is None:
        messages.error(request, str(input_faults.NOT_SENT["gone"]))
        return redirect("people-list-requests", list_id=list_id)
    faults: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        consent = typed_consent.read(request.POST, faults, needs_document=True)
        if not faults and not (problem := _add(request, mailing_list, waiting, consent.statement)):
            messages.success(request, _("The person is on the list. The consent is on record."))
            return redirect("people-list-requests", list_id=list_id)
    return show(
        request, "console/lists/request.html", 422 if request.method == "POST" else 200, mailing_list=mailing_list,
        row=_row(request, waiting), typed=request.POST, faults=faults, problem=problem, longest=typed_consent.LONGEST,
        today=typed_consent.today(),
    )  # fmt: skip


def _add(request: HttpRequest, mailing_list: MailingList, waiting: PendingRequest, statement: str) -> str:
    """Add the person; returns why that is not possible."""
    try:
        subscriptions.add_confirmed(
            actor_of(request),
            mailing_list,
            waiting.subscription.subscriber.address or "",
            consent=statement,
            source="staff",
        )
    except SubscriberStateError as refused:
        return refusal_texts.refusal(refused)
    except AddressError:
        return _("Not added: mail cannot be sent to this address.")
    except InputError as fault:
        return input_faults.text(fault)
    return ""
