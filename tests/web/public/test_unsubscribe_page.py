"""Unsubscribing with one click (RFC 8058) and with the page's form. GET changes nothing; unsubscribing always works."""

from datetime import timedelta

import pytest

from publication import audit, clock
from publication.models import Audit
from subscribers import mailing_lists, tokens
from subscribers.consent import erasing, subscriptions, suppressions
from subscribers.consent.ledger import Proof
from subscribers.consent.unsubscribing import unsubscribe_reasons
from subscribers.models import ConsentRecord, MailingList, Notice, Subscriber, Subscription
from tests.support.variations import first
from tests.web.conftest import state
from tests.web.public.forms import token_of

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def link(campaign, reader) -> str:
    Subscription.objects.update(confirmed_at=clock.now(), joined_at=clock.now())
    return f"/u/{tokens.unsubscribe_token(reader.pk, campaign.pk)}"


@pytest.fixture
def events(reader):
    """A second list that the reader is on, and the campaign does not go to."""
    made = mailing_lists.create_list(audit.system(), "events", "Events")
    subscriptions.add_confirmed(audit.system(), made, reader.address, consent="at the fair")
    return made


def one_click(client, link: str, encoding: str = URLENCODED, **more):
    if encoding == URLENCODED:
        return client.post(link, "List-Unsubscribe=One-Click", content_type=URLENCODED, **more)
    return client.post(link, ONE_CLICK, **more)


def written() -> tuple:
    return (
        list(Subscription.objects.order_by("id").values()), Audit.objects.count(), list(Notice.objects.values()),
    )  # fmt: skip


@pytest.mark.parametrize("encoding", [URLENCODED, "multipart/form-data"])
def test_one_click_unsubscribes_at_once_in_both_encodings(browser_client, link, campaign, reader, events, encoding):
    answer = one_click(browser_client, link, encoding)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert not answer.cookies
    assert state(reader) == "unsubscribed"
    assert state(reader, "events") == "confirmed", "only the campaign's lists"
    left = Subscription.objects.get(subscriber=reader, list__slug="news")
    assert (left.unsubscribed_how, left.unsubscribed_campaign) == ("one-click", campaign.pk)


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete", "patch"])
def test_requests_other_than_post_change_nothing(client, link, method):
    before = written()
    answer = getattr(client, method)(link)
    assert answer.status_code == (200 if method in {"get", "head"} else 405)
    assert written() == before
    assert not answer.cookies


def test_the_query_and_the_method_override_change_nothing(client, link):
    before = written()
    client.get(link + "?List-Unsubscribe=One-Click")
    client.get(link, headers={"X-HTTP-Method-Override": "POST"})
    client.post(link + "?List-Unsubscribe=One-Click", "", content_type=URLENCODED)
    assert written() == before


@pytest.mark.parametrize(
    "body", ["", "List-Unsubscribe=one-click", "list-unsubscribe=One-Click", "List-Unsubscribe=", "scope=all", "form=x&scope=all"]
)
def test_a_post_without_one_click_or_a_form_token_shows_the_form(client, link, reader, body):
    before = written()
    answer = client.post(link, body, content_type=URLENCODED)
    assert answer.status_code == 200
    assert token_of(answer)
    assert written() == before


def test_repeated_one_click_requests_unsubscribe_once(client, link, reader):
    assert [one_click(client, link).status_code for _ in range(3)] == [200] * 3
    assert Audit.objects.filter(verb="unsubscribe").count() == 1


@pytest.mark.soak
def test_one_click_is_not_rate_limited(client, link):
    assert {one_click(client, link).status_code for _ in range(35)} == {200}


def test_cookies_and_tokens_in_the_body_are_ignored(client, link, campaign, reader):
    other = Subscriber.objects.order_by("id")[1]
    body = {**ONE_CLICK, "token": tokens.unsubscribe_token(other.pk, campaign.pk), "form": "x", "subscriber": other.pk}
    client.cookies["sessionid"] = "stolen"
    assert client.post(link, body).status_code == 200
    assert (state(reader), state(other)) == ("unsubscribed", "confirmed")


def test_one_click_of_an_erased_person_gets_the_same_response(client, link, reader):
    expected = one_click(client, link)
    erasing.erase(audit.system(), reader)
    answer = one_click(client, link)
    assert (answer.status_code, answer.content) == (200, expected.content)
    page = client.get(link)
    assert b"You are unsubscribed" in page.content
    assert b'value="back"' not in page.content, "there is no address to send a confirmation to"


def test_one_click_of_a_deleted_person_succeeds(client, link, reader, campaign):
    gone = f"/u/{tokens.unsubscribe_token(2**40, campaign.pk)}"
    assert one_click(client, gone).content == one_click(client, link).content


def spoilt(token: str) -> list[str]:
    return [
        token[:-1], token + "A", token[:10] + ("A" if token[10] != "A" else "B") + token[11:], token.swapcase(), "A" * 36, "x",
    ]  # fmt: skip


def test_forged_links_all_get_the_same_404(client, campaign, reader):
    token = tokens.unsubscribe_token(reader.pk, campaign.pk)
    wrong = [*spoilt(token), tokens.view_token(reader.pk, campaign.pk)]
    before = written()
    answers = [client.get(f"/u/{wrong_token}") for wrong_token in wrong] + [
        one_click(client, f"/u/{wrong_token}") for wrong_token in wrong
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert written() == before


def test_the_form_unsubscribes_without_a_cookie(browser_client, link, campaign, reader, events):
    page = browser_client.get(link)
    assert b"CAST Newsletter" in page.content
    answer = browser_client.post(link, {"form": token_of(page), "scope": "these"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert (state(reader), state(reader, "events")) == ("unsubscribed", "confirmed")
    left = Subscription.objects.get(subscriber=reader, list__slug="news")
    assert (left.unsubscribed_how, left.unsubscribed_campaign) == ("page", campaign.pk)
    further = browser_client.post(link, {"form": token_of(answer), "scope": "all"})
    assert state(reader, "events") == "unsubscribed"
    assert b'name="scope"' not in further.content, "there is no list left to unsubscribe from"


def test_a_link_without_a_campaign_unsubscribes_from_all_lists(client, reader, events):
    one_click(client, f"/u/{tokens.unsubscribe_token(reader.pk)}")
    assert (state(reader), state(reader, "events")) == ("unsubscribed", "unsubscribed")


def test_a_form_token_is_valid_for_one_link_and_one_day(client, link, campaign, reader, monkeypatch):
    other = f"/u/{tokens.unsubscribe_token(Subscriber.objects.order_by('id')[1].pk, campaign.pk)}"
    foreign = token_of(client.get(other))
    assert token_of(client.post(link, {"form": foreign, "scope": "these"}))
    own = token_of(client.get(link))
    monkeypatch.setattr("web.public.links.form_token.VALID_FOR", -1)
    assert token_of(client.post(link, {"form": own, "scope": "these"}))
    assert state(reader) == "confirmed"


def test_subscribing_again_requires_a_confirmation(client, link, reader):
    left = client.post(link, {"form": token_of(client.get(link)), "scope": "these"})
    answer = client.post(link, {"form": token_of(left), "step": "back"})
    assert answer.status_code == 200
    assert state(reader) == "unsubscribed", "until they confirm"
    notice = Notice.objects.get()
    assert (notice.purpose, notice.state, notice.subscriber_id) == ("confirm", "planned", reader.pk)


def test_subscribing_again_reaches_no_closed_list_that_the_person_was_never_on(client, link, reader, campaign):
    board = mailing_lists.create_list(audit.system(), "board", "Board")
    campaign.lists.add(board)
    client.post(link, {"form": token_of(client.get(link)), "step": "back"})
    assert not Subscription.objects.filter(list=board).exists()
    mailing_lists.change_list(audit.system(), "board", sign_up="open")
    client.post(link, {"form": token_of(client.get(link)), "step": "back"})
    assert Subscription.objects.get(list=board).state == "pending"


def test_subscribing_again_repeatedly_sends_one_confirmation(client, link):
    left = client.post(link, {"form": token_of(client.get(link)), "scope": "these"})
    for _ in range(10):
        client.post(link, {"form": token_of(left), "step": "back"})
    assert Notice.objects.filter(state="planned").count() == 1


def press(client, link: str, step: str = "undo"):
    return client.post(link, {"form": token_of(client.get(link)), "step": step})


@pytest.mark.parametrize("way", ["one click", "page"])
def test_after_unsubscribing_the_link_shows_it_and_can_undo_it(browser_client, link, reader, events, way):
    before = written()
    if way == "one click":
        one_click(browser_client, link)
    else:
        browser_client.post(link, {"form": token_of(browser_client.get(link)), "scope": "these"})
    for _ in range(2):
        page = browser_client.get(link)
        assert b"You are unsubscribed" in page.content
        assert b'value="undo"' in page.content
        assert b"Which newsletters do you want to stop receiving?" not in page.content
    answer = browser_client.post(link, {"form": token_of(page), "step": "undo"})
    assert b"You are subscribed again" in answer.content
    assert not answer.cookies
    assert written()[0] == before[0], "joined, agreed and confirmed as before"
    line = Audit.objects.get(verb="undo_unsubscribe")
    assert line.detail["consent"] == "Undo: subscribe me again"
    again = browser_client.post(link, {"form": token_of(page), "step": "undo"})
    assert b"You are subscribed again" in again.content, "pressed twice is once"
    assert Audit.objects.filter(verb="undo_unsubscribe").count() == 1
    assert b"Which newsletters do you want to stop receiving?" in browser_client.get(link).content


def test_undo_restores_every_subscription_that_the_link_ended(client, link, reader, events):
    client.post(link, {"form": token_of(client.get(link)), "scope": "all"})
    assert (state(reader), state(reader, "events")) == ("unsubscribed", "unsubscribed")
    press(client, link)
    assert (state(reader), state(reader, "events")) == ("confirmed", "confirmed")


def test_undo_restores_no_subscription_that_ended_another_way(client, link, reader, events, campaign):
    subscriptions.unsubscribe(audit.command_line(), reader.pk, list_ids=[events.pk], how="staff")
    one_click(client, link)
    press(client, link)
    assert (state(reader), state(reader, "events")) == ("confirmed", "unsubscribed")


@pytest.mark.parametrize(
    ("reason", "explanation"), [("complaint", b"reported our email"), ("hard_bounce", b"bounced or was stopped")]
)
def test_undo_for_a_suppressed_address_explains_why_it_stays_unsubscribed(client, link, reader, reason, explanation):
    one_click(client, link)
    suppressions.suppress(audit.system(), reader.address, reason)
    assert explanation in press(client, link).content
    assert state(reader) == "unsubscribed"


def test_an_erased_person_stays_unsubscribed(client, link, reader):
    one_click(client, link)
    form = token_of(client.get(link))
    erasing.erase(audit.system(), reader)
    assert b'value="undo"' not in client.get(link).content
    assert b"We no longer hold any data about you" in client.post(link, {"form": form, "step": "undo"}).content
    assert state(reader) == "unsubscribed"


@pytest.mark.parametrize("later", first(["private", "another mail", "staff"]))
def test_leaving_again_in_another_way_ends_the_undo_of_the_first_link(client, link, reader, events, later):
    one_click(client, link)
    form = token_of(client.get(link))
    if later == "private":
        private = f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, reader.pk)}"
        client.post(private, {"form": token_of(client.get(private)), "step": "leave"})
    elif later == "another mail":
        other = f"/u/{tokens.unsubscribe_token(reader.pk)}"
        client.post(other, {"form": token_of(client.get(other)), "scope": "all"})
    else:
        subscriptions.unsubscribe(audit.command_line(), reader.pk, how="staff", proof=Proof.STATEMENT)
    assert b'value="undo"' not in client.get(link).content
    client.post(link, {"form": form, "step": "undo"})
    assert (state(reader), state(reader, "events")) == ("unsubscribed", "unsubscribed")
    left = Subscription.objects.get(subscriber=reader, list__slug="news")
    assert left.unsubscribed_how == "one-click", "the report of the campaign still counts it"
    before = ConsentRecord.objects.count(), Audit.objects.count()
    for _ in range(3):
        one_click(client, f"/u/{tokens.unsubscribe_token(reader.pk)}")
    assert (ConsentRecord.objects.count(), Audit.objects.count()) == before, "repeated requests store nothing"


def test_no_link_of_a_mail_undoes_what_the_person_left_by_their_private_link(client, link, reader, campaign):
    private = f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, reader.pk)}"
    answer = client.post(private, {"form": token_of(client.get(private)), "step": "leave"})
    assert b'value="undo"' not in answer.content
    welcome = f"/u/{tokens.unsubscribe_token(reader.pk)}"
    for mail_link in (link, welcome):
        press(client, mail_link)
    assert state(reader) == "unsubscribed"


def test_after_coming_back_a_new_departure_can_be_undone(client, link, reader, campaign):
    one_click(client, link)
    one_click(client, f"/u/{tokens.unsubscribe_token(reader.pk)}")
    clock.move(lambda: clock._system_time() + timedelta(minutes=1))
    try:
        subscriptions.confirm(
            audit.subscriber(), Subscription.objects.get(subscriber=reader, list__slug="news"), asked_at=clock.now()
        )
        one_click(client, link)
        press(client, link)
    finally:
        clock.move(None)
    assert state(reader) == "confirmed"


@pytest.mark.soak
def test_undo_ends_after_a_day_and_after_three_times(client, link, reader):
    for _ in range(3):
        one_click(client, link)
        press(client, link)
    one_click(client, link)
    page = client.get(link).content
    assert b'value="undo"' not in page
    assert b'value="back"' in page, "through a confirmation"
    before = written()
    assert {client.post(link, {"form": token_of(client.get(link)), "step": "undo"}).status_code for _ in range(5)} == {200}
    assert written() == before, "nothing changed, nothing is written"
    clock.move(lambda: clock._system_time() + timedelta(hours=25))
    try:
        assert b'value="undo"' not in client.get(link).content
    finally:
        clock.move(None)


def test_the_link_of_a_test_mail_explains_itself_and_changes_nothing(client):
    before = written()
    for answer in (client.get("/u/test"), one_click(client, "/u/test"), client.get("/v/test")):
        assert answer.status_code == 200
        assert b"test email" in answer.content
    assert written() == before


# --------------------------------------------------------------------------------------------------- one list is one list
def test_the_page_has_a_button_for_each_list_of_the_campaign_and_one_for_all(client, link, reader, events, campaign):
    campaign.lists.add(events)
    page = client.get(link).content.decode()
    assert "Unsubscribe from CAST Newsletter" in page
    assert "Unsubscribe from Events" in page
    assert "Unsubscribe from all of our newsletters" in page
    answer = client.post(link, {"form": token_of(client.get(link)), "scope": "these", "list": str(events.pk)})
    assert (state(reader), state(reader, "events")) == ("confirmed", "unsubscribed")
    assert b"You will no longer receive <strong>Events</strong>" in answer.content
    assert b"You still receive: <strong>CAST Newsletter</strong>" in answer.content
    assert b"Unsubscribe from Events" not in client.get(link).content


def test_a_list_that_is_not_the_campaigns_cannot_be_left_with_its_link(client, link, reader, events):
    for number in (str(events.pk), "0", "x"):
        client.post(link, {"form": token_of(client.get(link)), "scope": "these", "list": number})
    assert (state(reader), state(reader, "events")) == ("confirmed", "confirmed")


def test_the_pages_link_to_the_preferences_of_the_person(client, link, reader, campaign):
    address = f"/p/{tokens.preferences_token(reader.pk, campaign.pk)}"
    assert address.encode() in client.get(link).content
    one_click(client, link)
    assert address.encode() in client.get(link).content
    erasing.erase(audit.system(), reader)
    assert b"/p/" not in client.get(link).content


# ------------------------------------------------------------------------------------------------------------- the reason
def give(client, link: str, reason: str = "too_many", comment: str = "Twice a day"):
    form = token_of(client.get(link))
    return client.post(link, {"form": form, "step": "reason", "reason": reason, "comment": comment})


def reason_of(reader) -> tuple[str, str]:
    left = Subscription.objects.get(subscriber=reader, list__slug="news")
    return left.unsubscribed_reason, left.unsubscribed_comment


@pytest.mark.parametrize("reason", first(unsubscribe_reasons.CODES))
def test_a_reason_can_be_given_after_leaving_and_the_ledger_holds_its_code_only(client, link, reader, reason):
    one_click(client, link)
    answer = give(client, link, reason, "My cat\nreads it").content
    assert (b"Thank you for telling us" in answer, b"no longer receive any of our newsletters" in answer) == (True, False)
    assert reason_of(reader) == (reason, "My cat\nreads it")
    line = ConsentRecord.objects.get(act="gave_reason")
    assert line.detail == {"reason": reason}
    assert "cat" not in str(list(Audit.objects.values())) + str(list(ConsentRecord.objects.values()))
    assert unsubscribe_reasons.counts(MailingList.objects.get(slug="news"))[reason] == 1


def test_only_the_first_reason_counts_and_coming_back_forgets_it(client, link, reader):
    one_click(client, link)
    form = {"form": token_of(client.get(link)), "step": "reason", "comment": ""}
    for reason in ("content", "other", "too_many"):
        client.post(link, form | {"reason": reason})
    assert reason_of(reader) == ("content", "")
    assert ConsentRecord.objects.filter(act="gave_reason").count() == 1
    assert b"Why did you leave?" not in client.get(link).content
    press(client, link)
    assert reason_of(reader) == ("", "")


@pytest.mark.parametrize(("reason", "comment"), [("", ""), ("mood", ""), ("other", "x" * 301), ("other", "a\u202eb")])
def test_a_wrong_reason_or_comment_is_refused_next_to_the_field(client, link, reader, reason, comment):
    one_click(client, link)
    assert b'role="alert"' in give(client, link, reason, comment).content
    assert reason_of(reader) == ("", "")


def test_nobody_who_did_not_just_leave_can_give_a_reason(client, link, reader):
    form = {"form": token_of(client.get(link)), "step": "reason", "reason": "other"}
    client.post(link, form)
    assert state(reader) == "confirmed"
    one_click(client, link)
    clock.move(lambda: clock._system_time() + timedelta(hours=25))
    try:
        assert b"Why did you leave?" not in client.get(link).content
        client.post(link, {"form": token_of(client.get(link)), "step": "reason", "reason": "other"})
    finally:
        clock.move(None)
    assert reason_of(reader) == ("", "")
