"""/u/<token>: unsubscribing with one click in the mail client (RFC 8058) or with the page's form, and undoing it.

GET and HEAD change nothing: they show the form, or that the person is unsubscribed. The token in the path identifies person
and campaign, or, in a welcome, person and list; tokens in the body are ignored. The link never expires, works any number of
times, and also works for people whose data was erased.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from config.public_urls import TEST_TOKEN
from publication import audit
from subscribers import addresses, attributes, tokens
from subscribers.consent import merged_records, subscriptions
from subscribers.consent.unsubscribing import unsubscribe_reasons, unsubscribe_undo
from subscribers.errors import InputError
from subscribers.models import MailingList, Subscriber, Subscription
from web.public import mail_language
from web.public.links import form_token
from web.public.links.link_page import in_chosen_language, show, unknown_link
from web.texts.people import list_texts
from worker.wake import wake

PURPOSE = "unsubscribe"


@in_chosen_language
def leave(request: HttpRequest, token: str) -> HttpResponse:
    if token == TEST_TOKEN:
        return show("public/test_mail.html")
    claims = _read(token)
    if claims is None:
        return unknown_link()
    claims = claims._replace(subject=merged_records.current_id(claims.subject))  # of a record that was merged into another
    if request.method != "POST":
        return _page(token, claims)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        _unsubscribe(claims, everything=False, how="one-click")
        return show("public/left.html", token=token)
    if not form_token.fits(PURPOSE, token, request.POST.get(form_token.FIELD, "")):
        return _page(token, claims, stale=True)
    if request.POST.get("step") == "undo":
        return _undo(token, claims)
    if request.POST.get("step") == "back":
        return _come_back(token, claims)
    if request.POST.get("step") == "reason":
        return _give_reason(token, claims, request.POST)
    everything = request.POST.get("scope") == "all"
    _unsubscribe(claims, everything=everything, how="page", only=request.POST.get("list", ""))
    return _goodbye(token, claims, everything)


def _read(token: str) -> tokens.Claims | None:
    return tokens.read(tokens.Purpose.UNSUBSCRIBE, token) or tokens.read(tokens.Purpose.LEAVE_LIST, token)


def _campaign_of(claims: tokens.Claims) -> int | None:
    return claims.scope or None if claims.purpose is tokens.Purpose.UNSUBSCRIBE else None


def _list_ids(claims: tokens.Claims) -> list[int] | None:
    """The list of a welcome, whose link undoes nothing else; None for the link of a campaign."""
    return [claims.scope] if claims.purpose is tokens.Purpose.LEAVE_LIST else None


def form_of(token: str) -> str:
    return form_token.make(PURPOSE, token)


def goodbye_of(token: str) -> HttpResponse:
    """The page after leaving everything, for other pages on which people leave."""
    claims = _read(token)
    return _goodbye(token, claims, everything=True) if claims else unknown_link()


def _page(token: str, claims: tokens.Claims, *, stale: bool = False) -> HttpResponse:
    """Show the form with a button for each of the campaign's lists that the person is on."""
    lists = lists_of(claims)
    on = [mailing_list for mailing_list in lists if unsubscribe_undo.is_on(claims.subject, [mailing_list.pk])]
    if on or (not lists and unsubscribe_undo.is_on(claims.subject)):
        return show(
            "public/leave.html", token=token, lists=on, stale=stale, form=form_of(token), preferences=_preferences(claims)
        )
    return _goodbye(token, claims, not unsubscribe_undo.is_on(claims.subject), stale=stale)


def _goodbye(
    token: str, claims: tokens.Claims, everything: bool, *, stale: bool = False, fault: str = "", **more: Any
) -> HttpResponse:
    lists = lists_of(claims)
    person = Subscriber.objects.filter(pk=claims.subject, address__isnull=False).first()
    left = [mailing_list for mailing_list in lists if not unsubscribe_undo.is_on(claims.subject, [mailing_list.pk])]
    return show(
        "public/left.html",
        token=token,
        lists=lists,
        left=left,
        still_on=[mailing_list for mailing_list in lists if mailing_list not in left],
        everything=everything or not lists,
        stale=stale,
        fault=fault,
        # An erased person has no address to which a confirmation could be sent: they must sign up again.
        may_return=person is not None and not fault and bool(_may_come_back_to(claims.subject, lists)),
        may_undo=person is not None and not fault and _can_undo(claims),
        reasons=unsubscribe_reasons.CODES if unsubscribe_reasons.may_give(claims.subject, _campaign_of(claims)) else (),
        longest=attributes.LONGEST_COMMENT,
        form=form_of(token),
        preferences=_preferences(claims) if person else "",
        **more,
    )


def _can_undo(claims: tokens.Claims) -> bool:
    return unsubscribe_undo.can_undo(claims.subject, _campaign_of(claims), _list_ids(claims))


def _preferences(claims: tokens.Claims) -> str:
    return resolve_url("preferences", tokens.preferences_token(claims.subject, _campaign_of(claims) or 0))


def _give_reason(token: str, claims: tokens.Claims, given: Mapping[str, str]) -> HttpResponse:
    """Store why they left. Without a reason, or a second time, nothing is stored. The page names again what they left."""
    reason, comment = given.get("reason", ""), given.get("comment", "")
    everything = given.get("left") == "all"
    try:
        thanks = bool(unsubscribe_reasons.give(audit.subscriber(), claims.subject, _campaign_of(claims), reason, comment))
    except InputError as fault:
        return _goodbye(token, claims, everything, reason_fault=fault.code, chosen=reason, comment=comment)
    return _goodbye(token, claims, everything, thanks=thanks)


def _undo(token: str, claims: tokens.Claims) -> HttpResponse:
    """Restore the subscription without a confirmation mail. A second press, or one that is too late, changes nothing."""
    lists = lists_of(claims)
    try:
        undone = unsubscribe_undo.undo(
            audit.subscriber(),
            claims.subject,
            _campaign_of(claims),
            _list_ids(claims),
            consent=str(_("Undo: subscribe me again")),
        )
    except subscriptions.SubscriberStateError as fault:
        return _goodbye(token, claims, not unsubscribe_undo.is_on(claims.subject), fault=fault.code)
    if undone or unsubscribe_undo.is_on(claims.subject, [mailing_list.pk for mailing_list in lists] or None):
        return show("public/returned.html", token=token, lists=lists)
    return _page(token, claims, stale=True)


def lists_of(claims: tokens.Claims) -> list[MailingList]:
    """The lists of the link's campaign, or the list of a welcome. Empty means all lists."""
    if claims.purpose is tokens.Purpose.LEAVE_LIST:
        return list(MailingList.objects.filter(pk=claims.scope))
    campaign = Campaign.objects.filter(pk=claims.scope).first() if claims.scope else None
    return list(campaign.lists.order_by("id")) if campaign else []


def _unsubscribe(claims: tokens.Claims, *, everything: bool, how: str, only: str = "") -> None:
    """Leave the campaign's lists, or only one of them, or everything. An unknown number in `only` leaves nothing."""
    lists = [] if everything else lists_of(claims)
    if only and not everything:
        lists = [mailing_list for mailing_list in lists if str(mailing_list.pk) == only]
        if not lists:
            return
    subscriptions.unsubscribe(
        audit.subscriber(),
        claims.subject,
        list_ids=[mailing_list.pk for mailing_list in lists] or None,
        how=how,
        campaign_id=_campaign_of(claims),
    )


def _come_back(token: str, claims: tokens.Claims) -> HttpResponse:
    """Ask for a new subscription: a confirmation is mailed, as for everybody who asks to subscribe."""
    person = Subscriber.objects.filter(pk=claims.subject, address__isnull=False).first()
    if person is not None and person.address:
        for mailing_list in _may_come_back_to(claims.subject, lists_of(claims)):
            _ask_again(person, mailing_list)
        transaction.on_commit(lambda: wake("send_singles"), robust=True)
    return show("public/asked.html", token=token)


def _may_come_back_to(subscriber_id: int, lists: Iterable[MailingList]) -> list[MailingList]:
    """Return the lists of a link that the person may rejoin: those they have left, and those that anybody may join."""
    states = dict(Subscription.objects.filter(subscriber_id=subscriber_id).values_list("list_id", "state"))
    off = [mailing_list for mailing_list in lists if states.get(mailing_list.pk) != Subscription.State.CONFIRMED]
    left = Subscription.State.UNSUBSCRIBED
    return [
        mailing_list
        for mailing_list in off
        if states.get(mailing_list.pk) == left or mailing_list.sign_up != MailingList.SignUp.CLOSED
    ]


def _ask_again(person: Subscriber, mailing_list: MailingList) -> None:
    wording = _("Requested “%(list)s” again on the unsubscribe page") % {"list": list_texts.list_name(mailing_list)}
    try:
        subscriptions.subscribe(
            audit.subscriber(), mailing_list, person.address or "", source="unsubscribe page", consent=wording,
            mail_language=person.language or mail_language.of_page(),
        )  # fmt: skip
    except addresses.AddressError:
        pass  # an address that was accepted under older rules: no mail can be sent to it
