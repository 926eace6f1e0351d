"""Checks during a chaos run, on a connection of its own: attempts are committed before requests arrive; balances add up."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg

from tests.chaos.judging import attempt_of
from tests.chaos.stage import Stage
from tests.support.sandbox_process import SandboxProcess

CONSERVED = """
    SELECT c.id FROM campaign c WHERE c.recipients IS NOT NULL AND c.recipients <>
    (SELECT count(*) FROM delivery_state v WHERE v.campaign_id = c.id)
"""


class Receipts(ThreadingHTTPServer):
    """The sandbox reports each request here while the request waits for its answer; checks that its attempt is committed."""

    daemon_threads = True

    def __init__(self, stage: Stage) -> None:
        super().__init__(("127.0.0.1", 0), _Receipt)
        self.stage = stage
        self.looked_up = self.missing = self.not_looked_up = 0
        self._lock = threading.Lock()
        self._database: psycopg.Connection[Any] | None = None
        threading.Thread(target=self.serve_forever, daemon=True, name="receipts").start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def committed(self, attempt: int) -> bool | None:
        """Whether another connection sees the attempt now; None if the database is down."""
        with self._lock:
            try:
                if self._database is None:
                    self._database = self.stage.connect()
                rows = self._database.execute(
                    "SELECT 1 FROM attempt WHERE id = %s AND COALESCE(outcome, 'open') IN ('open', 'accepted', 'unknown')",
                    [attempt],
                ).fetchall()
            except psycopg.Error:
                if self._database is not None:
                    self._database.close()
                self._database = None
                self.not_looked_up += 1
                return None
            self.looked_up += 1
            self.missing += not rows
            return bool(rows)

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        if self._database is not None:
            self._database.close()


class _Receipt(BaseHTTPRequestHandler):
    server: Receipts

    def do_POST(self) -> None:
        receipt = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        attempt = attempt_of(receipt.get("attempt") or "")
        verdict = json.dumps({"committed": None if attempt is None else self.server.committed(attempt)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(verdict)))
        self.end_headers()
        self.wfile.write(verdict)

    def log_message(self, *_: Any) -> None:
        """Log nothing: a line per request would bury the run's own lines."""


class Watch(threading.Thread):
    """Checks every second until `end`; `missing` and `unbalanced` count what must not happen."""

    def __init__(self, stage: Stage, sandbox: SandboxProcess, every: int = 1) -> None:
        super().__init__(daemon=True, name="watch")
        self.receipts = Receipts(stage)
        sandbox.call("POST", "/_sandbox/receipts", {"url": self.receipts.url, "every": every})
        self.stage, self.sandbox = stage, sandbox
        self.seen = self.missing = self.unbalanced = self.balances_taken = self.looked_up = 0
        self.database_away = 0
        self._over = threading.Event()
        self._database: psycopg.Connection[Any] | None = None

    def end(self) -> None:
        self._over.set()
        self.join(20)
        self.sandbox.call("POST", "/_sandbox/receipts", {"url": ""})
        self.receipts.end()
        self.missing += self.receipts.missing
        if self._database is not None:
            self._database.close()

    def run(self) -> None:
        next_balance = 0.0
        while not self._over.wait(1.0):
            try:
                if self._database is None:
                    self._database = self.stage.connect()
                self._look_at_requests(self._database)
                if time.monotonic() > next_balance:
                    self.unbalanced += len(self._database.execute(CONSERVED).fetchall())
                    self.balances_taken += 1
                    next_balance = time.monotonic() + 10
            except psycopg.Error:
                self.database_away += 1
                if self._database is not None:
                    self._database.close()
                self._database = None
            except (OSError, RuntimeError):
                pass  # the sandbox is busy or refuses connections for a moment: the next check tries again

    def _look_at_requests(self, database: psycopg.Connection[Any]) -> None:
        page = self.sandbox.call("GET", f"/_sandbox/requests?since={self.seen}&limit=2000", timeout=10)
        named = []
        for request in page["requests"]:
            arguments = request.get("attempt")
            token = arguments.get("mr_a", "") if isinstance(arguments, dict) else (arguments or "")
            if (attempt := attempt_of(token)) is not None:
                named.append(attempt)
        if named:
            rows = database.execute("SELECT id FROM attempt WHERE id = ANY(%s)", [named]).fetchall()
            self.missing += len(set(named)) - len(rows)
            self.looked_up += len(named)
        self.seen += len(page["requests"])
