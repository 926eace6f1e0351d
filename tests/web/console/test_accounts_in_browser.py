"""Second factors in Chromium: an authenticator app and a passkey are set up and used, under the pages' own security policy."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp

from publication.models import Audit
from tests.support.chromium import MARKS
from tests.web.conftest import PASSWORD
from tests.web.test_browser import INSPECT, browser, log_in, watched  # noqa: F401 - `browser` is a fixture

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def with_authenticator(page):
    """A passkey store of the browser, as DevTools offers one to tests: it verifies its user without asking."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def confirm(page) -> None:
    page.wait_for_url("**/confirm/**")
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")


def sign_out(page, root: str) -> None:
    page.click("header button")
    page.wait_for_url(f"{root}/console/login/")


def test_an_authenticator_app_and_a_passkey_are_set_up_and_used(live_server, browser, editor):  # noqa: F811
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en")
    page, root, faults = watched(context), live_server.url, {}
    with_authenticator(page)

    def inspect() -> None:
        if found := page.evaluate(INSPECT):
            faults[page.url] = found

    log_in(page, root)
    page.goto(f"{root}/console/account/")
    inspect()
    page.click("text=Set up an app")
    confirm(page)
    page.wait_for_url("**/account/app/")
    assert page.evaluate("() => document.querySelector('img.app-code').naturalWidth > 0"), "the policy allows the picture"
    inspect()
    secret = page.inner_text("main code")
    page.fill("#id_code", code_of(secret))
    page.click("main button[type=submit]")
    page.wait_for_url("**/recovery-codes/")
    recovery = page.inner_text(".codes li:first-child")
    inspect()
    page.goto(f"{root}/console/account/")
    page.click("text=Add a passkey")
    page.fill("#id_name", "Wei’s laptop")
    inspect()
    page.click("text=Create passkey")
    page.wait_for_url("**/console/account/")
    assert "The passkey is added." in page.inner_text("main")
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    page.goto(f"{root}/console/account/passkeys/")
    assert "Wei’s laptop" in page.inner_text("main")
    inspect()
    page.goto(f"{root}/console/account/sessions/")
    inspect()

    sign_out(page, root)
    page.fill("#id_username", "editor")
    page.fill("#id_password", PASSWORD)
    page.click("form:has(#id_password) button")
    page.wait_for_url("**/login/code/")
    inspect()
    page.fill("#id_code", recovery)
    page.click("form:has(#id_code) button")
    page.wait_for_url(f"{root}/console/")

    sign_out(page, root)
    page.fill("#id_username", "editor")
    page.fill("#id_password", PASSWORD)
    page.click("form:has(#id_password) button")
    page.click("text=Use a passkey")
    page.wait_for_url(f"{root}/console/")

    sign_out(page, root)
    inspect()
    page.click("text=Sign in with a passkey")
    page.wait_for_url(f"{root}/console/")
    assert Audit.objects.filter(verb="login").count() == 4
    assert faults == {}
    assert page.complaints == []
    context.close()
