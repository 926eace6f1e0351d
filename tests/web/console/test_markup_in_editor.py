"""Markup that somebody types, pastes or puts into a field of a card runs neither in the editor nor in the preview: in Chromium."""

import pytest
from playwright.sync_api import Error as PlaywrightError

from composer.issue.editing.part_document import document_of
from tests.support.chromium import MARKS
from tests.support.edit_steps import at, field, into, paste, press, save
from tests.support.variations import few
from tests.web import hostile_markup
from tests.web.console.edit_scripts import EVERYTHING
from tests.web.console.test_edit_scripts import BEGIN
from tests.web.console.test_rich_editor import body_of, write_light
from tests.web.console.test_writing_in_browser import Person
from tests.web.console.test_writing_in_browser import issue as issue
from tests.web.hostile_markup import MARK

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
ALL = hostile_markup.texts()
ONE = [ALL[15]]
# Elements and attributes that only a text can have brought: no page and no mail of ours has them.
FOREIGN = """() => {
  const foreign = [];
  for (const element of document.querySelectorAll('*')) {
    for (const {name, value} of element.attributes) {
      if (name.startsWith('on') || name === 'srcdoc' || /^\\s*javascript:/i.test(value)) foreign.push(`${element.localName} ${name}`);
    }
    if (/^(object|embed|animate|video|audio|base)$/.test(element.localName)) foreign.push(element.localName);
    if (element.localName === 'script' && !element.src && element.type !== 'application/json') foreign.push('script');
  }
  return foreign;
}"""
# Touches every element as a mouse and a keyboard would: handlers that wait for that run.
TOUCH = """() => {
  for (const element of document.querySelectorAll('body *')) {
    for (const kind of ['mouseover', 'focus', 'animationstart', 'toggle']) element.dispatchEvent(new Event(kind));
  }
}"""
WORDS = "document.querySelector('form[data-rich]').richPart.editor.state.doc.textContent"


def ran(person: Person) -> list[str]:
    """What shows that a text became markup: in the page and in the frames of the preview."""
    executed = list(person.page.complaints)
    for frame in person.page.frames:
        if frame.url in ("", "about:blank"):
            continue
        try:
            executed += frame.evaluate(FOREIGN)
            frame.evaluate(TOUCH)
        except PlaywrightError:
            if not frame.is_detached():  # by the next preview, which is looked at next time
                raise
    person.page.complaints.clear()
    return executed


@pytest.mark.parametrize("texts", few(ONE, soak=[ALL[::4]]), ids=["one", "26"])
def test_no_text_becomes_markup_in_the_editor_or_its_preview(live_server, browser, issue, texts):
    write_light(issue, "Old.")
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))
    heard, asked = [], []
    wei.page.on("console", lambda said: heard.append(said.text) if MARK in said.text else None)
    wei.page.on("dialog", lambda dialog: asked.append(dialog.message))
    wei.page.on("popup", lambda page: asked.append(page.url))
    wei.write("light")
    where, faults = wei.page.url, {}
    empty = document_of(EVERYTHING).json()
    for text in texts:
        wei.page.evaluate(BEGIN, empty)
        for step in (at("PARAGRAPH", "around"), paste(html=f"<p>pasted {text}</p>"), at("QUOTE", "around"), paste(text=text)):
            step(wei.rich)
        for target in ("caption", "eventTitle", "sourceEntry"):
            into(target)(wei.rich)
            wei.page.keyboard.insert_text(text)
        for kind, number in (("figure", 0), ("profile", 0), ("profile", 1), ("action", 0)):
            field(kind, number, text)(wei.rich)
        assert text.replace("\n", " ") in wei.page.evaluate(WORDS)
        if executed := [*ran(wei), *heard, *asked]:
            faults[text] = executed
        heard.clear()
        assert wei.page.url == where
    assert faults == {}
    # The last one is stored and shown in the preview, which composes it.
    press("Control+Home")(wei.rich)
    save(wei.rich)
    assert "pasted" in body_of(issue)
    wei.page.wait_for_selector(".preview-beside iframe")
    assert [*ran(wei), *heard, *asked] == []
