"""The live preview in Chromium: it follows what is typed and saved, keeps scroll and focus, and runs nothing of the mail."""

from urllib.parse import parse_qs, urlsplit

import pytest

from editorial import issue_versions
from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from editorial.sources import edits, issue_state
from publication import audit
from tests.support.chromium import MARKS
from tests.support.issues import full_copy
from tests.web.test_browser import log_in, watched

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
FILE, PART = "issue.md", "world-engineering-day"


@pytest.fixture
def issue(tmp_path, settings, monkeypatch) -> IssueRecord:
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())
    return issue_versions.store(audit.system(), full_copy(tmp_path / "cast")).version.issue


def text_of(issue: IssueRecord, part: str = PART) -> str:
    return next(source_part.text for source_part in issue_state.head(issue.pk).files[FILE] if source_part.id == part)


def save(issue: IssueRecord, text: str, part: str = PART) -> None:
    state = issue_state.head(issue.pk)
    edits.save_part(audit.system(), issue, FILE, part, text, state.edits["text", FILE, part])


def beside_a_text(page, url: str, issue: IssueRecord) -> None:
    """Open the preview beside a field with the text of a part, as the page of a part embeds it."""

    text = text_of(issue)

    def embed(route) -> None:
        answer = route.fetch()
        html = answer.text().replace(
            "<div data-issue-preview=",
            '<p><label for="text">Text</label> <textarea id="text" rows="8"></textarea></p>'
            f'<div class="preview-beside" data-text="#text" data-file="{FILE}" data-part="{PART}" data-width="phone" '
            "data-issue-preview=",
        )
        empty = html[: html.index('<div class="issue-preview"')] + "</div>" + html[html.index("</main>") :]
        filled = empty.replace('rows="8"></textarea>', f'rows="8">{text}</textarea>')
        route.fulfill(response=answer, body=filled)

    page.route(url, embed)
    page.goto(url)
    page.unroute(url)


def frame_of(page):
    """The frame that is shown, once nothing newer is laid out behind it."""
    page.wait_for_function("() => document.querySelectorAll('.sheet iframe').length === 1")
    frame = page.query_selector(".sheet iframe").content_frame()
    frame.wait_for_load_state()
    return frame


def shows(page, text: str) -> None:
    """Wait until the frame that is shown has these words."""
    page.wait_for_function(
        """(words) => [...document.querySelectorAll('.sheet iframe:not(.coming)')]
             .some((frame) => frame.contentDocument.body?.textContent.includes(words))""",
        arg=text,
    )


def test_what_is_typed_appears_without_losing_scroll_and_focus(live_server, browser, issue, editor):
    page = watched(browser.new_context(viewport={"width": 1280, "height": 800}))
    log_in(page, live_server.url)
    url = f"{live_server.url}/console/issues/{issue.slug}/preview/"
    beside_a_text(page, url, issue)
    frame = frame_of(page)
    page.wait_for_function(
        "() => document.querySelector('.sheet iframe').contentDocument.documentElement.scrollTop > 200"
    )  # it begins at the part
    mark = frame.evaluate("document.getElementById('mailroom-here').getBoundingClientRect().top")
    assert 0 < mark < 300

    # Somebody scrolls the mail, and writes on.
    frame.evaluate("document.documentElement.scrollTop += 137")
    top = frame.evaluate("document.documentElement.scrollTop")
    page.click("#text")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nA sentence that was typed a moment ago.\n")
    page.evaluate("window.scrollTo(0, 60)")
    shows(page, "typed a moment ago")
    assert frame_of(page).evaluate("document.documentElement.scrollTop") == top
    assert page.evaluate("document.activeElement.id") == "text"
    assert page.evaluate("window.scrollY") == 60
    assert "typed a moment ago" not in text_of(issue), "it is not stored"

    # A text that cannot be composed keeps the last good mail, and its finding leads to the part.
    page.keyboard.type("\nMore <!-- of it\n")
    page.wait_for_selector("text=You see the last mail that could be composed")
    shows(page, "typed a moment ago")
    page.wait_for_selector(".findings .error a[href*='line=']")
    link = urlsplit(page.locator(".findings .error a").first.get_attribute("href"))
    assert link.path == f"/console/issues/{issue.slug}/part/"
    assert parse_qs(link.query)["part"] == [PART]
    named = text_of(issue).count("\n") + 3
    assert abs(int(parse_qs(link.query)["line"][0]) - named) <= 2

    # It is saved in good order.
    page.keyboard.press("Control+A")
    text = f"{text_of(issue)}\nSaved now.\n"
    page.keyboard.insert_text(text)
    save(issue, text)
    page.evaluate("text => document.dispatchEvent(new CustomEvent('issue-part:saved', {detail: {text}}))", text)
    shows(page, "Saved now.")
    page.wait_for_selector("text=You see the last mail", state="detached")
    assert page.evaluate("document.activeElement.id") == "text"
    assert page.complaints == []


@pytest.mark.soak
def test_an_edit_of_somebody_else_appears_and_choices_are_kept_in_the_address(live_server, browser, issue, editor):
    page = watched(browser.new_context())
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/preview/")
    frame_of(page)
    page.check("#preview-view [value=dark]")
    page.wait_for_function("() => window.location.search.includes('view=dark')")
    page.click("summary:text('Size of each article')")
    page.evaluate("window.scrollTo(0, 400)")  # the page is as long as the mail
    save(issue, f"{text_of(issue)}\nFrom a colleague.\n")
    shows(page, "From a colleague.")
    frame_of(page)
    assert page.evaluate("window.scrollY") == 400
    assert page.locator("details[open]:has-text('Size of each article')").count() == 1
    page.check("#preview-view [value=text]")
    page.wait_for_selector(".preview-text")
    page.reload()
    assert "From a colleague." in page.inner_text(".preview-text")
    page.check("#preview-width [value=both]")
    page.check("#preview-view [value=outlook]")
    page.wait_for_selector("figure.desktop iframe")
    assert page.locator("iframe").count() == 1
    assert page.complaints == []


@pytest.mark.soak
def test_without_an_answer_the_page_says_so_and_goes_on_later(live_server, browser, issue, editor):
    context = browser.new_context()
    page = watched(context)
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/preview/")
    context.set_offline(True)
    page.check("#preview-view [value=dark]")
    page.wait_for_selector("text=The preview is not up to date")
    context.set_offline(False)
    page.wait_for_selector("text=The preview is not up to date", state="hidden")
