"""Real processes write heartbeats from the loops that take their work: idle ones do, a deaf worker does not."""

import json
import signal
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from config.processes import process_commands
from publication import heartbeats
from publication.heartbeats_sql import BEAT_SECONDS
from publication.models import ProcessHeartbeat
from tests.support.processes import Processes
from tests.support.waiting import wait_until
from worker.loops.message_consumer import ANSWER_SECONDS

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def lived(kind: str) -> timedelta:
    """The time between the first and the last heartbeat of a kind's only process."""
    row = ProcessHeartbeat.objects.get(kind=kind)
    return row.seen_at - row.started_at


@pytest.mark.soak
def test_idle_processes_are_alive_and_a_deaf_worker_is_missing():
    with Processes("http://127.0.0.1:9") as processes:
        deaf = [part.replace("worker.app", "tests.support.deaf_worker") for part in process_commands.upkeep_worker("deaf")]
        processes.start("deaf", deaf)
        processes.start_sending()
        processes.start_beat()  # its messages are what the deaf worker does not take
        processes.start_web()
        wait_until(lambda: ProcessHeartbeat.objects.count() == len(heartbeats.KINDS), 90, "each process writes a heartbeat")
        silent_after = timedelta(seconds=ANSWER_SECONDS + BEAT_SECONDS + 2)  # two seconds after it was ready it went deaf
        idle = (heartbeats.WEB, heartbeats.SENDING, heartbeats.BEAT)
        wait_until(lambda: min(map(lived, idle)) > silent_after + timedelta(seconds=BEAT_SECONDS), 60, "idle processes go on")
        assert lived(heartbeats.UPKEEP) < silent_after
        wait_until(lambda: answer(processes) == (503, {"status": "failing", "missing": ["upkeep"]}), 30, "monitoring knows")
        processes.running["sending"].send_signal(signal.SIGTERM)
        assert processes.running["sending"].wait(60) == 0
        sending, *_ = heartbeats.missing([heartbeats.SENDING])
        assert sending.stopped, "it was stopped and did not die"
        assert [process.version for process in heartbeats.statuses([heartbeats.BEAT])[0].alive] == list(heartbeats.versions())


def answer(processes: Processes) -> tuple[int, object]:
    try:
        with urlopen(f"http://127.0.0.1:{processes.web_port}/health/processes", timeout=10) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)
