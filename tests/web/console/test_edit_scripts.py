"""Edit scripts in the real editor in Chromium: each gives exactly the expected source, in the page and when it is saved."""

import json
from collections.abc import Sequence
from difflib import unified_diff

import pytest
from playwright.sync_api import Error as PlaywrightError

from composer.issue.editing.part_document import document_of, source_of
from editorial.models import IssueRecord
from tests.support.chromium import MARKS
from tests.web.console import edit_paste_scripts, edit_scripts
from tests.web.console.edit_scripts import EVERYTHING, Script
from tests.web.console.test_rich_editor import write_light
from tests.web.console.test_writing_in_browser import Person
from tests.web.console.test_writing_in_browser import issue as issue
from tests.web.test_browser import INSPECT

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200)]
SCRIPTS = [*edit_scripts.scripts(), *edit_paste_scripts.scripts()]
# One of each kind, for every run of the tests.
FEW = {
    "type markup", "compose in a list", "Enter in CAPTION", "Backspace in first BULLET", "Delete in A HEADING here",
    "strong off in the middle", "a link by its button", "a merge field", "> by an input method", "- as characters",
    "move profile up, undo and redo", "copy calendar", "insert Table", "an answer more by Enter", "a column more", "a last day", "undo and redo across autosaves",
    "paste a nested list from Word", "paste sections from WeChat", "paste a table of enormous spans from the web",
}  # fmt: skip
READ = 'document.querySelector("form[data-rich] [name=document]").value'
# Begins with another text as a page does that was just opened: with nothing to undo.
BEGIN = """(given) => {
  const { richPart } = document.querySelector("form[data-rich]");
  const { view, state } = richPart.editor;
  richPart.only = given.only;
  view.updateState(state.constructor.create({ doc: state.schema.nodeFromJSON(given.doc), plugins: state.plugins }));
  view.focus();
  richPart.changed();
}"""
SAVED = {"status": "Saved", "note": "", "base": 1}


def run(person: Person, script: Script) -> str:
    """Returns what is wrong; empty if the script gives what it should."""
    page = person.page
    page.evaluate(BEGIN, document_of(script.before).json())
    try:
        for step in script.steps:
            step(person.rich)
        got = source_of(json.loads(page.evaluate(READ)), script.before)
    except PlaywrightError as error:  # the other scripts run too
        person.write("light")
        return f"{script.name}\n{str(error)[:300]}"
    wrong = [*page.complaints, *page.evaluate(INSPECT)]
    page.complaints.clear()
    if got == script.after and not wrong:
        return ""
    return "\n".join(
        [script.name, *unified_diff(script.after.split("\n"), got.split("\n"), "expected", "got", n=1, lineterm=""), *wrong]
    )


def judge(live_server, chromium, issue: IssueRecord, scripts: Sequence[Script]) -> None:
    """Run the scripts in one page. Saving and the preview are answered at once; what is sent to them is what is compared."""
    wei = Person(chromium, live_server.url, "wei", ("en", "light", 1280))
    wei.page.set_default_timeout(60_000)
    wei.page.route("**/preview/live**", lambda route: route.fulfill(status=204))
    wei.page.route("**/part/", lambda route: route.fulfill(json=SAVED))
    write_light(issue, EVERYTHING)
    wei.write("light")
    failed = [fault for script in scripts if (fault := run(wei, script))]
    assert not failed, f"{len(failed)} of {len(scripts)}\n\n" + "\n\n".join(failed)


def test_one_script_of_each_kind_gives_exactly_the_expected_source(live_server, browser, issue):
    chosen = [script for script in SCRIPTS if script.name in FEW]
    assert len(chosen) == len(FEW)
    judge(live_server, browser, issue, chosen)


@pytest.mark.soak
def test_every_script_gives_exactly_the_expected_source(live_server, browser, issue):
    names = [script.name for script in SCRIPTS]
    assert len(set(names)) == len(names)
    judge(live_server, browser, issue, SCRIPTS)
