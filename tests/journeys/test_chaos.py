"""A short run of the fault harness (tests/chaos; `make chaos` runs long ones), and proof that the harness can fail."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.cells import CELLS
from tests.chaos.plan import FENCE

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]


def chaos(*arguments: str, seconds: float = 200) -> tuple[int, dict[str, Any]]:
    """A run with its own servers; exit code and result."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILROOM_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds,
        check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines, done.stderr[-3000:]
    print("\n".join(lines[-60:-1]))
    return done.returncode, json.loads(lines[-1])


@pytest.mark.soak
@pytest.mark.timeout(500)
@pytest.mark.parametrize("webhooks", ["on", "off"])  # working webhooks clear uncertain recipients, and so hide bugs
def test_processes_are_killed_at_every_point_and_nobody_is_mailed_twice(webhooks):
    code, result = chaos(
        "--measuring", "--webhooks", webhooks, "--n", "3000", "--kills", "40", "--hits", "1", "--db-restarts", "1", "--flushes", "1", "--broker-kills", "1", "--campaigns",
        "3", "--minutes", "6", "--settle-minutes", "0.25", "--pause", "0.4", "--short-leases", seconds=490,
    )  # fmt: skip
    assert result["faults"] == []
    assert code == 0
    assert result["kills"] >= 40
    assert all(result["points"].values())
    assert result["db_restarts"] == result["flushes"] == result["broker_kills"] == 1
    assert result["duplicates"] == result["lost"] == result["unlisted"] == result["write_ahead_violations"] == 0
    assert result["unknown"] == 0 or webhooks == "off"
    assert len(result["invariants"]) == 20
    assert not any(result["invariants"].values())
    # Abandoned: uncertain when they unsubscribed or when their campaign was cancelled. Taken back: only in strict campaigns.
    assert sum(result[state] for state in ("accepted", "skipped", "abandoned", "unknown")) == result["recipients"] > 2900


@pytest.mark.soak
@pytest.mark.timeout(450)
def test_no_recipient_of_a_strict_campaign_stays_uncertain_although_workers_are_killed_while_they_cancel():
    _, result = chaos(
        "--strict", "--n", "3000", "--attempt-size", "40", "--kills", "40", "--hits", "1", "--db-restarts", "1", "--flushes", "1",
        "--broker-kills", "1", "--campaigns", "2", "--minutes", "4", "--pause", "0.4", "--short-leases", seconds=440,
    )  # fmt: skip
    # Not its exit code: which points are passed within its minutes depends on the machine.
    assert sum(bool(result["points"][point]) for point in FENCE) >= 4
    assert result["kills"] >= 40
    assert result["clock_jumps"] > 0
    assert result["duplicates"] == result["lost"] == result["unknown"] == result["write_ahead_violations"] == 0
    assert not any(result["invariants"].values())
    assert sum(result[state] for state in ("accepted", "skipped", "abandoned", "taken_back")) == result["recipients"] > 2900


@pytest.mark.soak
@pytest.mark.timeout(700)
@pytest.mark.parametrize("bug", CELLS)
def test_injected_bug_is_detected_and_its_cell_is_clean_without_it(bug):
    code, result = chaos("--bug", bug, seconds=650)
    assert (code, result["caught"], result["missed"]) == (0, 1, [])


@pytest.mark.soak
def test_run_fails_if_the_ledger_disagrees():
    code, result = chaos("--cell", "retry-ambiguous", "--wrong-ledger", "--quiet")
    assert (result["duplicates"], result["lost"]) == (1, 1)
    assert code == 1
