"""Ways of signing in, in Chromium: a recovery code, a passkey beside the password or alone, the code of an app."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp

from publication.models import Audit, Publication
from publication.staff import staff_links
from tests.support.chromium import MARKS
from tests.support.colleagues import PASSWORD, Colleague

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.soak]


def code_of(secret: str, step: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step))


def set_up_factors(person: Colleague) -> tuple[str, str]:
    """An authenticator app and a passkey; the app's secret and a recovery code."""
    person.open("/console/account/")
    person.press("a[href='/console/account/app/']")
    person.confirm_password()
    shown = "() => document.querySelector('img.app-code').naturalWidth > 0"
    assert person.page.evaluate(shown), "the policy allows the picture"
    secret = person.page.inner_text("main code")
    person.fill(code=code_of(secret))
    person.press("form:has(#id_code) button.main")
    recovery = person.page.inner_text(".codes li:first-child")
    person.open("/console/account/passkeys/add/")
    person.fill(name="Wei’s laptop")
    person.press("form[data-passkey] button")
    return secret, recovery


def test_every_second_factor_lets_its_owner_in(live_server, browser):
    """`tests/journeys/test_month_in_console.py` shows how accounts begin."""
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "postal_address": "3 Fuxing Road, Beijing"})
    wei = Colleague(browser, live_server.url, "wei", ("en", 390, "light"))
    wei.open(f"/console/join/{staff_links.first_account_token()}/")
    wei.fill(username="wei", email="wei@cast.example", password=PASSWORD, again=PASSWORD)
    wei.press("button.main")
    secret, recovery = set_up_factors(wei)
    for factor in ("recovery code", "passkey", "passkey alone", "app"):
        wei.press("form button", "header")
        if factor == "passkey alone":
            wei.press("form[data-passkey] button")
        else:
            wei.sign_in()
            assert wei.path == "/console/login/code/"
            if factor == "passkey":
                wei.press("form[data-passkey] button")
            else:  # a code of the app works once; the next one is accepted, too
                wei.fill(code=recovery if factor == "recovery code" else code_of(secret, 1))
                wei.press("form:has(#id_code) button")
        assert wei.path == "/console/", factor
    assert Audit.objects.filter(verb="login").count() == 5
    assert wei.wrong == []
