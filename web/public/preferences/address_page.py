"""/a/<token>: the link of the two mails of a change of address. It shows a form; only the form's buttons confirm or stop it."""

from django.http import HttpRequest, HttpResponse

from publication import audit
from subscribers import tokens
from subscribers.consent import address_changes
from subscribers.consent.address_changes import AddressChangeError, Side
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.models import AddressChange
from web.public.links import form_token
from web.public.links.link_page import in_chosen_language, show, unknown_link

PURPOSE = "address"


@in_chosen_language
def address(request: HttpRequest, token: str) -> HttpResponse:
    for side in Side:  # a token is valid for one of the two purposes
        change = address_changes.find(tokens.read(tokens.Purpose(side.value), token))
        if change is not None and change.subscriber.erased_at is None:
            return _answer(request, token, change, side)
    return unknown_link()


def _answer(request: HttpRequest, token: str, change: AddressChange, side: Side) -> HttpResponse:
    posted = request.method == "POST"
    fits = posted and form_token.fits(PURPOSE, token, request.POST.get(form_token.FIELD, ""))
    if not fits:
        return _page(token, change, side, stale=posted)
    try:
        if request.POST.get("step") == "stop":
            return show("public/address_stopped.html", stopped=address_changes.withdraw(audit.subscriber(), change))
        moved = address_changes.confirm(audit.subscriber(), change, side)
    except AddressChangeError as fault:
        return show("public/address_not_changed.html", status=409, side=side.value, code=fault.code)
    except SubscriberStateError:  # erased in this moment
        return unknown_link()
    mail = address_changes.mail_of(change.subscriber).value
    return show("public/address_changed.html", moved=moved, side=side.value, mail=mail)


def _page(token: str, change: AddressChange, side: Side, *, stale: bool) -> HttpResponse:
    mail = address_changes.mail_of(change.subscriber).value
    if change.state == AddressChange.State.DONE:
        return show("public/address_changed.html", moved=True, side=side.value, mail=mail)
    if not address_changes.is_open(change):
        return show("public/address_not_changed.html", side=side.value, code="ended")
    confirmed = change.old_confirmed_at if side is Side.OLD else change.new_confirmed_at
    return show(
        "public/address.html", token=token, side=side.value, stale=stale, form=form_token.make(PURPOSE, token),
        confirmed=confirmed is not None, by_staff=change.actor_id is not None, mail=mail,
        may_only_stop=side is Side.OLD and change.actor_id is not None,
        # The owner of the old address recognises it; other people who read the old mailbox do not learn it.
        hint=address_changes.hint(change) if side is Side.OLD else "",
    )  # fmt: skip
