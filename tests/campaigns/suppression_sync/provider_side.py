"""The provider's side of a synchronisation: fills the sandbox's lists, reads them back, and runs the worker against it."""

from datetime import datetime

import pytest

from campaigns.provider_lists import lifting, list_changes
from campaigns.suppression_sync import sync_runs
from publication import audit
from subscribers import addresses
from tests.sandbox.conftest import Receiver
from tests.support.sandbox_process import SandboxProcess
from worker import draining, provider_list_work

KEY = "SG.x"
LISTS = ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes")
PLENTY = {"rate_limit": 1_000_000, "rate_window": 60.0, "list_order": "oldest"}


def key_of(address: str) -> bytes:
    return addresses.key_of(addresses.normalise(address))


class ProviderSide:
    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox

    def put(self, which: str, *people: str, at: datetime, **details: str) -> None:
        rows = [{"email": address, "created": int(at.timestamp()), **details} for address in people]
        self.sandbox.call("POST", "/_sandbox/suppressions", {"list": which, "rows": rows})

    def on(self, which: str) -> set[str]:
        listed: set[str] = set()
        for offset in range(0, 100_000, 500):
            page = self.sandbox.call("GET", f"/v3/suppression/{which}?limit=500&offset={offset}", key=KEY)
            listed |= {row["email"] for row in page}
            if len(page) < 500:
                return listed
        raise AssertionError("more than expected")

    def everything(self) -> dict[str, set[str]]:
        return {which: self.on(which) for which in LISTS}

    def take_off(self, which: str, *people: str) -> None:
        self.sandbox.call("DELETE", f"/v3/suppression/{which}", {"emails": list(people)}, key=KEY)

    def is_dropped(self, address: str) -> bool:
        """Send a mail to the address, and see in its events whether the provider dropped it."""
        body = {
            "personalizations": [{"to": [{"email": address}]}], "from": {"email": "news@example.org"}, "subject": "again",
            "content": [{"type": "text/plain", "value": "again"}],
        }  # fmt: skip
        receiver = Receiver()
        self.sandbox.webhook(url=receiver.url)
        self.sandbox.call("POST", "/v3/mail/send", body, key=KEY)
        self.sandbox.wait_for_events()
        self.sandbox.webhook(url="")
        receiver.close()
        return "dropped" in {event["event"] for event in receiver.events() if event["email"] == address}


@pytest.fixture(scope="module")
def sandbox_process():
    with SandboxProcess("--speed", "0") as process:
        yield process


@pytest.fixture
def side(sandbox_process, settings, monkeypatch):
    settings.SENDGRID_API_KEY, settings.SENDGRID_HOST = "SG.test", sandbox_process.url
    monkeypatch.setattr(draining, "wait", lambda _seconds: False)
    sandbox_process.reset()
    sandbox_process.faults()
    sandbox_process.call("POST", "/_sandbox/account", PLENTY)
    return ProviderSide(sandbox_process)


def work_until_idle(rounds: int = 100) -> None:
    """Let the worker do everything that is due now."""
    for _ in range(rounds):
        provider_list_work.work()
        if not (list_changes.is_due() or sync_runs.is_due() or lifting.is_due()):
            return
    raise AssertionError(f"not idle: {list_changes.counts()} {list_changes.last_fault()}")


def synchronise(**wish: bool) -> dict:
    """Plan a run and let the worker do it; its description."""
    run = sync_runs.plan(audit.system(), **wish)
    work_until_idle()
    return sync_runs.describe(run.pk)
