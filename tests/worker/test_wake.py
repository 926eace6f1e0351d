"""Wake-up calls when the broker does not answer."""

import socket

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from worker import wake


@pytest.fixture
def silent_broker(monkeypatch):
    """A listener that accepts connections and sends nothing; the fixture returns how often somebody connected."""
    calls = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.setblocking(False)
        app = Celery("silent", broker=f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        app.conf.broker_transport_options = {"socket_timeout": 0.1, "socket_connect_timeout": 0.1}
        monkeypatch.setattr(wake, "app", app)
        monkeypatch.setattr(wake, "_pause_until", 0.0)

        def connections() -> int:
            try:
                while True:
                    calls.append(listener.accept()[0])
            except BlockingIOError:
                return len(calls)

        yield connections
        app.close()
    for call in calls:
        call.close()


@pytest.mark.soak  # Redis' own client tries for six seconds before it gives up
def test_silent_broker_is_tried_once_and_then_paused(silent_broker):
    assert not wake.wake("apply_events")
    tried = silent_broker()
    assert tried
    assert not any(wake.wake("apply_events") for _ in range(100))
    assert silent_broker() == tried, "nobody waits for the broker"


def test_one_caller_tries_while_the_broker_is_down_and_others_do_not_wait(monkeypatch):
    tries: list[str] = []

    def refuse(name: str, **_: object) -> None:
        tries.append(name)
        assert not wake.wake("send_due"), "a caller does not try while another one does"
        raise OperationalError

    monkeypatch.setattr(wake, "_pause_until", 0.001)  # it was down, and the pause is over
    monkeypatch.setattr(wake.app, "send_task", refuse)
    assert not any(wake.wake("apply_events") for _ in range(100))
    assert tries == ["worker.tasks.apply_events"]


def test_broker_that_is_back_gets_every_call(monkeypatch):
    monkeypatch.setattr(wake, "_pause_until", 0.001)  # it was down, and the pause is over
    assert wake.wake("apply_events", times=2)
    assert wake.wake("apply_events")
    assert wake._pause_until == 0.0
