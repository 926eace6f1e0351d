"""The link of an answer: it shows a page with one button, and only the button answers."""

import re
from datetime import timedelta

import pytest

from campaigns.models import Campaign, MailAnswer, NamedAnswer
from campaigns.questions import questions
from publication import audit, clock, profile
from subscribers import tokens
from subscribers.consent import erasing, measuring_consent
from subscribers.consent.ledger import Proof
from subscribers.models import Subscriber
from subscribers.records import merging
from subscribers.tokens import TokenMaker
from tests.support import asked, people
from tests.support.asked import begun, link, stored
from tests.support.composed_once import composed_once as composed_once
from tests.web.public.forms import token_of

pytestmark = pytest.mark.django_db
UNKNOWN = "This link does not work"


@pytest.fixture(autouse=True)
def _provider_key(settings) -> None:
    """Without a key, nothing may be scheduled."""
    settings.SENDGRID_API_KEY = "SG.test"


def give(client, address: str):
    return client.post(address, {"form": token_of(client.get(address))})


def test_scanners_store_nothing_and_the_button_does(browser_client, tmp_path):
    campaign, [reader] = begun(tmp_path / "issue", 1)
    address = link(campaign, reader)
    requests = {
        "GET": lambda: browser_client.get(address), "HEAD": lambda: browser_client.head(address),
        "prefetch": lambda: browser_client.get(address, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"}),
        "POST without the form": lambda: browser_client.post(address),
        "POST of another form": lambda: browser_client.post(address, {"form": "x:y:z"}),
        "one-click": lambda: browser_client.post(address, {"List-Unsubscribe": "One-Click"}),
    }  # fmt: skip
    for kind, request in requests.items():
        for _ in range(3):
            assert request().status_code == 200, kind
    assert stored() == []
    page = browser_client.get(address)
    assert page.content.count(b"<button") == 1
    assert not page.cookies
    assert (page["Cache-Control"], page["X-Robots-Tag"], page["Referrer-Policy"]) == ("no-store", "noindex", "no-referrer")
    answer = give(browser_client, address)
    assert "Thank you" in answer.content.decode()
    assert stored() == [1]


@pytest.mark.soak
@pytest.mark.timeout(1800)  # twelve thousand requests
def test_of_a_hundred_people_and_a_thousand_requests_of_each_kind_of_scanner_only_the_people_count(browser_client, tmp_path):
    campaign, [reader, *readers] = begun(tmp_path / "issue", 101)
    for number in (1, 2, 3):
        address = link(campaign, reader, number)
        for _ in range(1000):
            browser_client.get(address)
            browser_client.head(address)
            browser_client.get(address, headers={"Sec-Purpose": "prefetch"})
            browser_client.post(address)
    assert stored() == []
    for at, person in enumerate(readers):
        give(browser_client, link(campaign, person, 1 + at % 3))
    assert stored() == [1] * 34 + [2] * 33 + [3] * 33


def test_a_changed_answer_takes_the_place_of_the_first(browser_client, tmp_path):
    campaign, [reader, other] = begun(tmp_path / "issue", 2)
    for number in (1, 3, 3):
        give(browser_client, link(campaign, reader, number))
    give(browser_client, link(campaign, other, 2))
    assert stored() == [2, 3]


def test_the_question_is_in_the_language_of_the_mail_and_the_page_offers_the_other_answers(browser_client, tmp_path):
    campaign, [reader] = begun(tmp_path / "issue", 1, language="zh-Hans")
    Subscriber.objects.update(language="en")
    page = browser_client.get(link(campaign, reader, 2)).content.decode()
    assert '<h1 lang="zh-Hans">本期内容对您有用吗？</h1>' in page
    for other in (1, 3):
        assert f'href="{link(campaign, reader, other)}"' in page


def test_forged_swapped_and_cut_links_answer_nothing(browser_client, tmp_path):
    campaign, [reader, other] = begun(tmp_path / "issue", 2)
    token = TokenMaker("answer").make(campaign.pk, reader.pk)
    wrong = [
        f"/q/{token[:-1]}/question/1", f"/q/{token}A/question/1", f"/q/{'A' * 36}/question/1",
        f"/q/{TokenMaker('unsubscribe').make(campaign.pk, reader.pk)}/question/1",
        f"/q/{TokenMaker('click').make(campaign.pk, reader.pk)}/question/1",
        f"/q/{TokenMaker('answer').make(campaign.pk + 1, reader.pk)}/question/1",
        f"/q/{TokenMaker('answer').make(campaign.pk, 999_999)}/question/1",
        f"/q/{token}/useful/1", f"/q/{token}/question/4", f"/q/{token}/question/0", f"/q/{token}/question/99999999999999999",
        *(f"/q/{token[:at]}{'A' if token[at] != 'A' else 'B'}{token[at + 1 :]}/question/1" for at in range(0, 36, 3)),
    ]  # fmt: skip
    for address in wrong:
        assert browser_client.get(address).status_code == 404, address
        assert browser_client.post(address, {"form": "x"}).status_code == 404, address
    # A form is good for the answer of its own page only.
    form = token_of(browser_client.get(link(campaign, reader)))
    for address in (link(campaign, other), link(campaign, reader, 2)):
        assert "has expired" in browser_client.post(address, {"form": form}).content.decode()
    assert stored() == []


def test_mails_of_tests_and_pages_of_everybody_lead_to_pages_that_ask_nothing(browser_client):
    for token, title in (("test", "test"), ("readers", "Only recipients can answer")):
        page = browser_client.get(f"/q/{token}/question/1").content.decode()
        assert title in page
        assert "<button" not in page


def test_in_the_browser_and_in_the_archive_the_answers_lead_nowhere_where_somebody_could_answer(browser_client, tmp_path):
    campaign, [reader] = begun(tmp_path / "issue", 1)
    viewed = browser_client.get(f"/v/{tokens.view_token(reader.pk, campaign.pk)}").content.decode()
    assert re.findall(r'href="[^"]*/q/(\w+)/question/\d"', viewed) == ["readers"] * 3
    campaign.lists.update(archive="public")
    Campaign.objects.filter(pk=campaign.pk).update(state="sent", finished_at=clock.now())
    home = f"/archive/news/{campaign.version.issue.slug}/"
    assert re.findall(r'href="[^"]*/q/(\w+)/question/\d"', browser_client.get(f"{home}mail").content.decode()) == ["readers"] * 3
    page = browser_client.get(f"{home}?text=whole").content.decode()
    assert "<li>Partly</li>" in page
    assert "/q/" not in page


def test_a_closed_question_takes_no_answer_and_its_counts_stay(browser_client, tmp_path, monkeypatch):
    campaign, [reader, late] = begun(tmp_path / "issue", 2)
    give(browser_client, link(campaign, reader))
    form = token_of(browser_client.get(link(campaign, late)))
    assert questions.close(audit.system(), campaign, "question")
    assert not questions.close(audit.system(), campaign, "question")
    answer = browser_client.post(link(campaign, late), {"form": form})
    assert (answer.status_code, "This question is closed" in answer.content.decode()) == (409, True)
    assert "This question is closed" in browser_client.get(link(campaign, reader, 2)).content.decode()
    assert stored() == [1]


def test_a_question_closes_thirty_days_after_its_campaign_began_or_a_welcome_ended(browser_client, tmp_path):
    campaign, [reader] = begun(tmp_path / "issue", 1)
    long_ago = clock.now() - timedelta(days=30, minutes=1)
    Campaign.objects.filter(pk=campaign.pk).update(started_at=long_ago, welcome_to=people.make_list())
    assert "This question is closed" not in browser_client.get(link(campaign, reader)).content.decode()
    assert questions.close_due(clock.now() - questions.OPEN_FOR) == 0
    Campaign.objects.filter(pk=campaign.pk).update(finished_at=long_ago)
    assert "This question is closed" in browser_client.get(link(campaign, reader)).content.decode()
    assert asked.question_of(campaign).key is not None, "the worker has not come by yet"
    assert questions.close_due(clock.now() - questions.OPEN_FOR) == 1
    assert asked.question_of(campaign).key is None


def test_an_erased_person_cannot_answer_and_what_they_answered_is_nobodys(browser_client, tmp_path):
    campaign, [reader, _] = begun(tmp_path / "issue", 2)
    give(browser_client, link(campaign, reader))
    before = MailAnswer.objects.get().voter
    erasing.erase(audit.system(), reader)
    assert UNKNOWN in browser_client.get(link(campaign, reader, 2)).content.decode()
    assert stored() == [1]
    assert MailAnswer.objects.get().voter != before


def test_a_merged_person_answers_by_the_link_of_the_mail_that_they_got(browser_client, tmp_path):
    campaign, [reader, other] = begun(tmp_path / "issue", 2)
    give(browser_client, link(campaign, reader))
    merging.merge(audit.system(), other, reader)
    give(browser_client, link(campaign, reader, 2))
    assert stored() == [2]


def test_only_people_who_agreed_are_named_and_the_page_says_so_before(browser_client, tmp_path):
    campaign, [named, unnamed] = begun(tmp_path / "issue", 2, 1, measuring="individual")
    assert "kept with your name" in browser_client.get(link(campaign, named)).content.decode()
    assert "without your name" in browser_client.get(link(campaign, unnamed)).content.decode()
    for reader in (named, unnamed):
        give(browser_client, link(campaign, reader, 2))
    assert [*NamedAnswer.objects.values_list("subscriber_id", "answer")] == [(named.pk, 2)]
    assert MailAnswer.objects.count() == 1
    form = token_of(browser_client.get(link(campaign, named, 3)))
    measuring_consent.withdraw(audit.subscriber(), named, source="preferences", proof=Proof.MAIL_LINK)
    assert not NamedAnswer.objects.exists()
    assert "has expired" in browser_client.post(link(campaign, named, 3), {"form": form}).content.decode()
    give(browser_client, link(campaign, named, 3))
    assert stored() == [2, 3], "the answer without a name is still theirs to change"


def test_with_the_policy_off_again_nobody_is_named(browser_client, tmp_path):
    campaign, [reader] = begun(tmp_path / "issue", 1, 1, measuring="individual")
    give(browser_client, link(campaign, reader))
    profile.change_profile(audit.system(), policies={"measuring": "off"})
    give(browser_client, link(campaign, reader, 2))
    assert not NamedAnswer.objects.exists()
    assert stored() == [2]
