"""Home: what waits for the person who looks, what is under way, and the first steps of a new installation."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from campaigns import states
from campaigns.models import Campaign, Delivery, Slice
from campaigns.reporting.results import campaign_totals
from editorial import issue_versions
from editorial.models import IssueEdit, IssueRecord, IssueVersion, Review, ReviewRequest
from editorial.review import decisions, requests
from editorial.sources import edits, issue_state
from publication import audit, clock, profile
from publication.models import Publication
from subscribers.consent import subscriptions, suppressions
from subscribers.importing.runs import kept_files
from subscribers.models import ImportRun, MailingList, Notice, Subscriber
from tests.editorial.review.test_decisions import FILE, SOURCE, account
from tests.support import people
from tests.support.sources import import_source
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
HOME = "/console/"


def client_of(name: str, role: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=account(name, role).user_id))
    return client


def text(client: Client) -> str:
    page = client.get(HOME)
    assert page.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def make_issue(slug: str, title: str = "News") -> IssueVersion:
    record = import_source({FILE: SOURCE}, slug, title)
    return issue_versions.store_head(audit.system(), record).version


def ask(version: IssueVersion, name: str, **more) -> Review:
    review = Review.objects.create(version=version, actor=audit.system(), **more)
    ReviewRequest.objects.create(review=review, account=User.objects.get(username=name))
    return review


def test_a_review_waits_for_the_person_who_was_asked_until_they_decide(db):
    wei, ana = client_of("wei", "proofreader"), client_of("ana", "proofreader")
    version = make_issue("news-1")
    IssueRecord.objects.update(title="Light & <b>Sound</b>")
    ask(version, "wei", due_at=clock.now() + timedelta(days=1), note="Only the dates.")
    shown = text(wei)
    assert re.search("Review “Light & <b>Sound</b>, no. [^”]+”", shown)
    assert "Only the dates." in shown
    assert re.search(r"due \S+ \d\d:\d\d ", shown)
    assert "Nothing waits for you." in text(ana)
    decisions.approve(audit.staff(User.objects.get(username="wei")), version)
    assert "Nothing waits for you." in text(wei)


def test_the_most_urgent_review_comes_first_and_a_late_one_says_so(db):
    wei = client_of("wei", "proofreader")
    now = clock.now()
    for slug, due in (("a-1", None), ("b-1", now + timedelta(days=2)), ("c-1", now - timedelta(days=2))):
        version = make_issue(slug)
        IssueRecord.objects.filter(slug=slug).update(title=f"issue {slug}")
        ask(version, "wei", due_at=due)
    shown = text(wei)
    assert re.findall(r"Review “issue (\w)-1, no", shown) == ["c", "b", "a"]
    assert "was due" in shown


def test_a_review_that_ended_waits_for_nobody(db):
    wei = client_of("wei", "proofreader")
    ask(make_issue("news-1"), "wei", ended_at=clock.now())
    assert "Nothing waits for you." in text(wei)


def test_holds_and_uncertain_recipients_wait_for_those_who_may_act(sending):
    publisher, author = client_of("wei", "publisher"), client_of("ana", "editor")
    Slice.objects.filter(campaign=sending, state="unknown").update(state="held")
    states.hold_campaign(audit.system(), sending.pk, "quota")
    shown = text(publisher)
    assert "on hold: quota" in shown
    assert "It is not known whether 4 recipients got the mail." in shown
    Slice.objects.filter(campaign=sending, state="planned").update(state="unknown")
    assert "Evidence may still come for 2 more." in text(publisher), "the campaign's page counts them as uncertain, too"
    assert f"/console/campaigns/{sending.pk}/uncertain/" in publisher.get(HOME).content.decode()
    assert "on hold: quota" not in text(author)


def test_what_is_being_sent_shows_live_numbers_and_renews_itself_alone(sending):
    publisher = client_of("wei", "publisher")
    page = publisher.get(HOME).content.decode()
    assert 'data-renew="/console/sending/"' in page
    assert "accepted by the provider <b>4</b>" in page
    part = publisher.get("/console/sending/").content.decode()
    assert "accepted by the provider <b>4</b>" in part
    assert "<html" not in part
    Campaign.objects.filter(pk=sending.pk).update(state="sent", finished_at=clock.now())
    assert 'data-state="0"' in publisher.get("/console/sending/").content.decode(), "the page reloads as a whole"
    assert "4 of 10 recipients accepted by the provider" in text(publisher), "it is not counted yet"
    Delivery.objects.filter(pk__in=Delivery.objects.filter(campaign=sending, slice=1).order_by("pk")[:3]).update(
        state="delivered"
    )
    campaign_totals.keep_totals(timedelta(seconds=60))
    shown = text(publisher)
    assert "delivered 42.9% 3 clicked not measured unsubscribed 0.0% 0 bounced 0.0% 0" in shown
    assert "usual" not in shown, "there is nothing to compare with"


def test_drafts_of_campaigns_are_there_for_people_who_see_campaigns(campaign):
    shown = text(client_of("wei", "publisher"))
    assert f"Drafts of campaigns {campaign.name} To: " in shown
    assert "not scheduled yet" in shown
    without_right = Client()
    without_right.force_login(make_staff("ana", "editorial.view_issuerecord"))
    assert "Drafts of campaigns" not in text(without_right)
    Campaign.objects.filter(pk=campaign.pk).update(state="cancelled")
    assert "Drafts of campaigns" not in text(client_of("li", "publisher"))


def test_what_is_scheduled_is_in_the_zone_of_the_publication_which_is_named(campaign):
    Publication.objects.filter(pk=1).update(zone="Asia/Shanghai")
    at = clock.now().replace(year=2027, month=1, day=5, hour=1, minute=0)
    Campaign.objects.filter(pk=campaign.pk).update(state="scheduled", scheduled_at=at)
    shown = text(client_of("wei", "publisher"))
    assert "2027-01-05 09:00" in shown
    assert "All times are in Asia/Shanghai." in shown


@pytest.mark.parametrize("state", ["writing", "review", "changes", "approved"])
def test_an_issue_in_progress_shows_where_it_stands(db, state):
    wei = client_of("wei", "proofreader")
    version, actor = make_issue("news-1"), audit.staff(User.objects.get(username="wei"))
    profile.change_profile(audit.system(), policies={"approvals": "1"})
    if state == "review":
        ask(version, "wei")
    elif state == "changes":
        decisions.request_changes(actor, version, "The date.")
    elif state == "approved":
        decisions.approve(actor, version)
    labels = {"writing": "being written", "review": "in review", "changes": "changes requested", "approved": "approved"}
    assert labels[state] in text(wei)


def test_a_request_for_changes_waits_for_its_author_only(db):
    author, reader = client_of("wei", "editor"), client_of("li", "proofreader")
    version = make_issue("news-1")
    IssueEdit.objects.filter(issue=version.issue).delete()  # nobody edited it last
    Review.objects.create(version=version, actor=audit.staff(User.objects.get(username="wei")))
    decisions.request_changes(audit.staff(User.objects.get(username="li")), version, "The date.")
    assert "The comments say what should be changed." in text(author)
    assert "The comments say what should be changed." not in text(reader)
    make_issue("news-2")
    waiting_first, newest_first = [(" waits", "news-1"), ("", "news-2")], [("", "news-2"), ("", "news-1")]
    for person, rows in ((author, waiting_first), (reader, newest_first)):
        page = person.get("/console/issues/").content.decode()
        assert re.findall(r'issue-row([^"]*)">\s*<h2><a href="/console/issues/([^/]+)/">', page) == rows


def test_a_request_for_changes_stays_until_another_review_is_asked_for(db):
    """Its author makes one of several corrections, and goes to lunch."""
    author = client_of("wei", "editor")
    client_of("li", "proofreader")
    version, wei = make_issue("news-1"), audit.staff(User.objects.get(username="wei"))

    def write(sentence: str) -> None:
        state = issue_state.head(version.issue_id)
        part = next(part for part in state.files[FILE] if not part.id.startswith("@"))
        edits.save_part(
            wei, version.issue, FILE, part.id, f"{part.text.rstrip()} {sentence}\n", state.edits["text", FILE, part.id]
        )

    write("One.")
    version = issue_versions.store_head(wei, version.issue).version
    decisions.request_changes(audit.staff(User.objects.get(username="li")), version, "The date.")
    write("Two.")
    assert "The comments say what should be changed." in text(author)
    requests.ask(wei, version.issue, [User.objects.get(username="li")])
    assert "The comments say what should be changed." not in text(author)


def test_an_issue_that_was_sent_or_is_old_is_not_in_progress(campaign):
    wei = client_of("wei", "publisher")
    version = make_issue("news-1")
    IssueRecord.objects.filter(pk=version.issue_id).update(title="Light")
    assert re.search(r"[\d-]+ being written", text(wei))
    Campaign.objects.filter(pk=campaign.pk).update(version=version, state="sent", finished_at=clock.now())
    assert not re.search(r"[\d-]+ being written", text(wei))
    Campaign.objects.update(state="draft", finished_at=None)
    assert re.search(r"[\d-]+ being written", text(wei)), "a draft is not sent"
    clock.move(lambda: clock._system_time() + timedelta(days=91))
    try:
        assert "being written" not in text(wei)
    finally:
        clock.move(None)


def test_alarms_are_shown_to_those_who_see_what_they_are_about(sending, settings):
    publisher, admin = client_of("wei", "publisher"), client_of("ana", "admin")
    Publication.objects.filter(pk=1).update(quarantined_at=clock.now())
    MailingList.objects.update(requests_held_at=clock.now())
    settings.SENDGRID_WEBHOOK_KEYS = []
    for client in (publisher, admin):
        shown = text(client)
        assert "Nothing has been sent since" in shown
        assert "The provider's reports do not arrive as they should." in shown
        assert "Far too many people ask to join" in shown
    nobody = Client()
    nobody.force_login(make_staff("nobody"))
    assert "Nothing has been sent since" not in text(nobody)


def test_a_new_installation_says_what_to_do_first(db, settings):
    settings.SENDGRID_WEBHOOK_KEYS = []
    author, admin = client_of("wei", "editor"), client_of("ana", "admin")
    shown = text(author)
    assert "First steps" in shown
    assert "Write your first issue" in shown
    assert "An admin adds it." in shown
    assert "The provider's reports" not in shown, "nothing can be missing yet"
    assert "An author writes your first issue." in text(admin)
    assert "begin with a Word document" in shown
    manager = client_of("lin", "list-manager")
    assert "Make the list of the people" in text(manager)
    people.make_list()
    shown = text(manager)
    assert "Nobody is on your list yet." in shown, "a list without people is no first step done"
    assert "Import people from a spreadsheet" in shown
    people.make_sender()
    assert text(author).count(" done") == 1 + 1, "sender, and a colleague"
    people.make_campaign()
    assert "First steps" not in text(author), "all are done"
    User.objects.filter(username__in=("ana", "lin")).update(is_active=False)
    assert "First steps" in text(author)
    Campaign.objects.update(started_at=clock.now())
    assert "First steps" not in text(author)


def test_an_account_without_roles_has_a_home(db):
    client = Client()
    client.force_login(make_staff("nobody"))
    shown = text(client)
    assert "Nothing waits for you." in shown
    assert "Scheduled" not in shown


@pytest.mark.soak
def test_the_page_needs_few_queries_however_much_there_is(sending, django_assert_max_num_queries):
    wei = client_of("wei", "publisher")
    for number in range(30):
        version = make_issue(f"news-{number}")
        ask(version, "wei")
    for number in range(60):
        state = ("scheduled", "sending", "sent", "held")[number % 4]
        made = Campaign.objects.create(
            name=f"campaign {number}", version=version, sender=sending.sender, actor=audit.system(), state=state,
            scheduled_at=clock.now(), started_at=clock.now(), recipients=10, held_reason="quota" if state == "held" else "",
        )  # fmt: skip
        made.lists.set(sending.lists.all())
    with django_assert_max_num_queries(62):
        page = wei.get(HOME).content.decode()
    assert page.count("<summary>All ") == 1, "what waits is one list, of which three are in sight"
    assert page.count("All campaigns…") == 2
    assert "All 15…" in page, "of the scheduled ones, three are in sight"


@pytest.mark.parametrize("address", ["/console/nothing-here/", "/console/issues/no-such-issue/", "/console/campaigns/999/"])
def test_a_page_that_does_not_exist_keeps_the_navigation_for_people_who_are_signed_in(client, console, address):
    for browser, is_kept in ((console, True), (Client(), False)):
        answer = browser.get(address)
        if is_kept:
            assert answer.status_code == 404
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert ('href="/console/issues/"' in answer.content.decode()) is is_kept


def test_who_lacks_a_permission_reads_so_and_keeps_the_navigation(db):
    client = Client()
    client.force_login(make_staff("wei", "editorial.view_issuerecord"))
    answer = client.get("/console/staff/")
    assert answer.status_code == 403
    assert 'href="/console/issues/"' in answer.content.decode()
    assert "You are not signed in" not in answer.content.decode()


def test_people_of_this_month_and_open_work_on_them_are_shown_to_those_who_may_see_them():
    actor, news = audit.command_line(), people.make_list()
    for number in range(3):
        subscriptions.add_confirmed(actor, news, f"wei{number}@cast.example", consent="fair")
    subscriptions.unsubscribe(actor, Subscriber.objects.first().pk, how="staff")
    suppressions.suppress(actor, "wei1@cast.example", "hard_bounce")
    run = ImportRun.objects.create(actor=actor, file_name="x.csv", state="draft")
    checked = ImportRun.objects.create(
        actor=actor, file_name="members.csv", state="draft", dry_run=True, finished_at=clock.now(), list=news
    )
    ImportRun.objects.create(actor=actor, file_name="old.csv", state="undone", undone_at=clock.now())
    for name, kept in (("half.csv", True), ("gone.csv", False), ("mended.csv", True), ("aside.csv", True)):
        part = ImportRun.objects.create(
            actor=actor, file_name=name, state="done", finished_at=clock.now(), refused_count=2, stored_file=name,
            choices={"kept_columns": ["email"], **({"set_aside": {}} if name == "aside.csv" else {})},
        )  # fmt: skip
        brought = {"half.csv": [[part.pk, 2]], "mended.csv": [[part.pk, 2], [part.pk, 3]]}.get(name, [])
        ImportRun.objects.create(
            actor=actor, file_name="mending.csv", state="done", choices={"first": part.pk, "brought": brought, "refused_rows": {}}
        )
        if kept:
            kept_files.folder().mkdir(parents=True, exist_ok=True)
            kept_files.beside(part.stored_file, kept_files.REFUSED).write_text("x")
    subscriptions.subscribe(audit.subscriber(), news, "new@cast.example")
    Notice.objects.update(state="held", list=news)
    shown = text(client_of("lin", "list-manager"))
    assert f"Requests to join “{news.name}” needs your decision 1 request is held" in shown
    assert "Import “members.csv” not finished The file was checked, and nothing is imported yet." in shown
    assert f"(import {checked.pk}) not finished" not in shown
    half = ImportRun.objects.get(file_name="half.csv").pk
    assert f"Refused rows of “half.csv” (import {half}) 1 row was refused, and nobody corrected it." in shown
    assert "gone.csv" not in shown
    assert "mended.csv" not in shown
    assert "aside.csv" not in shown
    assert "1 person has not confirmed their request yet" in shown
    assert re.search(r"“old.csv” \(import \d+\) undone Undone", shown)
    assert "Nothing waits for you." not in shown
    assert "joined a list 3 left a list 1 no longer reachable 1" in shown
    assert f"“x.csv” (import {run.pk}) not finished" in shown
    client = Client()
    client.force_login(make_staff("nobody", "campaigns.view_campaign"))
    assert "joined a list" not in text(client)
