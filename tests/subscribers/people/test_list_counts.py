"""The numbers of lists, which triggers keep: after any verbs they equal what counting would give."""

import io
import random
from datetime import UTC, date, datetime

import pytest
from django.db.models import Count, Sum

from publication import audit
from publication.models import Publication
from subscribers.addresses import AddressError
from subscribers.consent import erasing, subscriptions, suppressions
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.consent.unsubscribing import unsubscribe_undo
from subscribers.errors import InputError
from subscribers.importing.importer import import_file
from subscribers.models import ListCount, MailingList, Subscriber, Subscription, Suppression
from subscribers.people import list_counts
from subscribers.records import merging
from subscribers.records.merging import MergeError
from tests.support.variations import first

pytestmark = pytest.mark.django_db

ADDRESSES = [f"reader{number}@people.example" for number in range(8)]
YEARS = 30 * 12  # the clock of these tests is not the database's


def counted() -> dict[int, dict[str, int]]:
    people = Subscription.objects.exclude(state="unsubscribed") | Subscription.objects.filter(
        subscriber__erased_at=None, subscriber__merged_into=None
    )
    rows = people.values_list("list_id", "state").annotate(people=Count("id")).order_by()
    plain = {mailing_list.pk: dict.fromkeys(Subscription.State, 0) for mailing_list in MailingList.objects.all()}
    for list_id, state, people in rows:
        plain[list_id][state] = people
    return plain


def check() -> None:
    assert list_counts.totals() == counted()
    for mailing_list in MailingList.objects.all():
        sums = dict(ListCount.objects.filter(list=mailing_list).values_list("kind").annotate(sum=Sum("people")).order_by())
        still_there = sums.get("joined", 0) - sums.get("left", 0) - sums.get("erased", 0)
        assert still_there == counted()[mailing_list.pk]["confirmed"], sums


class Verbs:
    """Random verbs on few people, so that they meet in every state."""

    def __init__(self, seed: int, actor, lists, time) -> None:
        self.chance, self.actor, self.lists, self.time = random.Random(seed), actor, lists, time

    def step(self) -> None:
        verb = self.chance.choice(
            [self.ask, self.ask, self.confirm, self.confirm, self.add, self.load, self.leave, self.leave, self.undo, self.undo,
             self.merge, self.erase, self.bounce, self.drop]
        )  # fmt: skip
        try:
            verb()
        except (SubscriberStateError, MergeError, AddressError, InputError):
            pass
        self.time.passes(hours=self.chance.randrange(1, 30))

    def _person(self) -> Subscriber | None:
        people = list(Subscriber.objects.order_by("id"))
        return self.chance.choice(people) if people else None

    def ask(self) -> None:
        subscriptions.subscribe(audit.subscriber(), self.chance.choice(self.lists), self.chance.choice(ADDRESSES))

    def confirm(self) -> None:
        for subscription in Subscription.objects.order_by("id"):
            if self.chance.random() < 0.5:
                subscriptions.confirm(audit.subscriber(), subscription, asked_at=self.time.at)

    def add(self) -> None:
        chosen = self.chance.choice(self.lists)
        subscriptions.add_confirmed(self.actor, chosen, self.chance.choice(ADDRESSES), consent="by letter")

    def load(self) -> None:
        chosen = self.chance.sample(ADDRESSES, 3)
        rows = f"{chosen[0]},subscribed\n{chosen[1]},unsubscribed\n{chosen[2]},subscribed\n"
        import_file(self.actor, io.BytesIO(f"email,status\n{rows}".encode()), self.chance.choice(self.lists), consent="fair")

    def leave(self) -> None:
        if person := self._person():
            chosen = self.chance.choice([None, [self.chance.choice(self.lists).pk]])
            subscriptions.unsubscribe(audit.subscriber(), person.pk, list_ids=chosen, how="page", campaign_id=1)
            if self.chance.random() < 0.5:
                unsubscribe_undo.undo(audit.subscriber(), person.pk, 1, consent="undone")

    def undo(self) -> None:
        if person := self._person():
            unsubscribe_undo.undo(audit.subscriber(), person.pk, 1, consent="undone")

    def merge(self) -> None:
        keep, gone = self._person(), self._person()
        if keep and gone:
            merging.merge(self.actor, keep, gone)

    def erase(self) -> None:
        if (person := self._person()) and self.chance.random() < 0.4:
            erasing.erase(self.actor, person)

    def bounce(self) -> None:
        person = self._person()
        if person and person.address:
            suppressions.suppress(self.actor, person.address, Suppression.Reason.HARD_BOUNCE)

    def drop(self) -> None:
        if person := self._person():
            subscriptions.drop_requests(person)
        if (person := self._person()) and self.chance.random() < 0.2:
            person.subscription_set.all().delete()


@pytest.mark.parametrize("seed", first(range(12), 2))
def test_after_any_verbs_the_sums_are_what_counting_gives(seed, actor, news, events, time):
    verbs = Verbs(seed, actor, [news, events], time)
    for step in range(60):
        verbs.step()
        if step % 7 == 0:
            list_counts.fold()
            check()
    check()
    assert set(counted()[news.pk].values()) != {0}


def test_folding_leaves_one_row_for_each_number_and_changes_no_number(actor, news, join):
    people = [join(address) for address in ADDRESSES]
    subscriptions.unsubscribe(audit.subscriber(), people[0].pk, how="one-click")
    before, months = list_counts.totals(), list_counts.by_month(news, YEARS)
    rows = ListCount.objects.count()
    assert list_counts.fold() > 0
    assert ListCount.objects.count() < rows
    assert list_counts.fold() == 0, "nothing is left to fold"
    assert list_counts.totals() == before
    assert list_counts.by_month(news, YEARS) == months


def test_months_say_how_people_joined_left_and_bounced(actor, news, events, join):
    for address in ADDRESSES[:3]:
        join(address, source="import:7")
    left = join(ADDRESSES[3], source="cli")
    subscriptions.unsubscribe(audit.subscriber(), left.pk, how="preferences")
    suppressions.suppress(actor, ADDRESSES[0], Suppression.Reason.HARD_BOUNCE)
    months = list_counts.by_month(news)
    assert len(months.months) == 12
    assert months.by_origin("joined") == {"import": [0] * 11 + [3], "cli": [0] * 11 + [1]}
    assert months.of_kind("joined")[-1] == 4
    assert months.by_origin("left") == {"preferences": [0] * 11 + [1]}
    assert months.by_origin("bounced") == {"hard_bounce": [0] * 11 + [1]}
    assert list_counts.by_month(events).people == {}
    assert list_counts.by_month().of_kind("joined")[-1] == 4, "of all lists together"


def test_months_are_those_of_the_publications_zone(news, join, time):
    """A join that is taken back shows the month that the triggers count it in, by the time that it had."""
    time.at = datetime(2026, 11, 30, 18, tzinfo=UTC)
    for zone, month in (("Asia/Shanghai", date(2026, 12, 1)), ("UTC", date(2026, 11, 1)), ("No/Where", date(2026, 11, 1))):
        Publication.objects.update_or_create(pk=1, defaults={"zone": zone})
        person = join(ADDRESSES[0])
        joined = ListCount.objects.filter(kind="joined", month=month)
        before = joined.aggregate(sum=Sum("people"))["sum"] or 0
        person.subscription_set.all().delete()
        assert joined.aggregate(sum=Sum("people"))["sum"] == before - 1, zone
        assert list_counts.by_month(news, 1).months == [month]


def test_a_merge_is_no_leave_and_an_erasure_is_counted_apart(actor, news, join):
    staying, left, doubled, erased = (join(address) for address in ADDRESSES[:4])
    subscriptions.unsubscribe(audit.subscriber(), left.pk, how="page")
    merging.merge(actor, staying, doubled)
    erasing.erase(actor, erased)
    assert list_counts.total(news) == {"pending": 0, "confirmed": 1, "unsubscribed": 1}
    merging.merge(actor, left, staying)  # who left, and who left by the other record
    months = list_counts.by_month(news, YEARS)
    assert list_counts.total(news) == {"pending": 0, "confirmed": 0, "unsubscribed": 1}
    assert {kind: sum(months.of_kind(kind)) for kind in ("joined", "left", "erased")} == {"joined": 2, "left": 1, "erased": 1}


def test_an_undone_unsubscribe_takes_the_leave_back(actor, news, join):
    person = join(ADDRESSES[0])
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="page", campaign_id=1)
    assert list_counts.total(news) == {"pending": 0, "confirmed": 0, "unsubscribed": 1}
    assert unsubscribe_undo.undo(audit.subscriber(), person.pk, 1, consent="undone") == 1
    assert list_counts.total(news)["confirmed"] == 1
    assert sum(list_counts.by_month(news, YEARS).of_kind("left")) == 0
