"""/d/<token>, the private link: a person's own data to see, change, take along and erase. And the doors that mail the link."""

import json
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from publication import audit, clock
from publication.models import Audit, Publication
from subscribers import attribute_declarations, mailing_lists, tokens
from subscribers.consent import address_changes, erasing, ledger, subscriptions, suppressions
from subscribers.consent.ledger import Proof
from subscribers.models import ConsentRecord, MailingList, Notice, Subscriber, Subscription
from subscribers.records import merging
from tests.support import people, table_digests
from tests.support.variations import first
from tests.web.conftest import state
from tests.web.public.forms import form_of, text_of, token_of
from worker.notice_mail import envelope_of_notice

pytestmark = pytest.mark.django_db
DOOR = "/preferences/"


@pytest.fixture
def events(campaign) -> MailingList:
    made = mailing_lists.create_list(audit.system(), "events", "Events")
    MailingList.objects.filter(pk=made.pk).update(sign_up="open")
    return made


@pytest.fixture
def person(reader) -> Subscriber:
    Publication.objects.get_or_create(pk=1)
    for name, kind in [
        ("role", "text"),
        ("age", "number"),
        ("born", "date"),
        ("member", "yesno"),
        ("topics", "words"),
        ("score", "number"),
    ]:
        attribute_declarations.declare(audit.system(), name, kind)
        if name != "score":
            attribute_declarations.configure(
                audit.system(), name, is_open=True, label="Topics of interest" if name == "topics" else None
            )
    Subscriber.objects.filter(pk=reader.pk).update(
        name="Ana Reader", attributes={"role": "captain", "score": 7, "topics": ["tides", "winds"]}
    )
    reader.refresh_from_db()
    return reader


@pytest.fixture
def link(person) -> str:
    return f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, person.pk)}"


def save(client, link: str, **changed):
    return client.post(link, form_of(client.get(link), "save") | changed)


def later(days: float):
    clock.move(lambda: clock._system_time() + timedelta(days=days))


@pytest.fixture(autouse=True)
def _own_time():
    yield
    clock.move(None)


# -------------------------------------------------------------------------------------------------------------- reading
def test_a_value_of_more_than_400_characters_is_refused_at_its_field(client, link, person):
    for field in ("name", "attribute.role"):
        assert b"400" in save(client, link, **{field: "x" * 401}).content
    person.refresh_from_db()
    assert (person.name, person.attributes["role"]) == ("Ana Reader", "captain")


def test_the_link_ends_when_the_person_gets_another_address_or_record(client, link, person):
    other = subscriptions.add_confirmed(audit.command_line(), people.make_list(), "other@people.example", consent="x")
    address_changes.move(audit.command_line(), person, "new@people.example", source="cli", proof=Proof.STATEMENT, statement="x")
    assert client.get(link).status_code == client.get(link + "/export").status_code == 404
    fresh = f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, other.subscription.subscriber_id)}"
    assert client.get(fresh).status_code == 200
    merging.merge(audit.command_line(), keep=person, gone=other.subscription.subscriber)
    assert client.get(fresh).status_code == 404


@pytest.mark.parametrize("path", ["", "/export", "/erase"])
def test_reading_changes_nothing(browser_client, link, path):
    before = table_digests.digests()
    for method in ("get", "head"):
        answer = getattr(browser_client, method)(link + path)
        assert answer.status_code == 200
        assert not answer.cookies
        assert answer.headers["Cache-Control"] == "no-store"
    assert browser_client.get(link + "/export.json").status_code == 405
    assert table_digests.digests() == before


def test_the_page_shows_open_attributes_with_their_labels_and_no_others(client, link, person):
    page = client.get(link)
    shown = page.content.decode()
    assert person.address in shown
    assert "Topics of interest" in shown
    assert ">tides; winds</textarea>" in shown
    assert "attribute.score" not in shown


def test_the_link_works_for_a_day_and_for_nothing_else(client, link, person, campaign):
    token = link.removeprefix("/d/")
    for path in ("/p/", "/u/", "/c/", "/a/"):
        assert client.get(path + token).status_code == 404
    for other in (tokens.preferences_token(person.pk, campaign.pk), tokens.unsubscribe_token(person.pk)):
        assert client.get(f"/d/{other}").status_code == 404
    later(1.01)
    for path in ("", "/export", "/erase"):
        assert client.get(link + path).status_code == 404
    assert client.post(link + "/erase", {"sure": "yes"}).status_code == 404
    person.refresh_from_db()
    assert person.erased_at is None


# ------------------------------------------------------------------------------------------------------------- changing
def test_name_and_open_attributes_are_saved_and_named(client, link, person):
    answer = save(
        client, link, name="Ana  Maria", **{
            "attribute.role": "", "attribute.age": "41", "attribute.born": "1986-04-05", "attribute.member": "yes",
            "attribute.topics": "waves；tides", "attribute.score": "99",
        },
    )  # fmt: skip
    assert answer.status_code == 200
    assert "Changed: Name, Age, Born, Member, Role, Topics of interest" in text_of(answer)
    person.refresh_from_db()
    assert person.name == "Ana  Maria"
    assert person.attributes == {"age": 41, "born": "1986-04-05", "member": True, "topics": ["waves", "tides"], "score": 7}
    assert "Maria" not in json.dumps([line.detail for line in Audit.objects.all()])


def test_wrong_values_change_nothing_and_are_named_at_their_fields(client, link, person):
    answer = save(
        client, link, name="Ana\u202eX", **{"attribute.age": "old", "attribute.born": "31.12.1999", "attribute.member": "maybe"}
    )
    assert answer.status_code == 422
    shown = answer.content.decode()
    for name in ("name", "attribute-age", "attribute-born", "attribute-member"):
        assert f'href="#{name}"' in shown
        assert f'id="{name}"' in shown
        assert f'id="{name}-fault"' in shown
    assert 'value="old"' in shown, "what was typed is shown again"
    person.refresh_from_db()
    assert (person.name, person.attributes["role"]) == ("Ana Reader", "captain")


def test_joining_a_list_by_the_private_link_needs_no_further_mail(client, link, person, events):
    answer = save(client, link, list=[str(mailing_list.pk) for mailing_list in MailingList.objects.all()])
    assert "You now receive Events" in text_of(answer)
    assert state(person, "events") == "confirmed"
    line = ConsentRecord.objects.get(act="confirmed")
    assert (line.proof, line.source, line.wording.text) == ("private_link", "preferences", "Receive “Events” by email")
    assert not Notice.objects.exists()


def test_a_suppressed_person_cannot_join_a_list(client, link, person, events):
    suppressions.suppress(audit.system(), person.address, "hard_bounce")
    answer = save(client, link, list=[str(mailing_list.pk) for mailing_list in MailingList.objects.all()])
    assert "Events could not be added" in text_of(answer)
    assert not Subscription.objects.filter(subscriber=person, list=events).exists()


def test_a_declaration_that_is_no_longer_open_is_neither_shown_nor_changed(client, link, person):
    form = form_of(client.get(link), "save") | {"attribute.role": "mate"}
    attribute_declarations.configure(audit.system(), "role", is_open=False)
    client.post(link, form)
    person.refresh_from_db()
    assert person.attributes["role"] == "captain"
    assert "captain" not in client.get(link).content.decode()


@pytest.mark.parametrize(
    "odd",
    first(["\0", "\ud800", "x" * 20_000, "a\r\nb", "\u202e", "9" * 400, "-1", "NaN", "1e400", "9999-99-99", "<b>"]),
    ids=range(11),
)
def test_odd_texts_in_any_field_are_no_server_error_and_reach_no_other_field(client, link, person, odd):
    client.raise_request_exception = False
    form = token_of(client.get(link))
    fields = dict.fromkeys(
        ["name", "language", "zone", "list", "shown", "months", "address", *(f"attribute.{name}" for name in
         ("role", "age", "born", "member", "topics"))], odd.encode("utf-8", "surrogatepass"),
    )  # fmt: skip
    for step in ("save", "pause", "move", "stay", odd.encode("utf-8", "surrogatepass")):
        body = urlencode(fields | {"form": form, "step": step})  # the client itself would send the numbers of bytes
        assert client.post(link, body, content_type="application/x-www-form-urlencoded").status_code < 500
    person.refresh_from_db()
    assert person.attributes["score"] == 7
    assert state(person) == "confirmed"


# --------------------------------------------------------------------------------------------------- export and erasure
def test_the_export_is_a_page_and_a_download_and_the_download_is_recorded(client, link, person):
    page = client.get(link + "/export")
    for value in (person.address, "Ana Reader", "captain", "CAST Newsletter"):
        assert value in text_of(page)
    assert not ConsentRecord.objects.exists()
    answer = client.post(link + "/export.json", {"form": token_of(client.get(link))})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.content)["person"]["address"] == person.address
    client.post(link + "/export.json", {"form": token_of(client.get(link))})
    assert [line.act for line in ConsentRecord.objects.all()] == ["exported"]
    assert client.post(link + "/export.json", {"form": "x"}).status_code == 404


def test_the_copy_names_the_page_on_which_the_person_did_something(client, link, person, campaign):
    mail = f"/p/{tokens.preferences_token(person.pk, campaign.pk)}"
    client.post(mail, form_of(client.get(mail), "pause"))
    client.post(link + "/export.json", {"form": token_of(client.get(link))})
    client.post(f"/u/{tokens.unsubscribe_token(person.pk, campaign.pk)}", {"List-Unsubscribe": "One-Click"})
    ledger.record(audit.subscriber(), "resumed", person.pk, source="page", proof="mail_link")  # as an older version wrote it
    history = text_of(client.get(link + "/export")).partition("Your consent history")[2].partition("Issues sent")[0]
    for line in (
        "paused all mail (on the page of your preferences)", "got their data (on your private page)",
        "left the list: CAST Newsletter (with one click in the mail program)", "ended the pause (on the page of your preferences)",
    ):  # fmt: skip
        assert line in history, history


def test_erasing_needs_the_box_and_the_button(client, link, person):
    form = {"form": token_of(client.get(link + "/erase"))}
    assert "Tick the box" in text_of(client.post(link + "/erase", form))
    assert client.post(link + "/erase", {"sure": "yes"}).status_code == 200
    person.refresh_from_db()
    assert person.erased_at is None
    answer = client.post(link + "/erase", form | {"sure": "yes"})
    assert "Your data is erased" in text_of(answer)
    person.refresh_from_db()
    assert (person.address, person.name, person.attributes) == (None, "", {})
    line = ConsentRecord.objects.get(act="erased")
    assert (line.source, line.proof) == ("private page", "private_link")
    assert client.post(link + "/erase", form | {"sure": "yes"}).status_code == 404
    assert client.get(link).status_code == 404


# ------------------------------------------------------------------------------------------- the doors that mail the link
def ask(client, address: str, **more):
    return client.post(DOOR, {"form": token_of(client.get(DOOR)), "address": address} | more)


def test_the_page_of_a_mail_mails_the_private_link_to_the_persons_address(client, person, campaign):
    page = f"/p/{tokens.preferences_token(person.pk, campaign.pk)}"
    answer = client.post(page, form_of(client.get(page), "ask"))
    assert person.address not in answer.content.decode()
    notice = Notice.objects.get()
    assert (notice.purpose, notice.state, notice.address, notice.subscriber_id) == (
        "person",
        "planned",
        person.address,
        person.pk,
    )
    envelope = envelope_of_notice(notice, people.make_sender())
    link = re.search(r"https?://[^/]+(/d/[\w-]{36})$", envelope.text, re.MULTILINE)
    assert client.get(link[1]).status_code == 200
    assert link[0] in envelope.html
    assert "Ana" not in envelope.text + envelope.html + envelope.subject


def test_the_link_is_mailed_once_in_a_quarter_of_an_hour_and_three_times_a_day(client, person):
    for minute in (0, 10, 14, 16, 25, 40, 300, 600, 1200, 1430):
        later(minute / 24 / 60)
        ask(client, person.address.upper())
    assert Notice.objects.count() == 3
    assert Audit.objects.filter(verb="ask_private_link").count() == 3
    later(1.1)
    ask(client, person.address)
    assert Notice.objects.count() == 4


def every_state(mailing_list: MailingList) -> dict[str, str]:
    """An address in each state."""
    made = people.make_people(6, mailing_list, prefix="state")
    _, left, bounced, complained, erased, _ = made
    subscriptions.unsubscribe(audit.system(), left.pk, how="page")
    suppressions.suppress(audit.system(), bounced.address, "hard_bounce")
    suppressions.suppress(audit.system(), complained.address, "complaint")
    addresses = [subscriber.address for subscriber in made]
    erasing.erase(audit.system(), erased)
    pending = subscriptions.subscribe(audit.subscriber(), mailing_list, "pending@people.example").subscriber
    names = ("confirmed", "left", "bounced", "complained", "erased", "asked")
    return dict(zip(names, addresses, strict=True)) | {"pending": pending.address, "unknown": "nobody@people.example"}


def test_the_public_door_answers_every_state_of_an_address_in_the_same_way(client, campaign):
    audit.subscriber()
    states = every_state(people.make_list())
    ask(client, states["asked"])
    form = token_of(client.get(DOOR))
    seen = {}
    for name, address in states.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.post(DOOR, {"form": form, "address": address})
        texts = [re.sub(r"\d+|'[^']*'", "?", query["sql"]) for query in queries.captured_queries]
        seen[name] = (answer.status_code, answer.content, tuple(sorted(answer.headers.items())), len(texts))
    assert len(set(seen.values())) == 1, {name: (row[0], row[3]) for name, row in seen.items()}
    mailed = set(Notice.objects.filter(purpose="person").values_list("address", flat=True))
    assert mailed == {states[name] for name in ("confirmed", "left", "bounced", "complained", "asked", "pending")}
    assert not Subscriber.objects.filter(address="nobody@people.example").exists()
    assert not Audit.objects.filter(detail__icontains="@").exists()


@pytest.mark.parametrize(
    "typed", first(["nobody", "x@example.org\r\nBcc: y@example.org", "", "a@b", "a b@example.org", "@" * 9000], 2)
)
def test_a_text_that_is_no_address_is_refused_next_to_the_field(client, typed):
    answer = ask(client, typed)
    assert answer.status_code == 422
    assert "This is not a complete email address" in text_of(answer)
    assert not Notice.objects.exists()


def test_programs_that_fill_in_the_hidden_field_get_the_same_answer_and_no_mail(client, person):
    assert ask(client, person.address, website="x").content == ask(client, "nobody@people.example").content
    assert not Notice.objects.exists()


def test_the_public_door_needs_its_own_fresh_form_and_no_cookie(browser_client, person, monkeypatch):
    page = browser_client.get(DOOR)
    assert not page.cookies
    for form in ("", "x", token_of(browser_client.get(f"/d/{tokens.expiring_token('person', person.pk)}"))):
        assert "This page has expired" in text_of(browser_client.post(DOOR, {"form": form, "address": person.address}))
    form = token_of(page)
    monkeypatch.setattr("web.public.links.form_token.VALID_FOR", -1)
    assert "This page has expired" in text_of(browser_client.post(DOOR, {"form": form, "address": person.address}))
    assert not Notice.objects.exists()


def test_reading_the_public_door_changes_nothing(client):
    before = table_digests.digests()
    assert (client.get(DOOR).status_code, client.head(DOOR).status_code) == (200, 200)
    assert client.get(DOOR + "?address=reader0@people.example").status_code == 200
    assert table_digests.digests() == before
