"""Findings next to the text lead to the block that they are about, in Chromium; and the lines of blocks."""

import pytest

from composer.issue.editing.part_document import block_lines, document_of
from composer.issue.parts.part_texts import body_line, opened
from composer.issue.parts.splitting import split
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_rich_editor import files
from tests.web.console.test_writing_in_browser import FILE, Person
from tests.web.console.test_writing_in_browser import issue as issue

WIDE = ("en", "light", 1280)
FIGURE = "![A tower](missing)\n"


def test_every_block_of_every_example_begins_on_its_line():
    for file in files():
        for part in split(file):
            body = opened(part.text).body
            lines, nodes = block_lines(body), document_of(body).nodes
            assert len(lines) == len(nodes), part.id
            assert list(lines) == sorted(lines)
            rows = part.text.split("\n")
            if body:
                assert rows[body_line(part.text) - 1] == body.split("\n")[0]


def test_lines_count_the_condition_the_gaps_and_what_cannot_be_read():
    assert block_lines('Only: country = "CN"\n\none\n\n\n\n- a\n- b\n\n::: nothing\nx\n:::\n\ntwo') == (3, 7, 10, 14)
    assert block_lines("") == ()
    assert body_line("## Light {#light}\n\n\nx\n") == 4
    assert body_line("\nDear reader\n") == 2


def highlighted_text(page) -> str:
    return page.evaluate("document.querySelector('.rich-body .is-found')?.textContent ?? ''")


def follow(page, part: str, line: str = "") -> None:
    link = f".findings .to-part a[href*='part={part}'][href*='line={line}']"
    wait_until(lambda: page.wait_for_timeout(20) or page.locator(link).count(), 30, link)
    page.locator(link).first.click()


@pytest.fixture
def faulty(issue):
    source = (
        HEAD
        + f"\n# News {{#news}}\n\n## Light {{#light}}\n\nFirst.\n\nSecond.\n\n{FIGURE}\nLast.\n\n## Sound {{#sound}}\n\nHere.\n\n{FIGURE}"
    )
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: source}, {}), reason="import")
    return issue


@pytest.mark.django_db(transaction=True)
class TestInChromium:
    pytestmark = MARKS

    def test_a_finding_marks_its_block_and_unsaved_text_stays(self, live_server, browser, faulty):
        wei = Person(browser, live_server.url, "wei", WIDE)
        wei.write("light")
        follow(wei.page, "light")
        wait_until(lambda: "Picture" in highlighted_text(wei.page), 30, "the picture")
        wei.page.evaluate("window.stays = true")
        # New paragraphs above it, and an empty one, before and after the preview follows.
        wei.page.click(".rich-body p >> nth=0")
        wei.page.keyboard.press("Home")
        wei.page.keyboard.type("Above.")
        for _ in range(3):
            wei.page.keyboard.press("Enter")
        assert highlighted_text(wei.page) == ""
        follow(wei.page, "light")
        assert wei.page.locator(".is-found.editor-card-figure").count() == 1
        wei.until_saved()
        follow(wei.page, "light")
        assert wei.page.locator(".is-found.editor-card-figure").count() == 1
        assert wei.page.evaluate("window.stays")
        assert "Above." in wei.page.inner_text(".rich-body")
        assert not wei.faults

    @pytest.mark.soak
    def test_a_finding_beside_source_selects_its_line(self, live_server, browser, faulty):
        wei = Person(browser, live_server.url, "wei", WIDE)
        wei.open(f"/console/issues/news-1/part/?file={FILE}&part=light&view=source")
        follow(wei.page, "light")
        selected = (
            "(() => { const a = document.getElementById('id_text'); return a.value.slice(a.selectionStart, a.selectionEnd); })()"
        )
        wait_until(lambda: wei.page.evaluate(selected) == FIGURE.strip(), 30, "the line")
