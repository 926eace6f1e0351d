"""What is watched while a chaos run goes on, on a connection of its own: write-ahead as requests arrive, and the balance."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg

from tests.chaos.judging import attempt_of
from tests.chaos.stage import Stage
from tests.sandbox_process import SandboxProcess

CONSERVED = """
    SELECT c.id FROM campaign c WHERE c.recipients IS NOT NULL AND c.recipients <>
    (SELECT count(*) FROM delivery_state v WHERE v.campaign_id = c.id)
"""


class Watch(threading.Thread):
    """Looks every second until `end`; `missing` and `unbalanced` count what must not be."""

    def __init__(self, stage: Stage, sandbox: SandboxProcess) -> None:
        super().__init__(daemon=True, name="watch")
        self.stage, self.sandbox = stage, sandbox
        self.seen = self.missing = self.unbalanced = self.balances_taken = self.looked_up = 0
        self.database_away = 0
        self._over = threading.Event()
        self._database: psycopg.Connection[Any] | None = None

    def end(self) -> None:
        self._over.set()
        self.join(20)
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
                pass  # the sandbox is busy or refuses connections for a moment: looked at again

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
