"""/p/<token>, the page of preferences that every mail links to: what it shows, what it changes, and what it never shows."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from campaigns.models import Campaign
from publication import audit, clock
from publication.models import Publication
from subscribers import mailing_lists, tokens
from subscribers.consent import erasing, pauses, preferences, subscriptions, suppressions
from subscribers.consent.ledger import Proof
from subscribers.models import ConsentRecord, MailingList, Notice, Subscriber, Subscription
from subscribers.segments import recipients
from tests.support import table_digests
from tests.support.variations import first
from tests.web.conftest import state
from tests.web.public.forms import form_of, text_of, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(campaign) -> dict[str, MailingList]:
    """news: the reader is on it. events: open. board: closed, the reader is not on it."""
    made = {slug: mailing_lists.create_list(audit.system(), slug, slug.title()) for slug in ("events", "board")}
    MailingList.objects.filter(slug="events").update(sign_up="open", description="What happens where")
    Subscription.objects.update(confirmed_at=clock.now(), joined_at=clock.now())
    Publication.objects.update_or_create(pk=1, defaults={"languages": ["zh-Hans"], "name": "Tides"})
    return made | {"news": MailingList.objects.get(slug="news")}


@pytest.fixture
def link(lists, campaign, reader) -> str:
    Subscriber.objects.filter(pk=reader.pk).update(name="Wilhelmina Quux", attributes={"role": "captain"}, zone="Asia/Shanghai")
    return f"/p/{tokens.preferences_token(reader.pk, campaign.pk)}"


def save(client, link: str, **changed):
    return client.post(link, form_of(client.get(link), "save") | changed)


def press(client, link: str, step: str, **more):
    return client.post(link, form_of(client.get(link), step) | more)


@pytest.mark.parametrize("method", first(["get", "put", "head", "options", "delete", "patch"], 2))
def test_requests_other_than_post_change_nothing(browser_client, link, method):
    before = table_digests.digests()
    answer = getattr(browser_client, method)(link)
    assert answer.status_code == (200 if method in {"get", "head"} else 405)
    assert table_digests.digests() == before
    assert not answer.cookies


def test_the_page_shows_the_lists_and_no_personal_data(client, link, reader):
    shown = client.get(link).content.decode()
    assert "CAST Newsletter" in shown
    assert "What happens where" in shown
    assert "Board" not in shown, "a closed list is nobody else's"
    for personal in (reader.address, "Wilhelmina", "Quux", "captain"):
        assert personal not in shown
    assert 'name="name"' not in shown
    assert client.get(link).headers["Cache-Control"] == "no-store"


def test_saving_unchanged_changes_nothing_and_says_so(client, link):
    client.get(link)
    before = table_digests.digests()
    answer = save(client, link)
    assert "Nothing was changed" in text_of(answer)
    after = table_digests.digests()
    assert {name for name in before if before[name] != after[name]} <= {"actor"}


def test_unticking_a_list_leaves_that_one_list(client, link, lists, reader, campaign):
    subscriptions.add_confirmed(audit.system(), lists["events"], reader.address, consent="at the fair")
    answer = save(client, link, list=[str(lists["events"].pk)])
    assert "You will no longer receive CAST Newsletter" in text_of(answer)
    assert (state(reader), state(reader, "events")) == ("unsubscribed", "confirmed")
    left = Subscription.objects.get(subscriber=reader, list__slug="news")
    assert (left.unsubscribed_how, left.unsubscribed_campaign) == ("preferences", campaign.pk)
    line = ConsentRecord.objects.get(act="left")
    assert (line.source, line.proof, line.list_id) == ("preferences", "mail_link", lists["news"].pk)


def test_a_list_that_was_unticked_by_mistake_can_be_restored(client, link, lists, reader):
    answer = save(client, link, list=[])
    undo = form_of(answer, "undo")
    client.post(f"/u/{tokens.unsubscribe_token(reader.pk, tokens.read('preferences', link[3:]).scope)}", undo)
    assert state(reader) == "confirmed"


def test_a_list_that_the_page_did_not_show_as_ticked_is_not_left(client, link, lists, reader):
    form = form_of(client.get(link), "save")
    subscriptions.add_confirmed(audit.system(), lists["events"], reader.address, consent="meanwhile")
    client.post(link, form)
    assert (state(reader), state(reader, "events")) == ("confirmed", "confirmed")


def test_ticking_a_list_mails_a_confirmation_and_subscribes_nobody_yet(client, link, lists, reader):
    answer = save(client, link, list=[str(lists["news"].pk), str(lists["events"].pk)])
    assert "One more step for Events" in text_of(answer)
    assert state(reader, "events") == "pending"
    notice = Notice.objects.get()
    assert (notice.purpose, notice.state, notice.address) == ("confirm", "planned", reader.address)
    line = ConsentRecord.objects.get(act="requested")
    assert (line.source, line.proof, line.wording.text) == ("preferences", "none", "Receive “Events” by email")


def test_a_closed_list_cannot_be_joined_whatever_is_posted(client, link, lists, reader):
    save(client, link, list=[str(lists["news"].pk), str(lists["board"].pk), "0", "x", "9" * 40])
    assert not Subscription.objects.filter(subscriber=reader, list=lists["board"]).exists()


def test_the_zone_is_asked_for_only_where_campaigns_use_it(client, link, campaign):
    assert 'id="zone"' not in client.get(link).content.decode()
    Campaign.objects.filter(pk=campaign.pk).update(local_time=True)
    page = client.get(link).content.decode()
    assert re.search(r'<input id="zone"[^>]* list="zones" value="Beijing, Shanghai"', page)
    assert page.count('<option value="Kyiv">') == 1
    chinese = client.get(link, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert re.search(r'<input id="zone"[^>]* value="北京、上海"', chinese)
    assert '<option value="柏林">' in chinese


@pytest.mark.parametrize(
    ("typed", "language", "zone"),
    first([
        ("北京", "zh-CN", "Asia/Shanghai"), ("上海", "zh-CN", "Asia/Shanghai"), ("beijing", "en", "Asia/Shanghai"),
        ("Beijing, Shanghai", "en", "Asia/Shanghai"), ("New York", "en", "America/New_York"), ("New York", "zh-CN", "America/New_York"),
        ("asia/kolkata", "en", "Asia/Kolkata"), ("", "en", ""),
    ], 2),
)  # fmt: skip
def test_a_zone_is_found_by_any_name_of_its_city(client, link, reader, campaign, typed, language, zone):
    Campaign.objects.filter(pk=campaign.pk).update(local_time=True)
    Subscriber.objects.filter(pk=reader.pk).update(zone="Europe/Madrid")
    headers = {"Accept-Language": language}
    client.post(link, form_of(client.get(link, headers=headers), "save") | {"zone": typed}, headers=headers)
    reader.refresh_from_db()
    assert reader.zone == zone


def test_language_and_zone_are_saved_and_named(client, link, reader):
    answer = save(client, link, language="zh-Hans", zone="Madrid")
    assert "Changed: Language, Time zone" in text_of(answer)
    reader.refresh_from_db()
    assert (reader.language, reader.zone) == ("zh-Hans", "Europe/Madrid")


@pytest.mark.parametrize("changed", [{"zone": "Mars/Olympus"}, {"language": "???"}])
def test_a_language_or_zone_that_is_none_is_an_error_next_to_the_field(client, link, lists, reader, changed):
    answer = save(client, link, list=[], **changed)
    assert answer.status_code == 422
    assert "Nothing was saved" in text_of(answer)
    assert state(reader) == "confirmed"


def test_a_regional_language_stays_if_the_page_shows_it_as_the_publications(client, link, reader):
    Subscriber.objects.filter(pk=reader.pk).update(language="zh-CN")
    page = client.get(link)
    assert form_of(page, "save")["language"] == ["zh-Hans"]
    client.post(link, form_of(page, "save"))
    reader.refresh_from_db()
    assert reader.language == "zh-CN"


def test_the_page_of_somebody_elses_mail_cannot_change_personal_data(client, link, reader):
    save(client, link, name="Mallory", **{"attribute.role": "mate"})
    for step in ("move", "stay"):
        client.post(link, {"form": token_of(client.get(link)), "step": step, "address": "mallory@people.example"})
    reader.refresh_from_db()
    assert (reader.name, reader.attributes) == ("Wilhelmina Quux", {"role": "captain"})
    assert not Notice.objects.exists()


# ----------------------------------------------------------------------------------------------------------------- pause
def test_a_pause_keeps_the_subscription_and_ends_by_itself(client, link, lists, reader):
    answer = press(client, link, "pause", months="3")
    assert "Your newsletters are paused" in text_of(answer)
    reader.refresh_from_db()
    assert state(reader) == "confirmed"
    assert timedelta(days=88) < reader.paused_until - clock.now() < timedelta(days=94)
    assert clock.in_zone(reader.paused_until, "Asia/Shanghai").strftime("%H:%M") == "00:00", "the person's own midnight"
    day = clock.in_zone(reader.paused_until, "Asia/Shanghai")
    assert f"{day.day} {day:%B %Y}" in text_of(answer), "the day in the person's zone"
    assert reader not in recipients.recipients([lists["news"]])
    clock.move(lambda: clock._system_time() + timedelta(days=95))
    try:
        assert reader in recipients.recipients([lists["news"]])
        assert "Newsletters are paused" not in text_of(client.get(link))
    finally:
        clock.move(None)
    assert [line.act for line in ConsentRecord.objects.all()] == ["paused"]


def test_a_pause_can_be_changed_and_ended(client, link, reader):
    press(client, link, "pause", months="1")
    first = Subscriber.objects.get(pk=reader.pk).paused_until
    press(client, link, "pause", months="12")
    assert Subscriber.objects.get(pk=reader.pk).paused_until > first + timedelta(days=300)
    assert "You receive your newsletters again" in text_of(press(client, link, "resume"))
    reader.refresh_from_db()
    assert reader.paused_until is None
    assert [line.act for line in ConsentRecord.objects.order_by("id")] == ["paused", "paused", "resumed"]


@pytest.mark.parametrize("months", first(["13", "x", "0", "-1", "", "١"], 2))
def test_other_lengths_of_a_pause_are_refused(client, link, reader, months):
    press(client, link, "pause", months=months)
    reader.refresh_from_db()
    assert reader.paused_until is None


def test_a_pause_over_a_year_or_in_the_past_is_refused(reader):
    for until in (clock.now() - timedelta(seconds=1), clock.now() + timedelta(days=400)):
        with pytest.raises(ValueError, match="within a year"):
            pauses.pause(audit.system(), reader, until, source="cli", proof="statement")


# ----------------------------------------------------------------------------------------------------------------- leave
def test_a_separate_button_leaves_everything_and_its_page_can_undo_it(client, link, lists, reader):
    subscriptions.add_confirmed(audit.system(), lists["events"], reader.address, consent="at the fair")
    Subscription.objects.update(confirmed_at=clock.now())
    answer = press(client, link, "leave")
    assert "You are unsubscribed" in text_of(answer)
    assert (state(reader), state(reader, "events")) == ("unsubscribed", "unsubscribed")
    client.post(f"/u/{tokens.unsubscribe_token(reader.pk, tokens.read('preferences', link[3:]).scope)}", form_of(answer, "undo"))
    assert (state(reader), state(reader, "events")) == ("confirmed", "confirmed")
    assert "Unsubscribe from everything" in text_of(client.get(link))


# ------------------------------------------------------------------------------------------------------------ look-ups
def test_forged_foreign_and_unknown_links_get_one_and_the_same_404(client, link, campaign, reader):
    token = link.removeprefix("/p/")
    erased = Subscriber.objects.order_by("id")[1]
    erasing.erase(audit.system(), erased)
    wrong = [
        token[:-1], token[:8] + ("A" if token[8] != "A" else "B") + token[9:], "A" * 36, "x",
        tokens.unsubscribe_token(reader.pk, campaign.pk), tokens.expiring_token(tokens.Purpose.PERSON, reader.pk),
        tokens.preferences_token(2**40), tokens.preferences_token(erased.pk, campaign.pk),
    ]  # fmt: skip
    answers = [client.get(f"/p/{wrong_token}") for wrong_token in wrong] + [
        client.post(f"/p/{wrong_token}", {"step": "leave"}) for wrong_token in wrong
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.django_db(transaction=True)
def test_a_failed_look_up_is_an_error_page_and_never_an_empty_list(link):
    client = Client(raise_request_exception=False)
    assert b"newsletters do you want" in client.get(link).content
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
    for table in ("subscription", "mailing_list", "subscriber", "publication"):
        blocker = connection.copy()
        with blocker.cursor() as other:
            other.execute("BEGIN")
            other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            answer = client.get(link)
        blocker.close()
        assert answer.status_code == 503, table
        assert b"newsletters do you want" not in answer.content
    connection.close()


def test_the_link_of_a_merged_record_shows_the_person_it_was_merged_into(client, link, campaign, reader):
    gone = Subscriber.objects.order_by("id")[1]
    Subscription.objects.filter(subscriber=gone).delete()
    Subscriber.objects.filter(pk=gone.pk).update(merged_into=reader, address=None)
    old = f"/p/{tokens.preferences_token(gone.pk, campaign.pk)}"
    save(client, old, list=[])
    assert state(reader) == "unsubscribed"
    unsubscribe = client.get(f"/u/{tokens.unsubscribe_token(gone.pk, campaign.pk)}")
    assert "You are unsubscribed" in text_of(unsubscribe)


def test_the_forms_of_one_link_do_not_fit_another(client, link, campaign, reader):
    other = Subscriber.objects.order_by("id")[1]
    form = form_of(client.get(f"/p/{tokens.preferences_token(other.pk, campaign.pk)}"), "leave")
    client.post(link, form)
    assert (state(reader), state(other)) == ("confirmed", "confirmed")


def test_the_link_of_a_test_mail_explains_itself(client):
    assert "test email" in text_of(client.get("/p/test"))
    assert "test email" in text_of(client.post("/p/test", {"step": "leave"}))


def test_a_suppressed_person_is_told_that_a_list_could_not_be_added_only_by_mail(client, link, lists, reader):
    """The page of a forwarded mail does not reveal that the address bounced: the answer is that of everybody."""
    suppressions.suppress(audit.system(), reader.address, "hard_bounce")
    answer = save(client, link, list=[str(lists["news"].pk), str(lists["events"].pk)])
    assert "One more step for Events" in text_of(answer)
    assert [notice.state for notice in Notice.objects.all()] == ["skipped"]


def test_a_page_that_read_the_person_before_an_erasure_stores_no_address(lists, reader):
    erasing.erase(audit.system(), Subscriber.objects.get(pk=reader.pk))
    wish = preferences.Wish(ticked=frozenset({lists["events"].pk}))
    saved = preferences.apply(audit.subscriber(), reader, wish, proof=Proof.MAIL_LINK, wording=lambda _list: "yes")
    assert saved.refused == [lists["events"]]
    assert not Subscriber.objects.filter(address=reader.address).exists()
