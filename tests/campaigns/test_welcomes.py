"""An issue as the welcome of a list: each person who confirms gets it once, whatever workers, staff and people do."""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import launch
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign, Delivery, Slice
from campaigns.reporting import archive_entries, preselected_issue, reports
from campaigns.sending import claiming_sql, gate, schedule, settling
from campaigns.welcomes import list_welcomes, welcome_recipients
from editorial.models import IssueRecord, IssueVersion
from publication import audit, clock
from publication.models import Audit, Publication
from subscribers.consent import erasing, pauses, subscriptions, suppressions, welcomes
from subscribers.consent.ledger import Proof
from subscribers.models import MailingList, Notice, Subscriber, Subscription
from subscribers.records import merging
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN
from tests.support import people
from tests.support.variations import few
from transport.outcomes import Outcome

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = audit.command_line


@pytest.fixture
def news() -> MailingList:
    return people.make_list()


@pytest.fixture
def campaign(news) -> Campaign:
    return list_welcomes.choose(STAFF(), news.slug, people.make_version(choices=people.THREE), people.make_sender())


def confirm(news: MailingList, address: str, language: str = "") -> Subscriber:
    """Ask for the list and confirm it at once, also again after leaving."""
    row = subscriptions.subscribe(audit.subscriber(), news, address, language=language, consent="I want it")
    return subscriptions.confirm(audit.subscriber(), row, asked_at=clock.now()).subscriber


def leave(person: Subscriber) -> None:
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="one-click")


def pass_gate() -> tuple[claiming_sql.Claim, gate.GatePass | None] | None:
    """What a worker does until the request may begin; None if nothing is due."""
    claim = claiming_sql.claim("tester")
    if claim is None:
        return None
    lists = list(Campaign.objects.get(pk=claim.campaign_id).lists.values_list("pk", flat=True))
    return claim, gate.gate(claim, lists, "tester")


def send(outcome: Outcome = ACCEPTED) -> list[tuple[int, int]]:
    """What upkeep and sending workers do until nothing is due; (person, variant) of everybody in a request."""
    sent = []
    welcome_recipients.add_waiting()
    while (step := pass_gate()) is not None:
        claim, passed = step
        if passed is not None:
            settling.settle(passed.attempt_id, outcome)
            sent += [(person, claim.variant) for person in sorted(passed.members)]
    schedule.finish_done()
    return sent


def states() -> list[tuple[str, str | None]]:
    """State and reason of every recipient, in the order of their records."""
    rows = Delivery.objects.order_by("subscriber_id").values_list("subscriber_id", "slice", "state", "reason")
    slices = dict(Slice.objects.exclude(state="split").values_list("number", "state"))
    return [(state or slices[number], reason) for _person, number, state, reason in rows]


def test_each_person_who_confirms_gets_the_variant_of_their_language_once(news, campaign):
    people.make_people(3, news)  # were on the list before, as if they were imported
    assert send() == []
    anna, wei = confirm(news, "anna@example.org", "en"), confirm(news, "wei@example.org", "zh-Hans")
    assert sorted(send()) == [(anna.pk, 0), (wei.pk, 2)]
    eva = confirm(news, "eva@example.org")
    for person in (anna, wei):
        leave(person)
        confirm(news, person.address)
    assert send() == [(eva.pk, 0)], "who comes back has the welcome"
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients) == ("sending", 3), "it waits for the next person"
    assert reports.report(campaign.pk).balances
    assert not Notice.objects.filter(purpose="welcome").exists()
    subscriptions.add_confirmed(STAFF(), news, "ines@example.org", consent="paper")
    assert send() == [], "who did not confirm gets none"


def test_an_issue_that_welcomes_is_no_issue_of_the_newsletter(news, campaign):
    confirm(news, "anna@example.org")
    send()
    list_welcomes.end(STAFF(), "news", uses_standard_text=False)
    schedule.finish_done()
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    assert archive_entries.issues(news) == []
    assert preselected_issue._last_sent(IssueRecord.objects.all()) is None


@pytest.mark.parametrize("point", ["welcome_before_commit", "welcome_committed"])
def test_a_worker_that_dies_while_it_adds_people_loses_nobody_and_adds_nobody_twice(news, campaign, monkeypatch, point):
    class DeadError(Exception):
        pass

    def die(name: str) -> None:
        if name == point:
            raise DeadError

    anna = confirm(news, "anna@example.org")
    with monkeypatch.context() as patched:
        patched.setattr(welcome_recipients, "failpoint", die)
        with pytest.raises(DeadError):
            welcome_recipients.add_waiting()
    assert [person for person, _ in send()] == [anna.pk]
    assert send() == []
    assert Campaign.objects.get().recipients == 1


def test_who_left_before_gets_none_and_who_comes_back_gets_it(news, campaign):
    early, late = confirm(news, "early@example.org"), confirm(news, "late@example.org")
    leave(early)
    welcome_recipients.add_waiting()
    leave(late)
    assert send() == []
    assert states() == [("skipped", "unsubscribed")]
    confirm(news, "early@example.org")
    assert [person for person, _ in send()] == [early.pk]


def test_pause_suppression_and_erasure_count_as_for_every_mail(news, campaign):
    launch.pause(STAFF(), campaign.pk)
    kept, suppressed, erased, resting = (confirm(news, f"{name}@example.org") for name in ("a", "b", "c", "d"))
    assert send() == []
    assert welcomes.count(news) == 4
    launch.resume(STAFF(), campaign.pk)
    welcome_recipients.add_waiting()
    suppressions.suppress(audit.system(), suppressed.address, "manual")
    erasing.erase(STAFF(), erased)
    pauses.pause(audit.subscriber(), resting, clock.now() + timedelta(days=30), source="page", proof=Proof.PRIVATE_LINK)
    assert [person for person, _ in send()] == [kept.pk]
    assert sorted(state[1] or "" for state in states()) == ["", "erased", "on pause", "suppressed"]
    assert welcomes.count(news) == 0


def test_another_version_goes_to_new_people_only_and_the_first_one_ends(news, campaign):
    anna = confirm(news, "anna@example.org")
    welcome_recipients.add_waiting()
    second = list_welcomes.choose(STAFF(), "news", people.make_version(text="Newer"), campaign.sender)
    assert list_welcomes.choose(STAFF(), "news", second.version, campaign.sender) == second, "a doubled click"
    leave(anna)
    confirm(news, "anna@example.org")
    eva = confirm(news, "eva@example.org")
    assert [person for person, _ in send()] == [anna.pk, eva.pk]
    assert [row.state for row in Campaign.objects.order_by("pk")] == ["sent", "sending"]
    assert Delivery.objects.filter(subscriber_id=anna.pk).count() == 1
    assert [line.detail["after"]["welcome_campaign"] for line in Audit.objects.filter(verb="change_welcome").order_by("id")] == [
        campaign.pk, second.pk
    ]  # fmt: skip


def test_nobody_gets_an_issue_that_they_have_and_a_merged_record_counts(news):
    version = people.make_version()
    [reader] = people.make_people(1, news)
    people.start(launch.create(audit.system(), version=version, lists=[news], sender=people.make_sender()))
    assert [person for person, _ in send()] == [reader.pk]
    list_welcomes.choose(STAFF(), "news", version, people.make_sender())
    leave(reader)
    confirm(news, reader.address)
    other = confirm(news, "other@example.org")
    assert [person for person, _ in send()] == [other.pk]
    same = people.make_people(1, people.make_list("club"), prefix="same")[0]
    merging.merge(STAFF(), same, other)
    leave(same)
    confirm(news, same.address)
    assert send() == []


def test_a_cancelled_campaign_ends_the_welcome_and_the_standard_text_comes_back_when_chosen(news, campaign):
    confirm(news, "anna@example.org")
    launch.cancel(STAFF(), campaign.pk)
    news.refresh_from_db()
    assert (news.welcome, news.welcome_campaign) == (False, None)
    assert send() == []
    assert not Subscription.objects.filter(welcome_due=True).exists()
    list_welcomes.end(STAFF(), "news", uses_standard_text=True)
    confirm(news, "eva@example.org")
    assert Notice.objects.get(purpose="welcome").subscriber.address == "eva@example.org"


def test_a_version_that_lacks_approvals_is_refused_and_nothing_stays(news):
    Publication.objects.update_or_create(pk=1, defaults={"policies": {"approvals": "1"}})
    with pytest.raises(CampaignActionError) as refused:
        list_welcomes.choose(STAFF(), "news", people.make_version(), people.make_sender())
    assert refused.value.code == "not-asked"
    assert not Campaign.objects.exists()


class Walk:
    """Random people, staff and workers; `requests` has what may have reached the provider: (list or issue, person)."""

    def __init__(self, seed: int, lists: Sequence[MailingList]) -> None:
        self.chance, self.lists, self.is_over = random.Random(seed), lists, False
        self.addresses = itertools.cycle(f"person{number}@example.org" for number in range(9))
        self.sender = people.make_sender()
        self.versions = [people.make_version(text=f"Welcome {number}") for number in range(3)]
        IssueVersion.objects.filter(pk=self.versions[2].pk).update(issue=IssueRecord.objects.create(slug="other"))
        self.requests: Counter[tuple[str, int]] = Counter()
        self.unwanted: set[int] = set()

    def step(self) -> None:
        acts = [
            self.confirm, self.confirm, self.confirm, self.leave, self.erase, self.suppress, self.choose, self.end, self.pause,
            self.add, self.add, self.work, self.work, self.reap,
        ]  # fmt: skip
        self.chance.choice(acts)()

    def _person(self) -> Subscriber | None:
        rows = list(Subscriber.objects.filter(erased_at=None).order_by("pk"))
        return self.chance.choice(rows) if rows else None

    def confirm(self) -> None:
        confirm(self.chance.choice(self.lists), next(self.addresses), self.chance.choice(["en", "zh-Hans", ""]))

    def leave(self) -> None:
        if (person := self._person()) is not None:
            leave(person)

    def erase(self) -> None:
        if self.chance.random() < 0.5 and (person := self._person()) is not None:
            erasing.erase(STAFF(), person)

    def suppress(self) -> None:
        if self.chance.random() < 0.3 and (person := self._person()) is not None:
            suppressions.suppress(audit.system(), person.address, "complaint")

    def choose(self) -> None:
        list_welcomes.choose(STAFF(), self.chance.choice(self.lists).slug, self.chance.choice(self.versions), self.sender)

    def end(self) -> None:
        if self.chance.random() < 0.3:
            mailing_list = self.chance.choice(self.lists)
            list_welcomes.end(STAFF(), mailing_list.slug, uses_standard_text=self.chance.random() < 0.5)

    def pause(self) -> None:
        for row in Campaign.objects.filter(state__in=["sending", "paused", "held"]):
            move = launch.cancel if self.chance.random() < 0.1 else launch.pause if row.state == "sending" else launch.resume
            move(STAFF(), row.pk)

    def add(self) -> None:
        """The worker adds people, or dies before it commits."""
        dies = self.chance.random() < 0.3 and not self.is_over

        def die(name: str) -> None:
            if dies and name == "welcome_before_commit":
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(welcome_recipients, "failpoint", die)
            try:
                welcome_recipients.add_waiting()
            except KeyboardInterrupt:
                assert dies

    def work(self) -> bool:
        """A worker sends a slice; dies before the gate, after it, or hears nothing. After the gate the mail may be out."""
        if self.chance.random() < 0.2 and not self.is_over:
            claiming_sql.claim("dies at once")
            return True
        step = pass_gate()
        if step is None or step[1] is None:
            return step is not None
        passed = step[1]
        campaign = Campaign.objects.select_related("version").get(pk=step[0].campaign_id)
        for person in passed.members:
            self.requests.update([(f"list {campaign.welcome_to_id}", person), (f"issue {campaign.version.issue_id}", person)])
        on_list = Subscription.objects.filter(list_id=campaign.welcome_to_id, state="confirmed")
        self.unwanted |= passed.members - set(on_list.values_list("subscriber_id", flat=True))
        if self.chance.random() < 0.8 or self.is_over:
            settling.settle(passed.attempt_id, self.chance.choice([ACCEPTED, ACCEPTED, UNKNOWN]))
        return True

    def reap(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE slice SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")
        settling.reap()
        schedule.finish_done()
        schedule.tend_ended()

    def rest(self) -> None:
        self.is_over = True
        for row in Campaign.objects.filter(state__in=["paused", "held"]):
            launch.resume(STAFF(), row.pk)
        self.reap()
        self.add()
        while self.work():
            pass

    def check(self) -> None:
        assert max(self.requests.values(), default=1) == 1, "a second welcome of a list, or an issue twice"
        assert not self.unwanted, "sent to people who had left"
        for row in Campaign.objects.all():
            report = reports.report(row.pk)
            assert report.balances
            assert report.recipients == Delivery.objects.filter(campaign_id=row.pk).count()


@pytest.mark.parametrize("seed", few(1, soak=range(2, 202)))
def test_whatever_happens_nobody_gets_a_second_welcome_and_nobody_who_left_gets_one(seed):
    walk = Walk(seed, [people.make_list("news"), people.make_list("club")])
    walk.choose()
    for _ in range(60):
        walk.step()
    walk.rest()
    walk.check()
    assert not Subscription.objects.filter(welcome_due=True, state="confirmed").exists()
    assert not Slice.objects.filter(state__in=["planned", "claimed", "in_flight"]).exists()
