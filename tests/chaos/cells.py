"""Small fast runs in which each seeded bug does harm, so that the verdict must show it. Without the bug they are clean.

`catch("all", …)` runs each in a process of its own, first without the bug in the same circumstances.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.company import Member
from tests.chaos.plan import Plan
from tests.chaos.run import Run

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 3


class Cell(Run):
    """A run that follows a script instead of random choices; nothing else kills processes."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.circumstances = CELLS[self.plan.cell]
        self.faults_on = False

    def prepare(self) -> None:
        super().prepare()
        self.attempt_size = self.plan.attempt_size
        # Everybody gets the same variant, so that ten people are one slice: the scripts decide what happens to each slice.
        self._execute("UPDATE subscriber SET language = 'zh-CN'")

    def go(self) -> None:
        from tests.chaos import cast

        self.sandbox.faults()
        self.company.upkeep("upkeep")
        self.company.beat("beat")
        if self.plan.webhooks != "off":
            self.company.web(self.web_port)
        self.launch = lambda: cast.send(self.main)
        self.circumstances.script(self)
        self.rest_seconds = 0.0
        began = time.monotonic()
        while time.monotonic() < began + self.circumstances.patience and not self._rests():
            self.turn()
        # The system has settled and must stay so: a late message or event finds nothing to do.
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            self.turn()
        for member in self.company.members:
            self.company.kill(member)

    def _rests(self) -> bool:
        open_ = self._execute(
            "SELECT (SELECT count(*) FROM slice WHERE state IN ('planned', 'claimed', 'in_flight')) + (SELECT count(*) FROM campaign "
            "WHERE state IN ('scheduled', 'filling', 'sending', 'held'))"
        )[0][0]
        return not open_ and (self.plan.webhooks == "off" or self.at_rest())

    # -- building blocks of the scripts

    def turn(self) -> None:
        for death in self.company.news(0.05):
            self.note(death)
        self.note_points()

    def wait(self, condition: Callable[[], object], seconds: float = 20.0) -> bool:
        """Whether the condition became true within that time."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                return False
            self.turn()
        return True

    def worker(self, name: str, arm: str = "", slots: int = 1) -> Member:
        member = self.company.sending(name, slots)
        self.wait(lambda: member.pid)
        if arm:
            self.company.arm(member, arm)
            member.armed = arm
        return member

    def refill(self) -> None:
        """Do not start dead processes again."""

    def stopped_at(self, member: Member, point: str) -> None:
        member.stopped_until = time.monotonic() + 3600
        self.hits[f"{point}:stop"] += 1

    def wake(self, member: Member) -> None:
        member.armed = ""
        member.stopped_until = time.monotonic() - 1

    def states(self) -> dict[str, int]:
        return dict(self._execute("SELECT state, count(*) FROM slice WHERE state <> 'split' GROUP BY 1"))

    def expire(self) -> None:
        """End the leases of dead or stopped processes at once, which saves a minute."""
        self._execute(
            "UPDATE slice SET lease_until = clock_timestamp() - interval '1 second' WHERE state IN ('claimed', 'in_flight') "
            "AND lease_until IS NOT NULL"
        )

    def resend(self) -> None:
        """Resend all uncertain slices, as an operator would decide."""
        from campaigns.recovery import uncertain_slices
        from publication import audit

        slices = [row[0] for row in self._execute("SELECT id FROM slice WHERE state IN ('unknown', 'held')")]
        uncertain_slices.decide(audit.system(), slices, "resend", "chaos", force=True)


@dataclass(frozen=True)
class Circumstances:
    """A cell: its script, its plan, and the numbers of the verdict that must show the bug."""

    script: Callable[[Cell], None]
    told_by: tuple[str, ...]
    n: int = 60
    webhooks: str = "off"
    patience: float = 20.0
    unknown_allowed: int = 60


def _killed_at(*points: str) -> Callable[[Cell], None]:
    """Workers die at these points, one after the other; the last worker finishes."""

    def script(cell: Cell) -> None:
        cell.launch()
        for number, point in enumerate(points):
            chosen = cell.random.choice(point.split("|"))
            member = cell.worker(f"sending{number}", f"{chosen}:{cell.random.randint(1, 2)}")
            cell.wait(lambda m=member: m.pid == 0, 8)
            cell.expire()
        cell.worker("last")

    return script


def _answered_badly(cell: Cell) -> None:
    fault = "500-after|close-after|reset-after|502-after|partial-head-after"
    cell.sandbox.faults(f"{cell.random.randint(1, 2)}: {cell.random.choice(fault.split('|'))}")
    cell.launch()
    cell.worker("sending")


def _late_events(cell: Cell) -> None:
    from publication import audit, profile

    profile.change_profile(audit.system(), policies={"settle": "resend", "settle_after": "0.1"})
    cell.sandbox.webhook(delay=14.0)
    cell.sandbox.faults(f"{cell.random.randint(2, 4)}: 500-after")
    cell.launch()
    cell.worker("sending")
    cell.wait(lambda: cell.states().get("unknown"))
    # Wait for the events. Slices that the policy settles before are settled without evidence.
    cell.wait(lambda: cell._execute("SELECT count(*) FROM event WHERE applied_at IS NOT NULL")[0][0], 30)


def _late_refusal(cell: Cell) -> None:
    """The first attempt's 429 is recorded after the second, whose outcome is not known."""
    cell.sandbox.faults("1: 429", "2: 500-after")
    cell.launch()
    slow = cell.worker("slow", "answered:1:stop")
    assert cell.wait(lambda: cell.hits["answered:stop"])
    cell.expire()
    assert cell.wait(lambda: cell.states().get("unknown"))
    cell.resend()
    cell.worker("quick")
    assert cell.wait(lambda: cell._execute("SELECT count(*) FROM attempt WHERE outcome = 'unknown' AND http_status = 500")[0][0])
    cell.wake(slow)
    cell.wait(lambda: False, 3)


def _undone(cell: Cell) -> None:
    """The second attempt's 429 is recorded after an event has proved the first."""
    # A `delivered` would give each person a state of their own, which keeps them out of every later body.
    cell.sandbox.webhook(drop=1.0)
    cell.sandbox.faults("1: 500-after", "2: 429")
    cell.launch()
    worker = cell.worker("sending")
    assert cell.wait(lambda: cell.states().get("unknown"))
    cell.company.arm(worker, "answered:1:stop")
    worker.armed = "answered:1:stop"
    cell.wait(lambda: False, 0.5)
    cell.resend()
    assert cell.wait(lambda: cell.hits["answered:stop"])
    entry = cell.random.choice(cell.sandbox.ledger())
    cell.sandbox.emit(
        {"event": "processed", "email": entry["address"], "timestamp": int(time.time()), "sg_event_id": "processed-only",
         "sg_message_id": f"{entry['id']}.0", **entry["custom_args"]}
    )  # fmt: skip
    assert cell.wait(lambda: cell.states().get("accepted")), cell.states()
    cell.wake(worker)
    cell.wait(lambda: False, 1)
    cell._execute("UPDATE slice SET not_before = NULL")


def _leaving(cell: Cell) -> None:
    """Recipients unsubscribe between claim and gate, seconds before the gate."""
    cell.launch()
    worker = cell.worker("sending", f"claim_committed:{cell.random.randint(1, 3)}:stop")
    assert cell.wait(lambda: cell.hits["claim_committed:stop"])
    cell._leave_claimed()
    cell.wait(lambda: False, 3.0)
    cell.wake(worker)


def _left_behind(cell: Cell) -> None:
    """A worker dies with a claimed slice while another worker is further on."""
    cell.launch()
    dying = cell.worker("dying", f"claim_committed:{cell.random.randint(1, 2)}:stop")
    assert cell.wait(lambda: cell.hits["claim_committed:stop"])
    cell.worker("other")
    assert cell.wait(lambda: cell.states().get("accepted", 0) >= 3)
    cell.company.kill(dying)
    cell.wait(lambda: dying.pid == 0)
    cell.expire()


def _soft_bounces(cell: Cell) -> None:
    cell.sandbox.webhook(duplicate=0.5, duplicate_new_id=0.3)
    cell.launch()
    cell.worker("sending")


CELLS: dict[str, Circumstances] = {
    "free-on-lease-expiry": Circumstances(_killed_at("wire_sent|wire_head_read|answered", "answered"), ("duplicates",)),
    "retry-ambiguous": Circumstances(_answered_badly, ("duplicates",)),
    "gate-not-committed": Circumstances(
        _killed_at("wire_head_read|answered", "answered"), ("duplicates", "write_ahead_violations"), patience=10
    ),
    "settle-too-early": Circumstances(_late_events, ("duplicates",), n=60, webhooks="on", patience=45, unknown_allowed=0),
    "no-fencing": Circumstances(_late_refusal, ("duplicates",), n=10),
    "suppression-at-claim": Circumstances(_leaving, ("consent_violations",)),
    "event-twice": Circumstances(_soft_bounces, ("I10",), n=400, webhooks="on", unknown_allowed=0),
    "accepted-undone": Circumstances(_undone, ("duplicates",), n=10, webhooks="on", unknown_allowed=0),
    "cursor-resume": Circumstances(_left_behind, ("lost",), patience=12),
    "mark-before-send": Circumstances(_killed_at("wire_connected", "wire_connected"), ("lost",)),
}


def plan_for(name: str, seed: int, with_bug: bool) -> Plan:
    cell = CELLS[name]
    return Plan(
        n=cell.n, kills=0, seed=seed, webhooks=cell.webhooks, api="clean", attempt_size=10, slots=1, workers=1, beats=1, minutes=3,
        db_restarts=0, flushes=0, broker_kills=0, campaigns=0, hits=0, cell=name, bug=name if with_bug else "",
    )  # fmt: skip


def told(name: str, result: dict[str, Any]) -> dict[str, int]:
    """The numbers of the verdict that show the bug."""
    counts = {key: result[key] for key in ("duplicates", "lost", "consent_violations", "write_ahead_violations")}
    counts |= result["invariants"]
    return {key: count for key, count in counts.items() if count and key in CELLS[name].told_by}


def catch(name: str, seed: int, quiet: bool) -> int:
    """Run the cell of one bug, or of all. 0 if each bug is caught within three seeds and each cell is clean without its bug."""
    if name == "list":
        print("\n".join(CELLS))
        return 0
    names = list(CELLS) if name == "all" else [name]
    missed, lines = [], []
    for each in names:
        clean = _run_apart(each, seed, with_bug=False)
        if clean is None or clean["faults"]:
            missed.append(each)
            lines.append({"bug": each, "clean": False, "faults": clean and clean["faults"]})
            print(f"{each:24} NOT CLEAN WITHOUT THE BUG: {clean and clean['faults']}", flush=True)
            continue
        for number in range(SEEDS):
            found = _run_apart(each, seed + number, with_bug=True)
            evidence = told(each, found) if found else {}
            if evidence:
                break
        else:
            missed.append(each)
        lines.append({"bug": each, "clean": True, "caught": bool(evidence), "seed": seed + number, "by": evidence})
        words = ", ".join(f"{key} {count}" for key, count in evidence.items()) or f"NOT CAUGHT: {found and found['faults']}"
        if not quiet or not evidence:
            print(f"{each:24} seed {seed + number}: {words}", flush=True)
    print(json.dumps({"bugs": len(names), "caught": len(names) - len(missed), "missed": missed, "cells": lines}))
    return 1 if missed else 0


def _run_apart(name: str, seed: int, *, with_bug: bool) -> dict[str, Any] | None:
    """A run in a process of its own, because Django's settings belong to one database."""
    command = [
        sys.executable,
        "-m",
        "tests.chaos",
        "--cell",
        name,
        "--seed",
        str(seed),
        "--quiet",
        *(["--with-bug"] if with_bug else []),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        told_, complaint = process.communicate(timeout=180)
    except BaseException:
        process.terminate()  # it stops its servers and removes its folder
        process.wait(60)
        raise
    try:
        found: dict[str, Any] = json.loads(told_.splitlines()[-1])
    except (IndexError, ValueError):
        print(complaint[-3000:], file=sys.stderr)
        return None
    return found
