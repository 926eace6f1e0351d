"""Many people are erased by one action while a campaign is sent to them and processes are killed (tests/chaos/erasing.py)."""

import os

import pytest

from tests.journeys.test_chaos import chaos

pytestmark = [pytest.mark.processes, pytest.mark.soak, pytest.mark.timeout(420)]
PEOPLE = int(os.environ.get("MAILROOM_TEST_ERASE", "1500"))  # 10,000 takes longer


@pytest.mark.timeout(420 if PEOPLE <= 2000 else 1200)
def test_nobody_erased_leaves_a_trace_or_is_mailed_later_although_processes_are_killed():
    minutes = 6 if PEOPLE <= 2000 else 18
    _, result = chaos(
        "--erase", str(PEOPLE), "--n", str(PEOPLE * 3 // 2), "--kills", "10", "--hits", "0", "--db-restarts", "0", "--flushes", "1",
        "--broker-kills", "1", "--campaigns", "0", "--minutes", str(minutes), "--settle-minutes", "0.25", "--pause", "0.6",
        "--short-leases", seconds=60 * minutes,
    )  # fmt: skip
    assert result["faults"] == []
    assert result["traces"] == {}
    if PEOPLE > 2000:  # fewer may be erased before the first kill that hits the action
        assert sum(result["kills_of_the_action"].values()) > 0
    assert result["report"] == [str(PEOPLE), str(PEOPLE), "0", str(PEOPLE), "done"]
    assert result["mailed_before"] + result["skipped"] + result["abandoned"] > 0
