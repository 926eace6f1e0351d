"""The report of a campaign: its page, its tables as CSV, clicks shown on the mail, and links for people without an account."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.measuring import click_report
from campaigns.models import Campaign
from campaigns.reporting.results import report_links
from campaigns.reporting.results.report_links import ReportLinkError
from composer.rendering.measured_links import with_counts
from config import public_urls
from editorial import stored_variants
from editorial.models import IssueVariant
from editorial.stored_variants import find_variant
from subscribers.importing.csv_injection import guard
from web import campaign_report, number_tables
from web.console.campaigns import campaign_pages, follow_up_pages
from web.console.console_page import actor_of, campaign_or_404, page_values, show
from web.console.csv_download import csv_download
from web.mail_bytes import MailBytes
from web.texts import refusal_texts
from web.whole_numbers import whole_number

_REPORTED = ("sending", "paused", "sent", "cancelled", "held")


def report(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The report of a campaign that began; of every other one, its page."""
    campaign = campaign_or_404(campaign_id)
    return _page(request, campaign) if _has_begun(campaign) else redirect("campaign", campaign_id=campaign.pk)


def share(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """POST makes a link to the report."""
    campaign = _begun_or_404(campaign_id)
    days = whole_number(request.POST.get("days", "")) or 0
    try:
        report_links.create(actor_of(request), campaign, request.POST.get("name", ""), days=days)
    except ReportLinkError as fault:
        return _page(request, campaign, 422, refusal_texts.refusal(fault))
    messages.success(request, _("The link is ready. Copy it from the list and pass it on."))
    return _to_links(campaign)


def revoke(request: HttpRequest, campaign_id: int, link_id: int) -> HttpResponse:
    """POST ends a link."""
    campaign = _begun_or_404(campaign_id)
    if report_links.revoke(actor_of(request), campaign, link_id):
        messages.success(request, _("The link is revoked. It no longer works."))
    else:
        messages.error(request, _("This link was revoked before, or has expired."))
    return _to_links(campaign)


def _to_links(campaign: Campaign) -> HttpResponse:
    return redirect(f"/console/campaigns/{campaign.pk}/report/#share")


def download(request: HttpRequest, campaign_id: int, kind: str) -> StreamingHttpResponse:
    """One table of the report as CSV."""
    campaign = _begun_or_404(campaign_id)
    page = campaign_report.of_campaign(campaign, page_values()["zone"])
    rows = _link_rows(page) if kind == "links" else number_tables.of_kind(page.tables, kind).lines()
    return csv_download(f"campaign-{campaign.pk}-{kind}.csv", rows)


def picture(request: HttpRequest, campaign_id: int, kind: str) -> HttpResponse:
    """One chart of the report as SVG."""
    campaign = _begun_or_404(campaign_id)
    page = campaign_report.of_campaign(campaign, page_values()["zone"])
    return number_tables.picture_download(f"campaign-{campaign.pk}-{kind}.svg", number_tables.of_kind(page.tables, kind))


def _link_rows(page: campaign_report.CampaignReport) -> list[list[str]]:
    cells = [(link.url, link.text, link.clicks, link.machine_clicks, link.clicked) for link in page.links]
    return [["link", "text", "clicks", "machine_clicks", "people"], *([guard(str(cell)) for cell in row] for row in cells)]


def clicks_on_mail(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The mail with the clicks of each link behind it. `?variant=` chooses one of several variants."""
    campaign = _begun_or_404(campaign_id)
    variants = stored_variants.outline(campaign.version)
    number = whole_number(request.GET.get("variant", "0"))
    chosen = next((variant for variant in variants if variant["variant"] == number), None)
    if chosen is None:
        raise Http404
    page = campaign_report.of_campaign(campaign, page_values()["zone"])
    return show(request, "report/mail.html", campaign=campaign, variants=variants, chosen=chosen, page=page)


class ClicksOnMail(MailBytes):
    """The mail of one variant with the clicks of each link behind it."""

    def html(self, **where: int) -> str:
        campaign = _begun_or_404(where["campaign_id"])
        try:
            mail = find_variant(campaign.version_id, where["number"])
        except IssueVariant.DoesNotExist:
            raise Http404 from None
        links = click_report.of_campaign(campaign).links or ()
        counted = with_counts(mail.html, {link.url: (f"link-{link.number}", f"{link.clicks:,}") for link in links})
        return campaign_pages.preview_of(mail, counted)


def _has_begun(campaign: Campaign) -> bool:
    return campaign.recipients is not None and campaign.state in _REPORTED


def _begun_or_404(campaign_id: int) -> Campaign:
    campaign = campaign_or_404(campaign_id)
    if not _has_begun(campaign):
        raise Http404
    return campaign


def _page(request: HttpRequest, campaign: Campaign, status: int = 200, fault: str = "") -> HttpResponse:
    links = [(link, public_urls.report_link_url(report_links.token_of(link))) for link in report_links.of_campaign(campaign)]
    page = campaign_report.of_campaign(
        campaign, page_values()["zone"], leads_to_people=request.user.has_perm("subscribers.view_subscriber")
    )
    return show(
        request, "report/console.html", status, page=page, links=links, log=campaign_pages.log_of(campaign), fault=fault,
        typed=request.POST, default_days=report_links.DEFAULT_DAYS, most_days=report_links.MOST_DAYS,
        longest_name=report_links.LONGEST_NAME, may_share=report_links.may_share(campaign), **follow_up_pages.choices(campaign),
    )  # fmt: skip
