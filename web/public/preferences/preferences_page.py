"""/p/<token> and /d/<token>: lists, language, time zone and pause; with the private link also a person's own data.

GET and HEAD show the page. A link without a person is an error page: an empty list of preferences would be a lie.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.public_urls import TEST_TOKEN
from publication import audit, clock
from subscribers import addresses, tokens
from subscribers.consent import address_changes, pauses, preferences, subscriptions
from subscribers.consent.address_changes import AddressChangeError
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.consent.unsubscribing import unsubscribe_undo
from subscribers.models import MailingList, Subscriber
from web.public import mail_language
from web.public.links import unsubscribe_page
from web.public.links.link_page import in_chosen_language, show, unknown_link
from web.public.preferences import person_link, preference_form
from web.public.preferences.person_link import PersonLink
from web.texts.people import list_texts
from worker.wake import wake

SOURCE = preferences.HOW


@in_chosen_language
def of_mail(request: HttpRequest, token: str) -> HttpResponse:
    if token == TEST_TOKEN:
        return show("public/test_mail.html")
    return _answer(request, person_link.of_mail(token))


@in_chosen_language
def private(request: HttpRequest, token: str) -> HttpResponse:
    return _answer(request, person_link.private(token))


def _answer(request: HttpRequest, link: PersonLink | None) -> HttpResponse:
    if link is None:
        return unknown_link()
    if request.method != "POST":
        return page(link)
    if not link.fits(request.POST):
        return page(link, stale=True)
    steps = _STEPS_OF_OWNER if link.is_private else _STEPS
    step = steps.get(request.POST.get("step", ""))
    try:
        return step(link, request.POST) if step else page(link, stale=True)
    except SubscriberStateError:  # erased in this moment
        return unknown_link()


def _paused_until(person: Subscriber) -> date | None:
    """The day in the person's zone. A template would show the moment in UTC, which is the day before east of Greenwich."""
    if person.paused_until is None or not pauses.is_paused(person):
        return None
    return clock.in_zone(person.paused_until, preference_form.zone_of(person)).date()


def page(link: PersonLink, entered: preference_form.Entered | None = None, **more: Any) -> HttpResponse:
    """The page as it is now; `more` says what was just done."""
    person = link.person
    is_wrong = bool(entered and entered.faults) or "address_fault" in more
    return show(
        "public/preferences.html",
        status=422 if is_wrong else 200,
        link=link,
        person=person,
        paused_until=_paused_until(person),
        pending=_pending_address(link),
        may_leave=unsubscribe_undo.is_on(person.pk),
        **preference_form.context(link, entered),
        **more,
    )  # fmt: skip


def _pending_address(link: PersonLink) -> str:
    """The new address of an open change, so far that its owner recognises it."""
    change = address_changes.open_change(link.person) if link.is_private else None
    return address_changes.hint(change) if change else ""


def _save(link: PersonLink, posted: QueryDict) -> HttpResponse:
    entered = preference_form.read(link, posted)
    if entered.is_stale:
        return page(link, stale=True)
    if entered.faults:
        return page(link, entered)
    saved = preferences.apply(
        audit.subscriber(), link.person, entered.wish,
        proof=link.proof, campaign_id=link.campaign_id, wording=_wording, language=get_language() or "",
        mail_language=mail_language.of_page(),
    )  # fmt: skip
    if saved.asked:
        _wake()
    undo = _undo(link) if saved.left else None
    changed = [preference_form.label_of(change.field) for change in saved.changes]
    return page(_again(link), saved=saved, changed=changed, did="saved" if saved else "nothing", undo=undo)


def _wording(mailing_list: MailingList) -> str:
    return _("Receive “%(list)s” by email") % {"list": list_texts.list_name(mailing_list)}


def _undo(link: PersonLink) -> dict[str, str] | None:
    """The button that takes back what was just left, on the page of the unsubscribe link, which has the rules for it."""
    if not unsubscribe_undo.can_undo(link.person.pk, link.campaign_id):
        return None
    token = tokens.unsubscribe_token(link.person.pk, link.campaign_id or 0)
    return {"token": token, "form": unsubscribe_page.form_of(token)}


def _pause(link: PersonLink, posted: QueryDict) -> HttpResponse:
    months = posted.get("months", "")
    if months not in {str(number) for number in preference_form.PAUSES}:
        return page(link, stale=True)
    day = preference_form.after(preference_form.today(link.person), int(months))
    until: datetime = pauses.start_of(day, preference_form.zone_of(link.person))
    pauses.pause(audit.subscriber(), link.person, until, source=SOURCE, proof=link.proof)
    return page(_again(link), did="paused")


def _resume(link: PersonLink, posted: QueryDict) -> HttpResponse:
    pauses.resume(audit.subscriber(), link.person, source=SOURCE, proof=link.proof)
    return page(_again(link), did="resumed")


def _leave(link: PersonLink, posted: QueryDict) -> HttpResponse:
    """Leave everything, and show the goodbye page of the unsubscribe link, with its undo and its question for the reason."""
    subscriptions.unsubscribe(
        audit.subscriber(), link.person.pk, how=preferences.HOW, campaign_id=link.campaign_id, proof=link.proof
    )
    return unsubscribe_page.goodbye_of(tokens.unsubscribe_token(link.person.pk, link.campaign_id or 0))


def _ask(link: PersonLink, posted: QueryDict) -> HttpResponse:
    preferences.ask_private_link(audit.subscriber(), bytes(link.person.address_key), language=mail_language.of_page())
    _wake()
    return show("public/private_link_asked.html", back=link.url)


def _move(link: PersonLink, posted: QueryDict) -> HttpResponse:
    typed = posted.get("address", "").strip()
    try:
        address_changes.ask(audit.subscriber(), link.person, addresses.without_name(typed), language=mail_language.of_page())
    except addresses.AddressError:
        return page(link, address_typed=typed[: addresses.LONGEST], address_fault="address")
    except AddressChangeError as fault:
        return page(link, address_typed=typed, address_fault=fault.code)
    _wake()
    return page(link, did="move_asked")


def _stay(link: PersonLink, posted: QueryDict) -> HttpResponse:
    if change := address_changes.open_change(link.person):
        address_changes.withdraw(audit.subscriber(), change)
    return page(link, did="move_stopped")


def _again(link: PersonLink) -> PersonLink:
    """The link with its person as stored now. Raises SubscriberStateError(erased)."""
    again = (person_link.private if link.is_private else person_link.of_mail)(link.token)
    if again is None:
        raise SubscriberStateError("erased")
    return again


def _wake() -> None:
    transaction.on_commit(lambda: wake("send_singles"), robust=True)


Step = Callable[[PersonLink, QueryDict], HttpResponse]
_STEPS: dict[str, Step] = {"save": _save, "pause": _pause, "resume": _resume, "leave": _leave, "ask": _ask}
_STEPS_OF_OWNER: dict[str, Step] = {
    "save": _save, "pause": _pause, "resume": _resume, "leave": _leave, "move": _move, "stay": _stay,
}  # fmt: skip
