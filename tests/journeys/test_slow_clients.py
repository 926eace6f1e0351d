"""The web server as the product starts it: with slow clients, a blocked console, and a shutdown."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from django.db import connection, transaction

from campaigns.models import ProviderPayload
from config import web_pools
from subscribers import tokens
from subscribers.models import Subscription
from tests.support import people
from tests.support.processes import ROOT, Processes, wait_until
from tests.web.conftest import Signer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(180)]

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Caller:
    """Calls the web server of `processes`, each time on a new connection."""

    def __init__(self, processes: Processes, signer: Signer) -> None:
        self.port, self._signer = processes.web_port, signer

    def ask(self, method: str, path: str, body=None, headers=None, *, timeout: float = 10) -> int:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as client:
            client.request(
                method, path, body, headers or {}, encode_chunked=headers is not None and "Transfer-Encoding" in headers
            )
            answer = client.getresponse()
            answer.read()
            return answer.status

    def webhook(self, *, chunked: bool = False) -> int:
        raw = json.dumps(
            [{"event": "delivered", "sg_event_id": str(time.monotonic_ns()), "timestamp": int(time.time())}] * 50
        ).encode()
        signed = self._signer.headers(raw)
        if chunked:
            return self.ask("POST", "/hooks/sendgrid", iter([raw[:9], raw[9:]]), {**signed, "Transfer-Encoding": "chunked"})
        return self.ask("POST", "/hooks/sendgrid", raw, signed)

    def live(self) -> int:
        return self.ask("GET", "/health/live")


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def processes(signer) -> Iterator[Processes]:
    with Processes("http://127.0.0.1:9", [signer.public]) as running:
        running.start_web()
        yield running


def test_webhook_and_unsubscribe_work_despite_slow_clients_and_a_blocked_console_until_shutdown(processes, signer):
    campaign = people.make_campaign(1)
    (subscription,) = Subscription.objects.filter(list__slug="news")
    link = f"/u/{tokens.unsubscribe_token(subscription.subscriber_id, campaign.pk)}"
    caller = Caller(processes, signer)
    with _locked("django_session") as waiting, slow_clients(processes.web_port, 64):
        visitors = []
        for _ in range(12):
            visitors.append(socket.create_connection(("127.0.0.1", processes.web_port)))
            visitors[-1].sendall(b"GET /console/ HTTP/1.1\r\nHost: localhost\r\nCookie: mailroom=" + b"a" * 32 + b"\r\n\r\n")
        wait_until(lambda: waiting() >= web_pools.CONSOLE.threads, what="every thread of the console waits")
        assert caller.live() == 200
        assert caller.ask("GET", "/health") in (200, 503)  # other tests may have no broker of their own
        assert caller.webhook() == 204
        assert caller.webhook(chunked=True) == 204
        assert caller.ask("POST", link, ONE_CLICK, FORM) == 200
        assert waiting() == web_pools.CONSOLE.threads
    assert visitors[0].recv(100).startswith(b"HTTP/1.1 302 ")
    assert Subscription.objects.get(pk=subscription.pk).state == "unsubscribed"
    assert ProviderPayload.objects.count() == 2
    for visitor in visitors:
        visitor.close()
    answers: list[int] = []
    with _locked(ProviderPayload._meta.db_table) as waiting:
        posting = threading.Thread(target=lambda: answers.append(caller.webhook()))
        posting.start()
        wait_until(waiting, what="a webhook waits for the lock")
        processes.running["web"].send_signal(signal.SIGTERM)
        wait_until(lambda: _refused(caller), what="nobody is accepted any more")
        assert not processes.died("web")
    posting.join(30)
    assert answers == [204]
    assert ProviderPayload.objects.count() == 3
    assert processes.running["web"].wait(30) == 0
    assert "Traceback" not in processes.log("web")


@contextlib.contextmanager
def _locked(table: str) -> Iterator[Callable[[], int]]:
    """Lock the table for all readers; yields a function that counts the sessions that wait for it."""

    def waiting() -> int:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return int(cursor.fetchone()[0])

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield waiting


def _refused(caller: Caller) -> bool:
    try:
        caller.live()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


@contextlib.contextmanager
def slow_clients(port: int, count: int, *kinds: str) -> Iterator[dict[str, int]]:
    """Keep `count` slow connections open; the yielded dictionary is filled at the end: how often each kind was dropped."""
    dropped: dict[str, int] = {}
    command = [sys.executable, "-m", "tests.support.slow_clients", str(port), str(count), *kinds]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield dropped
        told, _ = process.communicate(timeout=30)
        dropped.update(json.loads(told))


@pytest.mark.soak
def test_512_slow_clients_do_not_block_health_webhook_and_unsubscribe(processes, signer):
    campaign = people.make_campaign(600)  # one link for each of the 60 s / 0.1 s rounds below
    ids = list(Subscription.objects.filter(list__slug="news").values_list("subscriber_id", flat=True))
    links = iter([f"/u/{tokens.unsubscribe_token(each, campaign.pk)}" for each in ids])
    caller, web = Caller(processes, signer), psutil.Process(processes.running["web"].pid)
    took: dict[str, list[float]] = {"live": [], "webhook": [], "one-click": []}
    memory = [web.memory_info().rss]
    with slow_clients(processes.web_port, 512) as dropped:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for _ in range(5):
                took["live"].append(_timed(lambda: caller.live() == 200))
            took["webhook"].append(_timed(lambda: caller.webhook() == 204))
            took["one-click"].append(_timed(lambda: caller.ask("POST", next(links), ONE_CLICK, FORM) == 200))
            memory.append(web.memory_info().rss)
            time.sleep(0.1)  # the interval between calls, not a wait for a result
    told = {
        name: f"{len(each)}: p50 {statistics.median(each) * 1000:.1f} ms, p99 {_p99(each) * 1000:.1f} ms"
        for name, each in took.items()
    }
    print(told, f"memory {memory[0] / 2**20:.0f} MiB, then at most {max(memory) / 2**20:.0f} MiB", f"dropped {dropped}")
    assert ProviderPayload.objects.count() == len(took["webhook"])
    assert Subscription.objects.filter(state="unsubscribed").count() == len(took["one-click"])
    assert max(memory) - memory[0] < 100 * 2**20
    assert _p99(took["live"]) < 0.5, told
    assert min(dropped.values()) > 512 / 3 * 0.8, "nearly every slow connection was dropped"


def _timed(call) -> float:
    began = time.monotonic()
    assert call()
    return time.monotonic() - began


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
