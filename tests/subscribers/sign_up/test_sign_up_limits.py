"""The limits of requests to subscribe: per network, per list and hour, and what waits for staff."""

from datetime import timedelta

import pytest

from publication import audit, policies, profile
from publication.models import Audit, Publication
from publication.retention import RETENTIONS
from subscribers import mailing_lists
from subscribers.consent import erasing, subscriptions
from subscribers.models import ConsentRecord, MailingList, NetworkCount, Notice, SignUpHour, Subscriber, Subscription
from subscribers.sign_up import held_requests, list_traffic, requests
from subscribers.sign_up.requests import QuestionAnswer, SignUpRequest, SignUpVerdict

pytestmark = pytest.mark.django_db
State = Notice.State
WEEK = 7 * 24


def asked(number: int = 0, *, network: str | None = None, right: bool | None = None, nonce: str = "n") -> SignUpRequest:
    return SignUpRequest(
        address=f"reader{number}@example.org", name="", language="en", consent="I want News.", wording_language="en",
        source="form", network=f"10.{number // 256}.{number % 256}.0/24" if network is None else network,
        answer=QuestionAnswer(nonce, right),
    )  # fmt: skip


@pytest.fixture
def small_limits():
    """So that a few requests are many."""
    row = Publication.objects.get_or_create(pk=1)[0]
    row.policies = {"challenge_floor": 3, "hold_floor": 6}
    row.save()


def set_usual(mailing_list, time, requests_an_hour: int) -> None:
    hour = time.at.replace(minute=0, second=0)
    SignUpHour.objects.bulk_create(
        SignUpHour(list=mailing_list, hour=hour - timedelta(hours=ago), requests=requests_an_hour) for ago in range(1, WEEK + 1)
    )


# ------------------------------------------------------------------------------------------------------------- per network
def test_a_network_may_request_ten_times_an_hour_then_learns_when_to_try_again(news, time):
    decisions = [requests.submit(news, asked(number, network="192.0.2.0/24")) for number in range(12)]
    assert [decision.verdict for decision in decisions] == [SignUpVerdict.ACCEPTED] * 10 + [SignUpVerdict.TOO_MANY] * 2
    assert decisions[-1].wait == 3600
    assert Subscriber.objects.count() == 10
    assert requests.submit(news, asked(20, network="192.0.3.0/24")).verdict == SignUpVerdict.ACCEPTED
    time.passes(minutes=50)
    assert requests.submit(news, asked(21, network="192.0.2.0/24")) == (SignUpVerdict.TOO_MANY, 600)
    time.passes(minutes=10)
    assert requests.submit(news, asked(21, network="192.0.2.0/24")).verdict == SignUpVerdict.ACCEPTED


def test_the_limit_of_a_network_is_a_policy(news, actor):
    profile.change_profile(actor, policies={"network_requests": "2"})
    verdicts = [requests.submit(news, asked(number, network="a")).verdict for number in range(3)]
    assert verdicts == [SignUpVerdict.ACCEPTED, SignUpVerdict.ACCEPTED, SignUpVerdict.TOO_MANY]


def test_networks_are_stored_as_hashes_and_forgotten_after_a_day(news, time):
    requests.submit(news, asked(network="192.0.2.0/24"))
    assert "192.0" not in str(list(NetworkCount.objects.values()))
    time.passes(hours=23)
    assert RETENTIONS["NETWORK_COUNTS"].end() == 0
    time.passes(hours=2)
    assert RETENTIONS["NETWORK_COUNTS"].end() == 1


# ------------------------------------------------------------------------------------------------------------ per address
def test_the_limits_of_confirmations_are_policies(news, actor, time):
    profile.change_profile(actor, policies={"confirm_minutes": "1", "confirm_per_day": "5", "confirm_unanswered": "6"})
    for _ in range(20):
        subscriptions.subscribe(audit.subscriber(), news, "anna@example.org")
        time.passes(minutes=2)
    assert Notice.objects.filter(state=State.PLANNED).count() == 5
    for _ in range(3):
        time.passes(days=1)
        subscriptions.subscribe(audit.subscriber(), news, "anna@example.org")
    assert Notice.objects.filter(state=State.PLANNED).count() == 6


# ---------------------------------------------------------------------------------------------------------------- per list
@pytest.mark.parametrize(("usual", "question", "hold"), [(0, 30, 120), (4, 30, 120), (10, 50, 200)])
def test_a_question_and_a_hold_begin_at_multiples_of_the_usual_hour_with_a_floor(news, time, usual, question, hold):
    set_usual(news, time, usual)
    SignUpHour.objects.create(list=news, hour=time.at, requests=question - 1)
    assert not list_traffic.needs_question(news)
    SignUpHour.objects.filter(list=news, hour=time.at).update(requests=question)
    assert list_traffic.needs_question(news)
    SignUpHour.objects.filter(list=news, hour=time.at).update(requests=hold - 1)
    list_traffic.count(audit.subscriber(), news)
    assert news.requests_held_at is None
    list_traffic.count(audit.subscriber(), news)
    assert news.requests_held_at == time.at


def test_hours_without_a_request_count_as_zero(news, time):
    hour = time.at
    SignUpHour.objects.bulk_create(SignUpHour(list=news, hour=hour - timedelta(hours=ago), requests=1000) for ago in range(1, 61))
    SignUpHour.objects.create(list=news, hour=hour, requests=31)
    assert list_traffic.needs_question(news), "sixty busy hours of 168 are not the usual hour"


def test_a_question_must_be_answered_once_and_for_each_request_anew(news, time, small_limits):
    for number in range(3):
        assert requests.submit(news, asked(number)).verdict == SignUpVerdict.ACCEPTED
    before = NetworkCount.objects.count()
    assert requests.submit(news, asked(3)).verdict == SignUpVerdict.QUESTION
    assert NetworkCount.objects.count() == before, "showing the question costs nothing of the network's requests"
    assert requests.submit(news, asked(3, right=False)).verdict == SignUpVerdict.WRONG
    assert requests.submit(news, asked(3, right=True, nonce="one")).verdict == SignUpVerdict.ACCEPTED
    assert requests.submit(news, asked(4, right=True, nonce="one")).verdict == SignUpVerdict.WRONG, "the answer was used before"
    assert requests.submit(news, asked(4, right=True, nonce="two")).verdict == SignUpVerdict.ACCEPTED


def test_wrong_answers_use_up_the_requests_of_the_network(news, time, small_limits):
    SignUpHour.objects.create(list=news, hour=time.at, requests=3)
    verdicts = [requests.submit(news, asked(network="a", right=False)).verdict for _ in range(11)]
    assert verdicts == [SignUpVerdict.WRONG] * 10 + [SignUpVerdict.TOO_MANY]


def test_another_list_is_not_affected(news, events, time, small_limits):
    SignUpHour.objects.create(list=news, hour=time.at, requests=100)
    assert requests.submit(events, asked()).verdict == SignUpVerdict.ACCEPTED


# ------------------------------------------------------------------------------------------------------------- the breaker
@pytest.fixture
def tripped(news, time, small_limits, capture):
    """A list with 3 requests that were mailed, 3 behind a question, and 2 that wait."""
    for number in range(8):
        requests.submit(news, asked(number, right=True, nonce=str(number)))
    return news


@pytest.fixture
def capture():
    from structlog.testing import capture_logs

    with capture_logs() as lines:
        yield lines


def states() -> dict[str, int]:
    stored_states = Notice.objects.values_list("state", flat=True)
    return {state: list(stored_states).count(state) for state in set(stored_states)}


def test_far_too_many_requests_wait_for_staff_and_raise_an_alert(tripped, capture):
    assert MailingList.objects.get(pk=tripped.pk).requests_held_at is not None
    assert states() == {"planned": 6, "held": 2}
    assert held_requests.held(tripped).waiting == 2
    assert held_requests.lists_with_held() == [tripped]
    alerts = [line for line in capture if line["event"] == "sign_up_requests_held"]
    assert [(line["log_level"], line["list"], line["requests"]) for line in alerts] == [("error", "news", 7)]
    assert Audit.objects.filter(verb="hold_requests").count() == 1


def test_held_confirmations_are_never_claimed(tripped):
    from campaigns.sending import single_mails

    Notice.objects.filter(state=State.PLANNED).delete()
    assert single_mails.claim() is None


def test_staff_release_what_waits(tripped, actor, time):
    time.passes(days=3)
    assert held_requests.release(actor, tripped) == 2
    assert states() == {"planned": 8}
    assert MailingList.objects.get(pk=tripped.pk).requests_held_at is None
    renewed = Subscription.objects.filter(created_at=time.at).count()
    assert renewed == 2, "the link of the mail is valid for seven days from now"
    assert Audit.objects.get(verb="release_requests").detail == {"list": "news", "count": 2}
    assert requests.submit(tripped, asked(50)).verdict == SignUpVerdict.ACCEPTED


def test_a_release_mails_each_person_one_confirmation(tripped, actor, time):
    before = Notice.objects.filter(state=State.HELD).count()
    for _ in range(4):
        time.passes(hours=9)
        requests.submit(tripped, asked(7, right=True, nonce=str(time.at)))
    held = Notice.objects.filter(state=State.HELD, subscriber__address="reader7@example.org")
    assert (held.count(), before) == (5, 2)
    newest = held.latest("id").pk
    assert held_requests.release(actor, tripped) == 2
    mailed = Notice.objects.filter(subscriber__address="reader7@example.org")
    assert dict(mailed.values_list("state", "reason")) == {"planned": "", "skipped": "no longer needed"}
    assert mailed.get(state=State.PLANNED).pk == newest


def test_a_release_tells_people_who_are_subscribed_that_they_are(tripped, actor, time):
    for number in (6, 7, 20):
        added = subscriptions.add_confirmed(actor, tripped, f"reader{number}@example.org", consent="at the fair").subscription
    requests.submit(tripped, asked(20, right=True, nonce="again"))
    Subscription.objects.filter(pk=added.pk - 1).delete()
    assert held_requests.release(actor, tripped) == 1
    assert Notice.objects.get(purpose="already_subscribed").state == State.PLANNED


def test_what_expired_before_the_release_is_not_sent(tripped, actor, time):
    time.passes(days=8)
    erasing.expire_pending(actor)
    assert held_requests.release(actor, tripped) == 0
    assert states() == {"planned": 6, "skipped": 2}


def test_staff_discard_what_waits_and_the_people_can_ask_again(tripped, actor, time):
    assert held_requests.discard(actor, tripped) == 2
    assert states() == {"planned": 6, "skipped": 2}
    assert MailingList.objects.get(pk=tripped.pk).requests_held_at is None
    assert requests.submit(tripped, asked(7, right=True, nonce="again")).verdict == SignUpVerdict.ACCEPTED
    assert states() == {"planned": 7, "skipped": 2}


def test_after_a_decision_the_same_hour_does_not_hold_again_at_once(tripped, actor):
    held_requests.release(actor, tripped)
    requests.submit(tripped, asked(60))
    assert MailingList.objects.get(pk=tripped.pk).requests_held_at is None


def test_people_leave_while_requests_are_held(tripped, actor):
    person = Subscriber.objects.get(address="reader7@example.org")
    assert subscriptions.unsubscribe(actor, person.pk, how="page") == 1
    assert not Notice.objects.filter(subscriber=person, state=State.HELD).exists()


def test_requests_by_staff_are_not_held(tripped, actor):
    subscriptions.subscribe(actor, tripped, "guest@example.org")
    assert Notice.objects.get(subscriber__address="guest@example.org").state == State.PLANNED


# ------------------------------------------------------------------------------------------------------------------- flood
def flood(news, time, count: int, people: int) -> None:
    for number in range(count):
        requests.submit(news, asked(number % people, network=str(number // 9), right=True, nonce=str(number)))
        time.passes(seconds=3)


def check_flood(people: int) -> None:
    per_person = list(Notice.objects.exclude(state=State.SKIPPED).values_list("address", flat=True))
    worst = max(per_person.count(address) for address in set(per_person))
    assert worst <= 3
    assert Subscriber.objects.count() <= people
    assert Subscription.objects.count() <= people


@pytest.mark.soak
def test_a_flood_sends_no_more_mails_than_the_limits_allow(news, time):
    flood(news, time, 200, 10)
    check_flood(10)
    # Ten minutes: one confirmation, one row for all skipped ones of each quarter of an hour, one line in audit and ledger.
    assert Notice.objects.count() <= 10 * 3
    assert Audit.objects.filter(verb="subscribe").count() <= 10 * 2
    assert ConsentRecord.objects.count() <= 10 * 2


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_ten_thousand_requests_for_a_thousand_addresses(news, time):
    flood(news, time, 10_000, 1_000)
    check_flood(1_000)
    mailed = Notice.objects.filter(state=State.PLANNED).count()
    assert mailed <= 3 * 1_000
    assert mailed <= policies.POLICIES["hold_floor"].default, "above it they wait for staff"


def test_old_hours_are_forgotten(news, time):
    requests.submit(news, asked())
    time.passes(days=7)
    assert RETENTIONS["SIGN_UP_HOURS"].end() == 0
    time.passes(days=2)
    assert RETENTIONS["SIGN_UP_HOURS"].end() == 1


def test_a_list_has_no_sign_up_until_staff_open_it(news, actor):
    assert mailing_lists.find_subscribable("news") is None
    mailing_lists.change_list(actor, "news", sign_up="unlisted")
    assert mailing_lists.find_subscribable("news") == news
    assert mailing_lists.open_lists() == []
    mailing_lists.change_list(actor, "news", sign_up="open", welcome=True)
    assert mailing_lists.open_lists() == [news]
    assert MailingList.objects.get().welcome
