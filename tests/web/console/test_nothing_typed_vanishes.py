"""Whatever is chosen and however something is typed: what was typed is in the text of the editor and in what is saved.

Every kind of block × every place of the cursor in, at and around it × keys, pasting and input methods, in an article that has only
this block, as a translation has that begins with a picture, and in one with paragraphs around it.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from composer.issue.editing.part_document import document_of, source_of
from editorial.models import IssueRecord
from tests.support.chromium import MARKS
from tests.support.edit_steps import composed, composing, press
from tests.support.rich_text import BODY, RichText
from tests.web.console.edit_scripts import CARDS
from tests.web.console.test_edit_scripts import BEGIN, SAVED
from tests.web.console.test_rich_editor import write_light
from tests.web.console.test_writing_in_browser import Person
from tests.web.console.test_writing_in_browser import issue as issue

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200)]
BLOCKS = {
    **CARDS,
    "subHeading": "### A HEADING",
    "bulletList": "- first\n- second",
    "orderedList": "1. first\n2. second",
    "blockquote": "> A QUOTE.",
    "editorMark": "<!-- ask Mei -->",
    "rawSource": "::: unknown\nLines.\n:::",
    "paragraph": "A paragraph.",
}
AROUND = {"alone": "{}", "below a mark": "<!-- translate this -->\n\n{}", "between paragraphs": "Above.\n\n{}\n\nBelow."}
# The places in a block where text can be: positions in the document, and fields of cards by their number.
PLACES = """(kind) => {
  const { editor } = document.querySelector("form[data-rich]").richPart;
  const found = { text: [], fields: 0 };
  editor.state.doc.forEach((node, at) => {
    if (node.type.name !== kind || found.done) return;
    found.done = true;
    const note = (child, position) => { if (child.isTextblock) found.text.push(position + 1, position + 1 + child.content.size); };
    note(node, at);
    node.descendants((child, position) => { note(child, at + 1 + position); });
    found.fields = editor.view.nodeDOM(at)?.querySelectorAll?.(FIELDS).length ?? 0;
  });
  return found;
}"""
FIELDS = ".card-controls :is(input:not([type=file], [type=date], [type=checkbox]), textarea)"
# Selects the first whole block of a kind, also of one without a name to click on.
SELECT = """(kind) => {
  const { editor } = document.querySelector("form[data-rich]").richPart;
  let first = null;
  editor.state.doc.forEach((node, at) => { if (node.type.name === kind) first ??= at; });
  editor.view.focus();
  editor.commands.setNodeSelection(first);
}"""
CURSOR = """(at) => {
  const { editor } = document.querySelector("form[data-rich]").richPart;
  editor.view.focus();
  editor.commands.setTextSelection(at);
}"""
# A browser tells a page where the cursor is in a task of its own. A person is never faster than that, a test is.
CURSOR_IS_KNOWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 10))))"
# As after two clicks: then what is typed replaces them.
WORDS_ARE_SELECTED = """() => {
  const { selection } = document.querySelector("form[data-rich]").richPart.editor.state;
  return !selection.empty && !selection.node;
}"""
TOOLBAR = 'document.querySelector(".editor-toolbar").getBoundingClientRect().bottom'
# A page that was just opened has an empty line below a card at the end; the script that begins with another text does not add it.
TOUCH = "(() => { const { view } = document.querySelector('form[data-rich]').richPart.editor; view.dispatch(view.state.tr); })()"
SAVE = 'document.querySelector("form[data-rich]").whenSaved()'

Act = Callable[[RichText], object]


def typed(word: str) -> Act:
    return lambda rich: rich.page.keyboard.type(word)


def inserted(word: str) -> Act:
    """As dictation and the keyboards of phones do it: without a key."""
    return lambda rich: rich.page.keyboard.insert_text(word)


def pasted(word: str) -> Act:
    def act(rich: RichText) -> None:
        rich.page.evaluate("(word) => navigator.clipboard.writeText(word)", word)
        rich.page.keyboard.press("Control+v")

    return act


def written_by_an_input_method(word: str) -> Act:
    def act(rich: RichText) -> None:
        composing(word[:1], word[:2])(rich)
        composed(word)(rich)

    return act


def after(key: str) -> Callable[[str], Act]:
    def of(word: str) -> Act:
        return lambda rich: (rich.page.keyboard.press(key), rich.page.keyboard.type(word))

    return of


WAYS: dict[str, Callable[[str], Act]] = {
    "type": typed, "insert": inserted, "paste": pasted, "compose": written_by_an_input_method, "Enter": after("Enter"),
    "Backspace": after("Backspace"), "Delete": after("Delete"),
}  # fmt: skip
KEEPS = {"type", "insert", "compose", "Enter"}  # where nothing else may go


def clicked(selector: str, *, x: float | None = None, y: float | None = None) -> Act:
    """Click on an element, at a place of it counted from its left and upper edge, or from its lower edge if that is negative."""

    def act(rich: RichText) -> None:
        element = rich.page.locator(selector).first
        # The toolbar stays in sight, above what is scrolled below it.
        element.evaluate("(element, toEnd) => element.scrollIntoView({ block: toEnd ? 'end' : 'center' })", bool(y and y < 0))
        box = element.bounding_box()
        down = box["height"] / 2 if y is None else y if y >= 0 else box["height"] + y
        at = box["x"] + (box["width"] / 2 if x is None else x), box["y"] + down
        if y is not None and y >= 0 and rich.page.evaluate(TOOLBAR) > at[1]:
            rich.page.evaluate("(by) => window.scrollBy(0, by)", at[1] - rich.page.evaluate(TOOLBAR) - 10)
            at = at[0], element.bounding_box()["y"] + down
        rich.page.mouse.click(*at)

    return act


def places(rich: RichText, kind: str) -> Iterator[tuple[str, Act]]:
    """Name and step of each place of a cursor or a selection for the block of this kind in the text."""
    yield "selected", lambda rich: rich.page.evaluate(SELECT, kind)
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Escape"):
        yield f"selected, then {key}", lambda rich, key=key: (rich.page.evaluate(SELECT, kind), rich.page.keyboard.press(key))
    for key in ("Home", "End"):
        yield f"{key} of the text", lambda rich, key=key: (rich.page.focus(BODY), rich.page.keyboard.press(f"Control+{key}"))
    yield "the upper edge", clicked(BODY, y=2)
    yield "the lower edge", clicked(BODY, y=-3)
    card = f"{BODY} .editor-card-{kind}"
    for name, selector in (
        ("name", f"{card} .card-name"),
        ("picture", f"{card} .picture-field > :is(img, .no-picture):visible"),
        ("edge", card),
    ):
        if rich.page.locator(selector).count():
            click = clicked(selector, **({"x": 2.0, "y": 2.0} if name == "edge" else {}))
            yield f"click on the {name}", click
            yield f"two clicks on the {name}", lambda rich, click=click: (click(rich), click(rich))
    positions = rich.page.evaluate(PLACES.replace("FIELDS", json.dumps(FIELDS)), kind)
    for at in dict.fromkeys(positions["text"]):
        yield f"cursor at {at}", lambda rich, at=at: rich.page.evaluate(CURSOR, at)
    for at in range(positions["fields"]):
        yield (
            f"field {at}",
            lambda rich, at=at: (rich.page.locator(card).first.locator(FIELDS).nth(at).focus(), press("End")(rich)),
        )


@dataclass
class Typist:
    """The page of an article whose saved texts are caught."""

    person: Person
    saved: list[str] = field(default_factory=list)
    count: int = 0

    def open(self, issue: IssueRecord) -> None:
        page = self.person.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=self.person.root)
        page.set_default_timeout(60_000)
        page.route("**/preview/live**", lambda route: route.fulfill(status=204))
        page.route("**/part/", self._catch)
        write_light(issue, "One.")
        self.person.write("light")

    def _catch(self, route: Any) -> None:
        self.saved.append(parse_qs(route.request.post_data)["document"][0])
        route.fulfill(json=SAVED)

    def fault(self, body: str, go_to: Act, way: str) -> str:
        """What is wrong after somebody typed a word at a place in this way; empty if nothing is."""
        page = self.person.page
        page.evaluate(BEGIN, document_of(body).json())
        page.evaluate(TOUCH)
        page.evaluate(SAVE)
        # Chromium keeps the selection of a field that a script took the focus from, until a key or a click: an input method would write there.
        page.keyboard.press("ArrowRight")
        page.evaluate(CURSOR_IS_KNOWN)
        self.count += 1
        word = f"zq{self.count}w"
        go_to(self.person.rich)
        page.evaluate(CURSOR_IS_KNOWN)
        keeps = way in KEEPS and not page.evaluate(WORDS_ARE_SELECTED)
        WAYS[way](word)(self.person.rich)
        if not page.evaluate(SAVE):
            return "not saved"
        kept = source_of(json.loads(self.saved[-1]), body)
        if word not in kept:
            shown = page.locator(BODY).inner_text()
            return f"the word is not in {kept!r}, and {'is' if word in shown else 'is not'} on the page"
        gone = [lost for lost in re.findall("[A-Za-z]{3,}", body) if keeps and lost not in kept]
        return f"{gone} went from {kept!r}" if gone else ""


def cases(typist: Typist) -> Iterator[tuple[str, str, Act, str]]:
    """(name, text, step, way of typing) of every combination."""
    page = typist.person.page
    for (kind, lines), around in itertools.product(BLOCKS.items(), AROUND):
        pattern = AROUND[around]
        body = pattern.format(lines)
        page.evaluate(BEGIN, document_of(body).json())
        page.evaluate(TOUCH)
        for (name, step), way in itertools.product(list(places(typist.person.rich, kind)), WAYS):
            yield f"{kind} {around}, {name}, {way}", body, step, way


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(2))
def test_what_is_typed_is_in_the_text_and_is_saved(live_server, browser, issue, chunk):
    """Over the kinds, each place meets each way of typing; two thirteenths of all combinations."""
    typist = Typist(Person(browser, live_server.url, "wei", ("en", "light", 1280)))
    typist.open(issue)
    faults, count = [], 0
    for name, body, step, way in itertools.islice(cases(typist), chunk, None, 13):
        count += 1
        if fault := typist.fault(body, step, way):
            faults.append(f"{name}: {fault}")
    assert not faults, f"{len(faults)} of {count}\n" + "\n".join(faults)
    assert count > 250
