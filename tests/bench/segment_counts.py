"""Segments with a million people and 200 campaigns: `python -m tests.bench.segment_counts --n 1000000`. Prints times, and plans on request.

For each segment: the estimate with its sample as a page shows it first, and the exact count. Then who would not get a campaign and why,
and fills with and without exclusions.
"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.bench import people_pages
from tests.bench.people_pages import Measured, installation

if TYPE_CHECKING:
    from campaigns.audience.audiences import Audience

LARGE, SMALL_CAMPAIGN = 5, 10_000  # campaigns to everybody, and recipients of each other one

SEGMENTS = (
    'language = "zh-Hans"',
    'language = "en" and country = "CN"',
    'language in ("en", "fr") or country != "CN"',
    'field_3 = "北京"',
    'field_3 in ("北京", "上海", "物理研究所", "化学研究所", "x1", "x2", "x3", "x4")',
    'interests in ("physics", "energy", "a", "b", "c", "d", "e", "f")',
    'interests = "physics" and not (interests = "energy")',
    'visits >= 50 and language = "zh-Hans"',
    'joined >= "30 days ago"',
    'list = "list-2" and joined >= "90 days ago"',
    'list = "list-1" and list != "list-3"',
    'left >= "3650 days ago"',
    'list = "list-1" and origin = "import"',
    'domain endswith ".edu.cn"',
    'name ~ "欧阳"',
    'email = "wang.wei99999@cast.org.cn"',
    "got = 3",
    "got != 3",
    "was_to_get = 3 and got != 3",
    'last_delivery >= "30 days ago"',
    'last_delivery < "30 days ago" or last_delivery = None',
    'bounce_cause = "mailbox_full"',
    'segment = "chinese" and not (segment = "readers")',
    'not (list = "list-2" and joined >= "90 days ago") and got not in (4, 5, 6)',
)


def prepare(count: int) -> None:
    """People with words and a number more, and the campaigns with their reports."""
    from campaigns import launch
    from campaigns.models import Campaign
    from campaigns.sending import filling_sql
    from publication import audit, clock
    from publication.senders import add_sender
    from subscribers import attribute_declarations
    from subscribers.models import MailingList, Subscriber
    from subscribers.segments import saved_segments
    from tests.bench import segment_counts_sql
    from tests.support.people import make_version

    people_pages.prepare(count)
    actor = audit.system()
    attribute_declarations.declare(actor, "interests", "words")
    attribute_declarations.declare(actor, "visits", "number")
    segment_counts_sql.add_attributes()
    saved_segments.create(actor, "readers", 'interests = "physics" or visits > 80')
    sender, version = add_sender(actor, "news@cast.example"), make_version()
    mailing_list = MailingList.objects.get(slug="list-1")
    for number in range(200):
        campaign = launch.create(actor, version=version, lists=[mailing_list], sender=sender)
        people = Subscriber.objects.all() if number < LARGE else Subscriber.objects.filter(pk__gt=count - SMALL_CAMPAIGN)
        rows = people.values_list("id", "address_key").order_by().query.sql_with_params()
        recipients = filling_sql.make_deliveries(campaign.pk, filling_sql.in_one_part(1000, rows))
        filling_sql.fill_slices(campaign.pk)
        filling_sql.attach_deliveries(campaign.pk)
        days = 400 - 2 * number
        segment_counts_sql.report(campaign.pk, days)
        Campaign.objects.filter(pk=campaign.pk).update(
            state="sent", recipients=recipients, finished_at=clock.now() - timedelta(days=days)
        )


def timed(work: Any) -> tuple[float, Any, Measured]:
    """The middle of three runs: database seconds."""
    from django.db import connection

    runs = []
    for _ in range(3):
        measured = Measured()
        with connection.execute_wrapper(measured):
            result = work()
        runs.append((measured.seconds, result, measured))
    return sorted(runs, key=lambda run: run[0])[1]


def measure(show_plans: bool) -> None:
    from django.db import connection

    from subscribers.segments import compiler, estimates

    print(f"{'segment':84}{'estimate':>10}{'ms':>8}{'exact':>10}{'ms':>8}")
    for text in SEGMENTS:
        estimate_seconds, (estimate, _), measured = timed(lambda text=text: (estimates.estimate(text), estimates.sample(text)))
        seconds, people, _ = timed(lambda text=text: compiler.matching(text).count())
        print(
            f"{text:84}{estimate.people if estimate else '–':>10}{estimate_seconds * 1000:>8.0f}{people:>10}{seconds * 1000:>8.0f}",
            flush=True,
        )
        if show_plans and (estimate_seconds > 0.3 or seconds > 3):
            print("    ", round(measured.slowest[0] * 1000), " ".join(measured.slowest[1].split())[:600])
            with connection.cursor() as cursor:
                sql, parameters = compiler.matching(text).order_by().values("pk").query.sql_with_params()
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", parameters)
                print("\n".join("    " + row[0] for row in cursor.fetchall()))


def audiences() -> dict[str, Audience]:
    """By what they leave out: nobody, few, everybody, half, and several things at once."""
    from campaigns.audience.audiences import Audience, Exclusions
    from campaigns.models import Campaign
    from subscribers.models import MailingList, Segment

    lists = [MailingList.objects.get(slug="list-1")]
    chinese = [Segment.objects.get(slug="chinese")]
    campaigns = {number: Campaign.objects.get(pk=number) for number in (3, 190, 191)}
    return {
        "everybody": Audience(lists),
        "without a campaign to 10,000": Audience(lists, None, Exclusions(campaigns=[campaigns[190]])),
        "without a campaign to everybody": Audience(lists, None, Exclusions(campaigns=[campaigns[3]])),
        "without a segment, half of everybody": Audience(lists, None, Exclusions(segments=chinese)),
        "without a list, a segment and three campaigns": Audience(
            lists, None, Exclusions([MailingList.objects.get(slug="list-3")], chinese, [*campaigns.values()])
        ),
    }  # fmt: skip


def shortfalls() -> None:
    """The numbers of audiences."""
    from django.db import transaction

    from campaigns.audience import forecasts
    from editorial.models import IssueVersion

    version = IssueVersion.objects.order_by("pk").first()
    for name, audience in audiences().items():
        with transaction.atomic():
            seconds, numbers, _ = timed(lambda audience=audience: forecasts.count(version, audience.lists, audience.conditions()))
        print(f"{name:60}{numbers.gets:>10} get it, {numbers.not_getting:>7} do not{seconds:>8.2f} s", flush=True)


def fills() -> None:
    """The rate of filling a campaign to everybody with exclusions, against that without, one after the other."""
    from django.db import transaction

    from campaigns.sending import filling_sql
    from subscribers.segments import recipients

    for name, audience in audiences().items():
        rates = []
        for run in range(3):
            with transaction.atomic():
                begun = time.perf_counter()
                people = recipients.recipients(audience.lists, audience.text() or None)
                rows = people.values_list("id", "address_key").order_by().query.sql_with_params()
                number = 1_000_000 + run
                made = filling_sql.make_deliveries(number, filling_sql.in_one_part(1000, rows))
                took = time.perf_counter() - begun
                transaction.set_rollback(True)
            rates.append((took, made))
        took, made = sorted(rates)[1]
        print(f"{name:60}{made:>10} recipients{took:>8.2f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.segment_counts")
    parser.add_argument("--n", type=int, default=1_000_000, help="people (default 1000000)")
    parser.add_argument("--keep", action="store_true", help="use the people of the last run")
    parser.add_argument("--only-campaigns", action="store_true", help="measure audiences and fills alone")
    parser.add_argument("--plans", action="store_true", help="print the plans of what is slow")
    options = parser.parse_args()
    with installation(options.keep) as servers:
        if not options.keep:
            prepare(options.n)
            with servers.connect("mailroom") as admin:
                admin.execute("VACUUM ANALYZE")  # as the server does by itself, later
        if not options.only_campaigns:
            measure(options.plans)
        shortfalls()
        fills()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
