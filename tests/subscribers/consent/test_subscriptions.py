import itertools
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from publication import audit, clock
from publication.models import Audit, Publication
from publication.retention import RETENTIONS
from subscribers import mailing_lists
from subscribers.addresses import AddressError
from subscribers.consent import erasing, pauses, subscriptions, suppressions
from subscribers.consent.ledger import Proof
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.consent.unsubscribing.provider_unsubscribes import Departure, leave_by_provider
from subscribers.errors import InputError
from subscribers.mailing_lists import UnknownListError
from subscribers.models import MailingList, NetworkCount, Notice, Subscriber, Subscription, SuppressedDomain, Suppression

State = Subscription.State
ANNA = "Anna@example.org"


@pytest.fixture(autouse=True)
def _schema(db):
    Publication.objects.update(attribute_schema={"role": {"type": "text"}, "topics": {"type": "words"}})


@pytest.fixture
def ask(news, time):
    """Their own word: what a form does."""

    def ask(address=ANNA, mailing_list=news, **more):
        return subscriptions.subscribe(audit.subscriber(), mailing_list, address, **more)

    return ask


def planned():
    return Notice.objects.filter(state=Notice.State.PLANNED)


def test_a_request_waits_for_its_confirmation(actor, ask, news, time):
    subscription = ask(name="Anna", consent="Yes, send me News.", attributes={"role": "editor"})
    assert subscription.state == State.PENDING
    notice = Notice.objects.get()
    assert (notice.purpose, notice.address, notice.state) == ("confirm", "Anna@example.org", "planned")
    assert notice.parameters == {"subscription": subscription.pk, "list": "news", "language": "", "by_staff": False}

    time.passes(hours=1)
    confirmed = subscriptions.confirm(actor, subscription)
    assert (confirmed.state, confirmed.confirmed_at, confirmed.joined_at) == (State.CONFIRMED, time.at, time.at)
    assert confirmed.consent == "Yes, send me News."
    time.passes(hours=1)
    assert subscriptions.confirm(actor, subscription).confirmed_at == confirmed.confirmed_at


def test_an_invalid_address_is_rejected_at_once(ask):
    with pytest.raises(AddressError):
        ask("anna at example.org")
    assert not Subscriber.objects.exists()


def test_an_unconfirmed_request_overwrites_no_details(actor, ask, join):
    join("anna@example.org", name="Anna", attributes={"role": "editor"})
    ask("ANNA@example.org", name="<script>", attributes={"role": "owner"})
    anna = Subscriber.objects.get()
    assert (anna.name, anna.attributes) == ("Anna", {"role": "editor"})


@pytest.fixture
def six_standings(actor, ask, join, time):
    ask("pending@example.org")
    join("confirmed@example.org")
    subscriptions.unsubscribe(actor, join("left@example.org").pk, how="page")
    suppressions.suppress(actor, "suppressed@example.org", "complaint")
    join("suppressed2@example.org")
    suppressions.suppress(actor, "suppressed2@example.org", "complaint")
    join("bounced@example.org")
    suppressions.suppress(actor, "bounced@example.org", "soft_bounces")
    time.passes(days=2)
    return ["new", "pending", "confirmed", "left", "suppressed", "suppressed2", "bounced"]


def test_a_request_does_not_reveal_who_is_on_the_list(six_standings, ask):
    """Enumeration: the same statements, in the same order, for every standing."""
    seen = {}
    for name in six_standings:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            result = ask(f"{name}@example.org")
        assert isinstance(result, Subscription)
        seen[name] = [(query["sql"].split()[0], query["sql"].count(" ") > 0) for query in queries]
    assert all(statements == seen["new"] for statements in seen.values()), seen


def test_confirmations_go_only_to_people_who_may_be_mailed(six_standings, ask):
    Notice.objects.all().delete()
    for name in six_standings:
        ask(f"{name}@example.org")
    assert sorted(planned().values_list("address", "purpose")) == [
        ("confirmed@example.org", "already_subscribed"), ("left@example.org", "confirm"), ("new@example.org", "confirm"),
        ("pending@example.org", "confirm"),
    ]  # fmt: skip


def test_confirmations_to_one_address_are_limited(actor, ask, events, time):
    """Per address, over all lists: one in 15 minutes, three a day, five in 90 days until one is answered."""
    ask()
    ask()
    ask(mailing_list=events)
    assert planned().count() == 1
    for _ in range(5):
        time.passes(minutes=16)
        ask()
    assert planned().count() == 3
    for _ in range(4):
        time.passes(days=1, minutes=1)
        subscription = ask()
    assert planned().count() == 5
    subscriptions.confirm(actor, subscription)
    time.passes(days=1)
    ask(mailing_list=events)
    assert planned().count() == 6


def test_a_second_newsletter_gets_its_confirmation_as_soon_as_the_first_is_confirmed(actor, ask, events, time):
    more = [mailing_lists.create_list(actor, slug, slug) for slug in ("third", "fourth")]
    first = ask()
    time.passes(minutes=1)
    ask(mailing_list=events)
    assert planned().count() == 1, "the first is not answered: one address gets one mail, however many lists a stranger chooses"
    for mailing_list in (events, *more):
        subscriptions.confirm(actor, first)
        time.passes(minutes=1)
        first = ask(mailing_list=mailing_list)
        assert planned().latest("id").list == mailing_list
    assert planned().count() == 4, "what was answered counts for no limit, that of the day included"
    time.passes(minutes=1)
    ask(mailing_list=mailing_lists.create_list(actor, "fifth", "Fifth"))
    assert planned().count() == 4


def test_somebody_who_is_subscribed_gets_one_mail_that_says_so_at_the_same_limit(ask, join, events, time):
    join("anna@example.org")
    time.passes(minutes=1)
    for minutes in (1, 1, 20, 20, 20, 20):
        ask()
        ask(mailing_list=events)
        time.passes(minutes=minutes)
    assert list(planned().order_by("id").values_list("purpose", flat=True)) == ["already_subscribed"] * 3
    for _ in range(4):
        time.passes(days=1, minutes=1)
        ask()
    assert planned().count() == 5


@pytest.mark.parametrize("why", ["paused", "soft_bounces", "complaint", "domain", "staff"])
def test_nobody_who_is_subscribed_gets_that_mail_while_paused_or_suppressed_or_from_staff(actor, ask, join, news, time, why):
    anna = join("anna@example.org")
    match why:
        case "paused":
            pauses.pause(audit.subscriber(), anna, time.at + timedelta(days=9), source="page", proof=Proof.MAIL_LINK)
        case "domain":
            SuppressedDomain.objects.create(domain="example.org", actor=actor)
        case "staff":
            subscriptions.subscribe(actor, news, "anna@example.org")
        case _:
            suppressions.suppress(actor, "anna@example.org", why)
    if why != "staff":
        ask()
    assert Notice.objects.get().state == Notice.State.SKIPPED


@pytest.mark.soak
def test_a_flood_of_requests_leaves_a_trickle_of_rows(ask, time):
    for _ in range(50):
        ask()
        time.passes(seconds=10)
    assert Notice.objects.count() <= 3


def test_leaving_is_at_once_and_happens_once(actor, join, news, events, time):
    anna = join("anna@example.org")
    join("anna@example.org", events)
    assert subscriptions.unsubscribe(actor, anna.pk, list_ids=[news.pk], how="one-click", campaign_id=7) == 1
    left_at = time.at
    time.passes(hours=1)
    assert subscriptions.unsubscribe(actor, anna.pk, list_ids=[news.pk], how="page") == 0
    gone = Subscription.objects.get(list=news)
    assert (gone.state, gone.unsubscribed_at, gone.unsubscribed_how, gone.unsubscribed_campaign) == (
        State.UNSUBSCRIBED, left_at, "one-click", 7,
    )  # fmt: skip
    assert Subscription.objects.get(list=events).state == State.CONFIRMED
    assert subscriptions.unsubscribe(actor, anna.pk, how="page") == 1


def test_leaving_works_for_people_who_are_not_there(actor):
    assert subscriptions.unsubscribe(actor, 987654, how="one-click") == 0


def test_leaving_ends_a_pending_request_and_its_mail(actor, ask):
    subscription = ask()
    subscriptions.unsubscribe(actor, subscription.subscriber_id, how="page")
    assert not planned().exists()
    with pytest.raises(SubscriberStateError, match="too_late"):
        subscriptions.confirm(actor, subscription)


def test_only_a_confirmation_asked_for_after_leaving_brings_somebody_back(actor, ask, join, time):
    anna = join(ANNA)
    old_mail = time.at
    time.passes(hours=1)
    subscriptions.unsubscribe(actor, anna.pk, how="one-click")
    subscription = ask()
    assert subscription.state == State.UNSUBSCRIBED
    with pytest.raises(SubscriberStateError) as caught:
        subscriptions.confirm(actor, subscription, asked_at=old_mail)
    assert caught.value.code == "too_late"
    time.passes(minutes=1)
    back = subscriptions.confirm(actor, subscription, asked_at=time.at)
    assert (back.state, back.unsubscribed_at, back.unsubscribed_how) == (State.CONFIRMED, None, "")


@pytest.mark.parametrize("code", ["left", "suppressed", "forgotten", "consent"])
def test_staff_cannot_subscribe_people_who_left_or_are_suppressed(actor, news, join, code):
    anna = join("anna@example.org")
    consent = "at the fair"
    if code == "left":
        subscriptions.unsubscribe(actor, anna.pk, how="page")
    elif code == "suppressed":
        suppressions.suppress(actor, "anna@example.org", "complaint")
    elif code == "forgotten":
        erasing.erase(actor, anna)
    else:
        consent = " "
    with pytest.raises(SubscriberStateError) as caught:
        subscriptions.add_confirmed(actor, news, "anna@example.org", consent=consent)
    assert caught.value.code == code


def test_staff_add_somebody_once(actor, news, ask):
    pending = ask()
    added = subscriptions.add_confirmed(actor, news, ANNA, consent="on paper")
    assert (added.subscription.pk, added.is_new, added.joined) == (pending.pk, False, True)
    again = subscriptions.add_confirmed(actor, news, ANNA, consent="again")
    assert (again.subscription.consent, again.joined, again.changes) == ("on paper", False, [])
    assert not planned().exists()


def test_adding_somebody_known_merges_what_is_given_and_reports_it(actor, news, join):
    join(ANNA, name="Anna", language="en", attributes={"role": "editor"})
    added = subscriptions.add_confirmed(actor, news, ANNA, consent="x", name="Anna Berg", attributes={"topics": "art; physics"})
    assert [(change.field, change.before, change.after) for change in added.changes] == [
        ("name", "Anna", "Anna Berg"), ("topics", None, ["art", "physics"]),
    ]  # fmt: skip
    anna = Subscriber.objects.get()
    assert (anna.name, anna.language, anna.attributes) == ("Anna Berg", "en", {"role": "editor", "topics": ["art", "physics"]})
    assert Audit.objects.get(verb="edit_subscriber").detail == {"changed": ["name", "topics"]}


def test_staff_change_what_is_known_about_somebody(actor, join):
    anna = join(ANNA, name="Anna", attributes={"role": "editor", "topics": ["art"]})
    subscriptions.edit(
        actor, anna, name="", language="zh_hans", country="cn", zone="Asia/Shanghai", attributes={"role": "author"},
        without=["topics"],
    )  # fmt: skip
    anna.refresh_from_db()
    assert (anna.name, anna.language, anna.country, anna.zone) == ("", "zh-Hans", "CN", "Asia/Shanghai")
    assert (anna.attributes, anna.address) == ({"role": "author"}, ANNA)
    assert subscriptions.edit(actor, anna, language="zh-Hans") == []
    assert Audit.objects.filter(verb="edit_subscriber").count() == 1
    erasing.erase(actor, anna)
    with pytest.raises(SubscriberStateError, match="erased"):
        subscriptions.edit(actor, anna, name="Anna")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"name": "Eve\r\nBcc: all@example.org"}, "name"),
        ({"name": "Eve \x1b[2J"}, "name"),
        ({"name": "Eve \u202egnp.exe"}, "name"),
        ({"name": "Eve \u2067"}, "name"),
        ({"name": "Eve \udcff"}, "name"),
        ({"language": "chinese"}, "language"),
        ({"zone": "asia/shanghai"}, "zone"),
        ({"zone": "Factory"}, "zone"),
        ({"zone": "localtime"}, "zone"),
        ({"country": "China"}, "country"),
        ({"attributes": {"role": "a\nb"}}, "text"),
        ({"attributes": {"rola": "x"}}, "attribute"),
        ({"without": ["rola"]}, "attribute"),
    ],
)
def test_an_invalid_value_is_rejected_by_every_function(actor, news, join, ask, value, code):
    anna = join("known@example.org", name="Anna")
    doors = [lambda: subscriptions.edit(actor, anna, **value)]
    if not value.keys() & {"zone", "country", "without"}:
        doors += [lambda: ask(**value), lambda: subscriptions.add_confirmed(actor, news, ANNA, consent="x", **value)]
    for door in doors:
        with pytest.raises(InputError) as caught:
            door()
        assert caught.value.code == code
        assert caught.value.hint
    assert Subscriber.objects.get().name == "Anna"


def test_direction_marks_that_come_with_copied_text_are_dropped_from_names(actor, news):
    added = subscriptions.add_confirmed(actor, news, ANNA, consent="x", name="\ufeff\u200fليلى\u3000 حداد\u200e\U000e0041")
    assert added.subscription.subscriber.name == "ليلى حداد"


def test_erasing_keeps_only_a_number_and_a_hash(actor, join, ask, events, time):
    anna = join("anna@example.org", name="Anna", attributes={"role": "editor"}, language="en")
    ask("anna@example.org", mailing_list=events)
    key = bytes(anna.address_key)
    erasing.erase(actor, anna)
    erasing.erase(actor, anna)
    anna.refresh_from_db()
    assert (anna.address, anna.name, anna.attributes, anna.domain, anna.language) == (None, "", {}, "", "")
    assert anna.erased_at == time.at
    assert bytes(anna.address_key) != key
    suppression = Suppression.objects.get()
    assert (bytes(suppression.address_key), suppression.address, suppression.reason) == (key, None, "erased")
    assert not planned().exists()
    assert "anna@" not in str([*Notice.objects.values(), *Audit.objects.values(), *Subscription.objects.values()])


def test_a_complaint_outlives_the_erasure_without_the_address(actor, join):
    anna = join("anna@example.org")
    suppressions.suppress(actor, "anna@example.org", "complaint")
    erasing.erase(actor, anna)
    assert list(Suppression.objects.values_list("reason", "address")) == [("complaint", None)]


def test_erasing_empties_every_column_about_the_person(actor, join):
    details = {"name": "Anna", "language": "en", "country": "ES", "zone": "Europe/Madrid", "attributes": {"role": "editor"}}
    details |= {"paused_until": clock.now(), "left_all_at": clock.now(), "measured_since": clock.now()}
    anna = join("anna@example.org")
    Subscriber.objects.filter(pk=anna.pk).update(soft_bounces=2, **details)
    before = Subscriber.objects.filter(pk=anna.pk).values().get()
    about = before.keys() - {"id", "created_at", "erased_at", "merged_into_id"}
    assert all(before[name] for name in about), "give the new column a value here"
    erasing.erase(actor, anna)
    after = Subscriber.objects.filter(pk=anna.pk).values().get()
    assert {name for name in about if after[name]} == {"address_key"}
    assert bytes(after["address_key"]) != bytes(before["address_key"])


def test_only_erased_people_themselves_can_come_back(actor, news, join):
    erasing.erase(actor, join("anna@example.org"))
    # A bounce that comes later, and outranks the reason, changes nothing.
    suppressions.suppress(actor, "anna@example.org", "hard_bounce", "550 no such user")
    join("ben@example.org")
    doors = [
        lambda: subscriptions.add_confirmed(actor, news, "Anna@example.org", consent="by telephone", name="Anna"),
        lambda: subscriptions.subscribe(actor, news, "anna@example.org", name="Anna"),
    ]
    for door in doors:
        with pytest.raises(SubscriberStateError) as caught:
            door()
        assert caught.value.code == "forgotten"
    with pytest.raises(InputError):
        suppressions.lift(actor, "anna@example.org")
    assert suppressions.lift(actor, "anna@example.org", only=["hard_bounce"])
    assert list(Suppression.objects.values_list("reason", "address")) == [("erased", None)]
    assert sorted(Subscriber.objects.values_list("address", flat=True), key=str) == [None, "ben@example.org"]


def test_staff_ask_nobody_who_must_not_be_mailed(actor, news):
    suppressions.suppress(actor, "anna@example.org", "complaint")
    with pytest.raises(SubscriberStateError) as caught:
        subscriptions.subscribe(actor, news, "anna@example.org")
    assert caught.value.code == "suppressed"
    assert not Subscriber.objects.exists()


def test_an_erased_person_may_come_back_as_somebody_new(actor, join, ask):
    anna = join("anna@example.org")
    erasing.erase(actor, anna)
    suppressions.suppress(actor, "anna@example.org", "soft_bounces")
    assert planned().count() == 0
    subscription = ask("anna@example.org")
    assert subscription.subscriber_id != anna.pk
    assert planned().count() == 1
    assert suppressions.is_suppressed("anna@example.org")
    subscriptions.confirm(actor, subscription)
    assert not suppressions.is_suppressed("anna@example.org")


def test_requests_nobody_confirms_expire(actor, ask, join, time):
    ask()
    join("ben@example.org")
    time.passes(days=6)
    assert erasing.expire_pending(actor) == 0
    time.passes(days=2)
    assert erasing.expire_pending(actor) == 1
    assert Subscription.objects.get().state == State.CONFIRMED
    assert Notice.objects.count() == 1


def test_an_erased_person_who_does_not_confirm_is_forgotten_again(actor, ask, join, time):
    erasing.erase(actor, join(ANNA))
    ask(name="Anna")  # anybody may have typed it
    assert Subscriber.objects.filter(address=ANNA).exists()
    time.passes(days=8)
    assert erasing.expire_pending(actor) == 1
    assert not Subscriber.objects.exclude(address=None).exists()
    assert not Notice.objects.exclude(address="").exists()


@pytest.mark.soak
def test_the_limit_of_unanswered_confirmations_survives_that_a_person_is_forgotten_again(actor, ask, join, time):
    erasing.erase(actor, join(ANNA))
    mailed = 0
    for _ in range(4):
        for _ in range(5):
            ask()
            mailed += planned().update(state="accepted")
            time.passes(hours=9)
        time.passes(days=8)
        assert erasing.expire_pending(actor) == 1
        RETENTIONS["NETWORK_COUNTS"].end()
    assert mailed == 5
    assert "anna" not in str(list(NetworkCount.objects.values())).lower()
    time.passes(days=90)
    assert RETENTIONS["UNANSWERED_CONFIRMATIONS"].end() == 1
    ask()
    assert planned().count() == 1


def test_a_forgotten_person_who_confirms_has_no_unanswered_confirmations(actor, ask, join, time):
    erasing.erase(actor, join(ANNA))
    for _ in range(5):
        subscription = ask()
        time.passes(days=1)
    time.passes(days=8)
    erasing.expire_pending(actor)
    subscription = ask()
    subscriptions.confirm(actor, subscription)
    erasing.erase(actor, subscription.subscriber)
    time.passes(days=1)
    ask()
    assert planned().count() == 1


def test_unanswered_confirmations_lock_an_address_out_for_90_days_and_not_for_ever(ask, time):
    for _ in range(8):
        ask()
        planned().update(state="accepted")
        time.passes(hours=9)
    time.passes(days=85)
    ask()
    assert planned().count() == 0
    time.passes(days=5)
    ask()
    assert planned().count() == 1


def test_somebody_who_joins_again_and_again_is_welcomed_once_a_day(actor, news, join, time):
    MailingList.objects.update(welcome=True)
    anna = join(ANNA)
    for hours in (1, 1, 1, 24):
        subscriptions.unsubscribe(actor, anna.pk, how="page")
        subscriptions.join(actor, anna, news, consent="News", source="preferences")
        Notice.objects.filter(purpose="welcome", state="planned").update(state="accepted")
        time.passes(hours=hours)
    assert Notice.objects.filter(purpose="welcome").count() == 1
    subscriptions.unsubscribe(actor, anna.pk, how="page")
    subscriptions.join(actor, anna, news, consent="News", source="preferences")
    assert Notice.objects.filter(purpose="welcome").count() == 2
    time.passes(minutes=1)
    subscriptions.unsubscribe(actor, anna.pk, how="page")
    subscriptions.join(actor, anna, news, consent="News", source="preferences")
    assert planned().filter(purpose="welcome").count() == 1, "the welcome that leaving stopped was not mailed"


@pytest.mark.parametrize("slug", ["", "News", "a_b", "-a", "a-", "a b", "ä", "x" * 64, "a.b", "a\n"])
def test_a_short_name_is_a_label_of_list_id(actor, slug):
    with pytest.raises(InputError) as caught:
        mailing_lists.create_list(actor, slug, "Name")
    assert caught.value.code == "slug"


def test_lists_have_distinct_short_names_and_a_name(actor, news):
    with pytest.raises(InputError) as caught:
        mailing_lists.create_list(actor, "news", "Other")
    assert caught.value.code == "slug_taken"
    with pytest.raises(InputError) as caught:
        mailing_lists.create_list(actor, "other", "  ")
    assert caught.value.code == "name"


def test_a_list_that_is_not_there_is_answered_with_the_nearest(actor, news, events):
    assert mailing_lists.find_list("news") == news
    with pytest.raises(UnknownListError) as caught:
        mailing_lists.find_list("nwes")
    assert (caught.value.nearest, caught.value.existing) == ("news", ["events", "news"])
    with pytest.raises(UnknownListError, match="there are: events, news"):
        mailing_lists.find_list("zzz")


def test_every_verb_is_in_the_audit_without_addresses(actor, ask, join, time):
    subscription = ask()
    subscriptions.confirm(actor, subscription)
    subscriptions.unsubscribe(actor, subscription.subscriber_id, how="page")
    erasing.erase(actor, subscription.subscriber)
    verbs = list(Audit.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["create_list", "subscribe", "confirm", "unsubscribe", "suppress", "erase"]
    assert "@" not in str(list(Audit.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_departures_from_before_somebody_joined_hide_no_later_one(actor, join, news, order):
    anna = join(ANNA)
    joined_at = Subscription.objects.get().confirmed_at
    departures = [
        Departure(anna.pk, campaign, frozenset([news.pk]), joined_at + timedelta(hours=hours))
        for campaign, hours in ((1, -48), (2, 1), (3, 2))
    ]
    for batch in ([departures[position] for position in order], *([departures[position]] for position in order)):
        leave_by_provider(actor, batch)
        left = Subscription.objects.get()
        assert (left.state, left.unsubscribed_campaign, left.unsubscribed_at) == ("unsubscribed", 2, departures[1].at)
