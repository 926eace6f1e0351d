"""A worker that takes no message although some wait ends, so that its supervisor starts it again; others are left alone."""

from __future__ import annotations

import time

import pytest

from config.processes import consumer_watch, process_commands
from config.processes.consumer_watch import DEAF_SECONDS, EXIT_CODE, ConsumerWatch
from tests.support.processes import Processes
from tests.support.waiting import wait_until


@pytest.fixture
def now(monkeypatch):
    """The time that the watch sees; change it by item assignment."""
    seen = [1000.0]
    monkeypatch.setattr(consumer_watch.time, "monotonic", lambda: seen[0])
    return seen


def after_a_while(watch: ConsumerWatch, now: list[float]) -> bool:
    watch.is_deaf()
    now[0] += DEAF_SECONDS
    return watch.is_deaf()


def test_messages_that_nobody_takes_show_a_deaf_worker(now):
    watch = ConsumerWatch(lambda: 3)
    assert not watch.is_deaf()
    now[0] += DEAF_SECONDS - 1
    assert not watch.is_deaf()
    now[0] += 1
    assert watch.is_deaf()


def test_an_empty_queue_and_a_broker_that_is_away_show_nothing(now):
    def away() -> int:
        raise ConnectionError

    assert not after_a_while(ConsumerWatch(lambda: 0), now)
    assert not after_a_while(ConsumerWatch(away), now)


def test_a_worker_that_is_busy_or_takes_messages_is_not_deaf(now):
    watch = ConsumerWatch(lambda: 3)
    watch.began()
    assert not after_a_while(watch, now)
    watch.is_deaf()
    watch.ended()
    assert not watch.is_deaf(), "the time counts from the end of the last task"
    assert after_a_while(watch, now)


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_deaf_worker_ends_and_its_successor_takes_what_waits():
    with Processes("http://127.0.0.1:9") as processes:
        processes.start_beat()
        command = [each.replace("worker.app", "tests.support.deaf_worker") for each in process_commands.upkeep_worker("deaf")]
        deaf = processes.start("deaf", command)
        began = time.monotonic()
        wait_until(lambda: deaf.poll() is not None, 90, "the deaf worker ends")
        assert deaf.returncode == EXIT_CODE
        assert time.monotonic() - began > DEAF_SECONDS
        assert "consumer_deaf" in processes.log("deaf")
        processes.start_upkeep()
        wait_until(lambda: not waiting(processes), 60, "its successor takes the messages")


def waiting(processes: Processes) -> int:
    from redis import Redis

    client = Redis.from_url(
        processes.environment["MAILROOM_BROKER_URL"].replace("redis+socket", "unix").replace("virtual_host", "db")
    )
    return sum(int(client.llen(name)) for name in ("singles", "upkeep"))
