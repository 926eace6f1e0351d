"""The report of a campaign as people read it: a sentence, numbers beside what is usual, links, times and parts of the audience.

The console shows it to staff, and a link to somebody without an account. The second names nobody and no small group.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.shortcuts import resolve_url
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.measuring import missing_clicks
from campaigns.measuring.click_report import ClickReport, HourClicks, LinkClicks
from campaigns.measuring.missing_clicks import MissingClicks
from campaigns.models import Campaign
from campaigns.questions import questions
from campaigns.questions.questions import AskedQuestion
from campaigns.reporting import reports
from campaigns.reporting.reports import Report
from campaigns.reporting.results import audience_parts, usual_shares
from config import public_urls
from publication import clock
from subscribers.segments import stored_counts
from web import report_parts
from web.number_tables import Cell, NumberTable
from web.report_parts import LARGE, SMALL, is_small, masked
from web.texts import shares, stored_texts
from web.texts.sentences import in_a_row
from web.texts.state_labels import recipient_word, word

TOP_LINKS = 12  # the others are folded, and not printed
_USUAL_FROM = 1000  # recipients
_MEASURED_FROM = 2 * SMALL  # people: of fewer, those who clicked or those who did not are always few
_MOST_HOURS = 48  # beyond that, a column is a day


class KeyNumber(NamedTuple):
    """A number of the whole campaign, None if it is not known, with its share and the usual one.

    `of`: whom it is a share of. `outcome` leads to the people behind it.
    """

    name: str | Promise
    number: Cell | None
    share: str = ""
    of: str = ""
    usual: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class CampaignReport:
    """Everything that the page shows. `counted_at`: when the parts were counted, None as long as they are not."""

    campaign: Campaign
    report: Report
    clicks: ClickReport
    figures: Sequence[KeyNumber]
    links: Sequence[LinkClicks]
    names_people: bool  # it says how many people clicked
    numbers: Sequence[NumberTable]
    times: NumberTable | None
    questions: Sequence[AskedQuestion]
    answers: Sequence[NumberTable]
    parts: Sequence[NumberTable]
    counted_at: datetime | None
    notes: str
    missing: MissingClicks | None
    is_public: bool

    @property
    def headline(self) -> str:
        """`1,985 people got “No. 12”. 31 did not. 412 of the 1,000 people who agreed to be measured clicked a link.`"""
        report = self.report
        rest = report.recipients - report.got - report.uncertain
        name = {"name": self.campaign.name, "got": f"{report.got:,}", "rest": f"{rest:,}"}
        if self.is_public and is_small(report.got):
            sentence = _("Fewer than ten people got “%(name)s”.")
        else:
            sentence = _("%(got)s people got “%(name)s”.") if report.got != 1 else _("1 person got “%(name)s”.")
        if not rest:
            others = ""
        elif self.is_public and rest < SMALL:
            others = _("Fewer than ten did not.")
        else:
            others = _("%(rest)s did not.") if rest != 1 else _("1 did not.")
        return in_a_row(sentence % name, others % name, self._reading)

    @property
    def _reading(self) -> str:
        """What is known of those who clicked; empty if nothing is."""
        clicks = self.clicks
        if self.names_people and clicks.clicked is not None and clicks.measured:
            numbers = {"clicked": f"{clicks.clicked:,}", "measured": f"{clicks.measured:,}"}
            if self.is_public and clicks.clicked < SMALL:
                return _("Fewer than ten of the people who agreed to be measured clicked a link.")
            if self.is_public and is_small(clicks.measured - clicks.clicked):
                return _("Nearly all of the %(measured)s people who agreed to be measured clicked a link.") % numbers
            if clicks.clicked == 1:
                return _("1 of the %(measured)s people who agreed to be measured clicked a link.") % numbers
            return _("%(clicked)s of the %(measured)s people who agreed to be measured clicked a link.") % numbers
        if clicks.clicks is not None:
            return _("Its links were followed %(clicks)s times.") % {"clicks": f"{clicks.clicks:,}"}
        return ""

    @property
    def has_open_questions(self) -> bool:
        return any(question.is_open for question in self.questions)

    @property
    def top_links(self) -> Sequence[LinkClicks]:
        """The links that were followed most."""
        return self._by_clicks[:TOP_LINKS]

    @property
    def other_links(self) -> Sequence[LinkClicks]:
        return self._by_clicks[TOP_LINKS:]

    @property
    def _by_clicks(self) -> Sequence[LinkClicks]:
        return sorted(self.links, key=lambda link: -link.clicks)

    @property
    def tables(self) -> list[NumberTable]:
        """All tables, those of files."""
        return [*self.numbers, *([self.times] if self.times else []), *self.answers, *self.parts]


def of_campaign(campaign: Campaign, zone: str, *, is_public: bool = False, leads_to_people: bool = False) -> CampaignReport:
    """The report as of now. `is_public`: groups of fewer than ten people are not told apart."""
    report, clicks = reports.with_clicks(campaign.pk)
    # Behind a link, a share of earlier campaigns to few people would tell how many of them there were.
    usual = {} if is_public and report.recipients < _USUAL_FROM else usual_shares.usual(campaign)
    count = audience_parts.count_of(campaign)
    known = stored_counts.for_page([count])[count.name]
    parts = audience_parts.lines_of(known.figures) if known.figures else {}
    numbers = [_numbers(report, clicks, leads_to_people=leads_to_people)]
    if known.figures and not is_public:
        link = resolve_url("campaign-people", campaign_id=campaign.pk, outcome="bounced") if leads_to_people else ""
        numbers += report_parts.causes(audience_parts.causes_of(known.figures), link)
    names_people = clicks.clicked is not None and not (is_public and (clicks.measured or 0) < _MEASURED_FROM)
    figures = key_numbers(vars(report) | ({} if names_people else {"measured": None}), usual)
    links = list(clicks.links or ())
    if is_public:
        figures = [_hidden(figure, report, clicks) for figure in figures]
        links = [link._replace(url=public_urls.without_read_key(link.url)) for link in links]
    asked = questions.asked_by(campaign, get_language() or "")
    return CampaignReport(
        campaign, report, clicks, figures, links, names_people,
        numbers, _over_time(clicks.hours or (), zone), asked, report_parts.answers(asked, is_public=is_public),
        report_parts.tables(parts, campaign, with_clicks=clicks.clicked is not None, is_public=is_public),
        known.at, _notes(campaign, clicks, known.at, zone, has_usual=bool(usual)),
        missing_clicks.of_campaign(campaign), is_public,
    )  # fmt: skip


def _notes(campaign: Campaign, clicks: ClickReport, counted_at: datetime | None, zone: str, *, has_usual: bool) -> str:
    """When the numbers were counted, and what they mean."""
    sentences = [_("As of %(at)s.") % {"at": clock.minute_in(clock.now(), zone)}]
    if counted_at is not None and campaign.has_totals:
        sentences.append(_("Clicks and the parts of the audience as of %(at)s.") % {"at": clock.minute_in(counted_at, zone)})
    if has_usual:
        sentences.append(_("“Usual” is the median of the last ten campaigns to the same lists."))
    else:
        sentences.append(_("No comparison yet: it needs three earlier campaigns to the same lists."))
    if clicks.measuring == "off":
        sentences.append(_("Clicks are not measured."))
    elif clicks.measuring == "anonymous":
        sentences.append(_("Clicks are counted without names."))
    else:
        sentences.append(
            _(
                "Who clicked a link is known of people who agreed to be measured. Clicks of everybody else are counted "
                "without names."
            )
        )
    if clicks.machine_clicks:
        programs = {"total": f"{clicks.machine_clicks:,}"}
        sentences.append(_("%(total)s clicks of programs, such as security scanners, are not among them.") % programs)
    if clicks.opens is not None:
        unreliable = _(
            "Opens: %(total)s. This number is unreliable, because many programs load pictures for nobody, or load none."
        )
        sentences.append(unreliable % {"total": f"{clicks.opens:,}"})
    return in_a_row(*sentences)


def key_numbers(numbers: Mapping[str, Any], usual: Mapping[str, float]) -> list[KeyNumber]:
    """The four numbers that matter most, and complaints if there are some, of a report or of stored totals."""

    def figure(name: str, number: int, whole: int, key: str, of: str) -> KeyNumber:
        usual_share = shares.of_one(usual[key]) if key in usual else ""
        return KeyNumber(name, number, shares.share(number, whole) if whole else "", of, usual_share, key)

    accepted, delivered = numbers["accepted"], numbers["delivered"]
    measured = numbers.get("measured")
    if measured is not None and numbers.get("clicked") is not None:
        of = _("of %(people)s who are measured") % {"people": f"{measured:,}"}
        reading = figure(_("clicked"), numbers["clicked"], measured, "clicked", of)
    elif numbers["clicks"] is not None:
        usual_number = f"{round(usual['clicks'] * delivered):,}" if "clicks" in usual else ""
        reading = KeyNumber(_("clicks"), numbers["clicks"], usual=usual_number)
    else:
        reading = KeyNumber(_("clicked"), None)
    figures = [
        figure(_("delivered"), delivered, accepted, "delivered", ""),
        reading,
        figure(_("unsubscribed"), numbers["unsubscribed"], delivered, "unsubscribed", ""),
        figure(_("bounced"), numbers["bounced"], accepted, "bounced", ""),
    ]
    if numbers["complained"]:
        figures.append(figure(_("complaints"), numbers["complained"], delivered, "complained", ""))
    return figures


def _hidden(figure: KeyNumber, report: Report, clicks: ClickReport) -> KeyNumber:
    """A number of fewer than ten people without its exact value, and one whose difference to another number would be as small.

    Clicks are not people.
    """
    if figure.outcome == "delivered":  # the headline says who got it: those who complained, too
        tells_rest = not report.accepted or is_small(report.accepted - report.got)
        share = "" if tells_rest else shares.share(report.got, report.accepted)
        figure = figure._replace(name=_("got it"), number=report.got, share=share)
    if not figure.outcome or not isinstance(figure.number, int):
        return figure
    if is_small(figure.number):
        return figure._replace(number=masked(figure.number), share="")
    if figure.outcome == "bounced" and is_small(report.recipients - report.got - report.uncertain - figure.number):
        return figure._replace(number=LARGE, share="")  # the headline says how many did not get it
    if figure.outcome == "clicked" and figure.number and is_small((clicks.measured or 0) - figure.number):
        return figure._replace(number=LARGE, share="")
    return figure


def _numbers(report: Report, clicks: ClickReport, *, leads_to_people: bool) -> NumberTable:
    """Every number of the campaign with its share; those behind which there are people lead to them."""
    lines = list(_lines(report, clicks))
    links = [
        resolve_url("campaign-people", campaign_id=report.campaign, outcome=outcome) if outcome and number else ""
        for _name, number, _whole, outcome in lines
    ]
    rows: list[tuple[str, Sequence[Cell]]] = [
        (name, [number, shares.share(number, whole) if whole else ""]) for name, number, whole, _outcome in lines
    ]
    columns = [_("Outcome"), _("Number"), _("Share")]
    return NumberTable("numbers", _("All numbers"), columns, rows, links=links if leads_to_people else ())


def _lines(report: Report, clicks: ClickReport) -> Iterator[tuple[str, int, int, str]]:
    """(name, number, whole of which it is a share or 0, outcome or "")."""
    yield _("recipients"), report.recipients, 0, ""
    yield word("accepted"), report.accepted, report.recipients, "accepted"
    for reason, people in sorted(report.skipped_reasons.items(), key=lambda item: -item[1]):
        yield _("skipped: %(reason)s") % {"reason": stored_texts.stored(reason) or "–"}, people, report.recipients, "skipped"
    for state in ("failed", "unknown", "held", "abandoned", "planned", "claimed", "in_flight"):
        if people := getattr(report, state):
            outcome = {"failed": "failed", "unknown": "uncertain", "held": "uncertain"}.get(state, "")
            yield recipient_word(state), people, report.recipients, outcome
    yield word("delivered"), report.delivered, report.accepted, "delivered"
    yield _("bounced (hard)"), report.hard, report.accepted, "bounced"
    yield _("bounced (soft)"), report.soft, report.accepted, "bounced"
    for state in ("dropped", "deferred", "awaiting"):
        if people := getattr(report, state):
            yield word(state), people, report.accepted, "dropped" if state == "dropped" else ""
    yield word("complained"), report.complained, report.delivered, "complained"
    yield _("unsubscribed through this campaign"), report.unsubscribed, report.delivered, "unsubscribed"
    if clicks.measured is not None and clicks.clicked is not None:
        yield _("agreed to be measured"), clicks.measured, report.got, "measured"
        yield _("clicked"), clicks.clicked, clicks.measured, "clicked"
        yield _("did not click"), clicks.not_clicked or 0, clicks.measured, "not_clicked"
    if clicks.clicks is not None and clicks.machine_clicks is not None:
        yield _("clicks of people"), clicks.clicks, 0, ""
        yield _("clicks of programs"), clicks.machine_clicks, 0, ""
    if clicks.opens is not None:
        yield _("opens (unreliable)"), clicks.opens, 0, ""


def _over_time(hours: Sequence[HourClicks], zone: str) -> NumberTable | None:
    """Clicks by hour, or by day if they are spread over more than two days, without gaps."""
    if not hours:
        return None
    step = timedelta(hours=1) if hours[-1].hour - hours[0].hour < timedelta(hours=_MOST_HOURS) else timedelta(days=1)
    first, last = (_column(hour.hour, zone, step) for hour in (hours[0], hours[-1]))
    counts = {first + step * at: [0, 0] for at in range((last - first) // step + 1)}
    for hour in hours:
        numbers = counts[_column(hour.hour, zone, step)]
        numbers[0] += hour.clicks
        numbers[1] += hour.machine_clicks
    by_day = step.days > 0
    rows = [(f"{moment:%Y-%m-%d}" if by_day else f"{moment:%Y-%m-%d %H:%M}", numbers) for moment, numbers in counts.items()]
    return NumberTable(
        "time", _("Clicks by day") if by_day else _("Clicks by hour"),
        [_("Day") if by_day else _("Hour"), _("clicks of people"), _("clicks of programs")],
        rows, charted=(0, 1), is_stacked=True,
        labels=[f"{moment:%m-%d}" if by_day or not moment.hour else f"{moment:%H:%M}" for moment in counts],
        named=None if by_day else next((at for at, moment in enumerate(counts) if not moment.hour), None),
    )  # fmt: skip


def _column(moment: datetime, zone: str, step: timedelta) -> datetime:
    """The beginning of the day or hour that the moment is in, by the clock of the zone."""
    local = clock.in_zone(moment, zone).replace(tzinfo=None)
    return local.replace(hour=0 if step.days else local.hour, minute=0, second=0, microsecond=0)
