"""The people on the lists of an audience who get it, or do not for one reason. The audience is in the address, as numbers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from campaigns.audience.audiences import Audience, conditions_of
from campaigns.audience.shortfall import GETS, Shortfall
from campaigns.models import Campaign
from editorial.models import IssueRecord
from subscribers.segments.grammar import SegmentError
from web.console.console_page import show
from web.console.issues.sending.send_audience import audience_of, query_of
from web.texts import audience_texts, stored_texts
from web.texts.people.shown_people import shown_address, shown_name
from web.whole_numbers import whole_number

PER_PAGE = 100


def listing(request: HttpRequest) -> HttpResponse:
    """Show them in the order of their numbers. `?after=` gives the following pages; `issue` or `campaign` leads back.

    Where no audience is chosen, it is the one that the campaign has.
    """
    given, code = request.GET, request.GET.get("why", "")
    campaign = _campaign(request)
    owner = campaign if "audience" not in given else None
    audience = Audience.of(owner) if owner else audience_of(given)
    after = whole_number(given.get("after", ""), 15) or 0
    problem, people = "", []
    try:
        conditions = conditions_of(owner) if owner else audience.conditions()
        chosen = Shortfall(audience.lists, conditions).people(code).filter(pk__gt=after).order_by("pk")
        people = list(chosen.only("pk", "address", "name", "language")[: PER_PAGE + 1]) if audience.lists else []
    except KeyError:
        raise Http404 from None
    except SegmentError as error:
        problem = stored_texts.segment_fault(error)
    shown = [
        {"pk": person.pk, "address": shown_address(request.user, person.address), "name": shown_name(request.user, person.name),
         "language": person.language}
        for person in people[:PER_PAGE]
    ]  # fmt: skip
    query = given.copy()
    query.pop("after", None)
    return show(
        request, "console/audience_people.html", people=shown, problem=problem, gets=code == GETS,
        reason="" if code == GETS else audience_texts.reason(code, audience.exclusions), after=after, query=query.urlencode(),
        further=people[PER_PAGE - 1].pk if len(people) > PER_PAGE else None, lists=audience.lists,
        back=_back(request, campaign, "" if owner else query_of(audience)),
    )  # fmt: skip


def _campaign(request: HttpRequest) -> Campaign | None:
    number = whole_number(request.GET.get("campaign", ""), 15)
    return Campaign.objects.filter(pk=number).first() if number and request.user.has_perm("campaigns.view_campaign") else None


def _back(request: HttpRequest, campaign: Campaign | None, query: str) -> tuple[str, str] | None:
    """The address and the name of the page from which somebody came, with the same choices."""
    if campaign is not None and not query:
        return resolve_url("campaign", campaign_id=campaign.pk), campaign.name
    if campaign is not None and campaign.state == "draft" and request.user.has_perm("campaigns.change_campaign"):
        return f"{resolve_url('campaign-audience', campaign_id=campaign.pk)}?{query}", campaign.name
    issue = IssueRecord.objects.filter(slug=request.GET.get("issue", "")).first()
    if issue is not None and request.user.has_perm("campaigns.add_campaign"):
        return f"{resolve_url('issue-send', slug=issue.slug)}?{query}", issue.title
    return None
