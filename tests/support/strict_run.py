"""Brings a strict campaign to its end with real processes and moved clocks, and compares the result with the sandbox's ledger.

`finish` works whatever was killed or rejected before.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, QuerySet

from campaigns import launch
from campaigns.models import Attempt, Campaign
from campaigns.reporting import reports
from publication import audit
from subscribers import tokens
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

# Minutes to move the clocks: from the gate past the release, then past the end of the cancel at the provider.
TO_RELEASE, TO_HANDLE = 24.0, 34.0
FINE = {"accepted", "deferred", "delivered", "bounced", "dropped", "complained"}


@dataclass
class Clocks:
    """The provider's clock and that of all our processes (MAILROOM_CLOCK_FILE). Leases stay on real time."""

    sandbox: SandboxProcess
    processes: Processes

    def advance(self, minutes: float) -> None:
        """Move the provider's clock first: no gate can pass between the two, because it would detect the difference."""
        self.sandbox.advance_clock(60 * minutes)
        self.processes.advance_clock(60 * minutes)


def nobody_open(campaign_id: int) -> bool:
    """Whether no recipient is planned, claimed or in flight, and every uncertain attempt is fenced."""
    report = reports.report(campaign_id)
    assert report.balances, report
    unfenced = Attempt.objects.filter(campaign_id=campaign_id, outcome__in=["unknown", "fencing"]).exists()
    return report.planned + report.claimed + report.in_flight == 0 and not unfenced


def campaign_summary(campaign_id: int) -> str:
    campaign = Campaign.objects.get(pk=campaign_id)
    outcomes = Counter(Attempt.objects.filter(campaign_id=campaign_id).values_list("outcome", flat=True))
    return f"{campaign.state} {campaign.held_reason} {campaign.held_detail} {outcomes} {reports.report(campaign_id)}"


def wait_for(condition: Callable[[], object], campaign_id: int, seconds: float, what: str) -> None:
    """Like wait_until, but resumes the campaign if it is held for its budget, as staff would: a failed probe is repeated only
    after 30 s. An error shows the state of the campaign.
    """

    def holds() -> object:
        if Campaign.objects.filter(pk=campaign_id, state="held", held_reason="budget").exists():
            with suppress(launch.CampaignActionError):  # the probe was faster
                launch.resume(audit.system(), campaign_id)
        return condition()

    try:
        wait_until(holds, seconds, pause=0.25)
    except AssertionError:
        raise AssertionError(f"{what}: not within {seconds} s: {campaign_summary(campaign_id)}") from None


def _waiting(campaign_id: int) -> QuerySet[Attempt]:
    """The cancelled attempts whose recipients wait for the release time."""
    return Attempt.objects.filter(
        campaign_id=campaign_id, outcome="fenced", slice__state="unknown", slice__current_attempt_id=F("pk")
    )


def finish(clocks: Clocks, campaign_id: int, seconds: float = 120.0, most_rounds: int = 12) -> int:
    """With running workers, move the clocks until nobody is uncertain and no handle is left; returns the number of moves."""
    for moved in range(1, most_rounds + 1):  # noqa: B007 - returned to the caller
        wait_for(lambda: nobody_open(campaign_id), campaign_id, seconds, "nobody open")
        if reports.report(campaign_id).uncertain == 0:
            break
        # Wait for these only: a slice that is freed, sent and uncertain again becomes due at the next move of the clock.
        due = list(_waiting(campaign_id).values_list("pk", flat=True))
        clocks.advance(TO_RELEASE)
        wait_for(lambda due=due: not _waiting(campaign_id).filter(pk__in=due).exists(), campaign_id, seconds, "freed")
    else:
        raise AssertionError(f"still uncertain after {most_rounds} rounds: {campaign_summary(campaign_id)}")
    clocks.advance(TO_HANDLE)
    held_back = Attempt.objects.filter(campaign_id=campaign_id, outcome__in=["fencing", "fenced"])
    wait_for(lambda: not held_back.exists(), campaign_id, seconds, "handles given back")
    return moved


def judge(sandbox: SandboxProcess, campaign_id: int) -> dict[str, int]:
    """Compare the mail that the provider really released with our rows. Discarded mail counts as received by nobody.

    Call it when every release time is past.
    """
    entries = [entry for entry in sandbox.ledger() if tokens.read("delivery", entry["custom_args"].get("mr_d", ""))]
    entries = [entry for entry in entries if tokens.read("delivery", entry["custom_args"]["mr_d"]).scope == campaign_id]
    got = Counter(tokens.read("delivery", e["custom_args"]["mr_d"]).subject for e in entries if not e["discarded"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT subscriber_id, state FROM delivery_state WHERE campaign_id = %s", [campaign_id])
        ours = dict(cursor.fetchall())
    known = set(Attempt.objects.filter(campaign_id=campaign_id).values_list("pk", flat=True))
    named = {tokens.read("attempt", entry["custom_args"]["mr_a"]).subject for entry in entries}
    return {
        "recipients": len(ours),
        "received": len(got),
        "duplicates": sum(got.values()) - len(got),
        "lost": sum(1 for person, state in ours.items() if state in FINE and person not in got),
        "open": sum(1 for state in ours.values() if state in {"planned", "claimed", "in_flight"}),
        "unknown": sum(1 for state in ours.values() if state in {"unknown", "held"}),
        "received_and_not_accepted": sum(1 for person in got if ours.get(person) not in FINE),
        "write_ahead_violations": len(named - known),
        "discarded": sum(1 for entry in entries if entry["discarded"]),
        "cancels_left": len(sandbox.call("GET", "/v3/user/scheduled_sends", key="SG.test")),
    }
