"""Every link of sent mails, asked for by scanners, and of a tenth of the mails opened in a browser: nothing changes. One click on "unsubscribe" works at once."""

import http.client
import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from html import unescape
from urllib.parse import unquote, urlsplit

import pytest

from campaigns import launch
from campaigns.models import Campaign
from editorial import issue_versions
from publication import audit
from subscribers import mailing_lists, tokens
from subscribers.models import Subscriber, Subscription
from tests.support import people, table_digests
from tests.support.chromium import CHROMIUM, chromium
from tests.support.issues import CAST
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.variations import first
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(1800)]

ONE_CLICK = {
    "application/x-www-form-urlencoded": b"List-Unsubscribe=One-Click",
    "multipart/form-data; boundary=b": (
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    ),
}


def links_of(mail: dict[str, object]) -> Iterator[str]:
    """The addresses in both parts and in the headers of a mail. A token with the beginning of a merge tag is quoted in the parts."""
    for part in (str(mail["html"]), str(mail["text"]), str(mail["headers"])):
        yield from (unquote(unescape(each)) for each in re.findall(r"https?://[^\s\"'<>)\\]+", part))


def ask(port: int, method: str, path: str, body: bytes | None = None, content_type: str = "") -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        client.request(method, path, body, {"Content-Type": content_type} if content_type else {})
        answer = client.getresponse()
        answer.read()
        return answer.status


def send_issue(count: int, size: int) -> Campaign:
    """A campaign of a composed issue to `count` people, scheduled for now."""
    mailing_list = people.make_list()
    mailing_lists.set_archive(audit.system(), mailing_list.slug, "unlisted")  # the issue is a digest
    people.make_people(count, mailing_list)
    version = issue_versions.store(audit.system(), CAST).version
    campaign = launch.create(audit.system(), version=version, lists=[mailing_list], sender=people.make_sender())
    launch.schedule(audit.system(), campaign.pk)
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=size)
    return campaign


def visit_all(addresses: Iterable[str]) -> None:
    """Open each address in Chromium, with scripts, as a careful scanner does."""
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=True).new_page()
        for address in addresses:
            answer = page.goto(address, wait_until="domcontentloaded")
            assert answer is not None
            assert answer.status == 200, address


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_no_link_of_a_thousand_mails_changes_anything_when_it_is_opened():
    count = 1000
    campaign = send_issue(count, 200)
    with SandboxProcess() as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        processes.start_web()
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending(4)
        wait_until(lambda: Campaign.objects.get(pk=campaign.pk).state == "sent", 120, "the campaign is sent")
        mails = sandbox.messages(to="@people.example")
        assert len(mails) == count
        for name in ("beat", "upkeep", "sending"):  # they write by the clock
            processes.kill(name)
        own = f"127.0.0.1:{processes.web_port}"
        found = {link for mail in mails for link in links_of(mail) if urlsplit(link).netloc == own}
        kinds = {urlsplit(link).path.split("/")[1] for link in found}
        assert {"u", "v", "p", "subscribe"} <= kinds, kinds
        assert sum("/u/" in link for link in found) == count
        before = table_digests.digests()
        paths = [urlsplit(link).path for link in sorted(found)]
        with ThreadPoolExecutor(4) as threads:
            for method in ("GET", "HEAD"):
                answers = set(threads.map(lambda path, method=method: ask(processes.web_port, method, path), paths))
                assert answers == {200}, (method, answers)
        visit_all(sorted({link for mail in mails[:100] for link in links_of(mail)} & found))
        assert table_digests.digests() == before


@pytest.mark.soak
@pytest.mark.parametrize("content_type", first(ONE_CLICK), ids=["urlencoded", "multipart"])
def test_one_click_takes_effect_within_a_second_while_the_campaign_is_sent(content_type):
    campaign = people.make_campaign(60, 1)
    last = Subscriber.objects.order_by("-id")[0]
    launch.schedule(audit.system(), campaign.pk)
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=1)
    with SandboxProcess() as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        sandbox.faults("all: latency 0.2")
        processes.start_web()
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending(1)
        wait_until(lambda: sandbox.messages(to="@people.example", whole=False), 60, "the campaign is being sent")
        path = f"/u/{tokens.unsubscribe_token(last.pk, campaign.pk)}"
        began = time.monotonic()
        assert ask(processes.web_port, "POST", path, ONE_CLICK[content_type], content_type) == 200
        took = time.monotonic() - began
        assert Subscription.objects.get(subscriber=last).state == "unsubscribed"
        wait_until(lambda: Campaign.objects.get(pk=campaign.pk).state == "sent", 120, "the campaign is sent")
        assert len(sandbox.messages(to="@people.example", whole=False)) == 59
        assert not sandbox.messages(to=last.address or "", whole=False)
        print(f"one click answered after {took * 1000:.0f} ms")
