"""The search for people in the console: what was typed is in no address, the conditions are; roles without people see masks."""

import json
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from publication import audit
from publication.models import Publication
from publication.staff import roles
from subscribers import attribute_declarations, mailing_lists
from subscribers.consent import erasing, subscriptions, suppressed_domains, suppressions
from subscribers.models import Subscriber
from subscribers.people import search
from subscribers.records import merging
from subscribers.segments import saved_segments, stored_counts
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
PEOPLE = reverse("people")


@pytest.fixture
def people():
    actor = audit.command_line()
    news = mailing_lists.create_list(actor, "news", "News")
    for address, name in (("wei.wang@cast.example", "王伟"), ("anna@pku.example", "Anna"), ("old@cast.example", "Wang Wei")):
        subscriptions.add_confirmed(actor, news, address, consent="fair", name=name)
    return {person.address: person for person in Subscriber.objects.all()}


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_typed_goes_by_post_and_the_conditions_are_in_the_address(console, people):
    news = mailing_lists.find_list("news")
    answer = console.post(PEOPLE, {"text": " wang ", "list": news.pk, "state": "confirmed"})
    assert answer.url == f"{PEOPLE}?q=1&list={news.pk}&state=confirmed"
    page = text_of(console.get(answer.url))
    assert "wei.wang@cast.example" in page
    assert "anna@pku.example" not in page
    assert 'value="wang"' in page
    assert console.post(PEOPLE, {"text": "wang"}).url == f"{PEOPLE}?q=1"
    assert console.post(PEOPLE, {"text": "伟"}).url == f"{PEOPLE}?q=2"
    assert "wei.wang@" in text_of(console.get(f"{PEOPLE}?q=2"))
    assert console.post(PEOPLE, {"text": ""}).url == f"{PEOPLE}?"


def test_an_erasure_removes_what_staff_typed_about_the_person_from_every_session(console, people):
    colleague = Client()
    colleague.force_login(make_staff("colleague", *roles.ROLES["list-manager"]))
    person = Subscriber.objects.get(address="wei.wang@cast.example")
    for name, kind in (("tel", "text"), ("unit", "text"), ("member", "number")):
        attribute_declarations.declare(audit.command_line(), name, kind)
    Subscriber.objects.filter(pk=person.pk).update(
        attributes={"tel": "193-8511-8522 ext 8", "unit": "ABC大学", "member": 4711222}
    )
    for text in ("wei.wang@cast.example", "anna", "WEI.WANG", "wang  cast.example", "王 伟", "+86 1938511", "ＡＢＣ大学", "4711"):
        colleague.post(PEOPLE, {"text": text})
    colleague.post("/console/subscribers/actions/choose/", {"all": "1", "q": "1"})
    colleague.post("/console/subscribers/actions/choose/", {"all": "1", "q": "2"})
    console.post(PEOPLE, {"text": person.name})
    console.post(f"/console/subscribers/{person.pk}/erase/", {"address": "wei.wang@cast.example"})
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert len(stored) == 2
    kept = json.dumps(stored, ensure_ascii=False).lower()
    assert not any(text in kept for text in ("wang", "王", "8511", "大学", "4711"))
    assert kept.count('"anna"') == 2, "a search and a choice"
    assert "Anna" in text_of(colleague.get(f"{PEOPLE}?q=2"))


def test_a_script_gets_the_table_only(console, people):
    answer = console.post(PEOPLE, {"text": "wang", "table": "1"}, follow=True)
    page = text_of(answer)
    assert "wei.wang@cast.example" in page
    assert "<html" not in page


def test_what_cannot_be_read_is_said_and_nobody_is_shown(console, people):
    for query in (
        "q=99",
        "list=77",
        "list=x",
        "segment=9",
        "state=no",
        "cause=no",
        "since=x",
        "since=2026-02-02&until=2026-01-01",
        "until=9999-12-31",
    ):
        page = text_of(console.get(f"{PEOPLE}?{query}"))
        assert 'class="message error" role="alert"' in page, query
        assert "@pku.example" not in page, query
    assert "@pku.example" in text_of(console.get(f"{PEOPLE}?after=x"))


def test_who_has_it_inside_of_words_or_in_attributes_is_found_after_the_beginnings(console, people, monkeypatch):
    """At once where that takes no time, and for somebody who asks where there are many people."""
    many = {f"field_{number}": "text" for number in range(100)}  # a function of the server has a hundred arguments
    declared = {"unit": "text", "grade": "text", "tel": "text", "topics": "words", "born": "date", "member": "number"}
    Publication.objects.update(attribute_schema={name: {"type": kind} for name, kind in (declared | many).items()})
    details = {
        "unit": "Zhejiang 浙江大学 1", "grade": "rare", "tel": "+86 193-8511 8522", "topics": ["tides", "high winds"], "born": "1958-03-01",
        "member": 4711222, "field_99": "last",
    }  # fmt: skip
    Subscriber.objects.filter(address="wei.wang@cast.example").update(attributes=details)

    def results(text: str) -> str:
        return text_of(console.post(PEOPLE, {"text": text}, follow=True)).partition('id="results"')[2]

    for text in (
        "ang", "浙江", "王 浙江大学", "伟 ZHEJIANG", "193-8511-8522", "0086 19385118522", "１９３８５１１", "193 8522", "tide", "high winds", "4711", "last",
    ):  # fmt: skip
        assert "wei.wang@" in results(text), text
    for text in ("王 清华", "anna 浙江", "1958", "unit", "193-8511-8523", '"', "[", "(((((", "+86 ()-"):
        assert "wei.wang@" not in results(text), text
    Subscriber.objects.filter(address="old@cast.example").update(name="王伟欣")
    assert (page := results("王伟")).index("wei.wang@") < page.index("old@")
    assert "Tel</span> +86 193-8511 8522<" in results("8511"), "the table shows where somebody was found"
    monkeypatch.setattr(search.is_small, "__defaults__", (0,))
    page = results("浙江")
    assert "wei.wang@" not in page
    wider = re.search(r'href="([?]q=[0-9]+&amp;part=1)"', page)[1].replace("&amp;", "&")
    assert "wei.wang@" in text_of(console.get(f"{PEOPLE}{wider}"))
    monkeypatch.setattr(search, "MOST_WITH_ATTRIBUTES", 0)
    assert "wei.wang@" not in text_of(console.get(f"{PEOPLE}{wider}"))


def test_an_earlier_address_leads_to_the_person(console, people):
    merging.merge(audit.command_line(), people["wei.wang@cast.example"], people["old@cast.example"])
    console.post(PEOPLE, {"text": "OLD@cast.example"})
    page = text_of(console.get(f"{PEOPLE}?q=1"))
    assert "wei.wang@cast.example" in page


def test_rows_tell_lists_suppressions_and_pages_follow_each_other(console, people, monkeypatch):
    actor = audit.command_line()
    suppressions.suppress(actor, "anna@pku.example", "manual")
    subscriptions.unsubscribe(actor, people["wei.wang@cast.example"].pk, how="staff")
    page = text_of(console.get(PEOPLE))
    assert page.count("<tr") == 4
    assert "suppressed by staff" in page
    assert "unsubscribed" in page
    suppressed_domains.suppress_domain(actor, "cast.example")
    page = text_of(console.get(f"{PEOPLE}?state=suppressed"))
    assert page.count('chip failed">domain suppressed') == page.count("@cast.example</span></a>") > 0
    suppressed_domains.lift_domain(actor, "cast.example")
    monkeypatch.setattr("subscribers.people.search.PAGE", 2)
    monkeypatch.setattr("subscribers.people.search.page.__defaults__", (None, 2))
    page = text_of(console.get(PEOPLE))
    assert page.count("<tr") == 3
    after = people["anna@pku.example"].pk
    assert f'href="?&amp;after={after}"' in page
    assert "wei.wang@" in text_of(console.get(f"{PEOPLE}?after={after}"))
    news = mailing_lists.find_list("news")
    erasing.erase(actor, people["old@cast.example"])
    for number in range(4):
        subscriptions.add_confirmed(actor, news, f"more{number}@cast.example", consent="fair")
    merging.merge(actor, *Subscriber.objects.filter(address__in=["more0@cast.example", "more1@cast.example"]).order_by("id"))
    for query, expected in (
        ("", "5 people"), (f"list={news.pk}", "5 people"), (f"list={news.pk}&state=confirmed", "4 people"),
        (f"list={news.pk}&state=unsubscribed", "1 person"), ("state=confirmed", "4 people"),
    ):  # fmt: skip
        assert f'<p role="status">{expected}</p>' in text_of(console.get(f"{PEOPLE}?{query}")), query
    monkeypatch.setattr("subscribers.people.result_counts.MOST_COUNTED", 3)
    monkeypatch.setattr("subscribers.people.search.is_small", lambda: False)
    segment = saved_segments.create(actor, "confirmed", 'list_state = "confirmed"')
    of_segment = f"{PEOPLE}?segment={segment.pk}"
    for query in ("", "?state=confirmed", f"?segment={segment.pk}&state=confirmed"):
        assert f"More than {2 if query else 3} people" in text_of(console.get(f"{PEOPLE}{query}")), query
    for count, number, page in ((stored_counts.AUDIENCE, 5, PEOPLE), (stored_counts.of_segment(segment), 4, of_segment)):
        count.make(stored_counts.INLINE)
        assert f"About {number} people" in text_of(console.get(page))


def test_rows_and_conditions_have_attributes_and_who_has_the_typed_address_comes_first(console, client, people):
    actor = audit.command_line()
    for name, kind in (("unit", "text"), ("grade", "text"), ("topics", "words"), ("score", "number")):
        attribute_declarations.declare(actor, name, kind)
    attribute_declarations.configure(actor, "grade", label="Grade", values={"senior": {"en": "Senior"}})
    attribute_declarations.configure(actor, "unit", label="Institute")
    anna, wei = people["anna@pku.example"], people["wei.wang@cast.example"]
    details = {"unit": "Physics", "grade": "senior", "topics": ["Tides", "winds"], "score": 3.5}
    Subscriber.objects.filter(pk=anna.pk).update(attributes=details)
    Subscriber.objects.filter(pk=wei.pk).update(attributes={"unit": "Physics and more", "topics": ["tides, winds"]})
    page = text_of(console.get(PEOPLE))
    assert "3 people" in page
    assert all(text in page for text in ("Institute</span> Physics<", "Grade</span> Senior<"))
    assert "Tides" not in page.partition("<tbody>")[2]
    for given in (
        {"attribute": "unit", "value": "PHYSICS"}, {"attribute": "unit", "value": "ＰＨＹＳＩＣＳ"}, {"attribute": "grade=senior", "value": "ignored"},
        {"attribute": "topics", "value": "tides"}, {"attribute": "score", "value": "3.50"},
    ):  # fmt: skip
        answer = console.post(PEOPLE, given)
        assert not any(text in answer.url for text in ("senior", "PHYSICS", "tides", "3.5"))
        page = text_of(console.get(answer.url)).partition("<tbody>")[2]
        assert ("anna@" in page, "wei.wang@" in page) == (True, False), given
    faulty = console.post(PEOPLE, {"attribute": "score", "value": "many"}, follow=True)
    assert "Write a number in digits" in text_of(faulty)
    news = mailing_lists.find_list("news")
    subscriptions.add_confirmed(actor, news, "anna@pku.example.org", consent="fair")
    page = text_of(console.post(PEOPLE, {"text": "anna@pku.example"}, follow=True)).partition("<tbody>")[2]
    assert 0 < page.index("anna@pku.example<") < page.index("anna@pku.example.org<")
    client.force_login(make_staff("author", "subscribers.view_subscriber"))
    assert "Physics" not in text_of(client.get(PEOPLE))
    for text, answered in (("anna", False), ("anna@pku.ex", False), ("ANNA@pku.example", True)):
        page = text_of(client.post(PEOPLE, {"text": text}, follow=True))
        assert ("a…@pku.example<" in page, "@pku.example.org" in page) == (answered, False), text
    masked = client.post(PEOPLE, {"attribute": "unit", "value": "Physics"}, follow=True)
    assert "Your role does not see" in text_of(masked)
