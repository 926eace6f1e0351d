"""The mail of a notice: a button in the publication's colours, and a text part that can stand alone, in both languages."""

import re
from datetime import timedelta

import pytest

from campaigns.sending import single_mails
from composer import preflight
from composer.issue.document import Footer
from composer.themes.page_design import NEUTRAL
from composer.themes.theme_loading import load_theme
from editorial.models import IssueVersion
from publication import audit, clock
from publication.models import Publication, Sender
from subscribers import mailing_lists, tokens
from subscribers.consent import address_changes, subscriptions, suppressions
from subscribers.models import MailingList, Notice, Subscriber, Subscription
from tests.composer.making import issue_of
from tests.support import people
from tests.support.variations import first
from tests.web.public.forms import form_of
from worker import single_sender
from worker.notice_mail import envelope_of_notice, render_notice

pytestmark = pytest.mark.django_db
LINK = "https://newsletter.example.org/c/abcdefghijklmnopqrstuvwxyz0123456789"
LEAVE = "https://newsletter.example.org/u/abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = {"en": "Confirm subscription", "zh-Hans": "确认订阅"}
# What only a composed issue has, and the address that is shown next to the button on purpose.
_OF_ISSUES = {"preheader", "preheader-length", "preheader-filler", "text-parity", "unsubscribe", "tokens", "merge", "link-bare"}


@pytest.fixture
def news() -> MailingList:
    Publication.objects.update_or_create(pk=1, defaults={"name": "Tides & Winds", "postal_address": "Street 1\nCity"})
    made = people.make_list()
    MailingList.objects.filter(pk=made.pk).update(name="News & more")
    made.refresh_from_db()
    return made


def of_list(mailing_list: MailingList, language: str, purpose: str = "confirm") -> tuple[str, str, str]:
    mailing_list.language = language
    return render_notice(purpose, mailing_list, LINK, leave=LEAVE)


@pytest.mark.parametrize("language", WORDS)
def test_a_confirmation_has_a_button_and_a_text_part_with_the_link_on_its_own_line(news, language):
    subject, html, text = of_list(news, language)
    assert "News & more" in subject
    assert "\n" not in subject
    button = re.search(r'<td class="button".*?<a class="label" href="([^"]+)"[^>]*>([^<]+)</a>', html, re.DOTALL)
    assert button
    assert (button[1], button[2]) == (LINK, WORDS[language])
    assert LINK in text.splitlines()
    assert "Tides & Winds" in text
    assert "Street 1" in text
    assert "News &amp; more" in html
    assert f'lang="{language}" dir="ltr"' in html
    assert "<img" not in html, "a mail to somebody who has not agreed yet loads nothing"
    assert len(html.encode()) < 8_000


@pytest.mark.parametrize("language", ["", "en", "zh-CN", "zh-Hans", "xx", "no such language"])
def test_any_language_of_a_list_gives_a_whole_mail(news, language):
    for part in of_list(news, language):
        assert not re.search(r"\bNone\b|\{\{|\{%|%\(\w+\)s", part)
    chinese = language.startswith("zh")
    assert ("确认订阅" in of_list(news, language)[1]) == chinese


def test_a_list_without_a_language_uses_that_of_the_publication(news):
    Publication.objects.update(language="zh-Hans")
    assert "确认订阅" in of_list(news, "")[1]


def test_the_colours_are_those_of_the_newest_issues_theme_in_light_and_dark(news):
    assert NEUTRAL.light.accent in of_list(news, "en")[1], "there is no issue yet"
    version = people.make_version()
    IssueVersion.objects.filter(pk=version.pk).update(theme="journal")
    html = of_list(news, "en")[1]
    page = load_theme("journal").settings["tones"]["page"]
    assert f'bgcolor="{page["light"]["accent"]}"' in html
    assert page["dark"]["accent"] in html.partition("prefers-color-scheme: dark")[2].partition("</style>")[0]
    IssueVersion.objects.filter(pk=version.pk).update(theme="removed")
    assert NEUTRAL.light.accent in of_list(news, "en")[1], "a missing theme does not stop the mail"


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("theme", first(["bulletin", "cast", "journal", "plain", "removed"]))
@pytest.mark.parametrize("purpose", ["confirm", "already_subscribed", "welcome"])
def test_the_pre_send_checks_find_nothing_in_a_notice(news, theme, language, purpose):
    version = people.make_version()
    IssueVersion.objects.filter(pk=version.pk).update(theme=theme)
    subject, html, text = of_list(news, language, purpose)
    issue = issue_of(language=language, subject=subject, footer=Footer("About us.", "Street 1"))
    mail = preflight.Mail(subject, issue.preheader, html, text, issue, load_theme("cast"), plainest_html=html)
    findings = [finding for finding in preflight.inspect(mail) if finding.level != "info" and finding.code not in _OF_ISSUES]
    assert [(finding.code, finding.params) for finding in findings] == []


@pytest.mark.parametrize("purpose", ["person", "old_address", "new_address"])
@pytest.mark.parametrize("language", WORDS)
def test_the_other_notices_have_a_button_a_text_part_and_no_finding(news, purpose, language):
    subject, html, text = render_notice(purpose, None, LINK, language)
    assert re.search(r'<td class="button".*?<a class="label" href="([^"]+)"', html, re.DOTALL)[1] == LINK
    assert LINK in text.splitlines()
    assert "Tides & Winds" in text
    assert f'lang="{language}" dir="ltr"' in html
    assert "<img" not in html
    issue = issue_of(language=language, subject=subject, footer=Footer("About us.", "Street 1"))
    mail = preflight.Mail(subject, issue.preheader, html, text, issue, load_theme("cast"), plainest_html=html)
    findings = [finding for finding in preflight.inspect(mail) if finding.level != "info" and finding.code not in _OF_ISSUES]
    assert [(finding.code, finding.params) for finding in findings] == []


def test_a_welcome_has_links_and_headers_to_leave_its_list_and_no_other(client, news):
    person = people.make_people(1, news)[0]
    notice = Notice.objects.create(purpose="welcome", token="1", subscriber=person, list=news, address=person.address)
    envelope = envelope_of_notice(notice, people.make_sender())
    assert envelope.subject == "Welcome to News & more"
    leave = tokens.leave_list_token(person.pk, news.pk)
    for path, token in (("p", tokens.preferences_token(person.pk)), ("u", leave)):
        assert f"/{path}/{token}" in envelope.html
        assert [line for line in envelope.text.splitlines() if line.endswith(f"/{path}/{token}")]
    assert "Reader 0" not in envelope.html + envelope.text
    assert envelope.headers["List-Unsubscribe"].startswith("<http"), "nobody reads a mailbox"
    assert envelope.headers["List-Unsubscribe"].endswith(f"/u/{leave}>")
    assert envelope.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    Subscription.objects.update(confirmed_at=clock.now())
    other = mailing_lists.create_list(audit.system(), "other", "Other")
    subscriptions.add_confirmed(audit.system(), other, person.address, consent="yes")
    assert "Unsubscribe from News" in client.get(f"/u/{leave}").content.decode()
    assert client.post(f"/u/{leave}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert dict(person.subscription_set.values_list("list__slug", "state")) == {"news": "unsubscribed", "other": "confirmed"}
    undo = form_of(client.get(f"/u/{leave}"), "undo")
    client.post(f"/u/{leave}", undo)
    assert person.subscription_set.get(list=news).state == "confirmed"


@pytest.mark.parametrize(
    ("of_request", "of_person", "expected"),
    [("zh-Hans", "", "zh"), ("zh-Hans", "en", "zh"), ("", "zh-Hans", "zh"), ("", "", "en")],
)
@pytest.mark.parametrize("purpose", ["confirm", "already_subscribed", "welcome", "person", "old_address", "new_address"])
def test_a_mail_is_in_the_language_of_its_request_else_in_that_of_the_person(news, purpose, of_request, of_person, expected):
    person = people.make_people(1, news)[0]
    person.language = of_person
    parameters = {"subscription": person.subscription_set.get().pk, "change": 1, "language": of_request}
    about = {"list": news, "address": person.address, "created_at": clock.now()}
    notice = Notice(purpose=purpose, subscriber=person, parameters=parameters, **about)
    envelope = envelope_of_notice(notice, people.make_sender())
    assert f'<html lang="{"zh-Hans" if expected == "zh" else "en"}"' in envelope.html
    assert bool(re.search("[一-鿿]", envelope.subject)) == (expected == "zh")


def test_a_welcome_is_in_the_language_of_the_confirmation(news):
    MailingList.objects.update(welcome=True)
    asked = subscriptions.subscribe(audit.subscriber(), news, "ana@people.example", consent="yes", mail_language="zh-Hans")
    subscriptions.confirm(audit.subscriber(), asked)
    assert Notice.objects.get(purpose="welcome").parameters["language"] == "zh-Hans"


def test_nothing_that_the_subscriber_typed_is_in_the_mail(news):
    """A name typed by a stranger would be a way to send advertising through the sign-up form."""
    subscriptions.subscribe(audit.subscriber(), news, "ana@people.example", name="Buy <now>", consent="yes")
    sender: Sender = people.make_sender()
    envelope = envelope_of_notice(Notice.objects.get(), sender)
    assert "Buy" not in envelope.subject + envelope.html + envelope.text
    assert envelope.headers == {"Auto-Submitted": "auto-generated"}
    link = re.search(r"https?://\S+/c/[\w-]+", envelope.text)
    assert link
    assert link[0] in envelope.html


@pytest.mark.parametrize("purpose", ["person", "confirm", "welcome", "old_address"])
def test_a_mail_that_a_worker_holds_is_dropped_if_the_person_got_another_address(news, purpose):
    person = people.make_people(1, news)[0]
    if purpose == "confirm":
        Subscription.objects.update(state="pending")
    notice = Notice.objects.create(
        purpose=purpose, token="1", subscriber=person, list=news, address=person.address,
        parameters={"subscription": person.subscription_set.get().pk, "change": 1},
    )  # fmt: skip
    people.make_sender()
    claim = single_mails.claim()
    assert single_sender._notice_body(single_mails.load(claim), claim)
    address_changes.move(audit.system(), person, "new@other.example", source="cli", proof="statement", statement="by phone")
    notice.refresh_from_db()
    assert notice.state == "claimed"
    assert single_sender._notice_body(single_mails.load(claim), claim) is None


@pytest.mark.parametrize(
    ("purpose", "then"),
    [
        ("confirm", "confirm"), ("confirm", "leave"), ("confirm", "expire"), ("welcome", "leave"),
        ("already_subscribed", "leave"), ("already_subscribed", "pause"), ("already_subscribed", "bounce"),
    ],
)  # fmt: skip
def test_a_mail_that_a_worker_holds_is_dropped_if_the_person_confirmed_or_left(news, purpose, then):
    asked = subscriptions.subscribe(audit.subscriber(), news, "ana@people.example", consent="yes")
    people.make_sender()
    if purpose == "welcome":
        MailingList.objects.update(welcome=True)
        asked = subscriptions.confirm(audit.subscriber(), Subscription.objects.get())
        Notice.objects.filter(purpose="confirm").delete()
    if purpose == "already_subscribed":
        subscriptions.confirm(audit.subscriber(), asked)
        subscriptions.subscribe(audit.subscriber(), news, "ana@people.example", consent="yes")
        Notice.objects.filter(purpose="confirm").delete()
    claim = single_mails.claim()
    assert single_sender._notice_body(single_mails.load(claim), claim)
    match then:
        case "pause":
            Subscriber.objects.update(paused_until=clock.now() + timedelta(days=1))
        case "bounce":
            suppressions.suppress(audit.system(), "ana@people.example", "soft_bounces")
        case "confirm":
            subscriptions.confirm(audit.subscriber(), Subscription.objects.get())
        case "leave":
            subscriptions.unsubscribe(audit.subscriber(), asked.subscriber_id, how="page")
        case "expire":
            Subscription.objects.all().delete()
    assert Notice.objects.get().state == "claimed"
    assert single_sender._notice_body(single_mails.load(claim), claim) is None


def test_somebody_who_left_and_asks_again_gets_the_mail(news):
    person = people.make_people(1, news)[0]
    people.make_sender()
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="page")
    subscriptions.subscribe(audit.subscriber(), news, person.address or "", consent="yes")
    claim = single_mails.claim()
    assert single_sender._notice_body(single_mails.load(claim), claim)
