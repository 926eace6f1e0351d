"""Mails with the private link: their limits, above all for addresses whose owner never confirmed anything."""

import pytest

from publication import audit
from subscribers import addresses
from subscribers.consent import erasing, preferences, subscriptions
from subscribers.models import Notice

ADDRESS = "stranger@example.org"


def asked_often(time, days: int) -> int:
    """Ask four times a day; the number of mails that were planned."""
    for _ in range(days * 4):
        preferences.ask_private_link(audit.subscriber(), addresses.validate(ADDRESS).key)
        time.passes(hours=6)
        erasing.expire_pending(audit.system())
    return Notice.objects.filter(purpose="person").count()


@pytest.mark.soak
@pytest.mark.django_db
def test_somebody_who_never_confirmed_gets_five_in_ninety_days(news, time):
    subscriptions.subscribe(audit.subscriber(), news, ADDRESS)
    assert asked_often(time, days=80) == 5
    time.passes(days=20)
    assert asked_often(time, days=1) == 8, "after ninety days, three a day, up to five again"


@pytest.mark.django_db
def test_a_subscriber_gets_three_a_day(actor, news, time):
    subscriptions.add_confirmed(actor, news, ADDRESS, consent="by letter")
    assert asked_often(time, days=10) == 30


@pytest.mark.django_db
def test_leaving_does_not_prove_that_somebody_ever_confirmed(news, time):
    asked = subscriptions.subscribe(audit.subscriber(), news, ADDRESS)
    subscriptions.unsubscribe(audit.subscriber(), asked.subscriber_id, how="page")
    assert asked_often(time, days=10) == 5


@pytest.mark.django_db
def test_somebody_who_was_erased_gets_none_because_a_stranger_typed_the_address_again(actor, news, time):
    person = subscriptions.add_confirmed(actor, news, ADDRESS, consent="by letter").subscription.subscriber
    erasing.erase(actor, person)
    asked = subscriptions.subscribe(audit.subscriber(), news, ADDRESS)
    assert asked_often(time, days=2) == 0
    subscriptions.confirm(audit.subscriber(), asked)
    assert asked_often(time, days=1) == 3, "they came back themselves"
