"""A temporary password for an account without an address: shown once, changed at the first sign-in, expired after three days."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from publication import audit, clock
from publication.models import Audit, StaffMail, TemporaryPassword
from publication.staff import accounts
from publication.staff.accounts import StaffAccountError
from publication.staff.passwords import temporary_passwords
from tests.web.conftest import PASSWORD
from tests.web.page_examples import PAGES
from web import access
from worker import notice_mail

pytestmark = pytest.mark.django_db
NEW = "another long password"
OWN_PAGE = "/console/account/password/"


def make(name: str, *names: str, email: str = "", superuser: bool = False) -> User:
    return accounts.add_staff(audit.system(), name, email, PASSWORD, roles=names or ("editor",), superuser=superuser)


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def sign_in(password: str) -> tuple[Client, int]:
    client = Client()
    return client, client.post("/console/login/", {"username": "wei", "password": password}).status_code


@pytest.fixture
def wei() -> User:
    return make("wei", "publisher")


@pytest.fixture
def admin() -> Client:
    return signed_in(make("ana", "admin", email="ana@cast.example"))


def page_of(account: User) -> str:
    return f"/console/staff/{account.pk}/password/"


def make_password(admin: Client, account: User) -> str:
    (epoch,) = re.findall(r'name="epoch" value="(\d+)"', admin.get(page_of(account)).content.decode())
    answer = admin.post(page_of(account), {"epoch": epoch})
    assert answer.headers["Cache-Control"].startswith(("no-store", "max-age=0"))
    (password,) = re.findall(r"<code>([-\w]+)</code>", answer.content.decode())
    again = admin.post(page_of(account), {"epoch": epoch})
    assert (again.status_code, password in again.content.decode()) == (422, False), "shown once, also when it is loaded again"
    return password


def test_the_password_is_read_out_used_once_and_changed_before_anything_else(admin, wei):
    session = signed_in(wei)
    Authenticator.objects.create(user=wei, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert "New password…" in admin.get(f"/console/staff/{wei.pk}/").content.decode()
    password = make_password(admin, wei)
    assert re.fullmatch(r"([2-9fhkmqrwxy]{4}-){3}[2-9fhkmqrwxy]{4}", password)
    assert session.get("/console/account/").status_code == 302, "its sessions are ended"
    assert sign_in(PASSWORD)[1] == 200
    assert Authenticator.objects.filter(user=wei).count() == 1
    line = Audit.objects.get(verb="make_temporary_password")
    assert (line.actor.user.username, line.object_id, password in str(line.detail)) == ("ana", str(wei.pk), False)
    mail = StaffMail.objects.get()
    parts = notice_mail.render_notice(mail.purpose, None, notice_mail._staff_link(mail), "en", values=mail.parameters)
    assert (mail.purpose, mail.address) == ("temporary_password", "ana@cast.example")
    assert all("wei" in part and password not in part for part in parts)
    assert "ana made it" in parts[2]
    client, status = sign_in(password)
    assert (status, client.get("/console/").url) == (302, OWN_PAGE)
    assert client.post(OWN_PAGE, {"old": password, "new": password, "again": password}).status_code == 422
    assert client.post(OWN_PAGE, {"old": password, "new": NEW, "again": NEW}).status_code == 302
    assert client.get("/console/").status_code == 200
    assert not TemporaryPassword.objects.exists()
    assert (sign_in(password)[1], sign_in(NEW)[1]) == (200, 302)


def test_until_then_every_page_of_staff_leads_to_the_change_however_somebody_signed_in(wei, page_addresses):
    temporary_passwords.make(audit.command_line(), "wei")
    client = signed_in(User.objects.get(pk=wei.pk))  # as by a passkey: every way ends in Django's sign-in
    wei.user_permissions.clear()
    for name, page in PAGES.items():
        needs, methods = page.callback.access, page.callback.methods
        if "." in needs or needs in (access.STAFF, access.OWN):
            may_be = (302, 403) if "." in needs else (302,)
            get, post = client.get(page_addresses[name]), client.post(page_addresses[name])
            assert get.status_code in may_be or "GET" not in methods, name
            assert get.headers.get("Location", OWN_PAGE) == OWN_PAGE, name
            assert post.status_code == 403, name
    assert client.get(OWN_PAGE).status_code == 200
    assert client.post("/console/logout/").status_code == 302


def test_it_expires_and_a_password_from_a_mail_or_the_command_line_ends_it(admin, wei):
    password = make_password(admin, wei)
    clock.move(lambda: clock._system_time() + temporary_passwords.VALID_FOR + timedelta(minutes=1))
    try:
        client = Client()
        refused = client.post("/console/login/", {"username": "wei", "password": password})
        assert "within 3 days" in refused.content.decode()
        assert "within 3 days" not in client.post("/console/login/", {"username": "wei", "password": "x"}).content.decode()
        inside = signed_in(User.objects.get(pk=wei.pk))
        assert inside.post(OWN_PAGE, {"old": password, "new": NEW, "again": NEW}).status_code == 422
    finally:
        clock.move(None)
    accounts.change_password(audit.command_line(), "wei", NEW)
    client, status = sign_in(NEW)
    assert (status, client.get("/console/").status_code) == (302, 200)


def test_somebody_who_gets_no_mail_loses_the_address_first_and_it_gets_a_last_mail(admin):
    account = make("bo", email="bo@cast.example")
    page = f"/console/staff/{account.pk}/"
    assert "Take the address away" in admin.get(page).content.decode()
    for _ in range(2):  # a doubled click
        assert "bo has no address any more." in admin.post(page, {"step": "no-address"}, follow=True).content.decode()
    assert [(mail.address, mail.parameters["change"]) for mail in StaffMail.objects.all()] == [
        ("bo@cast.example", "address_removed")
    ]
    assert Audit.objects.get(verb="remove_staff_address").detail == {}
    assert make_password(admin, account)
    for other in (make("root", superuser=True, email="root@cast.example"), User.objects.get(username="ana")):
        assert admin.post(f"/console/staff/{other.pk}/", {"step": "no-address"}).status_code == 422
        assert User.objects.get(pk=other.pk).email


def test_nobody_makes_one_for_an_address_for_themselves_for_a_superuser_or_without_the_right(admin, wei):
    ana, root = User.objects.get(username="ana"), make("root", superuser=True)
    with_mail, blocked = make("bo", email="bo@cast.example"), make("cai")
    accounts.disable_staff(audit.system(), "cai")
    lone = make("dan", "admin")
    for account in (with_mail, ana, root, blocked):
        before = account.password
        answer = admin.post(page_of(account), {"epoch": "0"})
        assert (answer.status_code, User.objects.get(pk=account.pk).password == before) == (422, True), account.username
    assert signed_in(lone).post(page_of(lone), {"epoch": "0"}).status_code == 422
    for client in (signed_in(make("li", "auditor")), signed_in(wei)):
        assert (client.get(page_of(wei)).status_code, client.post(page_of(wei), {"epoch": "0"}).status_code) == (403, 403)
    with pytest.raises(StaffAccountError, match="permission"):
        temporary_passwords.make(audit.staff(wei), "dan")
    assert admin.post(page_of(wei), {"epoch": "x"}).status_code == 422
    assert not TemporaryPassword.objects.exists()
