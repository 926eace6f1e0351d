import pytest

from subscribers.consent import erasing, subscriptions, suppressions
from subscribers.models import Subscriber
from subscribers.segments import recipients
from subscribers.segments.grammar import SegmentError


@pytest.fixture
def cast(actor, news, events, join):
    """One for each standing; only anna, ben and ada may be mailed on news or events."""
    join("anna@example.org", language="en")
    join("anna@example.org", events)
    join("ben@example.org", events, language="de")
    join("ada@example.org", language="de")
    subscriptions.subscribe(actor, news, "pending@example.org")
    subscriptions.unsubscribe(actor, join("left@example.org").pk, how="page")
    join("complained@example.org")
    suppressions.suppress(actor, "Complained@example.org", "complaint")
    erasing.erase(actor, join("erased@example.org"))


def names(people):
    return sorted(person.address.partition("@")[0] for person in people)


def test_each_person_who_may_be_mailed_is_a_recipient_once(cast, news, events):
    assert names(recipients.recipients([news, events])) == ["ada", "anna", "ben"]
    assert names(recipients.recipients([news])) == ["ada", "anna"]
    assert names(recipients.recipients([])) == []
    assert recipients.count([news, events]) == 3


def test_a_segment_narrows_the_recipients(cast, news, events):
    assert names(recipients.recipients([news, events], 'language = "de"')) == ["ada", "ben"]
    assert names(recipients.recipients([news, events], 'language = "de" and list = "news"')) == ["ada"]
    assert names(recipients.recipients([news], "  ")) == ["ada", "anna"]
    with pytest.raises(SegmentError):
        recipients.count([news], "langage = 1")


def test_no_segment_reaches_people_who_may_not_be_mailed(cast, news):
    assert names(recipients.recipients([news], 'list_state = "unsubscribed" or list_state = "pending"')) == []


def test_the_recipients_query_can_be_embedded_in_one_statement(cast, news):
    query = recipients.recipients([news], 'language = "de"').values("id", "address_key").order_by().query
    sql, parameters = query.sql_with_params()
    assert sql.count("%s") == len(parameters)
    assert "JOIN" not in sql
    assert "ORDER BY" not in sql
    assert Subscriber.objects.raw(f"SELECT id FROM ({sql}) AS audience", parameters)[0].address == "ada@example.org"
