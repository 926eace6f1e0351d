"""The languages of an issue in Chromium: adding one, translating beside the first, under the own policy, in every look."""

import pytest

from editorial.models import IssueRecord, Original
from editorial.sources import edits, issue_state, originals
from publication import audit
from publication.models import Publication
from tests.editorial.sources.test_languages import FIRST, SECOND, SOURCE
from tests.support.chromium import MARKS
from tests.support.phone import unfold
from tests.web.conftest import RIGHTS, make_staff
from tests.web.console.test_writing_in_browser import PER_LOOK, Person, picture

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def issue(transactional_db) -> IssueRecord:
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "postal_address": "3 Fuxing Road, Beijing"})
    record = IssueRecord.objects.create(slug="news-1", title="CAST Newsletter")
    digests = {
        f"images/{name}.jpg": originals.keep(audit.system(), [picture(colour)], Original.Kind.PICTURE, f"{name}.png").digest
        for name, colour in (("light", "goldenrod"), ("beam", "steelblue"))
    }
    edits.replace_source(audit.system(), record, None, issue_state.of_sources({FIRST: SOURCE}, digests), reason="import")
    make_staff("wei", *RIGHTS)
    return record


def source_of(issue: IssueRecord, file: str, part: str) -> str:
    return next(source_part.text for source_part in issue_state.head(issue.pk).files[file] if source_part.id == part)


@PER_LOOK
def test_two_articles_are_translated_beside_the_first_language(live_server, browser, issue, look):
    wei = Person(browser, live_server.url, "wei", look)
    wei.open("/console/issues/news-1/languages/")
    wei.page.click("a[href$='/languages/add/']")
    wei.page.wait_for_selector("#id_language")
    wei.look_at()
    wei.page.select_option("#id_language", "zh-Hans")
    wei.page.click("form[data-choose-all] > button[type=button]")
    assert not wei.page.locator("[name=article]:checked").count()
    wei.page.click("form[data-choose-all] > button[type=button]")
    wei.page.uncheck("[name=article][value=fair]")
    wei.page.click("main form button.main")
    wei.page.wait_for_selector("#row-light")
    wei.look_at()
    wei.page.click("#row-fair button[value=empty]")
    wei.page.wait_for_selector("#row-fair .language-cell:nth-child(2) .cell-title")
    wei.page.click("#row-sound .language-cell:nth-child(2) .cell-title a")
    wei.page.wait_for_selector(".text-beside")
    wei.page.fill("#id_title", "声音")
    wei.page.click(".rich-body")
    wei.page.keyboard.press("End")
    wei.page.keyboard.type("Text")
    wei.until_saved()
    wei.look_at()
    unfold(wei.page, "[data-save]")
    with wei.page.expect_navigation():
        wei.page.click("[data-save]")
    wei.page.wait_for_selector(".text-beside")
    assert source_of(issue, SECOND, "sound").startswith("## 声音 {#sound}\n\n<!-- ")
    assert "Text" in source_of(issue, SECOND, "sound")
    edits.save_part(
        audit.system(), issue, FIRST, "sound", "## Sound {#sound}\n\nA newer sentence.\n\n",
        issue_state.head(issue.pk).edits["text", FIRST, "sound"],
    )  # fmt: skip
    state = issue_state.head(issue.pk)
    edits.save_part(audit.system(), issue, SECOND, "light", "## 光 {#light}\n\n一\n\n", state.edits["text", SECOND, "light"])
    wei.open("/console/issues/news-1/languages/?language=zh-Hans")
    wei.page.locator("#row-light .lacking button").first.click()
    wei.page.wait_for_selector(".message.success")
    assert "![](images/light.jpg)" in source_of(issue, SECOND, "light")
    wei.look_at()
    wei.page.click("#row-sound a.chip")
    wei.page.wait_for_selector(".text-beside ins")
    wei.look_at()
    wei.open(f"/console/issues/news-1/part/?file={FIRST}&part=light&beside=zh-Hans")
    wei.open(f"/console/issues/news-1/part/?file={SECOND}&part=@head&beside=en")
    wei.open(f"/console/issues/news-1/languages/remove/?file={SECOND}")
    assert wei.faults == {}
