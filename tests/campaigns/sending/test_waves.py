"""Sending at nine in each recipient's own zone: the moments, the waves of the fill, when each opens, what a cancel takes back."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns import launch
from campaigns.models import Attempt, Campaign, Delivery, DeliveryLog, Slice, Wave
from campaigns.recovery import recall
from campaigns.reporting import reports
from campaigns.sending import filling, schedule, waves
from publication import audit, clock
from publication.models import Publication
from subscribers.consent import subscriptions
from subscribers.models import Subscriber
from tests.support import people
from tests.support.sandbox_process import SandboxProcess
from worker import draining, provider_clients, slice_sender
from worker.cancelling import cancel_waves as recalling

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
# Nine o'clock on 2026-11-26: Shanghai 01:00 UTC, Madrid 08:00, New York 14:00.
ZONES = ("Asia/Shanghai", "Europe/Madrid", "America/New_York")
RELEASES = [datetime(2026, 11, 26, hour, tzinfo=UTC) for hour in (1, 8, 14)]


class Hands:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def _key(settings, monkeypatch):
    settings.SEND_RATE = None
    for module in (slice_sender, provider_clients):
        monkeypatch.setattr(module, "_thread", type(module._thread)())
    monkeypatch.setattr(draining, "wait", lambda _seconds: False)


@pytest.fixture
def hands():
    turned = Hands(datetime(2026, 11, 25, 12, 0, tzinfo=UTC))
    clock.move(turned)
    yield turned
    clock.move(None)


def set_zones(*zones: str) -> None:
    for person, zone in zip(Subscriber.objects.order_by("id"), itertools.cycle(zones), strict=False):
        Subscriber.objects.filter(pk=person.pk).update(zone=zone)


def make(count: int = 9, *zones: str, attempt_size: int = 2) -> Campaign:
    """A draft to people of `zones` in turn, of a publication in Madrid."""
    Publication.objects.update_or_create(pk=1, defaults={"zone": "Europe/Madrid"})
    campaign = people.make_campaign(count)
    set_zones(*(zones or ZONES))
    return Campaign.objects.get(pk=campaign.pk)


def at_nine(campaign: Campaign, attempt_size: int = 2) -> None:
    launch.schedule_each_zone(audit.system(), campaign.pk, "2026-11-26 09:00")
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=attempt_size)


def begin(campaign: Campaign, hands: Hands, attempt_size: int = 2) -> Campaign:
    """Schedule for nine, begin an hour before the first nine, and fill."""
    at_nine(campaign, attempt_size)
    hands.now = RELEASES[0] - HOUR
    assert schedule.start_due() == [campaign.pk]
    filling.fill(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def open_waves(campaign: Campaign) -> list[int]:
    return sorted(set(Slice.objects.filter(campaign=campaign, state="planned", not_before=None).values_list("wave", flat=True)))


# -------------------------------------------------------------------------------------------------------------- moments
@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        ("2027-03-28 02:30", "Europe/Madrid", "2027-03-28 01:00"),  # a skipped hour: its end, 03:00
        ("2027-03-14 02:00", "America/New_York", "2027-03-14 07:00"),
        ("2026-10-25 02:30", "Europe/Madrid", "2026-10-25 00:30"),  # a repeated hour: the first
        ("2026-11-01 01:00", "America/New_York", "2026-11-01 05:00"),
        ("2026-11-26 09:00", "Asia/Kathmandu", "2026-11-26 03:15"),
        ("2026-11-26 09:00", "Pacific/Kiritimati", "2026-11-25 19:00"),
        ("2011-12-30 09:00", "Pacific/Apia", "2011-12-30 10:00"),  # a whole day that was skipped
    ],
)
def test_every_zone_has_a_moment_for_every_hour(local, zone, expected):
    moment = waves.moment_in(datetime.fromisoformat(local), ZoneInfo(zone))
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_recipients_without_a_zone_get_the_publications_zone():
    moments = waves.moments(datetime(2026, 11, 26, 9), ["", "Mars/Olympus", "Asia/Shanghai", "../etc"], "Europe/Madrid")
    assert moments == {"Asia/Shanghai": RELEASES[0], "Europe/Madrid": RELEASES[1]}


# ----------------------------------------------------------------------------------------------------------------- fill
def test_the_fill_cuts_slices_by_wave_in_the_order_of_their_moments(hands):
    campaign = begin(make(14, *ZONES, "", "nonsense"), hands)
    assert list(Wave.objects.order_by("number").values_list("number", "release_at")) == list(enumerate(RELEASES, 1))
    zones = dict(Subscriber.objects.values_list("id", "zone"))
    for row in Delivery.objects.filter(campaign=campaign):
        expected = {"Asia/Shanghai": 1, "America/New_York": 3}.get(zones[row.subscriber_id], 2)
        assert row.wave == expected
    slices = list(Slice.objects.order_by("number"))
    assert [slice_.number for slice_ in slices] == list(range(len(slices)))
    assert [slice_.wave for slice_ in slices] == sorted(slice_.wave for slice_ in slices)
    assert all(slice_.count <= 2 for slice_ in slices)
    assert sum(slice_.count for slice_ in slices) == campaign.recipients == 14
    for slice_ in slices:
        members = Delivery.objects.filter(campaign=campaign, slice=slice_.number)
        assert {row.wave for row in members} == {slice_.wave}
        assert members.count() == slice_.count
    report = reports.report(campaign.pk)
    assert report.balances
    assert report.planned == 14


def test_subscriber_who_joins_in_an_earlier_zone_before_the_fill_gets_a_wave(hands):
    campaign = make()
    at_nine(campaign)
    late = people.make_people(1, campaign.lists.get(), "late.example")[0]
    Subscriber.objects.filter(pk=late.pk).update(zone="Pacific/Kiritimati")
    hands.now = RELEASES[0] - HOUR
    schedule.start_due()
    filling.fill(campaign.pk)
    assert Wave.objects.get(number=1).release_at == datetime(2026, 11, 25, 19, tzinfo=UTC)
    assert open_waves(campaign) == [1, 2]


def test_scheduling_is_refused_if_the_hour_has_passed_for_somebody(hands):
    campaign = make()
    hands.now = RELEASES[0] + timedelta(minutes=1)
    with pytest.raises(launch.CampaignActionError, match="past-somewhere"):
        at_nine(campaign)


# ----------------------------------------------------------------------------------------------------------------- open
def test_each_wave_is_opened_an_hour_before_its_moment(hands):
    campaign = begin(make(), hands)
    assert open_waves(campaign) == [1]
    seen = []
    for release in RELEASES[1:]:
        hands.now = release - HOUR - timedelta(seconds=1)
        waves.open_due()
        seen.append(open_waves(campaign))
        hands.now += timedelta(seconds=1)
        waves.open_due()
        seen.append(open_waves(campaign))
        hands.now -= 3 * HOUR  # a clock set back does not close a wave
        waves.open_due()
        seen.append(open_waves(campaign))
    assert seen == [[1], [1, 2], [1, 2], [1, 2], [1, 2, 3], [1, 2, 3]]


def test_handover_policy_sets_how_early_a_wave_opens(hands):
    Publication.objects.update_or_create(pk=1, defaults={"policies": {"handover_minutes": 8 * 60}})
    campaign = begin(make(), hands)
    assert open_waves(campaign) == [1, 2]


def test_late_wave_holds_the_campaign_until_staff_resume_it(hands):
    campaign = begin(make(), hands)
    hands.now = RELEASES[1] + 6 * HOUR + timedelta(seconds=1)
    assert waves.open_due() == 0
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "late")
    assert campaign.held_detail == "one of its waves was due at 2026-11-26 09:00 (Europe/Madrid)"
    launch.resume(audit.system(), campaign.pk)
    assert open_waves(campaign) == [1, 2, 3]
    assert waves.open_due() == 0
    assert Campaign.objects.get(pk=campaign.pk).state == "sending"


def test_paused_campaign_opens_no_wave_and_sends_late_waves_when_resumed(hands):
    campaign = begin(make(), hands)
    launch.pause(audit.system(), campaign.pk)
    hands.now = RELEASES[2] + 9 * HOUR
    assert waves.open_due() == 0
    launch.resume(audit.system(), campaign.pk)
    assert open_waves(campaign) == [1, 2, 3]


# ------------------------------------------------------------------------------------------- through the real client
@pytest.fixture
def sandbox(settings):
    with SandboxProcess() as process:
        settings.SENDGRID_HOST = process.url
        yield process
        if client := getattr(provider_clients._thread, "client", None):
            client.close()


def follow(sandbox: SandboxProcess, hands: Hands) -> None:
    """The sandbox's clock follows ours."""
    sandbox_time = sandbox.call("GET", "/_sandbox/clock")["now"]
    sandbox.advance_clock(hands.now.timestamp() - sandbox_time)


def moved_to(moment: datetime, sandbox: SandboxProcess, hands: Hands) -> None:
    hands.now = moment
    follow(sandbox, hands)


def hand_over() -> None:
    waves.open_due()
    while slice_sender.send_until_empty():
        pass


def test_wave_is_sent_with_its_release_time_and_one_handle(hands, sandbox):
    campaign = begin(make(), hands)
    follow(sandbox, hands)
    hand_over()
    attempts = list(Attempt.objects.all())
    assert len(attempts) == 2  # three people, two in a slice
    assert {attempt.send_at for attempt in attempts} == {RELEASES[0]}
    assert {attempt.batch_id for attempt in attempts} == {Wave.objects.get(number=1).batch_id} != {""}
    assert schedule.finish_done() == []
    hands.now = RELEASES[1] + timedelta(seconds=1)
    hand_over()
    late = Attempt.objects.exclude(pk__in=[attempt.pk for attempt in attempts])
    assert set(late.values_list("send_at", "batch_id")) == {(None, None)}, "its moment has passed, so it goes out at once"
    assert Campaign.objects.get(pk=campaign.pk).state == "sending"


def test_person_who_unsubscribes_between_fill_and_handover_is_not_mailed(hands, sandbox):
    campaign = begin(make(), hands)
    hand_over()
    leaver = Subscriber.objects.filter(zone="Europe/Madrid").first()
    subscriptions.unsubscribe(audit.system(), leaver.pk, how="page")
    moved_to(RELEASES[1] - HOUR, sandbox, hands)
    hand_over()
    assert leaver.address not in {entry["address"] for entry in sandbox.ledger()}
    assert Delivery.objects.get(campaign=campaign, subscriber_id=leaver.pk).reason == "unsubscribed"


def test_campaign_is_sent_only_when_its_last_wave_is_released(hands, sandbox):
    campaign = begin(make(), hands)
    for release in RELEASES:
        moved_to(release - HOUR, sandbox, hands)
        hand_over()
        assert schedule.finish_done() == []
    moved_to(RELEASES[2] - timedelta(seconds=1), sandbox, hands)
    assert schedule.finish_done() == []
    hands.now += timedelta(seconds=1)
    assert schedule.finish_done() == [campaign.pk]


def test_cancel_between_waves_takes_back_unreleased_mail(hands, sandbox):
    campaign = begin(make(), hands)
    follow(sandbox, hands)
    hand_over()
    moved_to(RELEASES[1] - HOUR, sandbox, hands)
    hand_over()
    kept = recall.with_provider(campaign.pk)
    assert (kept.recallable, kept.leaving) == (3, 0)
    launch.cancel(audit.system(), campaign.pk)
    assert recalling.is_due()
    assert recalling.take_back() == 1
    assert not recalling.is_due()
    report = reports.report(campaign.pk)
    assert report.balances
    assert (report.awaiting, report.dropped, report.skipped) == (3, 3, 3)
    second = Wave.objects.get(number=2)
    assert second.cancelled_at == hands.now
    assert set(Slice.objects.filter(wave=2).values_list("state", "reason", "proof")) == {
        ("dropped", "cancelled before its release", "batch")
    }
    # The provider keeps its promise: nothing goes out at the release time.
    moved_to(RELEASES[1] + HOUR, sandbox, hands)
    entries = sandbox.ledger()
    assert sorted(entry["discarded"] for entry in entries) == [False] * 3 + [True] * 3
    moved_to(RELEASES[1] + 2 * HOUR, sandbox, hands)
    assert recalling.is_due()
    recalling.take_back()
    assert Wave.objects.get(number=2).batch_id == ""
    assert sandbox.call("GET", "/v3/user/scheduled_sends", key="SG.test") == []


def test_wave_within_ten_minutes_of_its_release_is_reported_as_leaving(hands, sandbox):
    campaign = begin(make(), hands)
    moved_to(RELEASES[0] - timedelta(minutes=10), sandbox, hands)
    hand_over()
    kept = recall.with_provider(campaign.pk)
    assert (kept.recallable, kept.leaving) == (0, 3)
    launch.cancel(audit.system(), campaign.pk)
    assert not recalling.is_due()
    report = reports.report(campaign.pk)
    assert (report.accepted, report.dropped, report.skipped) == (3, 0, 6)


def test_late_confirmation_of_a_wave_cancel_does_not_count(hands, sandbox):
    campaign = begin(make(), hands)
    follow(sandbox, hands)
    hand_over()
    launch.cancel(audit.system(), campaign.pk)
    (kept,) = recall.to_cancel()
    hands.now = RELEASES[0] - timedelta(minutes=10, seconds=59)
    assert not recall.confirm(kept)
    assert recall.sweep() == 0
    assert Wave.objects.get(number=1).cancelled_at is None
    assert reports.report(campaign.pk).awaiting == 3


def test_mail_accepted_after_the_cancel_is_taken_back_too(hands, sandbox):
    campaign = begin(make(3, "Asia/Shanghai", attempt_size=1), hands, attempt_size=1)
    follow(sandbox, hands)
    hand_over()
    one, two, three = Slice.objects.order_by("id")
    Slice.objects.filter(pk=one.pk).update(state="in_flight")
    Slice.objects.filter(pk=two.pk).update(state="unknown")
    launch.cancel(audit.system(), campaign.pk)
    recalling.is_due()
    recalling.take_back()
    assert [slice_.state for slice_ in Slice.objects.order_by("id")] == ["in_flight", "skipped", "dropped"]
    assert three.pk
    Slice.objects.filter(pk=one.pk).update(state="accepted")  # its 202 was recorded
    recalling.is_due()
    assert [slice_.state for slice_ in Slice.objects.order_by("id")] == ["dropped", "skipped", "dropped"]


def test_wave_cancel_is_repeated_if_the_provider_does_not_answer(hands, sandbox):
    campaign = begin(make(), hands)
    follow(sandbox, hands)
    hand_over()
    launch.cancel(audit.system(), campaign.pk)
    address = sandbox.url
    sandbox.stop()
    assert recalling.take_back() == 0
    assert recalling.is_due()
    assert Wave.objects.get(number=1).cancelled_at is None
    assert address


def test_wave_is_not_sent_without_a_handle(hands, sandbox):
    campaign = begin(make(), hands)
    sandbox.stop()
    assert slice_sender.send_until_empty() == 0
    assert not Attempt.objects.exists()
    assert set(Slice.objects.filter(campaign=campaign).values_list("state", flat=True)) == {"planned"}
    assert Campaign.objects.get(pk=campaign.pk).state == "sending"
    assert not DeliveryLog.objects.filter(kind="unknown").exists()


def test_key_that_may_not_create_handles_holds_the_campaign(hands, sandbox):
    campaign = begin(make(), hands)
    sandbox.account(keys={"SG.test": ["mail.send"]})
    assert slice_sender.send_until_empty() == 0
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "credentials")
    assert not Attempt.objects.exists()
