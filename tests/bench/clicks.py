"""Clicks on the links of mails: how long a reader waits, alone, beside campaigns that are being sent, and without the database.

`python -m tests.bench.clicks --seconds 60`. 50 clicks a second; a list of 200,000 readers makes about 6. The readers are a process of
their own, so that they do not wait for what prepares and watches the campaigns. The provider answers after 0.2 s; with `--latency 0`
at once, so that sending takes all processors.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from tests.bench.measuring import WORK, Running, SinkProcess, alone, wait_until
from tests.bench.whole import House, Profile, measure
from tests.support.processes import free_port

RATE = 50  # clicks a second
READERS = 2000
CLIENTS = 32
SHIPPED = Profile("shipped")
HEADERS = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "zh-CN,zh;q=0.9",
}  # fmt: skip


@dataclass
class Clicks:
    """Follows links at a steady rate, and notes how long each answer took, in seconds, and those that led nowhere."""

    port: int
    paths: list[str]
    times: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)

    def follow(self, seconds: float) -> Clicks:
        begun, paths = time.monotonic(), itertools.cycle(self.paths)
        with ThreadPoolExecutor(CLIENTS) as pool:
            for number in range(round(RATE * seconds)):
                time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
                pool.submit(self._follow, next(paths))
        return self

    def _follow(self, path: str) -> None:
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 302:
                self.wrong.append(answer.status)
        except OSError:
            self.wrong.append(0)
        finally:
            connection.close()
        self.times.append(time.monotonic() - begun)

    def line(self, name: str) -> str:
        quantiles = statistics.quantiles(self.times, n=100)
        numbers = f"{quantiles[49] * 1000:8.1f} {quantiles[98] * 1000:8.1f} {max(self.times) * 1000:8.1f}"
        return f"{name:44} {len(self.times):6} {numbers}   {len(self.wrong)} wrong"


def prepare(house: House) -> list[str]:
    """A campaign whose clicks are kept by name; the paths of its links, as in the mails of its readers."""
    from campaigns.measuring import measured_links
    from campaigns.models import Campaign, MeasuredLink
    from publication import profile
    from subscribers.models import Subscriber
    from subscribers.tokens import TokenMaker

    profile.change_profile(house.actor, policies={"measuring": "individual"})
    house.settle_people(READERS)
    from tests.bench import clicks_sql

    clicks_sql.let_everybody_agree()
    measure(house, SHIPPED, READERS)
    campaign = Campaign.objects.latest("id")
    links = MeasuredLink.objects.filter(version_id=campaign.version_id).exclude(position=measured_links.PICTURE)
    numbers, value = list(links.values_list("pk", flat=True)), TokenMaker("click")
    readers = Subscriber.objects.filter(measured_since__isnull=False).order_by("id").values_list("id", flat=True)
    return [f"/r/{numbers[at % len(numbers)]}/{value.make(campaign.pk, reader)}" for at, reader in enumerate(readers[:READERS])]


def stored() -> int:
    from campaigns.models import Click

    return Click.objects.count()


def run(house: House, seconds: float, say: Callable[[str], None]) -> int:
    from django.db import connection

    paths, port = prepare(house), free_port()
    command = [sys.executable, "-m", "web.server", "--bind", f"127.0.0.1:{port}"]
    with (
        Running.start("web", command, os.environ.copy()),
        ProcessPoolExecutor(1, get_context("spawn"), _have_own_device) as readers,
    ):
        wait_until(lambda: _answers(port), 30, "the web server answers", 0.2)
        follow: Callable[[float], Future[Clicks]] = partial(readers.submit, Clicks.follow, Clicks(port, paths))
        total = len(follow(2).result().times)
        say(f"{'':44} {'clicks':>6} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
        idle = follow(seconds).result()
        say(idle.line("alone"))
        clicking, sent = follow(seconds), 0
        while not clicking.done():
            sent += measure(house, SHIPPED, max(house.people, 200_000)).recipients
        beside = clicking.result()
        say(beside.line(f"beside campaigns ({sent:,} recipients)"))
        connection.close()
        clicking = follow(seconds)
        time.sleep(1)
        house.servers._stop_postgres()
        time.sleep(min(30.0, seconds - 1))
        house.servers.revive()
        without = clicking.result()
        say(without.line(f"PostgreSQL stopped for {min(30.0, seconds - 1):.0f} s"))
        total += sum(len(clicks.times) - len(clicks.wrong) for clicks in (idle, beside, without))
        wait_until(lambda: stored() >= total, 60, f"{total} clicks are stored", 0.5)
        say(f"stored: {stored()} of {total}")
        return len(idle.wrong) + len(beside.wrong) + len(without.wrong)


def _have_own_device() -> None:
    """Run the readers before everything else, where that is allowed: their devices are not busy with sending."""
    with suppress(PermissionError):
        os.nice(-10)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.clicks")
    parser.add_argument("--seconds", type=float, default=60, help="of each part (default 60)")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds until the provider answers a request (default 0.2)")
    options = parser.parse_args()
    seconds = options.seconds
    WORK.mkdir(parents=True, exist_ok=True)
    with alone(), SinkProcess.open(options.latency) as sink, House(sink) as house:
        return 1 if run(house, seconds, lambda text: print(text, flush=True)) else 0


if __name__ == "__main__":
    sys.exit(main())
