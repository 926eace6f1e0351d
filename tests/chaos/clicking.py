"""Readers click during a chaos run whose campaigns are measured: no click is lost, and nobody is named who did not agree.

Needs Django.
"""

import http.client
import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connection

from campaigns.models import Campaign, MeasuredLink
from sandbox.readers.browsers import draw_browser
from sandbox.readers.reader_pool import answer_of
from sandbox.readers.visits import Visit
from subscribers.tokens import TokenMaker
from tests.support import people
from tests.support.waiting import wait_until

DESTINATION = "https://pages.example/article"
HTML = people.HTML.replace("</body>", f'<p><a href="{DESTINATION}">Read on</a></p></body>')
PAUSE = 0.02  # seconds between clicks
REFUSED_AT_RESTART = 100  # of the database: about two seconds of clicks
STORED = "SELECT (SELECT count(*) FROM click) + (SELECT COALESCE(sum(clicks), 0) FROM click_count)"
LOST = "SELECT COALESCE(sum(clicks), 0) FROM lost_clicks"
NAMED_WITHOUT_AGREEMENT = "SELECT count(*) FROM click JOIN subscriber s ON s.id = subscriber_id WHERE s.measured_since IS NULL"


def agree(database: psycopg.Connection[Any]) -> None:
    """Every second subscriber agreed to be measured."""
    database.execute("UPDATE subscriber SET measured_since = now() - interval '1 day' WHERE id % 2 = 0")


class Clicking(threading.Thread):
    """Clicks on links of a campaign's mails until `end`. The clicks of people who did not agree name nobody, as in their mail."""

    def __init__(self, campaign_id: int, version_id: int, subscriber_ids: range, web_port: int, seed: int) -> None:
        super().__init__(daemon=True, name="clicking")
        self.led_on = self.unanswered = self.refused = 0
        self.led_astray: Counter[tuple[int, str]] = Counter()
        self._random = random.Random(seed)
        self._links = list(MeasuredLink.objects.filter(version_id=version_id, position__gt=0).values_list("pk", flat=True))
        self._campaign_id, self._subscriber_ids, self._web = campaign_id, subscriber_ids, f"http://127.0.0.1:{web_port}"
        self._visit = Visit(0, 0, "GET", draw_browser(self._random), "203.0.113.9")
        self._over = threading.Event()

    def run(self) -> None:
        while not self._has_begun() and not self._over.wait(PAUSE):
            pass
        connection.close()
        while not self._over.wait(PAUSE):
            person = self._random.choice(self._subscriber_ids)
            value = TokenMaker("click").make(self._campaign_id, person if person % 2 == 0 else 0)
            try:
                status, location = answer_of(f"{self._web}/r/{self._random.choice(self._links)}/{value}", self._visit)
            except (OSError, http.client.HTTPException):  # the web server was killed: the click may be stored or not
                self.unanswered += 1
                continue
            self.led_on += status == 302
            if status >= 500:  # a web server that has just started knows no destinations while the database is down
                self.refused += 1
            elif (status, location) != (302, DESTINATION):
                self.led_astray[status, location] += 1

    def _has_begun(self) -> bool:
        """Whether somebody can have the mail; before, its links lead nowhere."""
        try:
            return Campaign.objects.filter(pk=self._campaign_id, started_at__isnull=False).exists()
        except (DatabaseError, InterfaceError):  # the database was killed
            connection.close()
            return False

    def end(self) -> None:
        self._over.set()
        self.join(20)

    def settle(self, database: psycopg.Connection[Any]) -> None:
        """Wait until what the web server kept in files is stored."""

        def stored() -> bool:
            count = database.execute(f"SELECT ({STORED}) + ({LOST})").fetchone()
            assert count is not None
            return int(count[0]) >= self.led_on

        wait_until(stored, 30, "the clicks are stored")

    def judge(self, database: psycopg.Connection[Any], restarts: int, say: Callable[[str], None]) -> dict[str, int]:
        """Invariant -> violations. `restarts` of the database."""
        named, stored, lost = (
            int(database.execute(sql).fetchone()[0])  # type: ignore[index]
            for sql in (NAMED_WITHOUT_AGREEMENT, STORED, LOST)
        )
        say(
            f"clicks: {self.led_on} led on, {self.unanswered} while the web server was down, {self.refused} refused, {stored} stored, {lost} lost, "
            f"led astray: {dict(self.led_astray)}"
        )
        excess = max(0, stored + lost - self.led_on - self.unanswered)
        excess += max(0, self.refused - REFUSED_AT_RESTART * restarts)
        return {"I19": named, "I20": self.led_astray.total() + lost + excess + max(0, self.led_on - stored)}
