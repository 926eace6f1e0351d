"""How a chaos run settles once the disturbances end, and what it reports if it does not."""

import signal
import time
from typing import Any

from tests.chaos.stage import QUEUES


class Resting:
    """The part of run.Run that waits and reports."""

    company: Any
    stage: Any
    plan: Any
    sandbox: Any
    clocks: Any
    progress: Any
    undo: Any
    say: Any
    look: Any
    refill: Any
    tell: Any
    set_latency: Any
    _execute: Any
    deadline: float
    faults_on: bool

    def at_rest(self) -> bool:
        rows = self._execute(
            "SELECT (SELECT count(*) FROM campaign WHERE state NOT IN ('sent', 'cancelled', 'draft')) "
            "+ (SELECT count(*) FROM slice WHERE state IN ('planned', 'claimed', 'in_flight')), "
            "(SELECT count(*) FROM slice WHERE state IN ('unknown', 'held')), "
            "(SELECT count(*) FROM provider_payload WHERE split_at IS NULL) + (SELECT count(*) FROM event WHERE applied_at IS NULL)"
        )
        open_, uncertain, unapplied = rows[0]
        if self.clocks is not None:
            return not open_ and not uncertain and self.clocks.idle and not self.clocks.counts()[3] and self._released()
        if self.plan.webhooks == "off":
            return not open_
        if open_ or uncertain or unapplied:
            return False
        return bool(self.sandbox.call("GET", "/_sandbox/webhook")["idle"])

    def _released(self) -> bool:
        """Whether the provider keeps no more mail for a later release."""
        assert self.clocks is not None
        if self.sandbox.counts().get("waiting_recipients"):
            self.clocks.advance(self.clocks.release_seconds)
            return False
        return True

    def settle_down(self) -> None:
        """End the disturbances: the large campaign is finished under faults, then the faults end too."""
        for member in self.company.members:
            if member.pid:
                self.company.arm(member, "")
        self.fills, self.calm, self.web_arm = [], True, ""
        for web in self.company.alive("web"):
            self.company.kill(web)  # its next workers may be armed from their start
        calm_since = time.monotonic()
        self.rest_seconds = -1.0
        while time.monotonic() < self.deadline:
            now = self.look(0.1)
            self.refill()
            self.tell()
            planned = self.progress.get("main planned", 0) + self.progress.get("small planned", 0)
            if self.faults_on and self.progress and (not planned or now > self.deadline - self.plan.rest_seconds + 20):
                self.faults_on, self.latency = False, -1.0
                self.set_latency(0.0)
                calm_since = now
            try:
                if not self.faults_on and not self.undo and self.at_rest():
                    self.rest_seconds = now - calm_since
                    return
            except Exception:
                from django.db import connection

                connection.close()
        for line in self.diagnose():
            self.say(f"not at rest: {line}")

    def diagnose(self) -> list[str]:
        """Why the run does not settle, as far as servers and processes show."""
        told = []
        for what, sql in {
            "campaigns": "SELECT id, state, held_reason, held_detail FROM campaign WHERE state NOT IN ('sent', 'cancelled', 'draft')",
            "open slices": "SELECT id, campaign_id, state, not_before - clock_timestamp(), lease_until - clock_timestamp(), worker "
            "FROM slice WHERE state IN ('planned', 'claimed', 'in_flight', 'unknown', 'held') LIMIT 10",
            "uncertain": "SELECT a.id, a.outcome, a.http_status, a.detail, a.gate_at, a.evidence_at, s.proof, (SELECT count(*) FROM attempt n "
            "WHERE n.gate_at BETWEEN a.gate_at - interval '1 minute' AND a.gate_at + interval '1 minute' AND n.evidence_at IS NOT NULL), "
            "(SELECT array_agg(n.id) FROM attempt n WHERE n.gate_at BETWEEN a.gate_at - interval '1 minute' AND a.gate_at + "
            "interval '1 minute' AND n.evidence_at IS NULL AND n.http_status = 202) FROM slice s JOIN attempt a ON "
            "a.id = s.current_attempt_id WHERE s.state IN ('unknown', 'held') LIMIT 5",
            "quarantines": "SELECT verb, at FROM audit WHERE object_kind = 'publication'",
            "send_rate": "SELECT * FROM send_rate",
            "singles": "SELECT id, state, reason FROM test_send WHERE state IN ('planned', 'claimed', 'in_flight') LIMIT 5",
            "connections": "SELECT pid, state, wait_event, clock_timestamp() - state_change, left(query, 60) FROM pg_stat_activity "
            "WHERE datname = 'mailroom' AND state <> 'idle'",
        }.items():
            told.append(f"{what}: {[tuple(map(str, row)) for row in self._execute(sql)]}")
        with self.stage.broker() as client:
            told.append(
                f"messages waiting: { {queue: client.llen(queue) for queue in QUEUES} }, unacked {client.hlen('unacked')}"
            )
        told.append(f"members: {[(m.name, m.pid, m.stopped_until) for m in self.company.members]}")
        told.append(f"processes: {self.company.processes()}")
        for member in self.company.members:
            self.company.signal(member, signal.SIGUSR2)
        time.sleep(1.0)
        return told
