"""A segment, and an issue sent to it, in Chromium: engineers in Madrid without those who got No. 12, on Friday at 9:00 Beijing time.

A publisher does it by pointer, by keyboard alone, and without JavaScript, where people, an earlier campaign and an issue exist.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from campaigns import launch
from campaigns.drafts import tester_groups
from campaigns.models import Campaign, Delivery, Slice, TestSend
from campaigns.sending import filling, schedule
from campaigns.states import move_campaign
from editorial import issue_versions
from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from publication import audit, clock
from publication.models import Audit, Publication
from subscribers import attribute_declarations, mailing_lists
from subscribers.consent import subscriptions, suppressions
from subscribers.models import MailingList, Segment, Subscriber
from subscribers.segments import saved_segments
from tests.support import heartbeats, people
from tests.support.chromium import MARKS
from tests.support.issues import CHINESE, ENGLISH
from tests.support.reviewing import account
from tests.support.signed_in_colleagues import SignedInColleague
from tests.support.variations import few

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
# Who is on the list: their interests and city. Only BEA and CARLOS are engineers in Madrid who are to get it.
ANA, BEA, CARLOS, DIEGO, ELENA, FABIO, GALA, IVAN = (
    f"{name}@people.example" for name in ("ana", "bea", "carlos", "diego", "elena", "fabio", "gala", "ivan")
)
PEOPLE = {
    ANA: (["engineering"], "Madrid"),  # got No. 12
    BEA: (["engineering"], "Madrid"),
    CARLOS: (["physics", "engineering"], "Madrid"),
    DIEGO: (["engineering"], "Barcelona"),
    ELENA: (["physics"], "Madrid"),
    FABIO: (["engineering"], "Madrid"),  # unsubscribed
    GALA: (["engineering"], "Madrid"),  # complained
}
CONDITIONS = 'interests = "engineering" and city = "Madrid"'


@dataclass(frozen=True)
class Texts:
    """What the publisher writes, and the issue of this month."""

    issue: str
    segment: str
    zone: str


IN = {
    "en": Texts(ENGLISH, "Engineers in Madrid", "Beijing"),
    "zh-CN": Texts(CHINESE, "马德里的工程师", "北京时间"),
}


@pytest.fixture
def earlier() -> Campaign:
    """No. 12, which two of the people on the list got. The publication is in Madrid."""
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "zone": "Europe/Madrid"})
    for name, kind, chinese in (("interests", "words", "兴趣"), ("city", "text", "城市")):
        attribute_declarations.declare(audit.system(), name, kind)
        attribute_declarations.configure(audit.system(), name, labels={"zh-Hans": chinese})
    news, got_it = people.make_list(), mailing_lists.create_list(audit.system(), "board", "Board")
    for address in PEOPLE:
        join(address, news)
    for address in (ANA, DIEGO):
        join(address, got_it)
    made = launch.create(
        audit.system(), version=people.make_version(), lists=[got_it], sender=people.make_sender(), name="No. 12"
    )
    campaign = people.start(made)
    Slice.objects.filter(campaign=campaign).update(state="accepted")
    move_campaign(audit.system(), campaign.pk, "sent", sources=["sending"])
    subscriptions.unsubscribe(audit.system(), subscriptions.find_subscriber(FABIO).pk, how="staff")
    suppressions.suppress(audit.system(), GALA, "complaint")
    heartbeats.all_alive(for_seconds=600)
    tester_groups.create(account("tang", "publisher"), "Editors", ["editor@cast.example", "director@cast.example"])
    return campaign


def join(address: str, mailing_list: MailingList) -> None:
    """Put somebody on a list who has agreed."""
    interests, city = PEOPLE.get(address, (["engineering"], "Madrid"))
    person = subscriptions.add_confirmed(audit.system(), mailing_list, address, consent="by letter").subscription.subscriber
    Subscriber.objects.filter(pk=person.pk).update(
        name=address.partition("@")[0].title(), attributes={"interests": interests, "city": city}
    )


def friday() -> datetime:
    """9:00 in Beijing on a Friday that is at least a day ahead."""
    local = (clock.now() + timedelta(days=1)).astimezone(ZoneInfo("Asia/Shanghai"))
    day = local + timedelta(days=(4 - local.weekday()) % 7)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


# -------------------------------------------------------------------------------------------------------------------- errands
def build_segment(chen: SignedInColleague, texts: Texts) -> Segment:
    chen.press("nav a[href='/console/subscribers/']", "header")
    chen.press("nav.sections a[href='/console/segments/']")
    chen.press("a[href='/console/segments/new/']")
    chen.write("#id_name", texts.segment)
    condition(chen, "c.0", "interests", "engineering")
    add_to(chen, "c", "c.1")
    condition(chen, "c.1", "city", "Madrid")
    if chen.manner == "plain":
        chen.press("[value=count]")
    expect(chen.page.locator("#id_text")).to_have_value(CONDITIONS)
    expect(chen.page.locator("[data-people] .figure")).to_contain_text("5")
    chen.inspect()
    chen.press("[value=store]")
    return Segment.objects.get()


def condition(chen: SignedInColleague, name: str, field: str, value: str) -> None:
    """What a condition is about, and its value, of those that people have."""
    chen.choose(f"[id='{name}-field']", field)
    if chen.manner == "plain":
        chen.press(".without-script [value=update]")
    chen.tick(f"input[type=checkbox][name='{name}-value'][value={value}]")


def add_to(chen: SignedInColleague, group: str, condition: str) -> None:
    if chen.manner == "plain":
        chen.press(f"[value='add:{group}']")
    else:
        chen.open_up(f"[value='add:{group}']")
    chen.page.wait_for_selector(f"[id='{condition}-field']")


def choose_audience(chen: SignedInColleague, issue: IssueRecord, segment: Segment, earlier: Campaign) -> None:
    chen.press("nav a[href='/console/issues/']", "header")
    chen.press(f"a[href='/console/issues/{issue.slug}/']")
    chen.tab("send")
    chen.tick(f"[name=list][value='{people.make_list().pk}']")
    chen.choose("#audience-segment", str(segment.pk))
    chen.open_up(".leave-out > summary")
    chen.tick(f"[name=not_campaign][value='{earlier.pk}']")
    if chen.manner == "plain":
        chen.press("[data-count-button]")
    expect(chen.page.locator("[data-live=count] .sentence")).to_contain_text("2")
    chen.inspect()


def see_who_does_not_get_it(chen: SignedInColleague) -> None:
    """Each reason has a number, and behind it are the people; the way back has what was chosen."""
    reasons = {"unsubscribed": FABIO, "suppressed": GALA, "segment": DIEGO, "excluded_campaign": ANA}
    shown = chen.page.locator("[data-part=reasons] td a")
    expect(shown).to_have_count(len(reasons))
    assert sorted(shown.all_text_contents()) == ["1", "1", "1", "2"]
    for code in reasons:
        assert shown.locator(f"xpath=self::*[contains(@href, 'why={code}')]").count() == 1, code
    chen.press("[data-part=reasons] a[href*='why=excluded_campaign']")
    assert ANA in chen.page.inner_text("main table")
    assert BEA not in chen.page.content()
    chen.press(".crumb a")
    expect(chen.page.locator("[data-live=count] .sentence")).to_contain_text("2")


def send_tests(chen: SignedInColleague) -> None:
    """As one of the recipients gets it, and to the editors. What was chosen below stays."""
    for action in ("test", "test-group"):
        chen.open_up("summary:has(+ #send-test)")
        if action == "test":
            chen.write("#test-reader", BEA)
        chen.press(f"button[value={action}]")
    expect(chen.page.locator("[data-live=count] .sentence")).to_contain_text("2")


def schedule_it(chen: SignedInColleague, texts: Texts, at: datetime) -> Campaign:
    chen.press("button[value=schedule]")
    sentence = chen.page.inner_text("main .sentence")
    assert "2" in sentence
    facts = chen.page.inner_text("main dl.facts")
    assert texts.segment in facts
    assert "No. 12" in facts
    chen.page.fill("#id_at", f"{at:%Y-%m-%dT%H:%M}")
    chen.write("#id_zone", texts.zone)
    chen.press("form.panel button.main")
    return Campaign.objects.get(state="scheduled")


LOOKS = few(
    ("zh-CN", 390, "dark", "pointer"),
    soak=[("en", 1280, "light", "pointer"), ("zh-CN", 1280, "light", "keys"), ("en", 390, "dark", "plain")],
)


@pytest.mark.parametrize(("language", "width", "scheme", "manner"), LOOKS)
def test_a_publisher_sends_to_engineers_in_madrid_without_those_who_got_no_12(
    live_server, browser, settings, tmp_path, monkeypatch, earlier, language, width, scheme, manner
):
    settings.PUBLIC_URL, settings.DATA_DIR = live_server.url, tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())
    texts, at = IN[language], friday()
    (tmp_path / "no-13").mkdir()
    (tmp_path / "no-13" / "issue.md").write_text(texts.issue, encoding="utf-8")
    issue = issue_versions.store(audit.system(), tmp_path / "no-13").version.issue
    chen = SignedInColleague(browser, live_server.url, account("chen", "publisher"), (language, width, scheme), manner)

    with chen.errand("build a segment"):
        segment = build_segment(chen, texts)
    assert (segment.name, segment.text) == (texts.segment, CONDITIONS)

    with chen.errand("choose the audience and the time"):
        choose_audience(chen, issue, segment, earlier)
        see_who_does_not_get_it(chen)
        send_tests(chen)
        campaign = schedule_it(chen, texts, at)
    assert Audit.objects.filter(verb="send_test", detail__reader=Subscriber.objects.get(address=BEA).pk).count() == 1
    assert sorted(TestSend.objects.values_list("address", flat=True)) == [
        "chen@cast.example", "director@cast.example", "editor@cast.example",
    ]  # fmt: skip
    assert campaign.scheduled_at == at.astimezone(UTC)
    assert (campaign.zone, campaign.version_id, [*campaign.lists.all()]) == (
        "Asia/Shanghai",
        issue.current_id,
        [people.make_list()],
    )
    assert campaign.segment_text == f"{CONDITIONS} and not (got = {earlier.pk})"
    assert f"{at:%Y-%m-%d} 09:00" in chen.page.inner_text("main")

    # What changes until Friday: the segment does not count any more, people do.
    saved_segments.change(audit.system(), segment, 'city = "Barcelona"')
    join(IVAN, people.make_list())
    assert recipients_at(at - timedelta(minutes=1), campaign) == []
    assert recipients_at(at, campaign) == [BEA, CARLOS, IVAN]
    assert chen.wrong == []


def recipients_at(moment: datetime, campaign: Campaign) -> list[str]:
    """Who has been made a recipient at this moment by what the upkeep worker does."""
    clock.move(lambda: moment)
    try:
        for due in schedule.start_due():
            filling.fill(due)
    finally:
        clock.move(None)
    got = Delivery.objects.filter(campaign=campaign).values("subscriber_id")
    return sorted(Subscriber.objects.filter(pk__in=got).values_list("address", flat=True))
