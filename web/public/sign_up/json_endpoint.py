"""/subscribe/<list>/json: the same form for programs on any other site, without cookies.

GET gives the wording and a token, POST subscribes. It has the limits, checks and properties of the page.
"""

import json
from collections.abc import Mapping

from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse, RawPostDataException
from django.utils import translation
from django.utils.translation import gettext as _

from config import public_urls
from subscribers.sign_up import mistyped_domains, requests
from subscribers.sign_up.requests import SignUpVerdict
from web.middleware.trusted_proxies import client_network
from web.public import cached_pages
from web.public.sign_up import sign_up_form
from web.public.sign_up.sign_up_form import SignUpForm, TokenFault, Typed
from web.public.sign_up.subscribe_page import find_subscribable
from worker.wake import wake

METHODS = "GET, HEAD, POST, OPTIONS"
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    # Any site may read the answers; without this a page with a strict embedder policy could not.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": "Content-Type", "Access-Control-Max-Age": "86400",
}  # fmt: skip


def endpoint(request: HttpRequest, slug: str) -> JsonResponse:
    language = cached_pages.language_of(request)
    with translation.override(language):
        if request.method == "OPTIONS":
            return _json(204, {}, _PREFLIGHT)
        if request.method not in ("GET", "HEAD", "POST"):
            return _error(405, "method", _("This address takes GET and POST."), headers={"Allow": METHODS})
        try:
            mailing_list = find_subscribable(slug)
        except Http404:
            return _error(404, "not_found", _("There is no such list, or it is closed."), _("Check the address."))
    if request.method != "POST":
        return _offer(SignUpForm.of(mailing_list, language))
    fields = _fields(request)
    if fields is None:
        with translation.override(language):
            return _error(400, "json", _("The request is not a JSON object."), _("Send an object with address and form."))
    typed, value = Typed.of(fields), fields.get(sign_up_form.FIELD)
    given = value if isinstance(value, str) else ""
    form = SignUpForm.of(mailing_list, sign_up_form.language_of_token(slug, given) or language)
    with translation.override(form.page_language):
        return _answer(request, form, typed, given)


def _fields(request: HttpRequest) -> Mapping[str, object] | None:
    try:
        fields = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):  # the last: a form with parts, which was read as one before
        return None
    return fields if isinstance(fields, dict) else None


def _offer(form: SignUpForm) -> JsonResponse:
    token, _nonce = form.new_token()
    document = {
        "list": form.list_name, "wording": form.wording(), "language": form.page_language, "languages": form.languages,
        sign_up_form.FIELD: token,
    }  # fmt: skip
    measuring = form.measuring_sentence()
    return _json(200, document | ({"measuring_wording": measuring} if measuring else {}))


def _answer(request: HttpRequest, form: SignUpForm, typed: Typed, given: str) -> JsonResponse:
    token_fault = form.token_fault(given)
    token = sign_up_form.read_token(form.mailing_list.slug, given)
    if token_fault is not None or token is None:
        return _token_error(token_fault or TokenFault.EXPIRED)
    if typed.trap:
        return _accepted()  # a program that fills in every field: it learns nothing
    asked = form.request(typed, source="api", network=client_network(request), nonce=token.nonce)
    if (fault := sign_up_form.fault_of(asked)) is not None:
        return _error(422, f"{fault.field}_{fault.code}" if fault.field == "address" else "name", fault.message, fault.hint)
    decision = requests.submit(form.mailing_list, asked)
    match decision.verdict:
        case SignUpVerdict.TOO_MANY:
            message = _("There were too many requests from your network.")
            hint = _("Try again in %(seconds)s seconds.") % {"seconds": decision.wait}
            return _error(429, "too_many_requests", message, hint, {"Retry-After": str(decision.wait)})
        case SignUpVerdict.QUESTION | SignUpVerdict.WRONG:
            page = public_urls.subscribe_url(form.mailing_list.slug)
            message = _("Right now people must answer a question to subscribe.")
            return _error(403, "challenge", message, _("Send the person to this page: %(page)s") % {"page": page})
        case SignUpVerdict.ACCEPTED:
            transaction.on_commit(lambda: wake("send_singles"), robust=True)
            return _accepted(mistyped_domains.suggestion(asked.address))


def _token_error(fault: TokenFault) -> JsonResponse:
    hint = _("Get a new value of “form” with GET, show its wording, and send it 2 seconds later or more.")
    match fault:
        case TokenFault.MISSING:
            return _error(400, "form_missing", _("The field “form” is missing."), hint)
        case TokenFault.EXPIRED:
            return _error(400, "form_expired", _("The value of “form” has expired or is not ours."), hint)
        case TokenFault.CHANGED:
            return _error(400, "form_changed", _("The wording has changed since this form was made."), hint)
        case TokenFault.TOO_FAST:
            return _error(400, "too_fast", _("The form was sent too fast for a person."), hint)


def _accepted(meant: str = "") -> JsonResponse:
    """`meant`: the address that was probably meant, if the domain looks mistyped. It depends on nothing but the address."""
    return _json(202, {"status": "accepted", **({"did_you_mean": meant} if meant else {})})


def _error(status: int, code: str, message: str, hint: str = "", headers: Mapping[str, str] | None = None) -> JsonResponse:
    return _json(status, {"code": code, "message": message, "hint": hint}, headers or {})


def _json(status: int, document: Mapping[str, object], headers: Mapping[str, str] | None = None) -> JsonResponse:
    answer = JsonResponse(document, status=status, json_dumps_params={"ensure_ascii": False})
    if status == 204:
        answer.content = b""
    for name, value in {**_HEADERS, **(headers or {})}.items():
        answer.headers[name] = value
    return answer
