"""What staff do for one person: details, unsubscribing on the telephone, pause, address, data, erasing, merging, adding."""

import json
from datetime import timedelta

import pytest
from django.conf import settings

from publication import audit, clock
from publication.models import Audit, Publication, Sender
from publication.staff import roles
from subscribers import attribute_declarations, tokens
from subscribers.consent import address_changes, erasing, measuring_consent, subscriptions, suppressions
from subscribers.consent.address_changes import Side
from subscribers.consent.ledger import Proof
from subscribers.models import (
    AddressChange,
    ConsentRecord,
    MailingList,
    Notice,
    Subscriber,
    Subscription,
    Suppression,
)
from tests.support import people
from tests.support.staff_tabs import unchanged
from tests.web.conftest import make_staff
from worker import notice_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def news(db) -> MailingList:
    return people.make_list("news")


@pytest.fixture
def anna(news) -> Subscriber:
    Publication.objects.update(
        attribute_schema={"since": {"type": "date"}, "member": {"type": "yesno"}, "topics": {"type": "words", "label": "Topics"}}
    )
    person = people.make_people(1, news, prefix="anna")[0]
    MailingList.objects.create(slug="club", name="Club")
    subscriptions.add_confirmed(audit.system(), MailingList.objects.get(slug="club"), person.address, consent="by letter")
    return person


@pytest.fixture
def console(client):
    client.force_login(make_staff("manager", *roles.ROLES["list-manager"]))
    return client


def page_of(person: Subscriber, tail: str = "") -> str:
    return f"/console/subscribers/{person.pk}/{tail}"


def states(person: Subscriber) -> dict[str, str]:
    return dict(Subscription.objects.filter(subscriber=person).values_list("list__slug", "state"))


def nothing_personal_is_on_record(*texts: str) -> bool:
    """Whether neither the audit nor the ledger has one of these texts."""
    rows = [*Audit.objects.values_list("detail", flat=True), *ConsentRecord.objects.values_list("detail", flat=True)]
    rows += ConsentRecord.objects.exclude(wording=None).values_list("wording__text", flat=True)
    return not any(text in json.dumps(row, ensure_ascii=False) for row in rows for text in texts)


def test_details_are_edited_on_the_page_and_only_changed_fields_are_written(console, anna):
    Subscriber.objects.filter(pk=anna.pk).update(name="Anna", language="en")
    stored = {"stored.name": "Anna", "stored.language": "en", "language": "en", "stored.zone": "", "stored.country": ""}
    Subscriber.objects.filter(pk=anna.pk).update(language="de")  # by a colleague, after the page was opened
    wrong = {**stored, "name": "Anna", "zone": "Atlantis", "attribute.since": "2027-02-30", "attribute.topics": "tides"}
    answer = console.post(page_of(anna, "edit/"), wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(text in page for text in ("Atlantis", "No time zone has this name", 'value="2027-02-30"', "Write a date", "tides"))
    right = {
        **stored, "name": "Anna Schmidt", "zone": "Beijing", "country": "CN", "attribute.since": "2026-02-03",
        "attribute.member": "yes", "attribute.topics": "tides；winds",
    }  # fmt: skip
    assert "The details are stored." in console.post(page_of(anna, "edit/"), right, follow=True).content.decode()
    anna.refresh_from_db()
    assert (anna.name, anna.language, anna.zone, anna.country) == ("Anna Schmidt", "de", "Asia/Shanghai", "CN")
    assert anna.attributes == {"since": "2026-02-03", "member": True, "topics": ["tides", "winds"]}
    line = Audit.objects.get(verb="edit_subscriber")
    assert line.detail == {"changed": ["name", "country", "zone", "member", "since", "topics"]}
    assert "Nothing was changed." in console.post(page_of(anna, "edit/"), {}, follow=True).content.decode()


def test_attributes_with_known_values_are_chosen_by_their_labels_in_the_language_of_the_page(console, anna):
    chinese = {"zh-Hans": "物理"}
    actor = audit.system()
    attribute_declarations.configure(actor, "topics", labels={"zh-Hans": "主题"}, values={"physics": chinese, "biology": {}})
    attribute_declarations.declare(actor, "unit", "text")
    attribute_declarations.configure(actor, "unit", values={"lab": {"zh-Hans": "实验室"}})
    Subscriber.objects.filter(pk=anna.pk).update(attributes={"topics": ["physics", "old"], "unit": "old"})
    console.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    edit = page_of(anna, "edit/")
    form = console.get(edit).content.decode()
    assert "<legend>主题</legend>" in form
    assert 'value="physics" checked>物理' in form
    assert '<option value="old" selected>old</option>' in form
    assert '<option value="lab">实验室</option>' in form
    untouched = {"attribute.topics": ["", "physics"], "stored.attribute.topics": "physics",
                 "attribute.unit": "old", "stored.attribute.unit": "old"}  # fmt: skip
    console.post(edit, untouched)
    anna.refresh_from_db()
    assert anna.attributes == {"topics": ["physics", "old"], "unit": "old"}, "what nobody touched stays"
    console.post(edit, untouched | {"attribute.topics": ["", "physics", "biology"], "attribute.unit": "lab"})
    anna.refresh_from_db()
    assert anna.attributes == {"topics": ["physics", "biology"], "unit": "lab"}
    assert "物理; biology" in console.get(page_of(anna)).content.decode()
    assert "主题" in console.get(page_of(anna, "data/")).content.decode()
    assert console.post(edit, untouched | {"attribute.unit": "elsewhere"}).status_code == 422
    console.post(edit, {"attribute.topics": "", "stored.attribute.topics": "physics; biology"})
    anna.refresh_from_db()
    assert "topics" not in anna.attributes


def test_a_caller_is_unsubscribed_in_three_activations_and_the_reason_is_kept_with_the_subscription_alone(console, anna):
    found = console.post("/console/subscribers/", {"text": "anna"}, follow=True).content.decode()
    assert f'href="{page_of(anna)}"' in found
    assert f'href="{page_of(anna, "unsubscribe/")}"' in console.get(page_of(anna)).content.decode()
    form = console.get(page_of(anna, "unsubscribe/")).content.decode()
    assert " checked" not in form, "she is on two lists"
    assert "Topics" not in form
    posted = {"list": "all", "comment": "Anna called: her inbox is full"}
    page = console.post(page_of(anna, "unsubscribe/"), posted, follow=True).content.decode()
    assert "Unsubscribed from: CAST Newsletter, Club." in page
    assert states(anna) == {"news": "unsubscribed", "club": "unsubscribed"}
    row = Subscription.objects.get(subscriber=anna, list__slug="news")
    assert (row.unsubscribed_how, row.unsubscribed_comment) == ("staff", "Anna called: her inbox is full")
    lines = ConsentRecord.objects.filter(subscriber_id=anna.pk, act="left")
    assert [(line.source, line.proof) for line in lines] == [("staff", "statement")] * 2
    assert Audit.objects.filter(verb="unsubscribe", actor__name="manager").count() == 1
    assert nothing_personal_is_on_record("inbox", "called")
    again = console.post(page_of(anna, "unsubscribe/"), posted).content.decode()
    assert "there is nothing to leave" in again
    assert Audit.objects.filter(verb="unsubscribe").count() == 1
    erasing.erase(audit.system(), anna)
    row.refresh_from_db()
    assert "Anna" not in row.unsubscribed_comment


def test_one_list_alone_can_be_left_and_a_stale_page_changes_nothing(console, anna, news):
    assert console.post(page_of(anna, "unsubscribe/"), {"list": ""}).status_code == 422
    assert console.post(page_of(anna, "unsubscribe/"), {"list": str(news.pk), "comment": "x" * 400}).status_code == 422
    assert states(anna)["news"] == "confirmed"
    for expected in ("Unsubscribed from: CAST Newsletter.", "This person is not on that list any more."):
        page = console.post(page_of(anna, "unsubscribe/"), {"list": str(news.pk), "comment": ""}, follow=True).content.decode()
        assert expected in page
    assert states(anna) == {"news": "unsubscribed", "club": "confirmed"}
    anna.refresh_from_db()
    assert anna.left_all_at is None
    attribute_declarations.declare(audit.system(), "unit", "text")
    Subscriber.objects.filter(pk=anna.pk).update(attributes={"unit": "Physics"})
    form = console.get(page_of(anna, "unsubscribe/")).content.decode()
    assert form.count(" checked") == 1, "the only list"
    assert f'value="{MailingList.objects.get(slug="club").pk}" checked' in form
    assert "</span> Physics<" in form


def test_a_pause_is_set_and_ended_for_a_person(console, anna):
    day = (clock.now() + timedelta(days=20)).date().isoformat()
    for wrong in ("", "2020-01-01", "soon"):
        assert console.post(page_of(anna, "pause/"), {"until": wrong}).status_code == 422
    assert f"before {day}" in console.post(page_of(anna, "pause/"), {"until": day}, follow=True).content.decode()
    assert "The pause has ended." in console.post(page_of(anna, "pause/"), {"step": "resume"}, follow=True).content.decode()
    acts = ConsentRecord.objects.filter(subscriber_id=anna.pk, act__in=("paused", "resumed")).order_by("id")
    assert [(line.act, line.source, line.proof) for line in acts] == [
        ("paused", "staff", "statement"), ("resumed", "staff", "statement"),
    ]  # fmt: skip


def test_staff_end_an_agreement_to_be_measured_and_the_page_says_how_it_came_and_ended(console, anna):
    measuring_consent.agree(audit.subscriber(), anna, source="form", proof=Proof.CONFIRMATION_LINK, wording="You may keep it")
    page = console.get(page_of(anna)).content.decode()
    assert "Clicks have been kept with this person’s name since" in page
    assert "Agreed that clicks are kept with their name (with the link in the confirmation mail)" in page
    assert "“You may keep it”" in page
    for _ in range(2):
        console.post(page_of(anna, "measuring/"), {"measured_since": "2026-01-01"})
    page = console.get(page_of(anna)).content.decode()
    assert "measuring/" not in page
    assert page.count("Withdrew the agreement that clicks are kept with their name (by manager, in the console)") == 1
    assert Subscriber.objects.get(pk=anna.pk).measured_since is None
    line = ConsentRecord.objects.latest("id")
    assert (line.act, line.source, line.proof) == ("withdrew_measuring", "staff", "statement")


def link_of(change: AddressChange, side: Side) -> str:
    return f"/a/{tokens.row_token(tokens.Purpose(side.value), change.pk, change.asked_at)}"


def test_a_change_of_address_by_staff_takes_effect_when_the_new_address_confirms(console, client, anna):
    old = anna.address
    assert console.post(page_of(anna, "address/"), {"address": "new@people.example", "reason": " "}).status_code == 422
    assert console.post(page_of(anna, "address/"), {"address": "new", "reason": "called"}).status_code == 422
    posted = {"address": "new@people.example", "reason": "Anna called on Monday"}
    page = console.post(page_of(anna, "address/"), posted, follow=True).content.decode()
    assert "The new address new@people.example has to confirm" in page
    assert "Anna called on Monday" in page
    change = AddressChange.objects.get()
    assert (change.actor.name, change.reason) == ("manager", "Anna called on Monday")
    assert dict(Notice.objects.values_list("purpose", "address")) == {
        "old_address": old, "new_address": "new@people.example",
    }  # fmt: skip
    assert nothing_personal_is_on_record("Monday", "new@")
    shown = client.get(link_of(change, Side.OLD)).content.decode()
    assert "Somebody asked our staff" in shown
    assert 'value="confirm"' not in shown
    form = client.get(link_of(change, Side.NEW)).context["form"]
    assert b"From now on the newsletters go to this address." in client.post(
        link_of(change, Side.NEW), {"form": form, "step": "confirm"}
    ).content  # fmt: skip
    anna.refresh_from_db()
    assert anna.address == "new@people.example"
    moved = ConsentRecord.objects.get(act="changed_address")
    assert (moved.source, moved.proof) == ("staff", "confirmation_link")


def test_somebody_who_left_everything_is_promised_no_mail_at_the_new_address(console, client, anna):
    subscriptions.unsubscribe(audit.subscriber(), anna.pk, how="page")
    console.post(page_of(anna, "address/"), {"address": "new@people.example", "reason": "called"})
    change = AddressChange.objects.get()
    sender = Sender(email="news@cast.example", name="News")
    for notice in Notice.objects.filter(purpose__in=list(Side)):
        mail = notice_mail.envelope_of_notice(notice, sender)
        for part in (mail.subject, mail.html, mail.text):
            assert "newsletter" not in part, notice.purpose
    asked = client.get(link_of(change, Side.NEW))
    assert "You have unsubscribed; this changes only our record." in asked.content.decode()
    done = client.post(link_of(change, Side.NEW), {"form": asked.context["form"], "step": "confirm"}).content.decode()
    assert "You have unsubscribed, and stay so; only our record has changed." in done
    assert "newsletters go" not in done


def test_the_old_address_and_staff_can_stop_the_change(console, client, anna):
    for stop in ("person", "staff"):
        console.post(page_of(anna, "address/"), {"address": f"{stop}@people.example", "reason": "called"})
        change = AddressChange.objects.get(state="open")
        if stop == "staff":
            console.post(page_of(anna, "address/"), {"step": "withdraw"})
        else:
            form = client.get(link_of(change, Side.OLD)).context["form"]
            client.post(link_of(change, Side.OLD), {"form": form, "step": "stop"})
        assert not AddressChange.objects.filter(state="open").exists(), stop
    anna.refresh_from_db()
    assert anna.address.startswith("anna0@")


def test_a_change_of_address_is_refused_with_the_reason(console, anna, news):
    other = people.make_people(1, news, prefix="other")[0]
    suppressions.suppress(audit.system(), "gone@people.example", Suppression.Reason.COMPLAINT)
    for address, expected in (
        (anna.address, "is the address of the person already"), (other.address, f"/merge/?other={other.pk}"),
        ("gone@people.example", "it is suppressed"),
    ):  # fmt: skip
        answer = console.post(page_of(anna, "address/"), {"address": address, "reason": "called"})
        assert (answer.status_code, expected in answer.content.decode()) == (422, True), address
    suppressions.suppress(audit.system(), anna.address, Suppression.Reason.COMPLAINT)
    answer = console.post(page_of(anna, "address/"), {"address": "new@people.example", "reason": "called"})
    assert "A change of address does not end that." in answer.content.decode()
    assert not AddressChange.objects.exists()


def test_a_persons_data_is_shown_and_its_download_is_on_record(console, client, anna):
    assert anna.address in console.get(page_of(anna, "data/")).content.decode()
    assert not Audit.objects.filter(verb="export_person").exists()
    document = json.loads(console.post(page_of(anna, "data/"), {"form": "json"}).content)
    assert document["person"]["address"] == anna.address
    assert "<html" in console.post(page_of(anna, "data/"), {"form": "page"}).content.decode()
    assert ConsentRecord.objects.filter(act="exported", source="staff").count() == 1
    client.force_login(make_staff("auditor", *roles.ROLES["auditor"]))
    assert client.get(page_of(anna, "data/")).status_code == 200
    assert client.post(page_of(anna, "data/"), {"form": "json"}).status_code == 403


def test_erasing_says_what_goes_and_needs_the_typed_address(console, anna):
    page = console.get(page_of(anna, "erase/")).content.decode()
    assert "the subscriptions to 2 lists" in page
    for wrong in ("", "anna@people.example"):
        assert console.post(page_of(anna, "erase/"), {"address": wrong}).status_code == 422
    anna.refresh_from_db()
    assert anna.erased_at is None
    for _ in range(2):  # a doubled click
        console.post(page_of(anna, "erase/"), {"address": f" {anna.address.upper()} "})
    anna.refresh_from_db()
    assert (anna.address, anna.name) == (None, "")
    assert ConsentRecord.objects.filter(act="erased").count() == Audit.objects.filter(verb="erase").count() == 1


def test_two_records_are_merged_after_a_page_that_says_what_happens(console, anna, news):
    other = people.make_people(1, news, prefix="zoe")[0]
    Subscriber.objects.filter(pk=other.pk).update(name="Zoë", country="CN")
    subscriptions.unsubscribe(audit.subscriber(), other.pk, list_ids=[news.pk], how="page")
    people.make_people(1, news, prefix="zack")
    several = console.post(page_of(anna, "merge/"), {"text": "z"}).content.decode()
    assert f'href="?other={other.pk}"' in several
    shown = console.post(page_of(anna, "merge/"), {"text": "zoe"}, follow=True).content.decode()
    assert "because the person left with the other one: CAST Newsletter." in shown
    assert "It gets these details, which it lacks: Country." in shown
    assert states(anna)["news"] == "confirmed", "the page changes nothing"
    both = {"other": str(other.pk), "keep": str(anna.pk), "step": "merge"}
    assert console.post(page_of(anna, "merge/"), both).status_code == 422
    page = console.post(page_of(anna, "merge/"), {**both, "sure": "yes"}, follow=True).content.decode()
    assert "The two records are one now." in page
    assert f"Record {other.pk} was merged into this one" in page
    assert f"Record {other.pk}: Left “CAST Newsletter”" in page
    other.refresh_from_db()
    anna.refresh_from_db()
    assert (other.merged_into_id, other.address, anna.country) == (anna.pk, None, "CN")
    again = console.post(page_of(anna, "merge/"), {**both, "sure": "yes"})
    assert (again.status_code, "was merged into record" in again.content.decode()) == (422, True)
    assert Audit.objects.filter(verb="merge").count() == 1
    assert "This is the same record." in console.get(page_of(anna, f"merge/?other={anna.pk}")).content.decode()


def test_a_value_that_is_not_allowed_is_marked_and_everything_typed_stays_for_every_type(console, news, anna):
    types = {"grade": "text", "topics": "words", "joined": "date", "score": "number", "member": "yesno"}
    Publication.objects.update(attribute_schema={
        name: {"type": kind, **({"values": [{"value": "senior", "labels": {}}]} if kind in ("text", "words") else {})}
        for name, kind in types.items()
    })  # fmt: skip
    for field, text in {
        "attribute.grade": "boss", "attribute.topics": "tides", "attribute.joined": "soon", "attribute.score": "many",
        "attribute.member": "perhaps", "name": "a\u202eb", "language": "nonsense!", "country": "Atlantis", "zone": "Atlantis",
    }.items():  # fmt: skip
        typed = {**NEW, "name": "Li Na", "list": str(news.pk), "attribute.score": "7", field: text}
        for address, marked in (
            ("/console/subscribers/add/", "Nobody was added yet"),
            (page_of(anna, "edit/"), "Nothing was saved yet"),
        ):
            answer = console.post(address, typed)
            page = answer.content.decode()
            assert answer.status_code == 422, field
            assert marked in page, field
            assert f'id="id_{field.replace(".", "-")}-fault"' in page, field
            assert field == "name" or "Li Na" in page, field
    tiny = {**NEW, "list": str(news.pk), "attribute.score": "0.00000001", "attribute.grade": "SENIOR"}
    assert console.post("/console/subscribers/add/", tiny).status_code == 302
    assert Subscriber.objects.get(address=NEW["address"]).attributes == {"score": 1e-08, "grade": "senior"}


NEW = {"address": "new@people.example", "name": "Li Na", "language": "zh-Hans", "where": "fair", "day": "2026-02-03"}


def test_a_new_person_is_asked_by_mail_and_is_on_the_list_at_once_only_with_a_document(console, news):
    Publication.objects.update(attribute_schema={"member": {"type": "yesno"}})
    for wrong in ({"where": ""}, {"day": "2999-01-01"}, {"day": ""}, {"address": "x"}, {"list": "99"}, {"zone": "Atlantis"}):
        answer = console.post("/console/subscribers/add/", {**NEW, "list": str(news.pk), **wrong})
        assert (answer.status_code, "Li Na" in answer.content.decode()) == (422, True), wrong
    assert not Subscriber.objects.exists()
    posted = {**NEW, "list": str(news.pk), "country": "CN", "attribute.member": "yes"}
    page = console.post("/console/subscribers/add/", posted, follow=True).content.decode()
    assert "A mail asks the person to confirm that they want CAST Newsletter." in page
    person = Subscriber.objects.get()
    assert (person.name, person.language, person.country, person.attributes) == ("Li Na", "zh-Hans", "CN", {"member": True})
    row = Subscription.objects.get()
    assert (row.state, row.source, row.consent) == ("pending", "staff", "fair; 2026-02-03")
    assert Notice.objects.filter(purpose="confirm", state="planned").exists()
    known = {"person": str(person.pk), "list": str(news.pk), "where": "fair", "day": "2026-02-03"}
    document = {"document": "form of Li Na, folder 12"}
    page = console.post("/console/subscribers/add/", {**known, **document}, follow=True).content.decode()
    assert "The person is on CAST Newsletter now." in page
    row.refresh_from_db()
    assert (row.state, row.consent) == ("confirmed", "fair; 2026-02-03; form of Li Na, folder 12")
    assert nothing_personal_is_on_record("Li Na", "new@people")


def test_a_misspelt_domain_is_asked_about_once_and_full_width_characters_are_read(console, anna, news):
    posted = {**NEW, "list": str(news.pk), "address": "ｌina＠gmial.com"}
    page = console.get("/console/subscribers/add/").content.decode()
    assert 'type="email"' not in page, "a browser stops full-width characters there"
    answer = console.post("/console/subscribers/add/", posted)
    page = answer.content.decode()
    assert (answer.status_code, "Did you mean lina@gmail.com?" in page) == (422, True)
    assert not Subscriber.objects.filter(address__startswith="lina").exists()
    asked = {**posted, "questioned": "lina@gmial.com"}
    other = console.post("/console/subscribers/add/", {**asked, "address": "lina@gmal.com", "which": "meant"})
    assert other.status_code == 422, "another address is asked about again"
    for which, address in (("meant", "lina@gmail.com"), ("typed", "lina@gmial.com")):
        form = unchanged(
            console.post("/console/subscribers/add/", {**asked, "which": which, "list": ""}), "/console/subscribers/add/"
        )
        assert (form["address"], "which" in form) == ([address], False), "the answer is kept while another field is wrong"
        console.post("/console/subscribers/add/", {**form, "list": str(news.pk)})
        assert Subscriber.objects.latest("id").address == address
    change = {"address": "anna@zju.edu.con", "reason": "called"}
    page = (answer := console.post(page_of(anna, "address/"), change)).content.decode()
    assert (answer.status_code, AddressChange.objects.exists()) == (422, False)
    for shown in ("Did you mean anna@zju.edu.cn?", 'value="called"', 'name="questioned" value="anna@zju.edu.con"', "(as typed)"):
        assert shown in page
    for which, address in (("typed", "anna@zju.edu.con"), ("meant", "anna@zju.edu.cn")):
        answered = {**change, "questioned": change["address"], "which": which, "reason": ""}
        form = unchanged(console.post(page_of(anna, "address/"), answered), page_of(anna, "address/"))
        console.post(page_of(anna, "address/"), {**form, "reason": "called"})
        assert AddressChange.objects.latest("id").address == address


def test_a_provider_without_its_ending_is_no_address_but_gets_a_suggestion(console, anna, news):
    typed = {"address": "chen@qq", "questioned": "chen@qq", "reason": "called"}
    for form, more in (("/console/subscribers/add/", {**NEW, "list": str(news.pk)}), (page_of(anna, "address/"), {})):
        page = (answer := console.post(form, {**more, "address": "chen@qq", "reason": "called"})).content.decode()
        assert (answer.status_code, "Did you mean chen@qq.com?" in page, "(as typed)" in page) == (422, True, False), form
        assert console.post(form, {**more, **typed, "which": "typed"}).status_code == 422, form
        assert console.post(form, {**more, **typed, "which": "meant"}).status_code == 302, form
        assert not Subscriber.objects.filter(address="chen@qq").exists()
    assert AddressChange.objects.get().address == "chen@qq.com" == Subscriber.objects.latest("id").address


def test_somebody_who_is_here_is_recognised_also_by_an_earlier_address_and_who_left_is_only_asked(console, anna, news):
    old = anna.address
    address_changes.move(audit.system(), anna, "now@people.example", source="cli", proof=Proof.STATEMENT, statement="letter")
    for address in (old, "NOW@people.example"):
        answer = console.post("/console/subscribers/add/", {**NEW, "list": str(news.pk), "address": address})
        page = answer.content.decode()
        assert (answer.status_code, page_of(anna) in page, "This person is here already" in page) == (422, True, True)
    subscriptions.unsubscribe(audit.subscriber(), anna.pk, how="page")
    known = {"person": str(anna.pk), "list": str(news.pk), "where": "fair", "day": "2026-02-03"}
    answer = console.post("/console/subscribers/add/", {**known, "document": "form"})
    assert "Only their own confirmation brings them back" in answer.content.decode()
    page = console.post("/console/subscribers/add/", known, follow=True).content.decode()
    assert "only their confirmation brings them back" in page
    assert states(anna)["news"] == "unsubscribed"
    erasing.erase(audit.system(), anna)
    answer = console.post("/console/subscribers/add/", {**NEW, "list": str(news.pk), "address": "now@people.example"})
    assert "asked to be forgotten" in answer.content.decode()


def test_adding_somebody_names_records_with_exactly_the_same_name(console, anna, news):
    Subscriber.objects.filter(pk=anna.pk).update(name="张伟")
    for address, name, is_named in (("b@people.example", "张伟明", False), ("c@people.example", "张伟", True)):
        posted = {**NEW, "list": str(news.pk), "address": address, "name": name}
        page = console.post("/console/subscribers/add/", posted, follow=True).content.decode()
        assert "A mail asks the person" in page
        assert (f'<a href="{page_of(anna)}">{anna.pk}</a>' in page) is is_named, name
    other = Subscriber.objects.get(address="c@people.example")
    known = {"person": str(other.pk), "list": str(news.pk), "where": "fair", "day": "2026-02-03"}
    assert "has the same name" not in console.post("/console/subscribers/add/", known, follow=True).content.decode()


def test_stored_markup_in_every_field_stays_text(console, anna):
    markup = "<script>alert(1)</script>"
    Subscriber.objects.filter(pk=anna.pk).update(name=markup, attributes={"topics": [markup]})
    Subscription.objects.filter(subscriber=anna).update(consent=markup)
    for tail in ("", "edit/", "unsubscribe/", "address/", "data/", "merge/", "erase/"):
        page = console.get(page_of(anna, tail)).content.decode()
        assert "<script>alert" not in page, tail
