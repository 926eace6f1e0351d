"""Two changes of one person at the same moment: the later one waits, and then sees what the earlier one did."""

import pytest

from subscribers.consent import erasing
from subscribers.models import Subscriber
from subscribers.records import merging
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
