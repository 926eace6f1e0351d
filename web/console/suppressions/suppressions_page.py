"""Suppressed addresses: numbers by reason, search, the list. What is typed comes by POST; the conditions are in the URL."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.tracking.bounces.bounce_texts import CAUSES
from subscribers.consent import suppressed_domains
from subscribers.models import Suppression
from subscribers.people import search, suppression_search
from subscribers.people.suppression_search import FoundSuppressions, SuppressionFilter
from web.console.console_page import show
from web.console.people import typed_searches
from web.console.people.people_filters import query_string
from web.console.suppressions import suppression_rows
from web.texts.people import suppression_texts
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number

PER_PAGE = 50
_NAMES = ("q", "reason", "cause", "origin")


def suppressions(request: HttpRequest) -> HttpResponse:
    """GET shows a page of the suppressions found; POST keeps what was typed and leads there."""
    if request.method == "POST":
        number = typed_searches.keep(request, request.POST.get("text", ""))
        return redirect(f"/console/suppressions/?{query_string(request.POST, _NAMES, q=str(number or ''))}")
    asked, problems = _read(request)
    after = whole_number(request.GET.get("after", ""))
    matches = FoundSuppressions([], None) if problems else suppression_search.page(asked, after, PER_PAGE)
    is_address = "@" in asked.text and not problems and not matches.suppressions
    is_filtered = asked != SuppressionFilter(inside=asked.inside)
    counts = suppression_search.counts() if after is None and not is_filtered and not problems else []
    return show(
        request, "console/suppressions/suppressions.html", asked=asked, problems=problems, after=after, matches=matches,
        rows=suppression_rows.rows(request, matches.suppressions), query=query_string(request.GET, _NAMES),
        number=request.GET.get("q", ""),
        counts=counts, total=sum(count.total for count in counts), is_filtered=is_filtered,
        domain=suppressed_domains.of_address(asked.text) if "@" in asked.text else None, is_address=is_address,
        lifted=suppression_search.last_lift(asked.text) if is_address else None,
        person=search.by_address(asked.text) if is_address else None,
        reasons=[*Suppression.Reason], causes=[*CAUSES], origins=_origins(),
    )  # fmt: skip


def lifted(request: HttpRequest) -> HttpResponse:
    """What staff lifted: whose suppression, when, by whom and why."""
    after = whole_number(request.GET.get("after", ""))
    matches = suppression_search.lifts(after, PER_PAGE)
    rows = suppression_rows.lifted_rows(request, matches.lifts)
    return show(request, "console/suppressions/lifted.html", rows=rows, after=after, next=matches.after)


def _origins() -> list[tuple[str, str]]:
    return [(origin, suppression_texts.origin(origin)) for origin in Suppression.Origin.values]


def _read(request: HttpRequest) -> tuple[SuppressionFilter, list[str]]:
    """The conditions of the URL, and what is wrong with them. Only people who see addresses search for parts of them."""
    problems, given = [], request.GET
    text: str | None = ""
    if number := given.get("q", ""):
        text = typed_searches.text_of(request, number)
        if text is None:
            problems.append(_("This search is not known any more. Type it again."))
    reason, cause, origin = (given.get(name, "") for name in ("reason", "cause", "origin"))
    if reason and reason not in set(Suppression.Reason):
        problems.append(_("Choose one of the reasons."))
    if cause and cause not in CAUSES:
        problems.append(_("Choose one of the causes."))
    if origin and origin not in Suppression.Origin.values:
        problems.append(_("Choose one of the origins."))
    inside = request.user.has_perm(SEE_ADDRESSES)
    return SuppressionFilter(text or "", inside, reason, cause, origin), problems


def show_address(request: HttpRequest, text: str) -> HttpResponse:
    """Lead to the suppression of an address. What is in the URL is only the number of the search for it."""
    number = typed_searches.keep(request, text) if request.user.has_perm(SEE_ADDRESSES) else None
    return redirect(f"/console/suppressions/?{urlencode({'q': number or ''})}")
