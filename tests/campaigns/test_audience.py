"""The audience of a campaign: who is left out, who gets it when it is filled, and why the others on its lists do not."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from campaigns import launch, removing
from campaigns.audience import forecasts
from campaigns.audience.audiences import Audience, Exclusions, conditions_of
from campaigns.audience.shortfall import Shortfall
from campaigns.drafts import draft_changes
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign, Delivery, Slice
from campaigns.sending import filling, schedule
from campaigns.states import move_campaign
from editorial.models import IssueVersion
from publication import audit, clock
from publication.models import Audit
from subscribers import attribute_declarations
from subscribers.models import MailingList, Segment, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.segments import saved_segments
from tests.support import people

pytestmark = pytest.mark.django_db
ACTOR = audit.system
HAS_IT = {"accepted", "delivered", "in_flight", "unknown"}
STATES = (*HAS_IT, "planned", "failed", "bounced", "skipped")
REASONS = ("hard_bounce", "complaint", "manual")
Predicate = Callable[[Subscriber], bool]
# Texts of segments, and what they mean.
SEGMENTS: tuple[tuple[str, Predicate], ...] = (
    ('language = "en"', lambda person: person.language == "en"),
    ('country != "CN"', lambda person: person.country != "CN"),
    ('language = "fr" or country = "CN"', lambda person: person.language == "fr" or person.country == "CN"),
    ('not (language = "en" and country = "CN")', lambda person: not (person.language == "en" and person.country == "CN")),
)


@dataclass
class World:
    """Lists, people and segments, and the plain answers about them. `got`: campaign -> people who have its mail."""

    rng: random.Random
    lists: list[MailingList]
    segments: list[Segment]
    version: IssueVersion
    meanings: dict[int, Predicate] = field(default_factory=dict)
    got: dict[int, set[int]] = field(default_factory=dict)

    @classmethod
    def make(cls, seed: int) -> "World":
        rng = random.Random(seed)
        lists = [people.make_list(slug) for slug in ("news", "events", "board")]
        segments = [saved_segments.create(ACTOR(), f"segment-{at}", text) for at, (text, _) in enumerate(SEGMENTS[:3])]
        made = cls(rng, lists, segments, people.make_version(choices=people.THREE))
        made.meanings = {segment.pk: SEGMENTS[at][1] for at, segment in enumerate(segments)}
        for at, person in enumerate(people.make_people(40, lists[0])):
            person.language, person.country = rng.choice(["en", "fr", "zh-CN"]), rng.choice(["CN", "GB", ""])
            person.domain = f"d{at % 4}.example"
            person.save()
            made.move(person)
        return made

    def move(self, person: Subscriber) -> None:
        """The person joins, leaves or pauses; the address is suppressed, or not any more; rarely, the person is erased."""
        rng, now = self.rng, clock.now()
        Subscription.objects.filter(subscriber=person).delete()
        for mailing_list in rng.sample(self.lists, rng.randint(0, 3)):
            state = rng.choice(["confirmed", "confirmed", "confirmed", "pending", "unsubscribed"])
            Subscription.objects.create(subscriber=person, list=mailing_list, state=state, source="test")
        Suppression.objects.filter(address_key=person.address_key).delete()
        if rng.random() < 0.15:
            Suppression.objects.create(address_key=person.address_key, reason=rng.choice(REASONS))
        person.paused_until = now + timedelta(days=rng.choice([-1, 1])) if rng.random() < 0.2 else None
        if rng.random() < 0.04:
            person.address, person.erased_at = None, now
        person.save()

    def disturb(self) -> None:
        """What happens between scheduling and the fill: people move, segments are edited, a domain is suppressed or not."""
        for person in self.rng.sample(list(Subscriber.objects.order_by("pk")), 8):
            self.move(person)
        segment, (text, meaning) = self.rng.choice(self.segments), self.rng.choice(SEGMENTS)
        saved_segments.change(ACTOR(), segment, text)
        self.meanings[segment.pk] = meaning
        SuppressedDomain.objects.all().delete()
        if self.rng.random() < 0.3:
            SuppressedDomain.objects.create(domain=f"d{self.rng.randrange(4)}.example", actor=ACTOR())

    def chosen(self) -> Audience:
        rng = self.rng
        lists, segments = rng.sample(self.lists, 3), rng.sample(self.segments, 3)
        earlier = list(Campaign.objects.filter(pk__in=rng.sample([*self.got], min(len(self.got), rng.randint(0, 2)))))
        on = rng.randint(1, 2)
        in_segment = segments[0] if rng.random() < 0.5 else None
        excluded = Exclusions(lists[on : on + rng.randint(0, 1)], segments[1 : 1 + rng.randint(0, 2)], earlier)
        return Audience(lists[:on], in_segment, excluded)

    def plain(self, audience: Audience, meanings: dict[int, Predicate]) -> dict[int, str]:
        """Everybody on the lists -> why they do not get it, or "gets"."""
        states: dict[int, dict[int, str]] = {}
        for row in Subscription.objects.all():
            states.setdefault(row.subscriber_id, {})[row.list_id] = row.state
        suppressed = {bytes(row.address_key): row.reason for row in Suppression.objects.all()}
        domains = set(SuppressedDomain.objects.values_list("domain", flat=True))
        answer = {}
        for person in Subscriber.objects.all():
            own = states.get(person.pk, {})
            on = [own[mailing_list.pk] for mailing_list in audience.lists if mailing_list.pk in own]
            if on:
                reason = suppressed.get(bytes(person.address_key))
                answer[person.pk] = self.why(person, on, own, reason, person.domain in domains, audience, meanings)
        return answer

    def why(self, person, on, own, suppressed, in_domain, audience, meanings) -> str:
        if person.address is None:
            return "erased"
        if "confirmed" not in on:
            return "pending" if "pending" in on else "unsubscribed"
        if suppressed:
            return f"suppressed:{suppressed}"
        if in_domain:
            return "domain_suppressed"
        if person.paused_until and person.paused_until > clock.now():
            return "paused"
        if audience.segment and not meanings[audience.segment.pk](person):
            return "segment"
        excluded = audience.exclusions
        for mailing_list in sorted(excluded.lists, key=lambda row: row.pk):
            if own.get(mailing_list.pk) == "confirmed":
                return f"excluded_list:{mailing_list.pk}"
        for segment in sorted(excluded.segments, key=lambda row: row.pk):
            if meanings[segment.pk](person):
                return f"excluded_segment:{segment.pk}"
        for campaign in sorted(excluded.campaigns, key=lambda row: row.pk):
            if person.pk in self.got[campaign.pk]:
                return f"excluded_campaign:{campaign.pk}"
        return "gets"

    def send(self, campaign: Campaign) -> None:
        """Some of its mails go out: whole batches, and single recipients with an outcome of their own."""
        for row in Slice.objects.filter(campaign=campaign):
            Slice.objects.filter(pk=row.pk).update(state=self.rng.choice(["accepted", "planned", "in_flight", "unknown"]))
        states = dict(Slice.objects.filter(campaign=campaign).values_list("number", "state"))
        self.got[campaign.pk] = set()
        for delivery in Delivery.objects.filter(campaign_id=campaign.pk).order_by("subscriber_id"):
            own = self.rng.choice(STATES) if self.rng.random() < 0.4 else None
            Delivery.objects.filter(campaign_id=campaign.pk, subscriber_id=delivery.subscriber_id).update(state=own)
            if (own or states[delivery.slice]) in HAS_IT:
                self.got[campaign.pk].add(delivery.subscriber_id)


def check_numbers(world: World, campaign: Campaign, expected: dict[int, str]) -> None:
    """Each person on the lists is counted once; the people behind each number are those whom the plain evaluator names."""
    lists, conditions = list(campaign.lists.all()), conditions_of(campaign)
    numbers = forecasts.count(world.version, lists, conditions)
    counts = Counter(expected.values())
    assert (
        numbers.gets == sum(numbers.variants.values()) == sum(people for _, people in numbers.languages) == counts.pop("gets", 0)
    )
    assert +Counter(numbers.missing) == counts
    assert {exclusion.code for exclusion in conditions.excluded} <= numbers.missing.keys()
    assert numbers.on_lists == len(expected)
    assert {expected[pk] for pk in numbers.sample} <= {"gets"}
    assert len(numbers.sample) == min(numbers.gets, forecasts.SAMPLE_SIZE)
    shortfall = Shortfall(lists, conditions)
    for code in {*counts, "gets", "pending", "paused", "erased"}:
        behind = set(shortfall.people(code).values_list("pk", flat=True))
        assert behind == {pk for pk, why in expected.items() if why == code}, code


@pytest.mark.parametrize(
    ("seed", "campaigns"), [(1, 8), *(pytest.param(seed, 10, marks=pytest.mark.soak) for seed in range(2, 22))]
)
def test_who_gets_a_campaign_is_what_a_plain_evaluator_says_at_the_fill(seed, campaigns):
    """Random exclusions; people join and leave, segments change and other campaigns are sent after a campaign is scheduled."""
    world, filled = World.make(seed), 0
    for _ in range(campaigns):
        audience = world.chosen()
        campaign = launch.create(
            ACTOR(), version=world.version, lists=audience.lists, segment=audience.segment, exclusions=audience.exclusions,
            sender=people.make_sender(),
        )  # fmt: skip
        meanings = dict(world.meanings)
        before = world.plain(audience, meanings)
        check_numbers(world, campaign, before)
        if "gets" not in before.values():
            with pytest.raises(CampaignActionError, match=r"nobody|all-left-out"):
                launch.schedule(ACTOR(), campaign.pk)
            continue
        launch.schedule(ACTOR(), campaign.pk)
        world.disturb()
        expected = world.plain(audience, meanings)
        campaign.refresh_from_db()
        check_numbers(world, campaign, expected)
        move_campaign(ACTOR(), campaign.pk, "filling", sources=["scheduled"])
        filling.fill(campaign.pk)
        got = set(Delivery.objects.filter(campaign_id=campaign.pk).values_list("subscriber_id", flat=True))
        assert got == {pk for pk, why in expected.items() if why == "gets"}
        campaign.refresh_from_db()
        if campaign.recipients:
            world.send(campaign)
            filled += 1
    assert filled > campaigns // 3


@pytest.fixture
def draft() -> Campaign:
    return people.make_campaign(6)


def change(draft: Campaign, excluded: Exclusions, segment: Segment | None = None) -> Campaign:
    audience = Audience([people.make_list()], segment, excluded)
    return draft_changes.change_audience(ACTOR(), draft.pk, audience=audience, sender=draft.sender)


def sent_campaign(*members: Subscriber) -> Campaign:
    """A campaign that these people have."""
    mailing_list = people.make_list("sent")
    Subscription.objects.bulk_create(
        Subscription(subscriber=person, list=mailing_list, state="confirmed", source="test") for person in members
    )
    campaign = launch.create(ACTOR(), version=people.make_version(text="x"), lists=[mailing_list], sender=people.make_sender())
    started = people.start(campaign)
    Slice.objects.filter(campaign=started).update(state="accepted")
    return started


def test_exclusions_that_staff_cannot_mean_are_refused_and_change_nothing(draft):
    segment = saved_segments.create(ACTOR(), "english", 'language = "en"')
    broken = Segment.objects.create(slug="broken", text="nonsense = 1")
    other = launch.create(ACTOR(), version=draft.version, lists=[people.make_list()], sender=draft.sender)
    for code, excluded, chosen in (
        ("list-twice", Exclusions(lists=[people.make_list()]), None),
        ("segment-twice", Exclusions(segments=[segment]), segment),
        ("excludes-itself", Exclusions(campaigns=[draft]), None),
        ("excludes-draft", Exclusions(campaigns=[other]), None),
        ("exclusion", Exclusions(segments=[broken]), None),
    ):
        with pytest.raises(CampaignActionError, match=code):
            change(draft, excluded, chosen)
    launch.schedule(ACTOR(), other.pk, launch.moment(f"{people.AHEAD} 09:00", "UTC"))
    other.refresh_from_db()
    change(draft, Exclusions(campaigns=[other]))
    launch.unschedule(ACTOR(), other.pk)
    with pytest.raises(CampaignActionError, match="excludes-draft"):
        launch.schedule(ACTOR(), draft.pk)
    launch.schedule(ACTOR(), other.pk, launch.moment(f"{people.AHEAD} 09:00", "UTC"))
    launch.cancel(ACTOR(), other.pk)
    other.refresh_from_db()
    with pytest.raises(CampaignActionError, match="excludes-cancelled"):
        change(draft, Exclusions(campaigns=[other]))
    assert Exclusions.of(draft).campaigns == [other]


def test_exclusions_are_stored_audited_and_frozen_with_the_campaign(draft):
    first = Subscriber.objects.order_by("pk").first()
    earlier = sent_campaign(first)
    segment = saved_segments.create(ACTOR(), "elsewhere", 'country = "XX"')
    change(draft, Exclusions(segments=[segment], campaigns=[earlier]))
    detail = Audit.objects.filter(verb="campaign_audience").latest("pk").detail
    assert (detail["excluded_campaigns"], detail["excluded_segments"]) == ([str(earlier.pk)], ["elsewhere"])
    launch.schedule(ACTOR(), draft.pk, launch.moment(f"{people.AHEAD} 09:00", "UTC"))
    draft.refresh_from_db()
    assert draft.segment_text == f'not (country = "XX") and not (got = {earlier.pk})'
    with pytest.raises(CampaignActionError, match="scheduled"):
        change(draft, Exclusions())
    launch.unschedule(ACTOR(), draft.pk)
    assert Exclusions.of(draft).campaigns == [earlier]


def test_a_scheduled_campaign_leaves_out_the_same_people_when_an_attribute_gets_another_label(draft):
    for name in ("unit", "city"):
        attribute_declarations.declare(ACTOR(), name, "text")
    attribute_declarations.configure(ACTOR(), "unit", label="单位")
    press = Subscriber.objects.order_by("pk").first()
    Subscriber.objects.filter(pk=press.pk).update(attributes={"unit": "press"})
    named = saved_segments.create(ACTOR(), "press", '单位 = "press"')
    change(draft, Exclusions(segments=[named, saved_segments.create(ACTOR(), "nested", 'segment = "press"')]))
    launch.schedule(ACTOR(), draft.pk)
    attribute_declarations.configure(ACTOR(), "unit", label="部门")
    attribute_declarations.configure(ACTOR(), "city", label="单位")
    schedule.start_due()
    assert filling.fill(draft.pk) == 5
    assert not Delivery.objects.filter(campaign_id=draft.pk, subscriber_id=press.pk).exists()


def test_a_campaign_that_leaves_out_everybody_says_so(draft):
    everybody = saved_segments.create(ACTOR(), "everybody", 'language = "en"')
    change(draft, Exclusions(segments=[everybody]))
    with pytest.raises(CampaignActionError, match="all-left-out"):
        launch.schedule(ACTOR(), draft.pk)
    Subscription.objects.update(state="pending")
    with pytest.raises(CampaignActionError, match="nobody"):
        launch.schedule(ACTOR(), draft.pk)


def test_what_a_campaign_leaves_out_is_not_deleted(draft):
    other = launch.create(ACTOR(), version=draft.version, lists=[people.make_list()], sender=draft.sender)
    launch.schedule(ACTOR(), other.pk, launch.moment(f"{people.AHEAD} 09:00", "UTC"))
    other.refresh_from_db()
    board, segment = people.make_list("board"), saved_segments.create(ACTOR(), "elsewhere", 'country = "XX"')
    change(draft, Exclusions([board], [segment], [other]))
    launch.unschedule(ACTOR(), other.pk)
    with pytest.raises(CampaignActionError, match="excluded"):
        removing.delete_campaign(ACTOR(), other.pk)
    for delete in (lambda: removing.delete_list(ACTOR(), "board"), lambda: removing.delete_segment(ACTOR(), segment)):
        with pytest.raises(removing.RemovalRefusedError, match="draft"):
            delete()


def test_the_numbers_are_removed_when_anybody_is_erased(draft):
    audience = Audience.of(draft)
    count = forecasts.AudienceCount.of_draft(draft, audience)
    assert forecasts.numbers_of(count.counted()).domains == [("people.example", 6)]
    forecasts.forget()
    assert forecasts.numbers_of(count.on_page()).gets == 6, "a quick count is made for the page"
