"""Compares web servers: requests per second, memory, and answer times while slow clients are connected.

`python -m tests.bench.web_servers --rounds 3 --only ours,gthread-8`; the result is in docs/decisions/web-server.md. A server that
is not installed is left out. To install others, run `pip install --target FOLDER granian uvicorn a2wsgi cheroot gevent gunicorn`
and name the folder with `--path`.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil

from tests.support import servers  # PostgreSQL and Valkey of our own, before Django's settings are read  # isort: skip
import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.db import connection  # noqa: E402

from cli import schema_migrations  # noqa: E402
from config.processes import process_commands  # noqa: E402
from config.processes.child_processes import python  # noqa: E402
from tests.support.processes import ROOT, Processes, wait_until  # noqa: E402
from tests.web.conftest import Signer  # noqa: E402

APPLICATION = "config.wsgi:application"
GUNICORN = ("-m", "gunicorn", APPLICATION, "--graceful-timeout", "20", "--log-level", "warning", "-w", "1")
CANDIDATES: dict[str, Callable[[int], list[str]]] = {
    "ours": lambda port: process_commands.web(f"127.0.0.1:{port}"),
    "waitress": lambda port: python("-m", "waitress", f"--listen=127.0.0.1:{port}", "--threads=8", APPLICATION),
    "gthread-8": lambda port: python(*GUNICORN, "-k", "gthread", "--threads", "8", "-b", f"127.0.0.1:{port}"),
    "gthread-64": lambda port: python(*GUNICORN, "-k", "gthread", "--threads", "64", "-b", f"127.0.0.1:{port}"),
    "gevent": lambda port: python(*GUNICORN, "-k", "gevent", "-b", f"127.0.0.1:{port}"),
    "cheroot": lambda port: python("-m", "cheroot", "--bind", f"127.0.0.1:{port}", "--threads", "8", APPLICATION),
    "granian": lambda port: python(
        "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "8", "--no-log", APPLICATION
    ),
    "uvicorn": lambda port: python(
        "-m", "uvicorn", "--factory", "tests.bench.web_servers_asgi:application", "--port", str(port), "--log-level", "warning"
    ),
}
PATIENCE = 5.0  # seconds after which a call counts as unanswered


class Server:
    """One candidate, running."""

    def __init__(self, name: str, path: str) -> None:
        self.signer = Signer()
        self._processes = Processes("http://127.0.0.1:9", [self.signer.public], PYTHONPATH=path, MAILROOM_LOG_LEVEL="error")
        self.port = self._processes.web_port
        self._process = self._processes.start("web", CANDIDATES[name](self.port))

    def __enter__(self) -> Server:
        wait_until(lambda: self.alive() or self._process.poll() is not None, 20)
        if self._process.poll() is not None:
            raise RuntimeError(self._processes.log("web")[-500:])
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.kill("web")

    def alive(self) -> bool:
        return self.status("GET", "/health/live") == 200

    def webhook(self) -> bool:
        raw = f'[{{"event": "delivered", "sg_event_id": "{time.monotonic_ns()}"}}]'.encode()
        return self.status("POST", "/hooks/sendgrid", raw, self.signer.headers(raw)) == 204

    def status(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
        try:
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as client:
                client.request(method, path, body, headers or {})
                return client.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0

    def memory(self) -> float:
        """Memory of all its processes in MiB; each shared page counts once."""
        root = psutil.Process(self._process.pid)
        return sum(each.memory_full_info().pss for each in [root, *root.children(recursive=True)]) / 2**20

    def processor(self) -> float:
        """Processor time used so far, in seconds."""
        root = psutil.Process(self._process.pid)
        return sum(sum(each.cpu_times()[:2]) for each in [root, *root.children(recursive=True)])

    def connections(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])


def requests_per_second(server: Server, seconds: float, clients: int = 8) -> float:
    """Requests for the page behind a test mail's unsubscribe link, over kept-alive connections if the server supports them."""
    request = b"GET /u/test HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"</html>\n"
    done, deadline = [0] * clients, time.monotonic() + seconds

    def run(number: int) -> None:
        sock = None
        while time.monotonic() < deadline:
            sock = sock or socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
            sock.sendall(request)
            answer = b""
            while not answer.endswith(last):
                piece = sock.recv(65536)
                if not piece:
                    break
                answer += piece
            done[number] += answer.endswith(last)
            if not answer or b"onnection: close" in answer:
                sock = sock.close()
        if sock:
            sock.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began)


@contextlib.contextmanager
def dawdling(server: Server, count: int, *kinds: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.support.slow_clients", str(server.port), str(count), *kinds]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        opened = threading.Thread(target=process.stdout.readline)
        opened.start()
        opened.join(15)  # a server that accepts only some connections leaves the others in its queue
        try:
            yield
        finally:
            process.kill()


def under_attack(server: Server, seconds: float, count: int, *kinds: str) -> dict[str, Any]:
    live: list[float] = []
    hooks: list[bool] = []
    with dawdling(server, count, *kinds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            began = time.monotonic()
            live.append(time.monotonic() - began if server.alive() else PATIENCE)
            if len(live) % 10 == 1:
                hooks.append(server.webhook())
            time.sleep(0.02)
        memory, held = server.memory(), server.connections()
    live.sort()
    return {
        "p50 ms": round(statistics.median(live) * 1000, 1), "p99 ms": round(live[int(len(live) * 0.99)] * 1000, 1),
        "answered": f"{sum(each < PATIENCE for each in live)}/{len(live)}", "webhooks": f"{sum(hooks)}/{len(hooks)}",
        "MiB": round(memory), "connections": held,
    }  # fmt: skip


def measure(name: str, path: str, seconds: float) -> dict[str, Any]:
    with Server(name, path) as server:
        before = server.processor()
        rate = requests_per_second(server, 4)
        # On a machine with other load, processor time is easier to compare than the rate.
        found: dict[str, Any] = {
            "requests/s": round(rate),
            "ms/request": round((server.processor() - before) / rate / 4 * 1000, 2),
        }
        found["MiB"] = round(server.memory())
        found["512 slow"] = under_attack(server, seconds, 512, "headers", "body", "idle")
    with Server(name, path) as server:
        found["256 readers"] = under_attack(server, seconds / 2, 256, "reader")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.web_servers")
    parser.add_argument("--rounds", type=int, default=3, help="each measures every server once (default 3)")
    parser.add_argument("--only", default=",".join(CANDIDATES), help="servers, with commas")
    parser.add_argument("--seconds", type=float, default=15, help="of each attack (default 15)")
    parser.add_argument("--path", default="", help="folder with servers that are not installed here")
    options = parser.parse_args()
    try:
        connection.settings_dict["NAME"] = servers.SERVERS.paths.django_database()["NAME"]
        schema_migrations.migrate()
        for number in range(options.rounds):
            for name in options.only.split(","):
                try:
                    found = measure(name, options.path, options.seconds)
                except RuntimeError as fault:
                    found = {"failed": str(fault)}
                print(json.dumps({"round": number, "server": name, **found}), flush=True)
    finally:
        connection.close()
        servers.pytest_unconfigure()


if __name__ == "__main__":
    main()
