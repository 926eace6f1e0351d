"""/preferences/: people without a mail of ours type their address and get the link to their data by mail.

The answer is the same for every address, known or not: status, text, headers and the number of database queries.
"""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from publication import audit
from subscribers import addresses
from subscribers.consent import preferences
from subscribers.sign_up import network_limit
from web.middleware.trusted_proxies import client_network
from web.public import mail_language
from web.public.links import form_token
from web.public.links.link_page import in_chosen_language, show
from worker.wake import wake

PURPOSE = "private link"


@in_chosen_language
def ask(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page()
    typed = request.POST.get("address", "").strip()
    if not form_token.fits(PURPOSE, "", request.POST.get(form_token.FIELD, "")):
        return _page(typed, stale=True)
    try:
        address = addresses.validate(addresses.without_name(typed))
    except addresses.AddressError:
        return _page(typed, fault=True)
    if request.POST.get(form_token.HONEYPOT):
        return _asked()
    if wait := network_limit.seconds_to_wait(client_network(request)):
        return _page(typed, wait=wait)
    preferences.ask_private_link(audit.subscriber(), address.key, language=mail_language.of_page())
    transaction.on_commit(lambda: wake("send_singles"), robust=True)
    return _asked()


def _asked() -> HttpResponse:
    return show("public/private_link_asked.html", back=resolve_url("private-link"))


def _page(typed: str = "", *, stale: bool = False, fault: bool = False, wait: int = 0) -> HttpResponse:
    """`wait`: the seconds until this network, which has used up its requests, may ask again."""
    page = show(
        "public/private_link.html", status=429 if wait else 422 if fault else 200, typed=typed[: addresses.LONGEST], stale=stale,
        fault=fault, minutes=-(-wait // 60), form=form_token.make(PURPOSE, ""), trap=form_token.HONEYPOT,
    )  # fmt: skip
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page
