"""What a campaign's links brought: clicks by link and by hour, of people and of machines; opens beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from campaigns.measuring import click_report_sql as sql
from campaigns.measuring import measured_links
from campaigns.models import Campaign
from publication import clock, policies
from subscribers.segments import stored_counts
from subscribers.segments.stored_counts import Figures, PeopleCount


class LinkClicks(NamedTuple):
    """One destination: clicks of people and of machines, and how many people who agreed to be measured followed it.

    `number`: of the first link of the version that leads there.
    """

    url: str
    text: str
    clicks: int
    machine_clicks: int
    clicked: int
    number: int = 0


class HourClicks(NamedTuple):
    """One hour, by its beginning (Unix seconds)."""

    begin: float
    clicks: int
    machine_clicks: int

    @property
    def hour(self) -> datetime:
        return datetime.fromtimestamp(self.begin, UTC)


@dataclass(frozen=True)
class ClickReport:
    """Numbers are None where nothing is known: `links` and `hours` if clicks were not counted, `clicked` and `measured` unless
    people agreed to it and names are still kept, `opens` without the picture. `measured`: people who agreed and got the mail;
    `not_clicked`: those of them who followed no link. `counted_at`: when that was, None for now.
    """

    measuring: str
    links: Sequence[LinkClicks] | None = None
    hours: Sequence[HourClicks] | None = None
    clicked: int | None = None
    not_clicked: int | None = None
    measured: int | None = None
    opens: int | None = None
    counted_at: datetime | None = None

    @property
    def clicks(self) -> int | None:
        return None if self.links is None else sum(link.clicks for link in self.links)

    @property
    def machine_clicks(self) -> int | None:
        return None if self.links is None else sum(link.machine_clicks for link in self.links)


def unknown(numbers: Mapping[str, object]) -> list[str]:
    """The names of numbers about which a report of this campaign has nothing to say; `clicks` always says whether it is known."""
    return [name for name in ("machine_clicks", "measured", "clicked", "not_clicked", "opens") if numbers[name] is None]


def of_campaign(campaign: Campaign) -> ClickReport:
    """As of now; of a large campaign as the worker counted it last. Before its first count, nothing is known of single people."""
    if campaign.measuring == measured_links.OFF and not campaign.opens:
        return ClickReport(campaign.measuring)
    if not campaign.has_totals:
        return _count(campaign)
    count = count_of(campaign)
    known = stored_counts.known([count])[count.name]
    if known.figures is None:
        return _count(campaign, with_people=False)
    figures = dict(known.figures)
    for name, kind in (("links", LinkClicks), ("hours", HourClicks)):
        figures[name] = figures[name] and [kind(*row) for row in figures[name]]
    return ClickReport(**figures, counted_at=known.at)


def count_of(campaign: Campaign) -> PeopleCount:
    """What is stored of a large campaign, and how to count it."""

    def figures() -> Figures:
        report = _count(campaign)
        return {field.name: getattr(report, field.name) for field in fields(report) if field.name != "counted_at"}

    return PeopleCount(f"clicks:{campaign.pk}", "", figures)


def _count(campaign: Campaign, *, with_people: bool = True) -> ClickReport:
    rows = sql.count_by_link(campaign.pk)
    opens = sum(row[3] for row in rows if row[2]) if campaign.opens else None
    if campaign.measuring == measured_links.OFF:
        return ClickReport(campaign.measuring, opens=opens)
    links = [LinkClicks(url, text, *counts) for url, text, is_picture, *counts in rows if not is_picture]
    hours = [HourClicks(hour.timestamp(), *counts) for hour, *counts in sql.count_by_hour(campaign.pk)]
    has_names = campaign.measuring == measured_links.INDIVIDUAL and keeps_names(campaign)
    measured, clicked, not_clicked = sql.count_people(campaign.pk) if with_people and has_names else (None, None, None)
    return ClickReport(campaign.measuring, links, hours, clicked, not_clicked, measured, opens)


def names_kept_since() -> datetime:
    """Clicks on campaigns that began earlier have lost their names, or some of them have."""
    return clock.now() - timedelta(days=policies.number("keep_clicks"))


def keeps_names(campaign: Campaign) -> bool:
    """Whether the clicks of people who agreed to it still have names, all of them."""
    return campaign.started_at is None or campaign.started_at >= names_kept_since()
