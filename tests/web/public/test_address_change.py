"""A change of address: asked for with the private link, confirmed by links to both addresses, in either order."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Q

from campaigns.models import Delivery
from campaigns.reporting import person_export
from publication import audit, clock
from publication.models import Audit
from subscribers import addresses, tokens
from subscribers.consent import address_changes, erasing, subscriptions, suppressions
from subscribers.consent.address_changes import AddressChangeError
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.models import (
    AddressChange,
    ConsentRecord,
    MailingList,
    NetworkCount,
    Notice,
    Subscriber,
    Subscription,
    SuppressedDomain,
    Suppression,
)
from tests.support import people, table_digests
from tests.support.variations import first
from tests.web.conftest import ACCEPTED, send, state
from tests.web.public.forms import form_of, text_of
from worker.notice_mail import envelope_of_notice
from worker.upkeep import tidy

pytestmark = pytest.mark.django_db
NEW = "ana.new@other.example"


@pytest.fixture
def old(reader) -> str:
    return reader.address


@pytest.fixture(autouse=True)
def _own_time():
    yield
    clock.move(None)


def ask(client, reader, new: str = NEW):
    link = f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, reader.pk)}"
    return client.post(link, form_of(client.get(link), "move") | {"address": new})


def links() -> tuple[str, str]:
    """The links in the mails to the old and to the new address of the latest change."""
    change = AddressChange.objects.latest("id")
    old, new = (tokens.row_token(tokens.Purpose(side), change.pk, change.asked_at) for side in ("old_address", "new_address"))
    return f"/a/{old}", f"/a/{new}"


def press(client, link: str, step: str = "confirm"):
    return client.post(link, form_of(client.get(link), step))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the old address first", "the new address first"])
def test_the_address_changes_when_both_have_confirmed(client, campaign, reader, old, order):
    assert "one to the new address" in text_of(ask(client, reader))
    assert [(notice.purpose, notice.state, notice.address) for notice in Notice.objects.order_by("purpose")] == [
        ("new_address", "planned", NEW), ("old_address", "planned", old),
    ]  # fmt: skip
    both = links()
    first, second = (both[number] for number in order)
    form = form_of(client.get(first), "confirm")
    for _ in range(2):
        assert "One more step" in text_of(client.post(first, form))
        reader.refresh_from_db()
        assert reader.address == old
    assert "already confirmed" in text_of(client.get(first))
    assert "The address is changed" in text_of(press(client, second))
    reader.refresh_from_db()
    address = addresses.validate(NEW)
    assert (reader.address, bytes(reader.address_key), reader.domain) == (NEW, address.key, "other.example")
    assert state(reader) == "confirmed"
    change = AddressChange.objects.get()
    assert (change.state, change.address) == ("done", "")
    assert [line.act for line in ConsentRecord.objects.order_by("id")] == ["asked_address_change", "changed_address"]
    assert ConsentRecord.objects.latest("id").proof == "both_addresses"
    written = json.dumps([*Audit.objects.values(), *ConsentRecord.objects.values()], cls=DjangoJSONEncoder)
    assert "@" not in written
    for link in both:
        assert "The address is changed" in text_of(client.get(link)), "a second visit says so again"


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_links_changes_nothing(client, reader, method):
    ask(client, reader)
    before = table_digests.digests()
    for link in links():
        assert getattr(client, method)(link).status_code == 200
    assert table_digests.digests() == before


def test_neither_mail_contains_an_address_or_anything_that_was_typed(client, reader, old):
    ask(client, reader, "buy-now@spam.example")
    for notice in Notice.objects.all():
        envelope = envelope_of_notice(notice, people.make_sender())
        whole = envelope.subject + envelope.html + envelope.text
        for text in ("buy-now", "spam.example", old, old.partition("@")[2]):
            assert text not in whole
        assert links()[notice.purpose == "new_address"] in whole


def test_the_old_addresss_page_shows_the_new_address_only_in_part(client, reader, old):
    ask(client, reader)
    old_page, new_page = (text_of(client.get(link)) for link in links())
    assert "a…@other.example" in old_page
    assert NEW not in old_page
    assert "@" not in new_page, "somebody who has a mistyped address learns nothing about the person"


@pytest.mark.parametrize("side", [0, 1])
def test_either_address_can_stop_the_change(client, reader, old, side):
    ask(client, reader)
    both = links()
    press(client, both[1 - side])
    assert "is stopped" in text_of(press(client, both[side], "stop"))
    for link in both:
        assert "The address was not changed" in text_of(client.get(link))
    reader.refresh_from_db()
    assert reader.address == old
    assert AddressChange.objects.get().address == ""
    assert not Notice.objects.filter(address=NEW).exists()
    assert set(Notice.objects.values_list("state", flat=True)) == {"skipped"}


def test_a_later_change_replaces_an_open_one(client, reader):
    ask(client, reader)
    first = links()
    ask(client, reader, "third@other.example")
    for link in first:
        assert "The address was not changed" in text_of(client.get(link))
    for link in links():
        press(client, link)
    reader.refresh_from_db()
    assert reader.address == "third@other.example"


def test_a_change_ends_after_seven_days_and_its_address_is_forgotten(client, reader, old):
    ask(client, reader)
    both = links()
    form = form_of(client.get(both[0]), "confirm")
    press(client, both[1])
    clock.move(lambda: clock._system_time() + timedelta(days=7, minutes=1))
    assert "The address was not changed" in text_of(client.post(both[0], form))
    assert ["The address was not changed" in text_of(client.get(link)) for link in both] == [True, True]
    tidy()
    assert (AddressChange.objects.get().state, AddressChange.objects.get().address) == ("ended", "")
    assert not Notice.objects.filter(address=NEW).exists()
    reader.refresh_from_db()
    assert reader.address == old


def test_a_taken_address_ends_the_change_and_only_its_owner_learns_why(client, reader, old):
    other = Subscriber.objects.order_by("id")[1]
    answer = text_of(ask(client, reader, other.address))
    assert answer == text_of(ask(client, reader, "free@other.example")).replace("f…@other.example", "r…@people.example")
    ask(client, reader, other.address)
    both = links()
    press(client, both[0])
    response = press(client, both[1])
    assert response.status_code == 409
    assert "Newsletters already go to this address" in text_of(response)
    assert "Newsletters already go" not in text_of(client.get(both[0]))
    for person, address in ((reader, old), (other, other.address)):
        person.refresh_from_db()
        assert person.address == address


@pytest.mark.parametrize("expired", first([False, True]), ids=["open", "expired"])
@pytest.mark.parametrize("by", first(["both addresses", "staff"]))
def test_a_mere_request_for_the_new_address_does_not_keep_its_owner_from_it(client, campaign, reader, by, expired):
    subscriptions.unsubscribe(audit.subscriber(), reader.pk, how="page")
    name, news = reader.name, MailingList.objects.get(slug="news")
    asked = subscriptions.subscribe(audit.subscriber(), news, NEW, name="A joke")
    if expired:
        Subscription.objects.filter(pk=asked.pk).delete()  # as the upkeep does after seven days; the person's row stays
    if by == "staff":
        address_changes.move(audit.command_line(), reader, NEW, source="cli", proof="statement", statement="by phone")
    else:
        ask(client, reader)
        for link in links():
            answer = press(client, link)
        assert "The address is changed" in text_of(answer)
    reader.refresh_from_db()
    asked.subscriber.refresh_from_db()
    assert (reader.address, reader.name) == (NEW, name)
    assert (asked.subscriber.address, asked.subscriber.name, asked.subscriber.merged_into_id) == (None, "", reader.pk)
    assert not Subscription.objects.filter(subscriber=asked.subscriber).exists()
    assert Notice.objects.get(purpose="confirm").state == "skipped"
    confirmation = f"/c/{tokens.expiring_token(tokens.Purpose.CONFIRM, asked.pk)}"
    assert client.get(confirmation).status_code == 404
    assert state(reader) == "unsubscribed", "what a stranger typed subscribes nobody"
    subscriptions.subscribe(audit.subscriber(), news, NEW)
    assert Notice.objects.filter(purpose="confirm", subscriber=reader, state="planned").count() == 1


def test_the_owner_of_the_old_address_does_not_learn_that_the_new_one_is_taken(client, reader):
    other = Subscriber.objects.order_by("id")[1]
    ask(client, reader, other.address)
    both = links()
    press(client, both[1])
    shown = text_of(press(client, both[0]))
    assert "We cannot send the newsletters to the new address" in shown
    assert "already go" not in shown


@pytest.mark.parametrize("reason", first(["domain", *Suppression.Reason], 2))
def test_a_suppressed_new_address_gets_no_mail_and_nobody_else_learns_it(client, reader, reason):
    expected = text_of(ask(client, reader, "free@other.example")).replace("f…", "a…")
    if reason == "domain":
        SuppressedDomain.objects.create(domain="other.example", actor=audit.system())
    else:
        suppressions.suppress(audit.system(), NEW, reason)
    assert text_of(ask(client, reader, NEW)) == expected
    notice = Notice.objects.filter(purpose="new_address").latest("id")
    assert notice.state == ("planned" if reason == "soft_bounces" else "skipped")


def test_an_address_that_was_suppressed_in_the_meantime_is_not_moved_to(client, reader, old):
    ask(client, reader)
    suppressions.suppress(audit.system(), NEW, "complaint")
    both = links()
    press(client, both[0])
    assert "We must not write to this address" in text_of(press(client, both[1]))
    reader.refresh_from_db()
    assert reader.address == old
    assert AddressChange.objects.get().state == "ended"


def test_a_suppression_stays_with_the_old_address(client, reader, old):
    suppressions.suppress(audit.system(), old, "soft_bounces")
    ask(client, reader)
    for link in links():
        press(client, link)
    reader.refresh_from_db()
    assert suppressions.is_suppressed(old)
    assert not suppressions.is_suppressed(NEW)


def test_three_changes_a_day_are_the_most_and_so_are_three_mails_to_one_new_address(client, reader):
    for number in range(3):
        ask(client, reader, f"new{number}@other.example")
    answer = ask(client, reader)
    assert answer.status_code == 422
    assert "three changes today" in text_of(answer)
    assert AddressChange.objects.count() == 3
    for other in Subscriber.objects.order_by("id")[1:6]:
        address_changes.ask(audit.subscriber(), other, "victim@other.example")
    assert Notice.objects.filter(purpose="new_address", address="victim@other.example", state="planned").count() == 3


def test_erasing_the_people_who_asked_does_not_restart_the_limit_of_mails_to_one_new_address(campaign):
    for person in Subscriber.objects.order_by("id")[:4]:
        for _ in range(2):
            address_changes.ask(audit.subscriber(), person, "victim@other.example")
            Notice.objects.filter(purpose="new_address", state="planned").update(state="accepted")
        erasing.erase(audit.subscriber(), person)
    assert Notice.objects.filter(purpose="new_address", state="accepted").count() == 3
    assert "victim" not in str(list(NetworkCount.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_people_who_ask_at_the_same_moment_cause_no_more_than_three_mails_to_one_new_address(campaign):
    together, actor = Barrier(6), audit.subscriber()

    def ask_at_once(person: Subscriber) -> None:
        try:
            together.wait(timeout=30)
            address_changes.ask(actor, person, "victim@other.example")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask_at_once, Subscriber.objects.order_by("id")[:6]))
    assert AddressChange.objects.count() == 6
    assert Notice.objects.filter(purpose="new_address", state="planned").count() == 3


@pytest.mark.parametrize(
    ("typed", "refusal"), [("", "not a complete"), ("nobody", "not a complete"), ("same", "your address already")]
)
def test_a_wrong_new_address_is_refused_next_to_the_field(client, reader, typed, refusal):
    answer = ask(client, reader, reader.address.upper() if typed == "same" else typed)
    assert answer.status_code == 422
    assert refusal in text_of(answer)
    assert not AddressChange.objects.exists()


def test_an_erasure_ends_open_changes_of_the_person(client, reader):
    ask(client, reader)
    both = links()
    erasing.erase(audit.system(), reader)
    assert set(AddressChange.objects.values_list("state", "address")) == {("ended", "")}
    assert not Notice.objects.filter(address__in=[NEW, reader.address]).exists()
    assert {client.get(link).status_code for link in both} == {404}


def test_somebody_who_asked_for_the_address_of_a_person_does_not_learn_that_the_person_was_erased(client, reader, old):
    other = Subscriber.objects.order_by("id")[1]
    ask(client, other, old)
    page = f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, other.pk)}"

    def shown() -> list[str]:
        texts = [text_of(client.get(address)) for address in (page, f"{page}/export", links()[0])]
        return [re.sub(r"as of [-0-9]+ [0-9:]+", "", text) for text in texts]  # the minute of the export

    before = shown()
    erasing.erase(audit.system(), reader)
    assert shown() == before
    assert AddressChange.objects.get().state == "open"
    assert not AddressChange.objects.filter(Q(address=old) | Q(address_key=reader.address_key)).exists()
    assert not Notice.objects.filter(address=old).exists()
    assert Notice.objects.get(purpose="old_address").state == "planned", "the asker's own mail"
    assert "One more step" in text_of(press(client, links()[0]))
    assert "We must not write to this address" in text_of(press(client, links()[1]))
    other.refresh_from_db()
    assert other.address != old
    assert AddressChange.objects.get().address == ""


def test_the_export_of_somebody_who_asked_does_not_tell_that_the_new_address_is_suppressed(client, reader):
    suppressions.suppress(audit.system(), NEW, "complaint")
    ask(client, reader)
    document = person_export.export(reader)
    mails = [(notice["purpose"], notice["address"], notice["state"], notice["reason"]) for notice in document["notices"]]
    assert mails == [("old_address", reader.address, "planned", ""), ("new_address", "a…@other.example", None, "")]
    assert [(change["state"], change["new_address"]) for change in document["address_changes"]] == [("open", "a…@other.example")]


def test_links_of_other_purposes_or_altered_ones_get_404(client, reader, campaign):
    ask(client, reader)
    change = AddressChange.objects.get()
    token = links()[0].removeprefix("/a/")
    wrong = [
        token[:-1], token.swapcase(), tokens.expiring_token("person", change.pk), tokens.confirm_token(change.pk),
        tokens.row_token(tokens.Purpose.OLD_ADDRESS, 2**40, change.asked_at),
        # of a change that was lost by a restore, after which another one got its id
        tokens.row_token(tokens.Purpose.OLD_ADDRESS, change.pk, change.asked_at + timedelta(microseconds=1)),
    ]  # fmt: skip
    assert {client.get(f"/a/{wrong_token}").status_code for wrong_token in wrong} == {404}


def test_a_record_that_was_merged_into_another_gets_no_address_again(client, reader):
    ask(client, reader)
    keep = Subscriber.objects.order_by("id")[1]
    Subscriber.objects.filter(pk=reader.pk).update(merged_into=keep, address=None)
    for link in links():
        assert "The address was not changed" in text_of(press(client, link))
    reader.refresh_from_db()
    assert reader.address is None


# ------------------------------------------------------------------------------------------------------ by staff, at once
def test_staff_move_a_person_at_once_with_a_statement(reader, old):
    moved = address_changes.move(audit.command_line(), reader, NEW, source="cli", proof="statement", statement="by phone, 3 May")
    assert (moved.pk, moved.address) == (reader.pk, NEW)
    line = ConsentRecord.objects.get()
    assert (line.act, line.proof, line.wording.text) == ("changed_address", "statement", "by phone, 3 May")
    assert subscriptions.find_subscriber(old) is None


def test_staff_who_move_a_person_end_the_change_that_the_person_or_an_intruder_asked_for(client, reader):
    ask(client, reader)
    change = AddressChange.objects.get()
    address_changes.move(audit.command_line(), reader, "ana@rescued.example", source="cli", proof="statement", statement="phone")
    change.refresh_from_db()
    assert (change.state, change.address, {notice.state for notice in Notice.objects.all()}) == ("ended", "", {"skipped"})
    # Even if it were open: its links are in mailboxes that the person may have left.
    AddressChange.objects.update(state="open", address=NEW)
    for side in address_changes.Side:
        with pytest.raises(AddressChangeError, match="ended"):
            address_changes.confirm(audit.subscriber(), change, side)
    reader.refresh_from_db()
    assert reader.address == "ana@rescued.example"


def test_staff_cannot_move_a_person_to_a_taken_or_suppressed_address(reader, old):
    other = Subscriber.objects.order_by("id")[1]
    for new, code in ((other.address, "taken"), (old, "same")):
        with pytest.raises(AddressChangeError) as raised:
            address_changes.move(audit.command_line(), reader, new, source="cli", proof="statement")
        assert raised.value.code == code
    suppressions.suppress(audit.system(), NEW, "manual")
    with pytest.raises(SubscriberStateError):
        address_changes.move(audit.command_line(), reader, NEW, source="cli", proof="statement")
    reader.refresh_from_db()
    assert reader.address == old


def test_a_recipient_who_moved_after_the_campaign_was_filled_is_skipped_at_the_gate(settings, campaign, reader):
    settings.SENDGRID_API_KEY = "SG.test"
    people.start(campaign)
    address_changes.move(audit.system(), reader, NEW, source="cli", proof="statement")
    send(campaign, ACCEPTED)
    skipped = Delivery.objects.get(campaign_id=campaign.pk, subscriber_id=reader.pk)
    assert (skipped.state, skipped.reason) == ("skipped", "address changed")
