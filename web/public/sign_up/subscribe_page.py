"""/subscribe/…: the page on which people subscribe to a list. Only a POST of its own form has a mail sent.

A form on another site posts to the same address without a token: the page is shown with what was typed, and nothing happens until
its button is pressed. The answer to an accepted form is the same for every address, whatever its state.
"""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from subscribers import mailing_lists
from subscribers.models import MailingList
from subscribers.sign_up import list_traffic, mistyped_domains, requests
from subscribers.sign_up.requests import SignUpVerdict
from web.middleware.trusted_proxies import client_network
from web.public import cached_pages
from web.public.links.form_token import HONEYPOT
from web.public.links.link_page import show
from web.public.sign_up import sign_up_form
from web.public.sign_up.sign_up_form import FieldFault, SignUpForm, TokenFault, Typed
from worker.wake import wake


def index(request: HttpRequest) -> HttpResponse:
    """All lists that anybody may subscribe to; the form itself if there is only one."""
    language = cached_pages.language_of(request)
    lists = mailing_lists.open_lists()
    if len(lists) == 1:
        return _form_page(SignUpForm.of(lists[0], language))
    return _page("public/subscribe_lists.html", language, is_indexed=bool(lists), open_lists=lists)


def subscribe(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of one list; 404 if the list is closed, so that nobody learns that it exists."""
    mailing_list = find_subscribable(slug)
    language = cached_pages.language_of(request)
    if request.method != "POST":
        return _form_page(SignUpForm.of(mailing_list, language))
    given = request.POST.get(sign_up_form.FIELD, "")
    form = SignUpForm.of(mailing_list, sign_up_form.language_of_token(slug, given) or language)
    return _answer(request, form, form.kept(Typed.of(request.POST), given), given)


def find_subscribable(slug: str) -> MailingList:
    """Find a list by its slug, if people can subscribe to it themselves. Raises Http404."""
    mailing_list = mailing_lists.find_subscribable(slug)
    if mailing_list is None:
        raise Http404
    return mailing_list


def _answer(request: HttpRequest, form: SignUpForm, typed: Typed, given: str) -> HttpResponse:
    token_fault = form.token_fault(given)
    token = sign_up_form.read_token(form.mailing_list.slug, given)
    if token_fault is not None or token is None:
        return _form_page(form, typed, token_fault=token_fault)
    if typed.trap:
        return _check_mail(form)  # a program: it learns nothing
    asked = form.request(typed, source="form", network=client_network(request), nonce=token.nonce)
    with translation.override(form.page_language):
        fault = sign_up_form.fault_of(asked)
    if fault is not None:
        return _form_page(form, typed, status=422, fault=fault)
    meant = mistyped_domains.suggestion(asked.address)
    if meant and typed.questioned != asked.address:
        return _form_page(form, typed, meant=meant, questioned=asked.address)
    decision = requests.submit(form.mailing_list, asked)
    match decision.verdict:
        case SignUpVerdict.TOO_MANY:
            return _form_page(form, typed, status=429, wait=decision.wait)
        case SignUpVerdict.QUESTION | SignUpVerdict.WRONG:
            return _form_page(form, typed, status=403, verdict=decision.verdict, asks=True)
        case SignUpVerdict.ACCEPTED:
            transaction.on_commit(lambda: wake("send_singles"), robust=True)
            return _check_mail(form)


def _form_page(
    form: SignUpForm, typed: Typed | None = None, *, status: int = 200, token_fault: TokenFault | None = None,
    fault: FieldFault | None = None, verdict: SignUpVerdict | None = None, asks: bool | None = None, meant: str = "",
    questioned: str = "", wait: int = 0,
) -> HttpResponse:  # fmt: skip
    """The form with a fresh token. It asks a question if there are far too many requests in this hour.

    `meant`: the address that was probably meant by the `questioned` one. `wait`: seconds until this network may ask again.
    """
    typed = typed or Typed()
    wording = form.wording()
    token, nonce = form.new_token()
    if asks is None:
        asks = list_traffic.needs_question(form.mailing_list)
    with translation.override(form.page_language):
        question = sign_up_form.question_text(nonce) if asks else ""
        page = _page(
            "public/subscribe.html", form.page_language, status=status,
            is_indexed=status == 200 and form.mailing_list.sign_up == MailingList.SignUp.OPEN, list=form.mailing_list,
            form=token, wording=wording, measuring=form.measuring_sentence(), typed=typed, honeypot=HONEYPOT, question=question,
            token_fault=token_fault, fault=fault, verdict=verdict, offered=_choices(form, typed),
            has_errors=fault is not None or verdict is SignUpVerdict.WRONG, meant=meant, questioned=questioned,
            minutes=-(-wait // 60),
        )  # fmt: skip
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page


def _choices(form: SignUpForm, typed: Typed) -> list[tuple[str, bool]]:
    languages = form.languages
    chosen = typed.language if typed.language in languages else form.default_language
    return [(language, language == chosen) for language in languages] if len(languages) > 1 else []


def _check_mail(form: SignUpForm) -> HttpResponse:
    return _page("public/check_mail.html", form.page_language, list=form.mailing_list)


def _page(template: str, language: str, *, status: int = 200, is_indexed: bool = False, **context: object) -> HttpResponse:
    """A page of the sign-up in one language. Search engines may list the forms of open lists."""
    with translation.override(language):
        page = show(template, status, is_indexed=is_indexed, **context)
    page.headers["Content-Language"] = language
    if is_indexed:
        del page.headers["X-Robots-Tag"]
    return page
