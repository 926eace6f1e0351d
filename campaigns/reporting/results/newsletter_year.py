"""A year of newsletters, of one list or of all: who joined and left, what was delivered, read and complained about, by month.

The months are the last twelve of the publication's zone, the present one last. A campaign belongs to the month in which it began,
and to each of its lists as a whole. Only campaigns that ended are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from campaigns.models import Campaign
from campaigns.reporting.results import campaign_totals
from campaigns.reporting.results.campaign_totals import Counting
from publication import clock
from publication.installation import publication
from subscribers.models import MailingList
from subscribers.people import list_counts
from subscribers.people.list_counts import ERASED, JOINED, LEFT

MOST = 500  # campaigns, the last ones
_SUMS = ("accepted", "delivered", "bounced", "complained", "unsubscribed")
_MEASURED = ("clicks", "measured", "clicked")


class Numbers(NamedTuple):
    """The numbers of a month or of the year. `joined`, `left` and `erased` count people of lists, once for each list.

    The others add up campaigns. Those that no campaign measured are None: `clicks` if clicks were not counted, `measured` and
    `clicked` if nobody's were kept with a name.
    """

    joined: int
    left: int
    erased: int
    campaigns: int
    accepted: int
    delivered: int
    bounced: int
    complained: int
    unsubscribed: int
    clicks: int | None
    measured: int | None
    clicked: int | None


@dataclass(frozen=True)
class NewsletterYear:
    """`months`: first day -> numbers, the oldest first. `campaigns`: the newest first, each with its totals.

    `subscribed`: people of the list now, or of all lists, once for each list. `uncounted`: campaigns that are in no number yet.
    """

    months: Mapping[date, Numbers]
    total: Numbers
    campaigns: Sequence[tuple[Campaign, Mapping[str, Any]]]
    subscribed: int
    uncounted: int


def of(mailing_list: MailingList | None = None, counting: Counting = Counting.SMALL) -> NewsletterYear:
    """The year of a list, or of all."""
    people, states, zone = list_counts.by_month(mailing_list), list_counts.totals(), publication().zone
    begin = datetime.combine(people.months[0], time(), clock.place_of(zone) or UTC)
    ended = Campaign.objects.newsletters().filter(state__in=campaign_totals.OVER, recipients__isnull=False)
    sent = ended.filter(started_at__gte=begin).order_by("-started_at", "-pk")
    if mailing_list is not None:
        sent = sent.filter(lists=mailing_list)
    campaigns = list(sent.only("name", "state", "recipients", "started_at", "finished_at", "measuring", "opens")[:MOST])
    totals = campaign_totals.totals(campaigns, counting)
    counted = [(campaign, totals[campaign.pk]) for campaign in campaigns if campaign.pk in totals]
    by_kind = {kind: people.of_kind(kind) for kind in (JOINED, LEFT, ERASED)}
    of_month: dict[date, list[Mapping[str, Any]]] = {month: [] for month in people.months}
    for campaign, numbers in counted:
        began = clock.in_zone(campaign.started_at or begin, zone).date()
        of_month[min(began.replace(day=1), people.months[-1])].append(numbers)
    months = {
        month: _numbers([counts[at] for counts in by_kind.values()], of_month[month]) for at, month in enumerate(people.months)
    }
    lists = [mailing_list.pk] if mailing_list else list(states)
    return NewsletterYear(
        months, _numbers([sum(counts) for counts in by_kind.values()], [numbers for _, numbers in counted]), counted,
        sum(states[pk]["confirmed"] for pk in lists), len(campaigns) - len(counted),
    )  # fmt: skip


def _numbers(people: Sequence[int], totals: Sequence[Mapping[str, Any]]) -> Numbers:
    sums = [sum(numbers[name] for numbers in totals) for name in _SUMS]
    measured = []
    for name in _MEASURED:
        known = [numbers[name] for numbers in totals if numbers.get(name) is not None]
        measured.append(sum(known) if known else None)
    return Numbers(*people, len(totals), *sums, *measured)  # type: ignore[call-arg]
