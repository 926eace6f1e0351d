"""The builder of segments: conditions and text in both directions, what it offers, errors, and who may use it."""

import html
import re
from datetime import timedelta

import pytest

from campaigns.models import Campaign
from publication import audit, clock
from subscribers import attribute_declarations
from subscribers.models import Segment, SegmentVersion, Subscriber
from subscribers.segments import saved_segments
from tests.support import at_once, clicks, people
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
NEW = "/console/segments/new/"


@pytest.fixture
def desk(console, campaign):
    """Staff with every right, ten people on the list `news` who read English, and two attributes."""
    for name, kind in (("topics", "words"), ("role", "text")):
        attribute_declarations.declare(audit.system(), name, kind)
    attribute_declarations.configure(audit.system(), "topics", label="Topics", labels={"zh-Hans": "研究领域"})
    for person in Subscriber.objects.all():
        person.attributes = {"topics": ["physics"] if person.pk % 2 else ["physics", "energy"]}
        person.save()
    return console


def text_of(page: str) -> str:
    return html.unescape(re.search(r"<textarea id=\"id_text\"[^>]*>(.*?)</textarea>", page, re.DOTALL)[1])


def row(name: str, field: str, comparison: str, needs: str, **values) -> dict:
    given = {f"{name}-field": field, f"{name}-comparison": comparison, f"{name}-shown": f"{field}:{needs}"}
    return given | {f"{name}-{key}": value for key, value in values.items()}


def press(desk, action: str, given: dict, page: str = NEW):
    return desk.post(page, {"mode": "conditions", "c-join": "all", **given, "action": action})


def test_each_button_works_without_a_script(desk):
    page = desk.get(NEW).content.decode()
    assert 'name="c.0-field"' in page
    assert 'name="c.0-comparison"' not in page
    page = press(desk, "update", {"c.0-field": "language"}).content.decode()
    assert re.search(r'name="c.0-value" value="en"><span>English</span> <span class="quiet">10</span>', page), "with its count"
    english = row("c.0", "language", "is", "values", value=["en"])
    page = press(desk, "add-group:c", english).content.decode()
    assert text_of(page) == 'language = "en"'
    topics = {"c.1-join": "any", **row("c.1.0", "topics", "is", "values", value=["physics", "energy"], lines="law\r\n")}
    page = press(desk, "add:c.1", english | topics).content.decode()
    assert text_of(page) == 'language = "en" and topics in ("physics", "energy", "law")', "what is not filled in is no condition"
    on_list = row("c.1.1", "list", "is_not", "values", value=["news"])
    page = press(desk, "count", english | topics | on_list).content.decode()
    assert text_of(page) == 'language = "en" and (topics in ("physics", "energy", "law") or list != "news")'
    assert "<b>10</b> people match" in page
    sentence = re.search(r"<p class=\"sentence\" data-sentence>(.*?)</p>", page)[1]
    assert html.unescape(sentence) == (
        "people whose language is English and (whose Topics include “physics”, “energy” or “law” or who are not on the list “CAST Newsletter”)"
    )
    page = press(desk, "remove:c.1.0", english | topics | on_list).content.decode()
    assert text_of(page) == 'language = "en" and list != "news"'
    text = press(desk, "text", english).content.decode()
    assert 'name="c.0-field"' not in text
    answer = desk.post(NEW, {"mode": "text", "action": "conditions", "text": 'not (role ~ "x" or got = 9) and visits = 1'})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert '<option value="none" selected>' in page
    assert "visits = 1</textarea>" in page, "what has no fields stays a text"


def test_who_clicked_is_offered_where_it_is_measured_and_the_sentence_says_of_whom_it_is_known(desk, sending):
    assert "Campaign in which they clicked" not in desk.get(NEW).content.decode()
    people.start(people.make_campaign(0))  # does not measure who clicks
    old = people.start(people.make_campaign(0))  # its clicks have no names any more
    for measured in (sending, old):
        clicks.measure(measured)
    Campaign.objects.filter(pk=old.pk).update(started_at=clock.now() - timedelta(days=500))
    text = f'clicked != {sending.pk} and not (engaged >= "30 days ago" or engaged = None)'
    page = html.unescape(desk.post(NEW, {"mode": "text", "action": "conditions", "text": text}).content.decode())
    assert re.search(r'<p class="sentence" data-sentence>(.*?)</p>', page)[1] == (
        f"people who are known not to have clicked in campaign {sending.pk} “{sending.name}” and are known not to be among those "
        "(who last clicked in the last 30 days or are known never to have clicked)"
    )
    assert re.findall(r'name="c.0-value" value="(\d+)"', page) == [str(sending.pk)]
    assert "Only people who got it and agreed to be measured are selected" in page
    assert text_of(page) == text


def test_typing_narrows_many_values_and_keeps_the_chosen_ones(desk):
    roles = {f"role-{number}": {"en": f"Role {number}"} for number in range(9)}
    attribute_declarations.configure(audit.system(), "role", values=roles)
    page = press(desk, "update", row("c.0", "role", "is", "values", value=["role-1"], search=" ROLE 7")).content.decode()
    picks = re.findall(r'<label class="pick"( hidden)?><input type="checkbox" name="c.0-value" value="([^"]+)"', page)
    assert {value for hidden, value in picks if not hidden} == {"role-1", "role-7"}
    assert {value for _hidden, value in picks} == roles.keys()
    page = press(
        desk, "remove:c.0", row("c.0", "role", "is", "values", search="x") | row("c.1", "role", "is", "values")
    ).content.decode()
    assert 'class="pick" hidden' not in page, "it was typed beside the condition that is gone"


def test_a_segment_is_stored_changed_and_restored_and_a_text_keeps_its_spelling(desk, editor):
    given = row("c.0", "created", "within", "days", value="30") | {"name": "New readers", "note": "For the welcome issue"}
    answer = press(desk, "store", given)
    segment = Segment.objects.get()
    assert answer.headers["Location"] == f"/console/segments/{segment.pk}/"
    assert (segment.slug, segment.text, segment.description) == (
        "new-readers",
        'created >= "30 days ago"',
        "For the welcome issue",
    )
    first = saved_segments.newest_version(segment)
    edit = f"/console/segments/{segment.pk}/edit/"
    assert text_of(desk.get(edit).content.decode()) == segment.text
    spelled = "created  >= '30 days ago'"
    typed = {"mode": "text", "action": "store", "text": spelled, "name": "新读者", "seen": first.pk}
    assert desk.post(edit, typed).status_code == 302
    page = desk.get(edit).content.decode()
    same = row("c.0", "created", "within", "days", value="30") | {"text": text_of(page), "name": "新读者", "seen": ""}
    assert press(desk, "store", same, edit).status_code == 302
    segment.refresh_from_db()
    assert (segment.text, segment.name) == (spelled, "新读者")
    assert SegmentVersion.objects.count() == 2, "nothing changed the second time"
    late = desk.post(edit, typed | {"text": 'language = "en"'})
    assert late.status_code == 422
    assert "Somebody else stored this segment meanwhile" in late.content.decode()
    assert text_of(late.content.decode()) == 'language = "en"'
    assert desk.post(f"/console/segments/{segment.pk}/restore/", {"version": first.pk}).status_code == 302
    segment.refresh_from_db()
    assert (segment.text, segment.name, segment.description) == (
        'created >= "30 days ago"',
        "New readers",
        "For the welcome issue",
    )
    assert [version.actor.name for version in saved_segments.versions(segment)] == ["editor"] * 3
    assert [saved_segments.free_slug(name) for name in ("新读者", "wei@cast.example", "New readers")] == [
        "segment-1", "segment-1", "new-readers-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"c.0-field": ""}, "Choose what the condition is about."),
        (row("c.0", "language", "is", "values"), "Choose or type a value."),
        (row("c.0", "created", "on", "day", value="yesterday"), "Choose a day."),
        ({"c.0-text": 'language = "en'}, "this quotation mark has no partner"),
        (row("c.0", "language", "is", "values", value=["en"]) | {"name": ""}, "Write a name for the segment."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_stored(desk, given, said):
    answer = press(desk, "store", {"name": "x"} | given)
    assert answer.status_code == 422
    assert said in html.unescape(answer.content.decode())
    assert not Segment.objects.exists()


def hostile_texts() -> list[str]:
    from tests.web.hostile_markup import HIT

    deep = 'language = "en"'
    for _ in range(25):
        deep = f"({deep})"
    return [
        " ", "\t\n", "x", "and", "or or", "not", "not not", "()", "(((", ")))", "language", "language =", 'language "en"', 'language == "en"',
        'language = en', 'language = "en', "language = 'en", 'language = “en', 'language = "en" and', 'and language = "en"',
        'language = "en" or name = "x" and name = "y"', 'language = "en" AND name = "x"', 'NOT language = "en"', 'not language = "en"',
        'language in "en"', 'language in ()', 'language in ("en",)', 'language in ("en" "fr")', 'language > "en"', "language = 5",
        "language = True", 'rol = "x"', 'Language = "en"', 'list = "gone"', 'list ~ "news"', "list = 5", 'segment = "gone"',
        'segment = "self"', 'got = "x"', "got = 99999", "got = 999999999999999999999", 'created = "yesterday"', 'created > "2026-02-30"',
        'created > "9999-01-01"', 'created > "999999 days ago"', 'list_state = "x"', 'origin = "x"', 'bounce_cause = "x"',
        'language = "en"; DROP TABLE subscriber', "language = 'en' -- ", "1 = 1", "language = \"en\" /* x */", '<script>alert(1)</script>',
        f'language = "{HIT}" <img src=x>', "{{ 7 * 7 }}", "language ＝ “en” ｏｒ", "ｌａｎｇｕａｇｅ = ", '语言 = "en"', "language = \x7f",
        'language = "a" \ufeff', 'language = "\\u0000"', 'language = "\\ud800"', "language = \x1b[31m", "language \u202e= x", "é" * 4001,
        'language = "' + "x" * 5000 + '"', deep, " and ".join(['language = "en"'] * 61), f"name in ({', '.join(['1'] * 201)})",
        "role > 1e999", "role = " + "9" * 400, 'engaged >= "90 days ago"',
    ]  # fmt: skip


def test_a_text_that_is_no_segment_gets_an_error_at_a_column_and_stays_as_it_was_typed(desk):
    saved_segments.create(audit.system(), "self", 'language = "en"')
    segment = Segment.objects.get().pk
    edit = f"/console/segments/{segment}/edit/"
    texts = hostile_texts()
    assert len(texts) >= 60
    for text in texts:
        answer = desk.post(edit, {"mode": "text", "action": "store", "text": text, "name": "Readers", "seen": ""})
        page = answer.content.decode()
        assert answer.status_code == 422, text
        assert html.unescape(text_of(page)).removeprefix("\n").replace("\r\n", "\n") == text.removeprefix("\n"), text
        fault = re.search(r'<p class="message error" id="text-fault" data-fault[^>]*data-column="(\d+)">([^<]+)</p>', page)
        assert fault, text
        assert 1 <= int(fault[1]) <= len(text) + 1, text
        assert f"column {fault[1]}: " in fault[2], text
        assert "<img src=x>" not in page
        follow = desk.post(
            "/console/segments/follow/", {"mode": "text", "action": "conditions", "text": text, "segment": segment}
        )
        assert follow.status_code == 200
        assert follow.json()["problem"], text
    assert Segment.objects.get().text == 'language = "en"'


def test_odd_inputs_of_the_form_are_no_error(desk):
    many = {f"c.{at}-field": "language" for at in range(400)}
    deep = {f"c{'.0' * level}-join": "any" for level in range(1, 9)}
    for given in (
        many,
        deep,
        {"c-join": "x"},
        {"c.0.0-field": "name"},
        {"c.0-field": "nothing"},
        {"seen": "x"},
        {"c.0-text": "(" * 5000},
    ):
        for action in ("update", "text", "store", "add:c.9.9", "remove:c.9", "remove:c", "add-group:c.0", "add:x", "count", ""):
            assert press(desk, action, {"name": "x"} | given).status_code in (200, 422), (given, action)
    assert desk.get(f"{NEW}?copy=99999").status_code == 404
    assert desk.get(f"{NEW}?copy=x").status_code == 200
    assert not Segment.objects.exists()


def test_the_answers_to_the_script_follow_each_side(desk):
    given = {"mode": "text", "action": "conditions", "text": '研究领域 = "physics" and country = None'}
    answer = desk.post("/console/segments/follow/", given).json()
    assert answer["mode"] == "conditions"
    assert answer["text"] == given["text"]
    assert 'name="c.0-field"' in answer["conditions"]
    answer = press(desk, "update", row("c.0", "list", "is", "values", value=["news"]), "/console/segments/follow/").json()
    assert (answer["text"], answer["problem"]) == ('list = "news"', "")
    shown = desk.post("/console/segments/preview/", {"text": answer["text"]}).content.decode()
    assert "<b>10</b> people match" in shown
    assert "@" in shown
    for text, explanation in (
        ('list = "news" and country = "FR" and topics = "energy"', "Nobody meets this condition: people who live in France"),
        ('topics = "energy" and topics != "energy"', "Each condition has people, but nobody meets all of them."),
    ):
        assert explanation in desk.post("/console/segments/preview/", {"text": text}).content.decode()
    desk.cookies["mailroom-language"] = "zh-hans"
    chinese = desk.post("/console/segments/follow/", {"mode": "text", "action": "conditions", "text": 'country = "CN"'}).json()
    assert chinese["sentence"] == "居住在中国的人"


def test_roles_see_segments_and_only_some_change_them(client, desk):
    segment = saved_segments.create(audit.system(), "english", 'language = "en"')
    client.force_login(make_staff("author", "subscribers.view_segment", "subscribers.view_subscriber"))
    page = client.get(f"/console/segments/{segment.pk}/?people=1").content.decode()
    assert "edit/" not in page
    addresses = Subscriber.objects.values_list("address", flat=True)
    assert not any(address in page for address in addresses)
    assert "…@" in page
    assert client.get(f"/console/segments/{segment.pk}/edit/").status_code == 403


def test_who_sees_no_addresses_cannot_find_them_out_by_counting_letter_by_letter(client, desk):
    rights = ("add_segment", "change_segment", "view_segment", "view_subscriber")
    client.force_login(make_staff("masked", *(f"subscribers.{right}" for right in rights)))
    typed = {"mode": "text", "name": "x"}
    for text in ('language = "en" and email startswith "reader3"', 'not (name ~ "ader 3")'):
        for action in ("count", "store"):
            page = client.post(NEW, typed | {"text": text, "action": action}).content.decode()
            assert "your role does not see addresses and names of people" in page
            assert "people match" not in page
        assert "your role" in client.post("/console/segments/follow/", typed | {"text": text, "action": "text"}).json()["problem"]
        assert "match" not in client.post("/console/segments/preview/", {"text": text, "exact": "1"}).content.decode()
    assert not Segment.objects.exists()
    assert "<b>10</b> people match" in client.post("/console/segments/preview/", {"text": "email != None"}).content.decode()
    named = saved_segments.create(audit.system(), "named", 'name = "Reader 3"')
    for page in (f"/console/segments/{named.pk}/edit/", f"{NEW}?copy={named.pk}"):
        assert client.get(page).headers["Location"] == f"/console/segments/{named.pk}/"
    client.post(f"/console/segments/{named.pk}/edit/", typed | {"text": 'language = "en"', "action": "store"})
    assert Segment.objects.get().text == 'name = "Reader 3"'


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_make_two_segments_name_each_other_at_once_the_second_is_refused():
    actor = audit.system()
    first, second = (saved_segments.create(actor, slug, 'language = "en"') for slug in ("first", "second"))
    _, refused = at_once.during(
        lambda: saved_segments.change(actor, first, 'segment = "second"'), saved_segments, "_keep_version",
        lambda: saved_segments.change(actor, second, 'segment = "first"'),
    )  # fmt: skip
    assert refused.code == "cycle"
    assert saved_segments.faults_of(Segment.objects.filter(slug="first")) == {}


def test_what_uses_a_segment_is_named_and_keeps_it(desk, campaign):
    english = saved_segments.create(audit.system(), "english", 'language = "en"', name="Reads English")
    saved_segments.create(audit.system(), "both", 'segment = "english" and country = None', name="Of no country")
    campaign.segment = english
    campaign.save()
    delete = f"/console/segments/{english.pk}/delete/"
    assert "1 draft, 1 segment" in desk.get("/console/segments/").content.decode()
    for page in (desk.get(delete), desk.post(delete), desk.get(f"/console/segments/{english.pk}/")):
        assert campaign.name in page.content.decode()
        assert "Of no country" in page.content.decode()
    type(campaign).objects.update(segment=None)
    Segment.objects.exclude(pk=english.pk).delete()
    assert desk.post(delete).headers["Location"] == "/console/segments/"
    assert desk.post(delete).status_code == 302
    assert not SegmentVersion.objects.exists()
