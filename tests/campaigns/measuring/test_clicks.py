"""Clicks on the links of mails: who is named in them, where they lead, and what is stored."""

import re

import orjson
import pytest
from django.db import connection

from campaigns.measuring import click_recorder, machine_clicks_sql
from campaigns.measuring.click_recorder import ClickRecorder
from campaigns.measuring.click_spool import Arrival, ClickSpool
from campaigns.measuring.machine_reasons import Reason
from campaigns.models import Campaign, Click, ClickCount, Delivery, LostClicks, MeasuredLink
from publication import audit, clock, profile
from subscribers.consent import erasing, measuring_consent
from subscribers.consent.ledger import Proof
from subscribers.models import Subscriber
from subscribers.tokens import TokenMaker
from tests.support import people
from tests.support.measured import DESTINATIONS, HTML, TEXT, agree, begun
from worker.campaign_message import CampaignMessage

pytestmark = pytest.mark.django_db
BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15", "Accept": "text/html,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
}  # fmt: skip
VALUE = re.compile(r"/r/(\d+)/([A-Za-z0-9_%-]+)")


@pytest.fixture
def recorder(tmp_path, monkeypatch) -> ClickRecorder:
    """The recorder of this process, which stores only when a test says so."""
    own = ClickRecorder(tmp_path / "clicks")
    monkeypatch.setattr(click_recorder, "_recorder", own)
    return own


def mails(campaign: Campaign) -> list[tuple[str, str]]:
    """(HTML, text) of each recipient, in the order of their ids, with everything filled in."""
    message = CampaignMessage.of(campaign.pk, 0)
    reading = Subscriber.objects.filter(pk__in=Delivery.objects.filter(campaign=campaign).values("subscriber_id")).order_by("pk")
    members = [(reader.pk, reader.address, reader.name, reader.measured_since is not None) for reader in reading]
    written, unfit = message.writer.write(members)
    assert not unfit
    body = orjson.loads(message.request(1, written))
    text, html = (part["value"] for part in body["content"])
    filled = []
    for personalization in body["personalizations"]:
        for tag, value in personalization["substitutions"].items():
            assert len(value.encode()) <= 48 or "url" in tag or "name" in tag
        parts = [html, text]
        for tag, value in personalization["substitutions"].items():
            parts = [part.replace(tag, value) for part in parts]
        filled.append((parts[0], parts[1]))
    return filled


def links_of(mail: tuple[str, str]) -> list[str]:
    return [match[0] for part in mail for match in VALUE.finditer(part)]


def test_without_measuring_no_link_changes(recorder):
    campaign, _ = begun(2, 1, measuring="off")
    assert not MeasuredLink.objects.exists()
    for html, text in mails(campaign):
        assert html.count('href="http') == 3 + 2
        assert "/r/" not in html + text
        assert "<img" not in html


def test_only_people_who_agreed_are_in_any_table_or_file(recorder, tmp_path, client):
    campaign, readers = begun(10, 5)
    for mail in mails(campaign):
        assert len(links_of(mail)) == 4
        for link in links_of(mail) * 2:
            answer = client.get(link, headers=BROWSER)
            assert answer.status_code == 302
            assert answer["Location"] in DESTINATIONS
            assert answer["Cache-Control"] == "no-store"
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*.clicks"))
    named = {arrival[3] for arrival in map(orjson.loads, files.splitlines())}
    assert named == {0, *(reader.pk for reader in readers[:5])}
    recorder.round()
    assert not list(tmp_path.rglob("*.clicks"))
    assert set(Click.objects.values_list("subscriber_id", flat=True)) == {reader.pk for reader in readers[:5]}
    assert Click.objects.count() == 5 * 8
    assert sum(ClickCount.objects.values_list("clicks", flat=True)) == 5 * 8


def test_withdrawing_unlinks_what_is_stored_and_the_next_mail_names_nobody(recorder, client):
    campaign, readers = begun(2, 2)
    for mail in mails(campaign):
        client.get(links_of(mail)[0], headers=BROWSER)
    recorder.round()
    measuring_consent.withdraw(audit.subscriber(), readers[0], source="preferences", proof=Proof.MAIL_LINK)
    assert [*Click.objects.values_list("subscriber_id", flat=True)] == [readers[1].pk]
    assert [*ClickCount.objects.values_list("clicks", flat=True)] == [1]
    withdrawn, other = mails(campaign)
    values = {VALUE.search(link)[2] for link in links_of(withdrawn)}
    assert values == {TokenMaker("click").make(campaign.pk, 0)}
    assert values != {VALUE.search(link)[2] for link in links_of(other)}
    erasing.erase(audit.system(), readers[1])
    assert not Click.objects.exists()
    assert sum(ClickCount.objects.values_list("clicks", flat=True)) == 2


def test_a_click_of_an_old_mail_counts_without_name_after_the_person_withdrew(recorder, client):
    campaign, readers = begun(1, 1)
    [mail] = mails(campaign)
    measuring_consent.withdraw(audit.subscriber(), readers[0], source="preferences", proof=Proof.MAIL_LINK)
    client.get(links_of(mail)[0], headers=BROWSER)
    recorder.round()
    assert not Click.objects.exists()
    assert [*ClickCount.objects.values_list("clicks", flat=True)] == [1]


def test_anonymous_measuring_names_nobody_in_the_mail(recorder, client):
    campaign, _ = begun(3, 3, measuring="anonymous")
    values = {VALUE.search(link)[2] for mail in mails(campaign) for link in links_of(mail)}
    assert len(values) == 1
    client.get(links_of(mails(campaign)[0])[0], headers=BROWSER)
    recorder.round()
    assert not Click.objects.exists()
    assert [*ClickCount.objects.values_list("clicks", flat=True)] == [1]


def test_after_the_policy_is_off_old_links_lead_on_and_nothing_is_written(recorder, tmp_path, client):
    campaign, _ = begun(1, 1, opens="on")
    [mail] = mails(campaign)
    recorder.round()
    profile.change_profile(audit.system(), policies={"measuring": "off", "opens": "off"})
    client.get(links_of(mail)[0], headers=BROWSER)  # before the recorder knows
    recorder.round()
    for link in links_of(mail):
        assert client.get(link, headers=BROWSER).status_code == 302
    recorder.round()
    assert not Click.objects.exists()
    assert not ClickCount.objects.exists()
    assert not list(tmp_path.rglob("*.clicks"))


def test_the_picture_counts_opens_of_people_who_agreed_with_their_name(recorder, client):
    campaign, readers = begun(2, 1, opens="on")
    for html, _ in mails(campaign):
        [address] = re.findall(r'src="https?://[^/]+(/o/\d+/[^"]+)"', html)
        picture = client.get(address)
        assert picture["Content-Type"] == "image/gif"
    recorder.round()
    assert [*Click.objects.values_list("subscriber_id", "reasons")] == [(readers[0].pk, 0)]
    assert [*ClickCount.objects.values_list("clicks", "reasons")] == [(1, 0)]


def test_forged_values_lead_nowhere_and_swapped_ones_count_nothing(recorder, client):
    campaign, _ = begun(1, 1)
    [mail] = mails(campaign)
    link, value = VALUE.search(links_of(mail)[0]).groups()
    other = people.launch.create(
        audit.system(), version=people.make_version(HTML + " ", TEXT), lists=[people.make_list()], sender=people.make_sender()
    )
    people.start(other)
    foreign = MeasuredLink.objects.filter(version_id=other.version_id, position=1).get()
    Campaign.objects.filter(pk=other.pk).update(started_at=None)  # as long as it is scheduled
    assert client.get(f"/r/{foreign.pk}/{value}", headers=BROWSER).status_code == 404
    Campaign.objects.filter(pk=other.pk).update(started_at=clock.now())
    for forged in (value[:-1], value + "A", value[:-1] + ("A" if value[-1] != "A" else "B"), TokenMaker("view").make(1, 1), "x"):
        assert client.get(f"/r/{link}/{forged}", headers=BROWSER).status_code == 404
    assert client.get(f"/r/999999/{value}", headers=BROWSER).status_code == 404
    picture = MeasuredLink.objects.get(version_id=campaign.version_id, position=0)
    assert client.get(f"/r/{picture.pk}/{value}", headers=BROWSER).status_code == 404
    assert client.get(f"/r/{foreign.pk}/{value}", headers=BROWSER)["Location"] == foreign.url
    recorder.round()
    assert not Click.objects.exists()
    assert not ClickCount.objects.exists()


def test_a_mail_with_300_links_needs_one_value_of_each_reader(recorder):
    many = "".join(f'<p><a href="https://example.org/{number}">Paper {number}</a></p>' for number in range(300))
    profile.change_profile(audit.system(), policies={"measuring": "individual"})
    news = people.make_list()
    agree(people.make_people(1, news)[0])
    campaign = people.launch.create(
        audit.system(),
        version=people.make_version(HTML.replace("</body>", f"{many}</body>")),
        lists=[news],
        sender=people.make_sender(),
    )
    people.start(campaign)
    [(html, _)] = mails(campaign)
    assert len({VALUE.search(link)[1] for link in links_of((html, ""))}) == 302
    assert len({VALUE.search(link)[2] for link in links_of((html, ""))}) == 1


def test_a_click_arrives_when_person_campaign_and_version_are_gone(recorder, client):
    campaign, _ = begun(1, 1)
    [mail] = mails(campaign)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM delivery; DELETE FROM slice; SET CONSTRAINTS ALL IMMEDIATE")
    assert client.get(links_of(mail)[0], headers=BROWSER).status_code == 302
    Click.objects.all().delete()
    recorder.round()


def test_a_file_is_stored_once_although_the_process_died_before_it_was_removed(recorder, tmp_path, client):
    campaign, _ = begun(1, 1)
    [mail] = mails(campaign)
    client.get(links_of(mail)[0], headers=BROWSER)
    [path] = tmp_path.rglob("*.clicks")
    kept = path.read_bytes()
    recorder.round()
    path.write_bytes(kept)
    recorder.round()
    assert Click.objects.count() == 1
    assert not path.exists()


def test_what_the_disk_does_not_take_is_counted_as_lost(tmp_path):
    full = ClickRecorder(tmp_path / "clicks")
    full._spool = ClickSpool(tmp_path / "clicks", most_bytes=40)
    for _ in range(3):
        full.add(Arrival(1.0, 1, 1, 0, 0))
    full.round()
    assert [*LostClicks.objects.values_list("clicks", flat=True)] == [1]


@pytest.mark.parametrize(
    ("after", "links", "reasons"),
    [((60.0,), (1,), 0), ((2.0,), (1,), Reason.SOON), ((60.0, 61.0), (1, 2), Reason.BURST), ((60.0, 90.0), (1, 2), 0)],
)
def test_machines_are_told_by_time_and_by_all_links_at_once(recorder, after, links, reasons):
    campaign, [reader] = begun(1, 1)
    delivered = clock.now()
    Delivery.objects.filter(campaign=campaign).update(delivered_at=delivered)
    numbers = dict(MeasuredLink.objects.filter(version_id=campaign.version_id).values_list("position", "pk"))
    for seconds, link in zip(after, links, strict=True):
        recorder.add(Arrival(delivered.timestamp() + seconds, numbers[link], campaign.pk, reader.pk, 0))
    recorder.round()
    assert {*Click.objects.values_list("reasons", flat=True)} == {int(reasons)}
    assert machine_clicks_sql.reconsider([(campaign.pk, reader.pk)]) == 0
