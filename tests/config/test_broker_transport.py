"""A worker keeps its slots when the broker goes away while its tasks run: acknowledging a message needs no broker."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kombu import Connection, Consumer, Message, Producer, Queue
from kombu.log import get_logger

from config.embedded.server_binaries import valkey_binary
from tests.support.waiting import wait_until
from worker.app import app

QUEUE = Queue("broker-transport-test")
SLOTS = 4


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """To a broker of its own, whose process is `connection.broker`."""
    socket = tmp_path / "broker.sock"
    command = [valkey_binary(), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", tmp_path]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as broker,
        Connection(f"redis+socket://{socket}", transport_options=app.conf.broker_transport_options) as connection,
    ):
        wait_until(socket.exists, 20, "the broker listens")
        connection.broker = broker  # type: ignore[attr-defined]
        yield connection
        broker.kill()


def taken(connection: Connection, free_slots: int = 0) -> list[Message]:
    """The messages of the slots that are in use, not acknowledged. Where a slot is free, the worker waits for the next message
    when the broker is killed."""
    messages: list[Message] = []
    producer = Producer(connection)
    for number in range(SLOTS):
        producer.publish(number, routing_key=QUEUE.name, declare=[QUEUE], exchange="")
    consumer = Consumer(connection, [QUEUE], callbacks=[lambda _body, message: messages.append(message)], accept=["json"])
    consumer.qos(prefetch_count=SLOTS + free_slots)
    consumer.consume()
    while len(messages) < SLOTS:
        connection.drain_events(timeout=10)
    if free_slots:
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.1)
    assert messages[0].channel.qos.can_consume() == bool(free_slots)
    connection.broker.kill()  # type: ignore[attr-defined]
    connection.broker.wait()  # type: ignore[attr-defined]
    return messages


def acknowledge(message: Message, connection: Connection) -> None:
    """As Celery does when the task of this message has ended."""
    message.ack_log_error(get_logger(__name__), connection.connection_errors)


def test_a_task_that_ends_while_the_broker_is_away_frees_its_slot(connection):
    message, *_ = taken(connection)
    acknowledge(message, connection)
    assert message.channel.qos.can_consume(), "or this worker never takes a message again"


def test_a_task_that_ends_after_the_connection_was_given_up_does_not_end_the_worker(connection, capfd):
    message, *_ = taken(connection, free_slots=1)
    with suppress(*connection.connection_errors):  # as the consumer does before it connects again
        connection.collect(socket_timeout=1)
    connection.close()
    acknowledge(message, connection)
    assert message.acknowledged
    assert capfd.readouterr().err == ""
