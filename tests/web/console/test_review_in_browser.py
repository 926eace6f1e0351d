"""A review in Chromium, under the pages' own policy: ask, comment on selected words, request changes, edit, approve."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from campaigns import launch
from editorial import issue_versions
from editorial.models import Comment, Decision, IssueRecord, Review
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Publication
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.issues import two_languages
from tests.support.reviewing import account, need
from tests.support.variations import first
from tests.web.console.test_accounts_in_browser import LOOKS, Person

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
HOSTILE = "<img src=x onerror=alert(1)> \"' {{ x }} 日期错了。"
FILE = "issue.md"
# Selects the first words of the text of a part, as a person does with the mouse.
SELECT = """() => {
  const node = document.querySelector('[data-place="issue.md|light"] p:nth-of-type(2)').firstChild;
  const range = document.createRange();
  range.setStart(node, 0);
  range.setEnd(node, 14);
  window.getSelection().removeAllRanges();
  window.getSelection().addRange(range);
}"""


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    people.make_sender()
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "zone": "Asia/Shanghai"})
    need(1)
    author = account("author", "publisher")
    return issue_versions.store(author, two_languages(tmp_path / "issue")).version.issue


def signed_in(chromium, root: str, look, actor) -> Person:
    person, client = Person(chromium, root, look), Client()
    client.force_login(actor.user)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    person.page.context.add_cookies([{"name": name, "value": value, "url": root}])
    return person


@pytest.mark.soak
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_from_asking_to_the_approval(browser, live_server, issue, look):
    wei, root = account("wei"), live_server.url
    review = f"/console/issues/{issue.slug}/review/"
    author = signed_in(browser, root, look, audit.staff(User.objects.get(username="author")))
    author.open(review)
    author.open(f"{review}ask/")
    author.page.check(f"input[name=person][value='{wei.user.pk}']")
    author.fill(due=f"{people.AHEAD}T17:00", note=HOSTILE)
    author.press("main form button.main", review)
    assert Review.objects.get().note == HOSTILE

    proofreader = signed_in(browser, root, look, wei)
    proofreader.open(review)
    proofreader.page.locator("details:has([data-place='issue.md|light']) summary").click()
    proofreader.page.evaluate(SELECT)
    proofreader.page.click("[data-comment-here]")
    expect(proofreader.page.locator("#id_quotation")).to_have_value("The doors open")
    expect(proofreader.page.locator("#id_place")).to_have_value("issue.md|light")
    proofreader.fill(text=HOSTILE)
    proofreader.press("form[data-comment] button", f"{review}#comment-*")
    made = Comment.objects.get()
    assert (made.part, made.quotation, made.text) == ("light", "The doors open", HOSTILE)
    proofreader.fill(changes=HOSTILE)
    proofreader.press("form:has(#id_changes) button", review)
    assert Decision.objects.get().kind == "changes"

    base = issue_state.head(issue.pk).edits["text", FILE, "light"]
    text = "## The light source opens {#light}\n\nThe gates open to visitors on 5 December.\n"
    edits.save_part(audit.system(), issue, FILE, "light", text, base)
    author.open(review)
    author.open(f"/console/issues/{issue.slug}/differences/?from=1")
    author.open(f"{review}ask/")
    author.page.check(f"input[name=person][value='{wei.user.pk}']")
    author.press("main form button.main", review)
    author.open(f"/console/issues/{issue.slug}/comments/")

    proofreader.open(review)
    proofreader.press("form:has([value=approve]) button", review)
    assert Decision.objects.filter(kind="approve", version__number=2).count() == 1
    campaign = launch.create(
        audit.system(),
        version=IssueRecord.objects.get(pk=issue.pk).current,
        lists=[people.make_list()],
        sender=people.make_sender(),
    )
    author.open(f"/console/campaigns/{campaign.pk}/")
    author.open("/console/roles/")
    for person in (author, proofreader):
        assert person.faults == {}
        assert person.page.complaints == []


def test_a_comment_is_written_by_keyboard_alone_and_without_scripts(browser, live_server, issue):
    wei = account("wei")
    person = signed_in(browser, live_server.url, LOOKS[0], wei)
    page = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    page.context.add_cookies(person.page.context.cookies())
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/review/")
    page.locator("#id_place").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("doors open")
    page.keyboard.press("Tab")
    page.keyboard.type("Which doors?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#comment-*")
    assert (Comment.objects.get().part, Comment.objects.get().quotation) == ("light", "doors open")


def selected_in_mail(page, words: str) -> None:
    """Select a line of the mail on the page as a person does, with three clicks."""
    frame = next(each for each in page.locator("iframe[data-selectable]").all() if each.is_visible())
    frame.content_frame.get_by_text(words).last.click(click_count=3)


@pytest.mark.parametrize("width", first([390, 1280]))
def test_what_is_selected_in_the_mail_is_quoted_beside_it(browser, live_server, issue, width):
    person = signed_in(browser, live_server.url, ("en", "light", width), account("wei"))
    review = f"/console/issues/{issue.slug}/review/"
    person.open(review)
    page = person.page
    button = page.get_by_role("button", name="Comment on this")
    for words, part, typed in (("The doors open to visitors today.", "light", "Which?"), ("Dear", "", "Too stiff.")):
        expect(button).to_be_hidden()
        selected_in_mail(page, words)
        expect(button).to_be_visible()
        person.inspect()
        button.click()
        expect(page.locator("#id_text")).to_be_focused()
        expect(page.locator("#id_text")).to_be_in_viewport()
        expect(button).to_be_hidden()
        person.inspect()
        page.keyboard.type(typed)
        person.press("form[data-comment] button.main", f"{review}#comment-*")
        made = Comment.objects.get(text=typed)
        assert made.quotation.startswith(words)
        assert (made.part, made.version) == (part, issue.current)
    expect(page.locator(".comment blockquote")).to_have_count(2)
    selected_in_mail(page, "The doors open to visitors today.")
    button.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Close")).to_be_hidden()
    assert person.faults == {}
    assert page.complaints == []
