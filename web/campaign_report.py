"""The report of a campaign as people read it: a sentence, numbers beside what is usual, links, times and parts of the audience.

The console shows it to staff, and a link to somebody without an account. The second names nobody and no small group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from campaigns.measuring.click_report import ClickReport, HourClicks, LinkClicks
from campaigns.models import Campaign
from campaigns.questions import questions
from campaigns.questions.questions import AskedQuestion
from campaigns.reporting import reports
from campaigns.reporting.reports import Report
from campaigns.reporting.results import audience_parts, usual_shares
from campaigns.reporting.results.audience_parts import PartLine
from publication import clock
from subscribers.models import MailingList
from subscribers.segments import stored_counts
from web import charts
from web.texts.language_names import language_name
from web.texts.people import list_texts

SMALL = 10  # people; a smaller group is not shown to somebody without an account
QUESTION = "question-"  # before the name of a question, in the kind of its table
_MOST_HOURS = 48  # beyond that, a column is a day


class KeyNumber(NamedTuple):
    """A number of the whole campaign with its share, and the share that is usual; `outcome` leads to the people behind it."""

    name: str | Promise
    number: int
    share: float | None
    usual: float | None
    outcome: str = ""


class ReportTable(NamedTuple):
    """A table, with a chart of the same numbers if it has one. Cells are numbers, or texts where a number is not shown."""

    kind: str
    title: str | Promise
    columns: Sequence[str | Promise]
    rows: Sequence[tuple[str, Sequence[int | str]]]
    chart: str = ""


@dataclass(frozen=True)
class CampaignReport:
    """Everything that the page shows. `counted_at`: when the parts were counted, None as long as they are not."""

    campaign: Campaign
    report: Report
    clicks: ClickReport
    figures: Sequence[KeyNumber]
    links: Sequence[LinkClicks]
    tables: Sequence[ReportTable]
    counted_at: datetime | None
    has_usual: bool

    @property
    def headline(self) -> str:
        """`1,985 people got “No. 12”. 31 did not.`"""
        report = self.report
        got = report.accepted - report.bounced - report.dropped
        rest = report.recipients - got - report.uncertain
        name = {"name": self.campaign.name, "got": f"{got:,}", "rest": f"{rest:,}"}
        sentence = _("%(got)s people got “%(name)s”.") if got != 1 else _("1 person got “%(name)s”.")
        if not rest:
            return sentence % name
        return f"{sentence} {_('%(rest)s did not.') if rest != 1 else _('1 did not.')}" % name

    @property
    def reading(self) -> str:
        """What is known of those who read on; empty if nothing is."""
        clicks = self.clicks
        if clicks.clicked is not None and clicks.measured:
            return _("%(clicked)s of the %(measured)s people who agreed to be measured followed a link.") % {
                "clicked": f"{clicks.clicked:,}", "measured": f"{clicks.measured:,}",
            }  # fmt: skip
        if clicks.clicks is not None:
            return _("Its links were followed %(clicks)s times.") % {"clicks": f"{clicks.clicks:,}"}
        return ""


def of_campaign(campaign: Campaign, zone: str, *, is_public: bool = False) -> CampaignReport:
    """The report as of now. `is_public`: groups of fewer than ten people are not told apart."""
    report, clicks = reports.with_clicks(campaign.pk)
    usual = usual_shares.usual(campaign)
    count = audience_parts.count_of(campaign)
    known = stored_counts.for_page([count])[count.name]
    parts = audience_parts.lines_of(known.figures) if known.figures else {}
    tables = [
        *_answers(campaign, is_public=is_public),
        *_over_time(clicks.hours or (), zone),
        *_of_parts(parts, campaign, clicks, is_public=is_public),
    ]
    return CampaignReport(
        campaign, report, clicks, _figures(report, clicks, usual), clicks.links or (), tables, known.at, bool(usual)
    )  # fmt: skip


def _figures(report: Report, clicks: ClickReport, usual: Mapping[str, float]) -> list[KeyNumber]:
    def figure(name: str | Promise, number: int, whole: int, key: str, outcome: str = "") -> KeyNumber:
        return KeyNumber(name, number, number / whole if whole else None, usual.get(key), outcome)

    figures = [
        figure(_("delivered"), report.delivered, report.accepted, "delivered", "delivered"),
        figure(_("bounced"), report.bounced, report.accepted, "bounced", "bounced"),
        figure(_("unsubscribed"), report.unsubscribed, report.delivered, "unsubscribed", "unsubscribed"),
        figure(_("complaints"), report.complained, report.delivered, "complained", "complained"),
    ]
    if clicks.clicks is not None:
        figures.append(KeyNumber(_("clicks"), clicks.clicks, None, None))
    if clicks.clicked is not None and clicks.measured is not None:
        figures.append(figure(_("people who clicked"), clicks.clicked, clicks.measured, "clicked", "clicked"))
    return figures


def _answers(campaign: Campaign, *, is_public: bool) -> list[ReportTable]:
    """A table for each question: its answers, in their order."""
    tables = []
    for question in questions.asked_by(campaign, get_language() or ""):
        rows = [
            (text, cells) for (text, _people), cells in zip(question.answers, _answer_cells(question, is_public), strict=True)
        ]
        columns = [_("Answer of readers"), _("people who gave it"), _("share")]
        tables.append(ReportTable(f"{QUESTION}{question.name}", question.text, columns, rows))
    return tables


def _answer_cells(question: AskedQuestion, is_public: bool) -> list[list[int | str]]:
    """How many people gave each answer, and their shares, but not if the shares would tell the size of a small group."""
    counts = [people for _text, people in question.answers]
    is_small = is_public and any(0 < people < SMALL for people in counts)
    shares = ["–" if is_small or not question.total else f"{people / question.total:.0%}" for people in counts]
    shown: list[int | str] = [f"< {SMALL}" if is_public and 0 < people < SMALL else people for people in counts]
    return [[people, share] for people, share in zip(shown, shares, strict=True)]


def _over_time(hours: Sequence[HourClicks], zone: str) -> list[ReportTable]:
    """Clicks by hour, or by day if they are spread over more than two days, without gaps."""
    if not hours:
        return []
    step = timedelta(hours=1) if hours[-1].hour - hours[0].hour < timedelta(hours=_MOST_HOURS) else timedelta(days=1)
    first, last = (_column(hour.hour, zone, step) for hour in (hours[0], hours[-1]))
    counts = {first + step * at: [0, 0] for at in range((last - first) // step + 1)}
    for hour in hours:
        numbers = counts[_column(hour.hour, zone, step)]
        numbers[0] += hour.clicks
        numbers[1] += hour.machine_clicks
    names, by_day = [_("readers"), _("programs")], step.days > 0
    series = [charts.Series(name, [numbers[at] for numbers in counts.values()]) for at, name in enumerate(names)]
    title = _("Clicks by day") if by_day else _("Clicks by hour")
    short = [f"{moment:%m-%d}" if by_day or not moment.hour else f"{moment:%H:%M}" for moment in counts]
    rows = [(f"{moment:%Y-%m-%d}" if by_day else f"{moment:%Y-%m-%d %H:%M}", numbers) for moment, numbers in counts.items()]
    chart = charts.bars(title, short, series, is_stacked=True)
    return [ReportTable("time", title, [_("Day") if by_day else _("Hour"), *names], rows, chart)]


def _column(moment: datetime, zone: str, step: timedelta) -> datetime:
    """The beginning of the day or hour that the moment is in, by the clock of the zone."""
    local = clock.in_zone(moment, zone).replace(tzinfo=None)
    return local.replace(hour=0 if step.days else local.hour, minute=0, second=0, microsecond=0)


_COLUMNS: Mapping[str, str | Promise] = {
    "domain": gettext_lazy("Domain"), "language": gettext_lazy("Language"), "variant": gettext_lazy("Variant"),
    "list": gettext_lazy("List"),
}  # fmt: skip
_TITLES: Mapping[str, str | Promise] = {
    "domain": gettext_lazy("By domain"), "language": gettext_lazy("By language"), "variant": gettext_lazy("By variant"),
    "list": gettext_lazy("By list"),
}  # fmt: skip


def _of_parts(
    parts: Mapping[str, Sequence[PartLine]], campaign: Campaign, clicks: ClickReport, *, is_public: bool
) -> list[ReportTable]:  # fmt: skip
    columns = [_("recipients"), _("delivered"), _("bounced"), _("complaints"), _("unsubscribed")]
    if clicks.clicked is not None:
        columns += [_("measured"), _("clicked")]
    tables = []
    for kind, lines in parts.items():
        shown = _without_small(lines) if is_public else list(lines)
        if len(shown) < 2:
            continue
        names = _names(kind, campaign)
        rows = [
            (_name(kind, line.value, names), _cells(line, with_clicks=clicks.clicked is not None, is_public=is_public))
            for line in shown
        ]
        tables.append(ReportTable(kind, _TITLES[kind], [_COLUMNS[kind], *columns], rows))
    return tables


def _cells(line: PartLine, *, with_clicks: bool, is_public: bool) -> list[int | str]:
    numbers = [line.recipients, line.delivered, line.bounced, line.complained, line.left]
    numbers += [line.measured, line.clicked] if with_clicks else []
    return [f"< {SMALL}" if is_public and 0 < number < SMALL else number for number in numbers]


def _without_small(lines: Sequence[PartLine]) -> list[PartLine]:
    """The parts of at least ten recipients; the others together, if they are at least ten."""
    large = [line for line in lines if line.recipients >= SMALL and line.value != "*"]
    small = [line for line in lines if line not in large]
    if not small:
        return large
    rest = PartLine("*", *(sum(numbers) for numbers in zip(*(line[1:] for line in small), strict=True)))
    return [*large, rest] if rest.recipients >= SMALL else large


def _names(kind: str, campaign: Campaign) -> Mapping[str, str]:
    if kind == "list":
        return {str(row.pk): list_texts.list_name(row) for row in MailingList.objects.filter(campaign=campaign)}
    if kind == "variant":
        variants = campaign.version.variants.order_by("number").values_list("number", "language", "holds")
        return {str(number): ", ".join([language_name(language), *holds]) for number, language, holds in variants}
    return {}


def _name(kind: str, value: str, names: Mapping[str, str]) -> str:
    if value == "*":
        return _("all others")
    if kind == "language" and value:
        return language_name(value)
    return names.get(value, value) or _("unknown")
