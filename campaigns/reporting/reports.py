"""Read-only numbers of a campaign: the two balances, outcomes by recipient, and uncertain recipients."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from campaigns.audience import audience_variants as variants
from campaigns.measuring import click_report
from campaigns.measuring.click_report import ClickReport
from campaigns.measuring.measured_links import INDIVIDUAL
from campaigns.models import Campaign, LostCampaign
from campaigns.questions import questions
from campaigns.reporting import reports_sql
from campaigns.states import ACCEPTED_STATES, BALANCE_STATES, DELIVERED_STATES, FACTS_WITHIN_ACCEPTED
from campaigns.totals import slice_totals
from campaigns.tracking.bounces import domain_rejections as rejections
from campaigns.tracking.brakes import campaign_brakes
from publication import clock
from publication.installation import publication
from subscribers import addresses
from subscribers.importing.csv_injection import guard
from subscribers.models import Subscription

# The outcomes that `people` can list.
OUTCOMES = tuple(reports_sql.OUTCOMES)
PAGE = 20_000
MOST_CAMPAIGNS = 1000


@dataclass(frozen=True)
class Report:
    """The numbers of a campaign at one moment.

    recipients = planned + claimed + in_flight + accepted + skipped + failed + unknown + held + abandoned, and
    accepted = awaiting + deferred + delivered + bounced + dropped (the furthest state of each delivery).
    `complained` are some of the delivered.
    `duplicates`: pairs of attempts that may both have reached the same people; `possible_duplicates` is their number.
    `rejections`: receiving domains that reject the campaign because of its sender (domain_rejections.Alarm).
    `brakes`: domains, and the whole (domain ""), with many complaints or hard bounces (campaign_brakes.DomainCounts).
    `left_out_domains`: without these staff went on.
    `variants`: each variant of the issue with its recipients, accepted and delivered (audience_variants.VariantLine).
    `sent_before_restore`: people who got its issue in a part of the database that a restore lost; staff allowed the repetition.
    `questions`: what it asked its readers, with the number of people who gave each answer (questions.AskedQuestion).
    `measuring` and the six numbers after it are those of click_report.ClickReport, None where nothing is known.
    """

    campaign: int
    name: str
    state: str
    held_reason: str
    held_detail: str
    recipients: int
    planned: int
    claimed: int
    in_flight: int
    accepted: int
    skipped: int
    failed: int
    unknown: int
    held: int
    abandoned: int
    awaiting: int
    deferred: int
    delivered: int
    bounced: int
    dropped: int
    complained: int
    hard: int
    soft: int
    unsubscribed: int
    measuring: str
    clicks: int | None
    machine_clicks: int | None
    clicked: int | None
    not_clicked: int | None
    measured: int | None
    opens: int | None
    attempts: int
    possible_duplicates: int
    possible_duplicate_people: int
    sent_before_restore: int
    duplicates: list[dict[str, Any]]
    unsettled_events: int
    skipped_reasons: dict[str, int]
    variants: list[dict[str, Any]]
    rejections: list[dict[str, Any]]
    brakes: list[dict[str, Any]]
    left_out_domains: list[str]
    questions: list[dict[str, Any]]

    @property
    def balances(self) -> bool:
        """Whether both totals add up."""
        numbers: dict[str, int] = asdict(self)
        within = sum(numbers[fact] for fact in FACTS_WITHIN_ACCEPTED)
        return self.recipients == sum(numbers[state] for state in BALANCE_STATES) and self.accepted == within

    @property
    def uncertain(self) -> int:
        return self.unknown + self.held

    @property
    def got(self) -> int:
        """Recipients who got it, as far as anybody knows."""
        return self.accepted - self.bounced - self.dropped

    @property
    def unsent(self) -> int:
        """Recipients to whom nothing was sent yet."""
        return self.planned + self.claimed

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"balances": self.balances, "uncertain": self.uncertain}


def report(campaign_id: int) -> Report:
    """The report of a campaign, read in one snapshot."""
    return with_clicks(campaign_id)[0]


def with_clicks(campaign_id: int) -> tuple[Report, ClickReport]:
    """The report of a campaign and that on its clicks, read in one snapshot."""
    with transaction.atomic():
        reports_sql.use_one_snapshot()
        campaign = Campaign.objects.select_related("version").get(pk=campaign_id)
        lines = slice_totals.count(campaign_id, is_kept=campaign.has_totals)
        counts, by_variant = _fold(lines)
        complained = counts.pop("complained", 0)
        counts["delivered"] += complained
        accepted = {"awaiting": counts.pop("accepted", 0)}
        for fact in FACTS_WITHIN_ACCEPTED[1:]:
            accepted[fact] = counts.pop(fact, 0)
        clicks, kinds = click_report.of_campaign(campaign), _details(lines, "bounced")
        doubled = reports_sql.list_doubled(campaign_id)
        numbers = Report(
            campaign=campaign.pk, name=campaign.name, state=campaign.state, held_reason=campaign.held_reason,
            held_detail=campaign.held_detail, recipients=campaign.recipients or 0,
            accepted=sum(accepted.values()), **accepted, complained=complained,
            **{state: counts.pop(state, 0) for state in BALANCE_STATES if state != "accepted"},
            hard=kinds.get("hard", 0), soft=kinds.get("soft", 0),
            unsubscribed=_count_unsubscribed(campaign_id),
            measuring=campaign.measuring, clicks=clicks.clicks, machine_clicks=clicks.machine_clicks, clicked=clicks.clicked,
            not_clicked=clicks.not_clicked, measured=clicks.measured, opens=clicks.opens,
            attempts=reports_sql.count_attempts(campaign_id),
            possible_duplicates=len(doubled), duplicates=doubled,
            possible_duplicate_people=reports_sql.count_doubled(campaign_id) if doubled else 0,
            sent_before_restore=sum(row.count for row in LostCampaign.objects.filter(repeats=campaign)),
            unsettled_events=reports_sql.count_unsettled_events(),
            skipped_reasons=dict(_details(lines, "skipped")),
            variants=[asdict(line) for line in variants.lines(campaign.version, by_variant)],
            rejections=[alarm._asdict() for alarm in rejections.alarms(campaign_id)],
            brakes=[outcome.as_dict() for outcome in campaign_brakes.outcomes(campaign_id)],
            left_out_domains=campaign_brakes.left_out(campaign_id),
            questions=[question.as_dict() for question in questions.asked_by(campaign)],
        )  # fmt: skip
        return numbers, clicks


def _details(lines: Sequence[tuple[int, str, str, int]], state: str) -> Counter[str]:
    """The people of one state by what is known beside it."""
    details: Counter[str] = Counter()
    for _variant, of, detail, people in lines:
        if of == state:
            details[detail] += people
    return details


def _fold(lines: Sequence[tuple[int, str, str, int]]) -> tuple[Counter[str], dict[int, Counter[str]]]:
    """(variant, state, detail, people) -> state -> people, and variant -> recipients, accepted, delivered."""
    states: Counter[str] = Counter()
    by_variant: dict[int, Counter[str]] = defaultdict(Counter)
    for variant, state, _detail, people in lines:
        states[state] += people
        by_variant[variant]["recipients"] += people
        if state in ACCEPTED_STATES:
            by_variant[variant]["accepted"] += people
        if state in DELIVERED_STATES:
            by_variant[variant]["delivered"] += people
    return states, by_variant


def not_accepted(campaign_id: int, limit: int = 10_000) -> list[dict[str, Any]]:
    """The recipients whose mail the provider did not accept, the uncertain first."""
    return reports_sql.list_not_accepted(campaign_id, limit, is_large=_is_large(campaign_id))


def _is_large(campaign_id: int) -> bool:
    return Campaign.objects.filter(pk=campaign_id, has_totals=True).exists()


class Person(NamedTuple):
    """A recipient with the requested outcome, its reason, and its time where known. An erased person has no address."""

    subscriber: int
    address: str | None
    name: str
    language: str
    reason: str
    at: datetime | None


def _person(row: tuple[Any, ...]) -> Person:
    person = Person._make(row)
    # The provider's answer may quote the address of somebody who was erased since.
    return person if person.address else person._replace(reason=addresses.masked(person.reason))


def outcomes_of(campaign: Campaign) -> list[str]:
    """The outcomes about which the records of a campaign say something: who clicked, only where clicks have names."""
    knows_clicks = campaign.measuring == INDIVIDUAL and click_report.keeps_names(campaign)
    return [outcome for outcome, kind in reports_sql.OUTCOMES.items() if knows_clicks or not kind.is_of_measured]


def count_outcomes(campaign: Campaign) -> dict[str, int]:
    """Outcome -> how many people it has, of those about which the records say something. Clicks of a large campaign as the worker
    counted them last.
    """
    states, _by_variant = _fold(slice_totals.count(campaign.pk, is_kept=campaign.has_totals))
    clicks = click_report.of_campaign(campaign)
    others = {"measured": clicks.measured, "clicked": clicks.clicked, "not_clicked": clicks.not_clicked}
    others["unsubscribed"] = _count_unsubscribed(campaign.pk)
    return {
        outcome: (others[outcome] or 0)
        if outcome in others
        else sum(states[state] for state in reports_sql.OUTCOMES[outcome].states)
        for outcome in outcomes_of(campaign)
    }


def _count_unsubscribed(campaign_id: int) -> int:
    return Subscription.objects.filter(unsubscribed_campaign=campaign_id).values("subscriber").distinct().count()


def people(campaign_id: int, outcome: str, *, after: int = 0, most: int | None = None, link: str = "") -> Iterator[Person]:
    """Everybody with this outcome (one of OUTCOMES), ordered by subscriber id: as many as the report counts.

    `link`: only people who followed this destination, of those who clicked.

    Read in pages, so that neither memory nor a transaction grows with the number of people; each page shows the rows at the
    moment it is read. `after` and `most` select one page: the subscriber id to start behind, and the length.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"unknown outcome {outcome!r}: use one of {', '.join(OUTCOMES)}")
    campaign = Campaign.objects.get(pk=campaign_id)
    if outcome not in outcomes_of(campaign):
        return
    while most is None or most > 0:
        size = PAGE if most is None else min(most, PAGE)
        rows = reports_sql.list_people(campaign_id, outcome, after, size, is_large=campaign.has_totals, link=link)
        yield from map(_person, rows)
        if len(rows) < size:
            return
        after, most = rows[-1][0], None if most is None else most - size


class Received(NamedTuple):
    """A campaign that a person was a recipient of, and its outcome; `sent_at` is when the request that counts was made."""

    campaign: int
    name: str
    outcome: str
    reason: str
    sent_at: datetime | None
    unsubscribed: bool


def of_person(subscriber_id: int, most: int = MOST_CAMPAIGNS) -> list[Received]:
    """The latest campaigns of one person, newest first."""
    return [*map(Received._make, reports_sql.list_campaigns_of(subscriber_id, most))]


class LastMail(NamedTuple):
    """The newest campaign that somebody was a recipient of, and when it began."""

    campaign: int
    name: str
    at: datetime


def last_mails(subscriber_ids: Sequence[int]) -> dict[int, LastMail]:
    """Subscriber -> their newest campaign, of those who were ever a recipient."""
    return {row[0]: LastMail(*row[1:]) for row in reports_sql.list_last_mails(subscriber_ids)}


def as_cells(recipients: Iterable[Person]) -> Iterator[list[str]]:
    """People as rows of a CSV file, header first; a cell that a spreadsheet would evaluate gets an apostrophe in front.

    Times are in the publication's zone, with the offset from UTC.
    """
    yield ["email", "name", "language", "reason", "at"]
    zone = publication().zone
    for person in recipients:
        at = clock.in_zone(person.at, zone).isoformat(" ", "seconds") if person.at else ""
        yield [guard(cell) for cell in (person.address or "", person.name, person.language, person.reason, at)]
