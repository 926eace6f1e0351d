"""How many scanners, and how many people, pass for machines: simulated ones follow links over real HTTP.

The soak test writes tables as in docs/measuring.md to var/measuring.
"""

import random
import string
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db.models import Sum

from campaigns import launch
from campaigns.measuring.machine_reasons import Reason
from campaigns.models import Campaign, Click, ClickBatch, ClickCount, Delivery, LostClicks, MeasuredLink
from editorial.models import IssueVersion
from publication import audit, profile
from sandbox.readers.browsers import draw_browser
from sandbox.readers.reader_pool import answer_of
from sandbox.readers.scanners import KINDS
from sandbox.readers.visits import Visit
from subscribers.models import Subscriber
from subscribers.tokens import TokenMaker
from tests.support import people
from tests.support.processes import ROOT, Processes
from tests.support.simulated_readers import PERSON, draw, links_of, play, requests_of
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

LINKS = 12  # the sample issue has about as many
TARGET_SCANNERS, TARGET_PEOPLE = 0.95, 0.01


class Share(NamedTuple):
    """How many of some kind there were, and how many of them pass for machines."""

    machines: int
    count: int

    @property
    def value(self) -> float:
        return self.machines / self.count

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} %"


@pytest.fixture
def web(tmp_path: Path, settings) -> Iterator[Processes]:
    """A web server whose clock can be moved. Its spool is a folder of its own."""
    clock = tmp_path / "clock"
    own = {"MAILROOM_CLOCK_FILE": str(clock), "MAILROOM_DATA_DIR": str(tmp_path), "MAILROOM_TRUSTED_PROXIES": "127.0.0.0/8"}
    with Processes("http://127.0.0.1:9", **own) as processes:
        settings.PUBLIC_URL = f"http://127.0.0.1:{processes.web_port}"
        processes.start_web()
        yield processes


def make_version(links: int) -> IssueVersion:
    paragraphs = "".join(f'<p><a href="https://pages.example/{number}">Article {number}</a></p>' for number in range(links))
    return people.make_version(html=people.HTML.replace("</body>", f"{paragraphs}</body>"))


def make_campaign(version: IssueVersion, count: int, measuring: str, prefix: str) -> Campaign:
    """A campaign to new people, all of whom agreed, filled; its links are frozen under this policy."""
    profile.change_profile(audit.system(), policies={"measuring": measuring})
    mailing_list = people.make_list(prefix)
    people.make_people(count, mailing_list, prefix=prefix)
    Subscriber.objects.update(measured_since=datetime.now(UTC))
    campaign = launch.create(audit.system(), version=version, lists=[mailing_list], sender=people.make_sender())
    return people.start(campaign)


def wait_until_stored(count: int) -> None:
    """Wait until so many clicks are in the database; none may be lost."""

    def stored() -> int:
        return Click.objects.count() + (ClickCount.objects.aggregate(clicks=Sum("clicks"))["clicks"] or 0)

    wait_until(lambda: stored() >= count, 300, f"{count} clicks are stored")
    assert stored() == count
    assert not LostClicks.objects.exists()


def individual(web: Processes, count: int, per_kind: int, links: int) -> dict[str, tuple[Share, Share]]:
    """Kind -> how many readers, and how many requests, pass for machines where all agreed.

    A reader passes for a machine if none of its clicks counts as a person's."""
    readers = draw(7, count, per_kind, links)
    total = sum(map(len, readers.values()))
    campaign = make_campaign(make_version(links), total, "individual", "individual")
    numbers = iter(Delivery.objects.filter(campaign=campaign).order_by("subscriber_id").values_list("subscriber_id", flat=True))
    delivered_at = time.time()
    Delivery.objects.filter(campaign=campaign).update(delivered_at=datetime.fromtimestamp(delivered_at, UTC))
    who = {kind: [next(numbers) for _ in group] for kind, group in readers.items()}
    requests = [
        request
        for kind, group in readers.items()
        for request in requests_of(group, links_of(campaign, who[kind]), delivered_at)
    ]  # fmt: skip
    wait_until_stored(play(web, requests))
    reasons: dict[int, list[int]] = {}
    for number, bits in Click.objects.filter(campaign_id=campaign.pk).values_list("subscriber_id", "reasons"):
        reasons.setdefault(number, []).append(bits)
    shares = {}
    for kind, group in who.items():
        clicks = [bits for number in group for bits in reasons[number]]
        machines = sum(all(reasons[number]) for number in group)
        shares[kind] = (Share(machines, len(group)), Share(sum(map(bool, clicks)), len(clicks)))
        if kind == PERSON:
            print_cases([(reader.kind, reasons[number]) for reader, number in zip(readers[kind], group, strict=True)])
    return shares


def print_cases(cases: list[tuple[str, list[int]]]) -> None:
    """Which people pass for machines, by their hard case and reason."""
    for case in sorted({case for case, _ in cases}):
        own = [bits for name, bits in cases if name == case]
        why = [Reason(bits).name or "" for clicks in own if all(clicks) for bits in clicks[:1]]
        counts = ", ".join(f"{name} {why.count(name)}" for name in sorted(set(why)))
        print(f"  people {case or 'ordinary'}: {len(why)} of {len(own)} pass for machines; {counts}")


def anonymous(web: Processes, count: int, per_kind: int, links: int) -> dict[str, Share]:
    """Kind -> how many requests pass for machines where nobody's name is kept. Each kind has a campaign of its own here."""
    Click.objects.all().delete()
    readers, version, campaigns, requests = draw(8, count, per_kind, links), make_version(links), {}, []
    for kind, group in readers.items():
        campaigns[kind] = make_campaign(version, 1, "anonymous", f"anonymous-{kind}")
        requests += requests_of(group, links_of(campaigns[kind], [0] * len(group)), time.time())
    wait_until_stored(play(web, requests))
    shares = {}
    for kind, campaign in campaigns.items():
        counts = ClickCount.objects.filter(campaign_id=campaign.pk)
        clicks, plain = (rows.aggregate(clicks=Sum("clicks"))["clicks"] or 0 for rows in (counts, counts.filter(reasons=0)))
        shares[kind] = Share(clicks - plain, clicks)
    assert not Click.objects.exists()
    return shares


def table(shares: dict[str, tuple[Share, Share]], without_names: dict[str, Share]) -> str:
    lines = ["| who | pass for machines | of their requests | anonymous: of their requests |", "| --- | --- | --- | --- |"]
    for kind, (readers, requests) in shares.items():
        lines.append(f"| {kind} ({readers.count:,}) | {readers} | {requests} | {without_names[kind]} |")
    scanners = [shares[kind][0] for kind in KINDS]
    lines.append(
        f"| all scanners | {Share(sum(share.machines for share in scanners), sum(share.count for share in scanners))} | | |"
    )
    return "\n".join(lines)


def experiment(web: Processes, count: int, per_kind: int, links: int = LINKS) -> str:
    shares = individual(web, count, per_kind, links)
    text = table(shares, anonymous(web, count, per_kind, links))
    print(text)
    check(shares)
    return text


def check(shares: dict[str, tuple[Share, Share]]) -> None:
    assert all(shares[kind][0].value >= TARGET_SCANNERS for kind in KINDS)
    assert shares[PERSON][0].value <= TARGET_PEOPLE


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("count", "per_kind", "links"), [(10_000, 429, LINKS), (2_000, 100, 4), (2_000, 100, 40)])
def test_thousands_of_people_and_scanners(web, count, per_kind, links):
    text = experiment(web, count, per_kind, links)
    path = ROOT / "var" / "measuring" / f"people-and-machines-{links}-links.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


# -- forged values


ALPHABET = string.ascii_letters + string.digits + "-_"


def forged_value(kind: int, chance: random.Random, campaign: Campaign, other: Campaign, subscribers: list[int]) -> str:
    """A value that no mail has, or one of another mail. There are twelve kinds, from 0."""
    click = TokenMaker("click")
    first, second = chance.sample(subscribers, 2)
    value, at = click.make(campaign.pk, first), chance.randrange(36)
    match kind:
        case 0:
            return "".join(chance.choices(ALPHABET, k=36))
        case 1:
            return value[:at] + chance.choice(ALPHABET.replace(value[at], "")) + value[at + 1 :]
        case 2:
            return value[:at] or value[1:]
        case 3:
            return value + "".join(chance.choices(ALPHABET, k=chance.randint(1, 40)))
        case 4:
            return value[:18] + click.make(campaign.pk, second)[18:]
        case 5:
            purposes = ("unsubscribe", "view", "preferences", "delivery", "attempt", "confirm")
            return TokenMaker(chance.choice(purposes)).make(campaign.pk, first)
        case 6:
            return TokenMaker("click", key="a key that this installation never had").make(campaign.pk, first)
        case 7:
            return value[::-1]
        case 8:
            return value.swapcase()
        case 9:
            return click.make(other.pk, first)  # a true value of a mail that has other links
        case 10:
            return f"{value}/{value}"
        case _:
            return f"%2e%2e%2f{value}"


def check_forgeries(web: Processes, count: int) -> None:
    """No forged value leads anywhere but to the link's own page, and none is counted."""
    campaign = make_campaign(make_version(LINKS), 50, "individual", "attacked")
    other = make_campaign(make_version(LINKS + 1), 2, "individual", "other")
    subscribers = list(Delivery.objects.filter(campaign=campaign).values_list("subscriber_id", flat=True))
    own = dict(MeasuredLink.objects.filter(version_id=campaign.version_id, position__gt=0).values_list("pk", "url"))
    links = [*own, 0, max(own) + 10**6, 10**17]
    chance, headers = random.Random(5), draw_browser(random.Random(5))
    leading = 0
    values = {forged_value(number % 12, chance, campaign, other, subscribers) for number in range(count)}
    true_values = {TokenMaker("click").make(campaign.pk, number) for number in (*subscribers, 0)}
    for value in values - true_values:
        link = chance.choice(links)
        url = f"http://127.0.0.1:{web.web_port}/r/{link}/{value}"
        status, location = answer_of(url, Visit(0, 0, "GET", headers, "203.0.113.9"))
        assert (status, location) in {(404, ""), (302, own.get(link))}, (value, status, location)
        leading += status == 302
    assert leading > 0
    url = links_of(campaign, subscribers[:1])[0][0]
    assert answer_of(url, Visit(0, 0, "GET", headers, "203.0.113.9")) == (302, "https://pages.example/0")
    wait_until_stored(1)  # the true click alone, which came last
    assert ClickBatch.objects.exists()


def test_scanners_count_as_machines_people_do_not_and_forged_values_lead_nowhere(web):
    check(individual(web, 100, 4, LINKS))
    Click.objects.all().delete()
    check_forgeries(web, 120)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_forged_values(web):
    check_forgeries(web, 10_000)
