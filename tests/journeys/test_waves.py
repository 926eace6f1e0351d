"""Sending at nine in each recipient's own zone, by real processes: both clocks are moved through a day of three zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns import launch
from campaigns.models import Attempt, Campaign, Event, Wave
from campaigns.reporting import reports
from campaigns.sending import schedule
from publication import audit, clock
from subscribers.consent import subscriptions
from subscribers.models import Subscriber
from tests.support import people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(240)]

EACH, ATTEMPT_SIZE, SLOTS = 20, 5, 4
ZONES = ("Etc/GMT-2", "UTC", "Etc/GMT+3")  # two hours apart, then three
MINUTE = timedelta(minutes=1)


def released() -> dict[int, datetime]:
    """When the provider began to deliver each person's mail, by its own events."""
    return dict(Event.objects.filter(kind="processed", subscriber_id__isnull=False).values_list("subscriber_id", "at"))


@pytest.mark.soak
def test_recipients_get_it_at_their_local_hour_and_a_cancel_takes_back_the_rest(settings, tmp_path):
    settings.SENDGRID_API_KEY = "SG.test"
    settings.CLOCK_FILE = tmp_path / "clock"
    campaign = people.make_campaign(EACH * len(ZONES))
    everyone = list(Subscriber.objects.order_by("id"))
    for number, zone in enumerate(ZONES):
        Subscriber.objects.filter(pk__in=[each.pk for each in everyone[number :: len(ZONES)]]).update(zone=zone)
    zone_of = dict(Subscriber.objects.values_list("id", "zone"))
    # The first zone's hour comes in an hour and a half.
    hour = (datetime.now(UTC) + 90 * MINUTE).astimezone(ZoneInfo(ZONES[0])).replace(second=0, microsecond=0, tzinfo=None)
    moments = [hour.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone in ZONES]

    with (
        SandboxProcess("--speed", "0.05") as sandbox,
        Processes(sandbox.url, [sandbox.public_key], MAILROOM_CLOCK_FILE=str(settings.CLOCK_FILE)) as processes,
    ):

        def move_to(moment: datetime) -> None:
            step = (moment - clock.now()).total_seconds()
            processes.advance_clock(step)
            sandbox.advance_clock(step)

        def taken() -> int:
            return reports.report(campaign.pk).accepted

        processes.start_web()
        sandbox.webhook(url=processes.hook)
        launch.schedule_each_zone(audit.system(), campaign.pk, hour.isoformat(" ", "minutes"))
        Campaign.objects.filter(pk=campaign.pk).update(attempt_size=ATTEMPT_SIZE)
        processes.start_upkeep()
        processes.start_sending(SLOTS)
        processes.start_beat()

        leaver = Subscriber.objects.filter(zone=ZONES[1]).first()
        for number, moment in enumerate(moments[:2], 1):
            move_to(moment - 70 * MINUTE)
            before = taken()
            wait_until(lambda n=number: Campaign.objects.get().state == ("scheduled" if n == 1 else "sending"), 60)
            move_to(moment - 55 * MINUTE)
            wait_until(lambda n=number: taken() == EACH * n - (n == 2), 30, f"wave {number}: {reports.report(campaign.pk)}")
            assert before == EACH * (number - 1)
            assert len(released()) == before, "the provider keeps it until its release time"
            if number == 1:
                subscriptions.unsubscribe(audit.system(), leaver.pk, how="page")
            move_to(moment + timedelta(seconds=5))
            wait_until(lambda n=number: len(released()) == EACH * n - (n == 2), 30, f"wave {number} is released")
            assert schedule.finish_done() == []

        move_to(moments[2] - 55 * MINUTE)
        wait_until(lambda: taken() == 3 * EACH - 1, 30, "the last wave is handed over")
        launch.cancel(audit.system(), campaign.pk)
        wait_until(lambda: reports.report(campaign.pk).dropped == EACH, 30, "it is taken back")
        move_to(moments[2] + 2 * MINUTE)
        sandbox.wait_for_events(30)
        wait_until(lambda: not Event.objects.filter(applied_at=None).exists(), 30)

        out = released()
        for person, at in out.items():
            local = at.astimezone(ZoneInfo(zone_of[person])).replace(tzinfo=None)
            assert hour <= local <= hour + MINUTE, (zone_of[person], local)
        assert out.keys() == {person for person, zone in zone_of.items() if zone != ZONES[2]} - {leaver.pk}
        entries = sandbox.ledger()
        assert sum(entry["discarded"] for entry in entries) == EACH
        assert len({entry["custom_args"]["mr_d"] for entry in entries}) == len(entries) == 3 * EACH - 1
        assert leaver.address not in {entry["address"] for entry in entries}
    report = reports.report(campaign.pk)
    assert report.balances
    assert (report.delivered, report.dropped, report.skipped) == (2 * EACH - 1, EACH, 1)
    assert [wave.cancelled_at is not None for wave in Wave.objects.order_by("number")] == [False, False, True]
    assert Attempt.objects.values("batch_id").distinct().count() == 3
    print({zone: len([person for person in out if zone_of[person] == zone]) for zone in ZONES}, report)
