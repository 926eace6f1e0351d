"""Files with an earlier address of somebody who moved, or whose other record was merged, are about their present record."""

import pytest

from publication import audit
from subscribers import addresses
from subscribers.consent import erasing, subscriptions, suppressions
from subscribers.consent.address_changes import move
from subscribers.consent.ledger import Proof
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.importing import row_slices
from subscribers.importing.importer import import_file
from subscribers.models import FormerAddress, Subscriber, Suppression
from subscribers.records import merging
from subscribers.segments.recipients import recipients

OLDEST, OLD, MERGED, NOW = "anna@oldest.example", "anna@old.example", "a.s@other.example", "anna@now.example"
FORMER = (OLDEST, OLD, MERGED)


@pytest.fixture
def anna(actor, join):
    """Somebody who moved twice, and got the record of another address of theirs."""
    person = join(OLDEST)
    for address in (OLD, NOW):
        move(actor, person, address, source="cli", proof=Proof.STATEMENT, statement="by telephone")
    merging.merge(actor, person, join(MERGED))
    return Subscriber.objects.get(pk=person.pk)


@pytest.fixture
def read(actor, news, tmp_path):
    def read(*rows, header="email"):
        path = tmp_path / "register.csv"
        path.write_text("\n".join((header, *rows)) + "\n", "utf-8")
        return import_file(actor, path, news, consent="the old register")

    return read


def mailed(*lists):
    return set(recipients(lists).values_list("address", flat=True))


def test_no_earlier_address_brings_back_somebody_who_left(actor, news, events, anna, read):
    subscriptions.unsubscribe(audit.subscriber(), anna.pk, how="page")
    run = read(*FORMER, NOW)
    assert run.details["kept_out"] == {"left": 4}
    for address in FORMER:
        for mailing_list, code in ((news, "left"), (events, "left_all")):
            with pytest.raises(SubscriberStateError, match=code):
                subscriptions.add_confirmed(actor, mailing_list, address, consent="the old register")
    assert Subscriber.objects.filter(address__isnull=False).get() == anna
    assert mailed(news, events) == set()


def test_an_address_that_is_given_up_during_an_import_brings_back_nobody(actor, news, join, read, monkeypatch):
    person, present = join(OLD), row_slices._at_present_addresses
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="page")

    def moved_after(blocks):
        rows = present(blocks)
        if person.address == OLD:
            person.address = move(actor, person, NOW, source="cli", proof=Proof.STATEMENT, statement="by telephone").address
        return rows

    monkeypatch.setattr(row_slices, "_at_present_addresses", moved_after)
    run = read(OLD, "ben@example.org")
    assert (run.created_count, run.details["kept_out"], mailed(news)) == (1, {"left": 1}, {"ben@example.org"})


def test_rows_with_an_earlier_address_change_the_present_record(actor, news, events, anna, read):
    run = read(f"{NOW},", f"{OLD},Anna", f"{MERGED},", header="email,name")
    assert (run.created_count, run.updated_count, run.unchanged_count, run.refused_count) == (0, 1, 2, 0)
    added = subscriptions.add_confirmed(actor, events, OLD, consent="at the fair")
    assert (added.subscription.subscriber, added.is_new) == (anna, False)
    assert Subscriber.objects.get(address__isnull=False).name == "Anna"
    assert mailed(news, events) == {NOW}
    read(f"{OLD},bounced", header="email,status")  # that mailbox, not the person
    assert mailed(news) == {NOW}
    read(f"{NOW},subscribed", f"{OLDEST},unsubscribed", header="email,status")
    assert (mailed(news), mailed(events)) == (set(), {NOW})


def test_an_address_is_of_the_person_who_confirmed_it_last(actor, news, anna, read):
    for address in (OLD, MERGED):
        subscriptions.subscribe(audit.subscriber(), news, address)  # anybody can type it
    subscriptions.unsubscribe(audit.subscriber(), anna.pk, how="page")
    read(OLD, MERGED)
    assert mailed(news) == set()
    asked = subscriptions.subscribe(audit.subscriber(), news, OLD)
    subscriptions.confirm(audit.subscriber(), asked)
    assert subscriptions.add_confirmed(actor, news, OLD, consent="x").subscription == asked
    assert mailed(news) == {OLD}


def test_an_erasure_forgets_earlier_addresses_and_keeps_them_out(actor, news, anna, read):
    erasing.erase(actor, anna)
    assert not FormerAddress.objects.exists()
    assert set(suppressions.erased([addresses.key_of_spelling(address) for address in (*FORMER, NOW)])) == {
        bytes(suppression.address_key) for suppression in Suppression.objects.all()
    }
    assert Suppression.objects.count() == 4
    assert read(*FORMER, NOW).details["kept_out"] == {"erased": 4}
