"""The people behind a number of a campaign's report, page by page and as CSV; and why one person got the mail or not."""

import dataclasses

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from campaigns.models import Campaign, MeasuredLink
from campaigns.reporting import reports, why
from campaigns.reporting.reports import Person
from campaigns.reporting.why import Explanation
from campaigns.reporting.why_not import DeliveryFact
from publication import audit
from subscribers import addresses
from subscribers.addresses import AddressError
from subscribers.models import Subscriber
from subscribers.segments.recorded_text import without_personal_values
from web.console.console_page import actor_of, campaign_or_404, show
from web.console.csv_download import csv_download
from web.texts.people.shown_people import SEE_ADDRESSES, shown_address
from web.whole_numbers import whole_number

PER_PAGE = 100


def listing(request: HttpRequest, campaign_id: int, outcome: str) -> HttpResponse:
    """Show the people with this outcome in the order of their ids. `?after=` gives the following pages, `?link=` only those who
    followed one link.
    """
    _require_outcome(outcome)
    campaign = campaign_or_404(campaign_id)
    after = whole_number(request.GET.get("after", "")) or 0
    link = _link(request, campaign, outcome)
    rows = reports.people(campaign_id, outcome, after=after, most=PER_PAGE + 1, link=link.url if link else "")
    people = [_masked(request, recipient) for recipient in rows]
    return show(
        request, "console/people.html", campaign=campaign, outcome=outcome, people=people[:PER_PAGE], after=after,
        has_reasons=any(person.reason for person in people),
        further=people[PER_PAGE - 1].subscriber if len(people) > PER_PAGE else None,
        outcomes=reports.count_outcomes(campaign), link=link, kept=f"link={link.pk}" if link else "",
    )  # fmt: skip


def _masked(request: HttpRequest, recipient: Person) -> Person:
    """The recipient as this account sees them; a server's answer may quote the address, too."""
    if request.user.has_perm(SEE_ADDRESSES) or not recipient.address:
        return recipient
    reason = addresses.masked(recipient.reason, recipient.address.partition("@")[0], recipient.name)
    return recipient._replace(address=shown_address(request.user, recipient.address), name="", reason=reason)


def download(request: HttpRequest, campaign_id: int, outcome: str) -> StreamingHttpResponse:
    """All people with this outcome as CSV, streamed: only one page of them is in memory."""
    _require_outcome(outcome)
    campaign = campaign_or_404(campaign_id)
    link = _link(request, campaign, outcome)
    if request.method != "HEAD":
        audit.record(actor_of(request), "list_people", campaign, outcome=outcome)
    people = reports.as_cells(reports.people(campaign.pk, outcome, link=link.url if link else ""))
    return csv_download(f"campaign-{campaign.pk}-{outcome}.csv", people)


def _link(request: HttpRequest, campaign: Campaign, outcome: str) -> MeasuredLink | None:
    """The link of the campaign's version that the address asks for, of those who clicked; None for all of them."""
    if outcome != "clicked" or "link" not in request.GET:
        return None
    links = MeasuredLink.objects.filter(version_id=campaign.version_id).exclude(url="")
    return get_object_or_404(links, pk=whole_number(request.GET["link"]))


def _require_outcome(outcome: str) -> None:
    if outcome not in reports.OUTCOMES:
        raise Http404


def explain(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Explain why one person got the mail or not. POST `address`, or GET `?record=` with the number of a subscriber."""
    campaign = campaign_or_404(campaign_id)
    posted = request.method == "POST"
    asked = (request.POST.get("address", "") if posted else _record(request)).strip()
    explanation, problem = None, ""
    if asked:
        try:
            explanation = why.explain(asked, campaign)
        except AddressError:
            problem = _("This is not an address. Write it like this: name@example.org")
    elif posted:
        problem = _("Enter the address of one person.")
    person = Subscriber.objects.filter(pk=explanation.subscriber).first() if explanation and explanation.subscriber else None
    if explanation is not None and not request.user.has_perm(SEE_ADDRESSES):
        names = (person.address.partition("@")[0], person.name) if person and person.address else ()
        explanation = _without_addresses(explanation, *names)
    return show(
        request, "console/why.html", 422 if problem else 200, campaign=campaign, explanation=explanation, problem=problem,
        person=person, address=shown_address(request.user, person.address) if person else "",
        asked="" if asked.startswith("#") else asked,
    )  # fmt: skip


def _without_addresses(explanation: Explanation, *names: str) -> Explanation:
    """The same without the addresses, and the names of the person, that answers of servers quote, and without names in
    conditions.
    """

    def masked(fact: DeliveryFact) -> DeliveryFact:
        clause = {"clause": without_personal_values(fact.params["clause"])} if "clause" in fact.params else {}
        params = audit.without_addresses({**fact.params, **clause})
        return fact._replace(
            params={name: addresses.masked(value, *names) if isinstance(value, str) else value for name, value in params.items()}
        )

    return dataclasses.replace(
        explanation, meaning=masked(explanation.meaning), reasons=[*map(masked, explanation.reasons)],
        steps=[*map(masked, explanation.steps)],
    )  # fmt: skip


def _record(request: HttpRequest) -> str:
    number = request.GET.get("record", "")
    return f"#{number}" if whole_number(number) is not None else ""
