"""Readers follow the links of delivered mail by HTTP, at their times: a few threads, which never hold up the sandbox's sending.

What waits is in memory only: all draws depend on mail and address alone, so that a new start draws the same readers again.
"""

import heapq
import http.client
import itertools
import logging
import random
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from sandbox.ledger import Ledger, Record
from sandbox.movable_clock import Clock
from sandbox.readers.mail_links import MailLinks, site_of
from sandbox.readers.people import draw_person
from sandbox.readers.reader_settings import ReaderSettings
from sandbox.readers.scanners import draw_scanner
from sandbox.readers.visits import Visit

THREADS = 4
TIMEOUT = 10.0
MOST_DELIVERIES = 1000  # groups of mails whose readers are not drawn yet; mails of more groups are dropped and counted
UNHURRIED = 60.0  # seconds of each pause that `speed` does not shorten: people must not become as quick as scanners
# Drawing readers takes turns with sending: so many mails, then a rest (seconds), by one thread at a time.
PIECE, REST = 50, 0.002
READ_FOR = 7 * 86400.0  # mail that is older at a new start has no readers any more
COUNTS = ("visits", "failed_visits", "dropped_visits", "dropped_mails")
_SCALE = 2**32
logger = logging.getLogger("sandbox")


class _Delivery(NamedTuple):
    number: int  # of the request
    people: list[list[Any]]
    at: float


class Readers:
    """`receive` takes delivered mail. `site_urls` returns the addresses of this installation, such as those of its webhooks.

    `file` keeps the settings, and until when visits were made."""

    def __init__(
        self, file: Path, ledger: Ledger, clock: Clock, site_urls: Callable[[], list[str]], is_nested: Callable[[], bool]
    ) -> None:
        self.settings = ReaderSettings()
        self._file, self._ledger, self._clock, self._site_urls, self._is_nested = file, ledger, clock, site_urls, is_nested
        self._started_at = self._made_until = clock.now()
        self._change = threading.Condition()
        self._deliveries: deque[_Delivery] = deque()
        self._heap: list[tuple[float, int, str, Visit]] = []
        self._sequence = itertools.count()
        self._busy = 0
        self._is_planning = False
        self._threads: list[threading.Thread] = []
        self._stopped = False
        self.counts = dict.fromkeys(COUNTS, 0)
        self._links = lru_cache(maxsize=8)(self._read_links)
        self._load()

    # -- from outside

    def configure(self, wishes: dict[str, Any]) -> None:
        with self._change:
            self.settings.change(wishes)
            self._save(None)

    def _load(self) -> None:
        if self._file.exists():
            kept = orjson.loads(self._file.read_bytes())
            self.settings.change(kept["settings"])
            self._made_until = kept["made_until"] or self._made_until  # null after kill -9: what came due meanwhile is left out

    def _save(self, made_until: float | None) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps({"settings": asdict(self.settings), "made_until": made_until}))
        fresh.replace(self._file)

    def receive(self, record: Record, people: list[list[Any]], at: float) -> None:
        """Mail of a request was delivered at `at`, by the sandbox's clock. Returns at once."""
        if not self.settings.on or "body" not in record:
            return
        with self._change:
            if len(self._deliveries) >= MOST_DELIVERIES:
                self.counts["dropped_mails"] += len(people)
                return
            self._deliveries.append(_Delivery(record["request"], people, at))
            while len(self._threads) < THREADS:
                self._threads.append(threading.Thread(target=self._run, name="readers", daemon=True))
                self._threads[-1].start()
            self._change.notify()

    def describe(self) -> dict[str, Any]:
        with self._change:
            waiting = len(self._heap)
            is_idle = not (self._busy or self._deliveries or (self._heap and self._heap[0][0] <= self._clock.now()))
        return {"idle": is_idle, "waiting_visits": waiting, **self.counts, "settings": self.settings}

    def wake(self) -> None:
        """Wake the threads after the clock was moved."""
        with self._change:
            self._change.notify_all()

    def reset(self) -> None:
        """Forget whatever waits, and all counts. The settings stay."""
        with self._change:
            self._deliveries.clear()
            self._heap.clear()
            self._links.cache_clear()
            self._started_at = self._made_until = 0.0  # the clock may go back, too
            self.counts = dict.fromkeys(COUNTS, 0)

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            if self.settings.on:
                self._save(self._clock.now())
            self._change.notify_all()

    # -- the threads

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                if isinstance(work, _Delivery):
                    self._plan(work)
                else:
                    self._visit(*work)
            except Exception:
                logger.exception("a reader failed")
            with self._change:
                self._busy -= 1
                if isinstance(work, _Delivery):
                    self._is_planning = False
                    self._change.notify()

    def _next(self) -> _Delivery | tuple[str, Visit] | None:
        """Waits for mail or for the time of a visit; None at the end."""
        with self._change:
            while not self._stopped:
                pause = self._heap[0][0] - self._clock.now() if self._heap else 60.0
                if pause <= 0:
                    self._busy += 1
                    return heapq.heappop(self._heap)[2:]
                if self._deliveries and not self._is_planning:
                    self._busy += 1
                    self._is_planning = True
                    return self._deliveries.popleft()
                self._change.wait(min(pause, 60.0))
        return None

    def _plan(self, delivery: _Delivery) -> None:
        """Draw the readers of some mails, and put their visits in the queue."""
        sites = frozenset(site for url in (*self._site_urls(), self.settings.site) if (site := site_of(url)))
        links = self._links(delivery.number)
        if links is None or not sites:
            return
        for number, person in enumerate(delivery.people, 1):
            if number % PIECE == 0:
                time.sleep(REST)
            key = f"{self.settings.seed}/{delivery.number}/{person[2]}".lower()
            kinds = list(self._readers_of(person[2], key))
            urls = links.of(person[1], sites) if kinds else []
            for kind in kinds if urls else ():
                chance = random.Random(f"{kind}/{key}")
                if kind:
                    self._put(draw_scanner(chance, kind, len(urls)).visits, urls, delivery.at, self._started_at)
                else:
                    visits = _hurried(draw_person(chance, len(urls)).visits, self.settings.speed)
                    self._put(visits, urls, delivery.at, self._made_until)

    def _read_links(self, number: int) -> MailLinks | None:
        record = self._ledger.by_number(number)
        body = self._ledger.body_of(record) if record else None
        return MailLinks(body, self._is_nested()) if body else None

    def _readers_of(self, address: str, key: str) -> Iterator[str]:
        """The kinds of readers of a mail to this address: a scanner of its domain, and the person (an empty kind)."""
        settings, domain = self.settings, address.rpartition("@")[2].lower()
        if domain in settings.domains:
            yield settings.domains[domain]
        elif settings.scanners:
            draw = zlib.crc32(f"{settings.seed}/{domain}".encode()) / _SCALE
            for kind, share in settings.scanners.items():
                if draw < share:
                    yield kind
                    break
                draw -= share
        if settings.people and zlib.crc32(key.encode()) / _SCALE < settings.people:
            yield ""

    def _put(self, visits: list[Visit], urls: list[str], at: float, since: float) -> None:
        """Queue the visits of one mail delivered at `at`. Those due before `since` were made by an earlier run, or are missed."""
        left = [visit for visit in visits if at >= since or at + visit.after > since]
        with self._change:
            room = max(0, self.settings.most_waiting - len(self._heap))
            self.counts["dropped_visits"] += len(left[room:])
            for visit in left[:room]:
                heapq.heappush(self._heap, (at + visit.after, next(self._sequence), urls[visit.link], visit))
            self._change.notify_all()

    def _visit(self, url: str, visit: Visit) -> None:
        try:
            answer_of(url, visit)
        except (OSError, http.client.HTTPException) as error:
            name = "failed_visits"
            logger.debug("a visit failed: %s", error)
        else:
            name = "visits"
        with self._change:
            self.counts[name] += 1


def _hurried(visits: list[Visit], speed: float) -> list[Visit]:
    """The visits of a person with each pause beyond the first minute shortened by the factor."""
    after = previous = 0.0
    hurried = []
    for visit in visits:
        pause, previous = visit.after - previous, visit.after
        after += min(pause, UNHURRIED) + max(0.0, pause - UNHURRIED) * speed
        hurried.append(visit._replace(after=after))
    return hurried


def answer_of(url: str, visit: Visit) -> tuple[int, str]:
    """Make one request to an address on loopback; returns the status, and where a redirect leads. It is never followed.

    Raises ValueError for any other address."""
    site = site_of(url)
    if site is None:
        raise ValueError(f"{url} is not on loopback")
    parts = urlsplit(url)
    line = http.client.HTTPConnection("127.0.0.1" if site[0] == "localhost" else site[0], site[1], timeout=TIMEOUT)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.putrequest(visit.method, target, skip_host=True, skip_accept_encoding=True)
        line.putheader("Host", parts.netloc)
        for name, value in visit.headers:
            line.putheader(name, value)
        line.putheader("X-Forwarded-For", visit.address)
        line.endheaders()
        answer = line.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Location", "")
    finally:
        line.close()
