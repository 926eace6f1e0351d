"""Leads clicks on and records them, once in each web process: readers never wait for the database.

A thread of its own reads the destinations beforehand, and stores the clicks that the spool has kept.
"""

import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from campaigns.measuring import click_storing_sql as sql
from campaigns.measuring import machine_clicks_sql, measured_links, measured_links_sql
from campaigns.measuring.click_spool import FOLDER, Arrival, ClickSpool, read_arrivals
from campaigns.models import LostClicks, MeasuredLink
from publication import policies
from publication.database import statement_sql
from publication.installation import publication

log = structlog.get_logger("mailroom.clicks")

SECONDS = 1.0  # between two rounds
AT_ONCE = 5000  # clicks in one transaction
LIMIT = timedelta(seconds=10)  # of a statement: the next round tries again


class ClickRecorder:
    """The destinations of all links in memory, and the clicks that wait to be stored."""

    def __init__(self, folder: Path) -> None:
        self._spool = ClickSpool(folder)
        self._urls: dict[int, str] = {}
        self._versions: set[int] = set()  # whose links are in memory
        self._counts_clicks, self._counts_opens = True, True
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Begin the rounds; does nothing if they run."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clicks", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Store what is waiting, once, and end."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(5)

    def url_of(self, link_id: int) -> str | None:
        """Where a link leads; empty for the picture, None if there is no such link, or if nobody got its issue yet. Asks the
        database only about a link that is not in memory.
        """
        if link_id not in self._urls:
            self._read(measured_links_sql.version_of(link_id))
        return self._urls.get(link_id)

    def add(self, arrival: Arrival, *, is_picture: bool = False) -> None:
        """Record a click or an open, unless the policy is off now."""
        if self._counts_opens if is_picture else self._counts_clicks:
            self._spool.add(arrival)

    def read_links(self) -> None:
        """Read the links of the campaigns that have begun since; the first time, also those whose campaign is gone."""
        versions = sorted(self._versions)
        self._read(measured_links_sql.sent_versions(versions) if versions else measured_links_sql.all_sent_versions())

    def _read(self, versions: set[int]) -> None:
        if versions:
            self._urls |= dict(MeasuredLink.objects.filter(version_id__in=versions).values_list("pk", "url"))
            self._versions |= versions

    def round(self) -> None:
        """Read what changed, and store what came."""
        self.read_links()
        row = publication()
        self._counts_clicks = policies.choice("measuring", row) != measured_links.OFF
        self._counts_opens = policies.choice("opens", row) == "on"
        self._spool.close_file()
        for batch, path in self._spool.complete_files():
            arrivals = list(read_arrivals(path))
            with transaction.atomic():
                if sql.begin_batch(batch):
                    self._store(arrivals)
            path.unlink()
        if lost := self._spool.take_lost():
            try:
                LostClicks.objects.create(clicks=lost)
            except DatabaseError:
                self._spool.give_back_lost(lost)
                raise
            log.error("clicks_lost", clicks=lost)

    def _store(self, arrivals: list[Arrival]) -> None:
        kept = [a for a in arrivals if (self._counts_opens if self._urls.get(a.link_id) == "" else self._counts_clicks)]
        for at in range(0, len(kept), AT_ONCE):
            part = kept[at : at + AT_ONCE]
            named = [arrival.subscriber_id for arrival in part if arrival.subscriber_id != measured_links.NOBODY]
            people = sql.measured_among(named) if named else {}
            sql.store(part, people)
            pairs = {(arrival.campaign_id, people[arrival.subscriber_id]) for arrival in part if arrival.subscriber_id in people}
            machine_clicks_sql.reconsider(sorted(pairs))

    def _run(self) -> None:
        while True:
            ends = self._stopped.wait(SECONDS)
            try:
                with statement_sql.limited(LIMIT):
                    self.round()
            except (DatabaseError, InterfaceError, OSError) as error:
                log.warning("clicks_wait", error=type(error).__name__)
                with suppress(Exception):
                    connection.close()
            except Exception:
                log.exception("clicks_not_stored")
                with suppress(Exception):
                    connection.close()
            if ends:
                connection.close()
                return


_recorder: ClickRecorder | None = None
_making = threading.Lock()


def recorder() -> ClickRecorder:
    """The recorder of this process, started when it is first needed."""
    global _recorder
    with _making:
        if _recorder is None:
            _recorder = ClickRecorder(Path(settings.DATA_DIR) / FOLDER)
            _recorder.start()
        return _recorder
