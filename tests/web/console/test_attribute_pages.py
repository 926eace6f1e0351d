"""Attributes in the console: declaring, labels and allowed values, and what readers, edits and imports make of them."""

import io
import re

import pytest

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Audit, Publication
from subscribers import attribute_declarations, attributes, mailing_lists, tokens
from subscribers.consent import subscriptions
from subscribers.errors import InputError
from subscribers.importing.importer import import_file
from subscribers.models import ImportRun, Segment, Subscriber
from subscribers.segments import saved_segments
from tests.support.at_once import during
from tests.support.staff_tabs import unchanged
from tests.web.conftest import make_staff
from tests.web.public.forms import form_of

pytestmark = pytest.mark.django_db
VALUES = {"physics": {"zh-Hans": "物理"}, "chemistry": {"zh-Hans": "化学"}}


@pytest.fixture
def topics(db) -> None:
    """An open attribute of words with two values, and one of text."""
    actor = audit.system()
    for name, kind in (("topics", "words"), ("unit", "text")):
        attribute_declarations.declare(actor, name, kind)
        attribute_declarations.configure(actor, name, is_open=True, values=VALUES)
    attribute_declarations.configure(actor, "topics", label="Topics", labels={"zh-Hans": "主题"})


@pytest.fixture
def mei(topics) -> Subscriber:
    news = mailing_lists.create_list(audit.system(), "news", "News")
    added = subscriptions.add_confirmed(audit.system(), news, "mei@people.example", consent="by letter")
    return added.subscription.subscriber


def private_page(person: Subscriber, language: str = "en") -> str:
    return f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, person.pk)}?language={language}"


def save(client, person: Subscriber, **values):
    address = private_page(person)
    return client.post(
        address, form_of(client.get(address), "save") | {f"attribute.{name}": value for name, value in values.items()}
    )


def test_an_attribute_is_declared_labelled_and_limited_to_values(console):
    answer = console.post("/console/attributes/new/", {"name": "topics", "type": "words"})
    assert answer.headers["Location"] == "/console/attributes/topics/"
    given = {
        "label": "Topics", "label-zh-Hans": "主题", "open": "1", "values": "physics\nchemistry\n",
        "values-zh-Hans": "physics = 物理\nchemistry＝化学",
    }  # fmt: skip
    assert console.post("/console/attributes/topics/", given).status_code == 302
    declared = attributes.declarations()["topics"]
    assert (declared.open, declared.label, declared.labels, declared.values) == (True, "Topics", {"zh-Hans": "主题"}, VALUES)
    page = console.get("/console/attributes/").content.decode()
    assert "physics, chemistry" in page
    assert '<a href="/console/attributes/topics/">Topics</a>' in page, "staff see the label, and not the name"
    form = console.get("/console/attributes/topics/").content.decode()
    assert "physics = 物理\nchemistry = 化学</textarea>" in form
    assert "physics = 物理学与天文学</code>" in form, "an example in the language of these readers"
    assert "physics = Physics and astronomy</code>" in form
    console.post("/console/attributes/topics/", {"label": "Topics", "values": ""})
    declared = attributes.declarations()["topics"]
    assert (declared.open, declared.values, declared.labels) == (False, {}, {})
    assert Audit.objects.filter(verb="describe_attribute").last().detail["after"] == {"labels": {}, "open": False, "values": []}


def test_a_label_is_enough_for_a_new_attribute_and_its_name_is_made_as_by_an_import(console):
    for label, name in (("联络组", "field_1"), ("所在单位", "unit"), ("理事会职务编号", "field_2"), ("Job Title", "job_title")):
        answer = console.post("/console/attributes/new/", {"name": label, "type": "text"})
        assert answer.headers["Location"] == f"/console/attributes/{name}/", label
        assert attributes.declarations()[name].label == label
    again = console.post("/console/attributes/new/", {"name": "联络组", "type": "text"})
    assert (again.status_code, len(attributes.schema())) == (422, 4)


@pytest.mark.django_db(transaction=True)
def test_two_attributes_that_are_declared_at_once_get_two_names(console):
    answers = during(
        lambda: console.post("/console/attributes/new/", {"name": "车牌号码", "type": "text"}), attribute_declarations, "declare",
        lambda: console.post("/console/attributes/new/", {"name": "身份证号", "type": "text"}),
    )  # fmt: skip
    assert [answer.headers["Location"] for answer in answers] == [f"/console/attributes/field_{number}/" for number in (1, 2)]
    assert [facts.label for facts in attributes.declarations().values()] == ["车牌号码", "身份证号"]


def test_a_page_that_is_out_of_date_undoes_nothing(console, topics):
    old = unchanged(console.get("/console/attributes/topics/"), "/console/attributes/topics/")
    console.post("/console/attributes/topics/", old | {"values": "physics\nlogic", "values-zh-Hans": "", "open": ""})
    for _ in range(2):  # a doubled click
        console.post("/console/attributes/topics/", old | {"label": "Subjects", "open": "1"})
    declared = attributes.declarations()["topics"]
    assert (declared.label, declared.values, declared.open) == ("Subjects", {"physics": {}, "logic": {}}, False)
    changed = [[*line.detail["after"]] for line in Audit.objects.filter(verb="describe_attribute").order_by("id")][-2:]
    assert changed == [["open", "values"], ["label"]]


def test_what_is_wrong_is_said_and_what_was_typed_stays(console, topics):
    for given, problem in (
        *(
            ({"name": label, "type": "text"}, "This is already a field of each person.")
            for label in ("Country", "email", "E-mail", "邮箱", "姓名")
        ),
        ({"name": "Topics" * 20, "type": "text"}, "A text is too long."),
        ({"name": "Zone", "type": "text"}, "Begin the name of an attribute with a letter"),
        ({"name": "topics", "type": "text"}, "already an attribute with this name"),
        ({"name": "Ｕｎｉｔ", "type": "text"}, "already an attribute with this name"),
        ({"name": "born", "type": "colour"}, "Choose what its values are"),
    ):
        answer = console.post("/console/attributes/new/", given)
        assert answer.status_code == 422
        assert problem in answer.content.decode()
        assert f'value="{given["name"]}"' in answer.content.decode()
    for given, problem in (
        ({"values": "a\na"}, "“a” is there twice"),
        ({"values": "a\nA"}, "“A” is there twice"),
        ({"values": "a;b"}, "“a;b” cannot be an allowed value"),
        (
            {"values": "a", "values-zh-Hans": "a = 一\n\nb = 二"},
            "Values for readers of Simplified Chinese, line 3: “b” is not in the list of values",
        ),
        ({"values": "a", "values-zh-Hans": "a 一"}, "line 1: “a 一” has no equals sign"),
        ({"values": "\n".join(map(str, range(101)))}, "at most 100 allowed values"),
    ):
        answer = console.post("/console/attributes/topics/", {"label": "Kept label"} | given)
        assert answer.status_code == 422, given
        assert problem in answer.content.decode(), given
        assert "Kept label" in answer.content.decode()
    assert attributes.declarations()["topics"].values == VALUES
    assert console.get("/console/attributes/nothing/").status_code == 404


def test_readers_choose_among_the_known_values_in_their_language(client, mei):
    page = client.get(private_page(mei, "zh-hans")).content.decode()
    assert "<legend>主题</legend>" in page
    assert re.search(r'<input type="checkbox" name="attribute.topics" value="physics"> <span>物理</span>', page)
    assert '<option value="chemistry">化学</option>' in page
    assert save(client, mei, topics=["", "physics", "chemistry"], unit="chemistry").status_code == 200
    mei.refresh_from_db()
    assert mei.attributes == {"topics": ["physics", "chemistry"], "unit": "chemistry"}
    page = client.get(private_page(mei)).content.decode()
    assert 'value="physics" checked' in page
    assert '<option value="chemistry" selected>' in page
    answer = save(client, mei, topics=["", "magic"], unit="magic")
    assert answer.status_code == 422
    assert "Choose one of the values." in answer.content.decode()
    save(client, mei, topics=[""], unit="")
    mei.refresh_from_db()
    assert mei.attributes == {}


def test_values_that_are_not_allowed_any_more_stay_until_the_person_chooses_others(client, mei):
    Subscriber.objects.filter(pk=mei.pk).update(attributes={"topics": ["magic", "physics"], "unit": "old unit"})
    assert '<option value="old unit" selected>' in client.get(private_page(mei)).content.decode()
    save(client, mei, topics=["", "physics"], unit="old unit")
    mei.refresh_from_db()
    assert mei.attributes == {"topics": ["magic", "physics"], "unit": "old unit"}
    save(client, mei, topics=["", "chemistry"], unit="physics")
    mei.refresh_from_db()
    assert mei.attributes == {"topics": ["chemistry"], "unit": "physics"}


def test_edits_and_imports_refuse_other_values_and_name_the_allowed_ones(mei):
    with pytest.raises(InputError) as refused:
        subscriptions.edit(audit.system(), mei, attributes={"unit": "magic"})
    assert (refused.value.code, refused.value.hint) == ("values", "write one of these: physics; chemistry")
    subscriptions.edit(audit.system(), mei, attributes={"unit": "PHYSICS", "topics": "化学; physics"})
    mei.refresh_from_db()
    assert mei.attributes == {"unit": "physics", "topics": ["chemistry", "physics"]}
    file = io.BytesIO("email,unit\nann@people.example,化学\nbob@people.example,magic\n".encode())
    run = import_file(audit.system(), file, mailing_lists.find_list("news"), consent="fair")
    assert (run.created_count, run.refused_count) == (1, 1)
    assert "physics; chemistry" in str(run.refusals)
    assert Subscriber.objects.get(address="ann@people.example").attributes == {"unit": "chemistry"}


def write_issue(title: str, text: str) -> IssueRecord:
    """An issue whose newest source is this text."""
    issue, _ = IssueRecord.objects.get_or_create(slug=title.lower(), defaults={"title": title})
    edits.apply_edit(audit.system(), issue, lambda theirs: (theirs, issue_state.of_sources({"issue.md": text}, {})))
    return issue


def test_an_attribute_is_deleted_if_nothing_uses_it_and_else_the_page_names_what_does(console, mei):
    delete = "/console/attributes/unit/delete/"
    Subscriber.objects.filter(pk=mei.pk).update(attributes={"unit": "physics"})
    attribute_declarations.configure(audit.system(), "unit", label="院系")
    saved_segments.create(audit.system(), "of-unit", '院系 = "physics" and topics = "physics"')
    saved_segments.create(audit.system(), "unity", 'name = "unit"')
    _, other = (
        write_issue(name, f"---\ntitle: {name}\n---\n\n## News\n\n{text}\n")
        for name, text in (("Conditions", 'Only: unit = "physics"'), ("Prose", "Only the unit of physics"))
    )
    run = ImportRun.objects.create(
        file_name="p.csv",
        actor=audit.system(),
        stored_file="kept",
        state="waiting",
        choices={"columns": ["email", "attribute:unit"]},
    )
    for answer in (console.get(delete), console.post(delete)):
        page = answer.content.decode()
        assert "This attribute cannot be deleted" in page
        for text in ("People have a value of it.", "of-unit", "Conditions", f"/console/people-imports/{run.pk}/"):
            assert text in page
        assert "unity" not in page
        assert other.title not in page
    assert "unit" in attributes.declarations()
    Subscriber.objects.filter(pk=mei.pk).update(attributes={})
    ImportRun.objects.update(state="done")
    saved_segments.change(audit.system(), Segment.objects.get(slug="of-unit"), 'topics = "physics"')
    write_issue("Conditions", "---\ntitle: Conditions\n---\n\n## News\n\nFor everybody\n")
    assert "Delete the attribute “院系”?" in console.get(delete).content.decode()
    for _ in range(2):  # a doubled click
        assert console.post(delete).headers["Location"] == "/console/attributes/"
    assert attributes.declarations().keys() == {"topics"}
    assert [line.detail for line in Audit.objects.filter(verb="delete_attribute")] == [{"name": "unit"}]


def test_only_those_who_may_change_lists_change_attributes(client, topics):
    client.force_login(make_staff("viewer", "subscribers.view_mailinglist"))
    page = client.get("/console/attributes/").content.decode()
    assert "topics" in page
    assert "/console/attributes/new/" not in page
    assert client.post("/console/attributes/topics/", {"label": "x"}).status_code == 403
    assert Publication.objects.get().attribute_schema["topics"]["label"] == "Topics"
