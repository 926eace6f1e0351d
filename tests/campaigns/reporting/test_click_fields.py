"""Segments that ask who clicked: nobody is selected because they were not measured."""

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.audience.audiences import Audience, Exclusions
from campaigns.audience.shortfall import Shortfall
from campaigns.models import Campaign, Delivery
from publication import audit, clock
from publication.models import Publication
from subscribers.models import Segment, Subscriber
from subscribers.records import merging
from subscribers.segments import compiler, recipients
from subscribers.segments.grammar import SegmentError
from tests.campaigns import attempt_steps
from tests.support import clicks, people

pytestmark = pytest.mark.django_db
NAMES = ("reader", "idle", "machine", "opener", "bounced", "late", "stranger")
MEASURED = {"idle", "machine", "opener"}  # and did not click
EVERYBODY = {*NAMES}


@pytest.fixture
def campaign() -> Campaign:
    """All of NAMES got it but one. `late` agreed to be measured after it began, `stranger` never."""
    made = people.start(people.make_campaign(len(NAMES), len(NAMES)))
    attempt_steps.send_next(made, attempt_steps.ACCEPTED)
    clicks.measure(made)
    for name, person in zip(NAMES, Subscriber.objects.order_by("pk"), strict=True):
        Subscriber.objects.filter(pk=person.pk).update(name=name)
        if name != "stranger":
            clicks.agree(person, made.started_at + timedelta(seconds=1 if name == "late" else -1))
    clicks.click(made, named("reader"))
    clicks.click(made, named("machine"), reasons=4)
    clicks.click(made, named("opener"), position=0)
    Delivery.objects.filter(subscriber_id=named("bounced").pk).update(state="bounced")
    Segment.objects.create(slug="readers", name="Readers", text=f"clicked = {made.pk}")
    return made


def named(name: str) -> Subscriber:
    return Subscriber.objects.get(name=name)


def who(text: str) -> set[str]:
    return {person.name for person in compiler.matching(text) if person.address}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("clicked = {n}", {"reader"}),
        ("clicked != {n}", MEASURED),
        ("clicked not in ({n})", MEASURED),
        ("not (clicked = {n})", MEASURED),
        ("not (clicked != {n})", {"reader"}),
        ('segment != "readers"', MEASURED),
        ('not (clicked = {n} and language = "en")', MEASURED),
        ('not (clicked = {n} and language = "zh-Hans")', EVERYBODY),
        ('not (clicked = {n} or language = "zh-Hans")', MEASURED),
        ('not (clicked = {n} or language = "en")', set()),
        ('list = "news" and not (clicked = {n})', MEASURED),
        ('not (list = "news" and (clicked = {n} or list_state = "pending"))', MEASURED),
        ("clicked = {n} or not (clicked = {n})", MEASURED | {"reader"}),
        ("engaged = None", MEASURED | {"bounced", "late"}),
        ("engaged != None", {"reader"}),
        ('engaged >= "1 day ago"', {"reader"}),
        ('not (engaged >= "1 day ago")', MEASURED | {"bounced", "late"}),
        ('engaged < "1 day ago"', set()),
        ('not (engaged < "1 day ago")', EVERYBODY - {"stranger"}),
    ],
)
def test_neither_a_click_nor_its_opposite_selects_somebody_who_was_not_measured(campaign, text, selected):
    assert who(text.format(n=campaign.pk)) == selected


def test_one_who_clicked_is_selected_though_they_agreed_late(campaign):
    clicks.click(campaign, named("late"))
    assert who(f"clicked = {campaign.pk}") == {"reader", "late"}
    assert who(f"clicked != {campaign.pk}") == MEASURED


def test_several_campaigns_are_denied_only_by_people_who_were_measured_in_each(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(state="sent")
    other = people.launch.create(audit.system(), version=campaign.version, lists=[*campaign.lists.all()], sender=campaign.sender)
    clicks.measure(other)
    both = f"({campaign.pk}, {other.pk})"
    assert who(f"clicked in {both}") == {"reader"}
    assert who(f"clicked not in {both}") == set(), "nobody got the other one yet"


def test_clicks_of_a_record_that_was_merged_count_for_the_one_that_is_kept(campaign):
    merging.merge(audit.command_line(), named("idle"), named("reader"))
    assert who(f"clicked = {campaign.pk}") == {"idle"}
    assert who(f"clicked != {campaign.pk}") == MEASURED - {"idle"}


def test_a_campaign_that_does_not_know_who_clicked_is_refused_at_its_number(campaign):
    text = f'language = "en" and clicked in ({campaign.pk}, {{}})'
    anonymous = people.launch.create(
        audit.system(), version=campaign.version, lists=[*campaign.lists.all()], sender=campaign.sender
    )
    for number, problem in ((anonymous.pk, "did not measure who clicked"), (999_999, "there is no campaign 999999")):
        with pytest.raises(SegmentError, match=problem) as caught:
            compiler.compile_segment(text.format(number))
        assert (caught.value.code, caught.value.column) == ("value", text.index("{") + 1)
    Publication.objects.update(policies={"keep_clicks": 30})
    Campaign.objects.filter(pk=campaign.pk).update(started_at=clock.now() - timedelta(days=31))
    with pytest.raises(SegmentError, match="no longer kept with names"):
        compiler.compile_segment(f"clicked = {campaign.pk}")


@pytest.mark.parametrize("comparison", ["clicked = {n}", "engaged = None", 'segment = "readers"'])
def test_a_condition_of_an_issue_cannot_ask_who_clicked(campaign, comparison):
    with pytest.raises(SegmentError, match="cannot ask who clicked") as caught:
        compiler.compile_comparison(comparison.format(n=campaign.pk))
    assert caught.value.code == "not_in_issue"


def test_people_who_were_not_measured_are_left_out_with_those_who_clicked_and_counted(campaign):
    """Leaving a segment out is its negation, too."""
    readers, lists = Segment.objects.get(), [*campaign.lists.all()]
    others = Segment.objects.create(slug="others", text=f"clicked != {campaign.pk}")
    for audience, code in (
        (Audience(lists, None, Exclusions(segments=[readers])), f"excluded_segment:{readers.pk}"),
        (Audience(lists, others), "segment"),
    ):
        get_it = {person.name for person in recipients.recipients(lists, audience.text())}
        shortfall = Shortfall(lists, audience.conditions())
        assert get_it == MEASURED == {person.name for person in shortfall.people("gets")}
        assert {person.name for person in shortfall.people(code)} == EVERYBODY - MEASURED
        numbers: Counter[str] = Counter()
        for line in shortfall.count(None, 9):
            numbers[line.why or "domain"] += line.people
        assert numbers == {"gets": 3, code: 4, "domain": 3}
