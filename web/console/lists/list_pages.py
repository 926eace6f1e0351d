"""The lists with their numbers, and one list: joins, leaves and bounces by month and origin, as charts with their tables."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from campaigns.tracking.bounces import bounce_texts
from config import public_urls
from subscribers.models import MailingList, Subscription
from subscribers.people import list_counts
from subscribers.people.list_counts import BOUNCED, ERASED, JOINED, LEFT, MonthlyCounts
from subscribers.segments import stored_counts
from subscribers.segments.stored_counts import AUDIENCE
from subscribers.sign_up import held_requests
from web import charts, number_tables
from web.console.console_page import show
from web.console.csv_download import csv_download
from web.number_tables import NumberTable
from web.texts.people import history_sentences
from web.texts.state_labels import WORDS, word

STATES = tuple(Subscription.State)
_ORIGINS = 5  # of a chart; the others are added up


def list_or_404(list_id: int) -> MailingList:
    return get_object_or_404(MailingList, pk=list_id)


def listing(request: HttpRequest) -> HttpResponse:
    """All lists with their people by state, those with the most people first. Opening the page counts nothing that takes long."""
    counts, held = list_counts.totals(), held_requests.counts()
    by_people = sorted(MailingList.objects.order_by("name", "id"), key=lambda row: -counts.get(row.pk, {}).get("confirmed", 0))
    known = stored_counts.for_page([AUDIENCE])[AUDIENCE.name]
    figures = known.figures or {}
    mailable = figures.get("mailable", {})
    lines = [
        {
            "list": mailing_list, "counts": [(state, counts[mailing_list.pk][state]) for state in STATES],
            "mailable": mailable.get(str(mailing_list.pk)), "kept_out": None if known.is_old else _kept_out(
                counts[mailing_list.pk]["confirmed"], mailable.get(str(mailing_list.pk))
            ),
            "held": held.get(mailing_list.pk, 0),
        }
        for mailing_list in by_people
        if mailing_list.pk in counts
    ]  # fmt: skip
    return show(
        request, "console/lists/lists.html", lines=lines, states=STATES, known=known, people=figures.get("people"),
        suppressed=sum(count for _reason, count in figures["suppressed"]) if figures else None,
    )  # fmt: skip


def _kept_out(confirmed: int, mailable: int | None) -> int | None:
    """How many confirmed people are not mailed; None if that is not known."""
    return None if mailable is None else max(0, confirmed - mailable)


def one_list(request: HttpRequest, list_id: int) -> HttpResponse:
    mailing_list = list_or_404(list_id)
    counts = list_counts.total(mailing_list)
    figures = stored_counts.for_page([AUDIENCE])[AUDIENCE.name].figures or {}
    return show(
        request, "console/lists/list.html", mailing_list=mailing_list, counts=[(state, counts[state]) for state in STATES],
        mailable=figures.get("mailable", {}).get(str(mailing_list.pk)),
        pending=counts["pending"], held=held_requests.held(mailing_list), tables=_tables(list_counts.by_month(mailing_list)),
        page=public_urls.subscribe_url(mailing_list.slug), archive=public_urls.archive_url(mailing_list.slug),
        languages=sorted(mailing_list.texts.items()),
    )  # fmt: skip


def download(request: HttpRequest, list_id: int, kind: str) -> StreamingHttpResponse:
    """One table of a list as CSV."""
    return csv_download(f"list-{list_id}-{kind}.csv", _table_of(list_id, kind).lines())


def picture(request: HttpRequest, list_id: int, kind: str) -> HttpResponse:
    """One chart of a list as SVG."""
    return number_tables.picture_download(f"list-{list_id}-{kind}.svg", _table_of(list_id, kind))


def _table_of(list_id: int, kind: str) -> NumberTable:
    return number_tables.of_kind(_tables(list_counts.by_month(list_or_404(list_id))), kind)


def _tables(counts: MonthlyCounts) -> list[NumberTable]:
    """All kinds side by side; then each kind by origin, unless nobody has it. Erasures are shown where there are some."""
    titles = {JOINED: _("joined"), LEFT: _("left"), BOUNCED: _("bounced")}
    if any(counts.of_kind(ERASED)):
        titles[ERASED] = _("data erased")
    everything = [charts.Series(title, counts.of_kind(kind)) for kind, title in titles.items()]
    made = [_table("months", _("Joins, leaves and bounces by month"), counts, everything, is_stacked=False)]
    headings = {JOINED: _("How people joined"), LEFT: _("How people left"), BOUNCED: _("Why mail came back")}
    for kind, heading in headings.items():
        series = [charts.Series(_origin(kind, origin), values) for origin, values in counts.by_origin(kind).items()]
        if series:
            made.append(_table(kind, heading, counts, _fewer(series), is_stacked=True))
    return made


def _table(kind: str, title: str, counts: MonthlyCounts, series: Sequence[charts.Series], *, is_stacked: bool) -> NumberTable:
    rows = [(f"{month:%Y-%m}", [row.values[at] for row in series]) for at, month in enumerate(counts.months)]
    return NumberTable(
        kind, title, [_("Month"), *(row.name for row in series)], rows, range(len(series)), is_stacked,
        totals=[sum(row.values) for row in series], total_name=_("12 months"), newest_first=True,
    )  # fmt: skip


def _fewer(series: Sequence[charts.Series]) -> list[charts.Series]:
    """The most frequent origins; the others together."""
    if len(series) <= _ORIGINS + 1:
        return list(series)
    rest = [sum(numbers) for numbers in zip(*(row.values for row in series[_ORIGINS:]), strict=True)]
    return [*series[:_ORIGINS], charts.Series(_("all others"), rest)]


def _origin(kind: str, origin: str) -> str:
    if kind == BOUNCED:
        return _(bounce_texts.CAUSES[origin]) if origin in bounce_texts.CAUSES else word(origin)
    if kind == LEFT and origin in WORDS:
        return word(origin)
    if origin == "import":
        return _("imported from a file")
    return history_sentences.how(origin) if origin else _("not recorded")
