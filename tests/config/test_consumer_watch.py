"""A worker that takes no message although some wait ends, so that its supervisor starts it again; others are left alone."""

import pytest
from redis import Redis

from config.processes import process_commands
from config.processes.consumer_watch import DEAF_LOOKS, EXIT_CODE, ConsumerWatch
from tests.support.processes import Processes
from tests.support.waiting import wait_until


def looks(watch: ConsumerWatch, times: int = DEAF_LOOKS) -> list[bool]:
    return [watch.is_deaf() for _ in range(times)]


def test_messages_that_nobody_takes_show_a_deaf_worker():
    assert looks(ConsumerWatch(lambda: 3)) == [False] * (DEAF_LOOKS - 1) + [True]


def test_an_empty_queue_and_a_broker_that_is_away_show_nothing():
    def away() -> int:
        raise ConnectionError

    assert not any(looks(ConsumerWatch(lambda: 0)))
    assert not any(looks(ConsumerWatch(away)))


def test_a_worker_that_is_busy_or_takes_messages_is_not_deaf():
    watch = ConsumerWatch(lambda: 3)
    watch.began()
    assert not any(looks(watch))
    watch.ended()
    assert not any(looks(watch, DEAF_LOOKS - 1))
    watch.began()
    watch.ended()
    assert looks(watch) == [False] * (DEAF_LOOKS - 1) + [True], "counted again from the last task"


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_deaf_worker_ends_and_its_successor_takes_what_waits():
    with Processes("http://127.0.0.1:9") as processes:
        processes.start_beat()
        command = [
            argument.replace("worker.app", "tests.support.deaf_worker") for argument in process_commands.upkeep_worker("deaf")
        ]
        deaf = processes.start("deaf", command)
        wait_until(lambda: deaf.poll() is not None, 120, "the deaf worker ends")
        assert deaf.returncode == EXIT_CODE
        assert "consumer_deaf" in processes.log("deaf")
        assert waiting(processes) > 0
        processes.start_upkeep()
        wait_until(lambda: waiting(processes) == 0, 60, "its successor takes the messages")


def waiting(processes: Processes) -> int:
    url = processes.environment["MAILROOM_BROKER_URL"].replace("redis+socket", "unix").replace("virtual_host", "db")
    with Redis.from_url(url) as client:
        return sum(int(client.llen(name)) for name in ("singles", "upkeep"))
