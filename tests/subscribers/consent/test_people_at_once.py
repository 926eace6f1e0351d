"""Two changes of one person at the same moment: the later one waits, and then sees what the earlier one did."""

import pytest

from publication import audit
from subscribers.consent import confirmations, erasing, subscriptions, suppressions
from subscribers.models import Subscriber, Subscription
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
