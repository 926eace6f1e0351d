"""Which processes are alive, and since when a kind is missing; writing a heartbeat never waits for the database."""

import os
import signal
import time
from datetime import timedelta

import psutil
import pytest
from django.db import connection
from django.utils import timezone

from publication import heartbeats
from publication.heartbeats_sql import PATIENCE, HeartbeatWriter
from publication.models import ProcessHeartbeat
from publication.retention import RETENTIONS
from tests.support.heartbeats import beaten

SILENCE = heartbeats.LONGEST_SILENCE.total_seconds()


@pytest.mark.django_db
def test_monitoring_has_ten_seconds_left_to_notice_what_fell_silent():
    beaten(heartbeats.SENDING, silent_for=SILENCE - 5)
    beaten(heartbeats.UPKEEP, silent_for=SILENCE + 1)
    beaten(heartbeats.BEAT, stopped=True)
    upkeep, beat = heartbeats.missing(heartbeats.CAMPAIGN_KINDS)
    assert (upkeep.kind, upkeep.stopped) == (heartbeats.UPKEEP, False)
    assert (beat.kind, beat.stopped) == (heartbeats.BEAT, True)
    assert timezone.now() - upkeep.since == pytest.approx(timedelta(seconds=SILENCE + 1), abs=timedelta(seconds=5))


@pytest.mark.django_db
def test_a_process_that_died_is_listed_until_another_was_started_on_its_host():
    beaten(heartbeats.SENDING, host="one", silent_for=90)
    beaten(heartbeats.SENDING, host="two", silent_for=90)
    beaten(heartbeats.SENDING, host="two", lived=30)
    beaten(heartbeats.SENDING, host="one", lived=300)
    [status] = heartbeats.statuses([heartbeats.SENDING])
    assert not status.missing
    assert [process.host for process in status.silent] == ["one"], "two's successor began later; one's neighbour is older"


@pytest.mark.django_db
def test_versions_are_those_of_processes_that_are_alive():
    beaten(heartbeats.WEB, version="2")
    beaten(heartbeats.BEAT, version="1")
    beaten(heartbeats.BEAT, version="0", silent_for=90)
    assert {version: [process.kind for process in processes] for version, processes in heartbeats.versions().items()} == {
        "2": ["web"], "1": ["beat"],
    }  # fmt: skip


@pytest.mark.django_db
def test_the_last_process_of_each_kind_is_never_forgotten():
    for days in (3, 2):
        beaten(heartbeats.SENDING, silent_for=days * RETENTIONS["HEARTBEATS"].period.total_seconds())
    assert RETENTIONS["HEARTBEATS"].end() == 1
    assert heartbeats.missing([heartbeats.SENDING])[0].since is not None


def write(writer: HeartbeatWriter) -> float:
    """Let the writer write now; the seconds that it kept its loop waiting."""
    writer._due_at = 0.0
    began = time.monotonic()
    writer.beat()
    return time.monotonic() - began


@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_or_restarts_the_connection_never_stops_the_loop():
    writer = HeartbeatWriter([heartbeats.SENDING, heartbeats.UPKEEP], "1")
    while ProcessHeartbeat.objects.count() < 2:
        write(writer)
    connection.close()
    backend = psutil.Process(writer._line.backend_pid)
    first = ProcessHeartbeat.objects.latest("seen_at").seen_at
    backend.suspend()
    try:
        assert max(write(writer) for _ in range(3)) < PATIENCE + 1.0
    finally:
        backend.resume()
    wait = time.monotonic() + 30
    while ProcessHeartbeat.objects.latest("seen_at").seen_at == first and time.monotonic() < wait:
        write(writer)
    assert ProcessHeartbeat.objects.latest("seen_at").seen_at > first
    os.kill(backend.pid, signal.SIGTERM)
    backend.wait(30)
    seen = ProcessHeartbeat.objects.latest("seen_at").seen_at
    while ProcessHeartbeat.objects.latest("seen_at").seen_at == seen and time.monotonic() < wait:
        write(writer)
    writer.stop()
    assert {row.stopped_at is not None for row in ProcessHeartbeat.objects.all()} == {True}
