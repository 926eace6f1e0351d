"""A lift through real processes: beat finds it, the worker removes the address at the provider, then the mail goes out."""

import pytest

from campaigns.provider_lists import lifting
from campaigns.suppression_sync import sync_runs
from publication import audit
from subscribers.consent import suppressions
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.mark.soak
def test_beat_and_worker_synchronise_and_finish_a_lift():
    rows = [{"email": "wei@people.example", "created": 1_700_000_000}]
    with SandboxProcess("--speed", "0") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        sandbox.call("POST", "/_sandbox/suppressions", {"list": "spam_reports", "rows": rows})
        run = sync_runs.plan(audit.system())
        processes.start_upkeep()
        processes.start_beat()
        wait_until(lambda: sync_runs.describe(run.pk)["state"] == "done", 60, processes.log("upkeep"))
        assert suppressions.reason_for("wei@people.example") == "complaint"
        lifting.plan_lift(audit.command_line(), "wei@people.example")
        wait_until(lambda: not suppressions.is_suppressed("wei@people.example"), 60, "lifted")
        assert sandbox.call("GET", "/v3/suppression/spam_reports", key="SG.x") == []
