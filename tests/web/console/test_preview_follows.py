"""The preview next to a text follows the cursor, in Chromium: it scrolls its frame to the block that is edited, and nothing else."""

import pytest

from editorial.sources import edits, issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.console.test_writing_in_browser import FILE, Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
LONG = "The engineers talked about bridges, tunnels, turbines and the people who look after them every day. " * 6
WIDE = ("en", "light", 1280)
NOW = """(words) => {
  const frames = [...document.querySelectorAll('.sheet iframe')];
  const mail = frames.length === 1 && frames[0].contentDocument;
  const now = mail && mail.querySelector('[data-mailroom-now]');
  if (!now || !(now.textContent + (now.alt ?? '')).includes(words)) return null;
  const box = now.getBoundingClientRect();
  return box.top >= 0 && box.top < mail.documentElement.clientHeight;
}"""
AT_END = """() => {
  const { state } = document.querySelector("form[data-rich]").richPart.editor;
  return state.selection.from === state.doc.content.size - 1;
}"""
SCROLL = "document.querySelector('.sheet iframe').contentDocument.documentElement.scrollTop"


@pytest.fixture
def long_issue(issue):
    paragraphs = "\n\n".join(f"Paragraph {number}. {LONG}" for number in range(8))
    source = f"{HEAD}\nDear reader,\n\nHere is the news.\n\n# News {{#news}}\n\n## Light {{#light}}\n\n{paragraphs}\n"
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources({FILE: source}, {}), reason="import")
    return issue


def until_now(person: Person, text: str) -> None:
    wait_until(lambda: person.page.evaluate(NOW, text), 30, f"“{text}” in sight in the mail")


def test_the_mail_scrolls_to_the_block_of_the_cursor_and_stays_while_it_is_read(live_server, browser, long_issue):
    wei = Person(browser, live_server.url, "wei", WIDE)
    wei.write("light")
    wei.page.wait_for_selector(".sheet iframe")
    wei.page.locator(".rich-body > p", has_text="Paragraph 6.").click()
    until_now(wei, "Paragraph 6.")
    # Somebody reads elsewhere in the mail, and types on in the same block.
    wei.page.evaluate(f"{SCROLL} = 40")
    wei.page.keyboard.press("End")
    wei.page.keyboard.type(" And more.")
    wei.page.wait_for_function(
        "() => document.querySelectorAll('.sheet iframe').length === 1 && "
        "document.querySelector('.sheet iframe').contentDocument.body?.textContent.includes('And more.')"
    )
    assert wei.page.evaluate(SCROLL) == 40
    # A new block appears in the mail as soon as the mail has it.
    wei.page.keyboard.press("Control+End")
    wei.page.wait_for_function(AT_END)  # the browser tells the page of the cursor in a task of its own
    wei.page.keyboard.press("Enter")
    wei.page.keyboard.type("The very last words.")
    until_now(wei, "The very last words.")
    assert not wei.faults
