"""Comments in Chromium: what is selected in the text or in the mail is quoted. The way to the approval is in tests/journeys."""

import pytest
from playwright.sync_api import expect

from editorial import issue_versions
from editorial.models import Comment, IssueRecord
from publication.models import Publication
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.issues import two_languages
from tests.support.phone import unfold
from tests.support.reviewing import account, need
from tests.support.variations import first
from tests.web.console.test_writing_in_browser import Person

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
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


@pytest.mark.soak
def test_what_is_selected_in_the_text_of_a_part_is_quoted(browser, live_server, issue):
    account("wei")
    person = Person(browser, live_server.url, "wei")
    person.open(f"/console/issues/{issue.slug}/review/")
    page = person.page
    unfold(page, "[data-place='issue.md|light']")
    page.evaluate(SELECT)
    page.click("[data-comment-here]")
    expect(page.locator("#id_quotation")).to_have_value("The doors open")
    expect(page.locator("#id_place")).to_have_value("issue.md|light")
    assert page.complaints == []


def selected_in_mail(page, text: str) -> None:
    """Select a line of the mail on the page as a person does, with three clicks."""
    frame = next(candidate for candidate in page.locator("iframe[data-selectable]").all() if candidate.is_visible())
    frame.content_frame.get_by_text(text).last.click(click_count=3)


@pytest.mark.parametrize("width", first([390, 1280]))
def test_what_is_selected_in_the_mail_is_quoted_beside_it(browser, live_server, issue, width):
    account("wei")
    person = Person(browser, live_server.url, "wei", ("en", "light", width))
    review = f"/console/issues/{issue.slug}/review/"
    person.open(review)
    page = person.page
    button = page.get_by_role("button", name="Comment on this")
    for quoted, part, typed in (("The doors open to visitors today.", "light", "Which?"), ("Dear", "", "Too stiff.")):
        expect(button).to_be_hidden()
        selected_in_mail(page, quoted)
        expect(button).to_be_visible()
        person.look_at()
        button.click()
        expect(page.locator("#id_text")).to_be_focused()
        expect(page.locator("#id_text")).to_be_in_viewport()
        expect(button).to_be_hidden()
        person.look_at()
        page.keyboard.type(typed)
        with page.expect_navigation(url=f"{live_server.url}{review}#comment-*"):
            page.click("form[data-comment] button[type=submit]")
        made = Comment.objects.get(text=typed)
        assert made.quotation.startswith(quoted)
        assert (made.part, made.version) == (part, issue.current)
    expect(page.locator(".comment blockquote")).to_have_count(2)
    selected_in_mail(page, "The doors open to visitors today.")
    button.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Close")).to_be_hidden()
    assert person.faults == {}
    assert page.complaints == []
