"""A thousand mails of a digest, sent by three campaigns to three segments in two time zones: each "Read on" leads to its page at once
and for good, whatever becomes of the campaign, and nothing lists these pages before the archive shows the issue.
"""

import http.client
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from campaigns import launch
from campaigns.models import Campaign
from editorial import issue_versions
from publication import audit, clock, profile
from subscribers import mailing_lists
from subscribers.models import MailingList, Subscriber
from subscribers.segments import saved_segments
from tests.journeys.test_links_of_mails import links_of
from tests.support import archives, people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(1800), pytest.mark.soak]
SEGMENTS = {"china": 'country = "CN"', "germany": 'country = "DE"', "elsewhere": 'country != "CN" and country != "DE"'}
COUNTRIES, ZONES = ("CN", "DE", "BR"), ("Asia/Shanghai", "Europe/Berlin")
COUNT = 1200  # two thirds of them get a mail in both zones; of the cancelled campaign only the first zone: 1,000 mails
BODY = """
# News

## The first lamp {#first}

Summary: A lamp was lit.

Nobody had seen such a lamp. It stands beside [the second](#second).

::: only country = "CN"
Members in China see it at night.
:::

## The second lamp {#second}

It burns until morning, and the harbour is bright.
"""
LISTED = ("/", "/archive/news/", "/archive/news/feed.xml", "/archive/news/rss.xml", "/sitemap.xml", "/robots.txt",
          "/archive/news/search/?q=lamp")  # fmt: skip


class Press:
    """An installation in which three campaigns send one digest, and what arrived in the sandbox."""

    def __init__(self, folder: Path, sandbox: SandboxProcess, processes: Processes) -> None:
        self.sandbox, self.processes = sandbox, processes
        self.news: MailingList = archives.open_list(visibility="unlisted")
        readers = people.make_people(COUNT, self.news)
        for number, (reader, country) in enumerate(zip(readers, cycle(COUNTRIES), strict=False)):
            reader.country, reader.zone = country, ZONES[number // 3 % 2]
        Subscriber.objects.bulk_update(readers, ["country", "zone"])
        issue = archives.write(folder / "issue", BODY)
        file = issue / "issue.md"
        file.write_text(file.read_text(encoding="utf-8").replace("footer:", "layout: digest\nfooter:", 1), encoding="utf-8")
        version = issue_versions.store(audit.system(), issue).version
        sender, tomorrow = people.make_sender(), clock.now().astimezone(ZoneInfo(ZONES[0])) + timedelta(days=1)
        self.campaigns: list[Campaign] = []
        for slug, rule in SEGMENTS.items():
            segment = saved_segments.create(audit.system(), slug, rule)
            campaign = launch.create(audit.system(), version=version, lists=[self.news], sender=sender, segment=segment)
            launch.schedule_each_zone(audit.system(), campaign.pk, f"{tomorrow:%Y-%m-%d} 09:00", zone=ZONES[0])
            self.campaigns.append(campaign)
        self.first_hour = tomorrow.replace(hour=9, minute=0, second=0)

    def mails(self, count: int) -> set[str]:
        """Wait for so many mails; the addresses of pages and measured links in them."""
        wait_until(lambda: len(self.sandbox.ledger()) >= count, 240, f"{count} mails arrive")
        found = self.sandbox.messages(to="@people.example")
        assert len(found) == count
        own = f"http://127.0.0.1:{self.processes.web_port}"
        followed = [{link for link in links_of(mail) if re.match(rf"{own}/(read|r)/", link)} for mail in found]
        assert min(map(len, followed)) >= 2, "two stories"
        return set().union(*followed)

    def get(self, address: str) -> tuple[int, str, str]:
        """Follow a link as a browser does, on this machine: the status, the last path, and what the page says."""
        for _ in range(4):
            parts = urlsplit(address)
            with closing(http.client.HTTPConnection("127.0.0.1", self.processes.web_port, timeout=60)) as client:
                client.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
                answer = client.getresponse()
                text = answer.read().decode()
            if answer.status not in {301, 302}:
                return answer.status, parts.path, text
            address = str(answer.headers["Location"])
        raise AssertionError(f"{address} leads on and on")

    def follow(self, links: set[str], status: int = 200) -> set[str]:
        """Follow each link; the paths to which they lead. All must answer with this status."""
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(self.get, sorted(links)))
        assert {answered for answered, _, _ in answers} == {status}
        return {path for _, path, _ in answers}

    def lists_none_of(self, keys: set[str]) -> None:
        for place in LISTED:
            _, _, text = self.get(place)
            assert "/read/" not in text.replace("/archive/news/news-1/read/", "")
            assert not any(key in text for key in keys), place


@pytest.fixture
def press(tmp_path: Path, settings) -> Iterator[Press]:
    settings.MEDIA_ROOT = tmp_path / "media"
    own = {"MAILROOM_DATA_DIR": str(tmp_path), "MAILROOM_CLOCK_FILE": str(tmp_path / "clock")}
    with SandboxProcess() as sandbox, Processes(sandbox.url, [sandbox.public_key], **own) as processes:
        settings.PUBLIC_URL = processes.environment["MAILROOM_PUBLIC_URL"]
        profile.change_profile(audit.system(), policies={"measuring": "anonymous", "opens": "off"})
        made = Press(tmp_path, sandbox, processes)
        processes.start_web()
        processes.advance_clock((made.first_hour - clock.now()).total_seconds() + 5)
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending()
        yield made


def test_every_read_on_of_a_thousand_mails_leads_to_its_page_whatever_becomes_of_the_campaign(press: Press):
    china, germany, elsewhere = press.campaigns
    links = press.mails(COUNT // 2)
    assert {Campaign.objects.get(pk=campaign.pk).state for campaign in press.campaigns} == {"sending"}
    assert any("/r/" in link for link in links)
    pages = press.follow(links)
    assert all(path.startswith("/read/") for path in pages), "measured links lead to pages, too"
    keys = {path.split("/")[2] for path in pages}
    assert len(pages) == 2 * len(keys)
    press.lists_none_of(keys)
    launch.pause(audit.system(), germany.pk)
    launch.cancel(audit.system(), elsewhere.pk)
    assert press.follow(links) == pages

    press.processes.advance_clock(8 * 3600)
    links = press.mails(800)
    wait_until(lambda: Campaign.objects.get(pk=china.pk).state == "sent", 120, "the campaign is sent")
    assert press.follow(links) == pages, "the other zone leads to the same pages"
    launch.resume(audit.system(), germany.pk)
    links = press.mails(1000)
    assert press.follow(links) == pages
    press.lists_none_of(keys)

    mailing_lists.set_archive(audit.system(), "news", "public")
    assert press.follow(links) == pages, "what went to segments is in no archive"
    press.lists_none_of(keys)
    issue_versions.show_in_archive(audit.system(), "news-1", "withheld")
    press.follow(links, 410)
    issue_versions.show_in_archive(audit.system(), "news-1", "usual")
    mailing_lists.set_archive(audit.system(), "news", "off")
    press.follow(links, 410)
