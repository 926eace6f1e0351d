"""Random campaigns with every outcome: each number of each report is a count over a ledger, and as long as the list behind it.

The ledger has what a provider knows: which addresses it accepted, and by the sandbox's rules what became of each.
"""

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.test import Client

from campaigns.measuring.click_recorder import ClickRecorder
from campaigns.measuring.click_spool import Arrival
from campaigns.measuring.machine_reasons import Reason
from campaigns.models import Campaign
from campaigns.reporting import reports
from campaigns.reporting.results import campaign_totals, report_links
from campaigns.sending import settling, settling_sql
from config import public_urls
from publication import audit, clock, profile
from sandbox.delivery.address_outcomes import OUTCOMES, foresee
from subscribers.consent import subscriptions, suppressions
from subscribers.models import Subscriber, Suppression
from tests.campaigns import attempt_steps
from tests.cli.conftest import run as run
from tests.support import measured, people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until
from tests.web.conftest import RIGHTS, make_staff

pytestmark = pytest.mark.django_db
WORDS = (*[""] * 8, "bounce", "bare-bounce", "blocked", "expire", "defer", "drop", "spam-content", "complain", "silent")
DOMAINS = ("people.example", "people.example", "people.example", "institute.example", "small.example", "tiny.example")
COUNTERS = count()


@dataclass
class Ledger:
    """What the provider and the readers of one campaign did."""

    campaign: Campaign
    addresses: dict[int, str]
    agreed: set[int]
    accepted: dict[int, int] = field(default_factory=dict)  # person -> attempt
    skipped: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    unanswered: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    clicks: list[tuple[int, int, int]] = field(default_factory=list)  # (link, person or 0, reasons)

    def outcome(self, person: int) -> str:
        word = foresee(self.addresses[person])
        last = OUTCOMES[word].steps[-1].event if word and OUTCOMES[word].steps else "" if word else "delivered"
        return {"": "awaiting", "bounce": "bounced", "spamreport": "complained"}.get(last, last)

    @property
    def got(self) -> set[int]:
        return {person for person in self.accepted if self.outcome(person) not in ("bounced", "dropped")}

    def expected(self) -> dict[str, int | None]:
        """The numbers of the report."""
        outcomes = Counter(self.outcome(person) for person in self.accepted)
        people_clicks = [click for click in self.clicks if not click[2]]
        by_name = {person for _link, person, _reasons in people_clicks if person}
        is_named = self.campaign.measuring == "individual"
        is_counted = self.campaign.measuring != "off"
        return {
            "recipients": len(self.addresses), "accepted": len(self.accepted), "skipped": len(self.skipped),
            "failed": len(self.failed), "uncertain": len(self.unanswered), "unsubscribed": len(self.left),
            **{name: outcomes[name] for name in ("bounced", "dropped", "complained", "awaiting")},
            "delivered": outcomes["delivered"] + outcomes["complained"],
            "clicks": len(people_clicks) if is_counted else None,
            "machine_clicks": len(self.clicks) - len(people_clicks) if is_counted else None,
            "measured": len(self.agreed & self.got) if is_named else None,
            "clicked": len(by_name) if is_named else None,
            "not_clicked": len((self.agreed & self.got) - by_name) if is_named else None,
        }  # fmt: skip


def drafted(chance: random.Random, words: Sequence[str] = WORDS) -> Ledger:
    """A draft to up to 60 people on one or two lists, half of whom agreed to be measured."""
    number, policy = next(COUNTERS), chance.choice(["off", "anonymous", "individual", "individual"])
    profile.change_profile(audit.system(), policies={"measuring": policy})
    lists = [people.make_list(f"list-{number}-{at}") for at in range(chance.choice([1, 2]))]
    for at in range(chance.randrange(20, 60)):
        word = chance.choice(words)
        prefix = f"{word}{'.' if word else ''}r{number}-{at}-"
        [person] = people.make_people(1, lists[at % len(lists)], chance.choice(DOMAINS), prefix)
        Subscriber.objects.filter(pk=person.pk).update(language=chance.choice(["en", "en", "zh-Hans", "de"]))
    on_lists = list(Subscriber.objects.filter(subscription__list__in=lists).order_by("id"))
    for person in chance.sample(on_lists, len(on_lists) // 2):
        measured.agree(person)
    version = people.make_version(measured.HTML, measured.TEXT)
    draft = people.launch.create(audit.system(), version=version, lists=lists, sender=people.make_sender())
    Campaign.objects.filter(pk=draft.pk).update(name=f"No. {number}")
    agreed = Subscriber.objects.filter(measured_since__isnull=False, pk__in=[person.pk for person in on_lists])
    return Ledger(
        Campaign.objects.get(pk=draft.pk), addresses={person.pk: person.address for person in on_lists},
        agreed=set(agreed.values_list("pk", flat=True)),
    )  # fmt: skip


def random_campaign(chance: random.Random, recorder: ClickRecorder) -> Ledger:
    """A campaign that was sent in slices, of which some are refused or not answered."""
    ledger = drafted(chance)
    Campaign.objects.filter(pk=ledger.campaign.pk).update(attempt_size=5)
    ledger.campaign.refresh_from_db()
    people.start(ledger.campaign)
    first = list(Subscriber.objects.filter(pk__in=ledger.addresses).order_by("id")[:15])
    _send(chance, ledger, chance.choice(first[10:]), chance.sample(first[:10], 3))  # so that somebody is left in each slice
    _hear(ledger)
    _read(chance, ledger, recorder)
    Campaign.objects.filter(pk=ledger.campaign.pk).update(state="sent", finished_at=clock.now())
    ledger.campaign.refresh_from_db()
    return ledger


def _send(chance: random.Random, ledger: Ledger, guilty: Subscriber, suppressed: list[Subscriber]) -> None:
    """Some people are suppressed; the provider rejects the address of one. Two requests get no answer."""
    for person in suppressed:
        suppressions.suppress(audit.system(), person.address, Suppression.Reason.MANUAL, "asked")
    ledger.skipped = {person.pk for person in suppressed}
    unanswered = 0
    while (sent := attempt_steps.gate_next(ledger.campaign)) is not None:
        if guilty.pk in sent.people:  # the others are sent to again, without this person
            field = f"personalizations.{sent.people.index(guilty.pk)}.to.0.email"
            settling.settle(sent.attempt, attempt_steps.refused("does not contain a valid address", field))
            if sent.people == [guilty.pk]:
                ledger.failed.add(guilty.pk)
            attempt_steps.due_at_once()
        elif unanswered < 2 and chance.random() < 0.25:
            unanswered += 1
            settling.settle(sent.attempt, attempt_steps.UNKNOWN)
            ledger.unanswered |= {*sent.people}
        else:
            settling.settle(sent.attempt, attempt_steps.ACCEPTED)
            ledger.accepted |= dict.fromkeys(sent.people, sent.attempt)
    settling_sql.hold_unsettled(0.0)


def _hear(ledger: Ledger) -> None:
    """Every event that the sandbox would post, in its order."""
    events = []
    for person, attempt in ledger.accepted.items():
        word = foresee(ledger.addresses[person])
        steps = OUTCOMES[word].steps if word else OUTCOMES["defer"].steps[-1:]
        for at, step in enumerate(steps):
            event = attempt_steps.event(ledger.campaign, person, attempt, step.event, seconds_ago=9 - at)
            events.append({**event, "sg_event_id": f"{event['sg_event_id']}-{at}", **step.fields})
    attempt_steps.hear(*events)


def _read(chance: random.Random, ledger: Ledger, recorder: ClickRecorder) -> None:
    """Some who got it follow links, some scanners do, and some people unsubscribe."""
    got = [person for person in ledger.accepted if ledger.outcome(person) == "delivered"]
    links = [number for position, number in sorted(measured.links_of(ledger.campaign).items()) if position]
    now = clock.now().timestamp()
    recorder.round()  # reads the policy of now
    for person in chance.sample(got, len(got) // 2) if links else []:
        named = person if ledger.campaign.measuring == "individual" and person in ledger.agreed else 0
        reasons = chance.choice([0, 0, 0, int(Reason.AGENT)])
        link = chance.choice(links)
        ledger.clicks.append((link, named, reasons))
        recorder.add(Arrival(now + 60 + chance.randrange(9000), link, ledger.campaign.pk, named, reasons))
    recorder.round()
    for person in chance.sample(got, min(2, len(got))):
        subscriptions.unsubscribe(audit.subscriber(), person, how="one-click", campaign_id=ledger.campaign.pk)
        ledger.left.add(person)


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def tables_of(page: str) -> list[tuple[list[str], list[list[str]]]]:
    """(headings, cells with the name of each row first) of each table of a page."""
    made = []
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        head, body = re.findall(r"<th scope=\"col\">(.*?)</th>", table), re.search(r"<tbody>(.*?)</tbody>", table, re.DOTALL)[1]
        rows = [
            [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
            for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
        ]
        made.append((head, rows))
    return made


def plain(cells: list[str]) -> list[str]:
    return [cell.replace(",", "") for cell in cells]


def check_files(console: Client, page: str) -> None:
    """Each table that has a file is the same in it; each bar of a chart is a number of its table, in the page and in the file."""
    sections = re.findall(r"<(?:section|details) class=\"panel.*?(?=<(?:section|details) class=\"panel|</main>)", page, re.DOTALL)
    files = 0
    for section in sections:
        found = re.search(r'href="([^"]+\.csv[^"]*)"', section)
        if found is None:
            continue
        files += 1
        [head, *lines] = rows_of(console.get(unescape(found[1])))
        if "/links.csv" in found[1]:
            continue
        tables = tables_of(section)  # a long one is two, of which the second is folded
        assert {tuple(shown_head) for shown_head, _rows in tables} == {tuple(head)}
        shown = [row for _head, rows in tables for row in rows]
        assert sorted(map(plain, shown)) == sorted(map(plain, lines)), found[1]
        picture = re.search(r'href="([^"]+\.svg[^"]*)"', section)
        if picture is None:
            assert "<svg" not in section
            continue
        drawn = Counter(re.findall(r"<title>[^<]* · ([^<]*) · ([\d,]+)</title>", section))
        charted = {name for name, _ in drawn}
        numbers = Counter(
            (name, cell) for row in shown for name, cell in zip(head[1:], row[1:], strict=True)
            if name in charted and re.fullmatch(r"[\d,]+", cell) and cell != "0"
        )  # fmt: skip
        assert drawn == Counter({bar: 2 * times for bar, times in numbers.items()}), found[1]
        in_file = console.get(unescape(picture[1])).content.decode()
        assert Counter(re.findall(r"<title>[^<]* · ([^<]*) · ([\d,]+)</title>", in_file)) == numbers
        assert "var(" not in in_file
    assert files >= 2


def check_campaign(ledger: Ledger, console: Client, run) -> None:
    campaign, expected = ledger.campaign, ledger.expected()
    document = run("campaign", "report", campaign.pk, "--json").document
    assert {name: document[name] for name in expected} == expected
    assert document["balances"]
    printed = dict(csv.reader(io.StringIO(run("campaign", "report", campaign.pk, "--csv").out)))
    assert {name: printed[name] for name in expected if name in printed} == {
        name: "" if number is None else str(number) for name, number in expected.items() if name in printed
    }
    for outcome in reports.OUTCOMES:
        listed = rows_of(console.get(f"/console/campaigns/{campaign.pk}/people/{outcome}/csv"))[1:]
        assert len(listed) == (expected[outcome] or 0), outcome
    path = f"/console/campaigns/{campaign.pk}/report/"
    page = console.get(path).content.decode()
    rows = {row[0]: row[1] for row in rows_of(console.get(f"{path}numbers.csv"))[1:]}
    bounced = int(rows["bounced (hard)"]) + int(rows["bounced (soft)"])
    assert (int(rows["recipients"]), int(rows["delivered"]), bounced, int(rows["complained"])) == (
        expected["recipients"], expected["delivered"], expected["bounced"], expected["complained"],
    )  # fmt: skip
    check_files(console, page)
    for kind in ("domain", "language"):
        cells = [list(map(int, row[1:6])) for row in rows_of(console.get(f"{path}{kind}.csv"))[1:]]
        assert [sum(column) for column in zip(*cells, strict=True)] == [
            expected[name] for name in ("recipients", "delivered", "bounced", "complained", "unsubscribed")
        ]  # fmt: skip
    if expected["bounced"]:
        assert sum(int(row[1]) for row in rows_of(console.get(f"{path}cause.csv"))[1:]) == expected["bounced"]
    links = rows_of(console.get(f"{path}links.csv"))[1:]
    assert sum(int(row[2]) for row in links) == (expected["clicks"] or 0)
    if expected["clicks"] is None:
        assert "Clicks are not measured." in page


def check_shared(ledger: Ledger, editor: User) -> None:
    """The link for somebody without an account: no person, no group of fewer than ten people, nor one that can be calculated."""
    link = report_links.create(audit.staff(editor), ledger.campaign, "The director")
    page = Client().get("/" + public_urls.report_link_url(report_links.token_of(link)).split("/", 3)[3]).content.decode()
    assert not any(address in page for address in ledger.addresses.values())
    assert "/console/" not in page
    assert "Reader" not in page
    for head, rows in tables_of(page):
        if head[0] in ("Hour", "Day"):
            continue  # clicks are not people
        for at, name in enumerate(head[1:], 1):
            if name in ("clicks of people", "clicks of programs"):
                continue
            cells = [row[at] for row in rows]
            assert not [cell for cell in cells if cell.isdigit() and 0 < int(cell) < 10], (name, cells)
            hidden = [cell for cell in cells if not cell.isdigit()]
            assert head[0] == "Link" or len(hidden) != 1 or not [cell for cell in cells if cell.isdigit() and cell != "0"], (
                name,
                cells,
            )
    tiles = re.findall(r"<dd>(.*?)</dd>", page)
    assert not [tile for tile in tiles if re.search(r"<small>[1-9]</small>|^[1-9]<", tile) and "clicks" not in tile]


def check_year(ledgers: list[Ledger], console: Client, run) -> None:
    """The sums of the year, of all lists and of one."""
    campaign_totals.keep_totals(timedelta(seconds=60))
    chosen = ledgers[0].campaign.lists.first()
    for query, option, counted in (("", [], ledgers), (f"?list={chosen.pk}", ["--list", chosen.slug], ledgers[:1])):
        numbers = [ledger.expected() for ledger in counted]
        document = run("publication", "report", *option, "--json").document
        for name in ("accepted", "delivered", "bounced", "complained", "unsubscribed", "clicks", "measured", "clicked"):
            known = [number[name] for number in numbers if number[name] is not None]
            assert document["total"][name] == (sum(known) if known else None), name
            assert sum(month[name] or 0 for month in document["months"]) == sum(known)
        assert (document["uncounted"], len(document["campaigns"])) == (0, len(counted))
        printed = run("publication", "report", *option).out
        assert re.search(rf"12 months .* {document['total']['delivered']:,} ", printed)
        page = console.get(f"/console/newsletters/{query}").content.decode()
        check_files(console, page)
        reach = rows_of(console.get(f"/console/newsletters/reach.csv{query}"))[1:]
        assert [sum(int(row[at]) for row in reach) for at in (1, 2, 3)] == [
            len(counted), document["total"]["delivered"], document["total"]["accepted"] - document["total"]["delivered"],
        ]  # fmt: skip
        growth = rows_of(console.get(f"/console/newsletters/growth.csv{query}"))[1:]
        on_lists = [person for ledger in counted for person in ledger.addresses]
        if not query:
            assert sum(int(row[1]) for row in growth) == len(on_lists)
            assert document["subscribed"] == len(on_lists) - sum(len(ledger.left) for ledger in counted)


@pytest.mark.parametrize("campaigns", [3, pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_every_number_is_a_count_over_the_ledger(campaigns, settings, tmp_path, run):
    settings.SENDGRID_API_KEY = "SG.test"
    chance, recorder, console = random.Random(campaigns), ClickRecorder(tmp_path / "clicks"), Client()
    console.force_login(editor := make_staff("editor", *RIGHTS))
    ledgers = []
    for _ in range(campaigns):
        ledgers.append(random_campaign(chance, recorder))
        check_campaign(ledgers[-1], console, run)
        check_shared(ledgers[-1], editor)
    check_year(ledgers, console, run)


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_every_number_is_a_count_over_the_ledger_of_the_sandbox(settings, tmp_path, run):
    """The same with real processes: workers send, the sandbox decides what becomes of each mail, and posts its events."""
    settings.SENDGRID_API_KEY = "SG.test"
    chance, recorder, console = random.Random(28), ClickRecorder(tmp_path / "clicks"), Client()
    console.force_login(editor := make_staff("editor", *RIGHTS))
    words = [word for word in WORDS if word != "spam-content"]  # many of them put a campaign on hold
    ledgers = []
    for _ in range(10):
        ledgers.append(drafted(chance, words))
        people.launch.schedule(audit.system(), ledgers[-1].campaign.pk)  # keeps what is measured now
    with SandboxProcess("--speed", "0.2") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        processes.start_web()
        sandbox.webhook(url=processes.hook)
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending(2)
        wait_until(lambda: Campaign.objects.filter(state="sent").count() == len(ledgers), 240, "all are sent")
        sandbox.wait_for_mail()
        sandbox.wait_for_events()
        wait_until(lambda: reports.report(ledgers[0].campaign.pk).unsettled_events == 0, 60, "the events are applied")
        accepted = {entry["address"] for entry in sandbox.ledger()}
    profile.change_profile(audit.system(), policies={"measuring": "individual"})
    for ledger in ledgers:
        ledger.campaign.refresh_from_db()
        ledger.accepted = {person: 0 for person, address in ledger.addresses.items() if address in accepted}
        _read(chance, ledger, recorder)
        check_campaign(ledger, console, run)
        check_shared(ledger, editor)
    check_year(ledgers, console, run)
