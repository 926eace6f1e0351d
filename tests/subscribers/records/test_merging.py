"""Two records of one person become one."""

from datetime import timedelta

import pytest

from publication import audit, clock
from publication.models import Audit, Publication
from subscribers import mailing_lists, tokens
from subscribers.consent import erasing, ledger, merged_records, pauses, subscriptions, suppressions
from subscribers.consent.address_changes import AddressChangeError, ask, move
from subscribers.consent.ledger import Proof
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.consent.unsubscribing import unsubscribe_undo
from subscribers.models import ConsentRecord, ImportRun, Notice, Subscriber, Subscription, Suppression
from subscribers.records import merging
from subscribers.records.merging import MergeError
from tests.support.people_watch import ledger_faults
from tests.support.table_digests import digests

State = Subscription.State
OLD, NEW = "anna@old.example", "anna@new.example"


@pytest.fixture(autouse=True)
def _schema(db):
    Publication.objects.update(attribute_schema={"role": {"type": "text"}, "born": {"type": "text"}})


@pytest.fixture
def join(actor, news, time):
    def join(address, mailing_list=news, *, source="cli", **details) -> Subscriber:
        added = subscriptions.add_confirmed(actor, mailing_list, address, consent="by letter", source=source, **details)
        time.passes(hours=1)
        return added.subscription.subscriber

    return join


@pytest.fixture
def confirmed(news, time):
    """Somebody who confirmed by mail themselves."""

    def confirmed(address, mailing_list=news) -> Subscriber:
        asked = subscriptions.subscribe(audit.subscriber(), mailing_list, address)
        time.passes(minutes=20)
        subscriptions.confirm(audit.subscriber(), asked, asked_at=asked.created_at + timedelta(minutes=1))
        time.passes(hours=1)
        return asked.subscriber

    return confirmed


def leave(person, time, mailing_list=None):
    subscriptions.unsubscribe(audit.subscriber(), person.pk, list_ids=[mailing_list.pk] if mailing_list else None, how="page")
    time.passes(hours=1)


def states(person) -> dict[str, str]:
    return dict(Subscription.objects.filter(subscriber=person).values_list("list__slug", "state"))


def test_the_kept_record_gets_subscriptions_and_what_it_lacks(actor, news, events, join, time):
    keep = join(NEW, name="Anna", attributes={"role": "editor"})
    gone = join(OLD, events, name="A. S.", language="de", attributes={"role": "reader", "born": "1980"})
    key = bytes(gone.address_key)
    Subscriber.objects.filter(pk=gone.pk).update(zone="Europe/Berlin", paused_until=time.at + timedelta(days=9))
    before = digests()
    preview = merging.preview(keep, gone)
    assert digests() == before
    merged = merging.merge(actor, keep, gone)
    assert preview == merged._replace(places=())
    assert (merged.kept, merged.gone, merged.joined, merged.left) == (keep.pk, gone.pk, ["events"], [])
    assert (merged.filled, merged.suppressed, merged.places) == (["born", "language", "zone"], None, [])
    keep.refresh_from_db()
    gone.refresh_from_db()
    assert (keep.name, keep.language, keep.zone, keep.attributes) == (
        "Anna",
        "de",
        "Europe/Berlin",
        {"role": "editor", "born": "1980"},
    )
    assert keep.paused_until == time.at + timedelta(days=9)
    assert (gone.address, gone.name, gone.attributes, gone.merged_into_id, gone.erased_at) == (None, "", {}, keep.pk, None)
    assert bytes(gone.address_key) != key
    assert states(keep) == {"news": "confirmed", "events": "confirmed"}
    assert set(Subscription.objects.filter(subscriber=gone).values_list("state", "unsubscribed_how")) == {
        ("unsubscribed", "merged")
    }
    acts = ConsentRecord.objects.filter(act="merged").order_by("id").values_list("subscriber_id", "detail")
    assert list(acts) == [(keep.pk, {"other": gone.pk, "kept": keep.pk}), (gone.pk, {"other": keep.pk, "kept": keep.pk})]
    assert "example" not in str(Audit.objects.filter(verb="merge").values())
    assert subscriptions.find_subscriber(OLD) is None


@pytest.mark.parametrize(
    ("kept", "other", "united"),
    [
        ("confirmed", "left", "unsubscribed"),
        ("left", "confirmed by import", "unsubscribed"),
        ("left", "confirmed later by mail", "confirmed"),
        ("confirmed later by mail", "left", "confirmed"),
        ("left", "pending", "unsubscribed"),
        ("pending", "left", "unsubscribed"),
        ("pending", "confirmed", "confirmed"),
        ("confirmed", "pending", "confirmed"),
        ("pending", "pending", "pending"),
        ("nothing", "left", "unsubscribed"),
        ("nothing", "pending", "pending"),
        ("left", "nothing", "unsubscribed"),
    ],
)
def test_an_unsubscribe_wins_unless_the_person_confirmed_later(actor, news, join, confirmed, time, kept, other, united):
    def make(address, what):
        if what == "confirmed":
            return join(address)
        if what == "left":
            person = join(address)
            leave(person, time)
            return person
        if what == "pending":
            return subscriptions.subscribe(audit.subscriber(), news, address).subscriber
        return Subscriber.objects.create(address=address, address_key=address.encode().ljust(16)[:16])

    later = [what for what in (kept, other) if what.startswith("confirmed ")]
    made = (
        {what: make(address, what) for address, what in ((NEW, kept), (OLD, f"{other}")) if what not in later}
        if kept != other
        else {}
    )
    if kept == other:
        keep, gone = make(NEW, kept), make(OLD, other)
    else:
        for what in later:
            address = NEW if what == kept else OLD
            made[what] = confirmed(address) if "mail" in what else join(address, source="import:7")
        keep, gone = made[kept], made[other]
    merging.merge(actor, keep, gone)
    assert states(keep) == {"news": united}
    assert ledger_faults() == []


@pytest.mark.parametrize("left_everything", [NEW, OLD])
@pytest.mark.parametrize("came_back", [False, True])
def test_who_left_everything_by_one_record_stays_away_unless_they_confirmed_later(
    actor, news, events, join, confirmed, time, left_everything, came_back
):
    other = OLD if left_everything == NEW else NEW
    record = {left_everything: join(left_everything), other: join(other, events)}
    subscriptions.subscribe(audit.subscriber(), mailing_lists.create_list(actor, "talks", "Talks"), other)
    leave(record[left_everything], time)
    left_at = Subscriber.objects.get(address=left_everything).left_all_at
    if came_back:
        confirmed(other, mailing_lists.create_list(actor, "later", "Later"))
    merging.merge(actor, record[NEW], record[OLD])
    kept = {"later": "confirmed"} if came_back else {}
    assert states(record[NEW]) == dict.fromkeys(("news", "events", "talks"), "unsubscribed") | kept
    assert Subscriber.objects.get(address=NEW).left_all_at == (None if came_back else left_at)
    ended = Subscription.objects.get(subscriber=record[NEW], list=events)
    assert (ended.unsubscribed_at, ended.unsubscribed_how) == (left_at, "page")
    assert ledger_faults() == []


def test_links_of_old_mails_act_on_the_kept_record(actor, news, join, time):
    keep, gone = join(NEW), join(OLD)
    merging.merge(actor, keep, gone)
    claims = tokens.read("unsubscribe", tokens.unsubscribe_token(gone.pk, 0))
    assert merged_records.current_id(claims.subject) == keep.pk
    assert subscriptions.unsubscribe(audit.subscriber(), claims.subject, how="page") == 1
    assert states(keep) == {"news": "unsubscribed"}
    assert unsubscribe_undo.can_undo(gone.pk, None)
    assert unsubscribe_undo.undo(audit.subscriber(), gone.pk, None, consent="Undo") == 1
    assert states(keep) == {"news": "confirmed"}
    assert unsubscribe_undo.is_on(gone.pk)


def test_somebody_who_came_back_by_their_private_link_stays(actor, news, join, time):
    keep, gone = join(NEW), join(OLD)
    leave(keep, time)
    leave(gone, time)
    subscriptions.join(audit.subscriber(), keep, news, consent="yes", source="preferences")
    merging.merge(actor, keep, gone)
    assert states(keep) == {"news": "confirmed"}


def test_no_link_of_a_mail_undoes_what_the_other_record_left_by_its_private_link(actor, join):
    keep, gone = join(NEW), join(OLD)
    subscriptions.unsubscribe(audit.subscriber(), gone.pk, how="preferences", proof=Proof.PRIVATE_LINK)
    merging.merge(actor, keep, gone)
    assert states(keep) == {"news": "unsubscribed"}
    for record in (keep, gone):
        assert not unsubscribe_undo.can_undo(record.pk, None)
        assert unsubscribe_undo.undo(audit.subscriber(), record.pk, None, consent="Undo") == 0
    assert states(keep) == {"news": "unsubscribed"}


def test_a_confirmation_that_was_mailed_before_the_merge_confirms_the_kept_record(actor, news, join, events, time):
    keep = join(NEW, events)
    asked = subscriptions.subscribe(audit.subscriber(), news, OLD)
    merging.merge(actor, keep, asked.subscriber)
    assert Notice.objects.get(purpose="confirm").state == "skipped"
    time.passes(minutes=5)
    done = subscriptions.confirm(audit.subscriber(), Subscription.objects.get(pk=asked.pk), asked_at=asked.created_at)
    assert (done.subscriber_id, done.state) == (keep.pk, "confirmed")


def test_a_chain_of_merges_ends_at_the_last_record(actor, join):
    first, second, third = join("a@old.example"), join("b@old.example"), join(NEW)
    merging.merge(actor, second, first)
    merging.merge(actor, third, second)
    assert {merged_records.current_id(record.pk) for record in (first, second, third)} == {third.pk}


def test_records_that_are_one_erased_or_merged_are_refused(actor, join):
    keep, gone, erased = join(NEW), join(OLD), join("erased@old.example")
    erasing.erase(actor, erased)
    third = join("third@old.example")
    merging.merge(actor, third, gone)
    for record, other, code in ((keep, keep, "same"), (keep, erased, "erased"), (erased, keep, "erased"), (keep, gone, "merged")):
        with pytest.raises(MergeError) as caught:
            merging.merge(actor, record, other)
        assert caught.value.code == code
    assert caught.value.params == {"subscriber": gone.pk, "into": third.pk}


def test_a_merged_record_gets_no_address_details_or_pause(actor, join):
    keep, gone = join(NEW), join(OLD)
    merging.merge(actor, keep, gone)
    by_staff = {"source": "cli", "proof": Proof.STATEMENT}
    for change in (
        lambda: move(actor, gone, "anna@third.example", statement="by letter", **by_staff),
        lambda: ask(audit.subscriber(), gone, "anna@third.example"),
        lambda: subscriptions.edit(actor, gone, name="Anna"),
        lambda: pauses.pause(actor, gone, clock.now() + timedelta(days=1), **by_staff),
    ):
        with pytest.raises(SubscriberStateError, match="merged") as caught:
            change()
        assert caught.value.params == {"subscriber": gone.pk, "into": keep.pk}
    gone.refresh_from_db()
    assert (gone.address, gone.name, gone.paused_until) == (None, "", None)


@pytest.mark.parametrize("reason", ["complaint", "manual", "hard_bounce"])
def test_a_suppression_stays_with_the_other_address_and_is_reported(actor, join, reason):
    keep, gone = join(NEW), join(OLD)
    suppressions.suppress(actor, OLD, reason, f"550 <{OLD}>")
    assert merging.merge(actor, keep, gone).suppressed == reason
    assert suppressions.reason_for(OLD) == reason
    assert not suppressions.is_suppressed(NEW)
    assert Suppression.objects.get().address is None
    assert "old.example" not in Suppression.objects.get().detail


def test_the_other_address_is_in_no_text_after_the_merge(actor, news, join):
    keep, gone = join(NEW, name="Anna"), join(OLD, name="Anna")
    ImportRun.objects.create(file_name=f"{OLD}.csv", list=news, actor=actor)
    Notice.objects.create(purpose="person", token="1", subscriber=gone, address=OLD, state="accepted")
    merging.merge(actor, keep, gone)
    tables = (Subscriber, Notice, ImportRun, Subscription, Suppression, Audit, ConsentRecord)
    assert "old.example" not in str([[*table.objects.values()] for table in tables])
    assert Subscriber.objects.get(pk=keep.pk).name == "Anna"


def test_a_move_keeps_record_and_subscriptions(actor, news, join):
    anna, ben = join(OLD), join("ben@new.example")
    moved = move(actor, anna, NEW, source="cli", proof=Proof.STATEMENT, statement=f"by telephone, from {OLD}")
    assert (moved.pk, moved.address) == (anna.pk, NEW)
    assert states(anna) == {"news": "confirmed"}
    [line] = [entry for entry in ledger.of_people([anna.pk]) if entry.act == "changed_address"]
    assert "old.example" not in line.wording.text
    for address, code in (("ben@new.example", "taken"), ("sup@new.example", "suppressed")):
        suppressions.suppress(actor, "sup@new.example", "complaint")
        with pytest.raises((AddressChangeError, SubscriberStateError)) as caught:
            move(actor, anna, address, source="cli", proof=Proof.STATEMENT, statement="x")
        assert caught.value.code == code
    assert ben.pk


@pytest.mark.parametrize("reason", ["complaint", "provider_unsubscribe", "manual", "erased"])
def test_no_statement_moves_somebody_who_decided_against_mail_to_an_address_that_may_be_mailed(actor, join, reason):
    anna = join(OLD)
    suppressions.suppress(audit.system(), OLD, reason)
    with pytest.raises(AddressChangeError, match="suppressed"):
        move(actor, anna, NEW, source="cli", proof=Proof.STATEMENT, statement="by telephone")
    assert Subscriber.objects.get(pk=anna.pk).address == OLD
    Suppression.objects.update(reason="hard_bounce")  # of the mailbox, not of the person
    move(actor, anna, NEW, source="cli", proof=Proof.STATEMENT, statement="by telephone")
