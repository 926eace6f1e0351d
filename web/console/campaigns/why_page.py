"""Why one person got a campaign or did not. The address is posted, so that no log or history has it in a URL."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from campaigns.reporting import why
from subscribers.addresses import AddressError
from subscribers.models import Subscriber
from web.console.console_page import campaign_or_404, show
from web.whole_numbers import whole_number


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
    return show(
        request, "console/why.html", 422 if problem else 200, campaign=campaign, explanation=explanation, problem=problem,
        person=person, asked="" if asked.startswith("#") else asked,
    )  # fmt: skip


def _record(request: HttpRequest) -> str:
    number = request.GET.get("record", "")
    return f"#{number}" if whole_number(number) is not None else ""
