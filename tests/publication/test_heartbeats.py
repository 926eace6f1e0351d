"""Which processes are alive, and since when a kind is missing; a heartbeat never waits for the database."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from publication import heartbeats
from publication.heartbeat_writer_sql import BEAT_SECONDS, HeartbeatWriter
from publication.models import ProcessHeartbeat
from tests.support.servers import SERVERS

pytestmark = pytest.mark.django_db(transaction=True)


def beaten(kind: str, version: str = "1", host: str = "one", silent_for: float = 0, stopped: bool = False) -> None:
    """A process that wrote its last heartbeat so many seconds ago."""
    writer = HeartbeatWriter([kind], version)
    writer._values = (writer.instance, host, *writer._values[2:])
    wait_for(writer)
    if stopped:
        writer.stop()
    rows = ProcessHeartbeat.objects.filter(instance=writer.instance)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE process_heartbeat SET started_at = started_at - interval '1 s' * %s - interval '1 s', "
            "seen_at = seen_at - interval '1 s' * %s WHERE instance = %s",
            [silent_for, silent_for, writer.instance],
        )
    assert rows.count() == 1


def wait_for(writer: HeartbeatWriter) -> None:
    """Call as the loop of a process does, until its heartbeat is written."""
    until = time.monotonic() + 30
    while not ProcessHeartbeat.objects.filter(instance=writer.instance).exists():
        writer._due_at = 0
        writer.beat()
        assert time.monotonic() < until


def test_x():
    t=time.monotonic(); beaten("web"); print(time.monotonic()-t)
    print(heartbeats.statuses())
