"""“Our newsletters”: a year of one list or of all, by month: growth, reach, reading, complaints and bounces."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from campaigns.reporting.results import newsletter_year
from campaigns.reporting.results.newsletter_year import NewsletterYear, Numbers
from publication import clock
from subscribers.models import MailingList
from web import number_tables
from web.console.console_page import page_values, show
from web.console.csv_download import csv_download
from web.console.lists.list_pages import list_or_404
from web.number_tables import Cell, NumberTable
from web.texts import shares
from web.texts.sentences import in_a_row
from web.whole_numbers import whole_number


def overview(request: HttpRequest) -> HttpResponse:
    """The year of all lists, or of the list `?list=`."""
    mailing_list, zone = _list(request), page_values()["zone"]
    year = newsletter_year.of(mailing_list)
    return show(
        request, "console/newsletters.html", year=year, chosen=mailing_list, headline=_headline(year), figures=_figures(year),
        lists=MailingList.objects.order_by("name", "id"), tables=monthly_tables(year), newsletters=newsletters_table(year, zone),
        notes=_notes(year, is_one_list=mailing_list is not None), most=newsletter_year.MOST,
        query=f"?list={mailing_list.pk}" if mailing_list else "",
    )  # fmt: skip


def download(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """One table as CSV."""
    return csv_download(f"newsletters-{kind}.csv", _table(request, kind).lines())


def picture(request: HttpRequest, kind: str) -> HttpResponse:
    """One chart as SVG."""
    return number_tables.picture_download(f"newsletters-{kind}.svg", _table(request, kind))


def _table(request: HttpRequest, kind: str) -> NumberTable:
    year = newsletter_year.of(_list(request))
    return number_tables.of_kind([*monthly_tables(year), newsletters_table(year, page_values()["zone"])], kind)


def _list(request: HttpRequest) -> MailingList | None:
    typed = request.GET.get("list", "")
    return list_or_404(whole_number(typed) or 0) if typed else None


def _headline(year: NewsletterYear) -> str:
    """`14 newsletters went out in the last 12 months. Joined: 412, left: 57.`"""
    total = year.total
    sent = _("%(count)s newsletters went out in the last 12 months.") if total.campaigns != 1 else _(
        "1 newsletter went out in the last 12 months."
    )  # fmt: skip
    people = _("Joined: %(joined)s, left: %(left)s.")
    names = {"count": f"{total.campaigns:,}", "joined": f"{total.joined:,}", "left": f"{total.left:,}"}
    return in_a_row(sent % names, people % names)


def _notes(year: NewsletterYear, *, is_one_list: bool) -> str:
    """What the numbers mean."""
    return in_a_row(
        "" if is_one_list else _("Somebody on several lists is counted once for each."),
        _("A campaign to several lists counts for each of them as a whole. Its numbers are counted again from time to time, more "
          "rarely the older it is."),
        _("Clicks are not measured.") if year.total.campaigns and year.total.clicks is None else "",
    )  # fmt: skip


def _figures(year: NewsletterYear) -> list[tuple[str, str, str]]:
    """(name, number, what it is a share of) of each tile."""
    total = year.total
    figures = [(_("subscribers now"), f"{year.subscribed:,}", "")]
    if total.accepted:
        figures.append((_("delivered"), shares.share(total.delivered, total.accepted), f"{total.delivered:,}"))
    if total.measured:
        numbers = {"clicked": f"{total.clicked or 0:,}", "measured": f"{total.measured:,}"}
        of = _("%(clicked)s of %(measured)s who are measured") % numbers
        figures.append((_("clicked"), shares.share(total.clicked or 0, total.measured), of))
    elif total.clicks is not None:
        figures.append((_("clicks"), f"{total.clicks:,}", ""))
    if total.delivered:
        figures.append((_("unsubscribed"), shares.share(total.unsubscribed, total.delivered), f"{total.unsubscribed:,}"))
        figures.append((_("complaints"), shares.share(total.complained, total.delivered), f"{total.complained:,}"))
    return figures


def monthly_tables(year: NewsletterYear) -> list[NumberTable]:
    """Growth, and reach, reading, bounces and complaints where something was sent."""
    tables = [_growth(year)]
    if year.total.campaigns:
        tables += [_reach(year), *_reading(year), _bounces(year)]
    return tables


def _monthly(
    year: NewsletterYear, kind: str, title: str, columns: Sequence[str], cells: Callable[[Numbers], Sequence[Cell]],
    charted: Sequence[int], *, is_stacked: bool = False,
) -> NumberTable:  # fmt: skip
    rows = [(f"{month:%Y-%m}", cells(numbers)) for month, numbers in year.months.items()]
    return NumberTable(
        kind, title, [_("Month"), *columns], rows, charted, is_stacked, totals=cells(year.total), total_name=_("12 months"),
        newest_first=True,
    )  # fmt: skip


def _growth(year: NewsletterYear) -> NumberTable:
    columns, has_erased = [_("joined"), _("left")], bool(year.total.erased)
    if has_erased:
        columns.append(_("data erased"))

    def cells(numbers: Numbers) -> list[Cell]:
        return [numbers.joined, numbers.left, *([numbers.erased] if has_erased else [])]

    return _monthly(year, "growth", _("Growth"), columns, cells, (0, 1))


def _reach(year: NewsletterYear) -> NumberTable:
    columns = [_("newsletters"), _("delivered"), _("not delivered"), _("share delivered")]

    def cells(numbers: Numbers) -> list[Cell]:
        missed = numbers.accepted - numbers.delivered
        return [numbers.campaigns, numbers.delivered, missed, shares.share(numbers.delivered, numbers.accepted)]

    return _monthly(year, "reach", _("Reach"), columns, cells, (1, 2), is_stacked=True)


def _reading(year: NewsletterYear) -> list[NumberTable]:
    """Who clicked, of the people who are measured; clicks, if only those are counted; nothing, if neither is."""
    if year.total.clicks is None:
        return []
    if year.total.measured is None:
        return [_monthly(year, "reading", _("Reading"), [_("clicks")], lambda numbers: [_known(numbers.clicks)], (0,))]
    columns = [_("clicked"), _("did not click"), _("share who clicked"), _("clicks")]

    def cells(numbers: Numbers) -> list[Cell]:
        if numbers.measured is None or numbers.clicked is None:
            return [_known(None), _known(None), "–", _known(numbers.clicks)]
        did_not = max(0, numbers.measured - numbers.clicked)
        return [numbers.clicked, did_not, shares.share(numbers.clicked, numbers.measured), _known(numbers.clicks)]

    return [_monthly(year, "reading", _("Reading"), columns, cells, (0, 1), is_stacked=True)]


def _bounces(year: NewsletterYear) -> NumberTable:
    columns = [_("bounced"), _("share"), _("complaints"), _("share of complaints")]

    def cells(numbers: Numbers) -> list[Cell]:
        return [
            numbers.bounced, shares.share(numbers.bounced, numbers.accepted),
            numbers.complained, shares.share(numbers.complained, numbers.delivered),
        ]  # fmt: skip

    return _monthly(year, "bounces", _("Bounces and complaints"), columns, cells, (0, 2))


def newsletters_table(year: NewsletterYear, zone: str) -> NumberTable:
    """A line for each campaign; its name leads to its report."""
    columns = [
        _("Newsletter"), _("sent"), _("recipients"), _("delivered"), _("clicked"), _("unsubscribed"), _("bounced"),
        _("complaints"),
    ]  # fmt: skip
    rows = [
        (
            campaign.name,
            [
                f"{clock.in_zone(campaign.started_at, zone):%Y-%m-%d}" if campaign.started_at else "–", numbers["recipients"],
                shares.share(numbers["delivered"], numbers["accepted"]), _read_on(numbers), numbers["unsubscribed"],
                shares.share(numbers["bounced"], numbers["accepted"]), numbers["complained"],
            ],
        )
        for campaign, numbers in year.campaigns
    ]  # fmt: skip
    links = [resolve_url("campaign-report", campaign_id=campaign.pk) for campaign, _numbers in year.campaigns]
    return NumberTable("newsletters", _("Newsletters"), columns, rows, links=links)


def _read_on(numbers: Mapping[str, Any]) -> Cell:
    if numbers.get("measured") is not None:
        return shares.share(numbers["clicked"], numbers["measured"])
    return _("not measured")


def _known(number: int | None) -> Cell:
    return _("not measured") if number is None else number
