"""The web server as the product starts it: with slow clients, a blocked console, and a shutdown; and behind nginx."""

import contextlib
import http.client
import json
import shutil
import signal
import socket
import ssl
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction

from campaigns.models import ProviderPayload
from config import web_pools
from subscribers import tokens
from subscribers.models import Subscription
from tests.support import people
from tests.support.nginx import NGINX, Nginx
from tests.support.processes import Processes, wait_until
from tests.support.slow_clients import BODY, HEADERS, SILENT, slow_clients
from tests.web.conftest import Signer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(180)]

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Caller:
    """Calls the web server at `port`, each time on a new connection, with TLS if there is a context."""

    def __init__(self, port: int, signer: Signer, context: ssl.SSLContext | None = None) -> None:
        self._port, self._signer, self._context = port, signer, context

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        return http.client.HTTPSConnection("127.0.0.1", self._port, timeout=10, context=self._context)

    def ask(self, method: str, path: str, body=None, headers=None) -> int:
        with contextlib.closing(self._connection()) as client:
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


@pytest.mark.soak
def test_webhook_and_unsubscribe_work_despite_slow_clients_and_a_blocked_console_until_shutdown(processes, signer):
    campaign = people.make_campaign(1)
    (subscription,) = Subscription.objects.filter(list__slug="news")
    link = f"/u/{tokens.unsubscribe_token(subscription.subscriber_id, campaign.pk)}"
    caller = Caller(processes.web_port, signer)
    slow = {SILENT: 64, HEADERS: 4, BODY: 4}
    with _locked("django_session") as waiting, slow_clients(processes.web_port, slow):
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


@pytest.mark.soak
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed: there is no certificate for nginx")
def test_behind_nginx_512_slow_clients_delay_no_unsubscribe(processes, signer, tmp_path):
    campaign = people.make_campaign(600)  # more links than the 40 s below have time for
    ids = list(Subscription.objects.filter(list__slug="news").values_list("subscriber_id", flat=True))
    links = iter([f"/u/{tokens.unsubscribe_token(subscriber, campaign.pk)}" for subscriber in ids])
    times: list[float] = []
    with Nginx(tmp_path, processes.web_port) as nginx:
        caller = Caller(nginx.port, signer, nginx.context)
        assert caller.ask("POST", next(links), ONE_CLICK, FORM) == 200  # a process loads its pages at its first request
        for slow in ({SILENT: 512}, {HEADERS: 256, BODY: 256}):
            with slow_clients(nginx.port, slow, nginx.context) as clients:
                first, deadline = len(times), time.monotonic() + 20
                while time.monotonic() < deadline:
                    began = time.monotonic()
                    assert caller.ask("POST", next(links), ONE_CLICK, FORM) == 200
                    times.append(time.monotonic() - began)
                    assert caller.webhook() == 204
                    assert caller.live() == 200
                    time.sleep(0.1)  # the interval between calls, not a wait for a result
                drops = sum(client.drops for client in clients)
            measured = times[first:]
            print(
                f"{len(measured)} calls: median {statistics.median(measured):.3f} s, longest {max(measured):.3f} s, {drops} drops"
            )
    assert max(times) < 1.0
    assert Subscription.objects.filter(state="unsubscribed").count() == 1 + len(times)
    assert ProviderPayload.objects.count() == len(times)
