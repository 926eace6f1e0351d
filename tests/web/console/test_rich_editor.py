"""The rich text editor in Chromium: what it loads and saves is the source, nothing else changes, under the own policy."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from composer.issue.blocks.list import print_blocks
from composer.issue.editing.part_document import document_of, source_of
from composer.issue.parts.id_writing import with_ids
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import split
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.composer import strategies
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_writing_in_browser import FILE, Person, picture, text_of
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[3]
BODY = """Dear **reader**, *see* [the report](https://example.org/r) of {{ name or "you" }}.

- one
- two

> A quotation.
"""
# Before the threads of a server import modules: Hypothesis walks through all modules when it describes a strategy.
strategies.ARTICLES.validate()


def write_light(issue: IssueRecord, body: str) -> None:
    source = HEAD + f"\n# News {{#news}}\n\n## Light {{#light}}\n\n{body}\n"
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: source}, {}), reason="import")


def body_of(issue: IssueRecord, part: str = "light") -> str:
    return opened(text_of(issue, part)).body


def test_typing_saves_only_what_was_typed(live_server, browser, issue):
    write_light(issue, BODY)
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))  # wide enough for the paragraph on one line
    wei.write("light")
    assert not wei.faults
    wei.page.click(".rich-body p >> nth=0", position={"x": 5, "y": 5})  # its middle is the merge field
    # The editor takes the caret a moment after the click; who types sees it there before they press a key.
    while not wei.page.evaluate("document.getSelection().focusOffset"):
        wei.page.keyboard.press("End")
    wei.page.keyboard.type(" More.")
    wei.until_saved()
    assert body_of(issue) == BODY.replace('"you" }}.', '"you" }}. More.').strip()
    wei.page.keyboard.press("Control+z")
    wei.page.keyboard.press("Control+s")
    wait_until(lambda: body_of(issue) == BODY.strip() or wei.page.wait_for_timeout(20), 30, "undone")


def test_the_summary_that_a_digest_proposes_becomes_a_card(live_server, browser, issue):
    source = (
        HEAD.replace("footer:", "layout: digest\nfooter:")
        + '\n# News {#news}\n\n## Light {#light}\n\nIt\'s light. It is "new".\n'
        "\n## Shade {#shade}\n\nBy: Li Wei\n\nIt's shady.\n"
    )
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: source}, {}), reason="import")
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    wei.page.click("[data-proposed] button")
    wei.until_saved()
    assert body_of(issue) == 'Summary: It\'s light. It is "new".\n\nIt\'s light. It is "new".'
    assert not wei.page.locator("[data-proposed]").count()
    box = wei.page.locator(".editor-card-summary input[type=checkbox]")
    wei.page.evaluate("window.isSamePage = true")
    box.press("Enter")
    box.press("Space")
    wei.until_saved()
    assert wei.page.evaluate("window.isSamePage"), "Enter sent the form"
    assert body_of(issue).splitlines()[1] == "Text: whole"
    wei.write("light")
    assert not wei.page.locator("[data-proposed]").count()
    wei.write("shade")  # has a card with its author
    wei.page.click("[data-proposed] button")
    wei.until_saved()
    assert body_of(issue, "shade") == "Summary: It's shady.\nBy: Li Wei\n\nIt's shady."
    assert not wei.faults


def files() -> list[str]:
    paths = sorted(path for folder in ("examples", "templates") for path in (ROOT / folder).rglob("issue*.md"))
    return [with_ids({"issue.md": path.read_text()})["issue.md"] for path in paths]


def given_back(person: Person, body: str) -> str:
    """The text after it was loaded into the real editor and read from it."""
    got = person.page.evaluate(
        """(given) => {
          const { editor } = document.querySelector("form[data-rich]").richPart;
          editor.commands.setContent(given.doc);
          return { only: given.only, doc: editor.getJSON() };
        }""",
        document_of(body).json(),
    )
    return source_of(json.loads(json.dumps(got)), body)


@pytest.mark.soak
def test_the_editor_gives_back_every_example_unchanged(live_server, browser, issue):
    """Every part of the examples and of the specimen."""
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    bodies = [opened(part.text).body for file in files() for part in split(file) if not part.id.startswith("@")]
    assert [given_back(wei, body) for body in bodies] == bodies


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_the_editor_gives_back_two_thousand_generated_issues(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")

    @given(strategies.ARTICLES)
    @settings(max_examples=2_000)
    def unchanged(article: Any) -> None:
        body = print_blocks(article.blocks)
        assert given_back(wei, body) == body

    unchanged()


@pytest.mark.soak
def test_a_text_that_the_editor_cannot_hold_is_edited_as_text(live_server, browser, issue):
    """A node that the editor does not know would be dropped, and the rest saved as the whole text."""
    write_light(issue, "One.\n\nTwo.")
    wei = Person(browser, live_server.url, "wei")
    wei.page.route(
        "**/part/?*",
        lambda route: (
            (answer := route.fetch())
            and route.fulfill(response=answer, body=answer.text().replace('"type": "paragraph"', '"type": "unknown"', 1))
        ),
    )
    wei.page.goto(f"{live_server.url}/console/issues/news-1/part/?file={FILE}&part=light")
    wait_until(lambda: wei.page.locator("[data-no-editor]").is_visible() or wei.page.wait_for_timeout(20), 30, "the message")
    assert wei.page.input_value("#id_text") == "One.\n\nTwo."
    assert wei.page.locator(".rich-body").count() == 0
    wei.page.faults = []


def test_pictures_are_uploaded_pasted_and_dropped(live_server, browser, issue):
    write_light(issue, "One.\n\nTwo.")
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    wei.page.click(".rich-body > p >> nth=0")
    wei.page.click(".tool-insert")
    wei.page.click(".insert-item >> nth=0")
    wei.page.set_input_files(
        ".editor-card-figure input[type=file]", files=[{"name": "Mond.png", "mimeType": "image/png", "buffer": picture("navy")}]
    )
    wei.page.wait_for_selector(".editor-card-figure img:not([hidden])")
    wei.page.fill(".editor-card-figure textarea", "A dark disc")
    wei.page.evaluate(
        """async (data) => {
          const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
          const clipboard = new DataTransfer();
          clipboard.items.add(new File([bytes], "image.png", {type: "image/png"}));
          document.querySelector(".rich-body > p:last-of-type").dispatchEvent(new ClipboardEvent("paste", {clipboardData: clipboard, bubbles: true, cancelable: true}));
        }""",
        base64.b64encode(picture("teal")).decode(),
    )
    shown = wei.page.locator(".editor-card-figure img:not([hidden])")
    wait_until(lambda: shown.count() == 2 or wei.page.wait_for_timeout(20), 30, "both are shown")
    wei.until_saved()
    wait_until(
        lambda: len(re.findall(r"!\[[^\]]*\]\(images/", body_of(issue))) == 2 or wei.page.wait_for_timeout(20),
        30,
        "both are saved",
    )
    assert "![A dark disc](images/mond.png)" in body_of(issue)
    assert set(issue_state.head(issue.pk).pictures) == {"images/mond.png", "images/light.png"}
    assert not wei.page.complaints
