"""Second factors: nobody gets past them with a password, codes are limited and work once, and people manage their own."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from publication import audit, clock, profile
from publication.models import Audit
from publication.staff import accounts, second_factors, staff_languages, staff_sessions
from tests.web.conftest import PASSWORD, make_staff

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET, *, step: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step))


def password(client: Client, name: str = "editor", address: str = "192.0.2.1", word: str = PASSWORD):
    return client.post("/console/login/", {"username": name, "password": word}, REMOTE_ADDR=address)


def second_step(client: Client, typed: str, address: str = "192.0.2.1"):
    return client.post("/console/login/code/", {"code": typed}, REMOTE_ADDR=address)


def signed_in(client: Client) -> bool:
    return client.get("/console/").status_code == 200


def wrong_code() -> str:
    right = {code(step=step) for step in range(-3, 4)}
    return next(
        wrong for wrong in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777") if wrong not in right
    )


@pytest.fixture
def app(editor) -> User:
    """The editor with an authenticator app and recovery codes."""
    totp.TOTP.activate(editor, SECRET)
    RecoveryCodes.activate(editor)
    return editor


@pytest.fixture
def confirmed(client, editor) -> Client:
    """Signed in, and the password confirmed a moment ago."""
    password(client)
    assert client.post("/console/account/confirm/", {"password": PASSWORD, "next": "/console/account/"}).status_code == 302
    return client


# ------------------------------------------------------------------------------------------------------- signing in
def test_the_password_alone_opens_nothing(client, app):
    answer = password(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/console/login/code/")
    for address in ("/console/", "/console/account/", "/console/account/recovery-codes/", "/console/account/app/remove/"):
        assert client.get(address).headers["Location"].startswith("/console/login/?next="), address
    assert client.post("/console/account/app/remove/").status_code == 403
    assert Authenticator.objects.count() == 2
    assert not Audit.objects.filter(verb="login").exists()
    assert second_step(client, code()).headers["Location"] == "/console/"
    assert signed_in(client)
    assert Audit.objects.filter(verb="login").count() == 1


def test_no_url_leads_to_djangos_own_login_which_knows_no_second_factor():
    def view_class(view):
        while hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        return getattr(view, "view_class", None)

    classes = [view_class(pattern.callback) for pattern in get_resolver().url_patterns]
    assert any(view for view in classes)
    assert not [view for view in classes if view and issubclass(view, LoginView)]


def test_the_page_that_was_asked_for_opens_after_the_second_step(client, app):
    answer = client.post("/console/login/?next=/console/segments/", {"username": "editor", "password": PASSWORD})
    assert answer.headers["Location"] == "/console/login/code/"
    assert second_step(client, code()).headers["Location"] == "/console/segments/"


def test_a_code_works_once_in_any_process(client, app):
    typed = code()
    password(client)
    assert second_step(client, typed).status_code == 302
    for spelling in (typed, f"{typed[:3]} {typed[3:]}", f"{typed[:3]}-{typed[3:]}."):
        cache.clear()  # another process has another cache
        other = Client()
        password(other)
        assert second_step(other, spelling).status_code == 200
        assert not signed_in(other)
    accounts.change_password(audit.staff(app), "editor", "another long password")  # forgets tries, and no used codes
    cache.clear()
    password(other, word="another long password")
    assert second_step(other, typed).status_code == 200
    assert not signed_in(other)
    assert second_step(other, code(step=1)).status_code == 302, "the clock of a telephone may be a little off"


def test_a_recovery_code_replaces_the_app_once(client, app):
    first, second, *_ = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    for typed, accepted in ((first, True), (first, False), (second, True)):
        other = Client()
        password(other)
        assert (second_step(other, typed).status_code == 302) is accepted
        assert signed_in(other) is accepted


def test_wrong_codes_use_up_a_budget_of_their_own_and_nobody_else_loses_anything(client, app):
    password(client)
    second_step(client, code(step=-1))
    assert signed_in(client), "this device is known now"
    thief = Client()
    password(thief)
    answers = [second_step(thief, wrong_code()).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    refused = second_step(thief, code())
    assert refused.status_code == 429, "even the right code waits"
    assert int(refused.headers["Retry-After"]) > 0
    assert b"Too many attempts" in refused.content
    client.post("/console/logout/")
    password(client)
    assert second_step(client, code()).status_code == 302, "the owner's device has a budget of its own"


@pytest.mark.soak
def test_guessing_codes_from_many_networks_is_slowed(app):
    statuses = []
    for number in range(34):
        thief = Client()
        password(thief, address=f"10.0.{number}.1")
        statuses.append(second_step(thief, wrong_code(), address=f"10.0.{number}.1").status_code)
        statuses.append(second_step(thief, wrong_code(), address=f"10.0.{number}.1").status_code)
    assert statuses[:30] == [200] * 30
    assert statuses[-2:] == [200, 429], "one try an hour for each network"


@pytest.mark.parametrize("change", ["disable_staff", "change_password", "change_roles"])
def test_an_account_that_changes_between_the_two_steps_is_not_signed_in(client, app, change):
    make_staff("boss")
    password(client)
    arguments = {"change_password": ["another long password"], "change_roles": [["publisher"]]}.get(change, [])
    getattr(accounts, change)(audit.system(), "editor", *arguments)
    assert second_step(client, code()).headers["Location"] == "/console/login/"
    assert not signed_in(client)
    assert b"This account cannot sign in." in client.get("/console/login/").content


# ------------------------------------------------------------------------------------------------------- setting up
def test_an_authenticator_app_is_set_up_with_a_picture_of_its_own_url(confirmed, editor, django_capture_on_commit_callbacks):
    page = confirmed.get("/console/account/app/")
    secret = confirmed.session[totp.SECRET_SESSION_KEY]
    assert secret in page.content.decode()
    assert b"data:" not in page.content
    picture = confirmed.get("/console/account/app/code.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.headers["Cache-Control"].startswith("no-store")
    assert b"</svg>" in picture.content
    assert confirmed.post("/console/account/app/", {"code": wrong_code()}).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        answer = confirmed.post("/console/account/app/", {"code": code(secret)})
    assert answer.headers["Location"] == "/console/account/recovery-codes/"
    shown = confirmed.get("/console/account/recovery-codes/").content.decode()
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert len(codes) == 10
    assert all(recovery_code in shown for recovery_code in codes)
    assert confirmed.get("/console/account/recovery-codes/file/").content.decode().split() == codes
    assert confirmed.get("/console/account/app/code.svg").status_code == 404, "the secret is shown at set-up only"
    assert Audit.objects.filter(verb="add_second_factor", detail={"factor": "totp"}).count() == 1


def test_changes_need_the_password_again(client, app):
    password(client)
    second_step(client, code())
    for address in ("app/remove/", "recovery-codes/", "recovery-codes/new/", "passkeys/add/"):
        answer = client.get(f"/console/account/{address}")
        assert answer.headers["Location"].startswith("/console/account/confirm/?"), address
    assert client.post("/console/account/app/remove/").status_code == 302
    assert second_factors.has_one(app.pk)
    assert client.post("/console/account/confirm/", {"password": "wrong"}).status_code == 200
    tries = [client.post("/console/account/confirm/", {"password": "wrong"}, REMOTE_ADDR="192.0.2.1") for _ in range(10)]
    assert tries[-1].status_code == 429, "the limits of sign-in hold here, too"
    assert signed_in(client)


def test_a_person_removes_their_app_and_signs_in_with_the_password_again(client, app):
    password(client)
    second_step(client, code())
    client.post("/console/account/confirm/", {"password": PASSWORD})
    assert client.post("/console/account/app/remove/").status_code == 302
    assert not Authenticator.objects.exists(), "recovery codes alone are none"
    assert Audit.objects.filter(verb="remove_second_factor", detail={"factor": "totp"}).exists()
    assert password(Client()).headers["Location"] == "/console/"


def test_staff_can_remove_the_second_factors_of_somebody_who_lost_them(client, app):
    password(client)
    second_step(client, code())
    assert second_factors.reset(audit.command_line(), "editor") == 2
    assert not signed_in(client), "sessions that a thief may have end"
    assert password(Client()).headers["Location"] == "/console/"
    assert Audit.objects.filter(verb="reset_second_factors").count() == 1


# ------------------------------------------------------------------------------------------------------- the policy
def test_where_a_second_factor_is_required_people_without_one_can_only_set_it_up(confirmed, editor):
    profile.change_profile(audit.system(), policies={"mfa_required": "on"})
    assert confirmed.get("/console/").headers["Location"] == "/console/account/"
    assert confirmed.get("/console/segments/").headers["Location"] == "/console/account/"
    assert confirmed.post("/console/campaigns/1/pause/").status_code == 403
    assert b"requires a second factor" in confirmed.get("/console/account/").content
    confirmed.get("/console/account/app/")
    confirmed.post("/console/account/app/", {"code": code(confirmed.session[totp.SECRET_SESSION_KEY])})
    assert signed_in(confirmed)
    profile.change_profile(audit.system(), policies={"mfa_required": "off"})
    assert password(Client(), "editor").headers["Location"] == "/console/login/code/"


def test_recovery_codes_alone_are_no_second_factor(client, editor):
    RecoveryCodes.activate(editor)
    assert not second_factors.has_one(editor.pk)
    assert password(client).headers["Location"] == "/console/"


# ------------------------------------------------------------------------------------------------------- sessions
def test_people_see_their_sessions_and_end_the_others(client, editor):
    other = Client(headers={"user-agent": "Firefox on a train"})
    password(other, address="203.0.113.9")
    password(client, address="192.0.2.7")
    shown = client.get("/console/account/sessions/").content.decode()
    assert "Firefox on a train" in shown
    assert "203.0.113.9" in shown
    assert client.post("/console/account/sessions/").status_code == 302
    assert signed_in(client)
    assert not signed_in(other)
    assert "Firefox on a train" not in client.get("/console/account/sessions/").content.decode()


def test_the_list_forgets_sessions_that_ended(client, editor):
    password(client)
    assert UserSession.objects.count() == 1
    client.post("/console/logout/")
    assert staff_sessions.forget_ended() == 1
    password(client)
    accounts.change_roles(audit.system(), "editor", ["editor"])
    assert not UserSession.objects.exists()


def test_noting_the_use_of_a_session_costs_a_statement_in_ten_minutes_and_none_on_pages_that_poll(client, editor, sending):
    password(client)
    page, polled = "/console/account/", f"/console/campaigns/{sending.pk}/numbers/"

    def statements(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len([query for query in queries.captured_queries if "usersession" in query["sql"]])

    try:
        assert [statements(page) for _ in range(3)] == [1, 0, 0]
        before = UserSession.objects.get().last_seen_at
        clock.move(lambda: clock._system_time() + timedelta(minutes=11))
        assert statements(polled) == 0
        assert statements(page) == 1
        assert UserSession.objects.get().last_seen_at > before + timedelta(minutes=10)
    finally:
        clock.move(None)


# ------------------------------------------------------------------------------------------------------- language
def test_the_language_is_the_persons_own_on_every_browser(client, editor):
    client.post("/console/language/", {"language": "zh-hans", "next": "/console/login/"})
    assert 'lang="zh-hans"' in client.get("/console/login/").content.decode()
    assert staff_languages.chosen(editor.pk) == ""
    password(client)
    client.post("/console/language/", {"language": "zh-hans"})
    other = Client()
    assert 'lang="en"' in other.get("/console/login/").content.decode()
    password(other)
    assert 'lang="zh-hans"' in other.get("/console/account/").content.decode()
    other.post("/console/logout/")
    assert 'lang="zh-hans"' in other.get("/console/login/").content.decode(), "also on the sign-in page of this browser"
    other.post("/console/language/", {"language": "tlh"})
    assert staff_languages.chosen(editor.pk) == "zh-hans"
