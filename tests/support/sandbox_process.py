"""The sandbox as a real process, for tests that need a provider: starts it, controls it, reads its ledger."""

import http.client
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import orjson

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


class SandboxProcess:
    """Runs `python -m sandbox` with the given arguments. A context manager; `stop()` ends it with SIGTERM.

    Clients use `url` as the address of SendGrid. `public_key` verifies the signatures of the webhook.
    """

    def __init__(self, *arguments: str, wait: float = 60.0) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        first = self._next_line(wait)
        if "listening on " not in first:
            self._process.wait(5)
            problem = self._process.stderr.read() if self._process.stderr else ""
            self._close_pipes()
            raise RuntimeError(f"the sandbox did not start: {problem}")
        self.url = first.rpartition(" ")[2]
        self.public_key = self._next_line(wait).rpartition(" ")[2]
        self.pid = self._process.pid
        parts = urlsplit(self.url)
        self.host, self.port = parts.hostname or "", parts.port or 0

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
        self._lines.put(None)

    def _next_line(self, wait: float) -> str:
        try:
            return self._lines.get(timeout=wait) or ""
        except queue.Empty:
            self.kill()
            raise RuntimeError(f"the sandbox said nothing within {wait} s") from None

    def _close_pipes(self) -> None:
        self._reader.join(5)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, wait: float = 60.0) -> int:
        """Send SIGTERM; returns the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(wait)
        self._close_pipes()
        return code

    def kill(self) -> None:
        """Send SIGKILL, as in a crash."""
        self._process.kill()
        self._process.wait(60)
        self._close_pipes()

    def call(self, method: str, path: str, content: Any = None, key: str = "", timeout: float = 90.0) -> Any:
        """Send a request to a control URL, or with `key` to the API; returns the parsed answer. RuntimeError unless it is 2xx."""
        line = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = None if content is None else orjson.dumps(content)
        try:
            line.request(method, path, body, {**headers, "Content-Type": "application/json"})
            answer = line.getresponse()
            data = answer.read()
        finally:
            line.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data.decode()}")
        return orjson.loads(data) if data else None

    def faults(self, *rules: str, replace: bool = True) -> None:
        """Set these fault rules instead of the old ones, or add them with `replace=False`. Without rules there are no faults."""
        self.call("POST", "/_sandbox/faults", {"faults": list(rules), "replace": replace})

    def counts(self, by: str = "mr_d") -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/_sandbox/counts?by={quote(by)}")
        return found

    def ledger(self) -> list[dict[str, Any]]:
        """Every accepted recipient."""
        return self._pages("/_sandbox/ledger", "entries")

    def requests(self) -> list[dict[str, Any]]:
        """Every numbered request, with its answer, its fault and whether it was really accepted."""
        return self._pages("/_sandbox/requests", "requests")

    def _pages(self, path: str, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"{path}?since={len(rows)}&limit=10000")
            rows += page[name]
            if page["end"]:
                return rows

    def messages(self, to: str = "", arg: str = "", whole: bool = True) -> list[dict[str, Any]]:
        """Messages to addresses that contain `to`, newest first; with `whole` also their headers, HTML and text."""
        query = urlencode({"to": to, "arg": arg, "limit": 1000})
        lines: list[dict[str, Any]] = self.call("GET", f"/_sandbox/messages?{query}")["messages"]
        return [self.call("GET", f"/_sandbox/messages/{line['id']}") for line in lines] if whole else lines

    def webhook(self, **settings: Any) -> dict[str, Any]:
        """Change settings of the event webhook; returns its state."""
        found: dict[str, Any] = self.call("POST", "/_sandbox/webhook", settings)
        return found

    def readers(self, **settings: Any) -> dict[str, Any]:
        """Change settings of the readers; returns their state."""
        found: dict[str, Any] = self.call("POST", "/_sandbox/readers", settings)
        return found

    def wait_for_readers(self, timeout: float = 60.0) -> dict[str, Any]:
        """Wait until every visit that is due has been made; returns the readers' state."""
        state: dict[str, Any] = self.call("GET", f"/_sandbox/readers?wait={timeout}", timeout=timeout + 10)
        if not state["idle"]:
            raise TimeoutError(f"visits not made within {timeout} s: {state}")
        return state

    def account(self, **settings: Any) -> None:
        self.call("POST", "/_sandbox/account", settings)

    def advance_clock(self, seconds: float) -> None:
        """Move the clock and wait until everything due has happened. Events may be posted later (`wait_for_events`)."""
        self.call("POST", "/_sandbox/clock", {"advance": seconds})

    def emit(self, *events: Any) -> None:
        """Post these events as they are, signed."""
        self.call("POST", "/_sandbox/events", list(events))

    def wait_for_events(self, timeout: float = 60.0) -> dict[str, Any]:
        """Wait until every event so far is delivered; returns the webhook's state. Raises TimeoutError, which names the state."""
        state: dict[str, Any] = self.call("GET", f"/_sandbox/webhook?wait={timeout}", timeout=timeout + 10)
        if not state["idle"]:
            raise TimeoutError(f"events not delivered within {timeout} s: {state}")
        return state

    def wait_for_mail(self) -> None:
        """Wait until all mail so far has reached its outcome, even if the events are not posted yet."""
        wait_until(lambda: self.call("GET", "/_sandbox/webhook")["pending_stages"] == 0, what="mail on its way")

    def reset(self) -> None:
        self.call("POST", "/_sandbox/reset")

    def listens(self) -> bool:
        """Whether it accepts connections; false during a `refuse` fault."""
        try:
            self.call("GET", "/_sandbox/clock")
        except OSError:
            return False
        return True

    def wait_until_up(self) -> None:
        """Wait until it listens again after a `refuse` fault."""
        wait_until(self.listens, what="the sandbox listens again", pause=0.02)
