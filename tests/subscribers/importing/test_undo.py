"""The undo of an import: what nobody touched since, and nothing else."""

import random
from datetime import timedelta

import pytest

from campaigns import launch
from publication import clock
from subscribers.consent import erasing, pauses, subscriptions, suppressions
from subscribers.consent.ledger import Proof
from subscribers.importing import undo
from subscribers.importing.undo import ImportUndoError
from subscribers.models import ConsentRecord, ImportedPerson, ImportRun, Subscriber, Subscription, Suppression
from subscribers.segments import saved_segments
from tests.support import people as campaigns_with_people


def edit(person, actor, news, read):
    subscriptions.edit(actor, person, name=f"{person.name} B.")


def edit_and_back(person, actor, news, read):
    name = person.name
    subscriptions.edit(actor, person, name="Other")
    subscriptions.edit(actor, Subscriber.objects.get(pk=person.pk), name=name)


def leave(person, actor, news, read):
    subscriptions.unsubscribe(actor, person.pk, how="staff", proof=Proof.STATEMENT)


def pause(person, actor, news, read):
    until = clock.now() + timedelta(days=3)
    pauses.pause(actor, person, until, source="cli", proof=Proof.STATEMENT)


def pause_and_resume(person, actor, news, read):
    pause(person, actor, news, read)
    pauses.resume(actor, Subscriber.objects.get(pk=person.pk), source="cli", proof=Proof.STATEMENT)


def erase(person, actor, news, read):
    erasing.erase(actor, person)


def import_again(person, actor, news, read):
    read(f"email\n{person.address}\n")


def suppress(person, actor, news, read):
    suppressions.suppress(actor, bytes(person.address_key), Suppression.Reason.MANUAL)


TOUCHES = [edit, edit_and_back, leave, pause, pause_and_resume, erase, import_again, suppress]


@pytest.fixture(autouse=True)
def _key(settings):
    settings.SENDGRID_API_KEY = "SG.test"


def send_to(actor, news, name):
    """A campaign to those of the list who have this name."""
    segment = saved_segments.create(actor, "some", f'name = "{name}"')
    version, sender = campaigns_with_people.make_version(), campaigns_with_people.make_sender()
    campaigns_with_people.start(launch.create(actor, version=version, lists=[news], sender=sender, segment=segment))


def test_an_undo_ends_exactly_what_nobody_touched_since(read, actor, news):
    chance = random.Random(26)
    known = [
        subscriptions.add_confirmed(actor, news, f"k{n}@example.org", consent="c", source="cli").subscription for n in range(4)
    ]
    joined_by_run = {subscription.subscriber_id for subscription in known[:2]}
    Subscription.objects.filter(subscriber__in=joined_by_run).delete()
    lines = [f"p{n}@example.org,{'Mailed' if n >= 35 else f'Person {n}'},reader\n" for n in range(40)]
    lines += [f"k{n}@example.org,New name,reader\n" for n in range(4)]
    run = read("email,name,role\n" + "".join(lines))
    assert ImportedPerson.objects.filter(run=run).count() == 44
    made = list(Subscriber.objects.filter(address__startswith="p").order_by("pk"))
    touched = {person.pk for person in made[35:]}
    for number, person in enumerate(chance.sample(made[:35], 24)):
        TOUCHES[number % len(TOUCHES)](person, actor, news, read)
        touched.add(person.pk)
    send_to(actor, news, "Mailed")
    people, subscribed = (set(model.objects.values_list(field, flat=True)) for model, field in (
        (Subscriber, "pk"), (Subscription, "subscriber_id")))  # fmt: skip
    ledger_lines, counted = ConsentRecord.objects.count(), undo.count(run)

    undo.undo(actor, run)

    untouched = {person.pk for person in made} - touched
    assert people - set(Subscriber.objects.values_list("pk", flat=True)) == untouched
    assert subscribed - set(Subscription.objects.values_list("subscriber_id", flat=True)) == untouched | joined_by_run
    assert (run.state, run.undone["ended"], run.undone["deleted"]) == ("undone", len(untouched) + 2, len(untouched))
    assert {name: run.undone[name] for name in counted} == counted
    assert sum(counted["kept"].values()) == len(touched) - 3  # of erased people the run has no rows any more
    undone_lines = ConsentRecord.objects.filter(act="import_undone")
    assert sorted(line.subscriber_id for line in undone_lines) == sorted(untouched | joined_by_run)
    assert ConsentRecord.objects.count() == ledger_lines + len(untouched) + 2
    # What the run changed stays, and a file can be imported again.
    assert Subscriber.objects.get(pk=known[3].subscriber_id).name == "New name"
    again = read("email,name,role\n" + "".join(lines))
    assert again.created_count == len(untouched)


def test_states_and_suppressions_that_the_file_brought_stay(read, actor, news):
    run = read("email,status\nleft@example.org,unsubscribed\nbounced@example.org,bounced\nhere@example.org,subscribed\n")
    undo.undo(actor, run)
    assert set(Subscriber.objects.values_list("address", flat=True)) == {"left@example.org"}
    assert Subscription.objects.get().state == "unsubscribed"
    assert Suppression.objects.count() == 1


def test_an_undo_that_is_interrupted_goes_on_where_it_was(read, actor, news, monkeypatch):
    run = read("email\n" + "".join(f"p{n}@example.org\n" for n in range(20)))
    monkeypatch.setattr(undo, "SLICE", 3)
    undo.request(actor, run)
    run.refresh_from_db()
    for _ in range(3):
        undo._undo_slice(run)
    run = ImportRun.objects.get(pk=run.pk)
    undo.work(run)
    assert (run.undone["ended"], run.undone["deleted"], Subscriber.objects.count()) == (20, 20, 0)
    undo.request(actor, run)  # once more changes nothing
    assert ConsentRecord.objects.filter(act="import_undone").count() == 20


def test_a_run_can_be_undone_for_thirty_days(read, actor, news):
    run, dry = read("email\na@example.org\n"), read("email\nb@example.org\n", dry_run=True)
    ImportRun.objects.filter(pk=run.pk).update(finished_at=clock.now() - timedelta(days=31))
    run.refresh_from_db()
    for other, code in ((run, "late"), (dry, "state")):
        with pytest.raises(ImportUndoError) as caught:
            undo.undo(actor, other)
        assert caught.value.code == code
