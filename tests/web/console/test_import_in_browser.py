"""From a file to a review in Chromium, under the pages' own policy: counts what a person has to press."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from editorial.importing import questions
from editorial.models import IssueRecord, Review
from editorial.sources import issue_state
from publication.models import Publication
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.documents import SAMPLES
from tests.support.reviewing import account
from tests.support.variations import few
from tests.web.console.test_writing_in_browser import FIRST, Person
from worker import upkeep

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
MOST_ACTIVATIONS = 40
SEED = os.environ.get("MAILROOM_TEST_SEED", "")  # the real text, which is not in the repository
CASES = [(("en", "light", 1280), SAMPLES / "sample.docx"), *([(("zh-CN", "dark", 390), Path(SEED))] if SEED else [])]


class Counter:
    """Presses controls, and counts it. Typing is not counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def click(self, selector: str) -> None:
        self.count += 1
        self.page.locator(selector).first.click()

    def press(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)


@pytest.mark.parametrize(
    ("look", "file"),
    few(CASES[0], soak=CASES[1:]),
    ids=lambda value: value.suffix if isinstance(value, Path) else "-".join(map(str, value)),
)
def test_from_a_file_to_a_review(browser, live_server, look, file: Path):
    people.make_sender()
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "zone": "Asia/Shanghai"})
    account("author", "publisher")
    wei = account("wei")
    person = Person(browser, live_server.url, "author", look)
    page = person.page
    hand = Counter(page)
    person.open("/console/issues/")
    hand.click("a[href='/console/imports/']")
    page.set_input_files("#id_file", file)
    hand.count += 2  # the button that opens the dialog, and the choice in it
    hand.click("main form button.main")
    expect(page.locator("[data-progress]")).to_be_visible()
    upkeep.read_documents()
    if file.suffix == ".docx":
        expect(page.locator("button[value=accept]")).to_be_visible()
        person.look_at()  # before the picture, which changes styles
        hand.press("Enter")
        expect(page.locator("[data-progress]")).to_be_visible()
        upkeep.read_documents()
    expect(page.locator("#id_organisation")).to_be_visible()
    for field, value in (("#id_number", "2023-03"), ("#id_date", "2023-03-31")):  # where the document says none
        if not page.input_value(field):
            page.fill(field, value)
    page.fill("#id_organisation", "China Association for Science and Technology")
    page.fill("#id_address", "3 Fuxing Road, Beijing")
    person.look_at()
    hand.click("main form button.main")
    page.wait_for_url("**/doubts/*")
    issue = IssueRecord.objects.get()
    total = left = questions.count(issue_state.head(issue.pk))
    while left:
        expect(page.locator(".question-head h2")).to_be_visible()
        if left in (total, total - 1, total - 3):
            page.wait_for_load_state("networkidle")
            person.look_at()
        focused = page.evaluate("document.activeElement.id || document.activeElement.value")
        assert focused in ("id_alt", "id_name", "keep", "heading")
        question = page.locator("#question").bounding_box()
        assert page.evaluate("scrollY") == 0
        assert question
        assert question["y"] < page.viewport_size["height"]
        assert page.locator(".question-progress progress").evaluate("(bar) => [bar.value, bar.max]") == [total - left, total]
        if focused == "id_alt":
            page.keyboard.type("Two people at a table")
        if focused == "id_name":
            page.fill("#id_name", "News of the harbour")
        before = left
        with page.expect_navigation():
            hand.press("Enter")
        left = questions.count(issue_state.head(issue.pk))
        assert left == before - 1
    expect(page.locator(".empty")).to_be_visible()
    person.look_at()
    hand.click("main a.button.main")
    page.wait_for_url("**/review/ask/")
    hand.click(f"input[name=person][value='{wei.user.pk}']")
    hand.click("main form button.main")
    page.wait_for_url("**/review/")
    assert Review.objects.filter(version__issue=issue).exists()
    assert hand.count <= MOST_ACTIVATIONS, f"{total} questions"
    assert "check:" not in issue_state.head(issue.pk).sources["issue.md"]
    assert person.faults == {}


@pytest.mark.soak
def test_keys_skip_go_back_correct_and_edit(browser, live_server):
    from tests.composer.making import HEAD
    from tests.web.console.test_issue_pages import made

    account("author", "publisher")
    mark = '<!-- check: a sentence begins with a lowercase letter: "sea. all" -->'
    issue = made(
        "news-1", f"{HEAD}\n# News\n\n## A {{#a}}\n\n{mark}\n\nThe sea. all of it.\n\n## B {{#b}}\n\n<!-- check: two -->\n\nB.\n"
    )
    person = Person(browser, live_server.url, "author", FIRST)
    page = person.page
    person.open(f"/console/issues/{issue.slug}/doubts/")
    for key, url in (("j", "**/doubts/?at=1"), ("k", "**/doubts/?at=0")):
        page.keyboard.press(key)
        page.wait_for_url(url)
    with page.expect_navigation():
        page.keyboard.press("c")
    assert "The sea, all of it." in issue_state.head(issue.pk).sources["issue.md"]
    page.keyboard.press("e")
    page.wait_for_url("**/part/?file=issue.md&part=b*")
