"""/c/<token>: the link of a confirmation mail. It shows a form; only the form's button confirms. Once used, it says so.

If the last request also agreed to be measured, the page repeats the sentence: anybody can have typed the address. The person
confirms with it or without it.
"""

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from config import public_urls
from publication import audit
from subscribers import tokens
from subscribers.consent import ledger, measuring_consent, subscriptions
from subscribers.models import Subscription
from web.public import measuring_wording
from web.public.links import form_token
from web.public.links.link_page import in_chosen_language, show, unknown_link
from worker.wake import wake

PURPOSE = "confirm"
MEASURING = "measuring"  # the value of the button that confirms with the sentence that the page showed


@in_chosen_language
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    claims = tokens.read(tokens.Purpose.CONFIRM, token)
    subscription = Subscription.objects.filter(pk=claims.subject).first() if claims else None  # None: the request has expired
    if claims is None or subscription is None:
        return unknown_link()
    mailing_list = subscription.list
    posted = request.method == "POST"
    preferences = public_urls.preferences_url(tokens.preferences_token(subscription.subscriber_id))
    if subscriptions.is_answered(subscription, claims.asked_at):
        return show("public/confirmed.html", list=mailing_list, preferences=preferences, was_used=not posted)
    wish = measuring_consent.wish_of(subscription)
    if not posted or not form_token.fits(PURPOSE, token, request.POST.get(form_token.FIELD, "")):
        return show(
            "public/confirm.html", token=token, list=mailing_list, stale=posted, form=form_token.make(PURPOSE, token),
            measuring=wish, measuring_language=ledger.language_of(wish) if wish else "", mark=measuring_wording.mark(wish),
        )  # fmt: skip
    shown = wish if wish and request.POST.get(MEASURING) == measuring_wording.mark(wish) else ""
    try:
        agreed = measuring_consent.confirm(audit.subscriber(), subscription, asked_at=claims.asked_at, shown=shown)
    except subscriptions.SubscriberStateError as fault:
        return show("public/not_confirmed.html", status=409, list=mailing_list, code=fault.code)
    transaction.on_commit(lambda: wake("send_singles"), robust=True)  # the welcome, if the list has one
    return show("public/confirmed.html", list=mailing_list, preferences=preferences, agreed=agreed)
