"""People agree that their clicks are kept with their name, on the sign-up form and in the preferences, and withdraw it."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Click
from publication import audit, clock
from publication.models import Publication
from subscribers import mailing_lists, tokens
from subscribers.consent import measuring_consent, subscriptions
from subscribers.consent.ledger import Proof
from subscribers.models import ConsentRecord, MailingList, NetworkCount, Subscriber, Subscription
from tests.subscribers.conftest import Clock
from tests.web.public.forms import form_of, text_of, token_of

pytestmark = pytest.mark.django_db
PAGE, JSON = "/subscribe/news/", "/subscribe/news/json"
SENTENCE = (
    "CAST may keep, with my name, when I open its emails and which links in them I follow, for up to 400 days, to learn what its "
    "readers are interested in. The emails are the same without it, and I can withdraw it at any time."
)
BOX = '<input type="checkbox" name="measuring"'


@pytest.fixture(autouse=True)
def time():
    moved = Clock()
    clock.move(moved)
    yield moved
    clock.move(None)


@pytest.fixture(autouse=True)
def news(db) -> MailingList:
    policies = {"measuring": "individual", "confirm_minutes": 0, "confirm_per_day": 99, "confirm_unanswered": 99}
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "languages": ["zh-Hans"], "policies": policies})
    return mailing_lists.create_list(audit.command_line(), "news", "News", sign_up="open")


def set_policy(value: str) -> None:
    row = Publication.objects.get()
    row.policies["measuring"] = value
    row.save()


@pytest.fixture
def ask(client, time):
    """Opens the form, waits as a person does, and sends it."""

    def ask(address="anna@example.org", *, door=PAGE, **more):
        NetworkCount.objects.all().delete()
        if door == JSON:
            form = client.get(JSON).json()["form"]
            time.passes(minutes=5)
            return client.post(JSON, {"address": address, "form": form, **more}, content_type="application/json")
        form = token_of(client.get(door))
        time.passes(minutes=5)
        return client.post(door, {"address": address, "form": form, **more})

    return ask


@pytest.fixture
def confirm(client, time):
    """Opens the link of the confirmation mail, and presses its first or its last button."""

    def confirm(address="anna@example.org", button=0):
        subscription = Subscription.objects.get(subscriber__address=address)
        link = f"/c/{tokens.confirm_token(subscription.pk)}"
        page = client.get(link)
        marks = re.findall(r'name="measuring" value="([^"]*)"', page.content.decode())
        posted = {"form": token_of(page)} | ({"measuring": marks[button]} if marks else {})
        return client.post(link, posted)

    return confirm


def is_measured(address="anna@example.org") -> bool:
    return Subscriber.objects.get(address=address).measured_since is not None


def agreements() -> list[tuple[str, str, str, str]]:
    lines = ConsentRecord.objects.filter(act="agreed_measuring").order_by("id")
    return [(line.source, line.proof, line.wording.text, line.wording.language) for line in lines]


# --------------------------------------------------------------------------------------------------------------------- sign-up
def test_the_box_is_there_unticked_only_while_clicks_are_kept_with_names(client):
    page = client.get(PAGE).content.decode()
    assert f'{BOX} value="yes"> <span>{SENTENCE}' in page
    assert client.get(JSON).json()["measuring_wording"] == SENTENCE
    for policy in ("off", "anonymous"):
        set_policy(policy)
        assert "measuring" not in client.get(PAGE).content.decode()
        assert "measuring_wording" not in client.get(JSON).json()


@pytest.mark.parametrize(("door", "tick", "source"), [(PAGE, "yes", "form"), (JSON, True, "api")])
def test_a_tick_counts_when_the_person_confirms_and_the_ledger_has_the_sentence(ask, confirm, client, door, tick, source):
    ask(door=door, measuring=tick)
    assert not is_measured()
    link = f"/c/{tokens.confirm_token(Subscription.objects.get().pk)}"
    assert SENTENCE in client.get(link).content.decode()
    assert "You also agreed that we keep which links you follow" in text_of(confirm())
    assert is_measured()
    assert agreements() == [(source, "confirmation_link", SENTENCE, "en")]
    assert Subscription.objects.get().measuring_wish == ""


def test_the_person_can_confirm_without_what_was_ticked(ask, confirm):
    ask(measuring="yes")
    assert "You also agreed" not in text_of(confirm(button=1))
    assert Subscription.objects.get().state == "confirmed"
    assert not is_measured()


@pytest.mark.parametrize("door", [PAGE, JSON])
@pytest.mark.parametrize("forged", ["no", "", "true", 1, "YES", ["yes"], {"yes": 1}, SENTENCE])
def test_whatever_is_not_a_tick_agrees_to_nothing(ask, confirm, door, forged):
    if door == PAGE and not isinstance(forged, str):
        forged = json.dumps(forged)
    ask(door=door, measuring=forged)
    confirm()
    assert Subscription.objects.get().state == "confirmed"
    assert not is_measured()


def test_of_several_requests_the_last_one_counts_also_of_somebody_who_left(ask, confirm, time):
    ask(measuring="yes")
    ask()
    confirm()
    assert not is_measured()
    subscriptions.unsubscribe(audit.subscriber(), Subscriber.objects.get().pk, how="page")
    for ticks, agrees in ((("yes", None), False), ((None, "yes"), True)):
        for tick in ticks:
            ask(**({"measuring": tick} if tick else {}))
        confirm()
        assert is_measured() == agrees
        subscriptions.unsubscribe(audit.subscriber(), Subscriber.objects.get().pk, how="page")


def test_a_stranger_who_types_the_address_with_a_tick_agrees_for_nobody(ask, confirm, client):
    """Not before the owner confirms, and then only what the owner read: also if the stranger was last."""
    ask()
    link = f"/c/{tokens.confirm_token(Subscription.objects.get().pk)}"
    page = client.get(link)
    assert "measuring" not in page.content.decode()
    ask(measuring="yes")
    assert not is_measured()
    client.post(link, {"form": token_of(page)})
    assert Subscription.objects.get().state == "confirmed"
    assert not is_measured()


@pytest.mark.parametrize("forged", ["", "yes", "on", "0" * 16])
def test_a_confirmation_agrees_only_with_the_value_of_the_sentence_that_its_page_shows(ask, client, forged):
    ask(measuring="yes")
    link = f"/c/{tokens.confirm_token(Subscription.objects.get().pk)}"
    client.post(link, {"form": token_of(client.get(link)), "measuring": forged})
    assert not is_measured()


def test_people_who_are_subscribed_already_agree_to_nothing_by_asking_again(ask, news):
    subscriptions.add_confirmed(audit.command_line(), news, "anna@example.org", consent="at the fair")
    ask(measuring="yes")
    assert Subscription.objects.get().measuring_wish == ""
    assert not is_measured()


def test_a_policy_that_changes_before_the_confirmation_asks_for_nothing(ask, confirm, client):
    ask(measuring="yes")
    set_policy("anonymous")
    confirm()
    assert not is_measured()
    ask("ben@example.org", measuring="yes")
    assert Subscription.objects.get(subscriber__address="ben@example.org").measuring_wish == ""


def test_a_form_with_another_sentence_is_shown_again_without_the_tick(client, time):
    form = token_of(client.get(PAGE))
    time.passes(seconds=9)
    Publication.objects.update(organisation="China Association")
    page = client.post(PAGE, {"address": "anna@example.org", "form": form, "measuring": "yes"}).content.decode()
    assert "The text next to the button has changed" in page
    assert f'{BOX} value="yes"> <span>China Association may keep' in page
    again = client.post(PAGE, {"address": "wrong", "form": re.search(r'name="form" value="([^"]+)', page)[1], "measuring": "yes"})
    time.passes(seconds=9)
    assert f'{BOX} value="yes" checked>' in again.content.decode(), "ticked on this page, with this sentence"
    foreign = client.post(PAGE, {"address": "anna@example.org", "measuring": "yes"}).content.decode()
    assert f'{BOX} value="yes">' in foreign, "a form of another site ticks nothing"


@pytest.mark.parametrize("door", [PAGE, JSON])
def test_the_answer_to_a_tick_is_the_same_for_every_state_of_an_address(ask, news, door):
    staff = audit.command_line()
    for name in ("confirmed", "unsubscribed", "measured"):
        subscriptions.add_confirmed(staff, news, f"{name}@example.org", consent="at the fair")
    measuring_consent.agree(
        audit.subscriber(),
        Subscriber.objects.get(address="measured@example.org"),
        source="x",
        proof=Proof.PRIVATE_LINK,
        wording="x",
    )
    subscriptions.unsubscribe(staff, Subscriber.objects.get(address="unsubscribed@example.org").pk, how="page")
    subscriptions.subscribe(audit.subscriber(), news, "pending@example.org")
    tick = True if door == JSON else "yes"
    ask("warm-up@example.org", door=door, measuring=tick)
    seen = []
    for name in ("new", "confirmed", "unsubscribed", "measured", "pending"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(f"{name}@example.org", door=door, measuring=tick)
        seen.append((answer.status_code, dict(answer.headers), answer.content, [query["sql"][:25] for query in queries]))
    assert all(shown == seen[0] for shown in seen)


# ----------------------------------------------------------------------------------------------------------------- preferences
@pytest.fixture
def anna(news) -> Subscriber:
    return subscriptions.add_confirmed(audit.command_line(), news, "anna@example.org", consent="fair").subscription.subscriber


def mail_link(person: Subscriber) -> str:
    return f"/p/{tokens.preferences_token(person.pk)}"


def private_link(person: Subscriber) -> str:
    return f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, person.pk)}"


def tick(client, link: str):
    page = client.get(link)
    mark = re.search(rf'{BOX} value="([^"]+)"', page.content.decode())
    return client.post(link, form_of(page, "save") | {"measuring": [mark[1] if mark else "yes"]})


def untick(client, link: str):
    form = form_of(client.get(link), "save")
    form.pop("measuring", None)
    return client.post(link, form)


def test_people_agree_by_their_private_link_and_withdraw_by_both(client, anna):
    page = client.get(private_link(anna)).content.decode()
    assert SENTENCE in page
    assert " checked> <span>CAST may keep" not in page
    assert "From now on we keep which links you follow" in text_of(tick(client, private_link(anna)))
    assert is_measured()
    assert agreements() == [("preferences", "private_link", SENTENCE, "en")]
    for link in (mail_link(anna), private_link(anna)):
        measuring_consent.agree(audit.subscriber(), anna, source="preferences", proof=Proof.PRIVATE_LINK, wording=SENTENCE)
        Click.objects.create(campaign_id=1, link_id=1, subscriber_id=anna.pk, at=clock.now())
        assert "You agreed on 2 March 2026" in text_of(client.get(link))
        assert "Nothing was changed" in text_of(tick(client, link)), "saved as it was"
        assert "We no longer keep which links you follow" in text_of(untick(client, link))
        assert not is_measured()
        assert not Click.objects.exists()
    withdrawn = ConsentRecord.objects.filter(act="withdrew_measuring").order_by("id")
    assert list(withdrawn.values_list("source", "proof")) == [("preferences", "mail_link"), ("preferences", "private_link")]


def test_the_link_of_a_mail_agrees_to_nothing_whatever_is_posted(client, anna):
    page = client.get(mail_link(anna)).content.decode()
    assert BOX not in page
    assert "There you can also agree" in page
    mark = re.search(rf'{BOX} value="([^"]+)"', client.get(private_link(anna)).content.decode())[1]
    form = form_of(client.get(mail_link(anna)), "save")
    for shown in ("on", "off", ""):
        client.post(mail_link(anna), form | {"measuring": mark, "measuring_shown": shown})
    assert not is_measured()


@pytest.mark.parametrize("forged", ["yes", "on", "0" * 16])
def test_a_tick_for_another_sentence_saves_nothing(client, anna, forged):
    form = form_of(client.get(private_link(anna)), "save")
    answer = client.post(private_link(anna), form | {"measuring": forged, "list": []})
    assert "This page has expired, and nothing was changed." in text_of(answer)
    assert not is_measured()
    assert Subscription.objects.get().state == "confirmed"


def test_a_box_that_stays_ticked_does_not_agree_again_after_a_withdrawal(client, anna):
    tick(client, private_link(anna))
    page = client.get(private_link(anna))
    form = form_of(page, "save")
    untick(client, mail_link(anna))
    client.post(private_link(anna), form)
    assert not is_measured()


def test_without_the_policy_only_people_who_agreed_see_the_box(client, anna):
    tick(client, private_link(anna))
    set_policy("off")
    assert BOX in client.get(mail_link(anna)).content.decode()
    untick(client, mail_link(anna))
    assert not is_measured()
    for link in (mail_link(anna), private_link(anna)):
        page = client.get(link).content.decode()
        assert "measuring" not in page
        assert "There you can also agree" not in page
    client.post(
        private_link(anna), form_of(client.get(private_link(anna)), "save") | {"measuring": "x", "measuring_shown": "off"}
    )
    assert not is_measured()
