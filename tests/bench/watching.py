"""What watching costs the sender: `python -m tests.bench.watching`. Pairs of campaigns, one with somebody who watches its page.

The watcher asks for the live part of the page as often as the page does, and its own processor time, with that of its database
session, is printed beside that of the sender. Compared are the rate, and the processor time of everything
that sends (workers, beat, database) for each recipient.
"""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.measuring import SinkProcess, alone
from tests.bench.people_pages import server_seconds
from tests.bench.whole import House, Profile, Run, measure

EVERY = 1.5  # seconds, as in templates/static/console.js


class Watcher:
    """Asks for the live part of the newest campaign until it is stopped."""

    def __init__(self) -> None:
        self.asked, self.seconds = 0, 0.0
        self._stopped = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()

    def _run(self) -> None:
        from django.contrib.auth.models import User
        from django.db import connection
        from django.shortcuts import resolve_url
        from django.test import Client

        from campaigns.models import Campaign

        client = Client(headers={"host": "localhost"})
        client.force_login(User.objects.get(username="bench"))
        while not self._stopped.wait(EVERY):
            begun = time.thread_time() + server_seconds()
            newest = Campaign.objects.latest("pk").pk
            assert client.get(resolve_url("campaign-numbers", newest)).status_code == 200
            self.asked, self.seconds = self.asked + 1, self.seconds + time.thread_time() + server_seconds() - begun
        connection.close()


def cost(run: Run) -> float:
    """Processor seconds for a million recipients."""
    return float(run.record()["cpu_per_million"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watching")
    parser.add_argument("--n", type=int, default=50_000, help="recipients of each campaign (default 50000)")
    parser.add_argument("--pairs", type=int, default=10)
    options = parser.parse_args()
    rates, costs, sending, watcher = [], [], 0.0, Watcher()
    with alone(), SinkProcess.open() as sink, House(sink) as house:
        from django.contrib.auth.models import Permission, User

        # An account that gets no mail about campaigns: the sink counts every mail.
        watching = User.objects.create(username="bench", is_staff=True)
        watching.user_permissions.add(Permission.objects.get(codename="view_campaign"))
        measure(house, Profile("warm"), options.n)
        for pair in range(options.pairs):
            runs: dict[bool, Run] = {}
            for is_watched in (False, True) if pair % 2 else (True, False):
                watcher._stopped.clear()
                if is_watched:
                    with watcher.watching():
                        runs[True] = measure(house, Profile("watched"), options.n)
                else:
                    runs[False] = measure(house, Profile("alone"), options.n)
            sending += sum(runs[True].cpu.values()) / runs[True].seconds / options.pairs
            rates.append(runs[True].rate / runs[False].rate)
            costs.append(cost(runs[True]) / cost(runs[False]))
            print(f"pair {pair + 1}: rate {rates[-1]:.3f}, processor time {costs[-1]:.3f}", flush=True)
    for name, ratios in (("rate", rates), ("processor time", costs)):
        error = statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else 0.0
        print(
            f"{name}: {statistics.mean(ratios):.3f}, ± {2.26 * error:.3f} (95 %, {len(ratios)} pairs), median {statistics.median(ratios):.3f}"
        )
    each = watcher.seconds / max(1, watcher.asked)
    print(f"the page was asked {watcher.asked} times, {1000 * each:.1f} ms of processor time each")
    # The watcher also asks while a campaign is prepared, so its whole time says nothing about that of sending.
    print(f"asked every {EVERY} s, that is {100 * each / EVERY / sending:.1f} % of the processors that sending takes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
