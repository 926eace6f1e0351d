"""Random schedules of two people in three tabs, who write while connections, sessions and servers fail: no saved text is lost.

Most tabs have the rich text editor, in which people type into paragraphs, captions and fields of cards. Some edit the same article as
text with marks.

What must hold: every text that a page called saved is stored; every word that was typed is in the newest text in the end, except
words that a person dropped when they saw both texts; nobody's saved text is replaced by somebody who did not see it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from composer.issue.editing.part_document import source_of
from composer.issue.parts.part_texts import opened
from editorial.models import IssueEdit, IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from publication.staff import roles
from tests.composer.making import HEAD
from tests.support.chromium import MARKS, chromium
from tests.support.processes import Processes
from tests.support.rich_text import BODY, RichText
from tests.support.waiting import wait_until

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(900)]
FILE = "issue.md"
PARTS = ("one", "two")
TEXT = """start-%s

![A lamp](images/lamp.png)
Caption: The lamp.

::: profile
Name: Mei

Builds lamps.
:::

Where it stands.

"""
SOURCE = HEAD + "# News {#news}\n" + "".join(f"## {name} {{#{name}}}\n\n{TEXT % name}" for name in PARTS)
WORD = re.compile(r"\bw\d+w\b")
STEPS = 26
# Faults are rarer than what mends them, so that there is something to lose.
CHOICES = [
    *["type"] * 10, *["wait"] * 6, "cut", "mend", "mend", "end session", "sign in", "sign in", "reload", "choose", "choose", "kill web",
]  # fmt: skip
# Reports every text that the page calls saved, at the moment at which it does.
OBSERVER = """() => {
  const line = document.querySelector('[data-status]');
  if (!line) return;
  new MutationObserver(() => {
    if (line.dataset.kind === 'good') window.savedText(location.search, document.querySelector('form.writing').querySelector('[name=document], [name=text]').value);
  }).observe(line, {childList: true, attributes: true, characterData: true, subtree: true});
}"""

QUIET = """() => document.querySelector('form[data-autosave]')
  && !Object.keys(localStorage).some((key) => key.endsWith(sessionStorage.getItem('mailroom-page')))"""


@dataclass
class Tab:
    """One tab of one person at one part."""

    person: Person
    page: Any
    part: str
    view: str = ""  # or "&view=source"
    heard: list[str] = field(default_factory=list)  # what became of its requests

    @property
    def field(self) -> Any:
        """What the page saves: the document of the editor as JSON, or the text."""
        return self.page.locator("form.writing [name=document], form.writing [name=text]")


@dataclass
class Person:
    """A browser profile that is signed in as one account."""

    account: User
    context: Any
    offline: bool = False
    tabs: list[Tab] = field(default_factory=list)

    def sign_in(self, root: str) -> None:
        client = Client()
        client.force_login(self.account, backend="django.contrib.auth.backends.ModelBackend")
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": root}])


class World:
    """An issue, two people, a web server, and what is known of every word."""

    def __init__(self, browser: Any, processes: Processes, seed: int) -> None:
        self.random = random.Random(seed)
        self.processes = processes
        self.root = f"http://127.0.0.1:{processes.web_port}"
        self.issue = IssueRecord.objects.create(slug=f"news-{seed}", title="News")
        edits.replace_source(audit.system(), self.issue, None, issue_state.of_sources({FILE: SOURCE}, {}), reason="import")
        self.saved: list[tuple[str, str]] = []  # (part, text that a page called saved)
        self.typed: dict[str, str] = {}  # word -> part
        self.dropped: set[str] = set()  # by a person who saw both texts
        self.count = 0
        self.conflicts = 0
        self.trace: list[str] = []
        self.people = [self._person(browser, f"writer-{seed}-{at}") for at in range(2)]
        for person, part in zip([*self.people, self.people[0]], ["one", "one", self.random.choice(PARTS)], strict=True):
            self._open(person, part, self.random.choice(["", "", "&view=source"]))

    def _person(self, browser: Any, name: str) -> Person:
        account = User.objects.create_user(name, f"{name}@cast.example", "a long enough one", is_staff=True)
        account.groups.set(roles.groups(["editor"]))
        person = Person(account, browser.new_context(viewport={"width": 1280, "height": 900}))
        person.context.expose_binding("savedText", lambda _, where, text: self.saved.append((where, text)))
        person.sign_in(self.root)
        return person

    def _open(self, person: Person, part: str, view: str) -> None:
        page = person.context.new_page()
        page.set_default_timeout(60_000)
        page.on("dialog", lambda dialog: dialog.accept())
        tab = Tab(person, page, part, view)
        page.on("response", lambda answer: tab.heard.append(f"{answer.status} {answer.request.method} {answer.url}"))
        page.on("requestfailed", lambda request: tab.heard.append(f"{request.failure} {request.method} {request.url}"))
        page.goto(self.address(tab))
        page.evaluate(OBSERVER)
        person.tabs.append(tab)

    def address(self, tab: Tab) -> str:
        return f"{self.root}/console/issues/{self.issue.slug}/part/?file={FILE}&part={tab.part}{tab.view}"

    @property
    def tabs(self) -> list[Tab]:
        return [tab for person in self.people for tab in person.tabs]

    # ------------------------------------------------------------------------------------------------------- steps
    def step(self) -> None:
        tab = self.random.choice(self.tabs)
        if not self.is_up() and self.random.random() < 0.5:
            self.processes.start_web()
        choice = self.random.choice(CHOICES)
        self.note(tab, choice)
        match choice:
            case "type":
                self.type(tab)
            case "wait":
                tab.page.wait_for_timeout(self.random.choice([200, 900, 1800]))
            case "cut":
                self.connect(tab.person, offline=True)
            case "mend":
                self.connect(tab.person, offline=False)
            case "end session":
                Session.objects.all().delete()
            case "sign in":
                tab.person.sign_in(self.root)
            case "reload" if not tab.person.offline and self.is_up():
                self.reload(tab)
            case "choose":
                self.choose_if_asked(tab)
            case "kill web" if self.is_up():
                self.processes.kill("web")

    def note(self, tab: Tab, what: str) -> None:
        """For the message of a failure."""
        self.trace.append(f"{self.tabs.index(tab)}{tab.part[0]} {what} [{self.status(tab)}]")

    def is_up(self) -> bool:
        return "web" in self.processes.running

    def connect(self, person: Person, *, offline: bool) -> None:
        person.context.set_offline(offline)
        person.offline = offline

    def type(self, tab: Tab) -> None:
        if not tab.field.count():
            return  # the tab is at the sign-in
        self.count += 1
        word = f"w{self.count}w"
        where = self.random.choice(["start", "end", "paragraph", "caption", "name", "alternative text"])
        keys = tab.page.keyboard
        if tab.page.locator(BODY).count():
            if not self.go_to(tab, where):
                tab.page.focus(BODY)
                keys.press("Control+Home" if where == "start" else "Control+End")
            if where == "paragraph":
                keys.press("Enter")
            keys.insert_text(f" {word} ")
        else:
            tab.field.focus()
            keys.press("Control+Home" if where == "start" else "Control+End")
            keys.insert_text(f" {word} " if self.random.random() < 0.5 else f"\n\n{word}\n\n")
        self.typed[word] = tab.part
        self.note(tab, f"typed {word} at {where}")

    def go_to(self, tab: Tab, where: str) -> bool:
        """Put the cursor into a place of a card, if the text still has it."""
        match where:
            case "caption":
                caption = tab.page.locator(f"{BODY} [data-node=caption]").first
                if caption.count():
                    RichText(tab.page).into("caption", "end")
            case "name" | "alternative text":
                caption = tab.page.locator(
                    ".editor-card-profile > .card-controls input" if where == "name" else ".editor-card-figure textarea"
                ).first
                if caption.count():
                    caption.focus()
                    tab.page.keyboard.press("Control+End")
            case _:
                return False
        return bool(caption.count())

    def reload(self, tab: Tab) -> None:
        tab.page.goto(self.address(tab))
        if not tab.page.locator("form.writing").count():  # the sign-in
            tab.person.sign_in(self.root)
            tab.page.goto(self.address(tab))
        tab.page.evaluate(OBSERVER)

    def choose_if_asked(self, tab: Tab) -> None:
        """If somebody else changed the same text: look at both, and keep one of them or both."""
        ask = tab.page.locator("[data-compare]")
        if not (ask.count() and ask.is_visible()) or tab.person.offline or not self.is_up():
            return
        mine = word_set(tab.field.input_value())
        tab.person.sign_in(self.root)
        self.reload_token(tab)
        ask.click()
        while tab.page.get_by_text("Your text was not saved yet").count():  # again, if somebody saved meanwhile
            self.choose(tab, mine)
        return self.reload(tab)

    def choose(self, tab: Tab, mine: set[str]) -> None:
        self.conflicts += 1
        theirs = word_set(tab.page.locator("[data-whole='theirs']").inner_html())  # a text would join the lines
        choice = self.random.choice(["theirs", "mine", "both"])
        self.note(tab, f"keep {choice}: mine {sorted(mine)}, theirs {sorted(theirs)}")
        match choice:
            case "theirs":
                self.dropped |= mine - theirs
                tab.page.get_by_role("link", name="Keep the other text").click()
            case "mine":
                self.dropped |= theirs - mine
                tab.page.get_by_role("button", name="Keep my text").click()
            case "both":
                mine |= theirs
                name = "Save this text" if tab.view else "Keep both and go on in the editor"
                tab.page.get_by_role("button", name=name).click()
        tab.page.wait_for_load_state()

    def reload_token(self, tab: Tab) -> None:
        """The forms of a page need the token of the session that is signed in now, as after a sign-in in another tab."""
        other = tab.person.context.new_page()
        other.goto(self.address(tab))
        token = other.locator("[name=csrfmiddlewaretoken]").first.input_value()
        other.close()
        script = "(token) => document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((e) => { e.value = token; })"
        tab.page.evaluate(script, token)

    # ----------------------------------------------------------------------------------------------------- the end
    def settle(self) -> None:
        """Everything works again: then every tab saves what it has, after a choice if it needs one."""
        if not self.is_up():
            self.processes.start_web()
        for person in self.people:
            person.sign_in(self.root)
            self.connect(person, offline=False)
        for tab in self.tabs:
            for _ in range(6):
                tab.page.evaluate("window.dispatchEvent(new Event('online'))")
                self.await_quiet(tab)
                if not self.is_asked(tab):
                    break
                self.choose_if_asked(tab)

    def await_quiet(self, tab: Tab) -> None:
        try:
            wait_until(lambda: self.is_quiet(tab), 200, pause=0.1)
        except AssertionError as late:
            kept = tab.page.evaluate("JSON.stringify(localStorage)")
            details = (self.status(tab), tab.page.url, kept, *tab.heard[-20:], self.processes.log("web")[-3000:], *self.trace)
            raise AssertionError("\n".join(details)) from late

    def status(self, tab: Tab) -> str:
        line = tab.page.locator("[data-status]")
        return str(line.text_content()) if line.count() else tab.page.url

    def is_asked(self, tab: Tab) -> bool:
        ask = tab.page.locator("[data-compare]")
        return bool(ask.count()) and ask.is_visible()

    def is_quiet(self, tab: Tab) -> bool:
        """The page has nothing that it keeps because it is not saved, or it asks for a choice."""
        return self.is_asked(tab) or bool(tab.page.evaluate(QUIET))

    def judge(self) -> None:
        stored = {name: [] for name in PARTS}
        rows = IssueEdit.objects.filter(issue=self.issue, kind="text", part__in=PARTS).order_by("number")
        for part, text in rows.values_list("part", "text"):
            stored[part].append(opened(text).body)
        for where, text in self.saved:
            part = re.search(r"part=(\w+)", where)[1]
            assert any(says(version, text) for version in stored[part]), (where, text, "\n".join(self.trace))
        newest = {part.id: part.text for part in issue_state.head(self.issue.pk).files[FILE]}
        lost = {
            word: part for word, part in self.typed.items() if word not in self.dropped and word not in word_set(newest[part])
        }
        assert lost == {}, (lost, newest, "\n".join(self.trace))


def says(body: str, saved: str) -> bool:
    """Whether a stored text is exactly what a page called saved: a document of the editor, or a text."""
    return body == (source_of(json.loads(saved), body) if saved.startswith("{") else saved.strip("\n"))


def word_set(text: str | None) -> set[str]:
    return set(WORD.findall(text or ""))


@contextmanager
def world(browser: Any, processes: Processes, seed: int) -> Iterator[World]:
    made = World(browser, processes, seed)
    yield made
    for person in made.people:
        person.context.close()


@pytest.mark.soak
@pytest.mark.parametrize("seeds", [range(5), range(5, 10)], ids=str)
def test_no_saved_text_is_lost_and_nobody_overwrites_unseen_text(monkeypatch, seeds):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    saved = conflicts = 0
    with Processes("http://127.0.0.1:9") as processes, chromium() as browser:
        processes.start_web()
        for seed in seeds:
            with world(browser, processes, seed) as played:
                for _ in range(STEPS):
                    played.step()
                played.settle()
                played.judge()
                saved, conflicts = saved + len(played.saved), conflicts + played.conflicts
    assert saved >= len(seeds)
    assert conflicts > 0
