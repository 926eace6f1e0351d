"""The undo of an import: what nobody touched since, and nothing else."""

import random
from datetime import timedelta

import pytest

from campaigns import launch
from publication import audit, clock
from publication.models import Audit
from subscribers import mailing_lists
from subscribers.consent import address_changes, erasing, pauses, preferences, subscriptions, suppressions
from subscribers.consent.ledger import Proof
from subscribers.consent.preferences import Wish
from subscribers.importing import undo
from subscribers.importing.undo import ImportUndoError
from subscribers.models import ConsentRecord, ImportedPerson, ImportRun, MailingList, Subscriber, Subscription, Suppression
from subscribers.records import merging
from subscribers.segments import saved_segments
from tests.support import people as campaigns_with_people
from tests.support.people_watch import count_faults
from tests.support.variations import few


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


def complain(person, actor, news, read):
    suppressions.suppress_many(
        audit.system(), [suppressions.Ground(bytes(person.address_key), "complaint", "", person.address, at=clock.now())]
    )


def bounce(person, actor, news, read):
    suppressions.suppress_many(
        audit.system(), [suppressions.Ground(bytes(person.address_key), "hard_bounce", "550", person.address, at=clock.now())]
    )


def prefer(person, actor, news, read):
    wish = Wish(shown=frozenset([news.pk]), ticked=frozenset([news.pk]), details={"language": "fr"})
    preferences.apply(audit.subscriber(), person, wish, proof=Proof.MAIL_LINK, wording=lambda _: "yes")


def leave_and_return(person, actor, news, read):
    leave(person, actor, news, read)
    asked = subscriptions.subscribe(actor, news, person.address)
    subscriptions.confirm(audit.subscriber(), asked, asked_at=clock.now())


def join_another(person, actor, news, read):
    other = MailingList.objects.exclude(pk=news.pk).get()
    subscriptions.add_confirmed(actor, other, person.address, consent="fair", source="staff")


def ask_for_another_address(person, actor, news, read):
    address_changes.ask_as_staff(actor, person, f"new-{person.address}", reason="telephone")


def move(person, actor, news, read):
    address_changes.move(actor, person, f"moved-{person.address}", source="cli", proof=Proof.STATEMENT, statement="telephone")


def merge(person, actor, news, read):
    """With somebody whom no import knows."""
    gone = subscriptions.add_confirmed(actor, news, f"gone-{person.address}", consent="c", source="cli").subscription.subscriber
    merging.merge(actor, Subscriber.objects.get(pk=person.pk), gone)


def merge_into_another(person, actor, news, read):
    keep = subscriptions.add_confirmed(actor, news, f"keep-{person.address}", consent="c", source="cli").subscription.subscriber
    merging.merge(actor, keep, Subscriber.objects.get(pk=person.pk))


TOUCHES = [
    edit, edit_and_back, leave, pause, pause_and_resume, erase, import_again, suppress, complain, bounce, prefer, leave_and_return,
    join_another, ask_for_another_address, move, merge, merge_into_another,
]  # fmt: skip


@pytest.fixture(autouse=True)
def _key(settings):
    settings.SENDGRID_API_KEY = "SG.test"


def send_to(actor, news, name):
    """A campaign to those of the list who have this name."""
    segment = saved_segments.create(actor, "some", f'name = "{name}"')
    version, sender = campaigns_with_people.make_version(), campaigns_with_people.make_sender()
    campaigns_with_people.start(launch.create(actor, version=version, lists=[news], sender=sender, segment=segment))


def undone_later(actor, people, read):
    """Later imports that change these people and put them on another list, and are undone: nothing has happened to them."""
    other = mailing_lists.create_list(actor, "later", "Later")
    for name, some, more in (("Later", people, {"mailing_list": other}), ("Last", people[:1], {})):
        undo.undo(actor, read("email,name\n" + "".join(f"{person.address},{name}\n" for person in some), **more))
    assert [Subscriber.objects.get(pk=person.pk).name for person in people] == ["Last", "Later"]


# The run's people: new ones; known ones whom it puts on the list; known ones on the list, who get other details; and what else it brings.
STATES = ("subscribed",) * 12 + ("unsubscribed", "bounced", "complained")


@pytest.mark.parametrize(("seed", "people"), few((26, 60), soak=[(1, 300), (2, 300), (3, 300), (4, 300), (5, 300)]))
def test_an_undo_ends_exactly_what_nobody_touched_since(read, actor, news, events, seed, people):
    chance = random.Random(seed)
    known = [
        subscriptions.add_confirmed(actor, news, f"k{n}@example.org", consent="c", source="cli").subscription for n in range(6)
    ]
    joined_by_run = {subscription.subscriber_id for subscription in known[:3]}
    Subscription.objects.filter(subscriber__in=joined_by_run).delete()
    states = ["subscribed"] * len(TOUCHES) + [chance.choice(STATES) for _ in range(people - len(TOUCHES))]
    lines = [
        f"p{n}@example.org,{'Mailed' if n % 10 == 0 and n >= len(TOUCHES) else f'Person {n}'},reader,{state}\n"
        for n, state in enumerate(states)
    ]
    lines += [f"k{n}@example.org,New name,reader,subscribed\n" for n in range(6)]
    run = read("email,name,role,status\n" + "".join(lines))
    made = {int(person.address[1:].partition("@")[0]): person for person in Subscriber.objects.filter(address__startswith="p")}
    joined = {n: made[n] for n, state in enumerate(states) if state == "subscribed"}
    touched, erased = {n for n in joined if made[n].name == "Mailed"}, 0
    rest = sorted(joined.keys() - touched)
    for number, n in enumerate([*range(len(TOUCHES)), *chance.sample(rest[len(TOUCHES) :], len(rest) // 2 - len(TOUCHES) // 2)]):
        touch = TOUCHES[number] if number < len(TOUCHES) else chance.choice(TOUCHES)
        touch(made[n], actor, news, read)
        touched.add(n)
        erased += touch is erase
    undone_later(actor, [made[n] for n in sorted(joined.keys() - touched)[:2]], read)
    send_to(actor, news, "Mailed")
    kept_by_file = set(Suppression.objects.values_list("address_key", "reason"))
    left_by_file = set(Subscription.objects.filter(state="unsubscribed").values_list("subscriber_id", flat=True))
    before, subscribed = (set(model.objects.values_list(field, flat=True)) for model, field in (
        (Subscriber, "pk"), (Subscription, "pk")))  # fmt: skip
    of_run = dict(Subscription.objects.filter(list=news).values_list("subscriber_id", "pk"))
    ledger, audited = (set(model.objects.values_list("pk", flat=True)) for model in (ConsentRecord, Audit))
    counted = undo.count(run)

    undo.undo(actor, run)

    untouched = {person.pk for n, person in joined.items() if n not in touched}
    assert len(untouched) > people // 5
    assert before - set(Subscriber.objects.values_list("pk", flat=True)) == untouched
    ended = {of_run[number] for number in untouched | joined_by_run}
    assert subscribed - set(Subscription.objects.values_list("pk", flat=True)) == ended
    assert (run.state, run.undone["ended"], run.undone["deleted"]) == ("undone", len(ended), len(untouched))
    assert {name: run.undone[name] for name in counted} == counted
    # Who left by the file stays.
    assert sum(counted["kept"].values()) == len(touched) + states.count("unsubscribed")
    assert counted["kept"]["erased"] == erased
    assert not set(ImportedPerson.objects.values_list("subscriber_id", flat=True)) & set(
        Subscriber.objects.exclude(erased_at=None).values_list("pk", flat=True)
    )
    undone_lines = ConsentRecord.objects.filter(act="import_undone", source=f"import:{run.pk}")
    assert sorted(line.subscriber_id for line in undone_lines) == sorted(untouched | joined_by_run)
    assert set(ConsentRecord.objects.values_list("pk", flat=True)) - {line.pk for line in undone_lines} == ledger
    assert set(Audit.objects.values_list("pk", flat=True)) >= audited
    assert set(Suppression.objects.values_list("address_key", "reason")) == kept_by_file
    assert left_by_file <= set(Subscription.objects.filter(state="unsubscribed").values_list("subscriber_id", flat=True))
    assert count_faults() == []
    # What the run changed stays, and a file can be imported again.
    assert Subscriber.objects.get(pk=known[5].subscriber_id).name == "New name"
    again = read("email,name,role,status\n" + "".join(lines))
    assert again.created_count == len(untouched)


def test_states_and_suppressions_that_the_file_brought_stay(read, actor, news):
    run = read("email,status\nleft@example.org,unsubscribed\nbounced@example.org,bounced\nhere@example.org,subscribed\n")
    undo.undo(actor, run)
    assert set(Subscriber.objects.values_list("address", flat=True)) == {"left@example.org"}
    assert Subscription.objects.get().state == "unsubscribed"
    assert Suppression.objects.count() == 1


def test_a_request_that_the_import_confirmed_waits_again(read, news):
    asked = subscriptions.subscribe(audit.subscriber(), news, "a@example.org", consent="I want the news")
    run = read("email\na@example.org\nb@example.org\n")
    undo.undo(audit.system(), run)
    assert (run.undone["ended"], run.undone["deleted"]) == (2, 1)
    again = Subscription.objects.get()
    assert (again.pk, again.state, again.source, again.consent) == (asked.pk, "pending", "form", "I want the news")
    assert (again.confirmed_at, again.joined_at) == (None, None)
    assert count_faults() == []


def test_an_undo_that_is_interrupted_goes_on_where_it_was(read, actor, news, monkeypatch):
    run = read("email\n" + "".join(f"p{n}@example.org\n" for n in range(20)))
    monkeypatch.setattr(undo, "SLICE", 3)
    undo.request(actor, run)
    run.refresh_from_db()
    for _ in range(3):
        undo._undo_slice(actor, run)
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
