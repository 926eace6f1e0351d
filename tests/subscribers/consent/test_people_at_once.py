"""Two changes of one person at the same moment: the later one waits, and then sees what the earlier one did."""

import pytest

from publication import audit
from subscribers.consent import confirmations, erasing, subscriptions, suppressions
from subscribers.importing import undo, undo_sql
from subscribers.importing.importer import import_file
from subscribers.models import Subscriber, Subscription
from subscribers.people import actions
from subscribers.people.people_filter import PeopleFilter
from subscribers.records import merging
from subscribers.segments.recipients import recipients
from subscribers.sign_up import pending_requests
from tests.support.at_once import during

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(join):
    """Two records of one person: the one that is kept, and the other."""
    return join("anna@new.example"), join("anna@old.example")


@pytest.mark.parametrize("meant", [0, 1])
def test_who_is_erased_during_a_merge_is_erased_with_both_records(actor, pair, meant):
    merged, erased = during(
        lambda: merging.merge(actor, *pair), erasing, "erase_quotations", lambda: erasing.erase(actor, pair[meant])
    )
    assert merged.kept == pair[0].pk
    assert sorted(erased.subscriber_ids) == sorted(person.pk for person in pair)
    assert not Subscriber.objects.filter(erased_at=None).exists()


def test_who_asks_while_they_are_erased_is_somebody_new_and_staff_may_not_add_them(actor, news, join):
    for name, change, result in (
        ("anna", lambda address: subscriptions.subscribe(audit.subscriber(), news, address).state, "pending"),
        ("ben", lambda address: subscriptions.subscribe(actor, news, address), "forgotten"),
        ("carl", lambda address: subscriptions.add_confirmed(actor, news, address, consent="by letter"), "forgotten"),
    ):
        person = join(f"{name}@example.org")
        _, answer = during(
            lambda person=person: erasing.erase(actor, person), confirmations, "keep_unanswered",
            lambda person=person, change=change: change(person.address),
        )  # fmt: skip
        assert str(answer) == result
    assert list(Subscriber.objects.filter(erased_at=None).values_list("address", flat=True)) == ["anna@example.org"]


def test_who_is_added_while_their_import_is_undone_is_somebody_new(actor, news, events, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("email\nanna@example.org\n")
    run = import_file(actor, file, news, consent="by letter")
    _, added = during(
        lambda: undo.undo(actor, run), undo_sql, "end",
        lambda: subscriptions.add_confirmed(actor, events, "anna@example.org", consent="by letter"),
    )  # fmt: skip
    assert added.is_new
    assert recipients([events]).get().address == "anna@example.org"


def test_who_is_added_by_the_other_address_during_a_merge_is_the_kept_record(actor, events, pair):
    _, added = during(
        lambda: merging.merge(actor, *pair), erasing, "erase_quotations",
        lambda: subscriptions.add_confirmed(actor, events, "anna@old.example", consent="by letter"),
    )  # fmt: skip
    assert (added.subscription.subscriber_id, added.is_new) == (pair[0].pk, False)


@pytest.mark.parametrize("lists", ["one", "all"])
def test_who_leaves_by_the_other_record_during_a_merge_is_mailed_no_more(actor, news, pair, lists):
    merged, left = during(
        lambda: merging.merge(actor, *pair), erasing, "erase_quotations",
        lambda: subscriptions.unsubscribe(
            audit.subscriber(), pair[1].pk, list_ids=[news.pk] if lists == "one" else None, how="page"
        ),
    )  # fmt: skip
    assert (merged.kept, left) == (pair[0].pk, 1)
    assert not recipients([news]).exists()
    assert (Subscriber.objects.get(pk=merged.kept).left_all_at is not None) == (lists == "all")


def test_who_confirms_first_is_not_refused(actor, news):
    asked = subscriptions.subscribe(audit.subscriber(), news, "anna@example.org")
    confirmed, refused = during(
        lambda: subscriptions.confirm(audit.subscriber(), asked), confirmations, "plan_welcome",
        lambda: pending_requests.refuse(actor, news, [asked.pk]),
    )  # fmt: skip
    assert (confirmed.state, refused) == ("confirmed", pending_requests.RefusedRequests(0, 0))
    assert recipients([news]).get().address == "anna@example.org"


def test_who_confirms_what_is_refused_at_that_moment_is_too_late(actor, news):
    asked = subscriptions.subscribe(audit.subscriber(), news, "anna@example.org")
    refused, confirmed = during(
        lambda: pending_requests.refuse(actor, news, [asked.pk]), confirmations, "cancel",
        lambda: subscriptions.confirm(audit.subscriber(), asked),
    )  # fmt: skip
    assert (refused, str(confirmed)) == (pending_requests.RefusedRequests(1, 1), "erased")


def test_an_action_adds_nobody_whose_request_is_refused_at_that_moment(actor, news, events):
    asked = subscriptions.subscribe(audit.subscriber(), news, "anna@example.org")
    whom, parameters = PeopleFilter(ids=(asked.subscriber_id,)), {"list_id": events.pk, "consent": "by letter"}
    actions.begin(actor, "add_to_list", whom, parameters, confirmed=1)
    action = actions.next_action()
    _, refused = during(
        lambda: actions.make_slice(action), actions, "_outcome", lambda: pending_requests.refuse(actor, news, [asked.pk])
    )
    assert refused == pending_requests.RefusedRequests(1, 1)
    assert (action.changed, action.left_out) == (0, {"gone": 1})
    assert not Subscriber.objects.filter(erased_at=None).exists()


def test_a_request_expires_while_the_person_confirms_it(actor, news, time):
    asked = subscriptions.subscribe(audit.subscriber(), news, "anna@example.org")
    suppressions.suppress(actor, "anna@example.org", "erased")
    time.passes(days=8)
    expired, confirmed = during(
        lambda: erasing.expire_pending(actor), erasing, "forget_again",
        lambda: subscriptions.confirm(audit.subscriber(), asked),
    )  # fmt: skip
    assert (expired, str(confirmed)) == (1, "erased")
    assert not Subscription.objects.exists()
