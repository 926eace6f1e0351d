"""/report/<token>/: the numbers of one campaign, for somebody without an account. Names nobody, and no small group."""

from django.http import HttpRequest, HttpResponse

from campaigns.reporting.results import report_links
from publication.installation import publication
from web import campaign_report
from web.public.links.link_page import show


def report(request: HttpRequest, token: str) -> HttpResponse:
    link = report_links.find(token)
    if link is None:
        return show("public/unknown.html", status=404)
    zone = publication().zone
    page = campaign_report.of_campaign(link.campaign, zone, is_public=True)
    return show("report/public.html", page=page, link=link, zone=zone)
