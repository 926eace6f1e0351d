"""The confirmation link: it shows a form, and only the form's button confirms."""

from datetime import timedelta

import pytest

from publication import audit, clock
from subscribers import mailing_lists, tokens
from subscribers.consent import address_changes, subscriptions
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.models import ConsentRecord, Subscription
from subscribers.records import merging
from tests.support.variations import first
from tests.web.public.forms import token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_to_join(db) -> Subscription:
    news = mailing_lists.create_list(audit.system(), "news", "News & more")
    return subscriptions.subscribe(audit.subscriber(), news, "ana@people.example", consent="yes")


@pytest.fixture
def link(request_to_join) -> str:
    return f"/c/{tokens.confirm_token(request_to_join.pk)}"


def test_opening_the_link_confirms_nothing_and_the_button_does(browser_client, link, request_to_join):
    page = browser_client.get(link)
    assert b"News &amp; more" in page.content
    assert browser_client.head(link).status_code == 200
    request_to_join.refresh_from_db()
    assert request_to_join.state == "pending"
    answer = browser_client.post(link, {"form": token_of(page)})
    assert answer.status_code == 200
    assert not answer.cookies
    request_to_join.refresh_from_db()
    assert request_to_join.state == "confirmed"
    assert browser_client.post(link, {"form": token_of(page)}).status_code == 200, "again is no error"


def test_a_used_link_says_that_the_person_is_subscribed_and_asks_nothing(browser_client, link):
    browser_client.post(link, {"form": token_of(browser_client.get(link))})
    page = browser_client.get(link).content.decode()
    assert "You are already subscribed" in page
    assert "<form" not in page
    assert "you will not be subscribed" not in page


@pytest.mark.parametrize("has_list", [True, False])
def test_the_page_of_a_changed_link_leads_to_the_form_if_there_is_one(client, link, has_list):
    if has_list:
        mailing_lists.change_list(audit.system(), "news", sign_up="open")
    page = client.get(link[:-1] + ("A" if link[-1] != "A" else "B"))
    assert (page.status_code, b'href="/subscribe/"' in page.content) == (404, has_list)


def test_without_the_form_nothing_is_confirmed(client, link, request_to_join):
    for body in ({}, {"form": "x"}, {"List-Unsubscribe": "One-Click"}):
        assert token_of(client.post(link, body))
    request_to_join.refresh_from_db()
    assert request_to_join.state == "pending"


def test_the_link_does_not_subscribe_a_person_who_unsubscribed_after_it_was_sent(client, link, request_to_join):
    form = token_of(client.get(link))
    clock.move(lambda: clock._system_time() + timedelta(seconds=5))
    try:
        subscriptions.unsubscribe(audit.subscriber(), request_to_join.subscriber_id, how="page")
    finally:
        clock.move(None)
    assert client.post(link, {"form": form}).status_code == 409
    request_to_join.refresh_from_db()
    assert request_to_join.state == "unsubscribed"


@pytest.mark.parametrize("way", first(["staff", "both addresses"]))
@pytest.mark.parametrize("confirmed", first([False, True]))
def test_the_link_that_an_old_mailbox_has_does_not_confirm_for_a_new_address(client, link, request_to_join, way, confirmed):
    form = token_of(client.get(link))
    clock.move(lambda: clock._system_time() + timedelta(minutes=5))
    person, new = request_to_join.subscriber, "right@other.example"
    try:
        if way == "staff":
            address_changes.move(audit.command_line(), person, new, source="cli", proof="statement", statement="by phone")
        else:
            change = address_changes.ask(audit.subscriber(), person, new)
            for side in address_changes.Side:
                address_changes.confirm(audit.subscriber(), change, side)
        clock.move(lambda: clock._system_time() + timedelta(minutes=10))
        later = f"/c/{tokens.confirm_token(request_to_join.pk)}"
        if confirmed:
            assert client.post(later, {"form": token_of(client.get(later))}).status_code == 200
        answer = client.post(link, {"form": form})
        assert b"/p/" not in client.get(link).content
    finally:
        clock.move(None)
    assert (answer.status_code, b"your address was changed" in answer.content, b"/p/" in answer.content) == (409, True, False)
    request_to_join.refresh_from_db()
    assert request_to_join.state == ("confirmed" if confirmed else "pending")


def test_expired_and_forged_links_get_the_same_404(client, link, request_to_join):
    clock.move(lambda: clock._system_time() + timedelta(days=8))
    try:
        old = client.get(link)
    finally:
        clock.move(None)
    forged = client.get("/c/" + "A" * 36)
    gone = client.get(f"/c/{tokens.confirm_token(request_to_join.pk + 1000)}")
    assert {answer.status_code for answer in (old, forged, gone)} == {404}
    assert old.content == forged.content == gone.content


def test_a_link_whose_request_expired_after_a_merge_says_that_it_is_too_late(browser_client, link, request_to_join):
    other = subscriptions.subscribe(audit.subscriber(), request_to_join.list, "ana@other.example", consent="yes")
    page = browser_client.get(link)
    merging.merge(audit.command_line(), keep=other.subscriber, gone=request_to_join.subscriber)
    Subscription.objects.filter(pk=other.pk).delete()  # as the upkeep does after seven days
    assert browser_client.post(link, {"form": token_of(page)}).status_code == 409


def test_the_ledger_keeps_the_sentence_by_which_somebody_came_back(browser_client):
    news = mailing_lists.create_list(audit.system(), "news", "News & more")
    person = subscriptions.add_confirmed(
        audit.command_line(), news, "ana@people.example", consent="A card, 2019"
    ).subscription.subscriber
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="page")
    asked = subscriptions.subscribe(audit.subscriber(), news, "ana@people.example", consent="I want the news.", source="form")
    clock.move(lambda: clock._system_time() + timedelta(seconds=5))
    try:
        link = f"/c/{tokens.confirm_token(asked.pk)}"
        assert browser_client.post(link, {"form": token_of(browser_client.get(link))}).status_code == 200
    finally:
        clock.move(None)
    line = ConsentRecord.objects.latest("id")
    assert (line.act, line.source, line.wording.text) == ("confirmed", "form", "I want the news.")
    current = Subscription.objects.get()
    assert (current.state, current.source, current.consent) == ("confirmed", "form", "I want the news.")


def test_a_request_that_expires_while_the_button_is_pressed_is_too_late(browser_client, link, request_to_join):
    Subscription.objects.all().delete()
    with pytest.raises(SubscriberStateError, match="too_late"):
        subscriptions.confirm(audit.subscriber(), request_to_join)
