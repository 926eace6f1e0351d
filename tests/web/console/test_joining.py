"""Invitations, the first account and new passwords by mail, as pages and as mails."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.env import LANGUAGE_CODES
from publication import audit, clock, profile
from publication.models import Actor, Audit, Invitation, StaffMail
from publication.retention import RETENTIONS
from publication.staff import accounts, invitations, staff_languages, staff_links, staff_mails
from publication.staff.passwords import password_resets
from subscribers.consent import suppressions
from tests.support import people
from tests.support.mailed_links import link_in
from tests.web.conftest import PASSWORD, make_staff
from worker.notice_mail import envelope_of_staff_mail

pytestmark = pytest.mark.django_db
NEW = "another long password"


@pytest.fixture
def sender(db):
    return people.make_sender()


@pytest.fixture
def admin(client, sender) -> Client:
    client.force_login(make_staff("boss", "auth.view_user", "auth.add_user"))
    return client


# ------------------------------------------------------------------------------------------------------- invitations
def test_an_invited_person_chooses_name_and_password_and_signs_in(admin):
    assert not re.search(r'name="role"[^>]* checked', admin.get("/console/staff/").content.decode()), "nobody gets a role unasked"
    assert admin.post("/console/staff/invite/", {"email": "li@cast.example"}).status_code == 422
    answer = admin.post("/console/staff/invite/", {"email": "li@cast.example", "role": ["editor"], "language": "zh-hans"})
    assert answer.status_code == 302
    assert "li@cast.example" in admin.get("/console/staff/").content.decode()
    mail = StaffMail.objects.get()
    assert (mail.purpose, mail.address, mail.state) == ("invitation", "li@cast.example", "planned")
    link, person = link_in(mail), Client()
    for _ in range(2):
        assert 'lang="zh-hans"' in person.get(link).content.decode()
        assert person.head(link).status_code == 200
    assert User.objects.count() == 1, "opening the link changes nothing"
    fields = {"username": "li", "password": NEW, "again": NEW}
    other = Client()
    other.force_login(User.objects.get(username="boss"))
    person.cookies = other.cookies  # somebody else was signed in in this browser
    assert person.post(link, fields).headers["Location"] == "/console/"
    assert person.get("/console/").context["user"].username == "li"
    assert not other.get("/console/").context or other.get("/console/").context["user"].username != "boss", "that session ended"
    assert person.get("/console/account/password/").status_code == 200, "as after a sign-in with the password"
    assert 'lang="zh-hans"' in person.get("/console/account/").content.decode()
    for method in (person.get, person.post):
        assert method(link).status_code == 404, "it works once"
    assert User.objects.get(username="li").groups.get().name == "editor"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"username": "li", "password": NEW, "again": "different"}, "differ"),
        ({"username": "li", "password": "short", "again": "short"}, "at least 10"),
        ({"username": "bo ss", "password": NEW, "again": NEW}, "cannot be a name"),
        ({"username": "BOSS", "password": NEW, "again": NEW}, "already an account"),
    ],
)
def test_what_cannot_be_is_said_and_the_link_still_works(admin, fields, refusal):
    made = invitations.invite(audit.system(), "li@cast.example", ["author"])
    link = f"/console/join/{staff_links.invitation_token(made)}/"
    answer = Client().post(link, fields)
    assert answer.status_code == 422
    assert refusal in answer.content.decode()
    assert Client().get(link).status_code == 200


def test_links_that_are_forged_used_or_revoked_get_the_same_answer(admin):
    revoked = invitations.invite(audit.system(), "li@cast.example", ["author"])
    admin.post(f"/console/staff/invitations/{revoked.pk}/revoke/")
    tokens = [
        staff_links.invitation_token(revoked),
        "1:forged",
        "x" * 300,
        staff_links.row_token("mailroom.invitation", 99, revoked.created_at),
    ]
    tokens.append(staff_links.first_account_token())
    answers = {
        re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", Client().get(f"/console/join/{token}/").content)
        for token in tokens
    }
    assert len(answers) == 1
    assert {Client().get(f"/console/join/{token}/").status_code for token in tokens} == {404}


def test_only_admins_invite_and_only_addresses_that_can_be(admin):
    for fields in (
        {"email": "nonsense", "role": ["editor"]},
        {"email": "li@cast.example"},
        {"email": "li@cast.example", "role": ["king"]},
    ):
        assert admin.post("/console/staff/invite/", fields).status_code == 422
    assert not Invitation.objects.exists()
    auditor = Client()
    auditor.force_login(make_staff("auditor", "auth.view_user"))
    assert auditor.get("/console/staff/").status_code == 200
    assert b"Send the invitation" not in auditor.get("/console/staff/").content
    assert auditor.post("/console/staff/invite/", {"email": "li@cast.example", "role": ["admin"]}).status_code == 403


# ------------------------------------------------------------------------------------------------- the first account
def test_the_first_account_is_made_by_its_link_and_then_the_link_is_over(client):
    link = f"/console/join/{staff_links.first_account_token()}/"
    assert client.get(link).status_code == 200
    fields = {"username": "wei", "email": "wei@cast.example", "password": NEW, "again": NEW}
    assert client.post(link, fields).status_code == 302
    assert User.objects.get().is_superuser
    assert client.get(link).status_code == 404
    assert client.post(link, fields | {"username": "thief", "email": "t@example.org"}).status_code == 404
    assert User.objects.count() == 1


# ----------------------------------------------------------------------------------------------------- new passwords
@pytest.fixture
def wei(sender) -> User:
    return accounts.add_staff(audit.system(), "wei", "wei@cast.example", PASSWORD)


def ask(client: Client, address: str, network: str = "192.0.2.1"):
    return client.post("/console/password/", {"email": address}, REMOTE_ADDR=network)


def test_a_new_password_comes_by_mail_once(client, wei):
    signed_in = Client()
    signed_in.post("/console/login/", {"username": "wei", "password": PASSWORD})
    assert ask(client, " WEI@cast.example ").headers["Location"] == "/console/password/asked/"
    link = link_in(StaffMail.objects.get())
    answer = client.get(link)
    assert answer.status_code == 302
    shown = answer.headers["Location"]
    assert shown.endswith("-set-password/"), "the token is not in the address of the page"
    assert client.post(shown, {"password1": NEW, "password2": "different"}).status_code == 200
    assert client.post(shown, {"password1": "short", "password2": "short"}).status_code == 200
    assert User.objects.get(pk=wei.pk).check_password(PASSWORD)
    assert client.post(shown, {"password1": NEW, "password2": NEW}).headers["Location"] == "/console/login/"
    assert signed_in.get("/console/").status_code == 302, "all sessions end"
    assert Audit.objects.filter(verb="change_password", actor__kind=Actor.Kind.STAFF).count() == 1
    assert b"was used or is older" in Client().get(link).content
    assert client.post("/console/login/", {"username": "wei", "password": NEW}).headers["Location"] == "/console/"


def test_a_new_password_by_mail_does_not_pass_the_second_factor(client, wei):
    from allauth.mfa.totp.internal import auth as totp

    totp.TOTP.activate(wei, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    ask(client, "wei@cast.example")
    shown = client.get(link_in(StaffMail.objects.get())).headers["Location"]
    client.post(shown, {"password1": NEW, "password2": NEW})
    assert client.get("/console/").status_code == 302
    assert client.post("/console/login/", {"username": "wei", "password": NEW}).headers["Location"] == "/console/login/code/"


@pytest.mark.parametrize("change", ["disable", "sign in", "address"])
def test_a_link_ends_when_the_account_changes(client, wei, change):
    make_staff("boss", is_staff=True)
    User.objects.filter(username="boss").update(is_superuser=True)
    ask(client, "wei@cast.example")
    link = link_in(StaffMail.objects.get())
    if change == "disable":
        accounts.disable_staff(audit.system(), "wei")
    elif change == "sign in":
        Client().post("/console/login/", {"username": "wei", "password": PASSWORD})
    else:
        accounts.change_address(audit.system(), "wei", "wei.new@cast.example")
    assert b"was used or is older" in client.get(link).content


def test_unknown_addresses_get_the_same_answer_by_the_same_statements_and_no_mail(client, wei):
    accounts.add_staff(audit.system(), "gone", "gone@cast.example", PASSWORD)
    accounts.disable_staff(audit.system(), "gone")
    seen = {}
    for address in ("nobody@example.org", "", "gone@cast.example", "x" * 5000, "wei@cast.example"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(Client(), address)
        statements = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]
        seen[address] = (answer.status_code, answer.headers["Location"], answer.content, statements)
    assert len(set(map(str, seen.values()))) == 1, seen
    stored = str(list(StaffMail.objects.values()))
    assert not any(address in stored for address in ("nobody@example.org", "gone@cast.example", "wei@cast.example"))
    for mail in StaffMail.objects.all():  # the worker decides
        password_resets.address_mail(mail)
        assert staff_mails.is_wanted(mail) == (mail.address == "wei@cast.example")
    assert sorted(StaffMail.objects.values_list("address", flat=True)) == ["", "", "", "", "wei@cast.example"]
    assert Audit.objects.filter(verb="ask_password_reset").count() == 1
    StaffMail.objects.update(created_at=clock.now() - timedelta(hours=25))
    assert RETENTIONS["PASSWORD_REQUESTS"].end() == 4
    assert StaffMail.objects.get().address == "wei@cast.example"


def test_nobody_can_flood_a_mailbox_or_ask_without_end(client, wei):
    for number in range(6):
        assert ask(Client(), "wei@cast.example", f"10.0.{number}.1").status_code == 302
    assert StaffMail.objects.count() == 3
    answers = [ask(Client(), f"{number}@example.org").status_code for number in range(21)]
    assert answers == [302] * 20 + [429]


# --------------------------------------------------------------------------------------------------------- the mails
@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_mails_to_staff_are_in_the_language_of_the_account_and_in_the_publications_design(wei, language):
    profile.change_profile(audit.system(), name="Tides & Winds", postal_address="3 Fuxing Road")
    staff_languages.choose(wei, language)
    suppressions.suppress(audit.system(), "wei@cast.example", "manual")
    ask(Client(), "wei@cast.example")
    mail = StaffMail.objects.get()
    password_resets.address_mail(mail)
    envelope = envelope_of_staff_mail(mail, people.make_sender())
    assert "Tides &amp; Winds" in envelope.html
    assert "Tides & Winds" in envelope.text
    assert f'lang="{language}"' in envelope.html.lower()
    assert "wei" in envelope.text
    assert envelope.headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in envelope.headers


def test_the_link_of_a_mail_is_stored_nowhere(wei, admin):
    ask(Client(), "wei@cast.example")
    invitations.invite(audit.system(), "li@cast.example", ["author"])
    stored = str(list(StaffMail.objects.values())) + str(list(Invitation.objects.values())) + str(list(Audit.objects.values()))
    for mail in StaffMail.objects.all():
        assert link_in(mail).rstrip("/").rpartition("/")[2] not in stored
