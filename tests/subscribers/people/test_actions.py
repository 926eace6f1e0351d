"""Actions on many people: whom they mean, what becomes of each, one audit line, ledger rows, kills in the middle."""

import random

import pytest

from publication.models import Audit
from subscribers import attribute_declarations
from subscribers.consent import erasing, ledger, subscriptions, suppressions
from subscribers.errors import InputError
from subscribers.models import ConsentRecord, PeopleAction, PeopleActionMember, Subscriber, Subscription
from subscribers.people import actions, exporting
from subscribers.people.actions import PeopleActionError
from subscribers.people.people_filter import PeopleFilter
from subscribers.records import merging

EVERYBODY = PeopleFilter()


@pytest.fixture
def people(join):
    return [join(f"p{n}@cast.example", name=f"Person {n}") for n in range(7)]


@pytest.fixture
def make(actor, monkeypatch):
    """Begin an action and make it to its end, in small slices."""
    monkeypatch.setattr(actions, "SLICE", 3)

    def make(kind, asked=EVERYBODY, /, **parameters):
        action = actions.begin(actor, kind, asked, parameters, confirmed=actions.count(asked))
        lines = Audit.objects.count()
        while (running := actions.next_action()) is not None:
            while actions.make_slice(running):
                pass
        assert Audit.objects.count() == lines, "the action has one line"
        action.refresh_from_db()
        assert (action.state, action.handled) == ("done", action.total)
        assert action.changed + sum(action.left_out.values()) == action.total
        return action

    return make


def states(mailing_list):
    return dict(Subscription.objects.filter(list=mailing_list).values_list("subscriber__address", "state"))


def test_people_are_unsubscribed_with_one_audit_line_and_a_ledger_row_each(make, people, news, events, join):
    join("p0@cast.example", events)
    action = make("unsubscribe", PeopleFilter(text="cast"), list_id=news.pk, reason="asked on the telephone")
    assert (action.changed, action.left_out) == (7, {})
    assert set(states(news).values()) == {"unsubscribed"}
    assert states(events) == {"p0@cast.example": "confirmed"}
    assert action.parameters == {"list_id": news.pk}, "what was typed is with the subscriptions only"
    make("unsubscribe", PeopleFilter(text="p0"), list_id=None, reason="left the institute")
    earlier = Subscription.objects.get(subscriber=people[0], list=news)
    assert earlier.unsubscribed_comment == "asked on the telephone", "a later reason replaces no earlier one"
    left = ConsentRecord.objects.filter(list=news, act=ledger.Act.LEFT)
    assert sorted(set(left.values_list("subscriber_id", flat=True))) == [person.pk for person in people]
    assert set(Subscription.objects.filter(list=news).values_list("unsubscribed_comment", flat=True)) == {
        "asked on the telephone"
    }
    line = Audit.objects.filter(verb="change_people").earliest("id")
    assert line.detail == {"kind": "unsubscribe", "people": 7, "list": "news"}
    assert make("unsubscribe", list_id=None, reason="").left_out == {"unchanged": 7}


def test_a_field_is_set_and_values_are_checked_before(make, people, actor):
    attribute_declarations.declare(actor, "unit", "text")
    assert make("set_field", PeopleFilter(ids=(people[0].pk, people[1].pk)), field="unit", value="物理研究所").changed == 2
    assert make("set_field", field="unit", value="物理研究所").left_out == {"unchanged": 2}
    assert make("set_field", PeopleFilter(ids=(people[0].pk,)), field="unit", value="").changed == 1
    people[0].refresh_from_db()
    assert people[0].attributes == {}
    assert make("set_field", field="language", value="zh-Hans").changed == 7
    for field, value in (("language", "no language"), ("other", "x")):
        with pytest.raises(InputError):
            actions.begin(actor, "set_field", EVERYBODY, {"field": field, "value": value}, confirmed=7)
    assert PeopleAction.objects.count() == 4
    assert "物理研究所" not in str(list(Audit.objects.values_list("detail", flat=True)))


def test_who_left_or_is_suppressed_is_not_added_to_a_list(make, people, events, actor):
    subscriptions.add_confirmed(actor, events, "p0@cast.example", consent="fair")
    subscriptions.add_confirmed(actor, events, "p1@cast.example", consent="fair")
    subscriptions.unsubscribe(actor, people[1].pk, list_ids=[events.pk], how="page")
    suppressions.suppress(actor, "p2@cast.example", "complaint")
    subscriptions.unsubscribe(actor, people[3].pk, how="page")
    for consent in ("", "form of 2026-03-01"):
        action = make("add_to_list", list_id=events.pk, consent=consent)
        assert action.left_out == {"unchanged": 1, "left": 1, "suppressed": 1, "left_all": 1}
        assert states(events)["p4@cast.example"] == ("confirmed" if consent else "pending")
    added = ConsentRecord.objects.filter(act=ledger.Act.ADDED, list=events, source=f"action:{action.pk}")
    assert added.count() == 3


def test_people_are_erased_and_those_who_are_gone_are_counted(make, people, actor):
    asked = PeopleFilter(ids=tuple(person.pk for person in people[:5]))
    action = actions.begin(actor, "erase", asked, {}, confirmed=5)
    erasing.erase(actor, people[1])
    running = actions.next_action()
    while actions.make_slice(running):
        pass
    action.refresh_from_db()
    assert (action.changed, action.left_out) == (4, {"gone": 1})
    assert Subscriber.objects.filter(address__isnull=False).count() == 2
    outcomes = PeopleActionMember.objects.filter(action=action).order_by("subscriber_id").values_list("outcome", flat=True)
    assert list(outcomes) == ["changed", "gone", "changed", "changed", "changed"]


@pytest.mark.parametrize(
    ("kind", "parameters", "outcome"),
    [("unsubscribe", {"list_id": None, "reason": "by letter"}, "changed"), ("erase", {}, "changed"),
     ("set_field", {"field": "language", "value": "en"}, "gone")],
)  # fmt: skip
def test_who_leaves_or_is_erased_does_so_also_by_the_record_that_theirs_was_merged_into(
    actor, people, news, kind, parameters, outcome
):
    kept, gone = people[:2]
    action = actions.begin(actor, kind, PeopleFilter(ids=(gone.pk,)), parameters, confirmed=1)
    merging.merge(actor, kept, gone)
    assert not actions.make_slice(running := actions.next_action())
    assert PeopleActionMember.objects.get(action=action).outcome == outcome
    assert (running.changed, running.left_out) == ((1, {}) if outcome == "changed" else (0, {"gone": 1}))
    assert (kept.address in states(news) and states(news)[kept.address] == "confirmed") == (outcome == "gone")


def test_an_action_means_those_whom_staff_counted(actor, people, join, make):
    with pytest.raises(PeopleActionError, match="changed"):
        actions.begin(actor, "erase", EVERYBODY, {}, confirmed=6)
    with pytest.raises(PeopleActionError, match="nobody"):
        actions.begin(actor, "erase", PeopleFilter(text="nobody"), {}, confirmed=0)
    asked, (first, second) = PeopleFilter(language="zh"), people[:2]
    subscriptions.edit(actor, first, language="zh")
    seen = actions.chosen(asked, "erase")
    subscriptions.edit(actor, first, language="de")
    subscriptions.edit(actor, second, language="zh")
    with pytest.raises(PeopleActionError, match="others"):
        actions.begin(actor, "erase", asked, {}, confirmed=seen.total, digest=seen.digest)
    assert PeopleAction.objects.count() == 0
    action = actions.begin(actor, "set_field", EVERYBODY, {"field": "language", "value": "en"}, confirmed=7)
    late = join("late@cast.example")
    while actions.make_slice(actions.next_action()):
        pass
    late.refresh_from_db()
    action.refresh_from_db()
    assert (late.language, action.changed) == ("", 7)


def test_an_action_that_was_broken_off_goes_on_without_repeating_anything(actor, people, monkeypatch):
    monkeypatch.setattr(actions, "SLICE", 2)
    action = actions.begin(actor, "unsubscribe", EVERYBODY, {"list_id": None, "reason": ""}, confirmed=7)
    rng, broken = random.Random(3), 0

    def fail(name):
        nonlocal broken
        if rng.random() < 0.5:
            broken += 1
            raise RuntimeError

    monkeypatch.setattr(actions, "failpoint", fail)
    while (running := actions.next_action()) is not None:
        try:
            while actions.make_slice(running):
                pass
        except RuntimeError:
            continue
    action.refresh_from_db()
    assert broken
    assert (action.state, action.changed, action.handled) == ("done", 7, 7)
    assert ConsentRecord.objects.filter(act=ledger.Act.LEFT).count() == 7


def test_an_action_that_ends_its_worker_every_time_fails_and_says_so(actor, people):
    action = actions.begin(actor, "unsubscribe", EVERYBODY, {"list_id": None, "reason": ""}, confirmed=7)
    for _ in range(actions.MOST_TRIES):
        assert actions.next_action().state == "running"
    assert actions.next_action().state == "failed"
    action.refresh_from_db()
    assert (action.error, action.handled) == ("stopped", 0)
    assert actions.next_action() is None
    assert not actions.is_due()


def test_a_form_that_is_sent_twice_begins_one_action(actor, people):
    for _ in range(2):
        actions.begin(actor, "erase", EVERYBODY, {}, confirmed=7, token="form")
    assert PeopleAction.objects.count() == Audit.objects.filter(verb="change_people").count() == 1


def test_an_export_is_written_again_if_somebody_is_erased_meanwhile(actor, people, monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(exporting, "_STEP", 2)  # a file of many steps
    asked = {"columns": ["email"], "format": "csv", "headings": {}, "terms": {}}
    action = actions.begin(actor, "export", EVERYBODY, asked, confirmed=7)
    write = exporting.write

    def interrupted(*given, **named):
        rows = write(*given, **named)
        if rows == 7:
            erasing.erase(actor, people[0])
        return rows

    monkeypatch.setattr(exporting, "write", interrupted)
    running = actions.next_action()
    assert actions.make_slice(running)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not actions.make_slice(running)
    action.refresh_from_db()
    assert (action.state, action.changed, action.total) == ("done", 6, 6)
    [path] = (path for path in tmp_path.rglob("*") if path.is_file())
    assert "p0@" not in path.read_text("utf-8")
    erasing.erase(actor, people[1])
    assert not path.exists()
