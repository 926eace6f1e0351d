"""The schedule is a table: each occurrence begins once or is put to staff, whatever clocks, upkeep workers and beats do."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from campaigns import launch
from campaigns.models import Campaign, DeliveryLog, Occurrence
from campaigns.sending import filling, schedule
from cli.texts.domain_texts import error_text
from publication import audit, clock
from publication.models import Publication
from tests.support import people
from tests.support.variations import few

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Hands:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hands():
    turned = Hands(START)
    clock.move(turned)
    yield turned
    clock.move(None)


def at_nine(campaign: Campaign) -> Campaign:
    return launch.schedule(audit.system(), campaign.pk, START + HOUR, zone="UTC", local="2026-11-24 09:00")


def moves_of(campaign: Campaign) -> list[tuple[str, str]]:
    return [
        (line.detail["from"], line.detail["to"])
        for line in DeliveryLog.objects.filter(campaign_id=campaign.pk, kind="campaign_moved").order_by("id")
    ]


def occurrence(campaign: Campaign) -> Occurrence:
    return Occurrence.objects.get(campaign=campaign)


def test_campaign_begins_when_due_and_not_before(hands):
    campaign = at_nine(people.make_campaign(2))
    assert occurrence(campaign).state == "waiting"
    assert schedule.start_due() == []
    hands.now += HOUR
    assert schedule.start_due() == [campaign.pk]
    assert schedule.start_due() == []
    assert (occurrence(campaign).state, occurrence(campaign).decided_at) == ("started", hands.now)
    assert (occurrence(campaign).local, occurrence(campaign).zone) == ("2026-11-24 09:00", "UTC")


def test_clock_set_back_does_not_begin_a_campaign_twice(hands):
    campaign = at_nine(people.make_campaign(2))
    hands.now += HOUR
    schedule.start_due()
    filling.fill(campaign.pk)
    for back in (HOUR, 2 * HOUR):
        hands.now -= back
        assert schedule.start_due() == []
        hands.now += back
        assert schedule.start_due() == []
    assert moves_of(campaign) == [("draft", "scheduled"), ("scheduled", "filling"), ("filling", "sending")]


def test_clock_set_forward_begins_a_campaign_early_but_only_once(hands):
    campaign = at_nine(people.make_campaign(2))
    hands.now += 2 * HOUR
    assert schedule.start_due() == [campaign.pk]
    hands.now = START
    assert schedule.start_due() == []
    hands.now += HOUR
    assert schedule.start_due() == []


@pytest.mark.parametrize(("late", "state"), [(timedelta(hours=6), "started"), (timedelta(hours=6, seconds=1), "asked")])
def test_late_campaign_begins_only_within_the_allowed_time(hands, late, state):
    campaign = at_nine(people.make_campaign(2))
    hands.now += HOUR + late
    schedule.start_due()
    assert occurrence(campaign).state == state
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == (("filling", "") if state == "started" else ("held", "late"))


def test_late_hours_policy_sets_the_allowed_time(hands):
    Publication.objects.update_or_create(pk=1, defaults={"policies": {"late_hours": 30}})
    campaign = at_nine(people.make_campaign(2))
    hands.now += HOUR + timedelta(hours=26)
    assert schedule.start_due() == [campaign.pk]


def test_late_campaign_begins_when_staff_resume_it(hands):
    campaign = at_nine(people.make_campaign(2))
    hands.now += timedelta(hours=27)
    assert schedule.start_due() == []
    campaign.refresh_from_db()
    assert campaign.held_detail == (
        "it was due at 2026-11-24 09:00 (UTC), 26.0 hours ago; it starts automatically up to 6 hours late"
    )
    launch.resume(audit.system(), campaign.pk)
    assert occurrence(campaign).state == "started"
    assert schedule.filling() == [campaign.pk]
    assert filling.fill(campaign.pk) == 2


def test_late_campaign_ends_when_staff_cancel_it(hands):
    campaign = at_nine(people.make_campaign(2))
    hands.now += timedelta(hours=27)
    schedule.start_due()
    launch.cancel(audit.system(), campaign.pk)
    assert occurrence(campaign).state == "withdrawn"
    assert schedule.start_due() == schedule.filling() == []


def test_unscheduled_campaign_does_not_begin_and_can_get_the_same_time_again(hands):
    campaign = at_nine(people.make_campaign(2))
    launch.unschedule(audit.system(), campaign.pk)
    assert occurrence(campaign).state == "withdrawn"
    hands.now += HOUR
    assert schedule.start_due() == []
    hands.now -= HOUR
    at_nine(campaign)
    assert occurrence(campaign).state == "waiting"
    hands.now += HOUR
    assert schedule.start_due() == [campaign.pk]


def test_campaign_held_before_its_fill_is_filled_when_resumed(hands):
    campaign = at_nine(people.make_campaign(2))
    hands.now += HOUR
    schedule.start_due()
    Campaign.objects.filter(pk=campaign.pk).update(segment_text="no such field = 1")
    assert filling.fill(campaign.pk) is None
    Campaign.objects.filter(pk=campaign.pk).update(segment_text="")
    launch.resume(audit.system(), campaign.pk)
    assert schedule.filling() == [campaign.pk]


def test_sending_a_scheduled_campaign_is_refused_with_a_hint(hands):
    campaign = at_nine(people.make_campaign(2))
    with pytest.raises(launch.CampaignActionError) as refused:
        launch.schedule(audit.system(), campaign.pk)
    message, hint = error_text(refused.value)
    assert message == f"campaign {campaign.pk} is already scheduled for 2026-11-24 09:00 (UTC)"
    assert hint.startswith(f"to change the time: mailroom campaign schedule {campaign.pk} --at TIME; ")
    assert hint.endswith(f"make it a draft again first: mailroom campaign unschedule {campaign.pk}")


# ------------------------------------------------------------------------------------------------------- another time
def at_ten(campaign: Campaign, **more) -> Campaign:
    return launch.reschedule(audit.system(), campaign.pk, START + 2 * HOUR, zone="UTC", local="2026-11-24 10:00", **more)


def test_a_rescheduled_campaign_begins_once_at_its_new_time(hands):
    campaign = at_nine(people.make_campaign(2))
    digest = campaign.digest
    moved = at_ten(campaign, strict=True)
    assert (moved.state, moved.scheduled_at, moved.digest, moved.strict) == ("scheduled", START + 2 * HOUR, digest, True)
    hands.now += HOUR
    assert schedule.start_due() == []
    hands.now += HOUR
    assert schedule.start_due() == [campaign.pk]
    assert schedule.start_due() == []
    assert sorted(Occurrence.objects.filter(campaign=campaign).values_list("state", flat=True)) == ["started", "withdrawn"]
    line = DeliveryLog.objects.get(campaign_id=campaign.pk, kind="rescheduled")
    assert line.detail == {"before": (START + HOUR).isoformat(), "after": (START + 2 * HOUR).isoformat()}


def test_a_campaign_can_be_rescheduled_to_an_earlier_or_the_same_time(hands):
    campaign = at_ten(at_nine(people.make_campaign(2)))
    launch.reschedule(audit.system(), campaign.pk, START + 2 * HOUR, zone="UTC")
    launch.reschedule(audit.system(), campaign.pk, START + HOUR, zone="UTC")
    hands.now += HOUR
    assert schedule.start_due() == [campaign.pk]


def test_a_campaign_can_change_to_each_recipients_own_zone(hands):
    campaign = at_nine(people.make_campaign(2))
    moved = launch.reschedule_each_zone(audit.system(), campaign.pk, "2026-11-25 09:00", zone="UTC")
    assert (moved.local_time, moved.scheduled_at) == (True, START + 25 * HOUR)
    assert Occurrence.objects.get(campaign=campaign, state="waiting").local == "2026-11-25 09:00"


@pytest.mark.parametrize("state", ["draft", "filling", "sending", "paused", "held", "sent", "cancelled"])
def test_only_a_scheduled_campaign_can_be_rescheduled(hands, state):
    campaign = at_nine(people.make_campaign(2))
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    with pytest.raises(launch.CampaignActionError, match="state"):
        at_ten(campaign)
    assert Occurrence.objects.get(campaign=campaign).at == START + HOUR


def test_a_refused_time_leaves_the_schedule_as_it_was(hands):
    campaign = at_nine(people.make_campaign(2))
    for wrong in (START - HOUR, START + timedelta(days=400)):
        with pytest.raises(launch.CampaignActionError):
            launch.reschedule(audit.system(), campaign.pk, wrong)
    Campaign.objects.filter(pk=campaign.pk).update(segment_text="no such field = 1")
    with pytest.raises(launch.CampaignActionError, match="segment"):
        launch.reschedule_each_zone(audit.system(), campaign.pk, "2026-11-25 09:00")
    # A moment that began the campaign once never begins it again.
    Occurrence.objects.create(campaign=campaign, at=START + 2 * HOUR, state="started")
    with pytest.raises(launch.CampaignActionError, match="past"):
        at_ten(campaign)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.scheduled_at) == ("scheduled", START + HOUR)
    assert Occurrence.objects.get(campaign=campaign, state="waiting").at == START + HOUR
    hands.now += HOUR
    assert schedule.start_due() == [campaign.pk]


def test_rescheduling_and_an_upkeep_worker_at_the_same_moment_begin_a_campaign_once(hands):
    """Whichever has the lock first: it begins at the old time and the change is refused, or it waits for the new time."""
    campaigns = [at_nine(people.make_campaign(1, domain=f"n{number}.example")) for number in range(8)]
    hands.now += HOUR
    refused: list[int] = []

    def change() -> None:
        for campaign in campaigns:
            try:
                at_ten(campaign)
            except launch.CampaignActionError:
                refused.append(campaign.pk)
        connection.close()

    started: list[int] = []
    other = threading.Thread(target=change)
    other.start()
    while other.is_alive():
        started += schedule.start_due()
    other.join()
    started += schedule.start_due()
    assert sorted(started) == sorted(refused)
    hands.now += HOUR
    started += schedule.start_due()
    assert sorted(started) == sorted(campaign.pk for campaign in campaigns)


# ------------------------------------------------------------------------------------------------------- zones and DST
MOMENTS = [
    # Both days of 2026 and 2027 on which clocks change: before, between and after.
    ("2026-03-29 01:59", "Europe/Madrid", "2026-03-29 00:59"), ("2026-03-29 02:30", "Europe/Madrid", None),
    ("2026-03-29 03:00", "Europe/Madrid", "2026-03-29 01:00"), ("2026-10-25 01:59", "Europe/Madrid", "2026-10-24 23:59"),
    ("2026-10-25 02:30", "Europe/Madrid", "2026-10-25 00:30"), ("2026-10-25 03:00", "Europe/Madrid", "2026-10-25 02:00"),
    ("2027-03-28 02:00", "Europe/Madrid", None), ("2027-03-28 09:00", "Europe/Madrid", "2027-03-28 07:00"),
    ("2027-10-31 02:00", "Europe/Madrid", "2027-10-31 00:00"), ("2027-10-31 09:00", "Europe/Madrid", "2027-10-31 08:00"),
    ("2026-03-08 02:30", "America/New_York", None), ("2026-03-08 09:00", "America/New_York", "2026-03-08 13:00"),
    ("2026-11-01 01:30", "America/New_York", "2026-11-01 05:30"), ("2026-11-01 09:00", "America/New_York", "2026-11-01 14:00"),
    ("2027-03-14 02:59", "America/New_York", None), ("2027-11-07 01:00", "America/New_York", "2027-11-07 05:00"),
    ("2026-03-29 02:30", "Asia/Shanghai", "2026-03-28 18:30"), ("2026-11-01 01:30", "Asia/Shanghai", "2026-10-31 17:30"),
    ("2027-10-31 02:30", "Asia/Shanghai", "2027-10-30 18:30"), ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04 14:45"),
]  # fmt: skip


@pytest.mark.parametrize(("local", "zone", "expected"), MOMENTS)
def test_local_time_is_converted_by_its_zone_or_refused(local, zone, expected):
    if expected is None:
        with pytest.raises(launch.CampaignActionError, match="time-skipped"):
            launch.moment(local, zone)
    else:
        assert launch.moment(local, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


# ------------------------------------------------------------------------------------------------ a thousand, three upkeeps
def many_campaigns(count: int) -> list[int]:
    """Drafts that differ only in their number, to an audience of two."""
    first = people.make_campaign(2)
    made = Campaign.objects.bulk_create(
        Campaign(name=f"c{number}", version=first.version, sender=first.sender, actor=first.actor) for number in range(1, count)
    )
    through = Campaign.lists.through
    through.objects.bulk_create(through(campaign_id=campaign.pk, mailinglist_id=first.lists.get().pk) for campaign in made)
    return [first.pk, *(campaign.pk for campaign in made)]


def run_three_upkeeps() -> None:
    """Three runs of the upkeep at once, each on its own connection, as in three workers."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            schedule.start_due()
            for campaign_id in schedule.filling():
                filling.fill(campaign_id)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not faults, faults


def plans(number: int) -> tuple[datetime, str]:
    """When the occurrence of that number is due: spread over the days of two years on which clocks change."""
    zone = ("Europe/Madrid", "America/New_York", "Asia/Shanghai", "UTC")[number % 4]
    days = ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2027-03-28", "2027-10-31", "2027-03-14", "2027-11-07")
    hour = number // 32 % 24
    for later in range(3):  # a skipped hour is refused, so take the next, as staff would
        try:
            return launch.moment(f"{days[number // 4 % 8]} {(hour + later) % 24:02}:30", zone), zone
        except launch.CampaignActionError:
            continue
    raise AssertionError(number)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", few(40, soak=[1000]))
def test_each_occurrence_begins_once_or_is_put_to_staff(hands, count):
    due: dict[int, datetime] = {}
    for number, campaign_id in enumerate(many_campaigns(count)):
        due[campaign_id], zone = plans(number)
        hands.now = due[campaign_id] - 30 * 24 * HOUR  # campaigns can be scheduled at most a year ahead
        launch.schedule(audit.system(), campaign_id, due[campaign_id], zone=zone)
    # Due work runs every five hours when something is due. Once nothing runs for 26 hours, over a day on which clocks change.
    # In the second year the clock goes back an hour after each run, and forward again.
    outage = (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 22, tzinfo=UTC))
    wobbly = datetime(2027, 1, 1, tzinfo=UTC)
    step = timedelta(hours=5)
    grid = {moment - (moment - START) % step + more for moment in due.values() for more in (timedelta(), step)}
    looks: list[datetime] = []
    for now in sorted({*grid, outage[1]}):
        if outage[0] < now < outage[1]:
            continue
        for moment in (now, now - HOUR, now) if now > wobbly else (now,):
            hands.now = moment
            looks.append(moment)
            run_three_upkeeps()
    begun = Counter(DeliveryLog.objects.filter(kind="campaign_moved", detail__to="filling").values_list("campaign_id", flat=True))
    asked = Counter(
        DeliveryLog.objects.filter(kind="campaign_moved", detail__reason="late").values_list("campaign_id", flat=True)
    )
    assert set(begun.values()) == set(asked.values()) == {1}
    assert begun.keys() | asked.keys() == due.keys()
    assert not begun.keys() & asked.keys()
    allowed = timedelta(hours=6)
    for stored in Occurrence.objects.all():
        first_look = next(look for look in looks if look >= stored.at)
        assert stored.state == ("asked" if first_look - stored.at > allowed else "started"), (stored, first_look)
    assert Campaign.objects.filter(state="sending", recipients=2).count() == len(begun)
    assert len(asked) > count // 20
    print({"begun": len(begun), "asked": len(asked), "looks": len(looks), "runs": 3 * len(looks)})
