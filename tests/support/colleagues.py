"""People of an office in Chromium: each has a browser of their own, signs in, and has every page inspected as it comes."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, expect

from tests.support.phone import unfold
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until
from tests.web.test_browser import INSPECT, watched

PASSWORD = "a long enough one"
SIGN_IN = "main form:has(#id_password):not(.languages) button[type=submit]"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip
Look = tuple[str, int, str]  # language of the browser, width of the window, colour scheme


class Colleague:
    """One person with a browser. `faults`: what the inspection found, by address; it is empty at the end of a good test."""

    def __init__(self, chromium: Any, root: str, name: str, look: Look, *, scripts: bool = True) -> None:
        language, width, scheme = look
        self.root, self.name, self.look, self.faults = root, name, look, {}
        size = {"width": width, "height": 844}
        context = chromium.new_context(viewport=size, color_scheme=scheme, locale=language, java_script_enabled=scripts)
        self.page = watched(context)
        self.page.set_default_timeout(30_000)
        session = self.page.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def open(self, address: str) -> None:
        """Open a path of the console, or an address out of a mail."""
        address = address if address.startswith("http") else self.root + address
        try:
            self.page.goto(address)
        except Error as problem:
            # A page that renews itself, such as that of a campaign that is being sent, did so at this moment.
            if f'interrupted by another navigation to "{address}"' not in str(problem):
                raise
            self.page.wait_for_load_state()
        self.inspect()

    def press(self, selector: str, scope: str = "main") -> None:
        """Press a button or a link, and wait for the page that follows; it may have the same address."""
        unfold(self.page, f"{scope} {selector}")
        with self.page.expect_navigation():
            self.page.locator(f"{scope} {selector}").first.click()
        self.inspect()

    def tab(self, name: str) -> None:
        """Go to another page of the issue, by its tab: the last part of the address."""
        self.press(f"[href$='/{name}/']", "nav.tabs")

    def fill(self, **fields: str) -> None:
        for name, text in fields.items():
            unfold(self.page, f"#id_{name}")
            self.page.fill(f"#id_{name}", text)

    def until_saved(self) -> None:
        expect(self.page.locator("[data-status]")).to_have_attribute("data-kind", "good", timeout=30_000)
        self.inspect()

    def is_shown(self, selector: str) -> bool:
        return bool(self.page.locator(selector).first.is_visible())

    def inspect(self) -> None:
        self.page.wait_for_load_state()  # a page that renews itself shows its content before it has its styles
        if faults := self.page.evaluate(INSPECT):
            self.faults[self.page.url] = faults

    def sign_in(self) -> None:
        self.fill(username=self.name, password=PASSWORD)
        self.press(SIGN_IN.removeprefix("main "))

    def confirm_password(self) -> None:
        """Pages that change how somebody signs in ask for the password first."""
        if self.path.endswith("/confirm/"):
            self.fill(password=PASSWORD)
            self.press(SIGN_IN.removeprefix("main "))

    @property
    def wrong(self) -> list[str]:
        """What the inspection and the browser reported about the pages of this person."""
        problems = [f"{self.name} {address}: {fault}" for address, faults in self.faults.items() for fault in faults]
        return problems + [f"{self.name}: {complaint}" for complaint in self.page.complaints]


def mail_to(sandbox: SandboxProcess, address: str, pattern: str) -> re.Match[str]:
    """Where the pattern is in the newest mail to the address that has it; waits for that mail."""
    found: list[re.Match[str]] = []

    def has_come() -> bool:
        mails = sandbox.messages(to=address)
        found[:] = [match for mail in mails if (match := re.search(pattern, mail["text"], re.M))]
        return bool(found)

    wait_until(has_come, 60, f"a mail to {address} with {pattern}")
    return found[0]
