"""People of an office who are signed in from the beginning, and use pages by pointer, by keyboard alone, or without JavaScript."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import resolve
from playwright.sync_api import expect

from publication.models import Actor
from tests.support.axe import axe_faults
from tests.support.colleagues import Colleague, Look
from tests.support.keyboard import Keyboard
from tests.support.phone import unfold


class SignedInColleague(Colleague):
    """Somebody with an account, whose activations are counted: clicks, ticks and presses of Enter.

    `manner`: pointer, keys, or plain (without JavaScript).
    """

    def __init__(self, chromium: Any, root: str, actor: Actor, look: Look, manner: str) -> None:
        super().__init__(chromium, root, actor.name, look, scripts=manner != "plain")
        self.manner, self.keys, self.activations, self.errands = manner, Keyboard(self.page), 0, {}
        self.examined: set[str] = set()
        client = Client()
        client.force_login(actor.user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": root}])

    @contextmanager
    def errand(self, name: str) -> Iterator[None]:
        self.open("/console/")
        self.activations = 0
        yield
        self.errands[name] = self.activations

    def inspect(self) -> None:
        """As every page; axe looks at each kind of page once, in the looks that are used with a pointer."""
        super().inspect()
        kind = resolve(self.path).url_name
        if self.manner == "pointer" and kind not in self.examined and (violations := axe_faults(self.page)):
            self.faults.setdefault(self.page.url, []).extend(violations)
        self.examined.add(kind)

    def press(self, selector: str, scope: str = "main") -> None:
        self.activations += 1
        if self.manner == "keys":
            self.keys.press(f"{scope} {selector}")
            self.inspect()
        else:
            super().press(selector, scope)

    def open_up(self, selector: str) -> None:
        """Open what is folded."""
        self.activations += 1
        self._activate(selector, "Enter")

    def tick(self, selector: str) -> None:
        """Tick a box, or choose one of several: a keyboard reaches the chosen one and goes on with the arrows."""
        self.activations += 1
        if self.manner == "keys" and (name := self.page.get_attribute(selector, "name")) and "radio" in selector:
            self.keys.go_to(f"input[name={name}]")
            while not self.page.is_checked(selector):
                self.page.keyboard.press("ArrowDown")
        else:
            self._activate(selector, "Space")
        assert self.page.is_checked(selector)

    def choose(self, selector: str, value: str) -> None:
        """Choose an option of a list; a keyboard goes to it with the arrows."""
        self.activations += 1
        if self.manner != "keys":
            unfold(self.page, selector)
            self.page.select_option(selector, value)
            return
        self.keys.unfold(selector)
        self.keys.go_to(selector)
        options = self.page.eval_on_selector_all(f"{selector} option", "options => options.map(option => option.value)")
        steps = options.index(value) - options.index(self.page.input_value(selector))
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        expect(self.page.locator(selector)).to_have_value(value)

    def _activate(self, selector: str, key: str) -> None:
        if self.manner == "keys":
            self.keys.go_to(selector)
            self.page.keyboard.press(key)
        else:
            self.page.click(selector)

    def write(self, selector: str, text: str) -> None:
        if self.manner == "keys" and "\n" not in text:
            self.keys.go_to(selector)
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(text)
        else:
            self.page.fill(selector, text)

    def download(self, selector: str) -> bytes:
        self.activations += 1
        with self.page.expect_download() as download:
            self._activate(selector, "Enter")
        return download.value.path().read_bytes()
