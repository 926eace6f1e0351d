"""Follow-ups of a campaign: whom each goes to when it is filled, nobody twice, and what a follow-up needs before it is scheduled."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from campaigns import launch
from campaigns.audience import forecasts
from campaigns.audience.audiences import Audience, Exclusions, conditions_of
from campaigns.drafts import draft_changes, follow_up_drafts
from campaigns.follow_ups.followed_people import CORRECTION, KINDS, NOT_REACHED, NOT_READ
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign, Click, Delivery, FollowUpRecipient, MeasuredLink, Slice
from campaigns.reporting import why
from campaigns.reporting.results import usual_shares
from campaigns.sending import filling, filling_sql, schedule
from editorial.models import IssueRecord, IssueVersion
from publication import audit, clock
from publication.models import Audit
from subscribers import addresses
from subscribers.consent import erasing, subscriptions
from subscribers.models import Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.records import merging
from tests.support import clicks, measured, people
from tests.support.at_once import during

pytestmark = pytest.mark.django_db
ACTOR = audit.system
ARRIVED = ("accepted", "deferred", "delivered")
MAY_HAVE = (*ARRIVED, "complained", "unknown", "held", "abandoned")
FAILED = ("bounced", "dropped", "failed", "skipped")
OWN_STATES = (*ARRIVED, *FAILED, "complained", "unknown", "held", "abandoned")


def another_version(subject: str) -> IssueVersion:
    """A version of the same issue with another content and subject."""
    version = people.make_version(text=f"{people.TEXT}{subject}")
    version.variants.update(subject=subject)
    version.subject = subject
    version.save()
    return version


def recipients_of(campaign: Campaign) -> set[int]:
    return set(Delivery.objects.filter(campaign_id=campaign.pk).values_list("subscriber_id", flat=True))


def follow(followed: Campaign, kind: str, subject: str = "") -> Campaign:
    version = another_version(subject or f"Again {followed.pk}") if kind != NOT_REACHED else None
    return follow_up_drafts.create(ACTOR(), followed.pk, kind, version=version)


# ------------------------------------------------------------------------------------------------------------- at random
@dataclass
class World:
    """People of one list, campaigns to them, and the plain answers about them."""

    rng: random.Random
    chosen: dict[tuple[int, str], set[int]] = field(default_factory=dict)

    @classmethod
    def make(cls, seed: int) -> "World":
        clicks.measure_people()
        world = cls(random.Random(seed))
        for at, person in enumerate(people.make_people(40, people.make_list())):
            person.domain = f"d{at % 5}.example"
            person.measured_since = clock.now() - timedelta(days=1) if at % 2 else None
            person.save()
        return world

    def states(self, campaign: Campaign) -> dict[int, str]:
        of_slices = dict(Slice.objects.filter(campaign=campaign).values_list("number", "state"))
        rows = Delivery.objects.filter(campaign_id=campaign.pk).values_list("subscriber_id", "state", "slice")
        return {person: own or of_slices[number] for person, own, number in rows}

    def send(self, campaign: Campaign) -> Campaign:
        """Each batch and some of its people get an outcome; some people click, also machines."""
        rng = self.rng
        for row in Slice.objects.filter(campaign=campaign):
            Slice.objects.filter(pk=row.pk).update(
                state=rng.choice(["accepted", "accepted", "unknown", "held", "skipped", "failed"])
            )
        for person in sorted(recipients_of(campaign)):
            if rng.random() < 0.7:
                own = rng.choice(OWN_STATES)
                Delivery.objects.filter(campaign_id=campaign.pk, subscriber_id=person).update(state=own)
        clicks.measure(campaign)
        for person, state in self.states(campaign).items():
            if state in ARRIVED and rng.random() < 0.4:
                reader = Subscriber.objects.get(pk=person)
                clicks.click(campaign, reader, position=rng.choice([0, 1, 1]), reasons=rng.choice([0, 0, 4]))
        state = rng.choice(["sent", "sent", "cancelled"])
        Campaign.objects.filter(pk=campaign.pk).update(state=state, finished_at=clock.now())
        campaign.refresh_from_db()
        return campaign

    def disturb(self) -> None:
        """People leave, come back, pause, get another address or are erased; suppressions come and go."""
        rng = self.rng
        for person in rng.sample(list(Subscriber.objects.filter(erased_at=None).order_by("pk")), 8):
            match rng.choice(["leave", "return", "pause", "resume", "suppress", "lift", "move", "withdraw", "erase"]):
                case "leave":
                    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="one-click")
                case "return":
                    Subscription.objects.filter(subscriber=person).update(state="confirmed", unsubscribed_at=None)
                case "pause":
                    Subscriber.objects.filter(pk=person.pk).update(paused_until=clock.now() + timedelta(days=1))
                case "resume":
                    Subscriber.objects.filter(pk=person.pk).update(paused_until=None)
                case "suppress":
                    Suppression.objects.get_or_create(address_key=person.address_key, defaults={"reason": "hard_bounce"})
                case "lift":
                    Suppression.objects.filter(address_key=person.address_key).delete()
                case "move":
                    own = addresses.validate(f"moved{rng.randrange(10**9)}@d1.example")
                    Subscriber.objects.filter(pk=person.pk).update(address=own.address, address_key=own.key, domain=own.domain)
                case "withdraw":
                    Subscriber.objects.filter(pk=person.pk).update(measured_since=None)
                case "erase":
                    erasing.erase(ACTOR(), person)
        SuppressedDomain.objects.all().delete()
        if rng.random() < 0.3:
            SuppressedDomain.objects.create(domain=f"d{rng.randrange(5)}.example", actor=ACTOR())

    def mailable(self) -> set[int]:
        suppressed = {bytes(key) for key in Suppression.objects.values_list("address_key", flat=True)}
        domains = set(SuppressedDomain.objects.values_list("domain", flat=True))
        on_list = set(Subscription.objects.filter(state="confirmed").values_list("subscriber_id", flat=True))
        return {
            person.pk for person in Subscriber.objects.filter(pk__in=on_list, erased_at=None)
            if bytes(person.address_key) not in suppressed and person.domain not in domains and person.paused_until is None
        }  # fmt: skip

    def expected(self, follow_up: Campaign) -> set[int]:
        followed = follow_up.followed
        assert followed is not None
        states = self.states(followed)
        match follow_up.follow_up:
            case "not_reached":
                meant = {person for person, state in states.items() if state in FAILED} - self._have_since(followed)
            case "not_read":
                agreed = set(Subscriber.objects.filter(measured_since__isnull=False).values_list("pk", flat=True))
                read = set(followed_clicks(followed))
                meant = {person for person, state in states.items() if state in ARRIVED} & agreed - read
            case _:
                meant = {person for person, state in states.items() if state in MAY_HAVE}
        return (meant & self.mailable()) - self.chosen.get((followed.pk, follow_up.follow_up), set())

    def _have_since(self, followed: Campaign) -> set[int]:
        """The people who have the issue, or may have it, from a campaign that began with the first attempt or later."""
        first = followed
        while first.follow_up == NOT_REACHED and first.followed is not None:
            first = first.followed
        later = Campaign.objects.filter(started_at__gte=first.started_at)
        return {person for row in later for person, state in self.states(row).items() if state not in FAILED}


def followed_clicks(followed: Campaign) -> Iterator[int]:
    rows = Click.objects.filter(campaign_id=followed.pk, reasons=0)
    pictures = set(MeasuredLink.objects.filter(position=0).values_list("pk", flat=True))
    return (person for person, link in rows.values_list("subscriber_id", "link_id") if link not in pictures)


class KilledError(Exception):
    """Stands for the end of the process that fills."""


@pytest.mark.parametrize("seed", [*range(1, 3), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 43))])
def test_follow_ups_reach_whom_a_plain_evaluator_names_and_nobody_twice(seed, monkeypatch):
    """Five random follow-ups in each of these worlds, also of follow-ups; between scheduling and filling people leave, move and
    are erased, and the process that fills is killed.
    """
    world = World.make(seed)
    campaign = launch.create(ACTOR(), version=people.make_version(), lists=[people.make_list()], sender=people.make_sender())
    over, filled = [world.send(people.start(campaign))], 0
    for turn in range(5):
        kind, followed = world.rng.choice(KINDS), world.rng.choice(over)
        world.disturb()
        draft = follow(followed, kind, f"Turn {turn}")
        assert forecasts.count(draft.version, [people.make_list()], conditions_of(draft)).gets == len(world.expected(draft))
        if not world.expected(draft):
            with pytest.raises(CampaignActionError, match="nobody-followed"):
                launch.schedule(ACTOR(), draft.pk)
            continue
        launch.schedule(ACTOR(), draft.pk)
        schedule.start_due()
        world.disturb()
        with monkeypatch.context() as patch:
            patch.setattr(filling_sql, "attach_deliveries", _kill)
            with pytest.raises(KilledError):
                filling.fill(draft.pk)
        draft.refresh_from_db()
        expected = world.expected(draft)
        filling.fill(draft.pk)
        assert recipients_of(draft) == expected, (seed, turn, kind)
        kept = FollowUpRecipient.objects.filter(campaign_id=draft.pk).values_list("subscriber_id", flat=True)
        assert set(kept) == expected
        world.chosen.setdefault((followed.pk, kind), set()).update(expected)
        draft.refresh_from_db()
        if draft.recipients:
            over.append(world.send(draft))
            filled += 1
    assert filled


def _kill(campaign_id: int) -> None:
    raise KilledError


# ------------------------------------------------------------------------------------------------------------ one by one
@pytest.fixture
def sent() -> Campaign:
    """Sent to ten people who are measured: 2 bounced, 1 was skipped, 2 are uncertain, 5 have it, and one of these clicked."""
    clicks.measure_people()
    campaign = people.make_campaign(10)
    for person in Subscriber.objects.all():
        clicks.agree(person, clock.now() - timedelta(days=1))
    measured.finish(people.start(campaign), bounced=2, skipped=1, unknown=1, held=1)
    campaign.refresh_from_db()
    clicks.measure(campaign)
    clicks.click(campaign, Subscriber.objects.order_by("pk")[9])
    return campaign


def numbers(campaign: Campaign) -> list[int]:
    """The places of its recipients among the ten people."""
    everybody = list(Subscriber.objects.order_by("pk").values_list("pk", flat=True))
    return sorted(everybody.index(person) for person in recipients_of(campaign))


@pytest.mark.parametrize(("kind", "places"), [(NOT_REACHED, [0, 1, 2]), (NOT_READ, [5, 6, 7, 8]), (CORRECTION, [*range(3, 10)])])
def test_a_follow_up_goes_to_its_people_once_and_is_on_record(sent, kind, places):
    first = people.start(follow(sent, kind))
    assert numbers(first) == places
    [line] = Audit.objects.filter(verb="campaign_follow_up")
    assert line.detail == {"version": first.version_id, "follow_up": kind, "followed": str(sent.pk)}
    again = follow(sent, kind, "A third subject")
    with pytest.raises(CampaignActionError, match="nobody-followed"):
        launch.schedule(ACTOR(), again.pk)
    stranger = list(Subscriber.objects.order_by("pk"))[places[0] - 1]
    [reason] = why.explain(stranger.address, again).reasons
    assert (reason.code, reason.params["campaign"]) == ("not_followed", sent.name)
    numbers_now = forecasts.count(again.version, [people.make_list()], conditions_of(again))
    assert (numbers_now.gets, numbers_now.missing) == (0, {"not_followed": 10})
    assert usual_shares.usual(first) == {}
    row = FollowUpRecipient.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUpRecipient.objects.create(followed_id=sent.pk, kind=kind, subscriber_id=row.subscriber_id, campaign_id=again.pk)


def test_who_was_not_reached_is_left_out_if_they_have_the_issue_in_another_way(sent):
    """From another campaign, by a late report about the first attempt, or under the record that theirs was merged with."""
    bounced, other, skipped, *_, reader = Subscriber.objects.order_by("pk")
    only = people.make_list("only")
    Subscription.objects.create(subscriber=bounced, list=only, state="confirmed", source="test")
    measured.finish(people.start(launch.create(ACTOR(), version=sent.version, lists=[only], sender=sent.sender)))
    merging.merge(ACTOR(), keep=reader, gone=skipped)
    first = people.start(follow(sent, NOT_REACHED))
    assert recipients_of(first) == {other.pk}
    measured.finish(first, bounced=1)
    again = follow(first, NOT_REACHED)
    assert conditions_of(again).among is not None
    assert forecasts.count(again.version, [people.make_list()], conditions_of(again)).gets == 1
    Delivery.objects.filter(campaign_id=sent.pk, subscriber_id=other.pk).update(state="accepted")
    with pytest.raises(CampaignActionError, match="nobody-followed"):
        launch.schedule(ACTOR(), again.pk)


def test_the_draft_needs_another_subject_or_content_and_keeps_its_people(sent):
    same = follow_up_drafts.create(ACTOR(), sent.pk, NOT_READ)
    with pytest.raises(CampaignActionError, match="same-subject"):
        launch.schedule(ACTOR(), same.pk)
    draft_changes.replace_version(ACTOR(), same.pk, another_version("Did you miss it?"))
    with pytest.raises(CampaignActionError, match="same-content"):
        follow_up_drafts.create(ACTOR(), sent.pk, CORRECTION)
    for audience in (
        Audience([people.make_list("other")]),
        Audience([people.make_list()], exclusions=Exclusions(campaigns=[sent])),
    ):
        with pytest.raises(CampaignActionError, match="follow-up-audience"):
            draft_changes.change_audience(ACTOR(), same.pk, audience=audience, sender=same.sender)
    office = people.make_sender("office@cast.example")
    changed = draft_changes.change_audience(ACTOR(), same.pk, audience=Audience([people.make_list()]), sender=office)
    assert changed.sender == office
    assert numbers(people.start(same)) == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("segment_text", "wish", "archived"),
    [("", "usual", True), ('language = "en"', "usual", False), ('language = "en"', "shown", True), ("", "withheld", False)],
)
def test_archives_show_a_correction_only_of_what_they_show(sent, segment_text, wish, archived):
    Campaign.objects.filter(pk=sent.pk).update(segment_text=segment_text)
    IssueRecord.objects.update(archive=wish)
    first = follow(sent, CORRECTION)
    assert (first.archived, follow(sent, NOT_READ).archived) == (archived, False)


def test_what_cannot_be_followed_is_refused(sent):
    with pytest.raises(CampaignActionError, match="follow-up-again"):
        follow_up_drafts.create(ACTOR(), sent.pk, NOT_REACHED, seen=1)
    follow_up_drafts.create(ACTOR(), sent.pk, NOT_REACHED, seen=0)
    with pytest.raises(CampaignActionError, match="follow-up-again"):
        follow_up_drafts.create(ACTOR(), sent.pk, NOT_REACHED, seen=0)  # the second click, or the second person
    Campaign.objects.filter(pk=sent.pk).update(measuring="anonymous")
    with pytest.raises(CampaignActionError, match="clicks-unmeasured"):
        follow_up_drafts.create(ACTOR(), sent.pk, NOT_READ)
    Campaign.objects.filter(pk=sent.pk).update(state="sending")
    with pytest.raises(CampaignActionError, match="not-over"):
        follow_up_drafts.create(ACTOR(), sent.pk, NOT_REACHED)


def test_without_the_clicks_a_follow_up_waits_for_staff(sent):
    """A click that lost its name would make its reader one who did not click."""
    draft = follow(sent, NOT_READ)
    launch.schedule(ACTOR(), draft.pk)
    schedule.start_due()
    Campaign.objects.filter(pk=sent.pk).update(started_at=clock.now() - timedelta(days=4000))
    assert filling.fill(draft.pk) is None
    draft.refresh_from_db()
    assert (draft.state, draft.held_reason) == ("held", "audience")
    assert not FollowUpRecipient.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_follow_ups_that_are_filled_at_once_share_nobody(sent):
    drafts = [follow(sent, NOT_REACHED), follow(sent, NOT_REACHED)]
    for draft in drafts:
        launch.schedule(ACTOR(), draft.pk)
    schedule.start_due()
    counts = during(
        lambda: filling.fill(drafts[0].pk), filling_sql, "fill_slices", lambda: filling.fill(drafts[1].pk)
    )  # fmt: skip
    assert counts == (3, 0)
    assert [numbers(draft) for draft in drafts] == [[0, 1, 2], []]
