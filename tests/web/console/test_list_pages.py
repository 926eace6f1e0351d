"""Lists in the console: numbers, creating and changing, the form, the archive, deleting, and requests that wait."""

import re
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.test import Client

from campaigns.models import Campaign
from editorial.models import IssueRecord, IssueVersion
from publication import audit, clock
from publication.models import Audit, Publication
from subscribers import mailing_lists
from subscribers.consent import confirmations, subscriptions, suppressions
from subscribers.models import ConsentRecord, MailingList, Notice, Subscriber, Subscription, Suppression
from subscribers.segments.stored_counts import AUDIENCE
from subscribers.sign_up import list_traffic
from tests.support import archives, issues, people
from tests.support.staff_tabs import unchanged
from tests.web.conftest import RIGHTS, make_staff

pytestmark = pytest.mark.django_db
MANAGER = (
    "subscribers.view_mailinglist", "subscribers.add_mailinglist", "subscribers.change_mailinglist", "subscribers.delete_mailinglist",
)  # fmt: skip


@pytest.fixture
def news(db) -> MailingList:
    return mailing_lists.create_list(audit.system(), "news", "CAST Newsletter", language="en", sign_up="open")


def ask(mailing_list: MailingList, address: str) -> Subscription:
    return subscriptions.subscribe(audit.subscriber(), mailing_list, address, name="Mei Lin", source="form", consent="I want it")


def mails_to(person: Subscriber) -> QuerySet[Notice]:
    return Notice.objects.filter(subscriber=person)


def settings_of(news: MailingList, **changed: str) -> dict[str, str]:
    """What a browser posts for a list that is open."""
    return {"name": news.name, "description": news.description, "language": news.language, "sign_up": news.sign_up} | changed


def test_the_page_of_lists_shows_the_people_of_each_by_state(console, news):
    people.make_people(3, news)
    ask(news, "mei@people.example")
    page = console.get("/console/lists/").content.decode()
    row = re.search(rf"<tr><th scope=\"row\"><a href=\"/console/lists/{news.pk}/\">.*?</tr>", page, re.DOTALL)[0]
    assert re.findall(
        r'data-label="(?:Not confirmed yet|Confirmed|Unsubscribed)"(?: class="quiet")?>(?:<a [^>]*>)?(\d+)', row
    ) == ["1", "3", "0"]
    assert f'href="/console/lists/{news.pk}/requests/"' in row
    assert "Count now" not in page
    suppressions.suppress(audit.system(), Subscriber.objects.first().address, Suppression.Reason.MANUAL, "asked")
    AUDIENCE.make(timedelta(seconds=5))
    assert 'data-label="Suppressed or paused">1<' in console.get("/console/lists/").content.decode()
    subscriptions.unsubscribe(audit.subscriber(), Subscriber.objects.first().pk, how="one-click")
    page = console.get(f"/console/lists/{news.pk}/").content.decode()
    assert "<dt>unsubscribed</dt><dd>1</dd>" in page
    month = f"{clock.now():%Y-%m}"
    assert f"<title>{month} · joined · 3</title>" in page
    assert f"<title>{month} · one click in the mail program · 1</title>" in page
    assert 'style="' not in page


def test_a_list_is_created_with_texts_for_each_language_and_readers_see_theirs(console, client):
    page = console.get("/console/lists/new/").content.decode()
    assert 'name="name-zh-Hans"' in page
    typed = {
        "name": "科学通讯",
        "language": "zh-Hans",
        "sign_up": "open",
        "name-en": "Science news",
        "name-zh-Hans": "own language",
    }
    answer = console.post("/console/lists/new/", typed | {"slug": "科学"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'<input id="id_slug"[^>]* required aria-invalid="true"', page)
    assert 'value="Science news"' in page
    answer = console.post("/console/lists/new/", typed | {"slug": "science"})
    created = MailingList.objects.get()
    assert answer.headers["Location"] == f"/console/lists/{created.pk}/"
    assert created.texts == {"en": {"name": "Science news", "description": ""}}
    again = console.post("/console/lists/new/", typed | {"slug": "science"})
    assert again.headers["Location"] == answer.headers["Location"], "a doubled click"
    assert MailingList.objects.count() == 1
    given = settings_of(created, **{"name-en": "Science letter", "description-en": "Monthly", "welcome": "1"})
    assert console.post(f"/console/lists/{created.pk}/edit/", given).status_code == 302
    for language, name in (("en", "“Science letter”"), ("zh-hans", "《科学通讯》")):
        page = client.get(f"/subscribe/science/?language={language}").content.decode()
        assert name in page, "the sentence that people agree to names the list as they see it"
    line = Audit.objects.filter(verb="change_list").last()
    assert line.detail["before"]["welcome"] is False
    assert line.detail["after"]["texts"]["en"] == {"name": "Science letter", "description": "Monthly"}


def test_a_list_page_that_is_out_of_date_undoes_nothing_and_a_second_click_leaves_no_line(console, news):
    page = f"/console/lists/{news.pk}/edit/"
    old = unchanged(console.get(page), page)
    mailing_lists.change_list(audit.system(), "news", sign_up="closed", description="Monthly")
    for _ in range(2):
        console.post(page, old | {"name": "Newer", "name-zh-Hans": "新"})
    news.refresh_from_db()
    assert (news.name, news.sign_up, news.description, news.texts["zh-Hans"]["name"]) == ("Newer", "closed", "Monthly", "新")
    assert Audit.objects.filter(verb="change_list").count() == 2
    assert Audit.objects.filter(verb="change_list").latest("id").detail["after"] == {"name": "Newer", "texts": news.texts}
    wrong = console.post(page, old | {"name": ""})
    assert unchanged(wrong, page)["stored.sign_up"] == ["open"], "the page still says what it was made with"


def test_what_is_wrong_with_a_list_is_said_and_what_was_typed_stays(console, news):
    for given, problem in (
        ({"name": "", "slug": "x", "description": "kept text"}, "Write the name in one line"),
        ({"name": "Other", "slug": "News!", "description": "kept text"}, "Write the short name with"),
        ({"name": "Other", "slug": "news", "description": "kept text"}, "already a list with this short name"),
        ({"name": "Other", "slug": "other", "description": "kept text", "sign_up": "all"}, "Choose who can subscribe"),
        ({"name": "N" * 201, "slug": "other", "description": "kept text"}, "A text is too long"),
    ):
        answer = console.post("/console/lists/new/", {"sign_up": "closed", "language": "en"} | given)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert problem in page
        assert "kept text" in page
    assert MailingList.objects.count() == 1
    assert console.post("/console/lists/new/", {"name": "2027 Science News", "sign_up": "closed"}).status_code == 302
    assert MailingList.objects.last().slug == "2027-science-news"
    # Of a Chinese name, too; nobody needs to type a short name.
    names = ("2027 年员工简报", "科学通讯", "高能所", "同步辐射")
    for name in names:
        assert console.post("/console/lists/new/", {"name": name, "sign_up": "closed"}).status_code == 302
    made = [MailingList.objects.get(name=name).slug for name in names]
    assert made == ["2027-staff-newsletter", "science-newsletter", "list", "list-2"]
    answer = console.post(f"/console/lists/{news.pk}/edit/", settings_of(news, **{"name-zh-Hans": "第一\u202e行"}))
    assert answer.status_code == 422
    assert "第一" in answer.content.decode()


def test_the_form_to_embed_is_shown_with_its_code_unless_the_list_is_closed(console, news):
    page = console.get(f"/console/lists/{news.pk}/form/?language=zh-Hans").content.decode()
    assert '<div class="embedded" inert><form method="post"' in page
    assert "&lt;form method=&quot;post&quot;" in page
    assert "邮箱" in page
    assert '<a href="?language=zh-Hans" lang="zh-Hans" aria-current="page">' in page
    mailing_lists.change_list(audit.system(), "news", sign_up="closed")
    page = console.get(f"/console/lists/{news.pk}/form/").content.decode()
    assert "<textarea" not in page


def test_a_list_that_nobody_used_is_deleted_and_another_one_says_what_prevents_it(console, campaign):
    unused = mailing_lists.create_list(audit.system(), "tryout", "Tryout")
    assert "Delete the list “Tryout”?" in console.get(f"/console/lists/{unused.pk}/delete/").content.decode()
    assert console.post(f"/console/lists/{unused.pk}/delete/").status_code == 302
    assert not MailingList.objects.filter(slug="tryout").exists()
    assert console.post(f"/console/lists/{unused.pk}/delete/").status_code == 404, "a doubled click"
    used = campaign.lists.get()
    mailing_lists.change_list(audit.system(), used.slug, sign_up="open")
    page = console.get(f"/console/lists/{used.pk}/delete/").content.decode()
    assert "10 people are or were on it." in page
    assert f'href="/console/campaigns/{campaign.pk}/"' in page
    assert "Close the list for sign-up" in page
    assert console.post(f"/console/lists/{used.pk}/delete/").status_code == 422, "a stale page"
    console.post(f"/console/lists/{used.pk}/delete/", {"action": "close"})
    used.refresh_from_db()
    assert used.sign_up == "closed"
    assert "The list is closed" in console.get(f"/console/lists/{used.pk}/delete/").content.decode()


def test_an_issue_leaves_archive_feed_and_sitemap_and_comes_back(console, client, news, tmp_path):
    archives.send(issues.two_languages(tmp_path / "issue"), archives.open_list("news"))
    page = console.get(f"/console/lists/{news.pk}/archive/").content.decode()
    slug = re.search(r'name="issue" value="([^"]+)"', page)[1]
    public = ("/archive/news/", "/archive/news/feed.xml", "/sitemap.xml")
    assert all(slug in client.get(address).content.decode() for address in public)
    console.post(f"/console/lists/{news.pk}/archive/", {"action": "take-off", "issue": slug})
    assert not any(slug in client.get(address).content.decode() for address in public)
    assert client.get(f"/archive/news/{slug}/").status_code == 404
    assert "taken off by staff" in console.get(f"/console/lists/{news.pk}/archive/").content.decode()
    console.post(f"/console/lists/{news.pk}/archive/", {"action": "put-back", "issue": slug})
    assert all(slug in client.get(address).content.decode() for address in public)
    assert [line.detail["after"] for line in Audit.objects.filter(verb="show_in_archive").order_by("id")] == ["withheld", "usual"]
    console.post(f"/console/lists/{news.pk}/archive/", {"action": "visibility", "visibility": "off"})
    assert client.get("/archive/news/").status_code == 404


def test_requests_are_sent_again_refused_and_added_with_a_document(console, news):
    console.force_login(make_staff("manager", *RIGHTS))
    before = clock.now() - timedelta(days=2)
    clock.move(lambda: before)
    asked = [ask(news, f"{name}@people.example") for name in ("again", "refused", "added")]
    clock.move(None)
    again, refused, added = asked
    address = f"/console/lists/{news.pk}/requests/"
    page = console.get(address).content.decode()
    assert "again@people.example" in page
    console.post(address, {"action": "again", "request": [again.pk]})
    assert Notice.objects.filter(subscriber=again.subscriber, state="planned").count() == 2
    assert "Not sent" in console.post(address, {"action": "again", "request": [again.pk]}, follow=True).content.decode()
    console.post(address, {"action": "refuse", "request": [refused.pk]})
    assert not Subscription.objects.filter(pk=refused.pk).exists()
    assert Notice.objects.get(subscriber=refused.subscriber).state == "skipped"
    page = console.post(address, {"action": "refuse", "request": [refused.pk]}, follow=True).content.decode()
    assert "Requests that were refused: 0." in page
    one = f"{address}{added.pk}/"
    assert console.post(one, {"where": "by letter", "day": "2099-01-01", "document": "folder 7"}).status_code == 422
    assert "by letter" in console.post(one, {"where": "by letter"}).content.decode()
    console.post(one, {"where": "by letter", "day": "2026-03-02", "document": "folder 7"})
    added.refresh_from_db()
    assert added.state == "confirmed"
    line = ConsentRecord.objects.filter(subscriber_id=added.subscriber_id).last()
    assert (line.act, line.proof, line.wording.text) == ("added", "statement", "by letter; 2026-03-02; folder 7")
    assert console.get(one).status_code == 302, "it does not wait any more"
    assert not any("people.example" in str(line.detail) for line in Audit.objects.all())


def test_a_refused_person_is_erased_if_nothing_else_is_known_of_them_and_may_ask_again(console, news):
    console.force_login(make_staff("manager", *RIGHTS))
    address, other = f"/console/lists/{news.pk}/requests/", mailing_lists.create_list(audit.system(), "other", "Other")
    for name, change, is_erased in (
        ("nothing", lambda person: mails_to(person).update(state="accepted"), True),
        ("other", lambda person: ask(other, person.address), False),
        ("mailed", lambda person: mails_to(person).update(purpose="person"), False),
        ("known", lambda person: Subscriber.objects.filter(pk=person.pk).update(attributes={"unit": "CAST"}), False),
        ("suppressed", lambda person: suppressions.suppress(audit.system(), person.address, "complaint"), False),
    ):
        request = ask(news, f"{name}@people.example")
        change(request.subscriber)
        page = console.post(address, {"action": "refuse", "request": [request.pk]}, follow=True).content.decode()
        assert ("their data is erased" in page, "record stays" in page) == (is_erased, not is_erased), name
        person = Subscriber.objects.get(pk=request.subscriber_id)
        assert ((person.address is None), person.erased_at is not None) == (is_erased, is_erased), name
    assert suppressions.reason_for("nothing@people.example") is None, "staff may add them"
    assert confirmations.sent_to(ask(news, "nothing@people.example").subscriber, clock.now()).unanswered == 2, (
        "the limit counts on"
    )


def test_nobody_is_added_who_is_suppressed_and_staff_without_the_right_see_masked_addresses(console, client, news):
    asked = ask(news, "mei@people.example")
    suppressions.suppress(audit.system(), "mei@people.example", Suppression.Reason.COMPLAINT)
    one = f"/console/lists/{news.pk}/requests/{asked.pk}/"
    answer = console.post(one, {"where": "by letter", "day": "2026-03-02", "document": "folder 7"})
    assert "Nothing may be mailed to this address: it is suppressed." in answer.content.decode()
    client.force_login(make_staff("viewer", "subscribers.view_subscription", "subscribers.view_mailinglist"))
    page = client.get(f"/console/lists/{news.pk}/requests/").content.decode()
    assert "mei@people.example" not in page
    assert "Mei Lin" not in page
    assert client.post(f"/console/lists/{news.pk}/requests/", {"action": "refuse", "request": asked.pk}).status_code == 403


def test_held_requests_are_explained_and_released_or_discarded_after_a_question(console, news):
    list_traffic._hold(audit.subscriber(), news, 500, 1.0)
    for name in ("one", "two"):
        ask(news, f"{name}@people.example")
    assert "have been waiting since" in console.get("/console/lists/").content.decode()
    address = f"/console/lists/{news.pk}/requests/"
    assert "2 confirmation mails wait." in console.get(address).content.decode()
    assert "Send 2 confirmation mails, and let new requests through?" in console.get(f"{address}?decide=release").content.decode()
    console.post(address, {"action": "release"})
    assert Notice.objects.filter(state="planned").count() == 2
    news.refresh_from_db()
    assert news.requests_held_at is None
    assert (
        "Confirmation mails that are on their way: 0."
        in console.post(address, {"action": "release"}, follow=True).content.decode()
    )


def test_somebody_who_may_only_look_gets_no_buttons_and_cannot_change(client, news):
    client.force_login(make_staff("auditor-like", "subscribers.view_mailinglist"))
    for page in ("", "form/", "archive/"):
        html = client.get(f"/console/lists/{news.pk}/{page}").content.decode()
        assert "/edit/" not in html
        assert "/delete/" not in html
    assert client.get("/console/lists/").status_code == 200
    for page in ("edit/", "delete/", "archive/"):
        assert (
            client.post(f"/console/lists/{news.pk}/{page}", {"action": "visibility", "visibility": "public"}).status_code == 403
        )
    client.force_login(make_staff("manager-like", *MANAGER))
    assert client.get(f"/console/lists/{news.pk}/edit/").status_code == 200


def test_a_publisher_chooses_an_issue_as_the_welcome_and_everybody_sees_how_many_got_it(console, news, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    page = f"/console/lists/{news.pk}/welcome/"
    assert "No issue has a version to send yet" in console.get(page).content.decode()
    version = people.make_version()
    IssueRecord.objects.update(current=version)
    sender = people.make_sender()
    assert console.post(page, {"kind": "issue", "version": ""}).status_code == 422
    chosen = {"kind": "issue", "version": str(version.pk), "sender": str(sender.pk)}
    assert console.post(page, chosen).status_code == 302
    assert console.post(page, chosen).status_code == 302, "a doubled click"
    campaign = Campaign.objects.get()
    subscriptions.confirm(audit.subscriber(), ask(news, "mei@people.example"))
    shown = console.get(page).content.decode()
    assert "1 more person has just confirmed" in shown
    assert f'src="/console/versions/{version.pk}/mail"' in shown
    assert f'href="/console/campaigns/{campaign.pk}/report/"' in shown
    newer = people.make_version(text="Newer")
    IssueRecord.objects.update(current=newer)
    assert "has a newer version" in console.get(page).content.decode()
    assert console.post(page, chosen).status_code == 422, "what was chosen is not the newest any more"
    newest = chosen | {"version": str(newer.pk)}
    params = {"fore": "#777777", "back": "#888888", "ratio": "1.2", "wanted": "4.5", "words": "pale"}
    finding = {"code": "contrast", "level": "error", "file": "cast/issue.mjml.j2", "line": None, "params": params}
    IssueVersion.objects.filter(pk=newer.pk).update(findings=[finding])
    assert "The pre-send checks found errors: contrast." in console.post(page, newest).content.decode()
    IssueVersion.objects.filter(pk=newer.pk).update(findings=[])
    Publication.objects.update_or_create(pk=1, defaults={"policies": {"approvals": "1"}})
    refused = console.post(page, newest)
    assert (refused.status_code, "has to be approved first" in refused.content.decode()) == (422, True)
    manager = Client()
    manager.force_login(make_staff("lists", *MANAGER))
    assert 'name="kind"' not in manager.get(page).content.decode()
    assert manager.post(page, {"kind": "none"}).status_code == 403
    assert console.post(page, {"kind": "standard"}).status_code == 302
    assert "The standard text: " in console.get(page).content.decode()
    console.post(page, {"kind": "none"})
    news.refresh_from_db()
    assert (news.welcome, news.welcome_campaign) == (False, None)
