"""From a file to a review in Chromium, under the pages' own policy: counts what a person has to press."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from composer.issue.parts.outline import ARTICLE, kind_of
from editorial.importing import doubts
from editorial.models import IssueRecord, Review
from editorial.sources import issue_state
from publication.models import Publication
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.documents import SAMPLES
from tests.support.reviewing import account
from tests.support.rich_text import RichText
from tests.support.variations import few
from tests.support.waiting import wait_until
from tests.web.console.test_writing_in_browser import FIRST, Person, picture
from worker import upkeep

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
MOST_ACTIVATIONS = 40
SEED = os.environ.get("MAILROOM_TEST_SEED", "")  # the real text, which is not in the repository
CASES = [(("en", "light", 1280), SAMPLES / "sample.docx"), *([(("zh-CN", "dark", 390), Path(SEED))] if SEED else [])]


class Counter:
    """Presses controls, and counts it. Typing is not counted."""

    def __init__(self, page: Page, shots: str = "") -> None:
        self.page, self.count, self.shots = page, 0, shots

    def click(self, selector: str) -> None:
        self.count += 1
        self.page.locator(selector).first.click()

    def press(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)

    def look(self, name: str) -> None:
        if self.shots:
            self.page.screenshot(path=f"{self.shots}/{name}.png", full_page=True)


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
    page, shots = person.page, os.environ.get("MAILROOM_TEST_SHOTS", "")
    hand = Counter(page, shots and f"{shots}/{'-'.join(map(str, look))}-{file.suffix[1:]}")
    if hand.shots:
        Path(hand.shots).mkdir(parents=True, exist_ok=True)
    person.open("/console/issues/")
    hand.click("a[href='/console/imports/']")
    page.set_input_files("#id_file", file)
    hand.count += 2  # the button that opens the dialog, and the choice in it
    hand.look("1-upload")
    hand.click("main form button.main")
    expect(page.locator("[data-progress]")).to_be_visible()
    hand.look("2-reading")
    upkeep.read_documents()
    if file.suffix == ".docx":
        expect(page.locator("button[value=accept]")).to_be_visible()
        person.look_at("import")  # before the picture, which changes styles
        hand.look("3-tracked")
        hand.press("Enter")
        expect(page.locator("[data-progress]")).to_be_visible()
        upkeep.read_documents()
    expect(page.locator("#id_organisation")).to_be_visible()
    for field, value in (("#id_number", "2023-03"), ("#id_date", "2023-03-31")):  # where the document says none
        if not page.input_value(field):
            page.fill(field, value)
    page.fill("#id_organisation", "China Association for Science and Technology")
    page.fill("#id_address", "3 Fuxing Road, Beijing")
    person.look_at("import")
    hand.look("4-head")
    hand.click("main form button.main")
    page.wait_for_url("**/doubts/*")
    issue = IssueRecord.objects.get()
    total = left = doubts.count(issue_state.head(issue.pk))
    while left:
        expect(page.locator(".doubt-head h2")).to_be_visible()
        if left in (total, total - 1, total - 3):
            page.wait_for_load_state("networkidle")
            person.look_at("import")
            hand.look(f"5-doubt-{total - left}")
        focused = page.evaluate("document.activeElement.id || document.activeElement.value")
        assert focused in ("id_alt", "id_name", "keep", "heading")
        question = page.locator("#question").bounding_box()
        assert page.evaluate("scrollY") == 0
        assert question
        assert question["y"] < page.viewport_size["height"]
        assert page.locator(".doubt-progress progress").evaluate("(bar) => [bar.value, bar.max]") == [total - left, total]
        if focused == "id_alt":
            page.keyboard.type("Two people at a table")
        if focused == "id_name":
            page.fill("#id_name", "News of the harbour")
        before = left
        with page.expect_navigation():
            hand.press("Enter")
        left = doubts.count(issue_state.head(issue.pk))
        assert left == before - 1
    expect(page.locator(".empty")).to_be_visible()
    person.look_at("import")
    hand.look("6-done")
    hand.click("main a.button.main")
    page.wait_for_url("**/review/ask/")
    hand.click(f"input[name=person][value='{wei.user.pk}']")
    hand.click("main form button.main")
    page.wait_for_url("**/review/")
    assert Review.objects.filter(version__issue=issue).exists()
    assert hand.count <= MOST_ACTIVATIONS, f"{total} questions"
    assert "check:" not in issue_state.head(issue.pk).sources["issue.md"]
    enrich(person, hand, issue)
    translate(person, hand, issue)
    page.goto(f"{live_server.url}/console/issues/{issue.slug}/review/ask/")
    expect(page.locator(f"input[name=person][value='{wei.user.pk}']")).to_be_checked()  # who was asked last
    hand.click("main form button.main")
    page.wait_for_url("**/review/")
    hand.look("12-review")
    assert Review.objects.filter(version__issue=issue).count() == 2
    assert person.faults == {}


def saved(page: Page) -> None:
    expect(page.locator("[data-status][data-kind=good]")).to_be_visible(timeout=60_000)


def enrich(person: Person, hand: Counter, issue: IssueRecord) -> None:
    """Pictures by upload and by paste, a profile and a calendar, in the first article."""
    page, editor = hand.page, RichText(hand.page)
    article = next(part for part in issue_state.head(issue.pk).files["issue.md"] if kind_of(part) == ARTICLE)
    person.open(f"/console/issues/{issue.slug}/part/?file=issue.md&part={article.id}")
    expect(page.locator(".rich-body")).to_be_visible()
    for name in ("figure", "profile", "calendar"):
        page.focus(".rich-body")
        page.keyboard.press("Control+End")
        page.click(".tool-insert")
        page.click(f".insert-{name}")
        expect(page.locator(f".editor-card-{name}").last).to_be_visible()
    page.locator(".editor-card-figure").last.locator("input[type=file]").set_input_files(
        files=[{"name": "Laboratory.png", "mimeType": "image/png", "buffer": picture("navy")}]
    )
    expect(page.locator(".editor-card-figure").last.locator("img")).to_be_visible()
    page.locator(".editor-card-figure").last.locator("textarea").fill("A laboratory at night")
    profile = page.locator(".editor-card-profile").last
    profile.locator("input").nth(0).fill("Zhang Weiqing")
    profile.locator("input").nth(1).fill("Chief engineer")
    editor.into("eventTitle", nth=page.locator(".editor-card-calendarEvent").count() - 1)
    page.keyboard.insert_text("World Robot Contest")
    page.evaluate(
        """async (data) => {
          const { editor } = document.querySelector("form[data-rich]").richPart;
          editor.commands.focus("end");
          const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
          const clipboard = new DataTransfer();
          clipboard.items.add(new File([bytes], "image.png", {type: "image/png"}));
          editor.view.dom.dispatchEvent(new ClipboardEvent("paste", {clipboardData: clipboard, bubbles: true, cancelable: true}));
        }""",
        base64.b64encode(picture("teal")).decode(),
    )
    wait_until(
        lambda: page.wait_for_timeout(50) or len(re.findall(r"\]\(images/", source(issue, article.id))) >= 2, 60, "both are saved"
    )
    saved(page)
    person.look_at("import")
    hand.look("8-article")
    text = source(issue, article.id)
    assert "![A laboratory at night](images/laboratory.png)" in text
    assert "Name: Zhang Weiqing\nRole: Chief engineer" in text
    assert re.search(r"::: calendar\n- \d{4}-\d{2}-\d{2}: World Robot Contest\n", text)


def translate(person: Person, hand: Counter, issue: IssueRecord) -> None:
    """A Chinese version of two articles."""
    page = hand.page
    person.open(f"/console/issues/{issue.slug}/languages/add/")
    page.select_option("#id_language", "zh-Hans")
    names = page.locator("[name=article]").evaluate_all("(all) => all.map((each) => each.value)")
    for name in names[2:]:
        page.uncheck(f"[name=article][value='{name}']")
    hand.click("main form button.main")
    expect(page.locator(f"#row-{names[0]}")).to_be_visible()
    person.look_at("import")
    hand.look("9-languages")
    for name, title in zip(names[:2], ("第一篇", "第二篇"), strict=True):
        person.open(f"/console/issues/{issue.slug}/part/?file=issue.zh-Hans.md&part={name}&beside=en")
        page.fill("#id_title", title)
        page.focus(".rich-body")
        page.keyboard.press("Control+Home")
        page.keyboard.insert_text(f"这是{title}的正文。")
        saved(page)
        for _ in range(page.locator(".editor-card-editorMark button").count()):
            page.locator(".editor-card-editorMark button").first.click()
        wait_until(
            lambda name=name: page.wait_for_timeout(50) or "check:" not in source(issue, name, "issue.zh-Hans.md"), 60, "saved"
        )
    person.look_at("import")
    hand.look("10-beside")
    person.open(f"/console/issues/{issue.slug}/part/?file=issue.zh-Hans.md&part=@head")
    page.fill("#id_subject", "两篇文章的中文版本已经可以阅读")
    page.fill("#id_preheader", "本期的两篇文章现已译成中文，其余文章请阅读英文版，欢迎您来信提出意见。")
    saved(page)
    person.look_at("import")
    hand.look("11-head")
    assert "第一篇" in source(issue, names[0], "issue.zh-Hans.md")


def source(issue: IssueRecord, part: str, file: str = "issue.md") -> str:
    return next(each.text for each in issue_state.head(issue.pk).files[file] if each.id == part)


@pytest.mark.soak
def test_the_mail_is_scrolled_to_the_place_and_the_page_is_not(browser, live_server):
    from tests.composer.making import HEAD
    from tests.web.console.test_issue_pages import made

    account("author", "publisher")
    long = "It was bright. " * 60
    issue = made(
        "news-1",
        f"{HEAD}\n# News\n\n## A {{{{#a}}}}\n\n{long}\n\n{long}\n\n<!-- check: two -->\n\nHere.\n".replace("{{", "{").replace(
            "}}", "}"
        ),
    )
    person = Person(browser, live_server.url, "author", FIRST)
    person.open(f"/console/issues/{issue.slug}/doubts/")
    page = person.page
    place = page.frame_locator(".doubt-mail").locator("#mailroom-here")
    expect(place).to_have_text("Here.")
    wait_until(
        lambda: (
            page.wait_for_timeout(50)
            or page.evaluate(
                """() => { const frame = document.querySelector(".doubt-mail"), box =
              frame.contentDocument.getElementById("mailroom-here").getBoundingClientRect();
              return box.top > 0 && box.bottom < frame.clientHeight; }"""
            )
        ),
        30,
        "the place is in view in its frame",
    )
    assert page.evaluate("scrollY") == 0
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
