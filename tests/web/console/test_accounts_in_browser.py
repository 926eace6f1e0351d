"""Accounts in Chromium: the first one by its link, an invitation, an authenticator app and a passkey, under the pages' own policy."""

from __future__ import annotations

import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User

from publication.models import Audit, Invitation, Publication
from publication.staff import staff_links
from tests.support import people
from tests.support.chromium import MARKS
from tests.web.test_browser import INSPECT, watched

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("MAILROOM_TEST_PICTURES")  # a folder, to look at the pages
LOOKS = [
    (language, scheme, width) for language in ("en", "zh-CN") for scheme in ("light", "dark") for width in (390, 1280)
]  # fmt: skip
WORD = "a long enough one"
SUBMIT = "main form:not(.languages):not([data-passkey]) button[type=submit]"


class Person:
    """One person with a browser, whose pages are inspected as they come."""

    def __init__(self, chromium, root: str, look: tuple[str, str, int]) -> None:
        self.root, self.look, self.faults, self.number = root, look, {}, 0
        language, scheme, width = look
        size = {"width": width, "height": 844}
        self.page = watched(chromium.new_context(viewport=size, color_scheme=scheme, locale=language))
        session = self.page.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def open(self, path: str) -> None:
        self.page.goto(self.root + path)
        self.inspect()

    def inspect(self) -> None:
        if found := self.page.evaluate(INSPECT):
            self.faults[self.page.url] = found
        if PICTURES:
            self.number += 1
            name = f"{'-'.join(map(str, self.look))}-{self.number:02}-{urlsplit(self.page.url).path.strip('/').replace('/', '_')[:40]}"
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)

    def fill(self, **fields: str) -> None:
        for name, text in fields.items():
            self.page.fill(f"#id_{name}", text)

    def press(self, selector: str, until: str) -> None:
        with self.page.expect_navigation(url=f"{self.root}{until}"):
            self.page.click(selector)
        self.inspect()

    def sign_in(self, name: str, until: str) -> None:
        self.fill(username=name, password=WORD)
        self.press("form:has(#id_password) button", until)

    def sign_out(self) -> None:
        self.press("header button", "/console/login/")

    def confirm(self, until: str) -> None:
        self.page.wait_for_url("**/confirm/**")
        self.inspect()
        self.fill(password=WORD)
        self.press(SUBMIT, until)


def code_of(secret: str, step: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step))


def set_up_factors(person: Person) -> tuple[str, str]:
    """An authenticator app and a passkey; the app's secret and a recovery code."""
    page = person.page
    person.open("/console/account/")
    page.click("a[href='/console/account/app/']")
    person.confirm("/console/account/app/")
    assert page.evaluate("() => document.querySelector('img.app-code').naturalWidth > 0"), "the policy allows the picture"
    secret = page.inner_text("main code")
    person.fill(code=code_of(secret))
    person.press(SUBMIT, "/console/account/recovery-codes/")
    recovery = page.inner_text(".codes li:first-child")
    person.open("/console/account/passkeys/add/")
    person.fill(name="Wei’s laptop")
    person.press("form[data-passkey] button", "/console/account/")
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    person.open("/console/account/passkeys/")
    assert "Wei’s laptop" in page.inner_text("main")
    person.open("/console/account/sessions/")
    return secret, recovery


@pytest.mark.soak
@pytest.mark.parametrize(
    "look", [pytest.param(each, marks=() if each == ("en", "light", 390) else pytest.mark.soak) for each in LOOKS], ids=str
)
def test_from_the_first_account_to_an_invited_person_with_a_passkey(live_server, browser, look):
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "postal_address": "3 Fuxing Road, Beijing"})
    people.make_sender()
    wei = Person(browser, live_server.url, look)
    wei.open(f"/console/join/{staff_links.first_account_token()}/")
    wei.fill(username="wei", email="wei@cast.example", password=WORD, again=WORD)
    wei.press(SUBMIT, "/console/")
    secret, recovery = set_up_factors(wei)

    wei.open("/console/roles/")
    wei.open("/console/staff/")
    wei.fill(email="li@cast.example")
    wei.page.check("input[name=role][value=editor]")
    wei.press("form[action$='/invite/'] button", "/console/staff/")

    li = Person(browser, live_server.url, look)
    li.open(f"/console/join/{staff_links.invitation_token(Invitation.objects.get())}/")
    li.fill(username="li", password=WORD, again=WORD)
    li.press(SUBMIT, "/console/")
    assert not User.objects.get(username="li").is_superuser

    # The three ways in: a recovery code, the passkey as second factor, the passkey alone. Codes of the app work once in 30 s.
    for step in ("code", "passkey", "alone"):
        wei.sign_out()
        if step == "alone":
            wei.press("form[data-passkey] button", "/console/")
            continue
        wei.sign_in("wei", "/console/login/code/")
        if step == "code":
            wei.fill(code=recovery)
            wei.press("form:has(#id_code) button", "/console/")
        else:
            wei.press("form[data-passkey] button", "/console/")
    wei.sign_out()
    wei.sign_in("wei", "/console/login/code/")
    wei.fill(code=code_of(secret, 1))  # the next one, as an app whose clock is a little ahead shows it
    wei.press("form:has(#id_code) button", "/console/")
    wei.sign_out()
    wei.open("/console/password/")
    wei.fill(email="wei@cast.example")
    wei.press(SUBMIT, "/console/password/asked/")
    assert Audit.objects.filter(verb="login").count() == 6
    assert (wei.faults, li.faults) == ({}, {})
    assert (wei.page.complaints, li.page.complaints) == ([], [])
