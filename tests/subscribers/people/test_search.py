"""Finding people: words, parts of words, conditions, pages. Every combination gives exactly the people that meet it."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from publication import clock
from subscribers.consent import erasing, suppressed_domains
from subscribers.models import Segment, Subscriber, Subscription, Suppression
from subscribers.people import search
from subscribers.people.people_filter import PeopleFilter
from subscribers.records import merging


@pytest.fixture
def named(join):
    """Add somebody by address and name; returns the person."""

    def named(address, name=""):
        return join(address, name=name)

    return named


def found(text, **more):
    return {person.address.partition("@")[0] for person in search.page(PeopleFilter(text=text, **more)).people}


def test_people_are_found_by_the_beginning_of_any_word(named):
    named("wei.wang@cast.example", "Wang Wei")
    named("anna-maria@pku.example", "Anna Müller")
    named("o'brien@cast.example", "Conor O'Brien")
    everybody = {"wei.wang", "anna-maria", "o'brien"}
    for text, people in {
        "wan": {"wei.wang"}, "WEI": {"wei.wang"}, "wei wang": {"wei.wang"}, "wang cast": {"wei.wang"}, "cast": {"wei.wang", "o'brien"},
        "maria": {"anna-maria"}, "müll": {"anna-maria"}, "MÜLL": {"anna-maria"}, "brien": {"o'brien"}, "o'b": {"o'brien"},
        "wei.wang@cast.example": {"wei.wang"}, "ang": set(), "xample": set(), "example": everybody, "": everybody, " @.' ": set(),
        "%": set(), "wei nobody": set(), "\\": set(), "wei:*": {"wei.wang"}, "wei & !anna": set(), "we*": {"wei.wang"}, "wei\x00": {"wei.wang"},
    }.items():  # fmt: skip
        assert found(text) == people, text


def test_chinese_names_are_found_by_any_part(named):
    named("a@cast.example", "欧阳建国")
    named("b@cast.example", "约翰·史密斯")
    named("c@cast.example", "中国科学技术协会办公厅综合处建国")
    for text, people in {
        "建国": "ac",
        "欧阳": "a",
        "阳建": "a",
        "国": "ac",
        "史密斯": "b",
        "约翰": "b",
        "欧 国": "a",
        "国建": "",
    }.items():
        assert found(text) == set(people), text


def test_parts_inside_of_words_are_found_if_asked(named):
    named("wei.wang@cast.example", "Wang Wei")
    named("anna_m%x@pku.example", "Anna")
    for text, people in {
        "ang": {"wei.wang"},
        "_m%": {"anna_m%x"},
        "ast.ex": {"wei.wang"},
        "nna": {"anna_m%x"},
        "zzz": set(),
    }.items():
        assert found(text, inside=True) == people, text


def test_a_complete_address_finds_the_person_in_every_spelling_and_by_an_earlier_address(actor, named):
    person, other = named("wei@cast.example"), named("old@cast.example")
    assert search.by_address(" WEI＠CAST.example ") is None
    assert search.by_address(" WEI@CAST.example ") == person
    merging.merge(actor, person, other)
    assert search.by_address("old@cast.example") == person
    erasing.erase(actor, person)
    assert search.by_address("wei@cast.example") is None


def test_erased_and_merged_people_are_not_found(actor, named):
    first, second, third = (named(f"{name}@cast.example") for name in ("first", "second", "third"))
    erasing.erase(actor, first)
    merging.merge(actor, third, second)
    assert found("") == {"third"}


@pytest.fixture
def crowd(actor, news, events):
    """A hundred and fifty people with random properties."""
    rng = random.Random(7)
    domains = [f"{rng.choices(['cast', 'pku', 'rare'], [10, 10, 1])[0]}.example" for _ in range(150)]
    people = [
        Subscriber(
            address=f"{rng.choice(['li', 'wang', 'zhao'])}{n}@{domains[n]}", domain=domains[n], address_key=n.to_bytes(16),
            name=rng.choice(["王伟", "Li Na", "", "赵建国"]), language=rng.choice(["", "en", "zh-Hans", "mn"]),
            created_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=12 * n + rng.choice([0, 40])),
            paused_until=rng.choice([None, None, clock.now() + timedelta(days=5)]),
        )
        for n in range(150)
    ]  # fmt: skip
    people = Subscriber.objects.bulk_create(people)
    states = list(Subscription.State)
    Subscription.objects.bulk_create(
        Subscription(subscriber=person, list=mailing_list, state=rng.choice(states), source="import:1")
        for person in people
        for mailing_list in (news, events)
        if rng.random() < 0.6
    )
    Suppression.objects.bulk_create(
        Suppression(address_key=person.address_key, reason=rng.choice(["hard_bounce", "manual"]), cause=rng.choice(["", "full"]))
        for person in people
        if rng.random() < 0.1
    )
    suppressed_domains.suppress_domain(actor, "rare.example")
    Segment.objects.create(slug="chinese", text='language = "zh-Hans"')


@pytest.mark.parametrize("sizes", [(3, 5, 10, 4), (3, 40, 1, 1), (3, 5, 100, 4)])
def test_pages_of_every_filter_together_are_the_people_whom_it_means(crowd, news, events, monkeypatch, sizes):
    for name, size in zip(("FIRST_WINDOW", "FEW", "SPARSE", "COMMON"), sizes, strict=True):
        monkeypatch.setattr(search, name, size)
    segment, rng = Segment.objects.get().pk, random.Random(11)
    days = [None, None, date(2026, 1, 20), date(2026, 2, 10)]
    for _ in range(60):
        asked = PeopleFilter(
            text=rng.choice(["", "", "wang", "li cast", "建国", "nobody"]), list_id=rng.choice([None, news.pk, events.pk]),
            state=rng.choice(["", "", "confirmed", "pending", "unsubscribed", "suppressed", "paused"]),
            segment_id=rng.choice([None, None, segment]), language=rng.choice(["", "", "mn"]), cause=rng.choice(["", "", "full", "manual"]),
            since=rng.choice(days), until=rng.choice(days), inside=rng.random() < 0.2,
        )  # fmt: skip
        assert PeopleFilter.of_json(asked.as_json()) == asked
        seen, after = [], None
        while True:
            page = search.page(asked, after, 7)
            seen += [person.pk for person in page.people]
            assert len(page.people) <= 7
            if (after := page.after) is None:
                break
        assert seen == list(search.matching(asked).order_by("-pk").values_list("pk", flat=True)), asked


def test_a_slow_search_that_has_looked_at_everybody_is_complete(named, monkeypatch):
    named("anna@cast.example")
    monkeypatch.setattr(search, "TIME", 0)
    assert not search.page(PeopleFilter()).is_partial


def test_a_search_that_takes_too_long_ends_its_page_and_goes_on_in_the_next(crowd, monkeypatch):
    monkeypatch.setattr(search, "FIRST_WINDOW", 5)
    monkeypatch.setattr(search, "TIME", 0)
    asked, seen, after, pages = PeopleFilter(state="paused"), [], None, 0
    while True:
        page = search.page(asked, after)
        seen += [person.pk for person in page.people]
        pages += 1
        if (after := page.after) is None:
            break
        assert page.is_partial
    assert pages > 5
    assert seen == list(search.matching(asked).order_by("-pk").values_list("pk", flat=True))
