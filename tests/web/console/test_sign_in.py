"""The sign-in page under attack: one budget for every spelling, budgets by network and device, and nobody locks out the owner."""

import unicodedata
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client

from cli.system import installation_checks
from config.env import load
from publication import audit, clock
from publication.models import Audit, SignInCount
from publication.staff import accounts, session_epochs, sign_in_limits
from tests.support.processes import wait_until
from tests.support.variations import first
from tests.web.conftest import PASSWORD, make_staff
from web import device_cookie
from web.console.signing_in import delayed_try
from web.console.signing_in.delayed_try import HashSlot, NoFreeSlotError
from worker.upkeep import tidy

pytestmark = pytest.mark.django_db
FULL_WIDTH = "".join(chr(ord(letter) + 0xFEE0) for letter in "editor")


def log_in(client: Client, name: str = "editor", password: str = PASSWORD, address: str = "192.0.2.1", **more):
    return client.post("/console/login/", {"username": name, "password": password}, REMOTE_ADDR=address, **more)


def fail(times: int, client: Client | None = None, **more) -> list[int]:
    client = client or Client()
    return [log_in(client, password="wrong", **more).status_code for _ in range(times)]


@pytest.fixture
def later():
    """Move the clock on by some minutes."""
    yield lambda minutes: clock.move(lambda: clock._system_time() + timedelta(minutes=minutes))
    clock.move(None)


# ------------------------------------------------------------------------------------------------------- one name
SPELLINGS = ["editor", "EDITOR", "  editor ", FULL_WIDTH, FULL_WIDTH.upper(), "\u3000editor\u3000", "\uff45ditor", "ⓔditor"]


def test_every_spelling_of_a_name_shares_one_budget(client, editor):
    assert {unicodedata.normalize("NFKC", spelling).strip().casefold() for spelling in SPELLINGS} == {"editor"}
    answers = [log_in(client, spelling, "wrong").status_code for spelling in SPELLINGS]
    assert answers == [200] * 5 + [429] * 3
    assert [log_in(client, spelling).status_code for spelling in SPELLINGS] == [429] * 8


@pytest.mark.parametrize("spelling", [" editor ", FULL_WIDTH, "\u3000editor"])
def test_the_account_is_found_by_the_same_normalisation(client, editor, spelling):
    assert log_in(client, spelling).status_code == 302


# ------------------------------------------------------------------------------------------------------- networks
def test_rotating_the_forwarded_header_gives_no_further_tries(client, editor, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answers = [
        log_in(client, password="wrong", headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code for number in range(7)
    ]
    assert answers == [200] * 5 + [429] * 2


def test_neighbours_in_a_network_share_its_budget(client, editor):
    assert fail(5, address="192.0.2.1") == [200] * 5
    assert log_in(client, address="192.0.2.250").status_code == 429
    assert log_in(client, address="192.0.3.1").status_code == 302
    assert fail(5, address="2001:db8:0:1::5") == [200] * 5
    assert log_in(Client(), address="2001:db8:0:1:ffff::9").status_code == 429
    assert log_in(Client(), address="2001:db8:0:2::5").status_code == 302


# ------------------------------------------------------------------------------------------------------- devices
def test_failing_for_an_account_does_not_lock_out_its_known_device(client, editor):
    assert log_in(client).status_code == 302
    client.post("/console/logout/", REMOTE_ADDR="192.0.2.1")
    assert fail(6) == [200] * 5 + [429]
    assert log_in(client).status_code == 302, "the same network, but a device that signed in before"


# ------------------------------------------------------------------------------------------------------- sessions
@pytest.mark.parametrize("change", first(["disable_staff", "change_roles", "change_password"]))
def test_sessions_end_with_the_account_and_do_not_come_back(client, editor, change):
    make_staff("boss")
    User.objects.filter(username="boss").update(is_superuser=True)
    actor = audit.system()
    accounts.change_roles(actor, "editor", ["auditor"])
    assert log_in(client).status_code == 302
    assert client.get("/console/").status_code == 200
    before = User.objects.get(username="editor").last_login
    arguments = {"change_roles": [["publisher"]], "change_password": ["another long password"]}.get(change, [])
    getattr(accounts, change)(actor, "editor", *arguments)
    if change == "disable_staff":
        accounts.enable_staff(actor, "editor")
    assert client.get("/console/").status_code == 302
    assert User.objects.get(username="editor").last_login == before
    assert log_in(client, password=arguments[0] if change == "change_password" else PASSWORD).status_code == 302
    assert client.get("/console/").status_code == 200


# ------------------------------------------------------------------------------------------------------- what is kept
def test_failed_tries_leave_no_audit_rows(client, editor):
    before = Audit.objects.count()
    fail(7)
    fail(7, name="nobody")
    assert Audit.objects.count() == before
    log_in(client, address="198.51.100.1")
    assert list(Audit.objects.order_by("id").values_list("verb", flat=True))[before:] == ["login"]


def test_tries_are_counted_without_names_and_addresses_and_forgotten_after_a_day(client, editor, later):
    fail(5)
    kept = list(SignInCount.objects.order_by("key").values())
    assert len(kept) == 3, "one network, one account from it, one account in all"
    assert not any(secret in str(kept) for secret in ("editor", "192.0.2", "wrong"))
    assert log_in(Client()).status_code == 429
    assert list(SignInCount.objects.order_by("key").values()) == kept, "a try that is refused writes nothing"
    log_in(client, address="198.51.100.1")
    client.session.save()
    later(24 * 60 + 1)
    expired = SessionStore()
    expired.set_expiry(-1)
    expired.save()
    tidy()
    assert not SignInCount.objects.exists()
    assert not Session.objects.filter(session_key=expired.session_key).exists()
    assert Session.objects.exists()


# ------------------------------------------------------------------------------------------------------- the limits
def test_five_tries_in_a_quarter_of_an_hour_then_even_the_right_password_waits(client, editor, later):
    assert fail(5) == [200] * 5
    refused = log_in(client)
    assert refused.status_code == 429
    assert 890 <= int(refused.headers["Retry-After"]) <= 900
    assert b"Try again in 15 min" in refused.content
    assert log_in(Client(), address="198.51.100.7").status_code == 302, "nobody locks others out from elsewhere"
    make_staff("second")
    assert log_in(Client(), "second").status_code == 302
    later(16)
    assert log_in(client).status_code == 302
    later(-60)
    assert log_in(Client()).status_code == 302, "a clock that is set back shuts nobody out"


def test_the_right_password_ends_the_count_of_its_own_account_only(client, editor):
    make_staff("second")
    fail(4)
    fail(3, name="second")
    assert log_in(Client()).status_code == 302
    assert fail(6) == [200] * 5 + [429]
    assert fail(3, name="second") == [200, 200, 429]


def test_new_names_use_up_the_budget_of_their_network(client, editor, monkeypatch):
    monkeypatch.setattr(sign_in_limits, "NETWORK", sign_in_limits.TryBudget(8, sign_in_limits.QUARTER))
    fail(9)  # five count; those that were refused cost the others in the network nothing
    assert [fail(1, name=f"name{number}")[0] for number in range(4)] == [200] * 3 + [429]
    before = SignInCount.objects.count()
    assert fail(1, name="yet another") == [429]
    assert SignInCount.objects.count() == before
    assert log_in(client, address="198.51.100.7").status_code == 302


@pytest.mark.soak
def test_guessing_from_many_networks_is_slowed_and_never_shuts_the_owner_out(client, editor, later):
    log_in(client)
    assert {fail(1, address=f"10.0.{number}.1")[0] for number in range(30)} == {200}
    assert fail(2, address="10.1.1.1") == [200, 429], "one try an hour from each network"
    (line,) = installation_checks._sign_in(load({}))
    assert line.level == "warn"
    assert line.finding.endswith(": editor (31)")
    assert fail(2, name="nobody", address="10.1.2.1") == [200, 200], "other accounts are as before"
    assert log_in(client).status_code == 302, "the owner's device"
    assert fail(5, client) == [200] * 5, "which has its own budget"
    assert log_in(Client(), address="10.1.3.1").status_code == 302, "the owner on a new device, from a network of their own"
    later(30)
    assert fail(1, address="10.1.1.1") == [429]
    later(61)
    assert fail(1, address="10.1.1.1") == [200]
    later(24 * 60 + 1)
    assert fail(3, address="10.1.1.1") == [200] * 3
    assert [check.level for check in installation_checks._sign_in(load({}))] == ["ok"]


def test_a_new_password_lets_its_owner_in_at_once(client, editor):
    fail(5)
    accounts.change_password(audit.system(), "editor", "another long password")
    assert log_in(client, password="another long password").status_code == 302


# ------------------------------------------------------------------------------------------------------- devices
def device_of(client: Client) -> str:
    return client.cookies[settings.DEVICE_COOKIE_NAME].value


def test_the_device_cookie_is_kept_from_scripts_and_names_nobody(client, editor):
    cookie = log_in(client).cookies[settings.DEVICE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] >= 180 * 24 * 3600
    assert "editor" not in str(signing.loads(cookie.value, salt=device_cookie.SALT))
    assert not Client().get("/console/login/").cookies.get(settings.DEVICE_COOKIE_NAME)


def test_a_device_is_known_to_the_accounts_that_signed_in_on_it_only(client, editor):
    make_staff("second")
    log_in(client)
    fail(5, name="second")
    assert log_in(client, "second").status_code == 429
    assert log_in(client, "second", address="198.51.100.7").status_code == 302
    fail(5)
    for name in ("editor", "second"):
        assert log_in(client, name).status_code == 302, "both, on a shared device"
    first = device_of(client)
    for spoilt in (first[:-1], first.replace(":", "", 1), "", "x" * 5000, signing.dumps({"device": "x", "accounts": {}})):
        stranger = Client()
        stranger.cookies[settings.DEVICE_COOKIE_NAME] = spoilt
        fail(5)
        assert log_in(stranger).status_code == 429
    fail(10, client)
    assert log_in(client).status_code == 429, "a known device has a limit, too"


def test_a_new_password_makes_the_account_forget_its_devices(client, editor):
    log_in(client)
    accounts.change_password(audit.system(), "editor", "another long password")
    fail(5)
    assert log_in(client, password="another long password").status_code == 429


# ------------------------------------------------------------------------------------------------------- sessions
def test_a_stolen_cookie_of_an_ended_session_does_not_live_again_with_the_next_sign_in(client, editor):
    log_in(client)
    thief = Client()
    thief.cookies["mailroom"] = client.cookies["mailroom"].value
    assert thief.get("/console/").status_code == 200
    accounts.disable_staff(audit.system(), "editor")
    accounts.enable_staff(audit.system(), "editor")
    assert log_in(client).status_code == 302
    assert (client.get("/console/").status_code, thief.get("/console/").status_code) == (200, 302)


@pytest.mark.parametrize("ended", ["all sessions of the account", "this session"])
def test_the_answer_to_a_page_of_an_ended_session_leaves_the_cookie_of_the_next_sign_in(client, editor, ended):
    log_in(client)
    if ended == "this session":
        Session.objects.all().delete()
    else:
        session_epochs.end_sessions(editor)
    answer = client.get("/console/")
    assert answer.status_code == 302
    assert settings.SESSION_COOKIE_NAME not in answer.cookies, "in a browser it may be a newer one by now"


def test_signing_out_takes_the_cookie_away(client, editor):
    log_in(client)
    cookie = client.post("/console/logout/").cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    assert not Session.objects.exists()


def test_the_same_roles_again_end_no_session_and_leave_no_record(client, editor):
    accounts.change_roles(audit.system(), "editor", ["auditor", "publisher"])
    log_in(client)
    before = Audit.objects.count()
    accounts.change_roles(audit.system(), "editor", ["publisher", "auditor"])
    assert client.get("/console/").status_code == 200
    assert Audit.objects.count() == before


# ------------------------------------------------------------------------------------------------------- accounts
def test_names_that_only_look_different_are_one_account(editor):
    actor = audit.system()
    for name in ("Editor", FULL_WIDTH):
        with pytest.raises(accounts.StaffAccountError) as caught:
            accounts.add_staff(actor, name, "wei@cast.example", "correct horse battery")
        assert caught.value.code == "taken"
    made = accounts.add_staff(actor, "ｗｅｉ", "wei@cast.example", "correct horse battery")
    assert made.username == "wei"
    assert accounts.find_staff("ｗｅｉ") == made
    older = User.objects.create_user("ＡＢＣ", is_staff=True)  # as stored before names were normalised
    assert accounts.find_staff("ＡＢＣ") == older
    assert accounts.disable_staff(actor, "ＡＢＣ")


# ------------------------------------------------------------------------------------------------------- hashing
def test_one_password_is_hashed_at_a_time_and_few_wait():
    hash_slot = HashSlot(waiting=1, patience=30)
    inside, outcomes, held = [], [], Event()

    def take() -> None:
        try:
            with hash_slot.taken():
                inside.append(1)
                held.wait(30)
                assert len(inside) == 1
                inside.pop()
            outcomes.append("hashed")
        except NoFreeSlotError:
            outcomes.append("busy")

    threads = [Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(outcomes) == 4, what="all but one inside and one waiting are turned away at once")
    held.set()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy"] * 4 + ["hashed"] * 2
    with hash_slot.taken():
        pass  # and it is free again


def test_a_login_that_finds_no_place_is_asked_to_come_back_and_loses_no_try(client, editor, monkeypatch):
    monkeypatch.setattr(delayed_try, "UNKNOWN_DEVICES", HashSlot(patience=0))
    with delayed_try.UNKNOWN_DEVICES.taken():
        answer = log_in(client)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert b"Too many people are signing in" in answer.content
    assert fail(5) == [200] * 5
