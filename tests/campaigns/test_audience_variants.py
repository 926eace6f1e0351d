"""Each recipient gets one variant, by language and conditions. The fill decides it; the forecast uses the same query."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from campaigns import launch
from campaigns.audience import audience_variants
from campaigns.drafts import test_mails
from campaigns.models import Campaign, Delivery, Slice, TestSend
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, filling, settling, waves
from campaigns.sending import gate as sending_gate
from composer.issue import variants as composed
from composer.issue.variants import Choice
from editorial import issue_versions, public_pages
from editorial.models import IssueVersion
from publication import audit
from subscribers import attribute_declarations
from subscribers.models import Subscriber
from subscribers.segments import saved_segments
from tests.campaigns.attempt_steps import ACCEPTED, due_at_once, refused
from tests.support import people
from tests.support.issues import two_languages
from tests.support.variations import examples

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(tmp_path) -> IssueVersion:
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue"))[0]


PERSONS = (  # language, country, the expected variant
    ("en", "CN", 1), ("en", "", 0), ("en-GB", "GB", 0), ("zh-CN", "CN", 2), ("zh-Hans", "", 2), ("zh", "SG", 2), ("fr", "CN", 1),
    ("de", "DE", 0), ("", "", 0), ("", "CN", 1), ("zh-TW", "TW", 2),
)  # fmt: skip


def audience(count: int = 44) -> list[Subscriber]:
    made = people.make_people(count, people.make_list())
    for number, person in enumerate(made):
        person.language, person.country, _ = PERSONS[number % len(PERSONS)]
    Subscriber.objects.bulk_update(made, ["language", "country"])
    return made


def campaign_of(version: IssueVersion, size: int = 4) -> Campaign:
    campaign = launch.create(audit.system(), version=version, lists=[people.make_list()], sender=people.make_sender())
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=size)
    campaign.refresh_from_db()
    return campaign


def expected_variants(made: list[Subscriber]) -> dict[int, int]:
    return {person.pk: PERSONS[number % len(PERSONS)][2] for number, person in enumerate(made)}


def got(campaign: Campaign) -> dict[int, int]:
    return dict(Delivery.objects.filter(campaign_id=campaign.pk).values_list("subscriber_id", "variant"))


def assert_slices_are_of_one_variant(campaign: Campaign, size: int) -> None:
    for slice_ in Slice.objects.filter(campaign=campaign).exclude(state="split"):
        members = Delivery.objects.filter(
            campaign_id=campaign.pk, slice=slice_.number, subscriber_id__range=(slice_.first_subscriber_id, slice_.last_subscriber_id)
        )  # fmt: skip
        variants_and_waves = set(members.values_list("variant", "wave"))
        assert variants_and_waves == {(slice_.variant, slice_.wave)}
        assert members.count() == slice_.count <= size
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT subscriber_id) FROM delivery_state WHERE campaign_id = %s", [campaign.pk])
        everybody, distinct = cursor.fetchone()
    assert everybody == distinct == Delivery.objects.filter(campaign_id=campaign.pk).count(), "live slices do not overlap"


def test_fill_assigns_variants_in_the_numbers_of_the_forecast(version):
    made = audience()
    campaign = campaign_of(version)
    forecast = {line.variant: line.recipients for line in audience_variants.forecast_of(campaign)}
    people.start(campaign)
    assert got(campaign) == expected_variants(made)
    assert forecast == Counter(expected_variants(made).values()) == {0: 16, 1: 12, 2: 16}
    assert_slices_are_of_one_variant(campaign, 4)
    in_order = list(Slice.objects.filter(campaign=campaign).order_by("number").values_list("number", "variant"))
    assert [number for number, _ in in_order] == list(range(len(in_order)))
    assert [variant for _, variant in in_order] == sorted(variant for _, variant in in_order)


COMPARISONS = ('country = "CN"', "member = True", 'interests = "physics"', 'role in ("editor", "author")', "level = 3")


@st.composite
def choices_drawn(draw) -> tuple[Choice, ...]:
    """Up to three languages, each with up to four comparisons and any numbers for their outcomes."""
    choices = []
    for language in draw(st.permutations(["en", "zh-Hans", "fr"]))[: draw(st.integers(1, 3))]:
        asked = tuple(draw(st.permutations(COMPARISONS))[: draw(st.integers(0, 4))])
        numbers = draw(st.lists(st.integers(0, 7), min_size=1 << len(asked), max_size=1 << len(asked)))
        choices.append(Choice(language, asked, tuple(numbers)))
    return tuple(choices)


@st.composite
def person_drawn(draw) -> dict[str, object]:
    known = {
        "member": st.booleans(), "interests": st.lists(st.sampled_from(["physics", "art"]), unique=True),
        "role": st.sampled_from(["editor", "author", "reader"]), "level": st.sampled_from([3, 4]),
    }  # fmt: skip
    noted = {name: draw(values) for name, values in known.items() if draw(st.booleans())}
    language, country = (
        draw(st.sampled_from(["en", "zh-CN", "zh-TW", "fr-CA", "de", ""])),
        draw(st.sampled_from(["CN", "FR", ""])),
    )
    return {"language": language, "country": country, "attributes": noted}


@pytest.mark.soak
@pytest.mark.every_example
def test_database_and_composer_agree_for_random_choices_and_people(version):
    for name, kind in (("member", "yesno"), ("interests", "words"), ("role", "text"), ("level", "number")):
        attribute_declarations.declare(audit.system(), name, kind)
    made = people.make_people(6, people.make_list())

    # The duration of an example depends on the database and on how busy the machine is.
    @examples(60)
    @given(choices_drawn(), st.lists(person_drawn(), min_size=6, max_size=6))
    def alike(offered, drawn):
        version.choices = [
            {"language": choice.language, "comparisons": choice.comparisons, "numbers": choice.numbers} for choice in offered
        ]
        for person, known in zip(made, drawn, strict=True):
            person.language, person.country, person.attributes = known["language"], known["country"], known["attributes"]
        Subscriber.objects.bulk_update(made, ["language", "country", "attributes"])
        number = audience_variants.number_of(version, Subscriber.objects.all())
        chosen = {person.pk: 0 for person in made}
        if number is not None:
            chosen = dict(Subscriber.objects.annotate(variant=number).values_list("pk", "variant"))
        for person, known in zip(made, drawn, strict=True):
            flat = {"country": known["country"], **known["attributes"]}
            assert chosen[person.pk] == composed.choose(known["language"], flat, offered), (known, offered)

    alike()


def test_forecast_uses_the_same_segment_and_lists_as_the_fill(version):
    made = audience()
    segment = saved_segments.create(audit.system(), "noted", 'country != ""')
    campaign = campaign_of(version)
    Campaign.objects.filter(pk=campaign.pk).update(segment=segment)
    campaign = Campaign.objects.select_related("version", "segment").get(pk=campaign.pk)
    forecast = {line.variant: line.recipients for line in audience_variants.forecast_of(campaign)}
    people.start(campaign)
    assert forecast == Counter(got(campaign).values())
    assert got(campaign) == {pk: variant for pk, variant in expected_variants(made).items() if pk in got(campaign)}
    assert sum(forecast.values()) == sum(bool(PERSONS[number % len(PERSONS)][1]) for number in range(len(made)))


def test_with_waves_slices_are_cut_by_wave_and_variant(version):
    made = audience()
    zones = ("Asia/Shanghai", "Europe/Madrid", "")
    for number, person in enumerate(made):
        person.zone = zones[number % 3]
    Subscriber.objects.bulk_update(made, ["zone"])
    campaign = campaign_of(version)
    hour = datetime.now() + timedelta(days=3)
    launch.schedule_each_zone(audit.system(), campaign.pk, hour.strftime("%Y-%m-%d %H:00"), zone="UTC")
    Campaign.objects.filter(pk=campaign.pk).update(state="filling", attempt_size=4)
    assert filling.fill(campaign.pk) == len(made)
    assert got(campaign) == expected_variants(made)
    assert_slices_are_of_one_variant(campaign, 4)
    assert len({slice_.wave for slice_ in Slice.objects.filter(campaign=campaign)}) == 3
    lines = waves.lines(campaign.pk)
    assert sum(line.recipients for line in lines) == len(made)


def test_issue_with_one_variant_is_filled_without_evaluating_conditions():
    campaign = people.make_campaign()
    assert audience_variants.number_of(campaign.version, Subscriber.objects.all()) is None
    assert [(line.variant, line.recipients) for line in audience_variants.forecast_of(campaign)] == [(0, 10)]


def test_splitting_and_isolating_keep_the_variant(version):
    audience()
    campaign = people.start(campaign_of(version, 8))
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    seen = []
    for outcome in (refused("bad"), refused("bad", "personalizations.1.to.0.email"), *[ACCEPTED] * 40):
        due_at_once()
        claim = claiming_sql.claim("tester")
        if claim is None:
            break
        gate = sending_gate.gate(claim, lists, "tester")
        settling.settle(gate.attempt_id, outcome)
        variants_of_members = {got(campaign)[member] for member in gate.members}
        assert variants_of_members == {claim.variant}
        seen.append(claim.variant)
    assert set(seen) == {0, 1, 2}
    assert_slices_are_of_one_variant(campaign, 8)
    report = reports.report(campaign.pk)
    assert report.balances
    assert (report.accepted, report.planned) == (44, 0)
    assert [(line["variant"], line["recipients"], line["accepted"]) for line in report.variants] == [
        (0, 16, 16), (1, 12, 12), (2, 16, 16)
    ]  # fmt: skip


def test_forecast_shows_zero_for_a_variant_that_nobody_gets(version):
    made = people.make_people(3, people.make_list())
    campaign = people.start(campaign_of(version))
    assert got(campaign) == {person.pk: 0 for person in made}
    assert [line["recipients"] for line in reports.report(campaign.pk).variants] == [3, 0, 0]


def test_condition_on_a_deleted_list_prevents_scheduling_and_holds_the_fill(version):
    audience()
    campaign = campaign_of(version)
    choices = [version.choices[0] | {"comparisons": ["gone = True"]}, *version.choices[1:]]
    IssueVersion.objects.filter(pk=version.pk).update(choices=choices)
    with pytest.raises(launch.CampaignActionError) as caught:
        launch.schedule(audit.system(), campaign.pk)
    assert caught.value.code == "condition"
    Campaign.objects.filter(pk=campaign.pk).update(state="filling", digest=version.digest)
    assert filling.fill(campaign.pk) is None
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "audience")
    assert not got(campaign)


def test_person_without_a_delivery_sees_the_default_variant_of_their_language(version):
    campaign = campaign_of(version)
    chinese, other = people.make_people(2, people.make_list())
    chinese.language, other.country = "zh-CN", "CN"
    assert [audience_variants.of_person(campaign, person) for person in (chinese, other)] == [2, 0]


def test_all_views_show_the_same_variant_for_an_unknown_reader(tmp_path):
    """`country = None` is true of them: for the archive, view in browser, a test mail by its language, and the database."""
    folder = two_languages(tmp_path / "issue")
    path = folder / "issue.md"
    path.write_text(path.read_text(encoding="utf-8").replace('country = "CN"', "country = None"), encoding="utf-8")
    version, *_ = issue_versions.store(audit.system(), folder)
    campaign = campaign_of(version)
    (nobody,) = people.make_people(1, people.make_list())
    assert (nobody.language, nobody.country) == ("en", "")
    faces = {face.language: face.number for face in public_pages.faces(public_pages.versions([version.pk]).get())}
    assert faces == {"en": 1, "zh-Hans": 2}
    for language, served in (("en", "en"), ("zh-CN", "zh-Hans"), ("fr", "en"), ("", "en")):
        assert audience_variants.of_language(version, language) == faces[served]
    assert audience_variants.of_person(campaign, nobody) == 1
    people.start(campaign)
    assert got(campaign) == {nobody.pk: 1}


def test_test_mail_uses_the_requested_variant(version):
    sender = people.make_sender()
    test_mails.send(audit.system(), version, sender, "editor@cast.example", variant=2)
    assert TestSend.objects.get().variant == 2
    with pytest.raises(launch.CampaignActionError, match="count=3"):
        test_mails.send(audit.system(), version, sender, "editor@cast.example", variant=3)
