import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from publication import audit
from publication.audit import AuditFilter
from publication.models import Actor, Audit, Publication
from tests.support.variations import first

pytestmark = pytest.mark.django_db
BEGIN = datetime(2027, 3, 1, tzinfo=UTC)


def test_an_actor_is_one_row_however_often_it_acts():
    assert audit.system() == audit.system()
    assert audit.command_line().kind == "cli"


@pytest.mark.parametrize("change", [lambda line: line.save(), lambda line: line.delete()])
def test_the_audit_cannot_be_changed(change):
    audit.record(audit.system(), "launch", Publication.objects.get(), why="test")
    line = Audit.objects.get()
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        change(line)
    assert Audit.objects.get().detail == {"why": "test"}


def test_changes_are_the_fields_that_differ_on_each_side():
    before, after = {"name": "News", "open": True, "gone": None}, {"name": "Newsletter", "open": True, "new": None}
    assert audit.changes(before, after) == {
        "before": {"name": "News", "gone": None},
        "after": {"name": "Newsletter", "new": None},
    }
    assert audit.changes({"default": None}, {"default": 1}) == {"before": {"default": None}, "after": {"default": 1}}
    assert audit.changes(after, after) == {}


def chosen_by(chosen: AuditFilter, line: Audit) -> bool:
    return (
        chosen.actor in (None, line.actor_id)
        and (chosen.verbs is None or line.verb in chosen.verbs)
        and (chosen.things is None or (line.object_kind, line.object_id) in chosen.things)
        and chosen.name in ("", line.detail.get("name"))
        and (chosen.since is None or line.at >= chosen.since)
        and (chosen.until is None or line.at < chosen.until)
    )


@pytest.mark.parametrize("seed", first(range(10)))
def test_filters_and_pages_of_the_audit_are_those_of_a_plain_evaluator(seed):
    chance = random.Random(seed)
    actors = [audit.system(), audit.subscriber(), audit.command_line()]
    verbs, kinds, names = ("confirm", "describe", "login", ""), ("", "list", "user"), ("topics", "unit", 7)

    def moment() -> datetime:
        return BEGIN + timedelta(minutes=chance.randrange(12))  # often the same one

    def maybe(value: object) -> object:
        return value if chance.random() < 0.4 else None

    Audit.objects.bulk_create(
        Audit(
            at=moment(), actor=chance.choice(actors), verb=chance.choice(verbs), object_kind=chance.choice(kinds),
            object_id=str(chance.randrange(3)), detail={"name": chance.choice(names)} if chance.random() < 0.5 else {},
        )
        for _ in range(150)
    )  # fmt: skip
    Actor.objects.create(kind="staff", name="wei")
    everything = sorted(Audit.objects.all(), key=lambda line: (line.at, line.pk), reverse=True)
    sizes = set()
    for _ in range(60):
        chosen = AuditFilter(
            actor=maybe(chance.choice([actor.pk for actor in Actor.objects.all()])),
            verbs=maybe(set(chance.sample(verbs, chance.randrange(4)))),
            things=maybe({(chance.choice(kinds), str(chance.randrange(4))) for _ in range(chance.randrange(5))}),
            name=maybe("topics") or "", since=maybe(moment()), until=maybe(moment()),
        )  # fmt: skip
        expected = [line.pk for line in everything if chosen_by(chosen, line)]
        pages = [[line.pk for line in page] for page in audit.every_line(chosen, 7)]
        assert [pk for page in pages for pk in page] == expected, chosen
        assert all(len(page) == 7 for page in pages[:-1])
        sizes.add(len(expected))
    assert {0, 150} <= sizes or len(sizes) > 15, "some filters leave nothing, others much"
