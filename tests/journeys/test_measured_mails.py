"""A thousand sent mails whose links are measured: only people who agreed are named in them, in the database and in files."""

import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from campaigns import launch
from campaigns.measuring import click_recorder
from campaigns.models import Campaign, Click, ClickCount, LostClicks
from editorial import issue_versions
from editorial.models import IssueVersion
from publication import audit, profile
from sandbox.readers.browsers import draw_browser
from sandbox.readers.reader_pool import answer_of
from sandbox.readers.visits import Visit
from subscribers.consent import measuring_consent
from subscribers.consent.ledger import Proof
from subscribers.models import MailingList, Subscriber
from subscribers.tokens import TokenMaker
from tests.journeys.test_links_of_mails import links_of
from tests.support import measured, people, table_digests
from tests.support.issues import full_copy
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(1800)]
COUNT, AGREED = 1000, 500
_MEASURED = re.compile(r"/[ro]/\d+/(.+)")


class Office:
    """An installation with `COUNT` readers, of whom `AGREED` agreed to be measured, and its processes."""

    def __init__(self, sandbox: SandboxProcess, web: Processes, folder: Path) -> None:
        self.sandbox, self.web = sandbox, web
        self.news: MailingList = people.make_list()
        self.readers = people.make_people(COUNT, self.news)
        for reader in self.readers[:AGREED]:
            measured.agree(reader)
        self.version: IssueVersion = issue_versions.store(audit.system(), full_copy(folder)).version

    def send(self, **policies: str) -> tuple[Campaign, dict[str, list[str]]]:
        """Send the issue under these policies: the campaign, and address -> the measured links in each mail."""
        profile.change_profile(audit.system(), policies=policies)
        campaign = launch.create(audit.system(), version=self.version, lists=[self.news], sender=people.make_sender())
        launch.schedule(audit.system(), campaign.pk)
        for name, start in self.start_commands().items():
            if name not in self.web.running:
                start()
        wait_until(lambda: Campaign.objects.get(pk=campaign.pk).state == "sent", 120, "the campaign is sent")
        mails = self.sandbox.messages(to="@people.example")  # the newest 1,000
        for name in ("beat", "upkeep", "sending"):  # they write by the clock
            self.web.kill(name)
        return campaign, {mail["to"]: list(self.measured_links(mail)) for mail in mails}

    def start_commands(self) -> dict[str, Any]:
        return {"upkeep": self.web.start_upkeep, "beat": self.web.start_beat, "sending": self.web.start_sending}

    def measured_links(self, mail: dict[str, Any]) -> Iterator[str]:
        own = f"http://127.0.0.1:{self.web.web_port}"
        return (link for link in links_of(mail) if link.startswith(own) and _MEASURED.search(link.removeprefix(own)))

    def follow(self, links: list[str]) -> set[tuple[int, str]]:
        """Request each link as a browser does; returns the answers (status, location)."""
        visit = Visit(0, 0, "GET", draw_browser(random.Random(1)), "203.0.113.9")
        with ThreadPoolExecutor(4) as threads:
            return set(threads.map(lambda link: answer_of(link, visit), links))

    def files_with(self, values: set[str]) -> list[Path]:
        """Logs and files of the data directory that contain one of these values."""
        folders = (self.web.log_dir, Path(self.web.environment["MAILROOM_DATA_DIR"]) / "clicks")
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return [path for path in files if any(value in path.read_text(errors="replace") for value in values)]


@pytest.fixture
def office(tmp_path: Path, settings) -> Iterator[Office]:
    with (
        SandboxProcess() as sandbox,
        Processes(
            sandbox.url, [sandbox.public_key], MAILROOM_DATA_DIR=str(tmp_path), MAILROOM_TRUSTED_PROXIES="127.0.0.0/8"
        ) as web,
    ):
        settings.PUBLIC_URL = web.environment["MAILROOM_PUBLIC_URL"]
        web.start_web()
        yield Office(sandbox, web, tmp_path / "issue")


def clicks_stored() -> int:
    return Click.objects.count() + (ClickCount.objects.aggregate(clicks=Sum("clicks"))["clicks"] or 0)


def values_in(links: list[str]) -> set[str]:
    return {match[1] for match in map(_MEASURED.search, links) if match}


@pytest.mark.soak
def test_a_thousand_measured_mails_name_only_people_who_agreed(office: Office):
    _, bare = office.send(measuring="off", opens="off")
    assert set(map(len, bare.values())) == {0}, "off: a link is rewritten, or there is a picture"
    assert len(bare) == COUNT

    campaign, mails = office.send(measuring="individual", opens="on")
    nobody = TokenMaker("click").make(campaign.pk, 0)
    agreed, others = office.readers[:AGREED], office.readers[AGREED:]
    assert len(mails) == COUNT
    assert all(values_in(mails[reader.address]) == {nobody} for reader in others)
    named = {value for reader in agreed for value in values_in(mails[reader.address])} - {nobody}
    assert len(named) == AGREED

    before = table_digests.digests()
    links = [link for own in mails.values() for link in own] * 2
    answers = office.follow(links)
    assert {status for status, _ in answers} <= {200, 302}
    assert not any("127.0.0.1" in location for _, location in answers)
    wait_until(lambda: clicks_stored() == len(links), 120, "every click is stored")
    assert not LostClicks.objects.exists()
    assert set(Click.objects.values_list("subscriber_id", flat=True)) == {reader.pk for reader in agreed}
    after = table_digests.digests()
    assert {name for name in after if after[name] != before[name]} == {"click", "click_count", "click_batch"}
    assert not office.files_with(named | {nobody})

    leaving: Subscriber = agreed[0]
    measuring_consent.withdraw(audit.subscriber(), leaving, source="preferences", proof=Proof.MAIL_LINK)
    assert not Click.objects.filter(subscriber_id=leaving.pk).exists()
    assert clicks_stored() == len(links)
    later, mails_after = office.send(measuring="individual", opens="on")
    assert values_in(mails_after[leaving.address]) == {TokenMaker("click").make(later.pk, 0)}

    profile.change_profile(audit.system(), policies={"measuring": "off", "opens": "off"})
    time.sleep(3 * click_recorder.SECONDS)  # so often the web server reads the policy
    before = table_digests.digests()
    assert {status for status, _ in office.follow(random.Random(2).choices(links, k=5000))} <= {200, 302}
    assert table_digests.digests() == before
    assert not list(Path(office.web.environment["MAILROOM_DATA_DIR"]).rglob("*.clicks"))
