"""The pages of campaigns with a million people: `python -m tests.bench.campaign_pages`. Five campaigns to all of them, 195 to 10,000.

Prints the database and processor time of each page, as tests.bench.people_pages does.
"""

import argparse
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.bench import people_pages
from tests.bench.measuring import WORK

VARIANTS = 2
LARGE, SMALL_PEOPLE = 5, 10_000
OUTCOMES = (
    "accepted", "delivered", "bounced", "complained", "skipped", "uncertain", "failed", "unsubscribed", "measured", "clicked",
    "not_clicked",
)  # fmt: skip


def prepare(count: int, total: int) -> None:
    """The people, and `total` campaigns: the last five to everybody; the newest of them is being sent."""
    from publication import audit
    from publication.staff import accounts
    from subscribers import mailing_lists
    from subscribers.models import MailingList
    from subscribers.segments import saved_segments
    from tests.bench import campaign_pages_sql as sql
    from tests.bench import people_pages_sql

    for number in range(1, 6):
        mailing_lists.create_list(audit.system(), f"list-{number}", f"List {number}")
    accounts.add_first("bench", "bench@cast.example", "correct horse battery staple")
    people_pages_sql.fill(count, list(MailingList.objects.order_by("slug").values_list("pk", flat=True)), ["field"])
    sql.let_some_agree()
    for number in range(total):
        _make(count if number >= total - LARGE else min(SMALL_PEOPLE, count), age=total - number)
    sent = _sent()
    saved_segments.create(audit.system(), "clicked", f"clicked = {sent}")
    saved_segments.create(audit.system(), "not-clicked", f"clicked != {sent}")
    saved_segments.create(audit.system(), "engaged", 'engaged >= "30 days ago"')


def _make(count: int, age: int) -> None:
    from campaigns import launch
    from campaigns.models import Campaign
    from composer.issue.variants import Choice
    from publication import audit, clock
    from subscribers.models import MailingList
    from tests.bench import campaign_pages_sql as sql
    from tests.support import people

    version = people.make_version(text=f"News {age}", choices=(Choice("en", (), (0,)), Choice("zh-Hans", (), (1,))))
    lists = list(MailingList.objects.order_by("slug")[:2])
    campaign = launch.create(audit.system(), version=version, lists=lists, sender=people.make_sender(), name=f"No. {1000 - age}")
    sql.fill(campaign.pk, count, VARIANTS)
    sql.make_links(version.pk, VARIANTS)
    sql.leave(campaign.pk, count, lists[0].pk)
    sql.click(campaign.pk, version.pk, count)
    ended = clock.now() - timedelta(days=age)
    state = "sending" if age == 1 else "sent"
    if state == "sending":
        sql.begin_half(campaign.pk)
    Campaign.objects.filter(pk=campaign.pk).update(
        state=state, recipients=count, measuring="individual", started_at=ended - timedelta(hours=1),
        finished_at=None if state == "sending" else ended,
    )  # fmt: skip


def _sent() -> int:
    """The newest campaign to everybody that was sent."""
    from campaigns.models import Campaign

    return int(Campaign.objects.filter(state="sent").order_by("-pk").values_list("pk", flat=True)[0])


def keep_totals() -> None:
    """What the worker does each minute, until nothing is left to do."""
    from campaigns.models import Campaign
    from campaigns.totals import slice_totals, slice_totals_sql
    from worker import upkeep

    for campaign in Campaign.objects.filter(has_totals=False, recipients__gt=slice_totals.LARGE):
        slice_totals_sql.adopt(campaign.pk)
    for _ in range(20):
        upkeep.count_people()


def pages(client: Any) -> Iterator[tuple[str, str]]:
    """(what it is, address) of every page of campaigns and reports."""
    from django.shortcuts import resolve_url

    from campaigns.models import Campaign, ReportLink
    from campaigns.reporting.results import report_links
    from config import public_urls
    from publication import audit, clock
    from subscribers.models import Segment

    sent, sending = _sent(), Campaign.objects.get(state="sending").pk
    yield "home", resolve_url("home")
    yield "home, what is sent", resolve_url("home-sending")
    yield "campaigns", resolve_url("campaigns")
    yield "campaigns, sent", f"{resolve_url('campaigns')}?stage=ended"
    yield "campaigns, a search", f"{resolve_url('campaigns')}?q=No. 9"
    for name, number in (("sent", sent), ("being sent", sending)):
        yield f"campaign, {name}", resolve_url("campaign", number)
        yield f"numbers, {name}", resolve_url("campaign-numbers", number)
        yield f"report, {name}", resolve_url("campaign-report", number)
        for outcome in OUTCOMES:
            yield f"{outcome}, {name}", resolve_url("campaign-people", number, outcome)
    yield "cancel?", resolve_url("campaign-cancel", sending)
    for outcome in ("bounced", "complained", "clicked"):
        yield f"{outcome}, from the middle", f"{resolve_url('campaign-people', sent, outcome)}?after=500000"
    now = clock.now()
    link = ReportLink.objects.create(
        campaign_id=sent, name="director", actor=audit.system(), created_at=now, expires_at=now + timedelta(days=1)
    )  # fmt: skip
    yield (
        "shared report",
        public_urls.report_link_url(report_links.token_of(link)).partition("://")[2].partition("/")[2].join(("/", "")),
    )
    yield "clicks on the mail", resolve_url("campaign-report-mail", sent, 0)
    for kind in ("links", "time", "domain", "language", "variant", "list"):
        yield f"{kind}.csv", resolve_url("campaign-report-csv", sent, kind)
    yield "bounced.csv", resolve_url("campaign-people-csv", sent, "bounced")
    for segment in Segment.objects.order_by("slug"):
        yield f"segment {segment.slug}", resolve_url("people-segment", segment.pk)
        yield f"people of {segment.slug}", f"{resolve_url('people')}?segment={segment.pk}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.campaign_pages")
    parser.add_argument("--n", type=int, default=1_000_000, help="people (default 1000000)")
    parser.add_argument("--campaigns", type=int, default=200)
    parser.add_argument("--keep", action="store_true", help="use the campaigns of the last run")
    parser.add_argument("--statements", action="store_true", help="print the slowest statement of pages above 50 ms")
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--live", action="store_true", help="do not keep totals first")
    options = parser.parse_args()
    with people_pages.installation(options.keep, WORK / "campaigns") as servers:
        if not options.keep:
            prepare(options.n, options.campaigns)
            with servers.connect("mailroom") as admin:
                admin.execute("ANALYZE")  # as the server does by itself, later
        if not options.keep and not options.live:
            keep_totals()
        people_pages.measure(options.statements, lambda client: (page for page in pages(client) if options.only in page[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
