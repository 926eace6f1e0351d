"""What people change about their own account, and what admins change about those of others."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client

from campaigns import launch
from editorial.review import decisions, review_links
from publication import audit, clock
from publication.models import Audit, StaffMail
from publication.staff import accounts, invitations, mail_choices, roles, second_factors
from publication.staff.accounts import StaffAccountError
from tests.support.reviewing import make_campaign, need
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another long password"


def make(name: str, *names: str, superuser: bool = False) -> User:
    return accounts.add_staff(
        audit.system(), name, f"{name}@cast.example", PASSWORD, roles=names or ("editor",), superuser=superuser
    )


def sign_in(name: str, password: str = PASSWORD) -> Client:
    client = Client()
    assert client.post("/console/login/", {"username": name, "password": password}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/console/account/").status_code == 200


def mails() -> list[tuple[str, str]]:
    account_mails = StaffMail.objects.filter(purpose="account_changed").order_by("id")
    return [(mail.parameters["change"], mail.address) for mail in account_mails]


# ----------------------------------------------------------------------------------------------------------- own account
def test_a_new_password_needs_the_old_one_and_ends_all_other_sessions():
    make("wei")
    here, there = sign_in("wei"), sign_in("wei")
    wrong = here.post("/console/account/password/", {"old": "wrong", "new": NEW, "again": NEW})
    assert (wrong.status_code, "not your present password" in wrong.content.decode()) == (422, True)
    assert here.post("/console/account/password/", {"old": PASSWORD, "new": NEW, "again": "x"}).status_code == 422
    assert here.post("/console/account/password/", {"old": PASSWORD, "new": "short", "again": "short"}).status_code == 422
    assert is_in(there)
    assert mails() == []
    answer = here.post("/console/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.headers["Location"] == "/console/account/"
    assert is_in(here)
    assert not is_in(there)
    assert mails() == [("password", "wei@cast.example")]
    assert UserSession.objects.filter(user__username="wei").count() == 1
    assert "this one" in here.get("/console/account/sessions/").content.decode()
    sign_in("wei", NEW)


@pytest.mark.parametrize(
    ("page", "field", "faulty", "right"),
    [
        ("password", "old", [{"new": "short", "again": "short"}, {"new": NEW, "again": "x"}], {"new": NEW, "again": NEW}),
        (
            "address",
            "password",
            [{"email": "nobody"}, {"email": "ANA@cast.example"}, {"email": ""}],
            {"email": "new@cast.example"},
        ),
    ],
)
def test_wrong_passwords_use_up_the_budget_of_signing_in_whatever_else_is_wrong(page, field, faulty, right):
    make("wei")
    make("ana")
    client = Client()  # a device that the account does not know
    client.force_login(User.objects.get(username="wei"))
    given = [*faulty, right] * 2
    answers = [client.post(f"/console/account/{page}/", {field: "wrong", **fields}).status_code for fields in given[:5]]
    assert answers == [422] * 5
    assert client.post(f"/console/account/{page}/", {field: PASSWORD, **right}).status_code == 429
    wei = User.objects.get(username="wei")
    assert (wei.check_password(PASSWORD), wei.email) == (True, "wei@cast.example")


def test_weak_new_passwords_use_up_no_budget():
    make("wei")
    client = sign_in("wei")
    for _ in range(12):
        assert client.post("/console/account/password/", {"old": PASSWORD, "new": "short", "again": "short"}).status_code == 422
    assert client.post("/console/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW}).status_code == 302


def test_a_new_address_needs_the_password_and_both_addresses_get_a_mail():
    make("wei")
    make("ana")
    client = sign_in("wei")
    page = "/console/account/address/"
    for given in ({"email": "new@cast.example", "password": "wrong"}, {"email": "nobody", "password": PASSWORD},
                  {"email": "ANA@cast.example", "password": PASSWORD}):  # fmt: skip
        answer = client.post(page, given)
        assert answer.status_code == 422
        assert given["email"] in answer.content.decode(), "what was typed stays"
    assert mails() == []
    assert client.post(page, {"email": "new@cast.example", "password": PASSWORD}).status_code == 302
    assert User.objects.get(username="wei").email == "new@cast.example"
    assert mails() == [("address", "wei@cast.example"), ("address", "new@cast.example")]
    assert is_in(client)


def test_one_session_is_ended_and_never_somebody_elses():
    make("wei")
    make("ana")
    here, there, other = sign_in("wei"), sign_in("wei"), sign_in("ana")
    page = here.get("/console/account/sessions/").content.decode()
    (end,) = re.findall(r"/console/account/sessions/\d+/end/", page)
    assert other.post(end).status_code == 404
    assert is_in(there)
    assert here.post(end).status_code == 302
    assert not is_in(there)
    assert is_in(here)
    own = UserSession.objects.get(user__username="wei")
    here.post(f"/console/account/sessions/{own.pk}/end/")
    assert is_in(here), "the session of the request is ended by signing out"


def test_people_who_may_send_switch_mails_about_campaigns_off_and_on():
    wei = make("wei", "publisher")
    make("ana")
    client = sign_in("wei")
    assert 'name="campaigns" value="yes" checked' in client.get("/console/account/").content.decode()
    client.post("/console/account/mails/", {})
    assert not mail_choices.wants_campaign_mails(wei.pk)
    assert 'value="yes" checked' not in client.get("/console/account/").content.decode()
    client.post("/console/account/mails/", {"campaigns": "yes"})
    assert mail_choices.wants_campaign_mails(wei.pk)
    assert 'name="campaigns"' not in sign_in("ana").get("/console/account/").content.decode()


def test_changes_of_second_factors_are_mailed():
    wei = make("wei")
    second_factors.record_change(wei, "add_second_factor", "totp")
    second_factors.record_change(wei, "add_second_factor", "recovery_codes")
    second_factors.record_change(wei, "remove_second_factor", "webauthn")
    second_factors.record_change(wei, "renew_recovery_codes", "recovery_codes")
    second_factors.reset(audit.command_line(), "wei")
    assert [change for change, _ in mails()] == ["factor_added", "factor_removed", "codes_renewed", "factors_reset"]


# ------------------------------------------------------------------------------------------------------- other accounts
def account_page(name: str) -> str:
    return f"/console/staff/{User.objects.get(username=name).pk}/"


def test_an_admin_changes_roles_blocks_and_unblocks():
    make("boss", "admin")
    wei = make("wei", "editor")
    admin, theirs = sign_in("boss"), sign_in("wei")
    page = account_page("wei")
    assert page in admin.get("/console/staff/").content.decode()
    assert admin.post(page, {"step": "roles"}).status_code == 422
    assert admin.post(page, {"step": "roles", "role": ["publisher", "nonsense"]}).status_code == 302
    assert [group.name for group in wei.groups.all()] == ["publisher"]
    assert not is_in(theirs), "the sessions end"
    theirs = sign_in("wei")
    assert is_in(theirs), "only asked"
    admin.post(page, {"step": "block", "confirmed": "yes"})
    assert not is_in(theirs)
    assert "blocked" in admin.get(page).content.decode()
    admin.post(page, {"step": "unblock"})
    assert not is_in(theirs), "an old session does not come back"
    sign_in("wei")
    verbs = Audit.objects.filter(actor__name="boss").order_by("id").values_list("verb", flat=True)
    assert list(verbs)[1:] == ["change_roles", "disable_staff", "enable_staff"]


@pytest.mark.parametrize("step", [{"step": "roles", "role": "publisher"}, {"step": "block"}])
def test_nobody_changes_the_rights_of_their_own_account_or_of_a_superuser(step):
    make("boss", "admin")
    make("root", "admin", superuser=True)
    make("second", "admin", superuser=True)
    admin = sign_in("boss")
    for name in ("boss", "root"):
        assert 'name="step"' not in admin.get(account_page(name)).content.decode()
        assert admin.post(account_page(name), step).status_code == 422
    assert User.objects.filter(is_active=True).count() == 3
    assert not Audit.objects.filter(actor__name="boss", verb__in=["change_roles", "disable_staff"]).exists()
    assert sign_in("root").post(account_page("second"), step | {"confirmed": "yes"}).status_code == 302


def test_the_page_names_what_ends_and_asks_about_scheduled_campaigns(settings):
    settings.SENDGRID_API_KEY = "SG.test"
    make("boss", "admin")
    wei = make("wei", "admin")
    wei.groups.set(roles.groups(["admin", "publisher"]))
    campaign = make_campaign()
    need(1)
    actor = audit.staff(wei)
    invitations.invite(actor, "second@people.example", ["admin"])
    review_links.create(actor, campaign.version, "For the board")
    decisions.approve(actor, campaign.version)
    launch.schedule(actor, campaign.pk, clock.now() + timedelta(hours=1))
    admin, page = sign_in("boss"), account_page("wei")
    for step in ({"step": "block"}, {"step": "roles", "role": "auditor"}):
        asked = admin.post(page, step).content.decode()
        for named in ("second@people.example", "For the board", "version 1, approved by wei", f'name="campaign-{campaign.pk}"'):
            assert named in asked, named
        assert admin.post(page, step | {"confirmed": "yes"}).status_code == 422, "nothing was decided about the campaign"
    wei.refresh_from_db()
    assert wei.is_active
    assert admin.post(page, {"step": "roles", "role": ["admin", "publisher", "auditor"]}).status_code == 302, "nothing ends"
    sent = {"step": "block", "confirmed": "yes", f"campaign-{campaign.pk}": "draft"}
    assert admin.post(page, sent).status_code == 302
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    review = admin.get(f"/console/issues/{campaign.version.issue.slug}/review/").content.decode()
    assert "no longer counts" in review


def test_the_last_admin_stays_one():
    make("boss", "admin")
    make("wei")
    for call in (
        lambda: accounts.change_roles(audit.command_line(), "boss", ["editor"]),
        lambda: accounts.disable_staff(audit.command_line(), "boss"),
    ):
        with pytest.raises(StaffAccountError) as raised:
            call()
        assert raised.value.code == "last_admin"
    accounts.change_roles(audit.command_line(), "boss", ["admin", "editor"])
    make("second", "admin")
    accounts.change_roles(audit.command_line(), "boss", ["editor"])
    assert roles.ADMIN not in User.objects.get(username="boss").groups.values_list("name", flat=True)


def test_who_may_only_look_at_accounts_has_no_page_of_one():
    make("auditor", "auditor")
    make("wei")
    client = sign_in("auditor")
    assert account_page("wei") not in client.get("/console/staff/").content.decode()
    assert client.get(account_page("wei")).status_code == 403
