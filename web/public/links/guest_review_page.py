"""/review/<token>/: one version of an issue, for somebody without an account: the mail, their comments, and their decision.

GET and HEAD change nothing. Comments need a name. A decision needs a code that is mailed to the address of the link, so that
neither a scanner of mails nor anybody who got the link can decide.
"""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import translation

from campaigns import launch_checks
from composer.issue.merge_fields import fill, preview_values
from editorial import stored_variants
from editorial.models import Decision, IssueVariant, ReviewLink
from editorial.review import review_links, version_differences
from editorial.review.review_links import ReviewLinkError
from publication.installation import publication
from web.content_policies import review_policy
from web.mail_bytes import MailBytes
from web.middleware.trusted_proxies import client_network
from web.public.links import form_token
from web.public.links.link_page import show, too_many_requests
from web.texts import refusal_texts, state_labels
from web.texts.issues import review_states
from worker.wake import wake

PURPOSE = "review"
DONE = ("comment", "approve", "changes", "code")


def review(request: HttpRequest, token: str) -> HttpResponse:
    link = review_links.find(token)
    if link is None:
        return _unknown()
    _speak_as(link)
    if request.method != "POST":
        return _page(request, link, token)
    if not form_token.fits(PURPOSE, token, request.POST.get(form_token.FIELD, "")):
        return _page(request, link, token, stale=True, status=422)
    if not review_links.admit(client_network(request)):
        return too_many_requests(3600, resolve_url("review", token))
    step = request.POST.get("step", "")
    try:
        done = _act(request, link, step)
    except ReviewLinkError as fault:
        if fault.code == "ended":
            translation.activate(translation.get_language_from_request(request))
            return _unknown()
        return _page(request, link, token, status=422, fault=refusal_texts.refusal(fault), faulty=step)
    variant = _chosen(request, stored_variants.outline(link.version))["variant"]
    answer = redirect(f"/review/{token}/?variant={variant}&done={done}#{done}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _act(request: HttpRequest, link: ReviewLink, step: str) -> str:
    """Do what the form says, and return what was done. Raises ReviewLinkError."""
    given = request.POST
    if step == "code":
        review_links.ask_code(link)
        transaction.on_commit(lambda: wake("send_singles"), robust=True)
    elif step in Decision.Kind.values:
        network = str(request.META.get("REMOTE_ADDR", ""))
        review_links.decide(link, given.get("code", ""), Decision.Kind(step), given.get("text", ""), network)
    else:
        step = "comment"
        about = {target.part: target for target in review_links.places(link.version, _language_of(link, request))}
        target = about.get(given.get("part", ""))
        review_links.comment(
            link,
            given.get("name", ""),
            given.get("text", ""),
            file=target.file if target else "",
            part=target.part if target else "",
        )
    return step


def _page(
    request: HttpRequest,
    link: ReviewLink,
    token: str,
    *,
    status: int = 200,
    stale: bool = False,
    fault: str = "",
    faulty: str = "",
) -> HttpResponse:
    version = link.version
    variants = stored_variants.outline(version)
    chosen = _chosen(request, variants)
    done = request.GET.get("done", "")
    places = review_links.places(version, _language_of(link, request))
    titles = {target.part: target.title for target in places}
    answer = show(
        "public/review.html", status=status, token=token, link=link, version=version, issue=version.issue, variants=variants,
        chosen=chosen, form=form_token.make(PURPOSE, token), stale=stale, fault=fault,
        deciding=faulty in ("code", *Decision.Kind.values),
        typed=request.POST, done=done if done in DONE else "", places=places, zone=publication().zone,
        comments=[(comment, titles.get(comment.part, "")) for comment in review_links.conversation(link)],
        is_old=review_links.is_old(link), awaits_code=review_links.awaits_code(link),
        decision=Decision.objects.filter(link=link).last(), longest_name=review_links.LONGEST_NAME,
        longest_text=review_links.LONGEST_TEXT,
        errors=dict.fromkeys(finding.message for finding in state_labels.findings(launch_checks.content_errors(version))),
        incomplete=[sentence for sentence, _tag in review_states.incomplete_mails(version_differences.parts_of(version))],
    )  # fmt: skip
    answer.headers["Content-Security-Policy"] = review_policy()
    return answer


def _chosen(request: HttpRequest, variants: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the variant that the page shows: that of the URL, or the first in the language of the page."""
    asked = request.GET.get("variant", "")
    spoken = translation.get_language() or ""
    return next(
        (variant for variant in variants if str(variant["variant"]) == asked),
        next((variant for variant in variants if _offered(variant["language"]) == spoken), variants[0]),
    )


def _language_of(link: ReviewLink, request: HttpRequest) -> str:
    return str(_chosen(request, stored_variants.outline(link.version))["language"])


def _speak_as(link: ReviewLink) -> None:
    translation.activate(_offered(link.language or publication().language))


def _offered(language: str) -> str:
    """The translated language nearest to a language; that of the page where there is none."""
    try:
        return translation.get_supported_language_variant(language.lower())
    except LookupError:
        return translation.get_language() or ""


def _unknown() -> HttpResponse:
    """The one answer to links that are forged, revoked or expired, for every method. It does not reveal which."""
    return show("public/review_unknown.html", status=404)


class ReviewedMail(MailBytes):
    """The mail of a version, as its readers see it, with sample values and without working links to personal pages."""

    def html(self, **where: Any) -> str | HttpResponse:
        link = review_links.find(where["token"])
        if link is None:
            return _unknown()
        try:
            mail = stored_variants.find_variant(link.version_id, where["number"])
        except IssueVariant.DoesNotExist:
            return _unknown()
        return fill(mail.html, preview_values(stored_variants.merge_fields(mail)))
