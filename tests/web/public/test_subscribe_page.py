"""/subscribe/…: the page to subscribe, the form of other sites, the JSON endpoint. No answer depends on an address's state."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from publication import audit, clock
from publication.models import Publication
from subscribers import mailing_lists, tokens
from subscribers.consent import erasing, pauses, subscriptions, suppressions
from subscribers.models import (
    ConsentRecord,
    MailingList,
    NetworkCount,
    Notice,
    SignUpHour,
    Subscriber,
    Subscription,
    SuppressedDomain,
)
from tests.subscribers.conftest import Clock
from tests.support.variations import first
from tests.web.public.forms import token_of
from web.public.links import form_token
from web.public.sign_up import sign_up_form

pytestmark = pytest.mark.django_db
PAGE, JSON = "/subscribe/news/", "/subscribe/news/json"
WORDING = "I want to receive “News & more” from CAST by email. I can unsubscribe at any time."
STORED = (Subscriber, Subscription, Notice, NetworkCount, SignUpHour, ConsentRecord)


@pytest.fixture(autouse=True)
def time():
    moved = Clock()
    clock.move(moved)
    yield moved
    clock.move(None)


@pytest.fixture(autouse=True)
def news(db) -> MailingList:
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "languages": ["zh-Hans"]})
    return mailing_lists.create_list(audit.command_line(), "news", "News & more", description="Each month.", sign_up="open")


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def send(browser, time):
    """Opens the form, waits as a person does, and sends it."""

    def send(address="anna@example.org", *, wait=5, page=PAGE, **more):
        form = token_of(browser.get(page))
        time.passes(seconds=wait)
        return browser.post(page, {"address": address, "form": form, **more})

    return send


@pytest.fixture
def send_json(browser, time):
    def send_json(address="anna@example.org", *, wait=5, **more):
        form = browser.get(JSON).json()["form"]
        time.passes(seconds=wait)
        return browser.post(JSON, {"address": address, "form": form, **more}, content_type="application/json")

    return send_json


def rows() -> list[int]:
    return [model.objects.count() for model in STORED]


# ------------------------------------------------------------------------------------------------------------- subscribing
def test_a_person_subscribes_confirms_and_is_welcomed(send, browser, news, settings):
    mailing_lists.change_list(audit.command_line(), "news", welcome=True)
    answer = send(" Anna@Example.org ", name="Anna", language="zh-Hans")
    assert (answer.status_code, "Check your email" in answer.content.decode()) == (200, True)
    anna = Subscriber.objects.get()
    assert (anna.address, anna.name, anna.language) == ("Anna@example.org", "Anna", "zh-Hans")
    subscription = Subscription.objects.get()
    assert (subscription.state, subscription.source, subscription.consent) == ("pending", "form", WORDING)
    link = f"/c/{tokens.confirm_token(subscription.pk)}"
    done = browser.post(link, {"form": token_of(browser.get(link))})
    assert f'href="{settings.PUBLIC_URL}/p/{tokens.preferences_token(anna.pk)}"' in done.content.decode()
    assert list(Notice.objects.order_by("id").values_list("purpose", "state", "address")) == [
        ("confirm", "planned", "Anna@example.org"), ("welcome", "planned", "Anna@example.org"),
    ]  # fmt: skip


def test_a_list_without_welcome_sends_none(send, browser):
    send()
    link = f"/c/{tokens.confirm_token(Subscription.objects.get().pk)}"
    form = {"form": token_of(browser.get(link))}
    for _ in range(2):
        browser.post(link, form)
    assert not Notice.objects.filter(purpose="welcome").exists()


def test_confirming_twice_welcomes_once_and_leaving_takes_an_unsent_welcome_back(send, browser):
    mailing_lists.change_list(audit.command_line(), "news", welcome=True)
    send()
    link = f"/c/{tokens.confirm_token(Subscription.objects.get().pk)}"
    form = {"form": token_of(browser.get(link))}
    for _ in range(2):
        browser.post(link, form)
    assert Notice.objects.get(purpose="welcome").state == "planned"
    subscriptions.unsubscribe(audit.subscriber(), Subscriber.objects.get().pk, how="page")
    assert Notice.objects.get(purpose="welcome").state == "skipped"


def test_the_ledger_has_exactly_the_wording_that_was_shown(send, browser):
    page = browser.get(PAGE).content.decode()
    assert WORDING.replace("&", "&amp;") in page
    send(wording="I want nothing.", consent="I want nothing.")
    record = ConsentRecord.objects.get()
    assert (record.act, record.source, record.proof) == ("requested", "form", "none")
    assert (record.wording.text, record.wording.language) == (WORDING, "en")
    subscriptions.confirm(audit.subscriber(), Subscription.objects.get())
    confirmed = ConsentRecord.objects.get(act="confirmed")
    assert (confirmed.proof, confirmed.wording_id) == ("confirmation_link", record.wording_id)


def test_a_form_from_before_the_wording_changed_is_shown_again(browser, time):
    form = token_of(browser.get(PAGE))
    time.passes(seconds=10)
    mailing_lists.change_list(audit.command_line(), "news", name="Newer")
    answer = browser.post(PAGE, {"address": "anna@example.org", "form": form})
    assert "The text next to the button has changed" in answer.content.decode()
    assert not Subscriber.objects.exists()


def test_the_language_of_the_wording_is_that_of_the_page_that_was_shown(browser, time):
    form = token_of(browser.get(f"{PAGE}?language=zh-hans"))
    time.passes(seconds=10)
    answer = browser.post(PAGE, {"address": "anna@example.org", "form": form}, headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "zh-hans"
    assert ConsentRecord.objects.get().wording.language == "zh-hans"
    assert Subscriber.objects.get().language == "zh-Hans"


def test_a_publication_with_one_language_does_not_ask_for_it(browser):
    assert 'name="language"' in browser.get(PAGE).content.decode()
    Publication.objects.update(languages=["en"])
    assert 'name="language"' not in browser.get(PAGE).content.decode()


def test_the_language_of_the_list_counts_as_one_of_the_publication_on_its_form(browser, send, time):
    """People on a Chinese list of an English publication got English mails and were stored as readers of English."""
    Publication.objects.update(languages=[])
    mailing_lists.change_list(audit.command_line(), "news", language="zh-Hans")
    assert browser.get(JSON).json()["languages"] == ["en", "zh-Hans"]
    send("page@example.org", page=f"{PAGE}?language=zh-hans")
    assert Subscriber.objects.get().language == "zh-Hans"
    assert Notice.objects.get().parameters["language"] == "zh-Hans"


def test_a_person_who_never_confirmed_is_known_by_what_they_typed_last(send, time):
    """A stranger's joke must not become the name in somebody's mails."""
    send(name="Buy pills at example.net")
    time.passes(minutes=20)
    send(name="Anna", language="zh-Hans")
    anna = Subscriber.objects.get()
    assert (anna.name, anna.language) == ("Anna", "zh-Hans")
    subscriptions.confirm(audit.subscriber(), Subscription.objects.get())
    time.passes(minutes=20)
    send(name="Nobody", language="en")
    anna.refresh_from_db()
    assert (anna.name, anna.language) == ("Anna", "zh-Hans")


def test_the_confirmation_is_in_the_language_that_the_form_the_other_site_or_the_program_chose(send, send_json, browser, time):
    """Nothing was said about mails but the language of the page or of the form, which is one of the publication's."""
    send("form@example.org", language="zh-Hans")
    send("page@example.org", page=f"{PAGE}?language=zh-hans")
    send_json("api@example.org", language="zh-Hans")
    page = browser.post(PAGE, {"address": "other@example.org", "language": "zh-Hans"}).content.decode()
    chosen = re.search(r'<option value="([^"]*)"[^>]* selected>', page)[1]
    send("other@example.org", language=chosen)
    send("typed@example.org", language="zh-Hans; DROP")
    languages = dict(Notice.objects.values_list("address", "parameters__language"))
    assert languages.pop("typed@example.org") == "en"
    assert languages == dict.fromkeys([f"{name}@example.org" for name in ("form", "page", "api", "other")], "zh-Hans")


@pytest.mark.parametrize(
    ("organisation", "name", "postal", "expected"),
    [
        ("China Association for Science", "News & more", "Road 1", "from China Association for Science by email"),
        ("", "CAST", "Road 1", "from CAST by email"),
        ("", "news & more", "CAST,\nRoad 1", "from CAST, Road 1 by email"),
        ("", "News & more", "", "“News & more” by email"),
    ],
)
def test_the_consent_names_the_organisation_and_never_the_list_twice(send, organisation, name, postal, expected):
    Publication.objects.update(organisation=organisation, name=name, postal_address=postal)
    send()
    assert expected in ConsentRecord.objects.get().wording.text


def test_a_name_around_the_address_is_dropped(send, send_json):
    send("Anna Example <anna@example.org>")
    send_json("李＜li@example.org＞")
    assert set(Subscriber.objects.values_list("address", "name")) == {("anna@example.org", ""), ("li@example.org", "")}


def test_an_address_that_looks_mistyped_is_asked_about_once_and_never_refused(send, send_json, browser, time):
    page = send("anna@gmial.com", name="Anna")
    text = page.content.decode()
    assert (page.status_code, "Did you mean <strong>anna@gmail.com</strong>?" in text) == (200, True)
    assert {"anna@gmial.com", "Anna"} <= set(re.findall(r'value="([^"]*)"', text))
    assert rows() == [0] * len(STORED)
    time.passes(seconds=5)
    again = {"address": "anna@gmial.com", "questioned": "anna@gmial.com", "form": token_of(page)}
    assert "Check your email" in browser.post(PAGE, again).content.decode()
    browser.post(PAGE, {**again, "instead": "anna@gmail.com"})
    assert send_json("bob@qq.con").json() == {"status": "accepted", "did_you_mean": "bob@qq.com"}
    assert list(Subscriber.objects.order_by("id").values_list("address", flat=True)) == [
        "anna@gmial.com", "anna@gmail.com", "bob@qq.con",
    ]  # fmt: skip


# -------------------------------------------------------------------------------------------------------- identical answers
@pytest.fixture
def standings(news, time) -> dict[str, str]:
    """An address in each state; the latest request of each is both long ago and just now."""
    staff, person = audit.command_line(), audit.subscriber()
    addresses = {}

    def join(name: str, domain: str = "example.org") -> Subscriber:
        addresses[name] = f"{name}@{domain}"
        added = subscriptions.add_confirmed(staff, news, addresses[name], consent="at the fair")
        return added.subscription.subscriber

    addresses |= {"new": "new@example.org", "pending": "pending@example.org", "just_asked": "just@example.org"}
    subscriptions.subscribe(person, news, addresses["pending"])
    join("confirmed")
    pauses.pause(person, join("paused"), time.at + timedelta(days=30), source="page", proof="mail_link")
    subscriptions.unsubscribe(person, join("unsubscribed").pk, how="page")
    join("suppressed")
    suppressions.suppress(staff, addresses["suppressed"], "complaint")
    join("bounced")
    suppressions.suppress(staff, addresses["bounced"], "hard_bounce")
    join("soft")
    suppressions.suppress(staff, addresses["soft"], "soft_bounces")
    erasing.erase(staff, join("erased"))
    join("domain", "blocked.example")
    SuppressedDomain.objects.create(domain="blocked.example", actor=staff)
    addresses["stranger_there"] = "stranger@blocked.example"
    limited = "limited@example.org"
    for _ in range(6):
        subscriptions.subscribe(person, news, limited)
        time.passes(hours=9)
    addresses["limited"] = limited
    subscriptions.subscribe(person, news, addresses["just_asked"], consent=WORDING, wording_language="en")
    return addresses


@pytest.mark.parametrize("door", first(["page", "json"]))
def test_the_answer_is_the_same_for_every_state_of_an_address(standings, send, send_json, door, news):
    seen = {}
    (send if door == "page" else send_json)("warm-up@example.org")  # rows that exist from the first request on
    for name, address in standings.items():
        NetworkCount.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            answer = (send if door == "page" else send_json)(address, name="X")
        statements = [re.sub(r"\s+", " ", query["sql"])[:25] for query in queries]
        seen[name] = (answer.status_code, dict(answer.headers), answer.content, statements)
    assert len(seen) == 13
    assert all(shown == seen["new"] for shown in seen.values()), {name: len(shown[3]) for name, shown in seen.items()}
    assert seen["new"][0] == (200 if door == "page" else 202)
    assert "Set-Cookie" not in seen["new"][1]


def test_a_held_request_and_a_filled_honeypot_get_the_same_answer(send, news):
    usual = send("a@example.org")
    trapped = send("b@example.org", website="https://spam.example")
    MailingList.objects.update(requests_held_at=clock.now())
    held = send("c@example.org")
    assert {answer.content for answer in (usual, trapped, held)} == {usual.content}
    assert [dict(answer.headers) for answer in (trapped, held)] == [dict(usual.headers)] * 2
    assert list(Notice.objects.order_by("id").values_list("address", "state")) == [
        ("a@example.org", "planned"), ("c@example.org", "held"),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ token and trap
def test_a_filled_honeypot_stores_nothing(send, send_json):
    before = rows()
    assert "Check your email" in send(website="x").content.decode()
    assert send_json(website="x").status_code == 202
    assert rows() == before


@pytest.mark.parametrize(("wait", "text"), [(1.9, "That was very fast"), (86_401, "This page has expired")])
def test_a_form_that_is_too_young_or_too_old_is_shown_again_with_what_was_typed(send, browser, time, wait, text):
    answer = send("anna@example.org", wait=wait, name="Anna <3", language="zh-Hans")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert text in page
    assert 'value="anna@example.org"' in page
    assert 'value="Anna &lt;3"' in page
    assert '<option value="zh-Hans" lang="zh-Hans" selected>' in page
    assert rows() == [0] * len(STORED)
    time.passes(seconds=2)
    browser.post(PAGE, {"address": "anna@example.org", "form": token_of(answer)})
    assert Subscriber.objects.count() == 1


@pytest.mark.parametrize("given", ["", "x", "en.0.x.y:zzzz", "é" * 300])
def test_a_token_that_is_not_ours_sends_nothing(browser, given):
    answer = browser.post(PAGE, {"address": "anna@example.org", "form": given})
    assert answer.status_code == 200
    assert rows() == [0] * len(STORED)


def test_a_token_belongs_to_one_list_and_one_purpose(browser, time):
    mailing_lists.create_list(audit.command_line(), "board", "Board", sign_up="open")
    form = token_of(browser.get("/subscribe/board/"))
    leave = form_token.make("unsubscribe", "news")
    time.passes(seconds=5)
    for token in (form, leave):
        browser.post(PAGE, {"address": "anna@example.org", "form": token})
    assert rows() == [0] * len(STORED)


def test_the_form_of_another_site_opens_the_page_and_only_its_button_sends(browser, time):
    typed = {"address": "anna@example.org", "name": "Anna", "language": "zh-Hans"}
    page = browser.post(PAGE, typed, headers={"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"})
    text = page.content.decode()
    assert page.status_code == 200
    assert 'value="anna@example.org"' in text
    assert "Nothing has been sent yet" in text
    assert text.count("<button") == 1
    assert rows() == [0] * len(STORED)
    assert "Set-Cookie" not in page.headers
    time.passes(seconds=3)
    browser.post(PAGE, {**typed, "form": token_of(page)})
    assert Notice.objects.get().state == "planned"


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_pages_changes_nothing(browser, method):
    for address in ("/subscribe/", PAGE, JSON, f"{PAGE}?address=a@example.org&name=x"):
        getattr(browser, method)(address)
    assert rows() == [0] * len(STORED)


# -------------------------------------------------------------------------------------------------------------- wrong input
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "Enter your email address."),
        ("anna", "This is not an email address."),
        ("anna@example", "Mail cannot reach"),
        ("ａｎｎａ＠example.org", "Did you mean anna@example.org?"),
        ("x" * 300 + "@example.org", "This email address is too long."),
        ("anna@example.org\nBcc: x@example.org", "This is not an email address."),
        (
            "张三@例子.中国",
            "The part of this address before the @ has letters other than a to z. Our mail service cannot reach such",
        ),
    ],
)
def test_an_invalid_address_gets_a_clear_error_at_its_field(send, address, message):
    answer = send(address, name="Anna")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert 'aria-invalid="true" aria-describedby="address-fault"' in page
    assert '<a href="#address">' in page
    assert 'value="Anna"' in page
    assert rows() == [0] * len(STORED)


@pytest.mark.parametrize("field", ["language", "answer", "website"])
def test_half_a_character_in_json_is_no_error_of_the_server(send_json, field):
    assert send_json("anna@example.org", **{field: "\ud800"}).status_code in (202, 422)


def test_an_unusable_name_gets_an_error_at_its_field(send):
    answer = send(name="Anna\x07")
    assert (answer.status_code, 'aria-describedby="name-fault"' in answer.content.decode()) == (422, True)


def test_a_language_that_is_not_offered_is_not_stored(send):
    send(language="fr")
    assert Subscriber.objects.get().language == "en"


# --------------------------------------------------------------------------------------------------------------- who may in
def test_a_closed_list_cannot_be_told_from_one_that_does_not_exist(browser, send):
    mailing_lists.create_list(audit.command_line(), "board", "Board of directors")
    for method in ("get", "head", "post"):
        for ending in ("", "json"):
            closed = getattr(browser, method)(f"/subscribe/board/{ending}")
            missing = getattr(browser, method)(f"/subscribe/nobody/{ending}")
            assert closed.status_code == missing.status_code == 404
            assert closed.content.replace(b"board", b"nobody") == missing.content


def test_an_unlisted_list_works_but_nothing_links_to_it(browser, send):
    mailing_lists.create_list(audit.command_line(), "secret", "Secret", sign_up="unlisted")
    mailing_lists.set_archive(audit.command_line(), "secret", "public")
    for address in ("/", "/subscribe/", "/archive/secret/", "/sitemap.xml"):
        assert b"subscribe/secret" not in browser.get(address).content, address
    assert "Check your email" in send(page="/subscribe/secret/").content.decode()
    assert browser.get("/subscribe/secret/").headers["X-Robots-Tag"] == "noindex"


def test_the_page_of_all_lists_shows_them_or_the_form_of_the_only_one(browser):
    assert 'name="address"' in browser.get("/subscribe/").content.decode()
    mailing_lists.create_list(audit.command_line(), "events", "Events", sign_up="open")
    page = browser.get("/subscribe/").content.decode()
    assert 'href="/subscribe/news/' in page
    assert 'href="/subscribe/events/' in page
    MailingList.objects.update(sign_up="closed")
    answer = browser.get("/subscribe/")
    assert (answer.status_code, "you cannot subscribe on this page" in answer.content.decode()) == (200, True)
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_front_page_and_archive_link_to_open_lists(browser):
    mailing_lists.set_archive(audit.command_line(), "news", "public")
    assert 'href="/subscribe/"' in browser.get("/").content.decode()
    assert 'href="/subscribe/news/?language=en"' in browser.get("/archive/news/").content.decode()


def test_search_engines_find_open_lists_only(browser):
    assert "Allow: /subscribe/\n" in browser.get("/robots.txt").content.decode()
    assert "/subscribe/news/" in browser.get("/sitemap.xml").content.decode()
    assert "X-Robots-Tag" not in browser.get(PAGE).headers
    MailingList.objects.update(sign_up="unlisted")
    assert "Allow" not in browser.get("/robots.txt").content.decode()
    assert browser.get("/sitemap.xml").status_code == 404


# ------------------------------------------------------------------------------------------------------------------- limits
def test_a_form_with_parts_sent_to_the_json_endpoint_is_not_json(browser, news):
    answer = browser.post(JSON, {"address": "a@example.org"})  # multipart/form-data
    assert (answer.status_code, answer.json()["code"]) == (400, "json")


def test_too_many_requests_of_a_network_get_a_time_to_try_again_and_lose_nothing_that_was_typed(send, send_json):
    for number in range(10):
        send(f"a{number}@example.org")
    answer = send("late@example.org", name="Anna", language="zh-Hans")
    assert answer.status_code == 429
    assert {"late@example.org", "Anna"} <= set(re.findall(r'value="([^"]*)"', answer.content.decode()))
    assert '<option value="zh-Hans" lang="zh-Hans" selected>' in answer.content.decode()
    assert token_of(answer), "the button works when the hour is over"
    assert 3500 < int(answer.headers["Retry-After"]) < 3600
    assert "Please try again in 60 minutes." in answer.content.decode()
    other = send_json("late@example.org")
    assert (other.status_code, other.json()["code"]) == (429, "too_many_requests")
    assert other.headers["Retry-After"]
    assert Subscriber.objects.count() == 10


@pytest.fixture
def busy(news):
    SignUpHour.objects.create(list=news, hour=clock.now().replace(minute=0, second=0), requests=40)


def question_of(page) -> str:
    return re.search(r'<label for="answer">([^<]+)</label>', page.content.decode())[1]


def answer_to(page) -> str:
    nonce = token_of(page).split(".")[2]
    return str(sum(sign_up_form._numbers(nonce)))


def test_in_a_busy_hour_the_form_asks_a_question_in_words(browser, busy, time):
    page = browser.get(PAGE)
    assert re.fullmatch(r"How much is [a-z]+ plus [a-z]+\?", question_of(page))
    fields = {"address": "anna@example.org", "form": token_of(page)}
    time.passes(seconds=5)
    wrong = browser.post(PAGE, {**fields, "answer": "99"})
    assert wrong.status_code == 403
    assert 'aria-describedby="answer-fault"' in wrong.content.decode()
    assert not Subscriber.objects.exists()
    again = {"address": "anna@example.org", "form": token_of(wrong), "answer": f" {answer_to(wrong)} "}
    time.passes(seconds=5)
    assert "Check your email" in browser.post(PAGE, again).content.decode()
    assert browser.post(PAGE, {**again, "address": "ben@example.org"}).status_code == 403, "an answer counts once"
    assert Subscriber.objects.count() == 1


def test_a_form_from_before_the_busy_hour_gets_the_question(send, browser, news, time):
    form = token_of(browser.get(PAGE))
    time.passes(seconds=5)
    SignUpHour.objects.create(list=news, hour=clock.now().replace(minute=0, second=0), requests=40)
    answer = browser.post(PAGE, {"address": "anna@example.org", "form": form})
    assert answer.status_code == 403
    assert "so that we know that you are a person" in answer.content.decode()
    assert question_of(answer)


def test_answers_are_read_in_digits_and_in_words(rf):
    for nonce in map(str, range(20)):
        first, second = sign_up_form._numbers(nonce)
        word = sign_up_form._names()[first + second - 1]
        assert all(sign_up_form.is_right_answer(nonce, text) for text in (str(first + second), word.upper(), f" {word} "))
        assert sign_up_form.is_right_answer(nonce, str(first + second + 1)) is False
        assert sign_up_form.is_right_answer(nonce, " ") is None


def test_the_endpoint_sends_people_to_the_page_in_a_busy_hour(send_json, busy, settings):
    answer = send_json()
    assert (answer.status_code, answer.json()["code"]) == (403, "challenge")
    assert f"{settings.PUBLIC_URL}/subscribe/news/" in answer.json()["hint"]


# --------------------------------------------------------------------------------------------------------------------- JSON
def test_the_endpoint_gives_the_wording_and_takes_a_request(browser, send_json):
    offer = browser.get(JSON)
    document = offer.json()
    assert document.keys() == {"list", "wording", "language", "languages", "form"}
    assert (document["list"], document["wording"], document["languages"]) == ("News & more", WORDING, ["en", "zh-Hans"])
    answer = send_json(name="Anna", language="zh-Hans")
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    record = ConsentRecord.objects.get()
    assert (record.source, record.wording.text) == ("api", WORDING)


def test_any_site_may_call_the_endpoint_and_none_sends_a_cookie(browser, send_json):
    preflight = browser.options(JSON, headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"})
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Headers"] == "Content-Type"
    for answer in (preflight, browser.get(JSON), send_json(), send_json("nobody"), browser.put(JSON)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "json"), ("[]", 400, "json"), ("{" * 5000, 400, "json"), ("[" * 100_00, 400, "json"), ("\xff", 400, "json"),
        ("{}", 400, "form_missing"), ('{"form": "x"}', 400, "form_expired"), ('{"form": 7}', 400, "form_missing"),
    ],
)  # fmt: skip
def test_what_the_endpoint_cannot_read_gets_a_code_a_message_and_a_hint(browser, body, status, code):
    answer = browser.generic("POST", JSON, body.encode("latin-1"), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("fields", "wait", "status", "code"),
    [
        ({"address": "anna"}, 5, 422, "address_syntax"), ({"address": None}, 5, 422, "address_missing"),
        ({"address": "\ud800@example.org"}, 5, 422, "address_unsendable"), ({"name": "\ud800"}, 5, 422, "name"),
        ({"name": "a\nb"}, 5, 422, "name"), ({}, 1, 400, "too_fast"), ({}, 90_000, 400, "form_expired"),
    ],
)  # fmt: skip
def test_errors_of_the_endpoint(browser, time, fields, wait, status, code):
    form = browser.get(JSON).json()["form"]
    time.passes(seconds=wait)
    body = json.dumps({"address": "anna@example.org", "form": form, **fields})
    answer = browser.generic("POST", JSON, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert rows() == [0] * len(STORED)
